import { World } from '../support/world.ts';

describe('A4 C10 refusals', () => {
  let world: World;
  afterEach(() => world.end());

  it('A4 tries a refused block again when it is asked to, and gets it through once the role is gone', async () => {
    world = new World();
    const people = Array.from({ length: 12 }, (_, index) => world.hub.createUser({ properties: { displayName: `Person ${index}` } }).id);
    await world.begin();
    await world.until('everybody', () => people.every((id) => world.projection(id)?.status.state === 'Provisioned'));
    const [admin = ''] = people;
    const account = world.account(admin)?.id ?? '';
    world.spoke.setPrivileged(account, true);
    world.hub.updateUser(admin, { accountEnabled: false });
    await world.sync();
    await world.until('the refusal', () => world.projection(admin)?.status.refusedAttributes !== undefined);
    expect(world.projection(admin)?.status.state).toBe('Provisioned');
    expect(world.projection(admin)?.status.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('BlockRefused');

    world.spoke.setPrivileged(account, false);
    world.annotate('UserProjection', world.projection(admin)?.metadata.name ?? '', { 'tenantsync.dev/requested-at': 'again' });
    await world.until('the echo', () => world.projection(admin)?.status.lastHandledReconcileAt === 'again');
    expect(world.account(admin)?.properties.accountEnabled).toBe(false);
    expect(world.projection(admin)?.status.state).toBe('Blocked');
    expect(world.projection(admin)?.status.refusedAttributes).toBeUndefined();
  });
});
