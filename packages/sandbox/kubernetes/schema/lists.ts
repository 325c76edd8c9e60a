import { deepEqual, isObject, listOf } from '../json.ts';
import type { JsonObject } from '../types.ts';
import type { LocatedError } from './structure.ts';
import type { SchemaProps } from './props.ts';
import { childPath, valueSchema } from './props.ts';

type Check = (value: unknown, path: string, steps: readonly string[], errors: LocatedError[]) => void;

/** Compiles the check that lists of type set and map hold nothing twice; undefined when the schema has no such list. */
export function compileListTypes(schema: SchemaProps): Check | undefined {
  if (schema.items) return ofList(schema, compileListTypes(schema.items));
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const check = compileListTypes(property);
    return check ? [{ name, check }] : [];
  });
  const values = valueSchema(schema);
  const ofValue = values && compileListTypes(values);
  if (members.length === 0 && !ofValue) return undefined;
  return (value, path, steps, errors) => {
    if (!isObject(value)) return;
    for (const { name, check } of members) {
      if (value[name] !== undefined) check(value[name], childPath(path, name), [...steps, name], errors);
    }
    if (ofValue) for (const name in value) ofValue(value[name], childPath(path, name), [...steps, name], errors);
  };
}

function ofList(schema: SchemaProps, ofItem: Check | undefined): Check | undefined {
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const unique = type === 'set' || type === 'map';
  if (!unique && !ofItem) return undefined;
  return (value, path, steps, errors) => {
    const list = listOf(value);
    const seen = new Set<unknown>();
    for (const [index, item] of list.entries()) {
      if (unique) {
        const identity = type === 'map' ? listKey(item, keys) : item;
        const token = typeof identity === 'object' ? JSON.stringify(identity) : identity;
        if (seen.has(token)) {
          const error = { type: 'FieldValueDuplicate' as const, field: `${path}[${index}]`, value: identity, detail: '' };
          errors.push({ error, steps: [...steps, String(index)], blocking: false });
        }
        seen.add(token);
      }
      ofItem?.(item, `${path}[${index}]`, [...steps, String(index)], errors);
    }
  };
}

function listKey(item: unknown, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, isObject(item) ? item[key] : undefined]));
}

/** The item of an old list that is the same one as `item`, by the keys of a list of type map. */
export function sameItem(schema: SchemaProps, item: unknown, old: unknown): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const wanted = listKey(item, keys);
  return listOf(old).find((candidate) => deepEqual(listKey(candidate, keys), wanted));
}
