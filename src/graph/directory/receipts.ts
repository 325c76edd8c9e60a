import type { CallOptions } from '../../ports/directory.ts';
import type { DirectoryError } from '../../core/errors/directory-error.ts';
import { noAnswer } from '../errors/failures.ts';
import type { GraphAnswer, GraphCall } from '../http/call.ts';
import type { GraphClient } from '../http/client.ts';
import { writeCost } from '../quota/costs.ts';
import { guidOf } from './evidence.ts';
import { isJson, type Json } from './json.ts';

/** What a receipt is looked for in: the status of an answer of success, and its body (undefined when empty). */
type Answered = Pick<GraphAnswer, 'status' | 'body'>;

/** The form in which Graph answers a kind of write that it has carried out. */
export type Receipt = (answer: Answered) => boolean;

/** Of changes, deletions and references. */
export const nothingMore: Receipt = ({ status }) => status === 204;

/** Of what was made: the object, of which the test tells whether it is the one. */
export const made =
  (isIt: (object: Json) => boolean): Receipt =>
  ({ status, body }) =>
    status === 201 && isJson(body) && isIt(body);

/** Of an object that came back: itself. */
export const restored =
  (id: string): Receipt =>
  ({ status, body }) =>
    status === 200 && isJson(body) && guidOf(body.id) === id.toLowerCase();

/** Of sessions that were ended; older clouds answer without a body. */
export const sessionsEnded: Receipt = (answer) =>
  nothingMore(answer) || (answer.status === 200 && isJson(answer.body) && typeof answer.body.value === 'boolean');

/** Whichever of two ways it was done. */
export const either =
  (one: Receipt, other: Receipt): Receipt =>
  (answer) =>
    one(answer) || other(answer);

/** An answer of success to a write that is no receipt, such as a proxy gives: whether anything was written is not known. */
export function unproven(status: number, requestId?: string): DirectoryError {
  return noAnswer('Graph answered a write in another way than it answers one that it has carried out.', true, {
    status,
    reason: 'GraphUnavailable',
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** Sends a write, and believes its answer only if it is the receipt of that write. Rejects with a DirectoryError. */
export async function carryOut(
  client: GraphClient,
  write: Omit<GraphCall, 'cost'>,
  receipt: Receipt,
  options: CallOptions,
): Promise<GraphAnswer> {
  const answer = await client.send({ ...write, cost: writeCost }, options);
  if (!receipt(answer)) throw unproven(answer.status, answer.requestId);
  return answer;
}
