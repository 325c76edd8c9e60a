/** Options of every directory call. All calls reject with a DirectoryError (core/errors) and nothing else. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** From ports/reconcile `priorities`; decides who goes first when the budget is short. */
  readonly priority: number;
  /** Quota set aside beforehand by Quota.reserve; the call draws on it instead of the open budget. */
  readonly permit?: Permit;
  /** Asked at the instant at which a write would leave, after all waiting for tokens; when it says no, nothing is sent. */
  readonly mayStart?: () => boolean;
}

/** Quota set aside for one piece of work, so that it is not cut short half way. Release gives back what was not used. */
export interface Permit {
  release(): void;
}

/**
 * An entry that was left out because its id is none that an object of the directory has, so that it can be nobody whom we know: it is to be counted as
 * refused, and says nothing about anybody else. Absent when there is none.
 */
export interface UnusableEntry {
  readonly reason: string;
}

/** A page of plain results; `next` is absent on the last one. */
export interface ResultPage<T> {
  readonly items: readonly T[];
  readonly next?: string;
  readonly unusable?: readonly UnusableEntry[];
}
