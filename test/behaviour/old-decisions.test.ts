import { annotations } from '../../src/api/kinds.ts';
import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { guestIds, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;

/** Decisions that wait, and do not hold any more when they could be carried out (E13, I11). */
describe('I11 a decision is carried out only while it holds', () => {
  let world: World;
  afterEach(() => world.end());

  let team = '';
  let people: readonly SandboxUser[] = [];

  /** Twenty people of a group who are all provisioned. */
  async function company(more: Record<string, unknown> = {}): Promise<void> {
    world = new World({ settings: unfriendly });
    people = hire(world, 20);
    team = world.hub.createGroup({ displayName: 'Team' }).id;
    for (const user of people) world.hub.addMember(team, user.id);
    await replicated(world);
    await world.begin({
      scope: { type: 'Assigned', groups: [{ id: team }] },
      deprovisioning: { guard: { percent: 100, threshold: 10 } },
      ...more,
    });
    await world.until('everybody is there', () => guests(world).length === people.length);
    await replicated(world);
  }

  const leaving = (): readonly SandboxUser[] => people.slice(0, 5);
  const quit = (): void => leaving().forEach((user) => world.hub.removeMember(team, user.id));
  const comeBack = (): void => leaving().forEach((user) => world.hub.addMember(team, user.id));
  const marked = (): number => world.projections().filter(({ spec }) => spec.lifecycle === 'Removed').length;
  const deletions = (): number => world.spoke.log.writes().filter(({ operation }) => operation === 'DELETE /users/{id}').length;
  const suspendConfiguration = (on: boolean): void =>
    void world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { suspend: on } });
  const suspendPair = (on: boolean): void =>
    void world.kube.patch({ kind: 'TenantPair', name: 'hub-to-spoke', namespace }, { spec: { suspend: on } });

  /** Whatever keeps marked removals from being carried out, and what lets them go on. */
  const brakes: readonly (readonly [string, () => void | Promise<void>, () => void | Promise<void>])[] = [
    ['the configuration is suspended', () => suspendConfiguration(true), () => suspendConfiguration(false)],
    ['the pair is suspended', () => suspendPair(true), () => suspendPair(false)],
    ['the operator is killed', () => world.killOperator(), () => world.startOperator()],
    ['the operator is stopped', () => world.stopOperator(), () => world.startOperator()],
    [
      'the target clears inbound sync',
      () => world.spoke.policies.setUserSync(world.hub.tenantId, false),
      () => world.spoke.policies.setUserSync(world.hub.tenantId, true),
    ],
  ];

  /** Marks five removals of which none is carried out. */
  async function markWithoutActing(): Promise<{ remove(): void }> {
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 20,
      times: 1_000_000,
      match: { operation: 'DELETE /users/{id}', tenant: world.spoke.tenantId },
    });
    quit();
    await replicated(world);
    world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: 'now' });
    await world.until('they are marked', () => marked() === 5);
    return fault;
  }

  it.each(brakes)('I11 deletes nobody who is back in scope after %s', async (_, brake, release) => {
    await company();
    const before = guestIds(world);
    const fault = await markWithoutActing();
    await brake();
    comeBack();
    await world.run(15 * minute);
    fault.remove();
    await release();
    await world.run(30 * minute);
    expect(guestIds(world)).toEqual(before);
    expect(deletions()).toBe(0);
    expect(world.projections().every(({ spec }) => spec.lifecycle === 'Present')).toBe(true);
  });

  it.each(brakes)('I11 carries removals that still hold out after %s', async (_, brake, release) => {
    await company();
    const fault = await markWithoutActing();
    await brake();
    await world.run(15 * minute);
    fault.remove();
    await release();
    await world.until('they are gone', () => guests(world).length <= 15);
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(15);
  });

  it('I11 a late approval deletes only those who are still out of scope', async () => {
    await company({ deprovisioning: { guard: { percent: 100, threshold: 2 } }, interval: '40m' });
    quit();
    await replicated(world);
    await world.sync();
    expect(world.configuration().status.stagedDeletions?.count).toBe(5);
    world.hub.addMember(team, people[0]?.id ?? '');
    world.hub.addMember(team, people[1]?.id ?? '');
    await replicated(world);
    // Before the next cycle has seen that two are back.
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.approveDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
    });
    await world.until('the three are gone', () => guests(world).length === 17);
    await world.run(60 * minute);
    expect(guests(world)).toHaveLength(17);
    expect(deletions()).toBe(3);
  });

  it('I11 blocks nobody whose block was undone in the source meanwhile', async () => {
    await company();
    suspendPair(false);
    const ana = people[7];
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 20,
      times: 1_000_000,
      match: { operation: 'PATCH /users/{id}', tenant: world.spoke.tenantId },
    });
    world.hub.updateUser(ana?.id ?? '', { accountEnabled: false });
    await replicated(world);
    world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: 'now' });
    await world.until('it is marked', () => world.projection(ana?.id ?? '')?.spec.attributes?.accountEnabled === false);
    world.killOperator();
    fault.remove();
    world.hub.updateUser(ana?.id ?? '', { accountEnabled: true });
    await world.run(15 * minute);
    await world.startOperator();
    await world.run(30 * minute);
    const blocks = world.spoke.log.writes().filter(({ body }) => body?.includes('"accountEnabled":false') === true);
    expect(blocks).toHaveLength(0);
    expect(world.account(ana?.id ?? '')?.properties.accountEnabled).toBe(true);
  });

  it.each([
    ['leave the group', (id: string) => world.hub.removeMember(team, id)],
    ['are deleted', (id: string) => world.hub.softDelete(id)],
    ['are blocked', (id: string) => void world.hub.updateUser(id, { accountEnabled: false })],
  ])('I11 invites nobody of those who %s before their creation was carried out', async (_, leave) => {
    await company();
    const newcomers = hire(world, 4, 'new');
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 20,
      times: 1_000_000,
      match: { operation: 'POST /invitations', tenant: world.spoke.tenantId },
    });
    for (const user of newcomers) world.hub.addMember(team, user.id);
    await replicated(world);
    world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: 'now' });
    await world.until('they are recorded', () => newcomers.every((user) => world.projection(user.id) !== undefined));
    world.killOperator();
    fault.remove();
    for (const user of newcomers) leave(user.id);
    await world.run(15 * minute);
    await world.startOperator();
    await world.run(30 * minute);
    expect(guests(world)).toHaveLength(20);
  });
});
