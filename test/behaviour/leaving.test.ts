import { approve, hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

/** A scope group with its members. */
function team(name: string, members: readonly { readonly id: string }[]): string {
  return world.hub.createGroup({ displayName: name, members: members.map(({ id }) => id) }).id;
}

const deletedIds = (): readonly string[] => world.spoke.deletedUsers().map(({ id }) => id);

describe('A3 soft deletion', () => {
  it('A3 soft-deletes a user who was deleted in the source', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    await provisioned(world, [ana, ...others]);
    const account = world.account(ana.id);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    expect(deletedIds()).toEqual([account?.id]);
    expect(world.spoke.users()).toHaveLength(others.length);
    expect(world.projection(ana.id)?.spec.removal).toMatchObject({ reason: 'Deleted', action: 'SoftDelete' });
  });

  it('A3 soft-deletes a user whom a full cycle does not find and reads by id still show', async () => {
    world = new World({ settings: { latency: { min: 20, max: 300 } } });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.hub.settings.replication.reads = { min: 90_000, max: 90_000 };
    world.hub.settings.replication.delta = { min: 0, max: 0 };
    world.hub.softDelete(ana.id);
    await world.restart();
    expect(world.projection(ana.id)?.spec.lifecycle).toBe('Present');
    await untilState(world, ana, 'SoftDeleted');
  });

  it('A3 soft-deletes a user who was unassigned', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    const assigned = [ana, ...others].map(({ id }) => ({ id }));
    await provisioned(world, [ana, ...others], { scope: { type: 'Assigned', users: assigned } });
    world.applyConfiguration({ scope: { type: 'Assigned', users: assigned.slice(1) } });
    await untilState(world, ana, 'SoftDeleted');
    expect(world.accountsOf('ana@contoso.com')).toEqual([]);
    expect(world.spoke.users()).toHaveLength(others.length);
    expect(world.projection(ana.id)?.spec.removal?.reason).toBe('Unassigned');
  });

  it('A3 soft-deletes a user who was removed from an assigned group', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    const group = team('Falcon', [ana, ...others]);
    await provisioned(world, [ana, ...others], { scope: { type: 'Assigned', groups: [{ id: group }] } });
    world.hub.removeMember(group, ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    expect(deletedIds()).toHaveLength(1);
    expect(world.spoke.users()).toHaveLength(others.length);
  });

  it('A3 soft-deletes a user who no longer passes the filters', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { department: 'Sales' });
    const others = [hire(world, 'ben', { department: 'Sales' }), hire(world, 'eva', { department: 'Sales' })];
    const filters = [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }];
    await provisioned(world, [ana, ...others], { scope: { type: 'All', filters } });
    world.hub.updateUser(ana.id, { department: 'Research' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    expect(world.spoke.users()).toHaveLength(2);
    expect(world.projection(ana.id)?.spec.removal?.reason).toBe('FilteredOut');
  });

  it('A3 deletes once although the first answers are errors, and although one is lost', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.entra.faults.add({ effect: 'status', status: 503, match: { operation: 'DELETE /users/{id}' } });
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'DELETE /users/{id}' } });
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    expect(deletedIds()).toHaveLength(1);
    expect(reasonOf(world, ana)).toBe('UserDeleted');
    expect(world.projection(ana.id)?.status.targetUser?.deletedAt).toBeDefined();
  });

  it('A3 says why a deletion is refused, and tries again later', async () => {
    world = new World();
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const account = world.account(ana.id);
    world.spoke.setPrivileged(account?.id ?? '', true);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Failed', lastError: { code: 'Authorization_RequestDenied' } });
    expect(reasonOf(world, ana)).toBe('GraphForbidden');
    expect(world.projection(ana.id)?.status.intent).toBeUndefined();
    world.spoke.setPrivileged(account?.id ?? '', false);
    await untilState(world, ana, 'SoftDeleted', 60 * 60_000);
  });
});

describe('A3 with other actions', () => {
  it('A3 blocks instead and ends sessions where the configuration says so, and lets sign in again whoever returns', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { deprovisioning: { action: 'Block', revokeSessions: true } });
    world.entra.faults.add({ effect: 'status', status: 503, match: { operation: 'POST /users/{id}/revokeSignInSessions' } });
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)).toMatchObject({ properties: { accountEnabled: false }, sessionsRevoked: 1 });
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.properties.accountEnabled).toBe(true);
  });

  it('A3 lets everybody go as they are with Retain, and takes them up again', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { deprovisioning: { action: 'Retain' } });
    const id = world.account(ana.id)?.id;
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Retained');
    expect(world.spoke.log.writes()).toEqual([]);
    world.hub.restore(ana.id);
    world.hub.updateUser(ana.id, { city: 'Lyon' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)).toMatchObject({ id, properties: { city: 'Lyon' } });
  });
});

describe('A4 sign-in', () => {
  it('A4 blocks sign-in of a user who was disabled in the source, and allows it again', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { deprovisioning: { revokeSessions: true } });
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)).toMatchObject({ properties: { accountEnabled: false }, sessionsRevoked: 1 });
    expect(deletedIds()).toEqual([]);
    world.hub.updateUser(ana.id, { accountEnabled: true });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.properties.accountEnabled).toBe(true);
  });

  it('A4 ends sessions although the first attempt to end them failed after the block', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { deprovisioning: { revokeSessions: true } });
    world.entra.faults.add({ effect: 'status', status: 500, match: { operation: 'POST /users/{id}/revokeSignInSessions' } });
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)).toMatchObject({ properties: { accountEnabled: false }, sessionsRevoked: 1 });
  });

  it('A4 says BlockRefused for a privileged user, writes the rest, and goes on saying so after a full cycle', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    world.spoke.setPrivileged(world.account(ana.id)?.id ?? '', true);
    world.hub.updateUser(ana.id, { accountEnabled: false, jobTitle: 'Architect' });
    await nextCycleSettled(world);
    const refused = (): void => {
      expect(world.projection(ana.id)?.status.state).toBe('Provisioned');
      expect(world.projection(ana.id)?.status.refusedAttributes?.map(({ name }) => name)).toContain('accountEnabled');
      expect(reasonOf(world, ana)).toBe('BlockRefused');
      expect(world.account(ana.id)?.properties).toMatchObject({ accountEnabled: true, jobTitle: 'Architect' });
    };
    refused();
    await world.restart();
    await world.run(15 * 60_000);
    refused();
  });
});

describe('A5 disabled before unassigned', () => {
  const scopeOf = (people: readonly { readonly id: string }[]) => ({
    scope: { type: 'Assigned', users: people.map(({ id }) => ({ id })) },
  });

  it('A5 retains an account that was blocked in an earlier cycle and is then unassigned', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    await provisioned(world, [ana, ...others], scopeOf([ana, ...others]));
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    world.applyConfiguration(scopeOf(others));
    await untilState(world, ana, 'Retained');
    expect(deletedIds()).toEqual([]);
    expect(world.accountsOf('ana@contoso.com').map(({ properties }) => properties.accountEnabled)).toEqual([false]);
  });

  it('A5 deletes it when the configuration asks for that, and when the user is deleted in the source', async () => {
    world = new World();
    const [ana, ben] = [hire(world, 'ana'), hire(world, 'ben')];
    const others = staff(world);
    const everybody = [ana, ben, ...others];
    await provisioned(world, everybody, scopeOf(everybody));
    for (const { id } of [ana, ben]) world.hub.updateUser(id, { accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    world.hub.softDelete(ben.id);
    await nextCycleSettled(world);
    await untilState(world, ben, 'SoftDeleted');
    world.applyConfiguration({ ...scopeOf([ben, ...others]), deprovisioning: { disabledUsers: 'SoftDelete' } });
    await untilState(world, ana, 'SoftDeleted');
    expect(deletedIds()).toHaveLength(2);
  });
});

describe('A9 deprovisioning everybody', () => {
  it('A9 stages everybody, counts what is outstanding, says what blocks it, and goes on when it may', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world, 6);
    const group = team('Falcon', people);
    await provisioned(world, people, { scope: { type: 'Assigned', groups: [{ id: group }] } });
    for (const { id } of people) world.hub.removeMember(group, id);
    await nextCycleSettled(world);
    expect(world.configuration().status.stagedDeletions).toMatchObject({ count: 6, percent: 100 });
    expect(world.spoke.users()).toHaveLength(6);
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    await world.run(10 * 60_000);
    approve(world);
    await world.run(30 * 60_000);
    expect(world.spoke.users()).toHaveLength(6);
    expect(world.configuration().status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'UserSyncNotAllowed' }),
    );
    world.spoke.policies.setUserSync(world.hub.tenantId, true);
    for (const person of people) await untilState(world, person, 'SoftDeleted', 60 * 60_000);
    expect(world.spoke.users()).toEqual([]);
    await world.run(60_000);
    expect(world.configuration().status.users).toMatchObject({ inScope: 0, softDeleted: 6 });
  });
});

describe('A10 severing', () => {
  const names = (): readonly unknown[] => world.spoke.users().map(({ id }) => id);

  it('A10 leaves everybody when the configuration is deleted, and no projection hangs', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    await provisioned(world, people);
    const before = names();
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' });
    await world.until('the records to go', () => world.kube.count('UserProjection') === 0);
    expect(world.kube.count('SyncConfiguration')).toBe(0);
    await world.run(60 * 60_000);
    expect(names()).toEqual(before);
    expect(world.spoke.log.writes()).toEqual([]);
  });

  it('A10 leaves everybody when the pair is deleted, and then the configuration', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    await provisioned(world, people);
    const before = names();
    world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace: 'identity' });
    await world.run(30 * 60_000);
    expect(world.kube.count('TenantPair')).toBe(0);
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' });
    await world.until('the records to go', () => world.kube.count('UserProjection') === 0);
    expect(names()).toEqual(before);
    expect(world.spoke.log.writes()).toEqual([]);
  });

  it('A10 leaves everybody when the namespace is deleted, also in the middle of an invitation', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    await provisioned(world, people);
    const before = names();
    world.entra.faults.add({ effect: 'dropBefore', match: { operation: 'POST /invitations' }, times: 5 });
    const late = hire(world, 'late');
    await world.run(15_000);
    await world.sync();
    expect(world.projection(late.id)?.status.intent).toMatchObject({ operation: 'Create' });
    world.kube.delete({ kind: 'Namespace', name: 'identity' });
    await world.until('the namespace to go', () => world.kube.get({ kind: 'Namespace', name: 'identity' }) === undefined);
    expect(names()).toEqual(before);
    expect(world.spoke.log.writes()).toEqual([]);
  });

  it('A10 finds the accounts again when a record is deleted by hand', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    await provisioned(world, people);
    const before = names();
    world.kube.delete({ kind: 'UserProjection', name: world.projection(people[0]?.id ?? '')?.metadata.name ?? '', namespace: 'identity' });
    await world.run(60_000);
    await world.restart();
    for (const person of people) await untilState(world, person, 'Provisioned');
    expect(names()).toEqual(before);
    expect(world.spoke.log.writes()).toEqual([]);
  });
});

describe('A11 disabled in the source', () => {
  it('A11 creates no account for a user who is disabled, until that ends', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { accountEnabled: false });
    await provisioned(world, staff(world));
    expect(world.projection(ana.id)?.status.state).toBe('Skipped');
    expect(reasonOf(world, ana)).toBe('SourceDisabled');
    expect(world.accountsOf('ana@contoso.com')).toEqual([]);
    world.hub.updateUser(ana.id, { accountEnabled: true });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });
});
