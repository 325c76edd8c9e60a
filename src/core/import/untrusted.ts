import type { Problem, Trouble } from './problem.ts';
import { visible } from './problem.ts';

/** A value of a file with the place where it stands. Absent values are undefined. */
export interface Placed {
  readonly file: string;
  readonly path: string;
  readonly value: unknown;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A trouble at the place of a value; `label` is the name that people know the place by. */
export function problemAt({ file, path }: Pick<Placed, 'file' | 'path'>, trouble: Trouble, label?: string): Problem {
  const named = label === undefined ? path : `${path}${path === '' ? '' : ' '}(${visible(label)})`;
  return { file, place: named, ...trouble };
}

/** PowerShell's objects write the names of Graph's properties with a capital. */
const pascal = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The member of an object, in Graph's or PowerShell's spelling; of what is no object there is none. */
export function member(of: Placed, name: string): Placed {
  const path = of.path === '' ? name : `${of.path}.${name}`;
  const { file, value } = of;
  if (!isObject(value)) return { file, path, value: undefined };
  const found = [name, pascal(name)].find((spelling) => Object.hasOwn(value, spelling));
  return { file, path, value: found === undefined ? undefined : value[found] };
}

export const has = (of: Placed, name: string): boolean => present(member(of, name));

/** Neither absent nor null. */
export const present = ({ value }: Placed): boolean => value !== undefined && value !== null;

const cutOff: Trouble = {
  what: 'a text stands where an object or a list belongs',
  wayOut: 'a dump by PowerShell was cut off; repeat it with ConvertTo-Json -Depth 20',
};

/** Whether the value has the shape of an object; null and absent have. What else it is, is told. */
export function objectShape(of: Placed, problems: Problem[]): boolean {
  if (!present(of)) return false;
  if (isObject(of.value)) return true;
  const other = { what: 'an object belongs here', wayOut: 'export the job again' };
  problems.push(problemAt(of, typeof of.value === 'string' ? cutOff : other));
  return false;
}

/**
 * The entries of a list; null and absent are an empty one. PowerShell writes a list of one as its entry, and some lists as
 * `{value, Count}`. What is no list is told.
 */
export function entries(of: Placed, problems: Problem[]): readonly Placed[] {
  const { file, path, value } = of;
  if (!present(of)) return [];
  if (Array.isArray(value)) return (value as unknown[]).map((entry, index) => ({ file, path: `${path}[${index}]`, value: entry }));
  if (isObject(value) && Array.isArray(member(of, 'value').value) && has(of, 'Count')) return entries(member(of, 'value'), problems);
  if (isObject(value)) return [{ file, path: `${path}[0]`, value }];
  const other = { what: 'a list belongs here', wayOut: 'export the job again' };
  problems.push(problemAt(of, typeof value === 'string' ? cutOff : other));
  return [];
}

/** A text, a number or a boolean as text; null when there is none. */
export function text(of: Placed): string | null {
  const { value } = of;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** A boolean, or the text of one; undefined when it is neither. */
export function truth(of: Placed): boolean | undefined {
  const word = text(of)?.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}
