import type { AttributeValue, Attributes } from '../../api/attributes.ts';
import type { DirectoryUser, UserPatch } from '../../api/directory-user.ts';
import { canonicalValue, sameValue } from './canonical.ts';
import type { Authority } from './compile.ts';
import { rulesOf } from './target-attributes.ts';

export interface DiffInput {
  readonly attributes: Attributes;
  readonly clear: readonly string[];
  /** The account as it was just read. */
  readonly current: DirectoryUser;
  readonly authorityOf: (name: string) => Authority;
  /** Values that cannot be read back were applied before and have not changed since. */
  readonly writeOnlyApplied: boolean;
  /** Attributes that the directory refused for this user; left out until the desired state changes. */
  readonly refused: ReadonlySet<string>;
}

/** Whether the target's own value stays, by the mapping's authority (C9). */
function targetKeeps(authority: Authority, current: AttributeValue | null, desired: AttributeValue): boolean {
  switch (authority) {
    case 'Source':
      return false;
    case 'Target':
      return true;
    case 'WhenEmpty':
      return current !== null;
    case 'MostRestrictive':
      return current === false && desired === true;
  }
}

/**
 * The smallest patch that makes the account agree (A2). What cannot be read back is never the cause of a write by itself, except
 * when its desired value has changed; it goes along with other changes (C4).
 */
export function diffAttributes(input: DiffInput): UserPatch {
  const patch: Record<string, AttributeValue | null> = {};
  const writeOnly: Record<string, AttributeValue> = {};
  for (const [name, desired] of Object.entries(input.attributes)) {
    if (input.refused.has(name)) continue;
    if (rulesOf(name).writeOnly === true) {
      writeOnly[name] = desired;
      continue;
    }
    const current = canonicalValue(name, input.current.attributes[name]);
    if (!sameValue(name, current, desired) && !targetKeeps(input.authorityOf(name), current, desired)) patch[name] = desired;
  }
  for (const name of input.clear) {
    if (name === 'manager' || input.refused.has(name) || input.authorityOf(name) === 'Target') continue;
    if (canonicalValue(name, input.current.attributes[name]) !== null) patch[name] = null;
  }
  if (Object.keys(patch).length > 0 || !input.writeOnlyApplied) Object.assign(patch, writeOnly);
  return patch;
}

/** The desired values that cannot be read back, whose hash is remembered instead. */
export function writeOnlyValues(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => rulesOf(name).writeOnly === true));
}

/** Splits a refused patch: what is hardly ever refused together, and each sensitive attribute on its own (C10). */
export function splitPatch(patch: UserPatch): readonly UserPatch[] {
  const plain: Record<string, AttributeValue | null> = {};
  const single: UserPatch[] = [];
  for (const [name, value] of Object.entries(patch)) {
    if (rulesOf(name).sensitive === true) single.push({ [name]: value });
    else plain[name] = value;
  }
  return Object.keys(plain).length > 0 ? [plain, ...single] : single;
}
