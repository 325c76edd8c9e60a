import type { CycleEnd } from './cycle.ts';
import type { CycleRun, Steps } from './cycle-run.ts';
import { Memberships } from './read/memberships.ts';
import type { Standing } from './status.ts';

/** A cycle under way. */
export interface ActiveCycle {
  readonly run: CycleRun;
  readonly steps: Steps<CycleEnd>;
  /** Set when everything is recorded: what is left is to wait until all of it was handled once. */
  end: CycleEnd | undefined;
  /** When to tell next how far it is (monotonic). */
  progressAt: number;
}

/** What the process keeps about a configuration between reconciles. */
export interface Memory {
  readonly uid: string;
  readonly memberships: Memberships;
  active: ActiveCycle | undefined;
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
