import type { SandboxUser, SettingsOverride } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { condition, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Exchange sees an account some minutes after its invitation. */
const withExchange: SettingsOverride = {
  ...unfriendly,
  replication: { ...unfriendly.replication, exchange: { min: 5 * minute, max: 9 * minute } },
};

let world: World;
let people: readonly SandboxUser[];
afterEach(() => world.end());

const id = (index: number): string => people[index]?.id ?? '';
const account = (index: number): SandboxUser | undefined => world.account(id(index));
const property = (index: number, name: string): unknown => account(index)?.properties[name];
const link = (index: number) => world.projection(id(index))?.status.targetUser;
const members = (): number => guests(world).filter((user) => user.properties.userType === 'Member').length;
const enabled = (): number => guests(world).filter((user) => user.properties.accountEnabled === true).length;
const staged = (): number => world.configuration().status.stagedDeletions?.count ?? 0;

async function company(
  count: number,
  spec: JsonObject,
  options: { readonly seed?: number; readonly settings?: SettingsOverride } = {},
): Promise<void> {
  world = new World({ settings: options.settings ?? withExchange, seed: options.seed ?? 1 });
  people = hire(world, count);
  await replicated(world);
  await world.begin({ interval: '40m', ...spec });
  await world.until('everybody is there', () => guests(world).length === count);
}

async function decide(annotation: string): Promise<void> {
  world.annotate('SyncConfiguration', 'staff', { [annotation]: world.configuration().status.stagedDeletions?.token ?? '' });
  await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done');
}

describe('D7 members who are mail-enabled', () => {
  const asGuest = { memberStrategy: 'InviteAsGuest', memberConversionDelay: '60m' };

  it('D7 are invited as guests, shown in the address list, and members when the address is there and the delay is over', async () => {
    await company(4, { ...asGuest, memberConversionDelay: '90m' });
    await world.until('all are finished', () => people.every((_, index) => property(index, 'showInAddressList') === true));
    expect(members()).toBe(0);
    await world.until('Exchange has seen them', () => people.every((_, index) => link(index)?.mailEnabled === true), hour);
    const seenAt = people.map((_, index) => Date.parse(link(index)?.addressSeenAt ?? ''));
    await world.run(Math.min(...seenAt) + 89 * minute - world.clock.now());
    expect(members()).toBe(0);
    await world.until('they are members', () => members() === 4, 30 * minute);
    await world.until('the record says so', () => link(0)?.userType === 'Member');
    expect(link(0)).toMatchObject({ userType: 'Member', mailEnabled: true, origin: 'Created' });
    expect(link(0)?.convertedAt).toBeDefined();
    // A guest whom the target makes of a member again stays one.
    world.spoke.updateUser(account(0)?.id ?? '', { userType: 'Guest' });
    await world.run(3 * hour);
    expect(property(0, 'userType')).toBe('Guest');
  });

  it('D7 wait for the address however long it takes, and begin anew when it is lost', async () => {
    await company(2, asGuest, {
      settings: { ...unfriendly, replication: { ...unfriendly.replication, exchange: { min: 2 * hour, max: 2 * hour } } },
    });
    await world.run(2 * hour);
    expect(members()).toBe(0);
    expect(link(0)?.mailEnabled).toBe(false);
    await world.until('the address is seen', () => link(0)?.addressSeenAt !== undefined, 12 * hour);
    const kept = account(0)?.properties.proxyAddresses;
    world.spoke.updateUser(account(0)?.id ?? '', { proxyAddresses: [] });
    await replicated(world);
    world.annotate('UserProjection', world.projection(id(0))?.metadata.name ?? '', { [annotations.requestedAt]: 'now' });
    await world.until('it is gone', () => link(0)?.addressSeenAt === undefined);
    await world.run(2 * hour);
    expect(property(0, 'userType')).toBe('Guest');
    world.spoke.updateUser(account(0)?.id ?? '', { proxyAddresses: kept ?? [] });
    await world.until('it is converted', () => property(0, 'userType') === 'Member', 24 * hour);
  });

  it.each([41, 42, 43])('D7 neither hurried nor forgotten by kills (seed %s)', async (seed) => {
    await company(6, asGuest, { seed });
    for (let kills = 0; kills < 6; kills += 1) {
      await world.run(7 * minute + 13_000 * ((seed + kills) % 7));
      world.killOperator();
      expect(members()).toBe(0);
      await world.run(minute);
      await world.startOperator();
    }
    await world.until('they are members', () => members() === 6, 3 * hour);
    await world.until('the records say so', () => people.every((_, index) => link(index)?.convertedAt !== undefined));
    for (const [index] of people.entries()) {
      const { addressSeenAt = '', convertedAt = '' } = link(index) ?? {};
      expect(Date.parse(convertedAt) - Date.parse(addressSeenAt)).toBeGreaterThanOrEqual(hour);
      expect(Date.parse(convertedAt) - Date.parse(addressSeenAt)).toBeLessThan(hour + 10 * minute);
    }
    expect(guests(world)).toHaveLength(6);
  });

  it('D7 C3 guests who were adopted, and people under another strategy, are not converted', async () => {
    world = new World({ settings: withExchange });
    people = hire(world, 3);
    world.spoke.createExternalUser({ address: 'person0@contoso.com' });
    await replicated(world);
    await world.begin({ interval: '40m', ...asGuest });
    await world.until('all are there', () => guests(world).length === 3);
    await world.run(3 * hour);
    expect([property(0, 'userType'), members()]).toEqual(['Guest', 2]);
  });

  it('D7 B11 who may not be a member of the pair stays a guest', async () => {
    world = new World({ settings: withExchange });
    people = hire(world, 2);
    await replicated(world);
    world.applyPair({ limits: { userTypes: ['Guest'] } });
    world.applyConfiguration({ interval: '40m', ...asGuest });
    await world.startOperator();
    await world.until('they are there', () => guests(world).length === 2);
    await world.run(2 * hour);
    expect(members()).toBe(0);
    expect(world.projection(id(0))?.status.refusedAttributes).toMatchObject([{ name: 'userType', code: 'LimitReached' }]);
  });
});

describe('D8 people who are only to be in the address list', () => {
  const listOnly = { memberStrategy: 'AddressListOnly', deprovisioning: { guard: { threshold: 3, percent: 100 } } };

  it('D8 are guests who are shown and cannot sign in from their creation on, outside of the guard', async () => {
    await company(12, listOnly);
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(hour);
    expect([members(), staged(), enabled()]).toEqual([0, 0, 0]);
    expect(property(0, 'showInAddressList')).toBe(true);
    expect(world.pair().status.guard).toBeUndefined();
    expect(world.projection(id(0))?.status.state).toBe('Blocked');
    // A change in the source writes that, and asks nobody.
    for (const person of people) world.hub.updateUser(person.id, { jobTitle: 'Engineer' });
    await replicated(world);
    await world.sync();
    await world.until('it has arrived', () => people.every((_, index) => property(index, 'jobTitle') === 'Engineer'));
    expect([staged(), enabled()]).toEqual([0, 0]);
  });

  it('D8 the block of an account that was there before goes through the guard', async () => {
    world = new World({ settings: withExchange });
    people = hire(world, 6);
    for (let index = 0; index < 4; index += 1) world.spoke.createExternalUser({ address: `person${index}@contoso.com` });
    await replicated(world);
    await world.begin({ interval: '40m', ...listOnly });
    await world.until('they wait', () => staged() === 4, hour);
    expect(enabled()).toBe(4);
    await decide(annotations.approveDeletions);
    await world.until('nobody may sign in', () => enabled() === 0, hour);
  });

  it('D8 A5 who leaves is deleted: the block is not one of the source', async () => {
    await company(6, { ...listOnly, scope: { type: 'All' } });
    await world.run(20 * minute);
    world.applyConfiguration({
      interval: '40m',
      memberStrategy: 'AddressListOnly',
      scope: { type: 'Assigned', users: people.slice(1).map((person) => ({ id: person.id })) },
    });
    await world.until('one has gone', () => guests(world).length === 5, hour);
    expect(world.spoke.deletedUsers()).toHaveLength(1);
  });

  it.each([51, 52])('D8 nobody is left who may sign in, whatever is killed (seed %s)', async (seed) => {
    world = new World({ settings: withExchange, seed });
    people = hire(world, 15);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration({ interval: '40m', ...listOnly });
    await world.startOperator();
    for (let kills = 0; kills < 5; kills += 1) {
      await world.run(2000 + 2300 * ((seed + kills) % 4));
      world.killOperator();
      await world.startOperator();
    }
    await world.until('all are there and blocked', () => guests(world).length === 15 && enabled() === 0, 2 * hour);
    await world.run(hour);
    expect(staged()).toBe(0);
  });
});

describe('D7 D8 a change of strategy', () => {
  const guard = { deprovisioning: { guard: { threshold: 4, percent: 100 } } };
  const change = (memberStrategy: string, more: JsonObject = {}): void =>
    void world.applyConfiguration({ interval: '40m', memberStrategy, ...guard, ...more });
  const applied = (): Promise<void> =>
    world.until('it is applied', () => world.configuration().status.observedGeneration === world.configuration().metadata.generation, hour);

  it('D8 to the address list blocks those who are there as blocks do: more than the guard allows wait', async () => {
    await company(6, guard);
    await world.run(20 * minute);
    change('AddressListOnly');
    await world.until('they wait', () => staged() === 6, hour);
    await world.run(hour);
    expect(enabled()).toBe(6);
    await decide(annotations.rejectDeletions);
    await world.run(2 * hour);
    expect([enabled(), staged()]).toEqual([6, 0]);
  });

  it('D7 D8 from the address list opens and converts nobody by surprise', async () => {
    await company(6, { memberStrategy: 'AddressListOnly', ...guard });
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(20 * minute);
    // What it would do is a plan first.
    world.applyConfiguration({ interval: '40m', memberStrategy: 'InviteAsGuest', ...guard, previewOf: { name: 'staff' } }, 'next');
    await world.until('the preview', () => world.configuration('next').status.lastCycle?.planned !== undefined);
    await world.run(minute);
    expect(world.projection(id(0), 'next')?.status.plan?.changes).toEqual(
      expect.arrayContaining([
        { attribute: 'accountEnabled', from: 'false', to: 'true' },
        { attribute: 'userType', from: 'Guest', to: 'Member' },
      ]),
    );
    await world.sync('next');
    expect(world.configuration('next').status.lastCycle?.planned).toMatchObject({ update: 6, guard: { result: 'Staged', count: 6 } });
    change('InviteAsGuest');
    await world.until('they wait', () => staged() === 6, hour);
    await world.run(4 * hour);
    expect([enabled(), members()]).toEqual([0, 0]);
    expect(condition(world.configuration())?.reason).toBe('DeletionsStaged');
    await decide(annotations.approveDeletions);
    await world.until('they may sign in', () => enabled() === 6, hour);
    await world.until('they are members', () => members() === 6, 4 * hour);
  });

  it('D7 D8 that is rejected changes nothing, and fewer than the guard holds pass', async () => {
    await company(6, { memberStrategy: 'AddressListOnly', ...guard });
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(20 * minute);
    change('InviteAsMember', { fullInterval: '1h' });
    await world.until('they wait', () => staged() === 6, hour);
    await decide(annotations.rejectDeletions);
    await world.run(3 * hour);
    expect([enabled(), members(), staged()]).toEqual([0, 0, 0]);
    await world.end();
    await company(3, { memberStrategy: 'AddressListOnly', ...guard });
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(20 * minute);
    change('InviteAsMember');
    await applied();
    await world.until('they may sign in', () => enabled() === 3, hour);
    // C3: who is a guest stays one.
    expect(members()).toBe(0);
  });

  it.each([
    ['I13 on the same grounds is kept: the preview says that nothing is staged, and applying it stages nothing', false, 0],
    ['I13 on other grounds is asked about again: the preview says so, and applying it does so', true, 6],
  ])('D7 D8 that was rejected %s', async (_, otherGrounds, count) => {
    await company(6, { memberStrategy: 'AddressListOnly', ...guard });
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(20 * minute);
    change('InviteAsMember');
    await world.until('they wait', () => staged() === 6, hour);
    await decide(annotations.rejectDeletions);
    await world.run(hour);
    const users = people.map((person) => ({ id: person.id }));
    const spec = {
      interval: '40m',
      memberStrategy: 'InviteAsMember',
      ...guard,
      ...(otherGrounds ? { scope: { type: 'Assigned', users } } : {}),
    };
    world.applyConfiguration({ ...spec, previewOf: { name: 'staff' } }, 'next');
    await world.until('the preview', () => world.configuration('next').status.lastCycle?.planned !== undefined);
    await world.run(minute);
    await world.sync('next');
    const { planned } = world.configuration('next').status.lastCycle ?? {};
    expect(planned).toMatchObject({ guard: { result: count === 0 ? 'Passed' : 'Staged', count } });
    expect(planned?.update ?? 0).toBe(count);
    world.applyConfiguration(spec);
    await applied();
    await world.run(hour);
    expect([staged(), enabled()]).toEqual([count, 0]);
  });

  it('D7 to the guests first converts no member and no guest of before', async () => {
    await company(6, guard);
    await world.run(20 * minute);
    change('InviteAsGuest');
    await applied();
    await world.run(2 * hour);
    expect([members(), staged(), enabled()]).toEqual([6, 0, 6]);
  });
});

describe('D7 D8 a configuration that may not update accounts', () => {
  const guard = { deprovisioning: { guard: { threshold: 4, percent: 100 } } };
  const withoutUpdate = { targetActions: ['Create', 'Delete'] };
  const reasons = (): ReadonlySet<string | undefined> =>
    new Set(people.map((_, index) => condition(world.projection(id(index)) ?? world.pair())?.reason));
  const states = (): ReadonlySet<string | undefined> => new Set(people.map((_, index) => world.projection(id(index))?.status.state));

  /** What a preview of the spec says. */
  async function previewed(spec: JsonObject): Promise<unknown> {
    world.applyConfiguration({ interval: '40m', ...spec, previewOf: { name: 'staff' } }, 'next');
    await world.until('the preview', () => world.configuration('next').status.lastCycle?.planned !== undefined);
    await world.run(minute);
    await world.sync('next');
    const { planned } = world.configuration('next').status.lastCycle ?? {};
    world.kube.delete({ kind: 'SyncConfiguration', name: 'next', namespace });
    await world.run(minute);
    return { update: planned?.update ?? 0, guard: planned?.guard };
  }

  it('D7 leaves the guests that it has invited guests, says why, and makes them members when it may', async () => {
    const spec = { memberStrategy: 'InviteAsGuest', memberConversionDelay: '10m', fullInterval: '1h' };
    await company(3, { ...spec, ...withoutUpdate });
    await world.run(4 * hour);
    expect([members(), ...reasons()]).toEqual([0, 'ActionDisabled']);
    expect(await previewed({ ...spec, ...withoutUpdate })).toEqual({ update: 0, guard: { result: 'Passed', count: 0, percent: 0 } });
    expect(await previewed(spec)).toMatchObject({ update: 3 });
    world.applyConfiguration({ interval: '40m', ...spec });
    await world.until('they are members', () => members() === 3, 2 * hour);
  });

  it('D8 asks nobody about conversions that it may not make, in a plan either, and about all of them when it may', async () => {
    await company(6, { memberStrategy: 'AddressListOnly', ...guard });
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(20 * minute);
    const spec = { memberStrategy: 'InviteAsMember', ...guard };
    expect(await previewed({ ...spec, ...withoutUpdate })).toEqual({ update: 0, guard: { result: 'Passed', count: 0, percent: 0 } });
    world.applyConfiguration({ interval: '40m', ...spec, ...withoutUpdate });
    await world.run(2 * hour);
    expect([enabled(), staged(), ...reasons(), ...states()]).toEqual([0, 0, 'ActionDisabled', 'Blocked']);
    expect(world.pair().status.guard).toBeUndefined();
    world.applyConfiguration({ interval: '40m', ...spec });
    await world.until('they wait', () => staged() === 6, hour);
    // What waits is asked about no more when it may not be done.
    world.applyConfiguration({ interval: '40m', ...spec, ...withoutUpdate });
    await world.until('nobody waits', () => staged() === 0, hour);
    await world.run(hour);
    expect([enabled(), ...reasons(), ...states()]).toEqual([0, 'ActionDisabled', 'Blocked']);
  });

  it('D8 forgets an approval that it was not allowed to carry out', async () => {
    await company(6, { memberStrategy: 'AddressListOnly', ...guard });
    await world.until('nobody may sign in', () => enabled() === 0);
    await world.run(20 * minute);
    const spec = { interval: '40m', memberStrategy: 'InviteAsMember', ...guard };
    world.applyConfiguration(spec);
    await world.until('they wait', () => staged() === 6, hour);
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    await world.run(10 * minute);
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.approveDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
    });
    world.applyConfiguration({ ...spec, ...withoutUpdate });
    await world.run(10 * minute);
    world.allowSync();
    await world.run(2 * hour);
    expect([enabled(), staged()]).toEqual([0, 0]);
    world.applyConfiguration(spec);
    await world.until('they wait anew', () => staged() === 6, hour);
    expect(enabled()).toBe(0);
  });
});
