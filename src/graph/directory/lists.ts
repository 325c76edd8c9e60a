import type { CallOptions } from '../../ports/directory.ts';
import { noAnswer } from '../errors/failures.ts';
import type { GraphCall } from '../http/call.ts';
import type { GraphClient } from '../http/client.ts';
import { collection, type Json } from './json.ts';

/** More pages than any search of ours can have; a list that goes on longer goes in circles. */
const maxPages = 100;

/** All items of a collection, page by page. */
export async function allItems(client: GraphClient, call: GraphCall, options: CallOptions): Promise<readonly Json[]> {
  const items: Json[] = [];
  let target = call.target;
  for (let page = 0; page < maxPages; page += 1) {
    const { items: more, next } = collection((await client.send({ ...call, target }, options)).body);
    items.push(...more);
    if (next === undefined) return items;
    target = { link: next };
  }
  throw noAnswer('Graph sent a list without an end.', false, { status: 200, reason: 'GraphUnavailable' });
}
