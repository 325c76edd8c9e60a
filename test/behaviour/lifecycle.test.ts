import { World } from '../support/world.ts';

describe('A. Lifecycle of a projected user', () => {
  let world: World;
  afterEach(() => world.end());

  it('A1 gives an in-scope source user one B2B account with its mapped attributes', async () => {
    world = new World();
    const ana = world.hub.createUser({ userPrincipalName: 'ana.perez@contoso.com', displayName: 'Ana Pérez', jobTitle: 'Engineer' });
    await world.begin();
    expect(world.accountsOf('ana.perez@contoso.com')).toHaveLength(1);
    expect(world.account(ana.id)).toMatchObject({ displayName: 'Ana Pérez', jobTitle: 'Engineer', userType: 'Member', accountEnabled: true });
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Provisioned' });
  });
});
