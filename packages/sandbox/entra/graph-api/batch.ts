import type { Answer } from '../answer.ts';
import type { Json } from '../types.ts';
import { GraphFault } from './graph-fault.ts';

/** One part of a $batch as sent. */
export interface BatchPart {
  readonly id: string;
  readonly method: string;
  /** Path and query, beginning with a slash, without version. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly dependsOn: readonly string[];
}

/** What one part is answered, and under which id. */
export type PartAnswer = Omit<Answer, 'body'> & { readonly id: string; readonly body: Json | undefined };

const limit = 20;

/** The parts of a batch. Throws 400 for what makes the whole of it malformed. */
export function parseBatch(text: string | undefined): readonly BatchPart[] {
  let body: unknown;
  try {
    body = JSON.parse(text ?? '');
  } catch {
    throw malformed('the body is not JSON');
  }
  const requests = typeof body === 'object' && body !== null ? (body as Record<string, unknown>).requests : undefined;
  if (!Array.isArray(requests) || requests.length === 0) throw malformed('there is no list of requests');
  if (requests.length > limit) throw malformed(`number of batch request steps exceeds the maximum value of ${limit}`);
  const parts = requests.map(parsePart);
  if (new Set(parts.map((part) => part.id)).size !== parts.length) throw malformed('ids are not unique');
  const ids = new Set<string>();
  for (const part of parts) {
    if (part.dependsOn.some((id) => !ids.has(id))) throw malformed('dependsOn must name earlier requests');
    ids.add(part.id);
  }
  checkOrder(parts);
  return parts;
}

/** Runs the parts in order; a part that depends on a failed one is answered 424. Answers come back in another order than sent. */
export function runBatch(parts: readonly BatchPart[], run: (part: BatchPart) => PartAnswer): Json[] {
  const failed = new Set<string>();
  const responses: Json[] = [];
  for (const part of parts) {
    const blocked = part.dependsOn.some((id) => failed.has(id));
    const answer = blocked ? { ...failedDependency(), id: part.id } : run(part);
    if (answer.status >= 400) failed.add(part.id);
    responses.unshift({
      id: answer.id,
      status: answer.status,
      headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [headerCase(name), value])),
      ...(answer.body === undefined ? {} : { body: answer.body }),
    });
  }
  return responses;
}

function parsePart(value: unknown): BatchPart {
  if (typeof value !== 'object' || value === null) throw malformed('a request is not an object');
  const { id, method, url, headers, body, dependsOn } = value as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') throw malformed('a request has no id');
  if (typeof method !== 'string' || typeof url !== 'string') throw malformed(`request ${id} lacks method or url`);
  if (/^https?:/i.test(url)) throw malformed(`the url of request ${id} is not relative`);
  const lower = lowerCased(headers);
  if (body !== undefined && lower['content-type'] === undefined) throw malformed(`request ${id} has a body and no Content-Type`);
  const depends = Array.isArray(dependsOn) ? dependsOn.map(String) : [];
  return {
    id,
    method: method.toUpperCase(),
    url: url.startsWith('/') ? url : `/${url}`,
    headers: lower,
    body: body === undefined ? undefined : JSON.stringify(body),
    dependsOn: depends,
  };
}

function lowerCased(headers: unknown): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), String(text)]));
}

/** Either no part depends on another, or each on the one before it. */
function checkOrder(parts: readonly BatchPart[]): void {
  const dependent = parts.filter((part) => part.dependsOn.length > 0);
  if (dependent.length === 0) return;
  const serial = parts.every((part, at) => at === 0 || (part.dependsOn.length === 1 && part.dependsOn[0] === parts[at - 1]?.id));
  if (!serial) throw malformed('requests must be fully parallel or fully sequential');
}

function failedDependency(): Answer {
  const message = 'The request failed because a request it depends on failed.';
  return { status: 424, headers: { 'content-type': 'application/json' }, body: { error: { code: 'FailedDependency', message } } };
}

function headerCase(name: string): string {
  return name === 'retry-after' || name === 'content-type' || name === 'location'
    ? name.replace(/(^|-)[a-z]/g, (part) => part.toUpperCase())
    : name;
}

function malformed(detail: string): GraphFault {
  return new GraphFault(400, 'BadRequest', `Invalid batch payload format: ${detail}.`);
}
