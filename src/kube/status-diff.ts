import type { MergePatch } from '../ports/resources.ts';

/**
 * The smallest JSON merge patch that turns `current` into `desired`, or undefined when they are equal. Arrays are replaced as a
 * whole, what `desired` lacks (or has as undefined) is removed by null, and objects are compared field by field.
 */
export function statusDiff(current: object | undefined, desired: object): MergePatch | undefined {
  const patch = diff((current ?? {}) as Fields, desired as Fields);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

type Fields = Readonly<Record<string, unknown>>;

function diff(current: Fields, desired: Fields): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(current)) {
    if (value !== undefined && desired[name] === undefined) patch[name] = null;
  }
  for (const [name, value] of Object.entries(desired)) {
    if (value === undefined) continue;
    const before = current[name];
    if (isFields(value) && isFields(before)) {
      const inner = diff(before, value);
      if (Object.keys(inner).length > 0) patch[name] = inner;
    } else if (!equal(before, value)) {
      patch[name] = value;
    }
  }
  return patch;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality as JSON would show it: a field that is undefined is not there. */
function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((element, index) => equal(element, b[index]));
  if (isFields(a) && isFields(b)) return Object.keys(diff(a, b)).length === 0;
  return a === b;
}
