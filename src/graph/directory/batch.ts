import { DirectoryError } from '../../core/errors/directory-error.ts';
import type { CallOptions, DirectoryUser } from '../../ports/directory.ts';
import { classify } from '../errors/classify.ts';
import type { GraphClient } from '../http/client.ts';
import { type Cost, readCost, times } from '../quota/costs.ts';
import { entity, incomplete, wholeUser } from './evidence.ts';
import { isJson, type Json, objectBody } from './json.ts';
import { query, segment } from './odata.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Most parts that one batch can have. */
const batchSize = 20;
/** Batches under way at a time for one call. */
const parallel = 3;
/** Query of a read of one user with its manager. */
export function userQuery(select: readonly string[]): string {
  return query({ $select: selectList(select), $expand: 'manager($select=id)' });
}

/** A read of many objects by id: the request for each, what it costs, and what its answer means. */
export interface PartRead<T> {
  readonly operation: string;
  readonly path: (id: string) => string;
  readonly cost: Cost;
  /** Throws a DirectoryError where the answer is not what was asked for. */
  readonly parse: (body: unknown, id: string) => T;
}

/** Users by id with their managers, in batches; see {@link readMany}. */
export function getUsers(
  client: GraphClient,
  ids: readonly string[],
  select: readonly string[],
  options: CallOptions,
): Promise<ReadonlyMap<string, DirectoryUser>> {
  const read: PartRead<DirectoryUser> = {
    operation: 'users.getMany',
    path: (id) => `/users/${segment(id)}${userQuery(select)}`,
    cost: readCost('users', { select: true, expand: true }),
    parse: (body, id) => directoryUser(wholeUser(entity(body, id), select), id, select, true),
  };
  return readMany(client, ids, read, options);
}

/**
 * Reads many objects in batches. A batch saves round trips, not quota: each part costs what it costs alone, and may be refused alone. Ids of which
 * Graph says, about this very id, that it is not there are missing from the result; any other answer but the one asked for fails the call,
 * throttling first.
 */
export async function readMany<T>(
  client: GraphClient,
  ids: readonly string[],
  read: PartRead<T>,
  options: CallOptions,
): Promise<ReadonlyMap<string, T>> {
  const unique = [...new Set(ids)];
  const chunks = Array.from({ length: Math.ceil(unique.length / batchSize) }, (_, index) =>
    unique.slice(index * batchSize, (index + 1) * batchSize),
  );
  const found = new Map<string, T>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) {
      for (const [id, object] of await readChunk(client, chunk, read, options)) found.set(id, object);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, chunks.length) }, worker));
  return found;
}

async function readChunk<T>(
  client: GraphClient,
  ids: readonly string[],
  read: PartRead<T>,
  options: CallOptions,
): Promise<readonly (readonly [string, T])[]> {
  const requests = ids.map((id, index) => ({ id: String(index + 1), method: 'GET', url: read.path(id) }));
  const { operation } = read;
  const cost = times(read.cost, ids.length);
  const answer = await client.send(
    { operation, kind: 'read', method: 'POST', target: { path: '/$batch' }, cost, body: { requests } },
    options,
  );
  const parts = partsOf(answer.body, ids.length);
  const failures: DirectoryError[] = [];
  const found: (readonly [string, T])[] = [];
  for (const [index, id] of ids.entries()) {
    const part = readPart(client, parts.get(String(index + 1)), id, read);
    if (part instanceof DirectoryError) failures.push(part);
    else if (part !== undefined) found.push([id, part.object]);
  }
  const failure = failures.toSorted((a, b) => rank(b) - rank(a))[0];
  if (failure !== undefined) throw failure;
  return found;
}

/** The parts by id. Parts that were not asked for, or that answer twice, make the whole batch unusable: whose answer is whose is not known. */
function partsOf(body: unknown, count: number): ReadonlyMap<string, Json> {
  const responses = objectBody(body, false).responses;
  const parts = new Map<string, Json>();
  for (const part of Array.isArray(responses) ? (responses as unknown[]) : []) {
    const id = isJson(part) && /^[1-9]\d?$/.test(String(part.id)) ? String(part.id) : undefined;
    if (id === undefined || Number(id) > count || parts.has(id))
      throw incomplete('Graph answered a batch with parts that were not asked for.');
    parts.set(id, part as Json);
  }
  return parts;
}

/** The object of a part; undefined when Graph says about this id that it is not there; else why nothing is known. */
function readPart<T>(
  client: GraphClient,
  part: Json | undefined,
  id: string,
  read: PartRead<T>,
): { readonly object: T } | undefined | DirectoryError {
  const status = Number(part?.status ?? 0);
  if (part === undefined || !(status >= 200 && status <= 599)) return incomplete('Graph left a part of a batch without an answer.');
  if (status !== 200) {
    const failure = partFailure(client, { part, status, id }, read.cost);
    return failure.failure.kind === 'NotFound' ? undefined : failure;
  }
  try {
    return { object: read.parse(part.body, id) };
  } catch (error) {
    if (error instanceof DirectoryError) return error;
    throw error;
  }
}

function partFailure(
  client: GraphClient,
  { part, status, id }: { readonly part: Json; readonly status: number; readonly id: string },
  cost: Cost,
): DirectoryError {
  const headers = new Map(
    Object.entries(isJson(part.headers) ? part.headers : {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const retryAt = client.learnFromPart(status, (name) => headers.get(name), cost);
  return new DirectoryError(
    classify({ call: 'read', status, body: part.body, requestId: headers.get('request-id'), retryAt, write: false, objectId: id }),
  );
}

/** The failure that decides: throttling, and of several the longest; else any. */
function rank(error: DirectoryError): number {
  return error.failure.kind === 'Throttled' ? 1 + (error.failure.retryAt ?? 0) : 0;
}
