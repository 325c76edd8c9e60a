import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { FieldError } from '../field-error.ts';
import { invalidValue, notSupported, required } from '../field-error.ts';
import { isObject } from '../json.ts';
import type { SchemaProps } from './props.ts';
import { childPath } from './props.ts';

/** A field error with the way to the value it is about. */
export interface LocatedError {
  readonly error: FieldError;
  readonly steps: readonly string[];
  /** Whether CEL rules are not evaluated beside it. */
  readonly blocking: boolean;
}

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, unicodeRegExp: false, logger: false });
ajvFormats.default(ajv);
ajv.addFormat('duration', /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*$/);

const copied = [
  'pattern',
  'format',
  'required',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];

function typeOf(schema: SchemaProps): string | readonly string[] | undefined {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string', ...(schema.nullable ? ['null'] : [])];
  return schema.type && schema.nullable ? [schema.type, 'null'] : schema.type;
}

/** The schema in the dialect of ajv: without Kubernetes extensions, with nullable and int-or-string resolved. */
function toJsonSchema(schema: SchemaProps, isRoot = false): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const keyword of copied) if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  const type = typeOf(schema);
  if (type !== undefined) result.type = type;
  if (schema.enum) result.enum = schema.nullable ? [...schema.enum, null] : schema.enum;
  if (schema.properties) {
    const entries = Object.entries(schema.properties).filter(([name]) => !isRoot || name !== 'metadata');
    result.properties = Object.fromEntries(entries.map(([name, property]) => [name, toJsonSchema(property)]));
  }
  if (schema.items) result.items = toJsonSchema(schema.items);
  if (typeof schema.additionalProperties === 'object') result.additionalProperties = toJsonSchema(schema.additionalProperties);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (schema[keyword]) result[keyword] = schema[keyword].map((one) => toJsonSchema(one));
  }
  if (schema.not) result.not = toJsonSchema(schema.not);
  return withExclusiveBounds(schema, result);
}

/** Kubernetes says by a second keyword that a bound is exclusive; ajv has a keyword of its own for such a bound. */
function withExclusiveBounds(schema: SchemaProps, { minimum, maximum, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const [low, high] = [schema.exclusiveMinimum === true, schema.exclusiveMaximum === true];
  return {
    ...rest,
    ...(minimum === undefined ? {} : { [low ? 'exclusiveMinimum' : 'minimum']: minimum }),
    ...(maximum === undefined ? {} : { [high ? 'exclusiveMaximum' : 'maximum']: maximum }),
  };
}

/** ajv keeps whatever it has compiled for as long as the process lives, so that equal schemas are compiled once. */
const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: Record<string, unknown>): ValidateFunction {
  const content = JSON.stringify(schema);
  const validate = validators.get(content) ?? ajv.compile(schema);
  validators.set(content, validate);
  return validate;
}

/** Compiles the structural part of a schema: types, bounds, patterns, enumerations. */
export function compileStructure(schema: SchemaProps): (value: unknown) => LocatedError[] {
  const validate = validatorOf(toJsonSchema(schema, true));
  return (value) => {
    if (validate(value)) return [];
    const errors = (validate.errors ?? []).filter((error) => !/\/(anyOf|oneOf|not)\//.test(error.schemaPath));
    return errors.flatMap((error) => located(error, value));
  };
}

function located(error: ErrorObject, root: unknown): LocatedError[] {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const missing = error.keyword === 'required' ? String((error.params as { missingProperty: unknown }).missingProperty) : undefined;
  const path = pathText(steps, root);
  const fieldError = missing === undefined ? describe(error, path) : required(childPath(path, missing));
  const blocking = ['FieldValueRequired', 'FieldValueTypeInvalid', 'FieldValueNotSupported', 'FieldValueTooLong', 'FieldValueTooMany'];
  const found = { error: fieldError, steps, blocking: blocking.includes(fieldError.type) };
  return error.keyword === 'type' && error.schema === 'integer' && typeof error.data === 'number'
    ? [found, outOfRange(found, path, error)]
    : [found];
}

/** The server finds a fraction that should be an integer wrong in two ways. */
function outOfRange(found: LocatedError, path: string, { parentSchema }: ErrorObject): LocatedError {
  const format = (parentSchema as { format?: string } | undefined)?.format;
  const kind = format === undefined ? 'type integer (default format)' : `type integer with format ${format}`;
  return { ...found, error: invalidValue('<nil>', '', `Checked value must be of ${kind} in ${path}`) };
}

function pathText(steps: readonly string[], root: unknown): string {
  let text = '';
  let value = root;
  for (const step of steps) {
    text = Array.isArray(value) ? `${text}[${step}]` : childPath(text, step);
    value = Array.isArray(value) ? (value[Number(step)] as unknown) : isObject(value) ? value[step] : undefined;
  }
  return text;
}

function describe(error: ErrorObject, path: string): FieldError {
  const value: unknown = error.data;
  const limit = error.schema as number;
  const wrong = (what: string): FieldError => invalidValue(path, value, `${path} in body ${what}`);
  switch (error.keyword) {
    case 'type':
      return wrongType(error, path);
    case 'format': {
      const detail = `${path} in body must be of type ${String(error.schema)}: ${JSON.stringify(value)}`;
      return { type: 'FieldValueTypeInvalid', field: path, value, detail };
    }
    case 'enum':
      return notSupported(
        path,
        value,
        (error.schema as unknown[]).filter((one) => one !== null),
      );
    case 'pattern':
      return wrong(`should match '${String(error.schema)}'`);
    case 'minimum':
      return wrong(`should be greater than or equal to ${limit}`);
    case 'maximum':
      return wrong(`should be less than or equal to ${limit}`);
    case 'exclusiveMinimum':
      return wrong(`should be greater than ${limit}`);
    case 'exclusiveMaximum':
      return wrong(`should be less than ${limit}`);
    case 'multipleOf':
      return wrong(`should be a multiple of ${limit}`);
    case 'minLength':
      return wrong(`should be at least ${limit} chars long`);
    case 'minItems':
    case 'minProperties': {
      const what = error.keyword === 'minItems' ? 'items' : 'properties';
      return invalidValue(path, Object.keys(value as object).length, `${path} in body should have at least ${limit} ${what}`);
    }
    case 'maxLength':
      return { type: 'FieldValueTooLong', field: path, detail: `may not be more than ${limit} ${limit === 1 ? 'byte' : 'bytes'}` };
    case 'maxItems':
    case 'maxProperties': {
      const actual = Object.keys(value as object).length;
      return {
        type: 'FieldValueTooMany',
        field: path,
        value: actual,
        detail: `must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`,
      };
    }
    case 'oneOf':
      return invalidValue(path, value, `"${path}" must validate one and only one schema (oneOf). Found none valid`);
    case 'anyOf':
      return invalidValue(path, value, `"${path}" must validate at least one schema (anyOf)`);
    case 'not':
      return invalidValue(path, value, `"${path}" must not validate the schema (not)`);
    default:
      return wrong(error.message ?? 'is invalid');
  }
}

function wrongType(error: ErrorObject, path: string): FieldError {
  const wanted = [error.schema as string | string[]]
    .flat()
    .filter((type) => type !== 'null')
    .join(',');
  const got = typeName(error.data);
  return { type: 'FieldValueTypeInvalid', field: path, value: got, detail: `${path} in body must be of type ${wanted}: "${got}"` };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
