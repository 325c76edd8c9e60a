import type { AttributeValue } from '../api/attributes.ts';
import { compileExpression, type Evaluation } from './expression/expression.ts';
import type { ExpressionValue } from './expression/values.ts';
import { compileFilters } from './scope/filter.ts';
import { entraOperators, unary, type ClauseSpec, type FilterSpec, type Operator } from './scope/operators.ts';

/** What an evaluation came to, in the form that `tenantsync evaluate` prints. */
export type CaseResult =
  | { readonly value: ExpressionValue | { readonly $flow: string } }
  | { readonly error: { readonly message: string; readonly position?: number } };

/** What evaluations depend on beside their input. */
export interface CaseWorld {
  readonly now: () => number;
  readonly random: () => number;
}

type Json = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, AttributeValue | number | null>>;

class InputError extends Error {}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function textsOf(value: unknown, field: string): readonly string[] {
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw new InputError(`${field} must be a list of texts`);
}

function valuesOf(value: unknown): Values {
  if (value === undefined) return {};
  if (!isObject(value)) throw new InputError('attributes must be an object of names and values');
  for (const [name, item] of Object.entries(value)) {
    const single = item === null || ['string', 'boolean', 'number'].includes(typeof item);
    if (!single && !(Array.isArray(item) && item.every((entry) => typeof entry === 'string')))
      throw new InputError(`attributes.${name} must be text, a number, a boolean, a list of texts or null`);
  }
  return value as Values;
}

function timeOf(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new InputError('now must be a time such as 2026-01-31T08:00:00Z');
  return at;
}

const ours: ReadonlySet<string> = new Set(entraOperators.values());

function clauseOf(value: unknown, path: string): ClauseSpec {
  if (!isObject(value) || typeof value.attribute !== 'string' || typeof value.operator !== 'string')
    throw new InputError(`${path} must have attribute and operator`);
  const operator = ours.has(value.operator) ? (value.operator as Operator) : entraOperators.get(value.operator);
  if (operator === undefined) throw new InputError(`${path}.operator: there is no operator ${value.operator}`);
  if (unary.has(operator)) return { attribute: value.attribute, operator };
  if (typeof value.value !== 'string') throw new InputError(`${path}.value: ${value.operator} needs a text to compare with`);
  return { attribute: value.attribute, operator, value: value.value };
}

/** `{groups: [{clauses}]}` as Entra has it, or a list of filters as in a SyncConfiguration. */
function filtersOf(value: unknown): readonly FilterSpec[] {
  const groups = isObject(value) ? value.groups : value;
  if (!Array.isArray(groups)) throw new InputError('filter must be {"groups": [...]} or a list of filters');
  return groups.map((group: unknown, index) => {
    if (!isObject(group) || !Array.isArray(group.clauses)) throw new InputError(`filter ${index + 1} must have clauses`);
    return {
      name: typeof group.name === 'string' ? group.name : String(index + 1),
      clauses: group.clauses.map((clause: unknown, at) => clauseOf(clause, `filter ${index + 1}, clause ${at + 1}`)),
    };
  });
}

function evaluateFilter(filter: unknown, values: Values): CaseResult {
  // Any attribute will do here: what is evaluated may come from another kind of directory.
  const compiled = compileFilters(filtersOf(filter), () => undefined);
  if ('problem' in compiled) {
    const { filter: group, clause, problem, position } = compiled;
    const message = `filter ${group + 1}, clause ${clause + 1}: ${problem}`;
    return { error: position === undefined ? { message } : { message, position } };
  }
  const passes = compiled.passes((name) => (Object.hasOwn(values, name) ? (values[name] ?? null) : null));
  return passes === null ? { error: { message: 'the patterns and the values are together too large to decide' } } : { value: passes };
}

/** An evaluation in the form that is printed. */
export function resultOf(evaluation: Evaluation): CaseResult {
  if ('value' in evaluation) return evaluation;
  if ('flow' in evaluation) return { value: { $flow: evaluation.flow } };
  const { message, position } = evaluation.error;
  return { error: { message, position } };
}

function evaluateExpression(text: string, input: Json, values: Values, world: CaseWorld): CaseResult {
  const compiled = compileExpression(text);
  if (!compiled.ok) {
    const { message, position } = compiled.error;
    return { error: { message, position } };
  }
  const existing = input.existingTargetValues;
  return resultOf(
    compiled.expression.evaluate({
      attribute: (name) => (Object.hasOwn(values, name) ? values[name] : null),
      now: input.now === undefined ? world.now() : timeOf(input.now),
      random: world.random,
      ...(existing === undefined ? {} : { existingTargetValues: textsOf(existing, 'existingTargetValues') }),
      ...(typeof input.defaultDomain === 'string' ? { defaultDomain: input.defaultDomain } : {}),
    }),
  );
}

/** Evaluates one case: `{expression | filter, attributes, now?, existingTargetValues?, defaultDomain?}`. Never throws. */
export function evaluateCase(input: unknown, world: CaseWorld): CaseResult {
  try {
    if (!isObject(input)) throw new InputError('a case is an object with expression or filter');
    const values = valuesOf(input.attributes);
    if (input.filter !== undefined) return evaluateFilter(input.filter, values);
    if (typeof input.expression !== 'string') throw new InputError('a case has either expression or filter');
    return evaluateExpression(input.expression, input, values, world);
  } catch (error) {
    if (error instanceof InputError) return { error: { message: error.message } };
    throw error;
  }
}
