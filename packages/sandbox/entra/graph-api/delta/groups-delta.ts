import { listOption } from '../../odata/query.ts';
import type { GroupRecord } from '../../state/group-table.ts';
import type { Json, JsonObject } from '../../types.ts';
import { memberType, visibleMembers } from '../group-members.ts';
import { checkGroupSelect, renderGroup } from '../group-properties.ts';
import type { Call, Reply } from '../call.ts';
import { idFilter, refuseOptions } from './delta-options.ts';
import { roundsOf, type DeltaSource, type DeltaToken, type RoundItem } from './rounds.ts';

/** GET /groups/delta. Large memberships are spread over several items of the same group, one to a page. */
export function groupsDelta(call: Call): Reply {
  refuseOptions(call);
  return roundsOf(call.tenant).answer(call, groupsSource, () => ({ select: select(call), ids: idFilter(call) }));
}

/** Groups, or parts of large ones, on one page. */
const itemsPerPage = 5;

const groupsSource: DeltaSource = {
  kind: 'groups',
  path: '/groups/delta',
  position: (call) => call.tenant.groups.position(),
  pageSize: () => itemsPerPage,
  initial: (call, token) =>
    call.tenant.groups
      .liveGroups()
      .filter((group) => token.ids === undefined || token.ids.includes(group.id))
      .flatMap((group) => spread(call, token, group, { added: visibleMembers(call, group), removed: [] })),
  changes,
};

function select(call: Call): readonly string[] | undefined {
  const names = listOption(call.query, '$select');
  if (names !== undefined) checkGroupSelect(names.filter((name) => name !== 'members' && name !== 'owners'));
  return names;
}

function changes(call: Call, token: DeltaToken, from: number): readonly RoundItem[] {
  const touched = new Map<string, { seen: Set<string>; anew: boolean }>();
  for (const entry of call.tenant.groups.log.between(from, token.position)) {
    if (token.ids !== undefined && !token.ids.includes(entry.id)) continue;
    let found = touched.get(entry.id);
    if (found === undefined) touched.set(entry.id, (found = { seen: new Set(), anew: false }));
    if (entry.memberId === undefined) found.anew = true;
    else found.seen.add(entry.memberId);
  }
  return [...touched].flatMap(([id, { seen, anew }]) => {
    const group = call.tenant.groups.groups.get(id);
    if (group === undefined) return [() => ({ id, '@removed': { reason: 'deleted' } })];
    if (group.deletedAt !== null) return [() => ({ id, '@removed': { reason: 'changed' } })];
    const now = new Set(visibleMembers(call, group));
    const hidden = now.size === 0 && group.visibility === 'HiddenMembership';
    const added = [...seen].filter((member) => now.has(member));
    const removed = hidden ? [] : [...seen].filter((member) => !now.has(member));
    return anew || added.length + removed.length > 0 ? spread(call, token, group, { added, removed }) : [];
  });
}

interface MemberChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function spread(call: Call, token: DeltaToken, group: GroupRecord, { added, removed }: MemberChanges): RoundItem[] {
  const withMembers = token.select === undefined || token.select.includes('members');
  const entries: Json[] = withMembers
    ? [
        ...added.map((id) => ({ '@odata.type': memberType(call.tenant, id), id })),
        ...removed.map((id) => ({ '@odata.type': memberType(call.tenant, id), id, '@removed': { reason: 'deleted' } })),
      ]
    : [];
  const size = call.tenant.settings.delta.groupMembersPerPage;
  const items: RoundItem[] = [];
  for (let from = 0; from === 0 || from < entries.length; from += size) {
    const part = entries.slice(from, from + size);
    items.push((): JsonObject | undefined => {
      if (group.deletedAt !== null) return { id: group.id, '@removed': { reason: 'changed' } };
      const body = renderGroup(
        group,
        token.select?.filter((name) => name !== 'members' && name !== 'owners'),
      );
      return part.length === 0 ? body : { ...body, 'members@delta': part };
    });
  }
  return items;
}
