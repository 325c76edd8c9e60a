/** Options of every directory call. All calls reject with a DirectoryError (core/errors) and nothing else. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** From ports/reconcile `priorities`; decides who goes first when the budget is short. */
  readonly priority: number;
  /** Quota set aside beforehand by {@link Quota.reserve}; the call draws on it instead of the open budget. */
  readonly permit?: Permit;
  /** Asked at the instant at which a write would leave, after all waiting for tokens; when it says no, nothing is sent. */
  readonly mayStart?: () => boolean;
}

/** Quota set aside for one piece of work, so that it is not cut short half way. Release gives back what was not used. */
export interface Permit {
  release(): void;
}

/** Resource units of reads, and writes; the unit that each write costs besides is counted by the budget. */
export interface QuotaNeed {
  readonly reads: number;
  readonly writes: number;
  /** Writes that the budget must hold beside: they are of others, who come first and have not asked yet. */
  readonly leave?: number;
}

export interface Quota {
  /**
   * Sets aside `reads` (resource units) and `writes` of this tenant's budget. Never waits: when the budget is short it says when to come back.
   * `person` tells whose work it is, for a tenant where several applications share it.
   */
  reserve(need: QuotaNeed, priority: number, person: string): Permit | { readonly retryAt: number };
  /** When {@link reserve} would set that aside, if nobody else asked: epoch milliseconds, the present for what is there. Sets nothing aside. */
  availableAt(need: QuotaNeed, priority: number): number;
  /** How many pieces of work under way use the write budget up: it follows the time that answers take, and is small while the service asks to wait. */
  inFlight(): number;
  /** The pauses that the service asked for and that last: at most one for each kind of request. */
  pauses(): readonly QuotaPause[];
}

/** Nothing of one kind is sent to a tenant at the moment, because the service asked to wait. Times in epoch milliseconds. */
export interface QuotaPause {
  readonly requests: 'Reads' | 'Writes';
  /** Whose limit it is: this application's in this tenant, the whole tenant's, or the application's in all tenants; undefined when not said. */
  readonly limit: 'Tenant_Application' | 'Tenant' | 'Application' | undefined;
  /** The first refusal after which nothing has succeeded yet. */
  readonly since: number;
  /** When one request asks again. */
  readonly until: number;
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
