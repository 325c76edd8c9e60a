import type { LogEntry } from '@tenantsync/sandbox/entra';
import type { UserProjection } from '../../src/api/kinds.ts';
import { minute, type Person } from './chaos-tenants.ts';
import { describe, Violation } from './chaos-violation.ts';
import type { ChaosWorld } from './chaos-world.ts';

const deletes = 'DELETE /users/{id}';
export const purges = 'DELETE /directory/deletedItems/{id}';
/** How long the rest of a creation may be owed to an account: attempts, refusals and kills in between. */
const unfinishedMs = 30 * minute;
/** Before an invitation it was decided, under the strategy of then, that one is to be sent. */
const decidedBeforeMs = 20_000;

/** Whether a request is about access settings, and not about people. */
export const isPolicyWrite = ({ operation }: Pick<LogEntry, 'operation'>): boolean => operation.includes(' /policies/');

/** What must hold at any time of what pair and configuration ask for beside the plain work. */
export class FeatureChecks {
  readonly #chaos: ChaosWorld;
  /** When each account was invited for (monotonic), and who deleted it last. */
  readonly #invitedAt = new Map<string, number>();
  readonly #deleters = new Map<string, string | undefined>();

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
  }

  /** Records, as they stand. */
  records(projections: readonly UserProjection[]): void {
    const [seen] = this.#chaos.features.seen;
    if (seen !== undefined) throw new Violation(seen);
    for (const projection of projections) {
      const { spec, status } = projection;
      if (spec.previewOf === undefined) continue;
      if (status.targetUser !== undefined || status.intent !== undefined)
        throw new Violation(`G8 a record of a preview has an account: ${describe(projection)}`);
    }
    const { spoke, hub } = this.#chaos.world;
    const { trust } = this.#chaos.features;
    if (trust !== undefined && JSON.stringify(spoke.policies.partner(hub.tenantId)?.inboundTrust) !== JSON.stringify(trust))
      throw new Violation(`B9 the target's own trust was written: ${JSON.stringify(spoke.policies.partner(hub.tenantId))}`);
  }

  /** One write to the target, whose it is, and when it was made (monotonic). */
  write(write: LogEntry, person: Person | undefined, at: number, rejections: ReadonlySet<string>): void {
    const { operation, objectId, appId } = write;
    if (isPolicyWrite(write)) {
      this.#policy(write, at);
      return;
    }
    if (objectId === undefined) return;
    if (operation === 'POST /invitations' && !this.#invitedAt.has(objectId)) this.#invitedAt.set(objectId, at);
    if (operation === purges) {
      this.#purge(write, at);
      this.#chaos.purges.check(write, person, at, rejections);
    }
    if (operation === deletes) this.#deleters.set(objectId, appId);
    // What the pair bounds is bounded for this installation alone.
    if (appId !== this.#chaos.world.spokeApp.appId) return;
    const { features } = this.#chaos;
    if (operation === deletes && this.#seenBefore(features.keepingSince, at))
      throw new Violation('B11 an account is deleted, and the pair does not allow it');
    if (this.#seenBefore(features.excluded.get(objectId), at)) throw new Violation(`B11 ${operation} to an excluded account`);
  }

  /** Whether the operator knew of it when it wrote. */
  #seenBefore(since: number | undefined, at: number): boolean {
    return since !== undefined && this.#chaos.knewOf(since, at);
  }

  /** Nothing of the target's access settings is written unless it is asked for, and its word about synchronization never (B8). */
  #policy({ operation }: LogEntry, at: number): void {
    if (operation.endsWith('/identitySynchronization')) {
      const { rules } = this.#chaos;
      if (!rules.policyForgotten) throw new Violation(`B8 ${operation} where there is or was a policy`);
      // A cluster that knows of none may let people in where there is none.
      rules.policyForgotten = false;
      this.#chaos.clearedAt = undefined;
    }
    if (this.#seenBefore(this.#chaos.features.observingSince, at))
      throw new Violation(`B8 ${operation} although settings are only observed`);
  }

  /** Purged is only what we created and deleted, while it is asked for (A12). */
  #purge({ objectId = '', appId }: LogEntry, at: number): void {
    const { features, deletedByAdmin, foreign, world } = this.#chaos;
    if (!features.purges) throw new Violation('A12 a purge that nobody asked for');
    if (appId === world.spokeApp.appId && this.#seenBefore(this.#chaos.purges.offSince, at))
      throw new Violation('A12 a purge that nobody asks for any more');
    const ours = this.#invitedAt.has(objectId) && this.#deleters.get(objectId) === appId;
    if (!ours || deletedByAdmin.has(objectId) || foreign.has(objectId))
      throw new Violation('A12 a purge of an account that we did not create and delete');
  }

  /** Whether a block completes the creation of an account of the address list: nobody has used it yet, and no guard is asked (D8). */
  completesCreation({ operation, objectId = '' }: LogEntry, at: number): boolean {
    const invited = this.#invitedAt.get(objectId);
    if (operation !== 'PATCH /users/{id}' || invited === undefined || at > invited + unfinishedMs) return false;
    return this.#chaos.features.addressListBetween(invited - decidedBeforeMs, at);
  }

  /**
   * Creations without an approval since the guard can know of them (E7): the whole run is shorter than its window. `ownerOf`: whose account it is,
   * or was.
   */
  creations(writes: readonly LogEntry[], ownerOf: (accountId: string) => Person | undefined): void {
    const { options, features, guardSince, world, others } = this.#chaos;
    if (options.creations === undefined || features.calm) return;
    const isApproved = (id: string): boolean => features.approvedCreations.has(ownerOf(id)?.id ?? '');
    for (const { spokeApp } of [world, ...others]) {
      const invitations = writes.filter((write) => write.operation === 'POST /invitations' && write.appId === spokeApp.appId);
      const created = new Set(invitations.filter(({ at }) => at >= guardSince).map(({ objectId }) => objectId ?? ''));
      const count = [...created].filter((id) => !isApproved(id)).length;
      if (count > options.creations) throw new Violation(`E7 ${count} creations without an approval, with a limit of ${options.creations}`);
    }
  }
}
