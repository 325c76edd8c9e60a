import { ApiError, badRequest, expired, invalid } from '../api-error.ts';
import { forbidden } from '../field-error.ts';
import type { Resource } from '../resource.ts';
import type { JsonObject, KubeObject } from '../types.ts';
import type { ServerState } from '../writes/state.ts';
import { present } from '../writes/state.ts';
import type { Selection } from './selection.ts';
import { selectionOf, selects } from './selection.ts';

/** What a list request found. */
export interface ListResult {
  readonly metadata: JsonObject;
  readonly items: KubeObject[];
}

interface Continuation {
  /** Version of the list; -1 when the rest may be newer. */
  readonly rv: number;
  /** Key of the last object that was given out. */
  readonly start: string;
}

const tooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Lists objects as the query asks: selectors, chunks, versions. */
export function listObjects(state: ServerState, resource: Resource, namespace: string | undefined, query: URLSearchParams): ListResult {
  const selection = selectionOf(resource, namespace, query);
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue');
  checkMatch(query);
  if (token && query.get('resourceVersion')) throw badRequest('specifying resource version is not allowed when using continue');
  const continuation = token === null || token === '' ? undefined : decodeToken(token);
  const { version, entries } = continuation ? resume(state, resource, selection, continuation) : begin(state, resource, selection, query);
  const { found, last, remaining } = chunk(entries, selection, { after: continuation?.start, limit });
  const items = found.map((object) => present(state, resource, object));
  const filtered = isFiltered(selection);
  const metadata: JsonObject = { resourceVersion: String(version) };
  // Lists of custom resources carry the member always, those of built-in kinds when it says something.
  if (resource.custom) metadata.continue = '';
  if (remaining > 0) {
    metadata.continue = encodeToken({ rv: version, start: last });
    if (!filtered) metadata.remainingItemCount = remaining;
  }
  return { metadata, items };
}

const isFiltered = ({ labels, fields }: Selection): boolean => labels !== undefined || fields !== undefined;

interface Chunk {
  readonly found: readonly KubeObject[];
  /** Key of the last of them. */
  readonly last: string;
  /** How many more there are; of filtered ones only whether there are any. */
  readonly remaining: number;
}

function chunk(
  entries: Source['entries'],
  selection: Selection,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Chunk {
  const filtered = isFiltered(selection);
  if (!filtered && limit > 0 && Array.isArray(entries)) return page(entries as readonly Entry[], after, limit);
  const found: KubeObject[] = [];
  let last = '';
  let seen = 0;
  for (const [key, object] of entries) {
    if (after !== undefined && key <= after) continue;
    if (filtered && !selects(selection, object)) continue;
    seen += 1;
    if (limit > 0 && found.length === limit) {
      if (filtered) break;
      continue;
    }
    found.push(object);
    last = key;
  }
  return { found, last, remaining: seen - found.length };
}

/** Without a walk over all that came before and comes after. */
function page(entries: readonly Entry[], after: string | undefined, limit: number): Chunk {
  let low = 0;
  for (let high = after === undefined ? 0 : entries.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.[0] ?? '') <= (after ?? '')) low = middle + 1;
    else high = middle;
  }
  const found = entries.slice(low, low + limit);
  return { found: found.map(([, object]) => object), last: found.at(-1)?.[0] ?? '', remaining: entries.length - low - found.length };
}

type Entry = readonly [string, KubeObject];

interface Source {
  readonly version: number;
  readonly entries: Iterable<Entry>;
}

function begin(state: ServerState, resource: Resource, selection: Selection, query: URLSearchParams): Source {
  const collection = state.store.collection(resource.collection);
  const wanted = parseVersion(query.get('resourceVersion'));
  const current = state.store.version;
  if (wanted !== undefined && wanted > current) {
    throw new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
      headers: { 'retry-after': '1' },
    });
  }
  if (wanted === undefined || wanted === 0 || query.get('resourceVersionMatch') !== 'Exact') {
    return { version: current, entries: collection.scan(selection.prefix) };
  }
  const entries = collection.snapshot(wanted, selection.prefix);
  if (!entries) throw expired(`The resourceVersion for the provided list is too old.`);
  return { version: wanted, entries };
}

function resume(state: ServerState, resource: Resource, selection: Selection, continuation: Continuation): Source {
  const collection = state.store.collection(resource.collection);
  if (continuation.rv < 0) return { version: state.store.version, entries: collection.scan(selection.prefix) };
  const entries = collection.snapshot(continuation.rv, selection.prefix);
  if (!entries) throw expired(tooOld, encodeToken({ rv: -1, start: continuation.start }));
  return { version: continuation.rv, entries };
}

/** A resourceVersion from a query: undefined when none is given. */
export function parseVersion(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(`Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
}

function checkMatch(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch');
  if (match === null || match === '') return;
  const version = query.get('resourceVersion') ?? '';
  const subject = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };
  if (version === '') {
    throw invalid(subject, '', [forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')]);
  }
  if (match === 'Exact' && version === '0') {
    throw invalid(subject, '', [forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')]);
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const error = {
      type: 'FieldValueNotSupported' as const,
      field: 'resourceVersionMatch',
      value: match,
      detail: 'supported values: "Exact", "NotOlderThan", ""',
    };
    throw invalid(subject, '', [error]);
  }
}

function encodeToken(continuation: Continuation): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...continuation })).toString('base64url');
}

function decodeToken(token: string): Continuation {
  try {
    const parsed = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Continuation>;
    if (typeof parsed.rv === 'number' && typeof parsed.start === 'string') return { rv: parsed.rv, start: parsed.start };
  } catch {
    // Not one of our tokens: said below.
  }
  throw badRequest('continue key is not valid: illegal base64 data');
}
