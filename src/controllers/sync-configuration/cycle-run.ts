import type { UserProjectionSpec } from '../../api/generated.ts';
import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import type { CycleKind } from '../../core/cycle/schedule.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { Mappings } from '../../core/mapping/compile.ts';
import type { DesiredContent } from '../../core/projection/standing.ts';
import type { ScopeFilter } from '../../core/scope/filter.ts';
import { boundedWait, directoryWait, quotaWait, waitUntil } from '../../core/wire/times.ts';
import type { Breathe } from '../../ports/clock.ts';
import type { CallOptions } from '../../ports/directory.ts';
import { priorities } from '../../ports/reconcile.ts';
import { KubeError } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import type { Memberships } from './read/memberships.ts';

export type RemovalReason = NonNullable<UserProjectionSpec['removal']>['reason'];

/** A removal that has been confirmed by a direct read. */
export interface ConfirmedRemoval {
  readonly projection: UserProjection;
  readonly reason: RemovalReason;
  readonly evidence: string;
  /** When the read began (monotonic). */
  readonly readAt: number;
}

/** A change of accountEnabled to false, with the whole desired state it comes with. */
export interface ProposedBlock {
  readonly projection: UserProjection;
  readonly desired: DesiredContent;
  readonly evidence: string;
}

/** One cycle while it runs: what it works on, and what it has found so far. Kept in memory only; a restart begins anew from the watermark. */
export interface CycleRun {
  readonly deps: Dependencies;
  readonly id: string;
  readonly kind: CycleKind;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
  readonly session: PairSession;
  readonly mappings: Mappings;
  readonly filter: ScopeFilter;
  /** Hash of everything the evaluation depends on. */
  readonly revision: string;
  readonly startedAt: number;
  readonly startedMonotonic: number;
  /** Values of the request annotations that this cycle answers. */
  readonly answers: { readonly requestedAt: string | undefined; readonly restartedAt: string | undefined };
  readonly memberships: Memberships;
  /** An interrupted cycle had decided to stage its removals. */
  readonly stagingBegun: boolean;
  /** Does each piece of a loop over people: between two of them it gives way to the rest of the process when it is time. */
  readonly breathe: Breathe;
  /** Who goes first when the budget of the source is short; that of updates unless it is said. */
  readonly readPriority?: number;
  /** Aborts with the reconcile that the cycle is running in at the moment. */
  signal: AbortSignal;
  phase: 'Checking' | 'Reading' | 'Guarding' | 'Projecting' | 'Settling';
  usersRead: number;
  /** Grows with every answer that brought the cycle on: a page with something new, a read by id, a write. */
  progress: number;
  /** Projections written so far. */
  writes: number;
  /** Why source users are neither projected nor removed, by source id: counted once, however often a round names them. */
  readonly skipped: Map<string, string>;
  readonly blocks: Map<string, ProposedBlock>;
  /** Source ids that were seen and are in scope, in a full round. */
  readonly inScope: Set<string>;
  /** Names of projections whose removal must be confirmed. */
  readonly candidates: Set<string>;
  /** Source users whose change was announced but is not visible yet, with the time of the announcement (epoch milliseconds). */
  readonly unconfirmed: Map<string, number>;
  /** Source users that a delta of this round announced as gone or as no longer assigned. */
  readonly announcedGone: Set<string>;
  /** Source users whose records had been deleted when the cycle began. */
  readonly lost: ReadonlyMap<string, number>;
  /** Source users about whom something asks to decide anew, whatever the delta says. */
  readonly reconsidered: ReadonlyMap<string, number>;
  /** Accounts that were there when the cycle began, also those of which it heard later: what the guard's share is of. */
  liveBefore: number;
  emptied: boolean;
  guard: { readonly result: 'Passed' | 'Staged'; readonly count: number } | undefined;
  resolvedScope: ResolvedScope;
  /** What does not stop the cycle but deserves attention. */
  readonly warnings: CycleWarning[];
  /** Number of members of the groups that an application's assignments brought in. */
  readonly applicationGroups: Map<string, number>;
}

/** What a cycle works with, once it is known that one may run. */
export type Admitted = Pick<CycleRun, 'pair' | 'session' | 'mappings' | 'filter'>;

/** What reads of the source need, in a cycle or beside one. */
export type ReadContext = Pick<
  CycleRun,
  | 'deps'
  | 'configuration'
  | 'configurationKey'
  | 'pair'
  | 'session'
  | 'mappings'
  | 'filter'
  | 'kind'
  | 'memberships'
  | 'signal'
  | 'progress'
  | 'readPriority'
>;

export interface CycleWarning {
  readonly reason: Reason;
  readonly message: string;
}

export interface ResolvedScope {
  readonly users: readonly { readonly userPrincipalName?: string; readonly id: string }[];
  readonly groups: readonly { readonly displayName?: string; readonly id: string; readonly members?: number }[];
}

/** The cycle cannot go on: nothing is deleted, the watermark stays, and the reason goes to the status. */
export class CycleFailure extends Error {
  override readonly name = 'CycleFailure';
  readonly reason: Reason;
  /** Nothing will change until somebody acts on the resource or the directory. */
  readonly stalled: boolean;
  /** One of the two tenants does not want it. */
  readonly stopped: boolean;
  constructor(
    reason: Reason,
    message: string,
    options: { readonly stalled?: boolean; readonly stopped?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.stalled = options.stalled ?? false;
    this.stopped = options.stopped ?? false;
  }
}

/** A pause a cycle asks for; it goes on afterwards where it stopped. */
export interface Pause {
  readonly waitMs: number;
}

/** Work of a cycle in steps: between two steps the resource is looked at anew, and the cycle is dropped when it has changed. */
export type Steps<T> = AsyncGenerator<Pause, T, void>;

const transientTries = 5;

/** Calls `attempt`, pausing when throttled and, a few times, when there was no usable answer. Everything else is passed on. */
export async function* call<T>(run: Pick<CycleRun, 'deps' | 'signal' | 'progress'>, attempt: () => Promise<T>): Steps<T> {
  const answer = yield* retried(run, attempt);
  run.progress += 1;
  return answer;
}

/** As {@link call}, where the caller judges whether the answer brought the cycle on. */
export async function* retried<T>(run: Pick<CycleRun, 'deps' | 'signal'>, attempt: () => Promise<T>): Steps<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = pauseFor(run, error, tries);
      if (wait === undefined) throw error;
      yield { waitMs: wait };
    }
  }
}

function pauseFor(run: Pick<CycleRun, 'deps' | 'signal'>, error: unknown, tries: number): number | undefined {
  if (run.signal.aborted) return undefined;
  const throttled = directoryFailure(error, 'Throttled');
  const now = run.deps.clock.now();
  if (throttled) return waitUntil(throttled.retryAt ?? now + 1000, now, quotaWait);
  const busy = error instanceof KubeError && error.kind === 'TooManyRequests';
  if (busy) return boundedWait(error.retryAfterMs ?? 0, directoryWait);
  const transient =
    directoryFailure(error, 'Unavailable') !== undefined ||
    (error instanceof KubeError && (error.kind === 'Unavailable' || error.kind === 'Conflict'));
  return transient && tries < transientTries ? 1000 * 2 ** (tries - 1) : undefined;
}

/** Options for the source's reads in this step. */
export function readOptions(run: Pick<CycleRun, 'signal' | 'readPriority'>): CallOptions {
  return { signal: run.signal, priority: run.readPriority ?? priorities.update };
}

/**
 * Remembers a user whose announced change a direct read does not show yet: the directory is eventually consistent, and the delta
 * will not announce it again. After the replication window the direct read is believed.
 */
export function rememberUnconfirmed(run: CycleRun, sourceId: string): void {
  const { clock, settings } = run.deps;
  const earlier = run.configuration.status.watermark?.unconfirmed?.find((entry) => entry.id === sourceId)?.since;
  // A time ahead of our clock would keep the direct read from being believed until then.
  const since = earlier === undefined ? clock.now() : Math.min(clock.now(), Date.parse(earlier));
  if (clock.now() - since < settings.replicationWindowMs) run.unconfirmed.set(sourceId, since);
}

export function countSkipped(run: CycleRun, sourceId: string, reason: string): void {
  run.skipped.set(sourceId, reason);
}

/** Counts entries that a read, named by `where`, had to leave out: they have no id by which they could be told apart. */
export function countUnusable(run: CycleRun, where: string, count: number): void {
  for (let index = 1; index <= count; index += 1) countSkipped(run, `unusable in ${where} ${index}`, 'RecordRefused');
}

/** Runs `work` over `items`, at most `width` at a time; the first error stops taking new items and is passed on. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const item = items[next] as T;
      next += 1;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
