import type { AttributeValue } from '../../api/attributes.ts';
import { canonicalValue } from './canonical.ts';
import { rulesOf } from './target-attributes.ts';

/** A value that a target attribute takes, in canonical form (null: no value), or why it does not take it. */
export type Conforming = { readonly value: AttributeValue | null } | { readonly problem: string };

/** Longer texts, and lists of more, are in no attribute of a user; records of people stay of a size that the cluster takes. */
const longestText = 2048;
const longestList = 250;

/** Measures a value against what the directory takes, before it is refused there. The problem never repeats the value. */
export function conform(target: string, raw: AttributeValue | null | undefined): Conforming {
  const value = canonicalValue(target, raw);
  const { type, maxLength = longestText, values } = rulesOf(target);
  if (value === null) {
    const given = raw !== null && raw !== undefined && raw !== '' && !(typeof raw === 'object' && raw.length === 0);
    return given && type === 'Boolean' ? { problem: `${target} takes true or false` } : { value };
  }
  const texts = typeof value === 'object' ? value : typeof value === 'string' ? [value] : [];
  const longest = Math.max(0, ...texts.map((text) => text.length));
  if (texts.length > longestList) return { problem: `${target} takes at most ${longestList} values` };
  if (longest > maxLength) return { problem: `the value has ${longest} characters, and ${target} takes at most ${maxLength}` };
  if (values !== undefined && texts.some((text) => !values.includes(text))) return { problem: `${target} takes only ${values.join(', ')}` };
  return { value };
}
