import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { condition, enabledGuests, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

let world: World;
let people: readonly SandboxUser[];
afterEach(() => world.end());

const id = (index: number): string => people[index]?.id ?? '';
const record = (index: number) => world.projection(id(index));
const reasons = (): readonly (string | undefined)[] => people.map((_, index) => condition(record(index) ?? world.pair())?.reason);
const staged = (): number => world.configuration().status.stagedDeletions?.count ?? 0;
const stagedCreations = (): number => world.configuration().status.stagedCreations?.count ?? 0;
const numbers = (): number => (world.pair().status.guard?.windows ?? []).reduce((sum, { removed, blocked }) => sum + removed + blocked, 0);

const guard = { threshold: 3, percent: 100 };
const base: JsonObject = { interval: '10m', deprovisioning: { guard } };
const withoutUpdate: JsonObject = { ...base, targetActions: ['Create', 'Delete'] };

async function company(spec: JsonObject = base): Promise<void> {
  world = new World({ settings: unfriendly });
  people = hire(world, 6);
  await replicated(world);
  await world.begin(spec);
  await world.until('everybody is there', () => guests(world).length === 6);
  await world.run(15 * minute);
}

const disable = (...indexes: readonly number[]): void =>
  indexes.forEach((index) => world.hub.updateUser(id(index), { accountEnabled: false }));

/** What a preview of the spec says that the guard would do. */
async function previewed(spec: JsonObject): Promise<unknown> {
  world.applyConfiguration({ ...spec, previewOf: { name: 'staff' } }, 'next');
  await world.until('the preview', () => world.configuration('next').status.lastCycle?.planned !== undefined);
  await world.run(minute);
  await world.sync('next');
  const { planned } = world.configuration('next').status.lastCycle ?? {};
  world.kube.delete({ kind: 'SyncConfiguration', name: 'next', namespace });
  await world.run(minute);
  return { disable: planned?.disable ?? 0, delete: planned?.delete ?? 0, guard: planned?.guard?.count };
}

async function decide(annotation: string, token: string | undefined): Promise<void> {
  world.annotate('SyncConfiguration', 'staff', { [annotation]: token ?? '' });
  await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done');
}

/** The ways in which nobody's sign-in may be blocked, each as a spec and limits of the pair. */
const unblockable: readonly (readonly [string, () => JsonObject, () => JsonObject])[] = [
  ['updates are not allowed', () => withoutUpdate, () => ({})],
  [
    'the target has the say about sign-in',
    () => ({ ...base, attributeMappings: [{ target: 'accountEnabled', source: 'accountEnabled', authority: 'Target' }] }),
    () => ({}),
  ],
  ['the pair excludes the accounts', () => base, () => ({ limits: { excludedTargetUsers: guests(world).map((user) => user.id) } })],
];

describe('E7 I13 a block that may not be carried out', () => {
  it.each(unblockable)('is asked of nobody and counted nowhere where %s, and is judged as soon as it may', async (_, spec, limits) => {
    await company();
    world.applyPair(limits());
    world.applyConfiguration(spec());
    await world.run(15 * minute);
    disable(0, 1, 2, 3);
    await world.run(hour);
    expect([enabledGuests(world).length, staged(), numbers()]).toEqual([6, 0, 0]);
    expect(condition(world.configuration())?.status).toBe('True');
    expect(await previewed(spec())).toEqual({ disable: 0, delete: 0, guard: 0 });
    world.applyConfiguration({ ...spec(), mode: 'Plan' });
    await world.until('the plan', () => world.configuration().status.lastCycle?.planned !== undefined);
    await world.run(5 * minute);
    expect(world.configuration().status.lastCycle?.planned?.guard?.count).toBe(0);
    world.applyPair({});
    world.applyConfiguration(base);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'again' });
    await world.until('they wait', () => staged() === 4, hour);
    expect(enabledGuests(world)).toHaveLength(6);
  });

  it('waits no more when it may not be carried out, and is judged anew afterwards', async () => {
    await company();
    disable(0, 1, 2, 3);
    await world.until('they wait', () => staged() === 4, hour);
    world.applyConfiguration(withoutUpdate);
    await world.until('nobody waits', () => staged() === 0, hour);
    await world.run(hour);
    expect([enabledGuests(world).length, ...new Set(reasons())]).toEqual([6, 'ActionDisabled']);
    world.applyConfiguration(base);
    await world.until('they wait again', () => staged() === 4, hour);
    expect([enabledGuests(world).length, numbers()]).toEqual([6, 0]);
  });

  it('forgets an approval that was not carried out, and no rejection', async () => {
    await company();
    disable(0, 1, 2, 3);
    await world.until('they wait', () => staged() === 4, hour);
    await decide(annotations.rejectDeletions, world.configuration().status.stagedDeletions?.token);
    const stricter = { ...base, deprovisioning: { guard: { ...guard, threshold: 1 } } };
    world.applyConfiguration(stricter);
    await world.run(15 * minute);
    disable(4, 5);
    await world.until('two more wait', () => staged() === 2, hour);
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    await world.run(10 * minute);
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.approveDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
    });
    world.applyConfiguration(withoutUpdate);
    await world.run(10 * minute);
    world.allowSync();
    await world.run(hour);
    expect([enabledGuests(world).length, staged()]).toEqual([6, 0]);
    world.applyConfiguration(stricter);
    await world.until('the two wait anew', () => staged() === 2, hour);
    await world.run(hour);
    expect([enabledGuests(world).length, staged()]).toEqual([6, 2]);
  });
});

describe('E7 I13 a removal that is decided differently while it waits', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    ['deletions are not allowed any more', { ...base, targetActions: ['Create', 'Update'] }, {}, 'UserRetained'],
    ['a limit of the pair keeps the accounts', base, { limits: { allowDelete: false } }, 'LimitReached'],
  ])('waits for nobody where %s: they are let go, and it is said why', async (_, spec, limits, reason) => {
    await company();
    for (const index of [0, 1, 2, 3]) world.hub.softDelete(id(index));
    await world.until('they wait', () => staged() === 4, hour);
    world.applyPair(limits);
    world.applyConfiguration(spec);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'again' });
    await world.until('nobody waits', () => staged() === 0, hour);
    await world.run(20 * minute);
    expect([guests(world).length, numbers(), reasons().slice(0, 4)]).toEqual([6, 0, Array(4).fill(reason)]);
  });

  it('waits as what it is by now', async () => {
    await company();
    for (const index of [0, 1, 2, 3]) world.hub.softDelete(id(index));
    await world.until('they wait', () => staged() === 4, hour);
    const { token } = world.configuration().status.stagedDeletions ?? {};
    world.applyConfiguration({ ...base, deprovisioning: { guard, action: 'Block' } });
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'again' });
    await world.until(
      'the set is another one',
      () => ![undefined, token].includes(world.configuration().status.stagedDeletions?.token),
      hour,
    );
    expect([staged(), enabledGuests(world).length]).toEqual([4, 6]);
    await decide(annotations.approveDeletions, world.configuration().status.stagedDeletions?.token);
    await world.until('they are blocked', () => enabledGuests(world).length === 2, hour);
    expect(guests(world)).toHaveLength(6);
  });
});

describe('E7 I13 a creation that may not be made', () => {
  const limited: JsonObject = { ...base, deprovisioning: { guard: { ...guard, creations: 2 } } };

  it.each<[string, JsonObject, JsonObject, string]>([
    ['creations are not allowed any more', { ...limited, targetActions: ['Update', 'Delete'] }, {}, 'ActionDisabled'],
    ['a limit of the pair excludes its kind', limited, { limits: { userTypes: ['Guest'] } }, 'LimitReached'],
  ])('waits for nobody where %s, and no approval of then outlives that', async (_, spec, limits, reason) => {
    world = new World({ settings: unfriendly });
    people = hire(world, 6);
    await replicated(world);
    await world.begin(limited);
    await world.until('four wait', () => stagedCreations() === 4, hour);
    await world.run(15 * minute);
    world.applyPair(limits);
    world.applyConfiguration(spec);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'again' });
    await world.until('nobody waits', () => stagedCreations() === 0, hour);
    await world.run(30 * minute);
    expect([guests(world).length, reasons().filter((each) => each === reason).length]).toEqual([2, 4]);
    world.applyPair({});
    world.applyConfiguration(limited);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'once more' });
    await world.until('they wait again', () => stagedCreations() === 4, hour);
    expect(guests(world)).toHaveLength(2);
  });
});

describe('A6 an account that is brought back where updates are not allowed', () => {
  it('I12 is brought back as it should be, whatever is killed in between, block included', async () => {
    await company(withoutUpdate);
    world.hub.softDelete(id(0));
    await world.until('it is deleted', () => guests(world).length === 5, hour);
    await world.run(15 * minute);
    const deleted = record(0)?.status.targetUser?.objectId ?? '';
    world.hub.restore(id(0));
    disable(0);
    await world.until('it is back', () => world.spoke.user(deleted)?.deletedAt === null, hour);
    world.killOperator();
    await world.run(minute);
    await world.startOperator();
    await world.until('it is blocked', () => world.spoke.user(deleted)?.properties.accountEnabled === false, hour);
    await world.run(5 * minute);
    expect(record(0)?.status.state).toBe('Blocked');
  });
});
