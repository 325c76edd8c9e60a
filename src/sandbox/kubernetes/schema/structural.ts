import type { FieldError } from '../field-error.ts';
import { forbidden, invalidValue, required } from '../field-error.ts';
import type { SchemaProps } from './props.ts';
import { valueSchema } from './props.ts';

/** What keeps a schema from being a structural one: missing types, lists without items, forbidden keywords, list keys without a default. */
export function structuralErrors(schema: SchemaProps, path: string, isRoot = true): FieldError[] {
  const errors: FieldError[] = [];
  const free = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (!schema.type && !free) errors.push(required(`${path}.type`, 'must not be empty for specified object fields'));
  if (isRoot && schema.type !== 'object') errors.push(invalidValue(`${path}.type`, schema.type ?? '', 'must be object at the root'));
  if (schema.type === 'array' && !schema.items) errors.push(required(`${path}.items`, 'must be specified'));
  if (schema.properties && schema.additionalProperties) {
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  if (schema.uniqueItems === true)
    errors.push(forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
  errors.push(...listTypeErrors(schema, path), ...nestedErrors(schema, path));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (isRoot && name === 'metadata') continue;
    errors.push(...structuralErrors(property, `${path}.properties[${name}]`, false));
  }
  if (schema.items) errors.push(...structuralErrors(schema.items, `${path}.items`, false));
  const values = valueSchema(schema);
  if (values) errors.push(...structuralErrors(values, `${path}.additionalProperties`, false));
  return errors;
}

function listTypeErrors(schema: SchemaProps, path: string): FieldError[] {
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length === 0) return [required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')];
  const item = schema.items ?? {};
  return keys
    .filter((key) => !item.required?.includes(key) && item.properties?.[key]?.default === undefined)
    .map((key) =>
      required(
        `${path}.items.properties[${key}].default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ),
    );
}

/** Inside of allOf, anyOf, oneOf and not, only values may be restricted. */
function nestedErrors(schema: SchemaProps, path: string): FieldError[] {
  const nested = [
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((word) =>
      (schema[word] ?? []).map((one, index) => [`${path}.${word}[${index}]`, one] as const),
    ),
    ...(schema.not ? [[`${path}.not`, schema.not] as const] : []),
  ];
  return nested.flatMap(([at, one]) => {
    const allowed = schema['x-kubernetes-int-or-string'] ? [] : ['type'];
    const words = [...allowed, 'default', 'additionalProperties', 'nullable', 'description', 'x-kubernetes-preserve-unknown-fields'];
    return words.filter((word) => one[word] !== undefined).map((word) => forbidden(`${at}.${word}`, 'must be empty to be structural'));
  });
}
