import { parseFilter, type Filter } from '../../odata/filter-syntax.ts';
import type { Call } from '../call.ts';
import { badRequest, unsupportedQuery } from '../graph-fault.ts';

/** Refuses the options that delta queries of users and groups do not have. */
export function refuseOptions(call: Call): void {
  for (const name of ['$expand', '$top', '$orderby', '$search']) {
    if (call.query.has(name)) throw unsupportedQuery(`${name} is not supported for change tracking.`);
  }
}

/** Ids that $filter names, at most 50, joined by or; undefined without $filter. */
export function idFilter(call: Call): readonly string[] | undefined {
  const text = call.query.get('$filter');
  if (text === undefined) return undefined;
  const ids: string[] = [];
  collect(parseFilter(text), ids);
  if (ids.length > 50) throw badRequest('Too many object ids in the filter: at most 50 are supported.');
  return ids;
}

function collect(filter: Filter, ids: string[]): void {
  if (filter.kind === 'or') for (const item of filter.items) collect(item, ids);
  else if (filter.kind === 'compare' && filter.path === 'id' && filter.op === 'eq' && typeof filter.value === 'string') {
    ids.push(filter.value.toLowerCase());
  } else throw unsupportedQuery('Only filters on id are supported for change tracking.');
}
