import { parseFilter } from '../odata/filter-syntax.ts';
import { matches } from '../odata/filter-match.ts';
import { listOption } from '../odata/query.ts';
import { context, param, type Call, type Reply } from './call.ts';
import { notFound, unsupportedQuery } from './graph-fault.ts';
import type { GroupRecord } from '../state/group-table.ts';
import { checkGroupSelect, everyProperty, renderGroup } from './group-properties.ts';
import { page } from './pages.ts';

/** GET /groups, with $filter on the properties of groups. */
export function listGroups(call: Call): Reply {
  const select = selection(call);
  const text = call.query.get('$filter');
  const filter = text === undefined ? undefined : parseFilter(text);
  if (call.query.has('$search')) throw unsupportedQuery('$search is not simulated.');
  const { groups } = call.tenant;
  return page(call, 'groups', {
    ids: () =>
      groups
        .shownGroups()
        .filter((group) => filter === undefined || matches(filter, renderGroup(groups.shownProperties(group), everyProperty)))
        .map((group) => group.id),
    render: (id) => {
      const group = groups.shown(id);
      return group === undefined ? undefined : renderGroup(groups.shownProperties(group), select);
    },
  });
}

/** GET /groups/{id}. */
export function getGroup(call: Call): Reply {
  const id = param(call, 0).toLowerCase();
  const group = call.tenant.groups.shown(id);
  if (group === undefined) throw notFound(id);
  return entity(call, group);
}

/** GET /groups(uniqueName='{name}'). */
export function getGroupByUniqueName(call: Call): Reply {
  const name = param(call, 0);
  const { groups } = call.tenant;
  const group = groups.shownGroups().find((each) => groups.shownProperties(each).uniqueName === name);
  if (group === undefined) throw notFound(name);
  return entity(call, group);
}

/** GET /directory/deletedItems/microsoft.graph.group, with $filter. */
export function listDeletedGroups(call: Call): Reply {
  const select = selection(call);
  const text = call.query.get('$filter');
  const filter = text === undefined ? undefined : parseFilter(text);
  const deleted = (): readonly GroupRecord[] => [...call.tenant.groups.groups.values()].filter((group) => group.deletedAt !== null);
  return page(call, 'directoryObjects/microsoft.graph.group', {
    ids: () =>
      deleted()
        .filter((group) => filter === undefined || matches(filter, renderGroup(group, everyProperty)))
        .map((group) => group.id),
    render: (id) => {
      const group = call.tenant.groups.groups.get(id);
      return group === undefined || group.deletedAt === null ? undefined : renderGroup(group, select);
    },
  });
}

/** GET /directory/deletedItems/{id}/microsoft.graph.group. */
export function getDeletedGroup(call: Call): Reply {
  const id = param(call, 0).toLowerCase();
  const group = call.tenant.groups.groups.get(id);
  if (group === undefined || group.deletedAt === null) throw notFound(id);
  return { body: { '@odata.context': context(call, 'directoryObjects/$entity'), ...renderGroup(group, selection(call)) } };
}

function entity(call: Call, group: GroupRecord): Reply {
  const body = renderGroup(call.tenant.groups.shownProperties(group), selection(call));
  return { body: { '@odata.context': context(call, 'groups/$entity'), ...body } };
}

function selection(call: Call): readonly string[] | undefined {
  const select = listOption(call.query, '$select');
  if (select !== undefined) checkGroupSelect(select);
  return select;
}
