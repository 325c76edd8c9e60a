import type { DirectoryError } from '../../core/errors/directory-error.ts';
import { noAnswer } from '../errors/failures.ts';

/** An object of a JSON answer. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (no array, not null). */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as text; undefined for anything else. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The body of an answer as an object; an answer without one is no usable answer. */
export function objectBody(body: unknown, write: boolean): Json {
  if (!isJson(body))
    throw noAnswer('Graph sent an answer without the expected content.', write, { status: 200, reason: 'GraphUnavailable' });
  return body;
}

/**
 * A page of a collection: its objects, and the link to the next page if there is one. A body that is no collection, an entry that is no object and a
 * link that is no text make no usable answer: what is left out of a list looks as if it were not there.
 */
export function collection(body: unknown): { readonly items: readonly Json[]; readonly next?: string } {
  const page = objectBody(body, false);
  const value = page.value;
  if (!Array.isArray(value) || !(value as unknown[]).every(isJson)) throw unusable('Graph sent a page without its list.');
  const next = page['@odata.nextLink'] ?? undefined;
  if (next !== undefined && (typeof next !== 'string' || next === '')) throw unusable('Graph sent a page with a link that is none.');
  return { items: value as Json[], ...(next === undefined ? {} : { next }) };
}

function unusable(message: string): DirectoryError {
  return noAnswer(message, false, { status: 200, reason: 'GraphUnavailable' });
}
