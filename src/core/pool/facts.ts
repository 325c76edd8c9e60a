import type { Reason } from '../../api/reasons.ts';

/** Why an application of several takes no part in the work. */
export interface LeftOut {
  readonly reason: Reason;
  readonly message: string;
}

/** One application of several in a target, as the last check has found it. */
export interface ApplicationFacts {
  /** Where the spec names it. */
  readonly place: string;
  readonly clientId: string;
  /** Undefined: it takes part. */
  readonly leftOut: LeftOut | undefined;
  /** Application permissions of its token, as far as they are known. */
  readonly granted: readonly string[];
}
