import { deepFreeze, isObject } from '../json.ts';
import type { JsonObject } from '../types.ts';
import type { SchemaProps } from './props.ts';
import { valueSchema } from './props.ts';

/** Fills in what is missing. Gives back the value itself when nothing is; never changes it. */
export type Defaulter = (value: unknown) => unknown;

/** Compiles the defaults of a schema; undefined when it has none. */
export function compileDefaults(schema: SchemaProps): Defaulter | undefined {
  if (schema.items) return ofItems(compileDefaults(schema.items));
  const values = valueSchema(schema);
  const ofValue = values && compileDefaults(values);
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const defaults = compileDefaults(property);
    if (property.default === undefined && !defaults) return [];
    return [{ name, defaults, value: deepFreeze(structuredClone(property.default)), nullable: property.nullable === true }];
  });
  if (members.length === 0 && !ofValue) return undefined;

  return (value) => {
    if (!isObject(value)) return value;
    let result = value;
    const set = (name: string, next: unknown): void => {
      if (result === value) result = { ...value };
      result[name] = next;
    };
    for (const member of members) {
      const before = value[member.name];
      let after = before === undefined || (before === null && !member.nullable && member.value !== undefined) ? member.value : before;
      if (after === undefined) continue;
      if (member.defaults) after = member.defaults(after);
      if (after !== before) set(member.name, after);
    }
    if (ofValue) {
      for (const name in value) {
        if (schema.properties?.[name]) continue;
        const after = ofValue(value[name]);
        if (after !== value[name]) set(name, after);
      }
    }
    return result;
  };
}

function ofItems(defaults: Defaulter | undefined): Defaulter | undefined {
  if (!defaults) return undefined;
  return (value) => (Array.isArray(value) ? mapSharing(value, defaults) : value);
}

/** Maps a list; gives back the list itself when every item stayed the same. */
export function mapSharing(list: readonly unknown[], map: (item: unknown) => unknown): readonly unknown[] {
  let result: unknown[] | undefined;
  for (const [index, item] of list.entries()) {
    const mapped = map(item);
    if (mapped === item) continue;
    result ??= [...list];
    result[index] = mapped;
  }
  return result ?? list;
}

/** Maps members of an object; gives back the object itself when every member stayed the same. Members mapped to undefined go. */
export function mapMembers(object: JsonObject, map: (value: unknown, name: string) => unknown): JsonObject {
  let result: JsonObject | undefined;
  for (const name in object) {
    const mapped = map(object[name], name);
    if (mapped === object[name]) continue;
    result ??= { ...object };
    if (mapped === undefined) Reflect.deleteProperty(result, name);
    else result[name] = mapped;
  }
  return result ?? object;
}
