import type { SyncConfiguration, UserProjection } from '../../../src/api/kinds.ts';
import { trackedAs } from '../../../src/controllers/group-projection/work.ts';
import { syncConfigurationReconciler } from '../../../src/controllers/sync-configuration/controller.ts';
import { projectionOf } from '../../../src/controllers/sync-configuration/records.ts';
import { sealSpec, type UnsealedSpec } from '../../../src/core/projection/sealed-spec.ts';
import { omit } from '../../../src/core/omit.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import type { Reconcile, ReconcileResult } from '../../../src/ports/reconcile.ts';
import { keyString } from '../../../src/ports/resources.ts';
import type { People } from './people.ts';
import { minute, Site, type SiteOptions } from './support.ts';

export const key = 'identity/staff';

/** The configuration `staff`, its pair and the people of its source, in a process that looks after them. */
export class Cycles {
  readonly people: People;
  readonly site: Site;
  #reconcile: Reconcile;

  constructor(people: People, options: Omit<SiteOptions, 'source' | 'records'> = {}) {
    this.people = people;
    this.site = new Site({ ...options, records: [], source: people.source });
    this.site.target.during = () => undefined;
    this.#reconcile = syncConfigurationReconciler(this.site.deps);
  }

  /** The process ends, and another one goes on from what is recorded. */
  restart(): void {
    this.#reconcile = syncConfigurationReconciler(this.site.deps);
  }

  get configuration(): SyncConfiguration {
    return this.site.configuration;
  }

  /** Why the configuration is ready or not. */
  get reason(): string | undefined {
    return this.configuration.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
  }

  /** One look at the configuration, in which a long work gives way to others. */
  async reconcile(configurationKey = key, signal = new AbortController().signal): Promise<ReconcileResult> {
    const work = { open: true };
    const result = this.#reconcile(configurationKey, { signal, logger: silentLogger, reconcileId: 'r' }).finally(() => (work.open = false));
    // A rejection is the caller's, who waits for it below.
    result.catch(() => undefined);
    while (work.open) await this.site.clock.advance(0);
    return result;
  }

  /** Looks at the configuration as often as it asks for soon, as if every record that it changed were handled at once. */
  async settle(configurationKey = key): Promise<void> {
    for (let looks = 0; looks < 200; looks += 1) {
      const { requeueAfterMs } = await this.reconcile(configurationKey);
      const { tracker } = this.site.deps;
      for (const { metadata } of this.site.projections.list()) tracker.handled(configurationKey, keyString(metadata));
      for (const { metadata } of this.site.groups.list()) tracker.handled(configurationKey, trackedAs(keyString(metadata)));
      if (requeueAfterMs === undefined || requeueAfterMs >= 20_000) return;
      await this.site.clock.advance(requeueAfterMs);
    }
    throw new Error('the configuration never comes to rest');
  }

  /** Lets the interval pass and the next cycle run. */
  async next(afterMs = 40 * minute): Promise<void> {
    await this.site.clock.advance(afterMs);
    await this.settle();
  }

  /** A first cycle, after which everybody has an account, and the cycle that finds it so. */
  async begin(): Promise<void> {
    await this.settle();
    this.provision();
    await this.next();
  }

  record(id: string): UserProjection {
    const found = projectionOf({ deps: this.site.deps, configuration: this.configuration, live: this.configuration }, id);
    if (!found) throw new Error(`no record of ${id}`);
    return found;
  }

  /** Every record has its account, and was handled. */
  provision(status: Partial<UserProjection['status']> = {}): void {
    for (const record of this.site.projections.list()) {
      const id = record.spec.source.objectId;
      this.site.projections.put({
        ...record,
        status: {
          observedGeneration: record.metadata.generation,
          state: 'Provisioned',
          targetUser: { objectId: `account-${id}`, origin: 'Created' },
          ...status,
        },
      });
    }
  }

  /** These people have their accounts now; what their records say otherwise stays. */
  giveAccounts(...ids: readonly string[]): void {
    for (const id of ids) {
      const record = this.record(id);
      this.site.projections.put({
        ...record,
        status: {
          observedGeneration: record.metadata.generation,
          state: 'Provisioned',
          targetUser: { objectId: `account-${id}`, origin: 'Created' },
        },
      });
    }
  }

  /** Changes one record as the operator itself would have written it. */
  rewrite(id: string, spec: Partial<UnsealedSpec>): void {
    const record = this.record(id);
    this.site.projections.put({ ...record, spec: sealSpec({ ...omit(record.spec, 'revision'), ...spec }) });
  }

  /** The standing of everybody's record: `u1 Present`. */
  standings(): readonly string[] {
    return this.site.projections
      .list()
      .map(({ spec }) => {
        const held = spec.blockStaged === true ? ' BlockStaged' : spec.rejected === true ? ' Rejected' : '';
        const action = spec.removal && spec.lifecycle !== 'Present' ? ` ${spec.removal.reason} ${spec.removal.action}` : '';
        const sign = spec.lifecycle === 'Present' && spec.attributes?.accountEnabled === false ? ' disabled' : '';
        return `${spec.source.objectId} ${spec.lifecycle}${action}${held}${sign}`;
      })
      .sort();
  }

  /** Changes the resource as its users do. */
  edit(change: Partial<SyncConfiguration['spec']>, annotations: Readonly<Record<string, string>> = {}): void {
    const { configuration } = this;
    this.site.configurations.put({
      ...configuration,
      metadata: {
        ...configuration.metadata,
        generation: configuration.metadata.generation + (Object.keys(change).length > 0 ? 1 : 0),
        annotations: { ...configuration.metadata.annotations, ...annotations },
      },
      spec: { ...configuration.spec, ...change },
    });
  }
}
