import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations, type SyncConfiguration, type UserProjection } from '../../src/api/kinds.ts';
import { enabledGuests, guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, usualRenewals, World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;
/** So long at most the numbers may be of a time before. */
const limitMs = 15 * second;

type Numbers = Partial<NonNullable<SyncConfiguration['status']['users']>>;

/** Nobody is left to lose an account, or the decision is not ours any more. */
const atRest: readonly string[] = ['SoftDeleted', 'Purged', 'Retained', 'Skipped', 'Planned'];

/** The numbers as the records have them. */
function tallyOf(records: readonly UserProjection[]): Numbers {
  const present = records.filter(({ spec }) => spec.lifecycle === 'Present');
  const among = (all: readonly UserProjection[], ...states: readonly string[]): number =>
    all.filter(({ status }) => states.includes(status.state)).length;
  const settled = {
    synced: among(present, 'Provisioned', 'Blocked'),
    failed: among(present, 'Failed'),
    conflict: among(present, 'Conflict'),
    skipped: among(present, 'Skipped'),
    staged: among(present, 'Staged'),
  };
  return {
    inScope: present.length,
    pending: present.length - Object.values(settled).reduce((sum, count) => sum + count, 0),
    ...settled,
    leaving: records.filter(({ spec, status }) => spec.lifecycle !== 'Present' && !atRest.includes(status.state)).length,
    blocked: among(records, 'Blocked'),
    retained: among(records, 'Retained'),
    softDeleted: among(records, 'SoftDeleted'),
  };
}

/** The numbers of a configuration, looked at each second: they add up, and are those of some instant within the last 15 seconds. */
class Watched {
  readonly #world: World;
  readonly #tallies: { readonly at: number; readonly text: string }[] = [];
  readonly #text = (numbers: Numbers): string => JSON.stringify(Object.entries(numbers).toSorted(([a], [b]) => a.localeCompare(b)));

  constructor(world: World) {
    this.#world = world;
    world.kube.hooks.after(({ method, path }) => (method !== 'GET' && path.includes('/userprojections') ? this.#note() : undefined));
  }

  get shown(): Numbers | undefined {
    return this.#world.configuration().status.users;
  }

  #note(): void {
    const text = this.#text(tallyOf(this.#world.projections()));
    if (this.#tallies.at(-1)?.text !== text) this.#tallies.push({ at: this.#world.clock.now(), text });
  }

  #look(): void {
    this.#note();
    const now = this.#world.clock.now();
    const tally = tallyOf(this.#world.projections());
    const { shown } = this;
    if (shown === undefined) return;
    const { inScope = 0, synced = 0, pending = 0, failed = 0, conflict = 0, skipped = 0, staged = 0 } = shown;
    if (inScope !== synced + pending + failed + conflict + skipped + staged) throw new Error(`do not add up: ${JSON.stringify(shown)}`);
    const since = this.#tallies.findLastIndex(({ at }) => at <= now - limitMs);
    const mine = this.#text(Object.fromEntries(Object.keys(tally).map((name) => [name, shown[name as keyof Numbers] ?? 0])));
    if (!this.#tallies.slice(Math.max(0, since)).some((each) => each.text === mine))
      throw new Error(`the numbers are of long ago: ${JSON.stringify(shown)}, and the records say ${JSON.stringify(tally)}`);
  }

  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += second) {
      await this.#world.run(second);
      this.#look();
    }
  }

  /** Waits for what happens, and then for as long as the numbers may take; the numbers after that. */
  async after(what: string, happened: () => boolean): Promise<Numbers> {
    for (let passed = 0; !happened(); passed += second) {
      if (passed > 60 * minute) throw new Error(`waited in vain for: ${what}\n${this.#world.describe()}`);
      await this.run(second);
    }
    await this.run(limitMs);
    return this.shown ?? {};
  }
}

describe('F1 the numbers of a configuration add up, and are right 15 seconds after what happened', () => {
  let world: World;
  let numbers: Watched;
  let people: readonly SandboxUser[];
  afterEach(() => world.end());

  const spec = (more: JsonObject = {}): JsonObject => ({
    interval: '40m',
    deprovisioning: { guard: { threshold: 3, percent: 100 } },
    ...more,
  });

  async function company(count: number): Promise<void> {
    world = new World();
    numbers = new Watched(world);
    people = hire(world, count);
    await replicated(world);
    await world.begin(spec());
    await numbers.after('everybody is there', () => guests(world).length === count);
  }

  const ask = (): void => world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: `at-${world.clock.now()}` });
  const refuseInvitation = (): void => {
    const [code, message] = ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'];
    world.entra.faults.add({ effect: 'status', status: 403, code, message, times: 1, match: { operation: 'POST /invitations' } });
  };
  const change = (some: readonly SandboxUser[], how: (id: string) => void): void => {
    for (const { id } of some) how(id);
    ask();
  };
  const disable = (id: string): void => void world.hub.updateUser(id, { accountEnabled: false });
  const leave = (id: string): void => world.hub.softDelete(id);
  const token = (): string => world.configuration().status.stagedDeletions?.token ?? '';

  it('a creation, a failure, a conflict, a block, staged blocks, a rejection, staged deletions, soft deletions', async () => {
    await company(12);
    expect(numbers.shown).toMatchObject({ inScope: 12, synced: 12, pending: 0 });

    change(hire(world, 1, 'new'), () => undefined);
    expect(await numbers.after('one is made', () => guests(world).length === 13)).toMatchObject({ inScope: 13, synced: 13 });

    refuseInvitation();
    change(hire(world, 1, 'failing'), () => undefined);
    expect(await numbers.after('one fails', () => world.projections().length === 14)).toMatchObject({ inScope: 14, synced: 13, failed: 1 });
    expect(await numbers.after('it is tried again', () => guests(world).length === 14)).toMatchObject({ synced: 14, failed: 0 });

    const contact = world.spoke.createContact({ displayName: 'A contact', mail: 'refused0@contoso.com' });
    change(hire(world, 1, 'refused'), () => undefined);
    expect(await numbers.after('one is refused', () => world.projections().length === 15)).toMatchObject({ synced: 14, conflict: 1 });
    world.spoke.removeContact(contact);
    expect(await numbers.after('it is tried again', () => guests(world).length === 15)).toMatchObject({ synced: 15, conflict: 0 });

    change(people.slice(0, 1), disable);
    expect(await numbers.after('one is blocked', () => enabledGuests(world).length === 14)).toMatchObject({ synced: 15, blocked: 1 });

    change(people.slice(1, 5), disable);
    expect(await numbers.after('blocks are staged', () => token() !== '')).toMatchObject({
      inScope: 15,
      synced: 11,
      blocked: 1,
      staged: 4,
    });

    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token() });
    expect(await numbers.after('they are rejected', () => token() === '')).toMatchObject({ inScope: 15, synced: 15, staged: 0 });

    change(people.slice(5, 9), leave);
    expect(await numbers.after('deletions are staged', () => token() !== '')).toMatchObject({ inScope: 11, synced: 11, leaving: 4 });

    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    const gone = await numbers.after('they are deleted', () => guests(world).length === 11);
    expect(gone).toMatchObject({ inScope: 11, synced: 11, leaving: 0, softDeleted: 4 });
    expect(world.configuration().status.lastCycle?.result).toBe('Succeeded');
  });

  it('an acceptance that a look at one record finds, which leaves its state as it was', async () => {
    world = new World({ settings: { invitations: { acceptAtOnce: false } } });
    numbers = new Watched(world);
    people = hire(world, 2);
    await replicated(world);
    await world.begin(spec());
    const before = await numbers.after('everybody is there', () => guests(world).length === 2);
    expect(before).toMatchObject({ synced: 2, pendingAcceptance: 2 });
    const [person] = people;
    world.spoke.redeem(world.account(person?.id ?? '')?.id ?? '');
    const name = world.projection(person?.id ?? '')?.metadata.name ?? '';
    world.annotate('UserProjection', name, { [annotations.requestedAt]: 'now' });
    const state = (): string | undefined => world.projection(person?.id ?? '')?.status.targetUser?.externalUserState;
    expect(await numbers.after('it is seen', () => state() === 'Accepted')).toMatchObject({ synced: 2, pendingAcceptance: 1 });
  });

  it('while a cycle waits for somebody whose record the cluster does not take', async () => {
    await company(12);
    change(people.slice(5, 9), leave);
    expect(await numbers.after('deletions are staged', () => token() !== '')).toMatchObject({ inScope: 8, leaving: 4 });
    const held = world.projection(people[0]?.id ?? '')?.metadata.name ?? '';
    const stop = world.kube.hooks.before(({ method, path }) =>
      method === 'PATCH' && path.endsWith(`${held}/status`) ? new Promise<void>(() => undefined) : undefined,
    );
    change(people.slice(0, 1), (id) => void world.hub.updateUser(id, { jobTitle: 'Engineer' }));
    await numbers.after('the cycle waits', () => world.configuration().status.currentCycle?.phase === 'Settling');
    await numbers.run(20 * second);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    const gone = await numbers.after('they are deleted', () => guests(world).length === 8);
    expect(gone).toMatchObject({ inScope: 8, leaving: 0, softDeleted: 4 });
    expect(world.configuration().status.currentCycle?.phase).toBe('Settling');
    stop();
    await numbers.after('the cycle ends', () => world.configuration().status.currentCycle === undefined);
  });

  it.each([1, 2])('at any time of a busy day in an unfriendly world, with %d replicas', async (replicas) => {
    world = new World({ settings: unfriendly, flags: [...usualRenewals, '--shards', '4'] });
    numbers = new Watched(world);
    people = hire(world, 12);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration(spec({ interval: '2m' }));
    for (let started = 0; started < replicas; started += 1) await world.startOperator();
    await numbers.after('everybody is there', () => guests(world).length === 12);
    hire(world, 6, 'later');
    change(people.slice(0, 2), disable);
    await numbers.run(5 * minute);
    change(people.slice(2, 8), leave);
    await numbers.run(5 * minute);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    change(people.slice(8, 10), (id) => void world.hub.updateUser(id, { jobTitle: 'Engineer' }));
    await numbers.run(5 * minute);
    expect(numbers.shown).toMatchObject({ inScope: 12, synced: 12, blocked: 2, softDeleted: 6 });
  });
});
