import { hire, nextCycleSettled, provisioned, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;

/** What a pass has done is recorded, whatever becomes of its later steps; what is refused fails alone (I12, C10). */
describe('I12 a failed step forgets nothing of the ones before', () => {
  let world: World;
  afterEach(() => world.end());

  const refuse = (operation: string, status = 403): void =>
    void world.entra.faults.add({
      effect: 'status',
      status,
      times: 1_000_000,
      match: { operation, tenant: world.spoke.tenantId },
    });

  /** Ana, who is to get a manager whom the target refuses, in an assigned group. */
  async function refusedManager(operation = 'PUT /users/{id}/manager/$ref', status = 403) {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Clerk' });
    const boss = hire(world, 'boss');
    const others = staff(world);
    const group = world.hub.createGroup({ displayName: 'Team', members: [ana, boss, ...others].map(({ id }) => id) }).id;
    await provisioned(world, [ana, boss, ...others], { scope: { type: 'Assigned', groups: [{ id: group }] } });
    await world.run(15 * minute);
    refuse(operation, status);
    world.hub.setManager(ana.id, boss.id);
    world.hub.updateUser(ana.id, { jobTitle: 'Chief' });
    await nextCycleSettled(world);
    await world.run(5 * minute);
    return { ana, group };
  }

  it('C10 a refused manager is named, and the rest of the user is written', async () => {
    const { ana } = await refusedManager();
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Chief');
    const { status } = world.projection(ana.id) ?? {};
    expect(status?.state).toBe('Provisioned');
    expect(status?.refusedAttributes?.map(({ name }) => name)).toEqual(['manager']);
    expect(status?.history?.[0]?.modifiedAttributes).toContain('jobTitle');
  });

  it('A5 retains who was blocked and then unassigned, although the manager was refused all the while', async () => {
    const { ana, group } = await refusedManager();
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await nextCycleSettled(world);
    await world.run(5 * minute);
    expect(world.account(ana.id)?.properties.accountEnabled).toBe(false);
    expect(world.projection(ana.id)?.status.targetUser?.signInBlockedAt).toBeDefined();
    world.hub.removeMember(group, ana.id);
    await world.run(5 * minute);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Retained');
    expect(world.spoke.deletedUsers()).toEqual([]);
  });

  it('C8 what the target edits after a refusal stays, however often the refused part is tried again', async () => {
    const { ana } = await refusedManager();
    world.spoke.updateUser(world.account(ana.id)?.id ?? '', { jobTitle: 'Edited there' });
    for (let round = 0; round < 3; round += 1) {
      await world.restart();
      await world.run(30 * minute);
    }
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Edited there');
  });

  it.each([
    ['the manager gets no answer for hours', 'PUT /users/{id}/manager/$ref', 503],
    ['the manager is throttled for hours', 'PUT /users/{id}/manager/$ref', 429],
  ])('I12 a block is known and edits of the target stay although %s', async (_, operation, status) => {
    const { ana } = await refusedManager(operation, status);
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await world.run(20 * minute);
    expect(world.account(ana.id)?.properties.accountEnabled).toBe(false);
    expect(world.projection(ana.id)?.status.targetUser?.signInBlockedAt).toBeDefined();
    world.spoke.updateUser(world.account(ana.id)?.id ?? '', { jobTitle: 'Edited there' });
    await world.run(120 * minute);
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Edited there');
    world.entra.faults.clear();
    await world.run(26 * 60 * minute);
    expect(typeof world.account(ana.id)?.managerId).toBe('string');
    expect(world.projection(ana.id)?.status.state).toBe('Blocked');
  });

  it.each([403, 500, 429])('A4 a block stands without the end of sessions, which answers %d', async (status) => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { deprovisioning: { revokeSessions: true } });
    refuse('POST /users/{id}/revokeSignInSessions', status);
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.projection(ana.id)?.status.refusedAttributes).toBeUndefined();
    await world.run(3 * 60 * minute);
    expect(world.projection(ana.id)?.status).toMatchObject({
      state: 'Blocked',
      targetUser: { signInBlockedAt: expect.any(String) as string },
    });
    expect(world.projection(ana.id)?.status.targetUser?.sessionsOpen).toBeUndefined();
  });

  it('I12 two lost answers in a row are no attempt of the user', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Clerk' });
    await provisioned(world, [ana, ...staff(world)]);
    const match = { operation: 'PATCH /users/{id}', tenant: world.spoke.tenantId };
    world.entra.faults.add({ effect: 'dropBefore', times: 2, match });
    world.hub.updateUser(ana.id, { jobTitle: 'Chief' });
    await world.run(10_000);
    await world.sync();
    await world.until('it is written', () => world.account(ana.id)?.properties.jobTitle === 'Chief', 60_000);
    expect(world.projection(ana.id)?.status.attempts).toBeUndefined();
  });
});
