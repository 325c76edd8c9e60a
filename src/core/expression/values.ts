import type { AttributeValue } from '../../api/attributes.ts';

/** What an expression works with. Dates are texts in the form `M/d/yyyy h:mm:ss tt`, in UTC. */
export type ExpressionValue = AttributeValue | number | null;

/** Longer texts fail the evaluation, so that nested replacements cannot grow without end. */
export const maximumText = 16_384;

/** Characters that one evaluation may handle in all, and a measure of everything that takes time in proportion to text. */
export const maximumWork = 250_000;

/** The same for all expressions that are evaluated for one user. */
export const maximumWorkForUser = 1_000_000;

export const isList = (value: ExpressionValue): value is readonly string[] => typeof value === 'object' && value !== null;

/** Null, empty text or an empty list. */
export const isEmpty = (value: ExpressionValue): boolean => value === null || value === '' || (isList(value) && value.length === 0);

/** A single value as text: booleans as True and False. */
export function asText(value: string | number | boolean): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return Number.isSafeInteger(value) ? value.toFixed(0) : String(value);
}

/** The number that a text says in decimal or after &H, as bare numbers are written. */
export function asNumber(text: string): number | null {
  if (text.length > 40) return null;
  const trimmed = text.trim();
  if (/^[+-]?[0-9]+(\.[0-9]+)?$/.test(trimmed)) return Number(trimmed);
  return /^&[Hh][0-9A-Fa-f]{1,16}$/.test(trimmed) ? Number(`0x${trimmed.slice(2)}`) : null;
}

/** The same for whole numbers of any size. */
export function asBigInteger(text: string): bigint | null {
  if (text.length > 40) return null;
  const trimmed = text.trim();
  if (/^[+-]?[0-9]+$/.test(trimmed)) return BigInt(trimmed.replace(/^\+/, ''));
  return /^&[Hh][0-9A-Fa-f]{1,16}$/.test(trimmed) ? BigInt(`0x${trimmed.slice(2)}`) : null;
}

/** A whole number as a value: beyond what is exact as a number it is a text of digits. */
export function fromBigInteger(value: bigint): ExpressionValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** `text` without half a surrogate pair at either end, which no directory stores. */
export function wholeCharacters(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  const from = first >= 0xdc00 && first <= 0xdfff ? 1 : 0;
  const to = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}
