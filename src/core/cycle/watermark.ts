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
