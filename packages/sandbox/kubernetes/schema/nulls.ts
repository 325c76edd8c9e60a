import { isObject } from '../json.ts';
import { mapMembers, mapSharing } from './defaulting.ts';
import type { SchemaProps } from './props.ts';
import { valueSchema } from './props.ts';

/** Drops members that are null where the schema neither allows null nor has a default to put there. Never changes its argument. */
export type NullPruner = (value: unknown) => unknown;

/** Compiles the dropping of nulls for a schema; undefined when there is nothing that could be dropped. */
export function compileNullPruning(schema: SchemaProps): NullPruner | undefined {
  if (schema.items) {
    const ofItem = compileNullPruning(schema.items);
    return ofItem && ((value) => (Array.isArray(value) ? mapSharing(value, ofItem) : value));
  }
  const values = valueSchema(schema);
  const ofValue = values && memberPruner(values);
  const members = new Map(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, memberPruner(property)]));
  if (members.size === 0 && !ofValue) return undefined;
  return (value) => {
    if (!isObject(value)) return value;
    return mapMembers(value, (member, name) => {
      const prune = members.get(name) ?? ofValue;
      return prune ? prune(member) : member;
    });
  };
}

function memberPruner(schema: SchemaProps): NullPruner {
  const keeps = schema.nullable === true || schema.default !== undefined;
  const below = compileNullPruning(schema);
  return (value) => {
    if (value === null) return keeps ? value : undefined;
    return below ? below(value) : value;
  };
}
