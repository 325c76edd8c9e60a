import { guests } from '../support/scene.ts';
import { hire, nextCycleSettled, provisioned, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;

/** A proxy answers writes with success that are never carried out: nothing is concluded from that (I14). */
describe('I14 a write that is answered otherwise than Graph answers it is not believed', () => {
  let world: World;
  afterEach(() => world.end());

  const swallow = (operation: string, status: number, body = '{}'): void =>
    void world.entra.faults.add({ effect: 'status', status, body, times: 2, match: { tenant: world.spoke.tenantId, operation } });

  async function withAna() {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world, 12)]);
    return ana;
  }

  /** Two full cycles and a restart: what was believed wrongly is believed for good. */
  async function longAfter(): Promise<void> {
    await nextCycleSettled(world);
    await world.run(30 * minute);
    await world.restart();
    await world.run(26 * 60 * minute);
  }

  it.each([
    [200, '{}'],
    [202, ''],
    [200, '<html></html>'],
  ])('who has left is deleted although the deletion was answered with %i %s', async (status, body) => {
    const ana = await withAna();
    swallow('DELETE /users/{id}', status, body);
    world.hub.softDelete(ana.id);
    await longAfter();
    expect(world.spoke.deletedUsers().map(({ invitedAddress }) => invitedAddress)).toEqual(['ana@contoso.com']);
    expect(guests(world)).toHaveLength(12);
    expect(world.projection(ana.id)?.status.state).toBe('SoftDeleted');
  });

  it('who was disabled is blocked, although the change was answered with 200', async () => {
    const ana = await withAna();
    swallow('PATCH /users/{id}', 200);
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await longAfter();
    expect(world.account(ana.id)?.properties.accountEnabled).toBe(false);
    expect(world.projection(ana.id)?.status.state).toBe('Blocked');
  });

  it('who comes back is restored, although the restore was answered with another object', async () => {
    const ana = await withAna();
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    await world.run(20 * minute);
    swallow('POST /directory/deletedItems/{id}/restore', 200);
    world.hub.restore(ana.id);
    await longAfter();
    expect(world.account(ana.id)).toMatchObject({ properties: { accountEnabled: true } });
    expect(world.spoke.deletedUsers()).toEqual([]);
    expect(world.projection(ana.id)?.status.state).toBe('Provisioned');
  });

  it('who is new is invited once, and has a manager, although both were answered with 200', async () => {
    const ana = await withAna();
    swallow('POST /invitations', 200, JSON.stringify({ invitedUser: { id: '11111111-1111-4111-8111-111111111111' } }));
    swallow('PUT /users/{id}/manager/$ref', 200);
    const ben = hire(world, 'ben');
    world.hub.setManager(ben.id, ana.id);
    await longAfter();
    expect(guests(world).filter(({ invitedAddress }) => invitedAddress === 'ben@contoso.com')).toHaveLength(1);
    expect(world.account(ben.id)?.managerId).toBe(world.account(ana.id)?.id);
  });
});
