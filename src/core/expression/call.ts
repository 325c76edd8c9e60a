import { attributesOf, type CallNode, type ExpressionNode } from './ast.ts';
import { CompileFailure, EvaluationFailure } from './errors.ts';
import { offsetInText } from './lexer.ts';
import type { Evaluator, Scope } from './scope.ts';
import { sizeOf } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { asBigInteger, asText, isList, maximumText, type ExpressionValue } from './values.ts';

/** What all calls of one expression share while it is compiled. */
export interface Compilation {
  readonly source: string;
  /** Size of the regular expressions compiled so far. */
  patternSize: number;
}

/** One call of a function: its arguments, how they are read, and how their faults are told. */
export class Call {
  readonly node: CallNode;
  readonly compilation: Compilation;
  readonly #args: readonly (Evaluator | undefined)[];
  readonly #names: readonly string[];

  /** `args` are undefined where nothing was given; `names` are those of the parameters, for messages. */
  constructor(node: CallNode, args: readonly (Evaluator | undefined)[], names: readonly string[], compilation: Compilation) {
    this.node = node;
    this.#args = args;
    this.#names = names;
    this.compilation = compilation;
  }

  get count(): number {
    return this.#args.length;
  }

  has(index: number): boolean {
    return this.#args[index] !== undefined;
  }

  /** The value of an argument; null when it was not given. */
  value(index: number, scope: Scope): ExpressionValue {
    const evaluate = this.#args[index];
    return evaluate === undefined ? null : evaluate(scope);
  }

  /** A single value as text; a list fails the evaluation. */
  text(index: number, scope: Scope): string | null {
    const value = this.value(index, scope);
    if (value === null || typeof value === 'string') return value;
    return isList(value) ? this.fail(index, 'has several values; use Item or Join to make one of them') : asText(value);
  }

  /** A whole number that may be written in quotes; null for null and empty text. */
  integer(index: number, scope: Scope): number | null {
    const value = this.value(index, scope);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    const text = isList(value) ? this.text(index, scope) : value === null ? null : asText(value);
    if (text === null || text === '') return null;
    const number = Number(asBigInteger(text) ?? this.fail(index, 'is not a whole number'));
    return Number.isSafeInteger(number) ? number : this.fail(index, 'is too large a number');
  }

  bigInteger(index: number, scope: Scope): bigint | null {
    const text = this.text(index, scope);
    if (text === null || text === '') return null;
    return asBigInteger(text) ?? this.fail(index, 'is not a whole number');
  }

  /** Several values: a single one counts as a list of one, none as an empty list. */
  list(index: number, scope: Scope): readonly string[] {
    const value = this.value(index, scope);
    if (value === null) return [];
    return isList(value) ? value : [asText(value)];
  }

  /** The text of an argument that is written out in the expression. */
  literal(index: number): string | undefined {
    const node = this.node.args[index];
    if (node?.kind === 'text') return node.value;
    return node?.kind === 'number' ? node.text : undefined;
  }

  /** Fails the evaluation because of an argument. */
  fail(index: number, problem: string): never {
    const node = this.node.args[index];
    this.#throw(`${this.node.name}: ${this.#describe(index)} ${problem}`, node ?? this.node);
  }

  /** Fails the evaluation because of the call as a whole. */
  failWhole(problem: string): never {
    this.#throw(`${this.node.name}: ${problem}`, this.node);
  }

  /** Refuses the expression because of an argument, or of a character inside the text of one. */
  refuse(index: number, problem: string, offset?: number, suggestion?: string): never {
    const node = this.node.args[index] ?? this.node;
    throw new CompileFailure({
      message: `${this.node.name}: ${this.#describe(index)} ${problem}${didYouMean(suggestion)}`,
      position: offset === undefined ? node.position : offsetInText(this.compilation.source, node.position, offset),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  /** Refuses the expression because of the call as a whole. */
  refuseWhole(problem: string): never {
    throw new CompileFailure({ message: `${this.node.name}: ${problem}`, position: this.node.position });
  }

  /** Counts work of a function that takes longer than its result tells. */
  spend(scope: Scope, work: number): void {
    if (!scope.spend(work)) this.failWhole('the evaluation takes more work than it may');
  }

  /** Fails before a text of that many characters is built. */
  allow(length: number): void {
    if (length > maximumText) this.failWhole(`the result is longer than ${maximumText} characters`);
  }

  /** The call as an evaluator whose results are within bounds. */
  bounded(evaluate: Evaluator): Evaluator {
    return (scope) => {
      const value = evaluate(scope);
      if (typeof value === 'string') {
        this.allow(value.length);
        this.spend(scope, value.length + 1);
      } else if (isList(value)) this.spend(scope, sizeOf(value));
      return value;
    };
  }

  #describe(index: number): string {
    const name = this.#names[index];
    return `argument ${index + 1}${name === undefined ? '' : ` (${name})`}`;
  }

  #throw(problem: string, node: ExpressionNode): never {
    const inputs = attributesOf(node);
    const message = inputs.length === 0 ? problem : `${problem}; read from ${inputs.join(', ')}`;
    throw new EvaluationFailure({ message, position: node.position, inputs });
  }
}
