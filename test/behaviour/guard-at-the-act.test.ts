import { annotations } from '../../src/api/kinds.ts';
import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { condition, enabledGuests, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;

/** Removals and blocks are counted however they arise (I3). */
describe('I3 the guard stands at the act', () => {
  let world: World;
  afterEach(() => world.end());

  /** Accounts of the people that were there before, made by hand. */
  const guestOf = (user: SandboxUser): SandboxUser =>
    world.spoke.createExternalUser({
      address: user.properties.userPrincipalName as string,
      displayName: 'Guest',
      userType: 'Guest',
      accepted: true,
    });
  const staged = (): number => world.configuration().status.stagedDeletions?.count ?? 0;

  it.each([
    { count: 20, threshold: 5, percent: 100, blocked: 0 },
    { count: 4, threshold: 5, percent: 100, blocked: 4 },
    { count: 20, threshold: 500, percent: 40, blocked: 0 },
  ])(
    'E7 disabled people whose enabled guests are found in the first cycle: $count with a threshold of $threshold and $percent %',
    async ({ count, threshold, percent, blocked }) => {
      world = new World({ settings: unfriendly });
      const people = hire(world, count);
      hire(world, 40, 'other');
      for (const user of people) {
        guestOf(user);
        world.hub.updateUser(user.id, { accountEnabled: false });
      }
      await replicated(world);
      await world.begin({ deprovisioning: { guard: { threshold, percent } } });
      await world.run(30 * minute);
      const found = people.map((user) => world.account(user.id)?.properties.accountEnabled);
      expect(found.filter((enabled) => enabled === false)).toHaveLength(blocked);
      expect(staged()).toBe(count - blocked);
      if (blocked > 0) return;
      expect(condition(world.configuration(), 'DeletionsStaged')?.status).toBe('True');
      world.annotate('SyncConfiguration', 'staff', {
        [annotations.approveDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
      });
      await world.until('they are blocked', () => people.every((user) => world.account(user.id)?.properties.accountEnabled === false));
    },
  );

  it('E7 accounts that the target has opened again are not blocked anew past the guard when everybody changes', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 20);
    await replicated(world);
    await world.begin({ interval: '5m', deprovisioning: { guard: { threshold: 3, percent: 100, window: '1h' } } });
    await world.until('everybody is there', () => guests(world).length === 20);
    for (const user of people.slice(0, 6)) {
      world.hub.updateUser(user.id, { accountEnabled: false });
      await world.until('the block', () => world.account(user.id)?.properties.accountEnabled === false, 300 * minute);
      await world.run(70 * minute);
    }
    for (const user of people.slice(0, 6)) world.spoke.updateUser(world.account(user.id)?.id ?? '', { accountEnabled: true });
    for (const user of people) world.hub.updateUser(user.id, { jobTitle: 'Chief' });
    await world.run(3 * 60 * minute);
    expect(guests(world).every((guest) => guest.properties.jobTitle === 'Chief')).toBe(true);
    expect(enabledGuests(world).length).toBeGreaterThanOrEqual(18);
    expect(staged()).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ['a configuration', 'under its name', []],
    ['a configuration', 'under another name each time', ['SyncConfiguration']],
    ['a pair with its configuration', 'under their names', ['TenantPair']],
    ['a pair with its configuration', 'under other names each time', ['TenantPair', 'SyncConfiguration']],
  ])(
    'E7 %s, deleted and applied again after each batch %s, removes no more than the window allows',
    async (what, _, renamed: readonly string[]) => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 100);
      await replicated(world);
      const anchored = {
        interval: '5m',
        matching: { anchor: { attribute: 'extensionAttribute15' } },
        deprovisioning: { guard: { threshold: 500, percent: 20 } },
      };
      world.applyPair();
      await world.startOperator();
      let name = 'staff';
      let pair = 'hub-to-spoke';
      world.applyConfiguration(anchored, name);
      await world.until('everybody is there', () => guests(world).length === 100);
      for (let batch = 0; batch < 5; batch += 1) {
        await replicated(world);
        // As many as a guard that has forgotten the others lets through.
        const staying = people.filter(
          (user, index) => world.hub.users().includes(user) && world.accountsOf(`person${index}@contoso.com`).length > 0,
        );
        for (const user of staying.slice(0, Math.ceil(staying.length / 5) - 1)) world.hub.softDelete(user.id);
        await replicated(world);
        await world.sync(name);
        await world.run(10 * minute);
        world.kube.delete({ kind: 'SyncConfiguration', name, namespace });
        await world.until('the records are gone', () => world.projections().length === 0);
        if (renamed.includes('SyncConfiguration')) name = `other-${batch}`;
        if (what.includes('pair')) {
          world.kube.delete({ kind: 'TenantPair', name: pair, namespace });
          if (renamed.includes('TenantPair')) pair = `pair-${batch}`;
          world.applyPair({}, pair);
          if (batch === 1) {
            world.killOperator();
            await world.startOperator();
          }
        }
        world.applyConfiguration({ ...anchored, tenantPairRef: { name: pair } }, name);
        await world.until('a cycle', () => world.configuration(name).status.lastCycle?.id !== undefined);
        await world.run(10 * minute);
      }
      expect(guests(world).length).toBeGreaterThan(80);
    },
  );
});

describe('I13 what is done is not proposed again', () => {
  let world: World;
  afterEach(() => world.end());

  const setMode = (mode: 'Plan' | 'Apply'): void =>
    void world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { mode } });
  const staged = (): number => world.configuration().status.stagedDeletions?.count ?? 0;
  const decide = async (annotation: string): Promise<void> => {
    world.annotate('SyncConfiguration', 'staff', { [annotation]: world.configuration().status.stagedDeletions?.token ?? '' });
    await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done');
  };

  it('I13 people whose approved deletion was carried out are staged by no later plan, and no rejection brings them back', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 30);
    await replicated(world);
    await world.begin({ deprovisioning: { guard: { threshold: 5, percent: 100 } } });
    await world.until('everybody is there', () => guests(world).length === 30);
    for (const user of people.slice(0, 15)) world.hub.softDelete(user.id);
    await replicated(world);
    await world.sync();
    expect(staged()).toBe(15);
    await decide(annotations.approveDeletions);
    await world.until('they are gone', () => guests(world).length === 15);
    await replicated(world);
    setMode('Plan');
    await world.nextCycle();
    await world.run(10 * minute);
    setMode('Apply');
    await world.nextCycle();
    await world.run(10 * minute);
    expect(staged()).toBe(0);
    expect(guests(world)).toHaveLength(15);
    for (const user of people.slice(0, 15))
      expect(world.projection(user.id)).toMatchObject({ spec: { lifecycle: 'Removed' }, status: { state: 'SoftDeleted' } });
  });

  it('I13 whose removal was rejected and whose account is then purged is not created anew, asks for no cycles, and can come back', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 12);
    await replicated(world);
    await world.begin({ interval: '40m', fullInterval: '2h', deprovisioning: { guard: { threshold: 5 } } });
    await world.run(minute);
    for (const { id } of people.slice(0, 6)) world.hub.softDelete(id);
    await world.until('they are staged', () => staged() === 6, 180 * minute);
    const person = people[0]?.id ?? '';
    const account = world.account(person)?.id ?? '';
    const { token } = world.configuration().status.stagedDeletions ?? {};
    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token ?? '' });
    await world.run(60 * minute);
    world.spoke.softDelete(account);
    world.spoke.purge(account);
    const reason = (): string | undefined => world.projection(person)?.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
    await world.until('it is found', () => reason() === 'UserPurged', 180 * minute);
    await world.run(60 * minute);
    const cycles = new Set<string | undefined>();
    for (let n = 0; n < 120; n += 1) {
      await world.run(minute);
      cycles.add(world.configuration().status.lastCycle?.id);
    }
    expect(cycles.size).toBeLessThanOrEqual(5);
    expect(guests(world)).toHaveLength(11);
    world.hub.restore(person);
    await world.until('the person is there again', () => guests(world).length === 12, 60 * minute);
  });

  it('I13 a rejection writes to no tenant, whatever the target has changed meanwhile', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 20);
    await replicated(world);
    await world.begin({ deprovisioning: { guard: { threshold: 3, percent: 100 } } });
    await world.until('everybody is there', () => guests(world).length === 20);
    for (const user of people.slice(0, 4)) world.hub.softDelete(user.id);
    for (const user of people.slice(4, 8)) world.hub.updateUser(user.id, { accountEnabled: false });
    await replicated(world);
    await world.sync();
    expect(staged()).toBe(8);
    for (const user of people.slice(0, 8)) world.spoke.updateUser(world.account(user.id)?.id ?? '', { jobTitle: 'Edited there' });
    await replicated(world);
    const writes = world.spoke.log.writes().length;
    await decide(annotations.rejectDeletions);
    await world.run(60 * minute);
    expect(world.spoke.log.writes()).toHaveLength(writes);
  });

  it.each(['their managers arrive', 'the operator is started again'])(
    'E7 people whose accounts are found by the anchor after a lost cluster, disabled and changed meanwhile, pass no more than the guard allows although %s',
    async (what) => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 10);
      const bosses = hire(world, 10, 'boss');
      await replicated(world);
      const spec = {
        matching: { anchor: { attribute: 'extensionAttribute15' } },
        deprovisioning: { guard: { threshold: 5, percent: 100 } },
      };
      await world.begin(spec);
      await world.until('everybody is there', () => guests(world).length === 20);
      await world.run(30 * minute);
      world.loseCluster();
      const arrives = what === 'their managers arrive';
      for (const [place, { id }] of people.entries()) {
        world.hub.updateUser(id, { accountEnabled: false, jobTitle: 'Former' });
        if (arrives) world.hub.setManager(id, bosses[place]?.id ?? '');
      }
      await replicated(world);
      await world.begin(spec);
      if (!arrives) {
        await world.until(
          'everybody is linked',
          () => world.projections().every(({ status }) => status.targetUser !== undefined),
          30 * minute,
        );
        world.killOperator();
        await world.startOperator();
      }
      await world.run(40 * minute);
      const blocked = people.filter(({ id }) => world.account(id)?.properties.accountEnabled === false).length;
      // A few who are seen before the others may pass as a set of their own.
      expect(blocked).toBeLessThan(5);
      expect(blocked + staged()).toBe(10);
    },
  );

  it('I13 Plan says what Apply then does, with edits of the target in between', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 6);
    await replicated(world);
    await world.begin();
    await world.until('everybody is there', () => guests(world).length === 6);
    await world.run(20 * minute);
    const [edited, changed, both] = people;
    for (const user of [edited, both]) world.spoke.updateUser(world.account(user?.id ?? '')?.id ?? '', { jobTitle: 'Edited there' });
    await replicated(world);
    setMode('Plan');
    await world.nextCycle();
    for (const user of [changed, both]) world.hub.updateUser(user?.id ?? '', { department: 'Sales', city: 'Oslo' });
    await replicated(world);
    await world.sync();
    await world.run(2 * minute);
    const planned = new Map(people.map(({ id }) => [id, world.projection(id)?.status.plan?.attributes ?? []]));
    expect(planned.get(edited?.id ?? '')).toEqual([]);
    expect(planned.get(changed?.id ?? '')).toContain('city');
    setMode('Apply');
    const before = new Map(people.map(({ id }) => [id, world.projection(id)?.status.history?.length ?? 0]));
    await world.nextCycle();
    await world.run(2 * minute);
    for (const { id } of people) {
      const history = world.projection(id)?.status.history ?? [];
      const written = history
        .slice(0, history.length - (before.get(id) ?? 0))
        .flatMap(({ modifiedAttributes }) => modifiedAttributes ?? []);
      expect([...new Set(written)].sort()).toEqual([...(planned.get(id) ?? [])]);
    }
  });
});
