import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { KubeObject } from '../../ports/resources.ts';
import type { Dependencies } from './dependencies.ts';
import type { Permission } from './pair-sessions.ts';

/**
 * The work cannot go on now and is not a failure: waiting for the directory, for quota, or stopped. Not counted as an attempt.
 */
export class Deferred extends Error {
  override readonly name = 'Deferred';
  readonly requeueAfterMs: number | undefined;
  constructor(reason: string, requeueAfterMs?: number) {
    super(reason);
    this.requeueAfterMs = requeueAfterMs;
  }
}

/** The target's policy must have been seen to allow the work no longer ago than this when a write starts (I5). */
const oldestAccessMs = 58_000;

/** A record of something in the target. */
type GatedRecord = Pick<KubeObject, 'metadata'> & { readonly spec: { readonly mode: 'Apply' | 'Plan' } };

/** Work on one record that writes to the target of its pair. */
export interface GatedWork {
  readonly deps: Dependencies;
  readonly record: GatedRecord;
  /** The record as the watch has seen it last. */
  readonly current: () => GatedRecord | undefined;
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly session: Permission;
}

/** Why no write may start at an instant: what the process knows of itself, of the record and its pair, or what a check of the target has said. */
export type Obstacle =
  | 'LeaseNotHeld'
  | 'ConfigurationGone'
  | 'PlanMode'
  | 'SpecChanged'
  /** The policy, the limits or the rules that something is taken away by are not those that it was decided by (I11). */
  | 'PolicyChanged'
  | 'AccessNotChecked'
  /** Why the pair is not ready, suspended, or may not write groups. */
  | Reason;

/**
 * Why no write may start at this instant, if so. Looks only at what the process knows, so that it can stand directly before each
 * write: the lease, suspension and mode as the watches have seen them, and the age of the target's permission.
 */
export function obstacleTo({ deps, record, current, pair, session, ...work }: GatedWork): Obstacle | undefined {
  const configuration = deps.configurations.lister.get(work.configuration.metadata);
  const currentPair = deps.pairs.lister.get(pair.metadata);
  if (!deps.shards.holds(deps.shards.shardOf(pair.spec.target.tenantId))) return 'LeaseNotHeld';
  if (configuration?.metadata.uid !== work.configuration.metadata.uid) return 'ConfigurationGone';
  if (configuration.spec.suspend || currentPair?.spec.suspend !== false) return 'Suspended';
  if (configuration.spec.mode !== 'Apply' || record.spec.mode !== 'Apply') return 'PlanMode';
  if (current()?.metadata.generation !== record.metadata.generation) return 'SpecChanged';
  if (!session.verdict.ready) return session.verdict.reason;
  if (session.entraJob !== undefined) return 'EntraJobActive';
  return deps.clock.monotonic() - session.accessCheckedAt > oldestAccessMs ? 'AccessNotChecked' : undefined;
}

/** Obstacles because of which a pass is done anew at once; the end of any other one puts the record back into the queue. */
const anew: ReadonlySet<Obstacle> = new Set(['AccessNotChecked', 'SpecChanged', 'PolicyChanged']);

const deferred = (obstacle: Obstacle): Deferred => new Deferred(obstacle, anew.has(obstacle) ? 0 : undefined);

/** The option by which a call asks at the instant at which it leaves. */
export type Guard = Pick<CallOptions, 'mayStart'>;

/** Puts a write behind the gate. */
export type GuardedWrite = <A extends unknown[], R>(write: (guard: Guard, ...args: A) => Promise<R>) => (...args: A) => Promise<R>;

/**
 * A check before a write, and once more at the instant at which its request leaves: waiting for a token may have outlasted the lease. A write that may
 * not start is deferred.
 */
export function behindGate(obstacle: () => Obstacle | undefined): GuardedWrite {
  return (write) =>
    async (...args) => {
      const before = obstacle();
      if (before !== undefined) throw deferred(before);
      const stopped: { by?: Obstacle } = {};
      const mayStart = (): boolean => {
        const now = obstacle();
        if (now !== undefined) stopped.by = now;
        return now === undefined;
      };
      try {
        return await write({ mayStart }, ...args);
      } catch (error) {
        throw stopped.by === undefined ? error : deferred(stopped.by);
      }
    };
}
