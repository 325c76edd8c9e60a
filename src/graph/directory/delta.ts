import type { CallOptions, DeltaPage, GroupChange, UserChange } from '../../ports/directory.ts';
import { invalidRequest, noAnswer } from '../errors/failures.ts';
import type { GraphClient } from '../http/client.ts';
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
  return { changes: page.items.map((item) => userChange(item, select)), ...links(page, keep) };
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
  return { changes: page.items.map(groupChange), ...links(page, (link) => link) };
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
 * An entry without the user principal name is not a whole user (a bare change of the manager), and there absent means nothing.
 */
function userChange(item: Json, select: readonly string[] | undefined): UserChange {
  const id = idOf(item);
  const removed = item['@removed'];
  if (isJson(removed)) return { type: removed.reason === 'deleted' ? 'HardDeleted' : 'SoftDeleted', id };
  const complete = typeof item.userPrincipalName === 'string';
  const user = directoryUser(item, id, complete ? select : undefined, false);
  const managerId = managerOf(item);
  return { type: 'Present', complete, user: managerId === undefined ? user : { ...user, managerId } };
}

/** The manager that an entry names; null when it only says that one was removed; undefined when it says nothing. */
function managerOf(item: Json): string | null | undefined {
  const entries = item['manager@delta'];
  if (!Array.isArray(entries)) return isJson(item.manager) ? text(item.manager.id) : undefined;
  const references = (entries as unknown[]).filter(isJson);
  const current = references.findLast((entry) => !isJson(entry['@removed']));
  if (current !== undefined) return text(current.id);
  return references.length === 0 ? undefined : null;
}

function groupChange(item: Json): GroupChange {
  const id = idOf(item);
  if (isJson(item['@removed'])) return { type: 'Deleted', id };
  const members = Array.isArray(item['members@delta']) ? (item['members@delta'] as unknown[]).filter(isJson) : [];
  const users = members.filter((member) => isUser(member));
  const displayName = text(item.displayName);
  return {
    type: 'Present',
    id,
    ...(displayName === undefined ? {} : { displayName }),
    added: users.filter((member) => !isJson(member['@removed'])).map(idOf),
    removed: users.filter((member) => isJson(member['@removed'])).map(idOf),
  };
}

/** Whether a member is a user; one whose type the answer leaves out is taken for one. */
export function isUser(item: Json): boolean {
  const type = text(item['@odata.type']);
  return type === undefined || type.toLowerCase() === '#microsoft.graph.user';
}

/** The id of an entry; an entry without one makes the page unusable. */
export function idOf(item: Json): string {
  const id = text(item.id);
  if (id === undefined || id === '')
    throw noAnswer('Graph sent an entry without an id.', false, { status: 200, reason: 'GraphUnavailable' });
  return id;
}
