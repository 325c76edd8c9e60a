import type { Reason } from '../../api/reasons.ts';

/** A finding about a pair that does not stop the work, but will hinder or surprise somebody. */
export interface Warning {
  readonly reason: Reason;
  readonly message: string;
}
