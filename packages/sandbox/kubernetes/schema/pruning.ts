import { isObject, listOf } from '../json.ts';
import { mapMembers, mapSharing } from './defaulting.ts';
import type { SchemaProps } from './props.ts';
import { childPath, valueSchema } from './props.ts';

/** Drops what the schema does not know. Gives back the value itself when there is no such thing; never changes it. */
export type Pruner = (value: unknown) => unknown;

const always = new Set(['apiVersion', 'kind', 'metadata']);

/** Compiles the pruning of a schema; undefined when there is nothing to prune below it. */
export function compilePruning(schema: SchemaProps, isRoot = false): Pruner | undefined {
  if (schema.items) {
    const ofItem = compilePruning(schema.items);
    return ofItem && ((value) => (Array.isArray(value) ? mapSharing(value, ofItem) : value));
  }
  if (schema.type !== 'object' && !schema.properties) return undefined;
  const known = isRoot || schema['x-kubernetes-embedded-resource'] ? always : new Set<string>();
  const properties = new Map(
    Object.entries(schema.properties ?? {})
      .filter(([name]) => !known.has(name))
      .map(([name, property]) => [name, compilePruning(property)]),
  );
  const values = valueSchema(schema);
  const ofValue = values && compilePruning(values);
  const keepsUnknown = keeps(schema);
  return (value) => {
    if (!isObject(value)) return value;
    return mapMembers(value, (member, name) => {
      if (known.has(name)) return member;
      if (properties.has(name)) {
        const prune = properties.get(name);
        return prune ? prune(member) : member;
      }
      if (ofValue) return ofValue(member);
      return keepsUnknown ? member : undefined;
    });
  };
}

/** Whether members without a schema of their own are kept. */
function keeps(schema: SchemaProps): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields']) return true;
  return schema.additionalProperties === true || typeof schema.additionalProperties === 'object';
}

/** Paths of what pruning would drop. */
export function unknownFields(value: unknown, schema: SchemaProps, path = '', isRoot = true): string[] {
  if (schema.items) {
    const items = schema.items;
    return listOf(value).flatMap((item, index) => unknownFields(item, items, `${path}[${index}]`, false));
  }
  if (!isObject(value) || (schema.type !== 'object' && !schema.properties)) return [];
  const known = isRoot || schema['x-kubernetes-embedded-resource'] ? always : new Set<string>();
  return Object.entries(value).flatMap(([name, member]) => {
    if (known.has(name)) return [];
    const property = schema.properties?.[name] ?? valueSchema(schema);
    if (property) return unknownFields(member, property, childPath(path, name), false);
    return keeps(schema) ? [] : [childPath(path, name)];
  });
}
