import { PatternFailure } from './failure.ts';
import { Pattern } from './pattern.ts';

/** One pattern, and all patterns of a configuration's filters, may be this large: compiling them takes time in proportion. */
const largest = 1_000;
const largestTogether = 10_000;

/** Steps of the engine that one evaluation of all filters may take, so that it stays far below 50 ms. */
const mostSteps = 500_000;

/** The work that one evaluation of all filters for one user may still do. */
export class FilterBudget {
  #left = mostSteps;

  /** Whether that many steps may be taken; what may not be taken is not counted. */
  spend(steps: number): boolean {
    if (steps > this.#left) return false;
    this.#left -= steps;
    return true;
  }
}

/** A pattern of a scoping filter. */
export interface FilterPattern {
  /** Whether the whole value matches. Null when that cannot be decided with what is left of the budget. */
  matches(value: string, budget: FilterBudget): boolean | null;
}

/** The patterns of all filters of one configuration: bounded together, and each compiled once however often it is written. */
export class FilterPatterns {
  readonly #compiled = new Map<string, FilterPattern>();
  #size = 0;

  /** Compiles the pattern of a RegexMatch clause, or says what is wrong with it and where (offset from 0). */
  compile(text: string): FilterPattern | { readonly message: string; readonly position: number } {
    const known = this.#compiled.get(text);
    if (known !== undefined) return known;
    try {
      const pattern = new Pattern(text, largest);
      this.#size += pattern.cost;
      if (this.#size > largestTogether) return { message: tooLargeTogether, position: 0 };
      const answering = answersOf(pattern);
      this.#compiled.set(text, answering);
      return answering;
    } catch (error) {
      if (error instanceof PatternFailure) return { message: error.message, position: error.offset };
      throw error;
    }
  }
}

function answersOf(pattern: Pattern): FilterPattern {
  // Filters ask the same of one user again and again: what was answered within an evaluation costs no steps.
  let asked: { readonly budget: FilterBudget; readonly value: string; readonly answer: boolean } | undefined;
  return {
    matches: (value, budget) => {
      if (asked?.budget === budget && asked.value === value) return asked.answer;
      if (!budget.spend((value.length + 1) * pattern.size)) return null;
      const answer = pattern.matches(value);
      asked = { budget, value, answer };
      return answer;
    },
  };
}

const tooLargeTogether = `with this pattern, the patterns of all filters are too large together (more than ${largestTogether}); repeat less, or use fewer patterns`;
