import { identityProperties } from '../../core/scope/identity-kind.ts';
import type { DirectoryError } from '../../core/errors/directory-error.ts';
import type { UnusableEntry } from '../../ports/directory.ts';
import { noAnswer } from '../errors/failures.ts';
import { isJson, type Json, text } from './json.ts';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An object id as Kubernetes names and comparisons need it, in lower case; undefined for anything that no directory object has for an id. */
export function guidOf(value: unknown): string | undefined {
  return typeof value === 'string' && guid.test(value) ? value.toLowerCase() : undefined;
}

/** The id of an entry of which it has been made sure that it has one. */
export function idOf(item: Json): string {
  const id = guidOf(item.id);
  if (id === undefined) throw incomplete('Graph sent an entry without an id.');
  return id;
}

/**
 * The entries of a page whose id is one of the directory, and those that are left out because theirs is none: one such entry must not keep everybody
 * else from being read. An entry without any id makes the page unusable, because it may be anybody.
 */
export function sortedOut(items: readonly Json[]): {
  readonly usable: readonly Json[];
  readonly unusable: { readonly unusable?: readonly UnusableEntry[] };
} {
  const usable = items.filter((item) => guidOf(item.id) !== undefined);
  if (items.some(({ id }) => typeof id !== 'string' || id === '')) throw incomplete('Graph sent an entry without an id.');
  const left = items.length - usable.length;
  const reason = 'The id is none that an object of a directory has.';
  return { usable, unusable: left === 0 ? {} : { unusable: Array.from({ length: left }, () => ({ reason })) } };
}

/** An answer of status 200 that does not hold what was asked for: nothing follows from it, least of all that somebody is not there. */
export function incomplete(message: string): DirectoryError {
  return noAnswer(message, false, { status: 200, reason: 'GraphUnavailable' });
}

/** The body of a read of one object. Rejects one that is about another object, or about none: a cache or proxy answered, not the directory. */
export function entity(body: unknown, id: string): Json {
  if (!isJson(body) || text(body.id)?.toLowerCase() !== id.toLowerCase())
    throw incomplete('Graph answered with another object than was asked for, or with none.');
  return body;
}

/** Of which type each property of the evidence is, when it is not null. */
const isTyped: Readonly<Record<(typeof identityProperties)[number], (value: unknown) => boolean>> = {
  id: (value) => typeof value === 'string',
  userPrincipalName: (value) => typeof value === 'string' && value !== '',
  mail: (value) => typeof value === 'string',
  accountEnabled: (value) => typeof value === 'boolean',
  userType: (value) => typeof value === 'string',
  creationType: (value) => typeof value === 'string',
  externalUserState: (value) => typeof value === 'string',
  identities: (value) => Array.isArray(value) && value.every(isJson),
};

/** Whether what an item holds of the evidence of who somebody is, and whose, is of the right types. What it leaves out is not judged. */
export function hasSoundEvidence(item: Json): boolean {
  return identityProperties.every((name) => !(name in item) || item[name] === null || isTyped[name](item[name]));
}

/**
 * A user of a plain read, which holds every selected property, null where there is no value. Rejects an item without the evidence that was selected:
 * an application that may not read users gets the id alone, and judging by that would make a guest of an employee, or nobody of somebody.
 */
export function wholeUser(item: Json, select: readonly string[]): Json {
  const lacking = identityProperties.some((name) => name !== 'id' && select.includes(name) && !(name in item));
  const nameless = select.includes('userPrincipalName') && !isTyped.userPrincipalName(item.userPrincipalName);
  if (lacking || nameless || !hasSoundEvidence(item)) throw incomplete('Graph sent a user without the properties that were asked for.');
  return item;
}
