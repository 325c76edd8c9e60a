import { Environment } from '@marcbachmann/cel-js';
import type { FieldError } from '../field-error.ts';
import { invalidValue } from '../field-error.ts';
import { deepEqual, isObject, listOf, objectOf } from '../json.ts';
import { compileCelConversion } from './cel-values.ts';
import type { CelConverter } from './cel-values.ts';
import { sameItem } from './lists.ts';
import type { SchemaProps, ValidationRule } from './props.ts';
import { childPath, valueSchema } from './props.ts';

type Program = (context: Record<string, unknown>) => unknown;

interface Rule {
  readonly source: ValidationRule;
  readonly program: Program;
  readonly message: Program | undefined;
  readonly isTransition: boolean;
}

/** Evaluates the rules below one place of the schema. `old` is undefined when there is nothing to compare with. */
type Node = (value: unknown, old: unknown, path: string, errors: FieldError[]) => void;

const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');
const noOptional: unknown = environment.evaluate('optional.none()');
const optionalOf = environment.parse('optional.of(self)') as Program;

/** A rule that does not parse. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Compiles the CEL rules of a schema; undefined when it has none. Throws RuleError for a rule that does not parse. */
export function compileRules(schema: SchemaProps, isRoot = false, at = ''): Node | undefined {
  const convert = isRoot ? rootConversion(compileCelConversion(schema)) : compileCelConversion(schema);
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule, index) =>
    compileRule(rule, `${at}.x-kubernetes-validations[${index}].rule`),
  );
  const children = compileChildren(schema, at);
  if (rules.length === 0) return children;
  return (value, old, path, errors) => {
    if (value === null || value === undefined) return;
    errors.push(...evaluateRules({ rules, convert, type: schema.type ?? '' }, value, old ?? undefined, path));
    children?.(value, old, path, errors);
  };
}

function compileChildren(schema: SchemaProps, at: string): Node | undefined {
  if (schema.items) {
    const ofItem = compileRules(schema.items, false, `${at}.items`);
    if (!ofItem) return undefined;
    return (value, old, path, errors) => {
      for (const [index, item] of listOf(value).entries()) ofItem(item, sameItem(schema, item, old), `${path}[${index}]`, errors);
    };
  }
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const node = compileRules(property, false, `${at}.properties[${name}]`);
    return node ? [{ name, node }] : [];
  });
  const values = valueSchema(schema);
  const ofValue = values && compileRules(values, false, `${at}.additionalProperties`);
  if (members.length === 0 && !ofValue) return undefined;
  return (value, old, path, errors) => {
    if (!isObject(value)) return;
    const before = objectOf(old);
    for (const { name, node } of members) if (value[name] !== undefined) node(value[name], before[name], childPath(path, name), errors);
    if (ofValue) for (const name in value) ofValue(value[name], before[name], `${path}[${name}]`, errors);
  };
}

/** At the root, rules see the type and the name, and nothing else of the metadata. */
function rootConversion(convert: CelConverter | undefined): CelConverter {
  return (value) => {
    const { metadata, ...rest } = objectOf(value);
    const { name, generateName } = objectOf(metadata);
    const visible = { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) };
    return { ...objectOf(convert ? convert(rest) : rest), metadata: visible };
  };
}

function compileRule(source: ValidationRule, at: string): Rule {
  try {
    return {
      source,
      program: environment.parse(source.rule) as Program,
      message: source.messageExpression === undefined ? undefined : (environment.parse(source.messageExpression) as Program),
      isTransition: /\boldSelf\b/.test(source.rule),
    };
  } catch (error) {
    throw new RuleError(at, `compilation failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The rules of one place of the schema. */
interface Place {
  readonly rules: readonly Rule[];
  readonly convert: CelConverter | undefined;
  readonly type: string;
}

function evaluateRules({ rules, convert, type }: Place, value: unknown, old: unknown, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const unchanged = old !== undefined && deepEqual(value, old);
  const context: Record<string, unknown> = { self: convert ? convert(value) : value };
  if (old !== undefined) context.oldSelf = convert ? convert(old) : old;
  for (const rule of rules) {
    if (rule.isTransition && old === undefined && rule.source.optionalOldSelf !== true) continue;
    if (!rule.isTransition && unchanged) continue;
    const error = evaluateRule(rule, { context, type }, value, path);
    if (error) errors.push(error);
  }
  return errors;
}

function evaluateRule(
  rule: Rule,
  { context, type }: { readonly context: Record<string, unknown>; readonly type: string },
  value: unknown,
  path: string,
): FieldError | undefined {
  const { source } = rule;
  const scope = source.optionalOldSelf ? { self: context.self, oldSelf: optional(context.oldSelf) } : context;
  const title = (source.message ?? source.rule).trim();
  try {
    if (rule.program(scope) === true) return undefined;
  } catch (error) {
    return invalidValue(path, type, `${failure(error)} evaluating rule: ${title}`);
  }
  const computed = messageOf(rule.message, scope);
  const field = source.fieldPath === undefined ? path : fieldBelow(path, source.fieldPath);
  const detail = computed ?? (source.message === undefined ? `failed rule: ${title}` : title);
  switch (source.reason) {
    case 'FieldValueForbidden':
    case 'FieldValueRequired':
      return { type: source.reason, field, detail };
    case 'FieldValueDuplicate':
      return { type: source.reason, field, value: shown(value), detail: '' };
    default:
      return invalidValue(field, computed === undefined ? shown(value) : undefined, detail);
  }
}

/** Why a rule could not be evaluated, as the server's own CEL says it where that is known. */
function failure(error: unknown): string {
  const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return text.startsWith('Invalid duration string') ? "type conversion error from 'string' to 'google.protobuf.Duration'" : text;
}

function optional(value: unknown): unknown {
  return value === undefined ? noOptional : optionalOf({ self: value });
}

/** Scalars are shown in messages, objects and lists are left out. */
function shown(value: unknown): unknown {
  return typeof value === 'object' ? undefined : value;
}

function messageOf(program: Program | undefined, scope: Record<string, unknown>): string | undefined {
  try {
    const text = program?.(scope);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** `.a.b` or `['a']` below a path. */
function fieldBelow(path: string, fieldPath: string): string {
  return (path + fieldPath.replaceAll(/\['([^']*)'\]/g, '.$1')).replace(/^\./, '');
}
