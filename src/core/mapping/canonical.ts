import type { AttributeValue } from '../../api/attributes.ts';
import { rulesOf } from './target-attributes.ts';

/**
 * The form in which values are recorded and compared: no empty text, no empty list, one business phone, booleans as booleans, no half
 * characters (an expression that cuts a text may leave one). Null: there is no value.
 */
export function canonicalValue(name: string, value: AttributeValue | null | undefined): AttributeValue | null {
  if (value === null || value === undefined || value === '') return null;
  const { type } = rulesOf(name);
  if (type === 'Boolean') {
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.toLowerCase() : '';
    return word === 'true' ? true : word === 'false' ? false : null;
  }
  if (type === 'StringList') {
    const items = (Array.isArray(value) ? (value as readonly string[]) : [String(value)])
      .filter((item) => item !== '')
      .map((item) => item.toWellFormed());
    const kept = name === 'businessPhones' ? items.slice(0, 1) : [...new Set(items)];
    return kept.length === 0 ? null : kept;
  }
  if (typeof value === 'object') return canonicalValue(name, value[0]);
  return String(value).toWellFormed();
}

/** Whether two canonical values of an attribute are the same for the directory: lists as sets, addresses without regard to case. */
export function sameValue(name: string, a: AttributeValue | null, b: AttributeValue | null): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === 'object' && typeof b === 'object') return a.length === b.length && a.every((item) => b.includes(item));
  if (typeof a === 'string' && typeof b === 'string' && rulesOf(name).caseInsensitive === true) return a.toLowerCase() === b.toLowerCase();
  return a === b;
}
