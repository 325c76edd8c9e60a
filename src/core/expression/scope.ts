import type { AttributeValue } from '../../api/attributes.ts';
import { EvaluationFailure } from './errors.ts';
import { maximumText, maximumWork, maximumWorkForUser, type ExpressionValue } from './values.ts';

/** Everything that an evaluation may depend on. */
export interface EvaluationContext {
  /** A source attribute of the full current object; null or undefined: it has no value. */
  attribute(name: string): AttributeValue | number | null | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** At least 0 and below 1. */
  random(): number;
  /** Values that the target attribute already has on other objects, for SelectUniqueValue. */
  readonly existingTargetValues?: readonly string[];
  /** For DefaultDomain. */
  readonly defaultDomain?: string;
  /** Work that other evaluations for the same user have done; counted on. */
  readonly spent?: { work: number };
}

/** One evaluation: its context, and the work it has done so far. */
export class Scope {
  readonly context: EvaluationContext;
  #work = 0;

  constructor(context: EvaluationContext) {
    this.context = context;
  }

  /** Counts work in proportion to text; false when the evaluation has used up what it may. */
  spend(work: number): boolean {
    this.#work += work;
    const { spent } = this.context;
    if (spent !== undefined) spent.work += work;
    return this.#work <= maximumWork && (spent === undefined || spent.work <= maximumWorkForUser);
  }

  /** The value of an attribute, within bounds. */
  read(name: string, position: number): ExpressionValue {
    const value = this.context.attribute(name) ?? null;
    if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return value;
    const fail = (message: string): never => {
      throw new EvaluationFailure({ message: `${name} ${message}`, position, inputs: [name] });
    };
    if (typeof value === 'string') {
      if (value.length > maximumText) fail(`is longer than ${maximumText} characters`);
      return this.spend(value.length) ? value : fail('takes this evaluation beyond the text that it may handle');
    }
    const items: unknown = value;
    if (!isTexts(items)) {
      return fail(`is not a text, a number, a boolean or a list of texts of at most ${maximumText} characters`);
    }
    return this.spend(sizeOf(items)) ? items : fail('takes this evaluation beyond the text that it may handle');
  }
}

/** Whether a value is a list of texts within bounds; what callers pass in is not trusted to be. */
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item.length <= maximumText);

/** The work that handling a list once takes. */
export const sizeOf = (list: readonly string[]): number => list.reduce((sum, item) => sum + item.length + 1, 0);

/** A compiled expression or part of one. */
export type Evaluator = (scope: Scope) => ExpressionValue;
