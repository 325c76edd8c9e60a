import type { AttributeValue } from '../../api/attributes.ts';
import { attributesOf, type CallNode, type ExpressionNode } from './ast.ts';
import { alignArguments, checkExpression, type CheckOptions } from './check.ts';
import { compileNode } from './compile.ts';
import { CompileFailure, EvaluationFailure, FlowSignal, type EvaluationError, type ExpressionError, type Flow } from './errors.ts';
import { functions } from './functions/table.ts';
import { parseExpression } from './parser.ts';
import { Scope, type EvaluationContext, type Evaluator } from './scope.ts';
import type { ExpressionValue } from './values.ts';

/** What an evaluation came to. */
export type Evaluation = { readonly value: ExpressionValue } | { readonly flow: Flow } | { readonly error: EvaluationError };

/** An expression that has been checked and compiled, to be evaluated any number of times. */
export interface Expression {
  readonly ast: ExpressionNode;
  /** Source attributes that it reads. */
  readonly attributes: readonly string[];
  /** Whether it is SelectUniqueValue, so that its candidates must be looked up in the target. */
  readonly selectsUniqueValue: boolean;
  /** Whether it contains Redact, so that its values are shown to nobody. */
  readonly redacted: boolean;
  /** Whether time or chance decide with the attributes, so that an unchanged user can get another value. */
  readonly volatile: boolean;
  /** Never throws but what `context.attribute` throws. */
  evaluate(context: EvaluationContext): Evaluation;
  /** The values that SelectUniqueValue chooses from; of any other expression its value alone. */
  candidates(context: EvaluationContext): readonly string[] | { readonly flow: Flow } | { readonly error: EvaluationError };
}

export type CompileResult =
  { readonly ok: true; readonly expression: Expression } | { readonly ok: false; readonly error: ExpressionError };

function run<T>(context: EvaluationContext, work: (scope: Scope) => T): T | { readonly flow: Flow } | { readonly error: EvaluationError } {
  try {
    return work(new Scope(context));
  } catch (thrown) {
    if (thrown instanceof FlowSignal) return { flow: thrown.flow };
    if (thrown instanceof EvaluationFailure) return { error: thrown.error };
    throw thrown;
  }
}

function anyCall(node: ExpressionNode, is: (call: CallNode) => boolean): boolean {
  if (node.kind === 'call') return is(node) || node.args.some((arg) => anyCall(arg, is));
  return node.kind === 'comparison' && (anyCall(node.left, is) || anyCall(node.right, is));
}

function isVolatile(call: CallNode): boolean {
  const spec = functions.get(call.name);
  return spec?.volatile?.(alignArguments(spec, call)) === true;
}

function compileChecked(source: string, options: CheckOptions): Expression {
  const ast = parseExpression(source);
  checkExpression(ast, options);
  const evaluator = compileNode(ast, { source, patternSize: 0 });
  const selectsUniqueValue = ast.kind === 'call' && ast.name === 'SelectUniqueValue';
  const rules: readonly Evaluator[] = selectsUniqueValue
    ? ast.args.map((arg) => compileNode(arg, { source, patternSize: 0 }))
    : [evaluator];
  return {
    ast,
    attributes: attributesOf(ast),
    selectsUniqueValue,
    redacted: anyCall(ast, ({ name }) => name === 'Redact'),
    volatile: anyCall(ast, isVolatile),
    evaluate: (context) => run(context, (scope) => ({ value: evaluator(scope) })),
    candidates: (context) =>
      run(context, (scope) =>
        rules.map((rule) => rule(scope)).filter((value): value is string => typeof value === 'string' && value !== ''),
      ),
  };
}

/** Parses, checks and compiles an expression. What is wrong with it is told with its position. */
export function compileExpression(text: string, options: CheckOptions = {}): CompileResult {
  try {
    return { ok: true, expression: compileChecked(text, options) };
  } catch (thrown) {
    if (thrown instanceof CompileFailure) return { ok: false, error: thrown.error };
    throw thrown;
  }
}

/** Parses an expression alone: functions and attributes are not looked up. */
export function readExpression(text: string): { readonly ast: ExpressionNode } | { readonly error: ExpressionError } {
  try {
    return { ast: parseExpression(text) };
  } catch (thrown) {
    if (thrown instanceof CompileFailure) return { error: thrown.error };
    throw thrown;
  }
}

/** An attribute value of an evaluation's result; numbers become text, as no attribute holds one. */
export function asAttributeValue(value: ExpressionValue): AttributeValue | null {
  return typeof value === 'number' ? String(value) : value;
}
