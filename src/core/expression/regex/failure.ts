/** Why a pattern cannot be used, and where in it. */
export class PatternFailure extends Error {
  /** Offset in the pattern, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
