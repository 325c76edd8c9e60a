import type { SyncConfigurationSpec } from '../../../src/api/generated.ts';
import { groupProjectionName, type GroupProjection } from '../../../src/api/kinds.ts';
import { groupProjectionReconciler } from '../../../src/controllers/group-projection/controller.ts';
import { omit } from '../../../src/core/omit.ts';
import { sealSpec } from '../../../src/core/projection/sealed-spec.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import type { Reconcile, ReconcileResult } from '../../../src/ports/reconcile.ts';
import { keyString } from '../../../src/ports/resources.ts';
import { FakeGroups } from '../../support/fake-groups.ts';
import { Cycles } from './cycles.ts';
import type { People } from './people.ts';
import { minute, type SiteOptions } from './support.ts';

type Groups = NonNullable<SyncConfigurationSpec['groups']>;

/** What spec.groups says if nothing else is said. */
export const groupsSpec = (change: Partial<Groups> = {}): Groups => ({
  select: [{ id: 'falcon' }],
  matching: { adoption: 'Adopt', by: 'Anchor' },
  membership: 'Direct',
  propagateRemovals: true,
  exclusiveMembership: false,
  deprovisioning: 'Retain',
  ...change,
});

/** A configuration that projects groups, the people of its source, and the groups of its target. */
export class GroupCycles extends Cycles {
  readonly target = new FakeGroups();
  readonly #look: Reconcile;

  constructor(people: People, groups: Partial<Groups> = {}, options: Omit<SiteOptions, 'source' | 'records'> = {}) {
    super(people, { ...options, configuration: { groups: groupsSpec(groups), ...options.configuration } });
    Object.assign(this.site.session, { groups: this.target.directory });
    this.#look = groupProjectionReconciler(this.site.deps);
  }

  group(id = 'falcon'): GroupProjection {
    const found = this.site.groups.get({ namespace: 'identity', name: groupProjectionName('staff', id) });
    if (!found) throw new Error(`no record of ${id}`);
    return found;
  }

  /** Why the record of a group is ready or not. */
  why(id = 'falcon'): string | undefined {
    return this.group(id).status.conditions?.find(({ type }) => type === 'Ready')?.reason;
  }

  /** Members of the target's group of a source group. */
  members(id = 'falcon'): readonly string[] {
    return this.target.members(this.group(id).status.targetGroup?.objectId ?? '');
  }

  /** One look at a record. */
  look(id = 'falcon'): Promise<ReconcileResult> {
    return this.#look(keyString(this.group(id).metadata), { signal: new AbortController().signal, logger: silentLogger, reconcileId: 'r' });
  }

  /** A look whatever is due, as after a change of members. */
  lookAgain(id = 'falcon'): Promise<ReconcileResult> {
    this.site.deps.groupMemory.requestAttempt(keyString(this.group(id).metadata));
    return this.look(id);
  }

  /** A cycle in which everybody gets an account, and each group a look. */
  override async begin(): Promise<void> {
    await this.cycle();
    this.provision();
    for (const { spec } of this.site.groups.list()) await this.lookAgain(spec.source.objectId);
  }

  /** A cycle, and the looks that it asks for. */
  async cycle(): Promise<void> {
    const looks = async (): Promise<void> => {
      for (const { spec } of this.site.groups.list()) await this.look(spec.source.objectId);
    };
    for (let steps = 0; steps < 100; steps += 1) {
      const { requeueAfterMs } = await this.reconcile();
      for (const { metadata } of this.site.projections.list()) this.site.deps.tracker.handled('identity/staff', keyString(metadata));
      await looks();
      if (requeueAfterMs === undefined || requeueAfterMs >= 20_000) return;
      await this.site.clock.advance(requeueAfterMs);
    }
  }

  /** The interval passes, and another cycle runs. */
  async again(): Promise<void> {
    await this.site.clock.advance(40 * minute);
    this.site.session.accessCheckedAt = this.site.clock.monotonic();
    await this.cycle();
  }

  /** Changes the record as the operator itself would have written it. */
  rewriteGroup(change: Partial<GroupProjection['spec']>, id = 'falcon'): void {
    const record = this.group(id);
    const spec = sealSpec({ ...omit(record.spec, 'revision'), ...change });
    this.site.groups.put({ ...record, spec, metadata: { ...record.metadata, generation: record.metadata.generation + 1 } });
  }
}
