import { hashOf } from '../hash.ts';

/** The opaque delta links of a round; undefined where there is none. */
export interface DeltaLinks {
  readonly users: string | undefined;
  /** One in a line. */
  readonly groups: string | undefined;
}

/** As much as the schema of status.watermark takes. */
const longest = { users: 262_144, groups: 786_432 } as const;
/** etcd takes objects of 1.5 MiB by default; what else changes in the status needs some of it. */
const largestObject = 1_300_000;

/** What a text needs in etcd, in bytes: the API server escapes some characters. */
function storedBytes(text: string): number {
  return text.length + 5 * (text.match(/[<>&]/g)?.length ?? 0) + (text.match(/["\\\n]/g)?.length ?? 0);
}

/** Visible ASCII, as links are; anything else would not come back as it was. */
const isLink = (text: string): boolean => /^[\x21-\x7e\n]*$/.test(text);

/**
 * The links as far as they fit into a status whose object needs `otherBytes` without them; the one of the users first. A link that does
 * not fit is left out: what it would have told is then read completely each time, and the cycle is completed all the same.
 */
export function keptLinks(links: DeltaLinks, otherBytes: number): DeltaLinks {
  let room = largestObject - otherBytes;
  const kept = (name: keyof DeltaLinks): string | undefined => {
    const link = links[name];
    if (link === undefined || link.length > longest[name] || !isLink(link)) return undefined;
    const bytes = storedBytes(link);
    if (bytes > room) return undefined;
    room -= bytes;
    return link;
  };
  return { users: kept('users'), groups: kept('groups') };
}

/** Links of which each may be thousands of characters long, by the name of their field in status.watermark. */
export type NamedLinks = Readonly<Partial<Record<'users' | 'groups' | 'projectedGroups', string | undefined>>>;

/** Links that are kept outside of the status, by what stands for them there. */
export type LinksById = Readonly<Record<string, string>>;

/** Longer links make a status unreadable for people (`kubectl describe`). */
const longestShown = 128;
/** As much as goes into a ConfigMap with those of others; the API server takes 1 MiB. */
const mostKept = 900_000;
const prefix = 'kept:';
const idOf = (link: string): string => `${prefix}${hashOf(link)}`;

/** What stands in the status for the links of a round, and what is to be kept outside of it. */
export interface ReferredLinks {
  readonly shown: NamedLinks;
  readonly kept: LinksById;
}

/**
 * The links with an id in place of each that is long. The links of the round before are kept as well, where they fit: a process that ends before
 * the status names the new ones goes on from them. Undefined: they are too long to be kept, or none is.
 */
export function referred(links: NamedLinks, before: LinksById): ReferredLinks | undefined {
  const long = Object.entries(links).flatMap(([name, link]) => (link !== undefined && link.length > longestShown ? [{ name, link }] : []));
  if (long.length === 0) return undefined;
  const fresh = Object.fromEntries(long.map(({ link }) => [idOf(link), link]));
  const both = { ...before, ...fresh };
  const kept = [both, fresh].find((all) => JSON.stringify(all).length <= mostKept);
  return kept && { shown: { ...links, ...Object.fromEntries(long.map(({ name, link }) => [name, idOf(link)])) }, kept };
}

/** The links of a status; one whose text is not there, or not what its id stands for, is none: what it would have told is read completely. */
export function recalled(shown: NamedLinks, kept: LinksById): NamedLinks {
  const linkOf = (text: string | undefined): string | undefined => {
    if (text?.startsWith(prefix) !== true) return text;
    const link = kept[text];
    return link !== undefined && idOf(link) === text ? link : undefined;
  };
  return { users: linkOf(shown.users), groups: linkOf(shown.groups), projectedGroups: linkOf(shown.projectedGroups) };
}

/** Whether a status has links that are kept outside of it. */
export const refersToKept = (shown: NamedLinks): boolean =>
  [shown.users, shown.groups, shown.projectedGroups].some((text) => text?.startsWith(prefix) === true);

/** Kept links as they were written; anything else is none. */
export function parseKept(text: string | undefined): LinksById {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return {};
  }
}

/** Those of the kept links that a status names. */
export const stillNamed = (shown: NamedLinks, kept: LinksById): LinksById =>
  Object.fromEntries(
    [shown.users, shown.groups, shown.projectedGroups].flatMap((id) => {
      const link = id === undefined ? undefined : kept[id];
      return id === undefined || link === undefined ? [] : [[id, link]];
    }),
  );
