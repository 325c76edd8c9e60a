import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

describe('A1 creation', () => {
  it('A1 gives an in-scope source user one B2B account with its mapped attributes', async () => {
    world = new World();
    const ana = world.hub.createUser({
      userPrincipalName: 'ana.perez@contoso.com',
      properties: { displayName: 'Ana Pérez', jobTitle: 'Engineer' },
    });
    await world.begin();
    expect(world.accountsOf('ana.perez@contoso.com')).toHaveLength(1);
    expect(world.account(ana.id)?.properties).toMatchObject({
      displayName: 'Ana Pérez',
      jobTitle: 'Engineer',
      userType: 'Member',
      accountEnabled: true,
    });
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Provisioned' });
  });

  it('A1 creates everybody once with lag, throttling and latency, and sends no message', async () => {
    world = new World({ settings: unfriendly });
    const people = Array.from({ length: 12 }, (_, index) => hire(world, `person${index}`, { department: `Department ${index}` }));
    await world.begin();
    for (const person of people) await untilState(world, person, 'Provisioned');
    expect(world.spoke.users()).toHaveLength(12);
    expect(people.map((person) => world.account(person.id)?.properties.department)).toEqual(
      people.map((person) => person.properties.department),
    );
    expect(world.spoke.invitationMessages()).toEqual([]);
  });

  it('A1 finds the account of an invitation whose answer was lost, and does not invite twice', async () => {
    world = new World({ settings: unfriendly });
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' }, times: 2 });
    const people = [hire(world, 'ana'), hire(world, 'ben'), hire(world, 'eva', { jobTitle: 'Engineer' })];
    await world.begin();
    for (const person of people) await untilState(world, person, 'Provisioned');
    expect(world.spoke.users()).toHaveLength(3);
    expect(world.spoke.log.count('POST /invitations')).toBe(3);
    expect(people.map((person) => world.projection(person.id)?.status.targetUser?.origin)).toEqual(['Created', 'Created', 'Created']);
    expect(people.map((person) => world.account(person.id)?.properties.showInAddressList)).toEqual([true, true, true]);
  });

  it('A1 finds the account of an invitation that took effect behind a server error', async () => {
    world = new World({ settings: unfriendly });
    world.entra.faults.add({ effect: 'status', status: 500, apply: true, match: { operation: 'POST /invitations' } });
    const ana = hire(world, 'ana');
    await world.begin();
    await untilState(world, ana, 'Provisioned');
    expect(world.spoke.users()).toHaveLength(1);
  });

  it('A1 invites again when an invitation that was lost did not arrive', async () => {
    world = new World();
    world.entra.faults.add({ effect: 'dropBefore', match: { operation: 'POST /invitations' } });
    const ana = hire(world, 'ana');
    await world.begin();
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Failed', attempts: 1, intent: { operation: 'Create' } });
    expect(world.projection(ana.id)?.status.nextAttemptAt).toBeDefined();
    await untilState(world, ana, 'Provisioned');
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  it('A1 finds a lost account under the address that was invited although the user was renamed meanwhile', async () => {
    world = new World({ settings: { replication: { reads: { min: 20_000, max: 30_000 }, advanced: { min: 20_000, max: 30_000 } } } });
    const ana = hire(world, 'ana');
    await world.run(60_000);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' } });
    await world.begin({ interval: '1m' });
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.maria@contoso.com' });
    await world.run(40_000);
    await world.sync();
    await untilState(world, ana, 'Provisioned');
    await world.run(20 * 60_000);
    expect(world.spoke.users()).toHaveLength(1);
    expect(world.account(ana.id)).toBeDefined();
  });

  it('A1 keeps to one account when the process is killed around the invitation', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    const end = world.entra.intercept({
      after: ({ operation }) => {
        if (operation === 'POST /invitations') world.killOperator();
      },
    });
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await world.until('the kill', () => !world.running);
    end();
    expect(world.projection(ana.id)?.status.intent).toMatchObject({ operation: 'Create' });
    await world.startOperator();
    await untilState(world, ana, 'Provisioned');
    expect(world.spoke.users()).toHaveLength(1);
    expect(world.spoke.log.count('POST /invitations')).toBe(1);
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Engineer', showInAddressList: true });
    expect(world.projection(ana.id)?.status.targetUser?.origin).toBe('Created');
  });

  it('A1 goes on after refused and lost writes of the attributes', async () => {
    world = new World({ settings: unfriendly });
    world.entra.faults.add({ effect: 'status', status: 503, match: { operation: 'PATCH /users/{id}' }, times: 2 });
    world.entra.faults.add({ effect: 'throttle', retryAfter: 7, match: { operation: 'PATCH /users/{id}' }, times: 2 });
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'PATCH /users/{id}' }, times: 2 });
    const people = Array.from({ length: 6 }, (_, index) => hire(world, `person${index}`, { city: 'Lyon' }));
    await world.begin();
    for (const person of people) await untilState(world, person, 'Provisioned');
    expect(people.map((person) => world.account(person.id)?.properties.city)).toEqual(people.map(() => 'Lyon'));
    expect(world.spoke.users()).toHaveLength(6);
  });
});

describe('A2 updates', () => {
  it('A2 brings a change to the target in the next cycle and writes only what differs', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer', city: 'Lyon' });
    await provisioned(world, [ana, ...staff(world)]);
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Architect', city: 'Lyon' });
    const patches = world.spoke.log.writes();
    expect(patches.map(({ objectId }) => objectId)).toEqual([world.account(ana.id)?.id]);
    expect(Object.keys(JSON.parse(patches[0]?.body ?? '{}') as object).sort()).toEqual(['jobTitle', 'showInAddressList']);
  });

  it('A2 sets a value back although the target still shows the time before the last change', async () => {
    world = new World();
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await world.begin();
    await world.run(20 * 60_000);
    world.spoke.settings.replication.reads = { min: 120_000, max: 120_000 };
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await world.sync();
    await world.run(20_000);
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Architect');
    world.hub.updateUser(ana.id, { jobTitle: 'Engineer' });
    await world.sync();
    await world.run(15 * 60_000);
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Engineer');
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Provisioned' });
    expect(world.projection(ana.id)?.status.nextAttemptAt).toBeUndefined();
  });

  it('A2 repeats a lost or failed update with growing pauses, and says so meanwhile', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana]);
    const fault = world.entra.faults.add({ effect: 'status', status: 500, match: { operation: 'PATCH /users/{id}' }, times: 7 });
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await world.run(15_000);
    await world.sync();
    await untilState(world, ana, 'Failed');
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Failed', attempts: 1 });
    expect(reasonOf(world, ana)).toBe('GraphUnavailable');
    await untilState(world, ana, 'Provisioned', 60 * 60_000);
    expect(fault.applied).toBe(7);
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Architect');
    expect(world.projection(ana.id)?.status.attempts).toBeUndefined();
  });
});
