import type { CallOptions } from '../../ports/directory.ts';
import type { GraphCall } from '../http/call.ts';
import type { GraphClient } from '../http/client.ts';
import { incomplete } from './evidence.ts';
import { collection, type Json } from './json.ts';

/** More pages than any search of ours can have; a list that goes on longer goes in circles. */
const maxPages = 100;

/** All items of a collection, page by page. */
export async function allItems(client: GraphClient, call: GraphCall, options: CallOptions): Promise<readonly Json[]> {
  const items: Json[] = [];
  const seen = new Set<string>();
  let target = call.target;
  for (let page = 0; page < maxPages; page += 1) {
    const { items: more, next } = collection((await client.send({ ...call, target }, options)).body);
    items.push(...more);
    if (next === undefined) return items;
    if (seen.has(next)) break;
    seen.add(next);
    target = { link: next };
  }
  throw incomplete('Graph sent a list without an end.');
}

/** A page that leads back to itself is no page of a list that ends; whoever follows links has to watch for longer circles. */
export function leadsOn(target: { readonly path: string } | { readonly link: string }, next: string | undefined): void {
  if ('link' in target && next === target.link) throw incomplete('Graph sent a page that leads back to itself.');
}
