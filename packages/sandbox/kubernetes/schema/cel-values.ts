import { isObject } from '../json.ts';
import { mapSharing } from './defaulting.ts';
import type { SchemaProps } from './props.ts';
import { valueSchema } from './props.ts';

/** Turns JSON into what CEL computes with. Gives back the value itself when it is that already. */
export type CelConverter = (value: unknown) => unknown;

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** The name under which CEL knows a property whose own name is no identifier. */
function celName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__');
}

/** Compiles the conversion for a schema: integers to BigInt, date-times to Date, names to identifiers; undefined when JSON will do. */
export function compileCelConversion(schema: SchemaProps): CelConverter | undefined {
  if (schema.items) {
    const ofItem = compileCelConversion(schema.items);
    return ofItem && ((value) => (Array.isArray(value) ? mapSharing(value, ofItem) : value));
  }
  if (schema.type === 'integer' || schema['x-kubernetes-int-or-string']) return toInteger;
  if (schema.type === 'string' && schema.format === 'date-time') return (value) => (typeof value === 'string' ? new Date(value) : value);
  const values = valueSchema(schema);
  const ofValue = values && compileCelConversion(values);
  if (ofValue) return (value) => (isObject(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, ofValue(v)])) : value);
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const convert = compileCelConversion(property);
    const known = celName(name);
    return convert || known !== name ? [{ name, known, convert }] : [];
  });
  if (members.length === 0) return undefined;
  return (value) => {
    if (!isObject(value)) return value;
    let result = value;
    for (const { name, known, convert } of members) {
      const member = value[name];
      if (member === undefined) continue;
      if (result === value) result = { ...value };
      result[known] = convert ? convert(member) : member;
    }
    return result;
  };
}

function toInteger(value: unknown): unknown {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}
