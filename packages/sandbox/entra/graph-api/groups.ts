import { parseFilter } from '../odata/filter-syntax.ts';
import { matches } from '../odata/filter-match.ts';
import { listOption } from '../odata/query.ts';
import { context, param, type Call, type Reply } from './call.ts';
import { notFound, unsupportedQuery } from './graph-fault.ts';
import { checkGroupSelect, renderGroup } from './group-properties.ts';
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
        .liveGroups()
        .filter((group) => filter === undefined || matches(filter, renderGroup(group, undefined)))
        .map((group) => group.id),
    render: (id) => {
      const group = groups.live(id);
      return group === undefined ? undefined : renderGroup(group, select);
    },
  });
}

/** GET /groups/{id}. */
export function getGroup(call: Call): Reply {
  const id = param(call, 0).toLowerCase();
  const group = call.tenant.groups.live(id);
  if (group === undefined) throw notFound(id);
  return { body: { '@odata.context': context(call, 'groups/$entity'), ...renderGroup(group, selection(call)) } };
}

function selection(call: Call): readonly string[] | undefined {
  const select = listOption(call.query, '$select');
  if (select !== undefined) checkGroupSelect(select);
  return select;
}
