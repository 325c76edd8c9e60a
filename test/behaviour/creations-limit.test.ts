import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { runClientIn } from '../support/client-run.ts';
import { hire, reasonOf } from '../support/people.ts';
import { condition, eventReasons, guests, hire as hireMany, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('E7 the limit on creations', () => {
  let world: World;
  afterEach(() => world.end());

  const staged = (name = 'staff'): number => world.configuration(name).status.stagedCreations?.count ?? 0;
  const reasonOfId = (id = ''): string | undefined => condition({ status: world.projection(id)?.status ?? {} })?.reason;
  const token = (): string => world.configuration().status.stagedCreations?.token ?? '';
  const decide = async (annotation: string): Promise<void> => {
    world.annotate('SyncConfiguration', 'staff', { [annotation]: token() });
    await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done');
  };
  const guard = (creations: number, more: JsonObject = {}): JsonObject => ({
    interval: '40m',
    deprovisioning: { guard: { threshold: 500, percent: 100, creations, ...more } },
  });

  /** `count` people, of whom only `creations` may be created within the window. */
  async function company(count: number, creations: number, more: JsonObject = {}, seed = 1): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly, seed });
    const people = hireMany(world, count);
    await replicated(world);
    await world.begin(guard(creations, more));
    return people;
  }
  const settled = async (created: number, waiting: number): Promise<void> => {
    await world.until(`${created} are there and ${waiting} wait`, () => guests(world).length === created && staged() === waiting);
    await world.run(10 * minute);
    expect([guests(world).length, staged()]).toEqual([created, waiting]);
  };

  it('E7 creates so many within the window and stages the others, with a count of their own', async () => {
    const people = await company(12, 5);
    await settled(5, 7);
    expect(world.configuration().status.stagedDeletions).toBeUndefined();
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'CreationsStaged' });
    expect(condition(world.configuration(), 'Stalled')?.status).toBe('True');
    expect(condition(world.configuration(), 'CreationsStaged')?.status).toBe('True');
    const waiting = people.filter((person) => reasonOf(world, person) === 'CreationsStaged');
    expect(waiting).toHaveLength(7);
    for (const { id } of waiting)
      expect(world.projection(id)).toMatchObject({ spec: { lifecycle: 'Present' }, status: { state: 'Staged' } });
    expect(world.pair().status.guard?.windows).toMatchObject([{ configuration: 'staff', created: 5, removed: 0, blocked: 0 }]);
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('CreationsStaged');
  });

  it('E7 E10 a plan says how many would wait, and applied so many do', async () => {
    world = new World({ settings: unfriendly });
    hireMany(world, 12);
    await replicated(world);
    await world.begin({ ...guard(5), mode: 'Plan' });
    const planned = () => world.configuration().status.lastCycle?.planned;
    await world.until('it is planned', () => planned()?.create === 12);
    expect(planned()?.guard).toMatchObject({ result: 'Passed', stagedCreations: 7 });
    expect((await runClientIn(world, ['plan', 'staff'])).out).toContain('Guard: 7 creation(s) would wait for a decision.');
    world.applyConfiguration(guard(5));
    await settled(5, 7);
    // What has passed and what waits are no new creations.
    world.applyConfiguration({ ...guard(5), mode: 'Plan' });
    await world.until('it is planned again', () => planned()?.create === 7);
    expect(planned()?.guard?.stagedCreations).toBe(7);
    world.applyConfiguration(guard(9));
    await settled(9, 3);
  });

  it('E7 G8 a preview counts what its configuration has let pass and holds', async () => {
    await company(12, 5);
    await settled(5, 7);
    world.applyConfiguration({ ...guard(8), previewOf: { name: 'staff' } }, 'next');
    const planned = () => world.configuration('next').status.lastCycle?.planned;
    await world.until('it is planned', () => planned()?.create === 7);
    expect(planned()?.guard?.stagedCreations).toBe(4);
  });

  it('E7 a number that nobody reaches holds nobody back', async () => {
    await company(5, 5);
    await settled(5, 0);
    expect(condition(world.configuration())?.status).toBe('True');
  });

  it('E7 an approval creates exactly those who are staged, and counts for nobody after them', async () => {
    await company(9, 4, { window: '48h' });
    await settled(4, 5);
    await decide(annotations.approveDeletions);
    await settled(9, 0);
    expect(world.configuration().status.lastHandledDeletionDecision).toMatchObject({ set: 'Creations', decision: 'Approved' });
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('CreationsApproved');
    expect(condition(world.configuration())?.status).toBe('True');
    hire(world, 'nora');
    await replicated(world);
    await world.sync();
    // Four have passed within the window.
    await settled(9, 1);
  });

  it('E7 who is rejected is not created until the user changes, and then waits again', async () => {
    const people = await company(6, 4);
    await settled(4, 2);
    const [rejected] = people.filter((person) => reasonOf(world, person) === 'CreationsStaged');
    await decide(annotations.rejectDeletions);
    await settled(4, 0);
    expect(reasonOfId(rejected?.id)).toBe('CreationsRejected');
    await world.restart();
    await settled(4, 0);
    world.hub.updateUser(rejected?.id ?? '', { jobTitle: 'Engineer' });
    await replicated(world);
    await world.sync();
    await settled(4, 1);
  });

  it('E7 the window moves on for newcomers, not for who waits', async () => {
    await company(6, 4, { window: '1h' });
    await settled(4, 2);
    await world.run(3 * hour);
    expect([guests(world).length, staged()]).toEqual([4, 2]);
    // While somebody waits, who is new joins them.
    hire(world, 'nora');
    await replicated(world);
    await world.sync();
    await settled(4, 3);
    await decide(annotations.approveDeletions);
    await settled(7, 0);
    hireMany(world, 3, 'late');
    await replicated(world);
    await world.sync();
    await settled(10, 0);
  });

  it('E7 a higher number judges anew who waits, and no number holds nobody back', async () => {
    await company(12, 3);
    await settled(3, 9);
    world.applyConfiguration(guard(7));
    await world.sync();
    await settled(7, 5);
    world.applyConfiguration({ interval: '40m' });
    await settled(12, 0);
    expect(condition(world.configuration())?.status).toBe('True');
  });

  it.each([21, 22])('E7 is never exceeded, whatever is killed (seed %s)', async (seed) => {
    await company(30, 11, {}, seed);
    for (let kills = 0; kills < 6; kills += 1) {
      await world.run(3_000 + 2_700 * ((seed + kills) % 4));
      world.killOperator();
      expect(guests(world).length).toBeLessThanOrEqual(11);
      await world.startOperator();
    }
    await world.run(2 * hour);
    expect(guests(world).length).toBeLessThanOrEqual(11);
    expect(guests(world).length + staged()).toBe(30);
  });

  it('E7 a configuration that is deleted and applied again under any name goes on with the numbers', async () => {
    await company(8, 4);
    await settled(4, 4);
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    world.applyConfiguration(guard(4), 'renamed');
    await world.until('they wait again', () => staged('renamed') === 4);
    await world.run(hour);
    expect(guests(world)).toHaveLength(4);
  });

  it('E7 D1 an account that is there needs no creation: it is linked, whoever waits', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    for (let index = 0; index < 4; index += 1) world.spoke.createExternalUser({ address: `person${index}@contoso.com` });
    await replicated(world);
    await world.begin(guard(1));
    await settled(5, 1);
    expect(people.filter(({ id }) => world.projection(id)?.status.targetUser?.origin === 'Adopted')).toHaveLength(4);
  });

  it('E7 A8 who was purged in the target is created again within the number, and counted once more', async () => {
    const [ana] = await company(4, 4, { window: '48h' });
    await settled(4, 0);
    world.spoke.purge(world.account(ana?.id ?? '')?.id ?? '');
    await replicated(world);
    await world.run(15 * minute);
    await world.restart();
    await world.until('she waits', () => reasonOfId(ana?.id) === 'CreationsStaged');
    await settled(3, 1);
    expect(world.account(ana?.id ?? '')).toBeUndefined();
    await decide(annotations.approveDeletions);
    await settled(4, 0);
  });

  it('E7 A8 an invitation whose answer was lost has used up its verdict as well', async () => {
    world = new World({ settings: unfriendly });
    const [ana] = hireMany(world, 3);
    await replicated(world);
    world.entra.faults.add({ effect: 'dropAfter', times: 3, match: { operation: 'POST /invitations' } });
    await world.begin(guard(3, { window: '48h' }));
    await settled(3, 0);
    world.spoke.purge(world.account(ana?.id ?? '')?.id ?? '');
    await replicated(world);
    await world.run(15 * minute);
    await world.restart();
    await world.until('she waits', () => reasonOfId(ana?.id) === 'CreationsStaged');
    await settled(2, 1);
    expect(world.account(ana?.id ?? '')).toBeUndefined();
  });

  it('E7 both sets are decided about by their own token', async () => {
    const people = await company(10, 6, { threshold: 2 });
    await settled(6, 4);
    const created = people.filter(({ id }) => world.projection(id)?.status.state === 'Provisioned');
    for (const { id } of created.slice(0, 3)) world.hub.softDelete(id);
    await replicated(world);
    await world.sync();
    await world.until('both wait', () => world.configuration().status.stagedDeletions?.count === 3 && staged() === 4);
    expect(condition(world.configuration())?.reason).toBe('DeletionsStaged');
    await decide(annotations.approveDeletions);
    await world.until('all are there', () => guests(world).length === 10 && staged() === 0);
    expect(world.configuration().status.stagedDeletions?.count).toBe(3);
  });

  it('E7 who leaves while waiting waits no more', async () => {
    const people = await company(6, 4);
    await settled(4, 2);
    const [leaver] = people.filter((person) => reasonOf(world, person) === 'CreationsStaged');
    world.hub.softDelete(leaver?.id ?? '');
    await replicated(world);
    await world.sync();
    await settled(4, 1);
    expect(world.projection(leaver?.id ?? '')).toBeUndefined();
  });
});
