import type { ExpressionNode } from '../ast.ts';
import type { Call } from '../call.ts';
import type { Evaluator, Scope } from '../scope.ts';
import type { ExpressionValue } from '../values.ts';

/** What the checker demands of an argument beyond being there. */
export type ParameterKind =
  | 'text'
  | 'integer'
  | 'list'
  | 'value'
  | 'date'
  /** May be a comparison. */
  | 'condition'
  /** May be a flow keyword. */
  | 'result'
  /** vbTextCompare or vbBinaryCompare. */
  | 'compare'
  | 'interval'
  /** Written out in quotes. */
  | 'literal';

export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  /** May be left out, at the end or as an empty argument. */
  readonly optional?: true;
}

/** An evaluation that the documentation shows and a test runs. */
export interface Example {
  readonly expression: string;
  readonly attributes?: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly now?: string;
  readonly existingTargetValues?: readonly string[];
  readonly defaultDomain?: string;
  /** The value, or a pattern for what is random, or a flow keyword. */
  readonly gives: ExpressionValue | RegExp | { readonly flow: string };
}

/** A function of the language: everything the checker, the evaluator and the documentation know of it. */
export interface FunctionSpec {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** How many of the last parameters may be repeated together. */
  readonly repeats?: number;
  readonly summary: string;
  /** What null and empty arguments do. */
  readonly nulls: string;
  readonly example: Example;
  /** The position of an optional parameter that a call with one argument less leaves out without a comma. */
  readonly shortForm?: { readonly count: number; readonly leavesOut: number };
  /** Whether a call with these arguments depends on time, chance or the target, so that an unchanged user can get another value. */
  readonly volatile?: (args: readonly ExpressionNode[]) => boolean;
  readonly build: (call: Call) => Evaluator;
}

/** Another value at every evaluation, whatever the arguments. */
export const always = (): boolean => true;

/** A function that needs no preparation. */
export const direct =
  (run: (call: Call, scope: Scope) => ExpressionValue): FunctionSpec['build'] =>
  (call) =>
  (scope) =>
    run(call, scope);

/** A function of a first text, with a fixed result for null. */
export const ofText = (whenNull: string | null, run: (text: string, call: Call, scope: Scope) => ExpressionValue): FunctionSpec['build'] =>
  direct((call, scope) => {
    const text = call.text(0, scope);
    return text === null ? whenNull : run(text, call, scope);
  });

export const parameter = (name: string, kind: ParameterKind): Parameter => ({ name, kind });
export const optional = (name: string, kind: ParameterKind): Parameter => ({ name, kind, optional: true });
