import type { AttributeValue } from '../../../../src/api/attributes.ts';
import { compileExpression, type Evaluation, type Expression } from '../../../../src/core/expression/expression.ts';
import type { EvaluationContext } from '../../../../src/core/expression/scope.ts';
import type { CheckOptions } from '../../../../src/core/expression/check.ts';
import type { ExpressionError } from '../../../../src/core/expression/errors.ts';

export type Values = Readonly<Record<string, AttributeValue | null>>;

export interface World {
  readonly now?: string;
  readonly random?: () => number;
  readonly existingTargetValues?: readonly string[];
  readonly defaultDomain?: string;
}

/** A context with the given attributes, at a fixed time and with a chance that is always the same. */
export const contextOf = (values: Values, world: World = {}): EvaluationContext => ({
  attribute: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
  now: Date.parse(world.now ?? '2026-01-31T08:00:00Z'),
  random: world.random ?? (() => 0.5),
  ...(world.existingTargetValues === undefined ? {} : { existingTargetValues: world.existingTargetValues }),
  ...(world.defaultDomain === undefined ? {} : { defaultDomain: world.defaultDomain }),
});

export function compiled(text: string, options?: CheckOptions): Expression {
  const result = compileExpression(text, options);
  if (!result.ok) throw new Error(`${result.error.message} at ${result.error.position}`);
  return result.expression;
}

/** What is wrong with an expression. */
export function refusalOf(text: string, options?: CheckOptions): ExpressionError {
  const result = compileExpression(text, options);
  if (result.ok) throw new Error(`nothing is wrong with ${text}`);
  return result.error;
}

export const evaluation = (text: string, values: Values = {}, world: World = {}): Evaluation =>
  compiled(text).evaluate(contextOf(values, world));

/** The value, the flow keyword as `{$flow}`, or the message of the failure as `{error}`. */
export function outcome(text: string, values: Values = {}, world: World = {}): unknown {
  const result = evaluation(text, values, world);
  if ('value' in result) return result.value;
  return 'flow' in result ? { $flow: result.flow } : { error: result.error.message };
}
