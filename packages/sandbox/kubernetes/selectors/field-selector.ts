import { badRequest } from '../api-error.ts';
import { valueAt } from '../json.ts';
import type { KubeObject } from '../types.ts';

/** The fields that a resource can be selected by, and where each stands in the object. */
export type FieldPaths = Readonly<Record<string, readonly string[]>>;

/** Whether an object is selected. */
export type FieldMatcher = (object: KubeObject) => boolean;

interface Term {
  readonly path: readonly string[];
  readonly value: string;
  readonly equal: boolean;
}

/** A parsed field selector. */
export interface FieldSelector {
  readonly matches: FieldMatcher;
  /** The only name it can match, when there is one. */
  readonly name: string | undefined;
}

/** Parses a field selector; undefined when it selects everything. Fields that the resource does not offer are refused. */
export function parseFieldSelector(text: string, paths: FieldPaths): FieldSelector | undefined {
  const terms = splitTerms(text).map((part) => parseTerm(part, paths));
  if (terms.length === 0) return undefined;
  return {
    matches: (object) => terms.every((term) => (fieldText(object, term.path) === term.value) === term.equal),
    name: terms.find((term) => term.equal && term.path.join('.') === 'metadata.name')?.value,
  };
}

function parseTerm(part: string, paths: FieldPaths): Term {
  const match = /^([^=!]+)(!=|==|=)(.*)$/s.exec(part);
  if (!match) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  const field = (match[1] ?? '').trim();
  const path = paths[field];
  if (!path) {
    throw badRequest(`field label not supported: ${field}`);
  }
  return { path, value: unescape(match[3] ?? ''), equal: match[2] !== '!=' };
}

/** Splits at commas that are not escaped. */
function splitTerms(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/gs) ?? []).filter((part) => part.trim() !== '');
}

function unescape(value: string): string {
  return value.replaceAll(/\\([\\,=])/g, '$1');
}

/** A field as text; a missing one is the empty text. */
function fieldText(object: KubeObject, path: readonly string[]): string {
  const value = valueAt(object, path);
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
