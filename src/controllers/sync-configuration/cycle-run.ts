import type { UserProjectionSpec } from '../../api/generated.ts';
import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import type { CycleKind } from '../../core/cycle/schedule.ts';
import type { RemovalAction } from '../../core/lifecycle/removal-policy.ts';
import type { Mappings } from '../../core/mapping/compile.ts';
import type { ScopeFilter } from '../../core/scope/filter.ts';
import type { Breathe } from '../../ports/clock.ts';
import type { CallOptions } from '../../ports/directory.ts';
import { priorities } from '../../ports/reconcile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { retried, type Steps, type Turn } from '../shared/steps.ts';
import type { Judged } from './decided-on.ts';
import type { Findings } from './findings.ts';
import type { Memberships } from './read/memberships.ts';

export { call, CycleFailure, retried, type Pause, type Steps, type Turn } from '../shared/steps.ts';

export type RemovalReason = NonNullable<UserProjectionSpec['removal']>['reason'];

/** A removal that has been confirmed by a direct read. */
export interface ConfirmedRemoval extends Judged {
  readonly sourceId: string;
  readonly reason: RemovalReason;
  /** What the configuration says is to become of the account. */
  readonly action: RemovalAction;
  /** Whether there is an account that is lost with it. */
  readonly live: boolean;
  readonly evidence: string;
  /** When the read began (monotonic). */
  readonly readAt: number;
}

/** A session as a cycle sees it: it reads the source and the permission for the sync, and writes nothing to the target. */
export type CycleSession = Pick<PairSession, 'source' | 'verdict' | 'accessCheckedAt'> & {
  readonly target: Pick<PairSession['target'], 'syncAccess'>;
  readonly groups: Pick<PairSession['groups'], 'membersPage'>;
};

/** One cycle while it runs: what it works on, which does not change, and what it has found. */
export interface CycleRun {
  readonly deps: Dependencies;
  readonly id: string;
  readonly kind: CycleKind;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  /** The configuration whose records decisions rest on: of a preview the one that is previewed (G8), else the same. */
  readonly live: SyncConfiguration;
  readonly pair: TenantPair;
  readonly session: CycleSession;
  readonly mappings: Mappings;
  readonly filter: ScopeFilter;
  /** Hash of everything the evaluation depends on. */
  readonly revision: string;
  readonly startedAt: number;
  readonly startedMonotonic: number;
  /** A full cycle, if it is one, looks at everybody's account. */
  readonly looksAtAccounts: boolean;
  /** Values of the request annotations that this cycle answers. */
  readonly answers: { readonly requestedAt: string | undefined; readonly restartedAt: string | undefined };
  readonly memberships: Memberships;
  /** An interrupted cycle had decided to stage its removals. */
  readonly stagingBegun: boolean;
  /** Does each piece of a loop over people: between two of them it gives way to the rest of the process when it is time. */
  readonly breathe: Breathe;
  /** Who goes first when the budget of the source is short; that of updates unless it is said. */
  readonly readPriority?: number;
  readonly turn: Turn;
  /** Source users whose records had been deleted when the cycle began. */
  readonly lost: ReadonlyMap<string, number>;
  /** Source users about whom something asks to decide anew, whatever the delta says. */
  readonly reconsidered: ReadonlyMap<string, number>;
  readonly findings: Findings;
}

/** What a cycle works with, once it is known that one may run. */
export type Admitted = Pick<CycleRun, 'live' | 'pair' | 'session' | 'mappings' | 'filter'>;

/** What reads of the source need, in a cycle or beside one. */
export type ReadContext = Pick<
  CycleRun,
  | 'deps'
  | 'configuration'
  | 'configurationKey'
  | 'live'
  | 'pair'
  | 'session'
  | 'mappings'
  | 'filter'
  | 'kind'
  | 'memberships'
  | 'turn'
  | 'readPriority'
>;

/** Writes to the cluster under way at a time. */
const writeWidth = 16;
/** People worked on in one step: on a cluster that is slow to answer a whole page would take longer than a reconcile has. */
const stepSize = 128;

/** Works on each item, some in each step and several of those at a time. `work` must bear to be repeated: a step that meets a fault is. */
export async function* inSteps<T>(
  run: Pick<CycleRun, 'deps' | 'turn' | 'breathe'>,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Steps<void> {
  for (let from = 0; from < items.length; from += stepSize) {
    if (from > 0) yield { waitMs: 0 };
    const some = items.slice(from, from + stepSize);
    yield* retried(run, () => inParallel(some, writeWidth, (item) => run.breathe(() => work(item))));
  }
}

/** Options for the source's reads in this step. */
export function readOptions(run: Pick<CycleRun, 'turn' | 'readPriority'>): CallOptions {
  return { signal: run.turn.signal, priority: run.readPriority ?? priorities.update };
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
  if (clock.now() - since < settings.replicationWindowMs) run.findings.awaitConfirmation(sourceId, since);
}

/** Counts entries that a read, named by `where`, had to leave out: they have no id by which they could be told apart. */
export function countUnusable(run: CycleRun, where: string, count: number): void {
  for (let index = 1; index <= count; index += 1) run.findings.skip(`unusable in ${where} ${index}`, 'RecordRefused');
}

/**
 * Runs `work` over `items`, at most `width` at a time. The first error stops taking new items, and is passed on when what is under way has
 * ended: whoever goes on meets no late write of it.
 */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && errors.length === 0) {
      const item = items[next] as T;
      next += 1;
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
