import { DirectoryError, directoryFailure } from '../../core/errors/directory-error.ts';
import type { CallOptions, DirectoryUser } from '../../ports/directory.ts';
import { classify } from '../errors/classify.ts';
import type { CallKind } from '../errors/table.ts';
import type { GraphClient } from '../http/client.ts';
import { type Cost, readCost } from '../quota/costs.ts';
import { entity, incomplete, wholeUser } from './evidence.ts';
import { isJson, type Json, objectBody } from './json.ts';
import { refusePersonDeletion } from './member-paths.ts';
import { query, segment } from './odata.ts';
import { nothingMore, unproven } from './receipts.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Most parts that one batch can have. */
export const batchSize = 20;
const noCost: Cost = { reads: 0, writes: 0 };
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

/** One request of a batch: a read, unless it says otherwise. */
export interface BatchPart<T> {
  readonly method?: 'DELETE';
  /** What its answers mean. */
  readonly kind?: CallKind;
  readonly path: string;
  readonly cost: Cost;
  /** Adds the header that advanced queries need. */
  readonly advanced?: boolean;
  /** The object that the part is about. */
  readonly objectId?: string;
  /** Throws a DirectoryError where the answer is not what was asked for. */
  readonly parse: (body: unknown) => T;
}

/** What a part of a batch came to. */
export type PartAnswer<T> = { readonly object: T } | DirectoryError;

/** Sends up to 20 requests as one. Each part has an answer of its own; a batch that is no answer to what was asked fails whole. */
export async function sendBatch<T>(
  client: GraphClient,
  operation: string,
  parts: readonly BatchPart<T>[],
  options: CallOptions,
): Promise<readonly PartAnswer<T>[]> {
  for (const { method = 'GET', path } of parts) refusePersonDeletion(method, path);
  const requests = parts.map(({ method = 'GET', path, advanced }, index) => ({
    id: String(index + 1),
    method,
    url: path,
    ...(advanced === true ? { headers: { ConsistencyLevel: 'eventual' } } : {}),
  }));
  const cost = parts.reduce((sum, part) => ({ reads: sum.reads + part.cost.reads, writes: sum.writes + part.cost.writes }), noCost);
  const answer = await client.send(
    { operation, kind: 'read', method: 'POST', target: { path: '/$batch' }, cost, body: { requests } },
    options,
  );
  const answers = partsOf(answer.body, parts.length, cost.writes > 0);
  return parts.map((part, index) => readPart(client, answers.get(String(index + 1)), part));
}

/** The failure that decides for a whole: throttling, and of several the longest; else any. Undefined when all parts have answers. */
export function worstOf(answers: readonly PartAnswer<unknown>[]): DirectoryError | undefined {
  const failures = answers.filter((answer) => answer instanceof DirectoryError);
  return failures.toSorted((a, b) => rank(b) - rank(a))[0];
}

async function readChunk<T>(
  client: GraphClient,
  ids: readonly string[],
  read: PartRead<T>,
  options: CallOptions,
): Promise<readonly (readonly [string, T])[]> {
  const parts = ids.map((id) => ({
    path: read.path(id),
    cost: read.cost,
    objectId: id,
    parse: (body: unknown) => read.parse(body, id),
  }));
  const answers = await sendBatch(client, read.operation, parts, options);
  const failure = worstOf(answers.filter((answer) => directoryFailure(answer, 'NotFound') === undefined));
  if (failure !== undefined) throw failure;
  return answers.flatMap((answer, index) => ('object' in answer ? [[ids[index] ?? '', answer.object] as const] : []));
}

/** The parts by id. Parts that were not asked for, or that answer twice, make the whole batch unusable: whose answer is whose is not known. */
function partsOf(body: unknown, count: number, write: boolean): ReadonlyMap<string, Json> {
  const responses = objectBody(body, write).responses;
  const parts = new Map<string, Json>();
  for (const part of Array.isArray(responses) ? (responses as unknown[]) : []) {
    const id = isJson(part) && /^[1-9]\d?$/.test(String(part.id)) ? String(part.id) : undefined;
    if (id === undefined || Number(id) > count || parts.has(id))
      throw incomplete('Graph answered a batch with parts that were not asked for.');
    parts.set(id, part as Json);
  }
  return parts;
}

/** The object of a part, or why nothing is known. */
function readPart<T>(client: GraphClient, answer: Json | undefined, part: BatchPart<T>): PartAnswer<T> {
  const status = Number(answer?.status ?? 0);
  const isWrite = part.method === 'DELETE';
  if (answer === undefined || !(status >= 200 && status <= 599))
    return isWrite ? unproven(200) : incomplete('Graph left a part of a batch without an answer.');
  if (isWrite && status < 300 && !nothingMore({ status, body: answer.body })) return unproven(status);
  if (status !== 200 && !(isWrite && status < 300)) return partFailure(client, { answer, status }, part);
  try {
    return { object: part.parse(answer.body) };
  } catch (error) {
    if (error instanceof DirectoryError) return error;
    throw error;
  }
}

function partFailure(
  client: GraphClient,
  { answer, status }: { readonly answer: Json; readonly status: number },
  { cost, objectId, kind = 'read' }: BatchPart<unknown>,
): DirectoryError {
  const headers = new Map(
    Object.entries(isJson(answer.headers) ? answer.headers : {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const retryAt = client.learnFromPart(status, (name) => headers.get(name), cost);
  const about = objectId === undefined ? {} : { objectId };
  return new DirectoryError(
    classify({ call: kind, status, body: answer.body, requestId: headers.get('request-id'), retryAt, write: cost.writes > 0, ...about }),
  );
}

function rank(error: DirectoryError): number {
  return error.failure.kind === 'Throttled' ? 1 + (error.failure.retryAt ?? 0) : 0;
}
