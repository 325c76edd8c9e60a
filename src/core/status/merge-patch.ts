import { stableStringify } from '../hash.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The smallest JSON merge patch that turns `current` into `desired`, or undefined when they are equal. Arrays are replaced as a
 * whole; a member that is absent or undefined in `desired` is removed.
 */
export function mergePatchBetween(current: unknown, desired: unknown): Json | undefined {
  const from = isObject(current) ? current : {};
  const to = isObject(desired) ? desired : {};
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const before = from[name];
    const after = to[name];
    if (after === undefined) {
      if (before !== undefined) patch[name] = null;
    } else if (isObject(before) && isObject(after)) {
      const inner = mergePatchBetween(before, after);
      if (inner) patch[name] = inner;
    } else if (before !== after && (before === undefined || stableStringify(before) !== stableStringify(after))) patch[name] = after;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}
