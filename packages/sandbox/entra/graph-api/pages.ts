import type { Json } from '../types.ts';
import { context, isAdvanced, type Call, type Reply } from './call.ts';
import { badRequest } from './graph-fault.ts';

interface Source {
  /** Ids of all results; asked once, for the first page. */
  readonly ids: () => readonly string[];
  /** One result; undefined when it has gone since the first page. */
  readonly render: (id: string) => Record<string, Json> | undefined;
}

/** One page of a collection: $top (default 100, at most 999), @odata.nextLink with $skiptoken, @odata.count for advanced queries. */
export function page(call: Call, contextName: string, source: Source): Reply {
  const skipToken = call.query.get('$skiptoken');
  const body: Record<string, Json> = { '@odata.context': context(call, contextName) };
  let found: { ids: readonly string[]; skipToken?: string };
  if (skipToken === undefined) {
    const ids = source.ids();
    if (isAdvanced(call)) body['@odata.count'] = ids.length;
    found = call.paging.open(ids, pageSize(call), call.faults.emptyPage === true);
  } else found = call.paging.resume(skipToken);
  const value: Json[] = [];
  for (const id of found.ids) {
    const item = source.render(id);
    if (item !== undefined) value.push(item);
  }
  if (found.skipToken !== undefined) body['@odata.nextLink'] = nextLink(call, found.skipToken);
  body.value = value;
  return { body };
}

function pageSize(call: Call): number {
  const top = call.query.get('$top');
  if (top === undefined) return 100;
  const size = Number(top);
  if (!Number.isInteger(size) || size < 1 || size > 999)
    throw badRequest(`Invalid page size specified: '${top}'. Must be between 1 and 999 inclusive.`);
  return size;
}

/** The same request again, further on. */
function nextLink(call: Call, skipToken: string): string {
  const options = [...call.query].filter(([name]) => name !== '$skiptoken').map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${call.base}${call.path}?${[...options, `$skiptoken=${skipToken}`].join('&')}`;
}
