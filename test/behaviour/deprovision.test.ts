import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { groupWorld, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import { condition, enabledGuests, eventReasons, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const asked: JsonObject = { deprovisioning: { onConfigurationDeletion: 'Deprovision' } };

describe('A10 deletion of a configuration', () => {
  let world: World;
  afterEach(() => world.end());

  async function company(configuration: JsonObject = asked, count = 12): Promise<readonly { readonly id: string }[]> {
    world = new World({ settings: unfriendly });
    const people = hire(world, count);
    await replicated(world);
    await world.begin(configuration);
    await world.run(minute);
    return people;
  }

  const remove = (kind = 'SyncConfiguration', name = 'staff'): boolean => world.kube.delete({ kind, name, namespace });
  const exists = (kind = 'SyncConfiguration', name = 'staff'): boolean => world.kube.get({ kind, name, namespace }) !== undefined;
  const token = (): string => world.configuration().status.stagedDeletions?.token ?? '';
  const staged = async (count: number): Promise<void> =>
    world.until('everybody is staged', () => world.configuration().status.stagedDeletions?.count === count, 5 * minute);

  it('A10 deletes nobody by default, and waits for nothing', async () => {
    await company({});
    const before = spokeVersions(world);
    remove();
    await world.run(minute);
    expect(exists()).toBe(false);
    expect(world.projections()).toEqual([]);
    remove('TenantPair', 'hub-to-spoke');
    await world.run(hour);
    expect(exists('TenantPair', 'hub-to-spoke')).toBe(false);
    expect(spokeVersions(world)).toBe(before);
  });

  it('A10 with Deprovision stages everybody, always, and goes when all are removed', async () => {
    await company(asked, 3);
    remove();
    await staged(3);
    await world.run(hour);
    expect(guests(world)).toHaveLength(3);
    expect(condition(world.configuration())).toMatchObject({ reason: 'Deleting' });
    expect(condition(world.configuration())?.message).toContain(
      '3 account(s) are to be deprovisioned before this configuration goes. 3 wait for a decision',
    );
    for (const { spec } of world.projections())
      expect(spec).toMatchObject({ lifecycle: 'RemovalStaged', removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } });
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.until('it is gone', () => !exists(), 30 * minute);
    await world.run(minute);
    expect(guests(world)).toEqual([]);
    expect(world.spoke.deletedUsers()).toHaveLength(3);
    expect(world.projections()).toEqual([]);
  });

  it('A10 G3 stages the groups with everybody where their deletion is asked for, and leaves them as they are where it is not', async () => {
    for (const [deprovisioning, left] of [
      ['SoftDelete', 0],
      ['Retain', 1],
    ] as const) {
      world = groupWorld();
      const people = hire(world, 3);
      const { id } = world.hub.createGroup({ displayName: 'Falcon', members: people.map((person) => person.id) });
      await world.begin({ ...asked, ...selecting([id], { deprovisioning }) });
      await world.until('the members', () => mirroredPeople(world, id).length === 3);
      remove();
      await staged(left === 0 ? 4 : 3);
      await world.run(hour);
      expect([guests(world).length, ourGroups(world).length]).toEqual([3, 1]);
      world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
      await world.until('it is gone', () => !exists(), 30 * minute);
      await world.run(minute);
      expect([guests(world).length, ourGroups(world).length, world.kube.list('GroupProjection').length]).toEqual([0, left, 0]);
      if (left === 0) await world.end();
    }
  });

  it('A10 G3 lets the groups go when the decision is no', async () => {
    world = groupWorld();
    const { id } = world.hub.createGroup({ displayName: 'Falcon', members: hire(world, 3).map((person) => person.id) });
    await world.begin({ ...asked, ...selecting([id], { deprovisioning: 'SoftDelete' }) });
    await world.until('the members', () => mirroredPeople(world, id).length === 3);
    remove();
    await staged(4);
    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token() });
    await world.until('it is gone', () => !exists(), 30 * minute);
    expect([guests(world).length, ourGroups(world)[0]?.members.size]).toEqual([3, 3]);
  });

  it('A10 who was staged before for another reason is approved with the others, and the configuration goes', async () => {
    const people = await company({ deprovisioning: { onConfigurationDeletion: 'Deprovision', guard: { threshold: 5 } } });
    for (const { id } of people.slice(0, 6)) world.hub.softDelete(id);
    await world.until('half of them are staged', () => world.configuration().status.stagedDeletions?.count === 6, 3 * hour);
    remove();
    await staged(12);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.until('it is gone', () => !exists(), 30 * minute);
    expect(guests(world)).toEqual([]);
  });

  it('A10 a rejection lets everybody go', async () => {
    await company();
    const before = spokeVersions(world);
    remove();
    await staged(12);
    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token() });
    await world.until('it is gone', () => !exists(), 30 * minute);
    await world.run(hour);
    expect(spokeVersions(world)).toBe(before);
  });

  it('A10 a change of mind while it waits lets everybody go', async () => {
    await company();
    const before = spokeVersions(world);
    remove();
    await staged(12);
    world.kube.patch(
      { kind: 'SyncConfiguration', name: 'staff', namespace },
      { spec: { deprovisioning: { onConfigurationDeletion: 'Retain' } } },
    );
    await world.until('it is gone', () => !exists(), minute);
    await world.run(hour);
    expect(spokeVersions(world)).toBe(before);
  });

  it('A10 a plan deprovisions nobody', async () => {
    await company();
    world.applyConfiguration({ ...asked, mode: 'Plan' });
    await world.until('the plan', () => world.projections().every(({ status }) => status.state === 'Planned'));
    const before = spokeVersions(world);
    remove();
    await world.until('it is gone', () => !exists(), minute);
    await world.run(hour);
    expect(spokeVersions(world)).toBe(before);
  });

  it('A10 blocks instead where the spec says so, and lets the adopted go where it says so', async () => {
    world = new World({ settings: unfriendly });
    hire(world, 4);
    world.spoke.createExternalUser({ address: 'person0@contoso.com' });
    await replicated(world);
    await world.begin({ deprovisioning: { onConfigurationDeletion: 'Deprovision', action: 'Block', adoptedUsers: 'Retain' } });
    await world.run(minute);
    remove();
    await staged(3);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(4);
    expect(enabledGuests(world).map((user) => user.invitedAddress)).toEqual(['person0@contoso.com']);
    expect(exists()).toBe(false);
  });

  it('A10 the pair waits for such a configuration, in whatever order they are deleted, and says so', async () => {
    await company(asked, 3);
    remove('TenantPair', 'hub-to-spoke');
    await world.run(minute);
    expect(exists('TenantPair', 'hub-to-spoke')).toBe(true);
    expect(condition(world.pair(), 'Reconciling')).toMatchObject({ status: 'True', reason: 'Deleting' });
    expect(condition(world.pair(), 'Reconciling')?.message).toContain('staff');
    const before = spokeVersions(world);
    hire(world, 1, 'late');
    await world.run(20 * minute);
    expect(spokeVersions(world)).toBe(before);
    remove();
    await staged(3);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.until('both are gone', () => !exists() && !exists('TenantPair', 'hub-to-spoke'), 30 * minute);
    expect(guests(world)).toEqual([]);
  });

  it('A9 an inbound policy that was cleared too early is said, and nothing is deleted until it is back', async () => {
    await company(asked, 3);
    remove();
    await staged(3);
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    await world.until('the pair has noticed', () => condition(world.pair())?.status === 'False', 10 * minute);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.run(30 * minute);
    expect(guests(world)).toHaveLength(3);
    expect(condition(world.configuration())?.message).toContain('The target does not allow inbound user synchronization');
    world.allowSync();
    await world.until('it is gone', () => !exists(), 30 * minute);
    expect(guests(world)).toEqual([]);
  });

  it('A10 a namespace that is deleted lets everybody go, also where deprovisioning was asked for', async () => {
    await company(asked, 4);
    const before = spokeVersions(world);
    world.kube.delete({ kind: 'Namespace', name: namespace });
    await world.until('the namespace is gone', () => world.kube.get({ kind: 'Namespace', name: namespace }) === undefined, 10 * minute);
    await world.run(hour);
    expect(spokeVersions(world)).toBe(before);
  });

  it('A10 whose removal fails for good keeps nothing waiting', async () => {
    const people = await company(asked, 3);
    const account = world.account(people[0]?.id ?? '');
    // Converted to an internal user: it is never deleted (I2).
    world.spoke.updateUser(account?.id ?? '', {
      userPrincipalName: 'own@fabrikam.com',
      creationType: null,
      externalUserState: null,
      identities: [{ signInType: 'userPrincipalName', issuer: world.spoke.initialDomain, issuerAssignedId: 'own@fabrikam.com' }],
    });
    await replicated(world);
    remove();
    await staged(3);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.until('it is gone', () => !exists(), 30 * minute);
    expect(world.spoke.deletedUsers()).toHaveLength(2);
    expect(world.spoke.user(account?.id ?? '')?.deletedAt).toBeNull();
  });

  it.each([1, 2, 3, 5, 8])('A10 killed at write %i of the deletion, it is completed without anybody deleted unasked', async (point) => {
    await company(asked, 4);
    let writes = 0;
    const stop = world.kube.hooks.before(({ method, path }) => {
      if (method === 'GET' || !path.includes('tenantsync.dev')) return;
      writes += 1;
      if (writes !== point) return;
      world.killOperator();
      throw new Error('killed');
    });
    remove();
    await world.clock.advanceUntil(() => !world.running, 2 * minute);
    stop();
    world.killOperator();
    await world.startOperator();
    await staged(4);
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(4);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token() });
    await world.until('it is gone', () => !exists(), 30 * minute);
    expect(world.spoke.deletedUsers()).toHaveLength(4);
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DeletionsApproved');
  });
});
