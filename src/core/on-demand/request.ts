import type { SyncConfigurationStatus } from '../../api/generated.ts';

export type ProvisionAnswer = NonNullable<SyncConfigurationStatus['lastHandledProvisionUsers']>;

/** As many users as one request may name. */
export const mostUsers = 20;
const longestToken = 100;
const longestUser = 256;

/** A request about single users, as an annotation makes it: `<token>:<user principal name or object id>,...`. */
export type UserRequest =
  | { readonly type: 'Valid'; readonly token: string; readonly users: readonly string[] }
  /** `problem`: what is wrong with the value, and what to write instead. `token`: what is echoed for it. */
  | { readonly type: 'Refused'; readonly token: string; readonly problem: string };

const form = 'Write <token>:<user principal name or object id>,... with a new token for each request.';

/** Reads the value of an annotation. The last colon ends the token: a time may be one, and no user has a colon in the name. */
export function parseUserRequest(value: string): UserRequest {
  const text = value.toWellFormed();
  const colon = text.lastIndexOf(':');
  const token = text.slice(0, Math.max(0, colon)).trim();
  const echo = (token === '' ? text : token).slice(0, longestToken).toWellFormed();
  const refuse = (problem: string): UserRequest => ({ type: 'Refused', token: echo, problem: `${problem} ${form}` });
  if (token === '') return refuse('The request has no token.');
  if (token.length > longestToken) return refuse(`The token has more than ${longestToken} characters.`);
  const named = text
    .slice(colon + 1)
    .split(',')
    .map((user) => user.trim())
    .filter((user) => user !== '');
  const users = [...new Map(named.map((user) => [user.toLowerCase(), user])).values()];
  if (users.length === 0) return refuse('The request names no user.');
  if (users.length > mostUsers) return refuse(`The request names ${users.length} users; at most ${mostUsers} are handled at a time.`);
  if (users.some((user) => user.length > longestUser)) return refuse(`A user is named with more than ${longestUser} characters.`);
  return { type: 'Valid', token, users };
}

/** What is to be done about the value of an annotation, given what was answered last. */
export type RequestStanding = 'New' | 'Answered' | 'TokenRepeated';

/** Whether a request is new. One whose token was answered before for other users is not handled, and is said to be repeated. */
export function requestStanding(
  request: UserRequest,
  last: { readonly token?: string; readonly results?: ProvisionAnswer['results'] } | undefined,
): RequestStanding {
  if (request.token !== last?.token) return 'New';
  if (request.type === 'Refused') return 'Answered';
  const answered = new Set((last.results ?? []).map(({ user = '' }) => user.toLowerCase()));
  return request.users.every((user) => answered.has(user.toLowerCase())) ? 'Answered' : 'TokenRepeated';
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a user is named by object id; otherwise it is a user principal name. */
export const isObjectId = (user: string): boolean => guid.test(user);
