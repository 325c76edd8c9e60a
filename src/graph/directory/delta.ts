import type { CallOptions, DeltaPage, GroupChange, UserChange } from '../../ports/directory.ts';
import { invalidRequest, noAnswer } from '../errors/failures.ts';
import type { GraphClient } from '../http/client.ts';
import { guidOf, hasSoundEvidence, idOf, incomplete, sortedOut } from './evidence.ts';
import { collection, isJson, type Json, text } from './json.ts';
import { leadsOn } from './lists.ts';
import { anyOf, literal, query } from './odata.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Most groups that one delta can follow. */
const maxGroups = 50;
/** The selection travels with the link as a fragment, which never reaches the service: a page does not say which properties it left out as empty. */
const selectFragment = '#select=';

/** One page of a users delta round; see {@link SourceDirectory.usersDelta}. */
export async function usersDelta(
  client: GraphClient,
  request: { readonly link: string } | { readonly select: readonly string[] },
  options: CallOptions,
): Promise<DeltaPage<UserChange>> {
  const { link, select } = 'link' in request ? splitLink(request.link) : { link: undefined, select: request.select };
  const path = `/users/delta${query({ $select: `${selectList(select ?? [])},manager` })}`;
  const page = await deltaPage(client, 'users.delta', link === undefined ? { path } : { link }, options);
  const keep = (next: string): string =>
    select === undefined ? next : `${next}${selectFragment}${select.map(encodeURIComponent).join(',')}`;
  const { usable, unusable } = sortedOut(page.items);
  return { changes: usable.map((item) => userChange(item, select)), ...links(page, keep), ...unusable };
}

/** One page of a groups delta round; see {@link SourceDirectory.groupsDelta}. */
export async function groupsDelta(
  client: GraphClient,
  request: { readonly link: string } | { readonly groupIds: readonly string[] },
  options: CallOptions,
): Promise<DeltaPage<GroupChange>> {
  if ('groupIds' in request && (request.groupIds.length === 0 || request.groupIds.length > maxGroups)) {
    throw invalidRequest(`A groups delta follows 1 to ${maxGroups} groups.`);
  }
  const target =
    'link' in request
      ? { link: request.link }
      : {
          path: `/groups/delta${query({ $select: 'id,displayName,members', $filter: anyOf(request.groupIds.map((id) => `id eq ${literal(id)}`)) })}`,
        };
  const page = await deltaPage(client, 'groups.delta', target, options);
  const { usable, unusable } = sortedOut(page.items);
  return { changes: usable.map(groupChange), ...links(page, (link) => link), ...unusable };
}

interface RawPage {
  readonly items: readonly Json[];
  readonly next?: string;
  readonly delta?: string;
}

async function deltaPage(
  client: GraphClient,
  operation: string,
  target: { readonly path: string } | { readonly link: string },
  options: CallOptions,
): Promise<RawPage> {
  const answer = await client.send({ operation, kind: 'delta', method: 'GET', target, cost: { reads: 1, writes: 0 } }, options);
  const page = collection(answer.body);
  leadsOn(target, page.next);
  const delta = text((answer.body as Json)['@odata.deltaLink']);
  if (page.next !== undefined) return page;
  // A page that neither goes on nor ends was cut off somewhere; taking it for the end would lose what follows.
  if (delta === undefined)
    throw noAnswer('Graph sent a delta page without a link.', false, { status: answer.status, reason: 'GraphUnavailable' });
  return { ...page, delta };
}

function links(page: RawPage, keep: (link: string) => string): { readonly next: string } | { readonly watermark: string } {
  return page.next === undefined ? { watermark: keep(page.delta ?? '') } : { next: keep(page.next) };
}

function splitLink(link: string): { readonly link: string; readonly select: readonly string[] | undefined } {
  const at = link.indexOf(selectFragment);
  if (at < 0) return { link, select: undefined };
  return {
    link: link.slice(0, at),
    select: link
      .slice(at + selectFragment.length)
      .split(',')
      .map(decodeURIComponent),
  };
}

/**
 * In the default mode of the delta a property that was never set is absent, and one that is unchanged is there; so of a whole user, absent means null.
 * An entry without the user principal name is not a whole user (a bare change of the manager), and there absent means nothing. Nor is one whose
 * evidence makes no sense: it has to be read again.
 */
function userChange(item: Json, select: readonly string[] | undefined): UserChange {
  const id = idOf(item);
  const removed = removalOf(item);
  if (removed !== undefined) return { type: removed.reason === 'deleted' ? 'HardDeleted' : 'SoftDeleted', id };
  const complete = typeof item.userPrincipalName === 'string' && hasSoundEvidence(item);
  const user = directoryUser(item, id, complete ? select : undefined, false);
  const managerId = managerOf(item);
  return { type: 'Present', complete, user: managerId === undefined ? user : { ...user, managerId } };
}

/** What an entry says of its removal. Whatever is no such statement makes the page unusable: it may be one of somebody who is not there. */
function removalOf(item: Json): Json | undefined {
  const removed = item['@removed'];
  if (removed === undefined) return undefined;
  if (!isJson(removed)) throw incomplete('Graph sent an entry of which it cannot be told whether it was removed.');
  return removed;
}

/** The objects of a list inside an entry; none when it is not there. */
function listIn(item: Json, name: string): readonly Json[] {
  const list = item[name] ?? [];
  if (!Array.isArray(list) || !(list as unknown[]).every(isJson)) throw incomplete('Graph sent an entry with a list that is none.');
  return list as readonly Json[];
}

/** The manager that an entry names; null when it only says that one was removed; undefined when it says nothing, or nothing that can be read. */
function managerOf(item: Json): string | null | undefined {
  if (!('manager@delta' in item)) return isJson(item.manager) ? guidOf(item.manager.id) : undefined;
  const references = listIn(item, 'manager@delta');
  const current = references.findLast((entry) => removalOf(entry) === undefined);
  if (current !== undefined) return guidOf(current.id);
  return references.length === 0 ? undefined : null;
}

function groupChange(item: Json): GroupChange {
  const id = idOf(item);
  if (removalOf(item) !== undefined) return { type: 'Deleted', id };
  const { usable: users } = sortedOut(listIn(item, 'members@delta').filter(isUser));
  const displayName = text(item.displayName);
  return {
    type: 'Present',
    id,
    ...(displayName === undefined ? {} : { displayName }),
    added: users.filter((member) => removalOf(member) === undefined).map(idOf),
    removed: users.filter((member) => removalOf(member) !== undefined).map(idOf),
  };
}

/** Whether a member is a user; one whose type the answer leaves out is taken for one. */
export function isUser(item: Json): boolean {
  const type = text(item['@odata.type']);
  return type === undefined || type.toLowerCase() === '#microsoft.graph.user';
}

/** Whether an entry of a list of members is a group. */
export function isGroup(item: Json): boolean {
  return text(item['@odata.type'])?.toLowerCase() === '#microsoft.graph.group';
}
