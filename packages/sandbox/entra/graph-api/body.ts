import type { Json } from '../types.ts';
import type { Call } from './call.ts';
import { GraphFault } from './graph-fault.ts';

/** The request's JSON object; 400 without one. OData annotations are dropped. */
export function bodyObject(call: Call): Record<string, Json> {
  const { body } = call;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new GraphFault(400, 'BadRequest', 'Write requests are only supported with a JSON object as content.');
  }
  const entries = Object.entries(body as Record<string, Json>).filter(([name]) => !name.startsWith('@odata.'));
  return Object.fromEntries(entries);
}

/** The id that an @odata.id of this Graph points at; 400 for anything else, other hosts included. */
export function referencedId(call: Call): string {
  const { body } = call;
  return referencedIdIn(call, typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['@odata.id'] : undefined);
}

/** As {@link referencedId}, of one link. */
export function referencedIdIn(call: Call, link: unknown): string {
  const match = typeof link === 'string' ? /^(https:\/\/[^/]+\/v1\.0)\/(?:users|directoryObjects)\/([^/?]+)$/i.exec(link) : null;
  if (match?.[2] === undefined || match[1]?.toLowerCase() !== call.base.toLowerCase()) {
    throw new GraphFault(400, 'Request_BadRequest', 'Invalid URL format specified in @odata.id.');
  }
  return match[2].toLowerCase();
}
