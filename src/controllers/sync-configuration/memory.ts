import type { CycleEnd } from './cycle.ts';
import type { CycleRun, Steps } from './cycle-run.ts';
import { Memberships } from './memberships.ts';
import type { Standing } from './status.ts';

/** What the process keeps about a configuration between reconciles. */
export interface Memory {
  readonly uid: string;
  readonly memberships: Memberships;
  active: { readonly run: CycleRun; readonly steps: Steps<CycleEnd>; end: CycleEnd | undefined; progressAt: number } | undefined;
  /** Failed cycles in a row, how the last of them left things, and when the next may begin (monotonic). */
  failures: number;
  failure: Standing | undefined;
  notBefore: number;
  /** The stored delta links are of no use any more. */
  forceFull: boolean;
  /** Completed in this process. */
  cycles: number;
}

/** Of a configuration that this process has not seen before. */
export function newMemory(uid: string): Memory {
  return {
    uid,
    memberships: new Memberships(),
    active: undefined,
    failures: 0,
    failure: undefined,
    notBefore: 0,
    forceFull: false,
    cycles: 0,
  };
}
