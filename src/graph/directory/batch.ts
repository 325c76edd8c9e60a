import { DirectoryError } from '../../core/errors/directory-error.ts';
import type { CallOptions, DirectoryUser } from '../../ports/directory.ts';
import { classify } from '../errors/classify.ts';
import { noAnswer } from '../errors/failures.ts';
import type { GraphClient } from '../http/client.ts';
import { type Cost, readCost, times } from '../quota/costs.ts';
import { isJson, type Json, objectBody, text } from './json.ts';
import { query, segment } from './odata.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Most parts that one batch can have. */
const batchSize = 20;
/** Batches under way at a time for one call. */
const parallel = 3;
const partCost: Cost = readCost('users', { select: true, expand: true });

/** Query of a read of one user with its manager. */
export function userQuery(select: readonly string[]): string {
  return query({ $select: selectList(select), $expand: 'manager($select=id)' });
}

/**
 * Users by id with their managers, in batches. A batch saves round trips, not quota: each part costs what it costs alone, and may be refused alone.
 * Parts that answer 404 are missing from the result; any other failure of a part fails the call, throttling first.
 */
export async function getUsers(
  client: GraphClient,
  ids: readonly string[],
  select: readonly string[],
  options: CallOptions,
): Promise<ReadonlyMap<string, DirectoryUser>> {
  const unique = [...new Set(ids)];
  const chunks = Array.from({ length: Math.ceil(unique.length / batchSize) }, (_, index) =>
    unique.slice(index * batchSize, (index + 1) * batchSize),
  );
  const found = new Map<string, DirectoryUser>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) {
      for (const [id, user] of await readChunk(client, chunk, select, options)) found.set(id, user);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, chunks.length) }, worker));
  return found;
}

async function readChunk(
  client: GraphClient,
  ids: readonly string[],
  select: readonly string[],
  options: CallOptions,
): Promise<readonly (readonly [string, DirectoryUser])[]> {
  const requests = ids.map((id, index) => ({ id: String(index + 1), method: 'GET', url: `/users/${segment(id)}${userQuery(select)}` }));
  const answer = await client.send(
    {
      operation: 'users.getMany',
      kind: 'read',
      method: 'POST',
      target: { path: '/$batch' },
      cost: times(partCost, ids.length),
      body: { requests },
    },
    options,
  );
  const responses = objectBody(answer.body, false).responses;
  const parts = new Map((Array.isArray(responses) ? (responses as unknown[]) : []).filter(isJson).map((part) => [String(part.id), part]));
  const failures: DirectoryError[] = [];
  const users: (readonly [string, DirectoryUser])[] = [];
  for (const [index, id] of ids.entries()) {
    const part = parts.get(String(index + 1));
    const status = Number(part?.status ?? 0);
    const body = part?.body;
    if (part !== undefined && status === 200 && isJson(body)) users.push([id, directoryUser(body, text(body.id) ?? id, select, true)]);
    else if (part === undefined || status === 200)
      failures.push(noAnswer('Graph left a part of a batch without an answer.', false, { reason: 'GraphUnavailable' }));
    else if (status !== 404) failures.push(partFailure(client, part, status, id));
  }
  const failure = failures.toSorted((a, b) => rank(b) - rank(a))[0];
  if (failure !== undefined) throw failure;
  return users;
}

function partFailure(client: GraphClient, part: Json, status: number, id: string): DirectoryError {
  const headers = new Map(
    Object.entries(isJson(part.headers) ? part.headers : {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const retryAt = client.learnFromPart(status, (name) => headers.get(name), partCost);
  return new DirectoryError(
    classify({ call: 'read', status, body: part.body, requestId: headers.get('request-id'), retryAt, write: false, objectId: id }),
  );
}

/** The failure that decides: throttling, and of several the longest; else any. */
function rank(error: DirectoryError): number {
  return error.failure.kind === 'Throttled' ? 1 + (error.failure.retryAt ?? 0) : 0;
}
