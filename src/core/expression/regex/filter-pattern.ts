import { PatternFailure } from './failure.ts';
import { Pattern } from './pattern.ts';

/** A pattern of a scoping filter. */
export interface FilterPattern {
  /** Whether the whole value matches. Null when pattern and value are together too large to decide within bounds. */
  matches(value: string): boolean | null;
}

const largest = 1_000;
const mostSteps = 500_000;

/** Compiles the pattern of a RegexMatch clause, or says what is wrong with it and where (offset from 0). */
export function compileFilterPattern(text: string): FilterPattern | { readonly message: string; readonly position: number } {
  try {
    const pattern = new Pattern(text, largest);
    return { matches: (value) => (value.length * pattern.size > mostSteps ? null : pattern.matches(value)) };
  } catch (error) {
    if (error instanceof PatternFailure) return { message: error.message, position: error.offset };
    throw error;
  }
}
