import type { SyncConfigurationSpec } from '../../../src/api/generated.ts';
import type { UserProjection } from '../../../src/api/kinds.ts';
import type { DirectoryUser } from '../../../src/ports/directory.ts';
import { keyString } from '../../../src/ports/resources.ts';
import { guest } from '../core/support.ts';
import { Cycles, key } from './cycles.ts';
import { People } from './people.ts';
import { minute, type SiteOptions } from './support.ts';

/** So many ids: u0, u1. */
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `u${index}`);

function peopleWithNames(ids: readonly string[]): People {
  const people = new People();
  for (const [index, id] of ids.entries()) people.add(id, { displayName: `Person ${index}`, department: 'Sales' });
  return people;
}

/** People who all have their accounts, which are compared: everybody was compared once, and agreed. */
export class Drifting extends Cycles {
  /** What stands in an account beside what its record wants of it. */
  beside: (id: string) => DirectoryUser['attributes'] = () => ({});

  constructor(
    who: number | readonly string[] = 4,
    policy: SyncConfigurationSpec['drift']['policy'] = 'Report',
    options: Omit<SiteOptions, 'source' | 'records'> = {},
  ) {
    super(peopleWithNames(typeof who === 'number' ? numbered(who) : who), {
      ...options,
      configuration: { drift: { policy, interval: '40m' }, ...options.configuration },
    });
  }

  override async begin(): Promise<void> {
    this.site.target.live.clear();
    await super.begin();
    this.site.target.reads.length = 0;
    this.site.enqueued.length = 0;
    this.site.events.length = 0;
  }

  /** Every record has its account, which agrees with it, and was handled long ago. */
  override provision(): void {
    for (const record of this.site.projections.list()) {
      const id = record.spec.source.objectId;
      this.site.target.live.set(
        `account-${id}`,
        guest(`account-${id}`, { accountEnabled: true, attributes: { ...record.spec.attributes, ...this.beside(id) } }),
      );
      this.site.projections.put({
        ...record,
        status: {
          observedGeneration: record.metadata.generation,
          state: 'Provisioned',
          appliedRevision: record.spec.revision,
          targetUser: { objectId: `account-${id}`, origin: 'Created' },
        },
      });
    }
  }

  /** Changes what is recorded of somebody, as the record itself would. */
  note(id: string, status: Partial<UserProjection['status']>): void {
    const record = this.record(id);
    this.site.projections.put({ ...record, status: { ...record.status, ...status } });
  }

  /** Somebody in the target changes an account. */
  change(id: string, attributes: DirectoryUser['attributes'], more: Partial<DirectoryUser> = {}): void {
    const account = this.account(id);
    this.site.target.live.set(account.id, { ...account, ...more, attributes: { ...account.attributes, ...attributes } });
  }

  account(id: string): DirectoryUser {
    const account = this.site.target.live.get(`account-${id}`);
    if (account === undefined) throw new Error(`${id} has no account`);
    return account;
  }

  /** The last pass that ended. */
  get pass() {
    return this.configuration.status.drift;
  }

  /** Names of the attributes that a record says differ. */
  drift(id: string): readonly string[] {
    return (this.record(id).status.drift ?? []).map(({ attribute }) => attribute);
  }

  /** The looks that are open, by person: `u0 Compare`. */
  get looks(): readonly string[] {
    return [...this.people.users.keys()].flatMap((id) => {
      const look = this.site.deps.tracker.lookOf(key, this.keyOf(id));
      return look === undefined ? [] : [`${id} ${look}`];
    });
  }

  keyOf(id: string): string {
    return keyString(this.record(id).metadata);
  }

  /** Lets the interval pass, and a pass go as far as it goes without an answer of the records; those that were asked to look do so. */
  async nextPass(afterMs = 40 * minute, looked: (world: Drifting) => void = (world) => world.lookAll()): Promise<void> {
    await this.site.clock.advance(afterMs);
    const before = this.pass?.completedAt;
    for (let looks = 0; looks < 4000; looks += 1) {
      const { requeueAfterMs } = await this.reconcile();
      for (const { metadata } of this.site.projections.list()) this.site.deps.tracker.handled(key, keyString(metadata));
      looked(this);
      if (this.pass?.completedAt !== before || requeueAfterMs === undefined || requeueAfterMs >= 20_000) return;
      await this.site.clock.advance(requeueAfterMs);
    }
    throw new Error('the pass never comes to rest');
  }

  /** The looks that were asked for come to their end, and find nothing. */
  lookAll(): void {
    for (const { metadata } of this.site.projections.list()) this.site.deps.tracker.looked(key, keyString(metadata));
  }
}
