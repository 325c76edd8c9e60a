/** Why a text is not an expression that can be evaluated, and where. */
export interface ExpressionError {
  /** Complete in itself: what is wrong, what was expected, what may have been meant. */
  readonly message: string;
  /** Offset in the text, from 0. */
  readonly position: number;
  readonly expected?: string;
  readonly suggestion?: string;
}

/** Why an evaluation gave no value. Names the inputs and never repeats their values. */
export interface EvaluationError {
  readonly message: string;
  readonly position: number;
  /** Attributes that the failing part reads. */
  readonly inputs: readonly string[];
}

/** Carries an {@link ExpressionError} out of the lexer, the parser and the checker; never leaves this folder. */
export class CompileFailure extends Error {
  readonly error: ExpressionError;

  constructor(error: ExpressionError) {
    super(error.message);
    this.error = error;
  }
}

/** Carries an {@link EvaluationError} out of a function; never leaves this folder. */
export class EvaluationFailure extends Error {
  readonly error: EvaluationError;

  constructor(error: EvaluationError) {
    super(error.message);
    this.error = error;
  }
}

export type Flow = 'IgnoreAttributeFlow' | 'IgnoreObjectFlow';

/** Carries a flow keyword out of the functions around it; never leaves this folder. */
export class FlowSignal extends Error {
  readonly flow: Flow;

  constructor(flow: Flow) {
    super(flow);
    this.flow = flow;
  }
}

/** Line and column of an offset, both from 1. */
export function lineAndColumn(text: string, position: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, position).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** The line of the text that holds the position, and under it a caret at the position. */
export function caretLines(text: string, position: number): string {
  const { line, column } = lineAndColumn(text, position);
  const shown = text.split('\n')[line - 1] ?? '';
  const indent = shown.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${shown.replace(/\r$/, '')}\n${indent}^`;
}
