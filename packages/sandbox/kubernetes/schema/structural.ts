import type { FieldError } from '../field-error.ts';
import { forbidden, invalidValue, required } from '../field-error.ts';
import { compileRules, RuleError } from './cel.ts';
import type { SchemaProps } from './props.ts';
import { valueSchema } from './props.ts';
import { compileStructure } from './structure.ts';

/** What keeps a schema from being a structural one: missing types, lists without items, forbidden keywords, list keys without a default. */
export function structuralErrors(schema: SchemaProps, path: string, isRoot = true): FieldError[] {
  const errors = [
    ...shapeErrors(schema, path, isRoot),
    ...listTypeErrors(schema, path),
    ...nestedErrors(schema, path),
    ...defaultErrors(schema, path),
  ];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = `${path}.properties[${name}]`;
    errors.push(...(isRoot && name === 'metadata' ? metadataErrors(property, at) : structuralErrors(property, at, false)));
  }
  if (schema.items) errors.push(...structuralErrors(schema.items, `${path}.items`, false));
  const values = valueSchema(schema);
  if (values) errors.push(...structuralErrors(values, `${path}.additionalProperties`, false));
  return errors;
}

/** What is wrong with the type of a value and with what belongs to it. */
function shapeErrors(schema: SchemaProps, path: string, isRoot: boolean): FieldError[] {
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
  return errors;
}

/** What metadata is like, the server knows by itself. */
function metadataErrors(schema: SchemaProps, path: string): FieldError[] {
  const others = Object.keys(schema.properties ?? {}).filter((name) => name !== 'name' && name !== 'generateName');
  const more = Object.keys(schema).filter((keyword) => keyword !== 'type' && keyword !== 'properties');
  if (others.length === 0 && more.length === 0) return [];
  return [forbidden(path, 'must not specify anything other than name and generateName, but metadata is implicitly specified')];
}

/** A default has to be what its own schema and rules allow, as it is written: those of its members are not filled in yet. */
function defaultErrors(schema: SchemaProps, path: string): FieldError[] {
  if (schema.default === undefined) return [];
  const field = `${path}.default`;
  const wrong = compileStructure(schema)(schema.default).map(({ error }) => ({ ...error, field }));
  return [...wrong, ...boundErrors(schema, field), ...(wrong.length > 0 ? [] : ruleErrors(schema, field))];
}

function ruleErrors(schema: SchemaProps, field: string): FieldError[] {
  const broken: FieldError[] = [];
  try {
    compileRules(schema)?.(schema.default, undefined, field, broken);
  } catch (error) {
    // One that does not parse is said where it stands.
    if (!(error instanceof RuleError)) throw error;
  }
  return broken;
}

/** Bounds are compared as 64-bit integers: 2^63, as which a number just below it is kept, is none. */
function boundErrors(schema: SchemaProps, field: string, at = ''): FieldError[] {
  const { type, format, maximum } = schema;
  const tooLarge = type === 'integer' && format === 'int64' && typeof maximum === 'number' && maximum >= 2 ** 63;
  const own = tooLarge ? [invalidValue(field, '', `Maximum boundary value must be of type integer with format int64 in ${at}`)] : [];
  return [...own, ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => boundErrors(property, field, name))];
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
