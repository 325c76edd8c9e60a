import type { CycleEnd } from './cycle.ts';
import type { CycleRun, ReadContext, Steps } from './cycle-run.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { UserResult } from '../../core/on-demand/result.ts';
import type { Pass } from './drift/pass.ts';
import { Memberships } from './read/memberships.ts';

/** A reading of people on behalf of records that wait for one, under way beside the cycles. */
export interface Confirming {
  readonly context: ReadContext;
  readonly steps: Steps<void>;
  /** When the next step is due (monotonic): the configuration may be looked at sooner for other reasons. */
  resumeAt: number;
}

/** A pass over the accounts in the target, under way beside the cycles (E11). */
export interface ActivePass {
  readonly pass: Pass;
  readonly steps: Steps<void>;
  /** When the next step is due (monotonic). */
  resumeAt: number;
  /** How far it has come, and how long it has waited since (in milliseconds). Time in which others went first does not count. */
  waited: { readonly count: number; readonly ms: number };
}

/** A request about single users, under way beside the cycles. */
export interface ActiveRequest {
  readonly token: string;
  readonly run: CycleRun;
  readonly steps: Steps<readonly UserResult[]>;
  /** When the next step is due (monotonic). */
  resumeAt: number;
}

type Planned = NonNullable<SyncConfigurationStatus['lastCycle']>['planned'];

/** A cycle under way. */
export interface ActiveCycle {
  readonly run: CycleRun;
  readonly steps: Steps<CycleEnd>;
  /** Set when everything is recorded: what is left is to wait until all of it was handled once. */
  end: CycleEnd | undefined;
  /** What a plan comes to, while that is being worked out at the end. */
  closing: Steps<Planned> | undefined;
  /** When to tell next how far it is (monotonic). */
  progressAt: number;
  /** When its next step is due (monotonic): who wakes it sooner does not shorten a pause that the source asked for. */
  resumeAt: number;
  /** How far it has come, and since when it has not come on (monotonic). */
  progress: { readonly count: number; readonly at: number };
  /** Status says that it does not come on. */
  stuck: boolean;
}

/**
 * What the process keeps about a configuration between reconciles: a cycle under way and what can be read again; every other fact is in
 * status.
 */
export interface Memory {
  readonly uid: string;
  /** The two tenants that the pair connected when this process looked last. */
  tenants: string | undefined;
  readonly memberships: Memberships;
  active: ActiveCycle | undefined;
  /** A reading of people for whom records wait. */
  confirming: Confirming | undefined;
  /** A pass over the accounts in the target. */
  drift: ActivePass | undefined;
  /** Requests about single users, by what they ask for. */
  readonly onDemand: Map<'Provision' | 'Explain', ActiveRequest>;
  /** The values of requests that were refused, and said to be. */
  readonly refusedRequests: Map<'Provision' | 'Explain', string>;
  /** A cycle whose last step was cut off by the time that a reconcile has, until that is recorded. */
  cutOff: CycleRun | undefined;
  /** Completed in this process. */
  cycles: number;
}

/** The memory of a configuration that this process has not seen before. */
export function newMemory(uid: string): Memory {
  return {
    uid,
    tenants: undefined,
    memberships: new Memberships(),
    active: undefined,
    confirming: undefined,
    drift: undefined,
    onDemand: new Map(),
    refusedRequests: new Map(),
    cutOff: undefined,
    cycles: 0,
  };
}
