import type { LogEntry } from '@tenantsync/sandbox/entra';
import type { UserProjection } from '../../src/api/kinds.ts';
import { findCondition } from '../../src/core/status/conditions.ts';
import { isPurgeHeld } from '../../src/core/purge/purge.ts';
import type { EventFields } from './chaos-events.ts';
import { minute, type Person } from './chaos-tenants.ts';
import { Violation } from './chaos-violation.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** A user who was not found counts as gone only when the reading before is as old as the replication window. */
const leastAbsenceMs = 10 * minute;

/** Who is gone from the source for good, and what an administrator has said about the purges of their accounts (A12). */
export class ChaosPurges {
  readonly #chaos: ChaosWorld;
  /** When each person was gone for good (monotonic), by source id. */
  readonly #goneAt = new Map<string, number>();
  /** People whose purge an administrator has approved, and the tokens of the sets in which it was rejected. */
  readonly approved = new Set<string>();
  readonly #rejected = new Map<string, string>();
  /** Since when purges are not asked for (monotonic). */
  offSince: number | undefined;
  /** Whether a clock was ever set ahead or back: times apart then tell nothing. */
  clockJumped = false;

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
    this.offSince = chaos.options.purges === true ? undefined : 0;
  }

  /** To be called when a person is in neither place of the source. */
  gone({ id }: Person, now: number): void {
    if (!this.#goneAt.has(id)) this.#goneAt.set(id, now);
  }

  /** The record of a person is gone, or of everybody, and with it what was rejected. */
  forget(sourceId?: string): void {
    if (sourceId === undefined) this.#rejected.clear();
    else this.#rejected.delete(sourceId);
  }

  held(): readonly UserProjection[] {
    const { world, configurationName } = this.#chaos;
    return world.projections().filter((record) => record.spec.syncConfigurationRef.name === configurationName && isPurgeHeld(record));
  }

  /** Decides about the purges that are held: with patience, when there are some; and late, about those that were held then. */
  async decide({ decision, patience, late }: EventFields['decidePurges']): Promise<void> {
    const { world, disarm } = this.#chaos;
    const token = (): string | undefined => this.#chaos.configuration().status.stagedPurges?.token;
    await world.clock.advanceUntil(() => token() !== undefined, patience * minute);
    const seen = token();
    if (seen === undefined) return;
    if (late === 0) {
      this.decideAbout(seen, decision);
      return;
    }
    const timer = world.clock.setTimer(late * minute, () => this.decideAbout(seen, decision));
    disarm.add(() => timer.cancel());
  }

  /** Decides about a set by its token. Whoever is held now is meant only if it is still that set. */
  decideAbout(token: string, decision: 'approve' | 'reject'): void {
    if (this.#chaos.configuration().status.stagedPurges?.token === token)
      for (const { spec } of this.held()) {
        if (decision === 'approve') this.approved.add(spec.source.objectId);
        else this.#rejected.set(spec.source.objectId, token);
      }
    this.#chaos.annotate(`${decision}-deletions`, token);
  }

  /** Somebody whose purge was approved, and whose account is still in the target's recycle bin as ours. */
  leftOver(): UserProjection | undefined {
    const { world } = this.#chaos;
    return world.projections().find(({ status: { state, sourcePurge, targetUser, conditions } }) => {
      const ours = state === 'SoftDeleted' && findCondition(conditions, 'Ready')?.reason === 'UserDeleted';
      return ours && sourcePurge?.approval !== undefined && world.spoke.user(targetUser?.objectId ?? '') !== undefined;
    });
  }

  /** One purge in the target, of whose account it was, and when (monotonic); `rejections`: tokens of sets that the operator has taken for rejected. */
  check({ appId }: LogEntry, person: Person | undefined, at: number, rejections: ReadonlySet<string>): void {
    const goneAt = person && this.#goneAt.get(person.id);
    if (goneAt === undefined || at < goneAt)
      throw new Violation(`A12 a purge for person ${person?.place ?? 'nobody knows'}, whom the source has not purged`);
    if (!this.clockJumped && at < goneAt + leastAbsenceMs)
      throw new Violation(`A12 a purge for person ${person?.place ?? ''}, ${at - goneAt} ms after the source`);
    // What is rejected in one installation is not in another one.
    if (appId !== this.#chaos.world.spokeApp.appId) return;
    const token = this.#rejected.get(person?.id ?? '');
    if (token !== undefined && rejections.has(token))
      throw new Violation(`A12 a purge for person ${person?.place ?? ''} that was rejected`);
  }
}
