import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { hire, provisioned } from '../support/people.ts';
import { enabledGuests, events, guests, hire as hireMany, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const patient = { interval: '24h', fullInterval: '72h' };

describe('E4 provision-users', () => {
  let world: World;
  let requests = 0;
  afterEach(() => world.end());

  const answered = () => world.configuration().status.lastHandledProvisionUsers;
  const request = (users: string, token = `t${(requests += 1)}`): string => {
    world.annotate('SyncConfiguration', 'staff', { [annotations.provisionUsers]: `${token}:${users}` });
    return token;
  };
  /** The results for these users, within the 15 seconds that an idle operator has. */
  const provision = async (...users: readonly (SandboxUser | undefined | string)[]): Promise<readonly string[]> => {
    const names = users.map((user) => (typeof user === 'string' ? user : (user?.id ?? '')));
    const token = request(names.join(','));
    await world.until('it is answered', () => answered()?.token === token, 15_000);
    return (answered()?.results ?? []).map(({ result, reason }) => `${result ?? ''} ${reason ?? ''}`);
  };
  const upn = (name: string): string => `${name}@contoso.com`;

  /** Some people who are there, and an operator that does nothing by itself for a day. */
  async function company(count = 10, configuration: JsonObject = {}): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, count);
    await provisioned(world, people, { ...patient, ...configuration });
    return people;
  }

  it('E4 creates, updates, disables, deletes and leaves alone whoever is named, by id or by name in any case', async () => {
    const [ana, eva, ida, uma] = await company();
    const nora = hire(world, 'nora');
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
    world.hub.updateUser(eva?.id ?? '', { accountEnabled: false });
    world.hub.softDelete(ida?.id ?? '');
    await replicated(world);
    const cycle = world.configuration().status.lastCycle?.id;
    const results = await provision(upn('NORA'), ana, eva, ida, uma);
    expect(results).toEqual([
      expect.stringMatching(/^Created (UserCreated|WaitingForReplication)$/),
      'Updated UserUpdated',
      'Disabled UserBlocked',
      'Deleted UserDeleted',
      'Unchanged UserUpdated',
    ]);
    expect(world.account(ana?.id ?? '')?.properties.jobTitle).toBe('Engineer');
    expect(enabledGuests(world)).toHaveLength(9);
    await world.until('she is there', () => world.projection(nora.id)?.status.state === 'Provisioned', minute);
    expect(world.configuration().status.lastCycle?.id).toBe(cycle);
    expect(answered()?.completedAt).toBeDefined();
    world.hub.restore(ida?.id ?? '');
    await replicated(world);
    expect(await provision(ida)).toEqual([expect.stringMatching(/^(Restored UserRestored|Failed WaitingForReplication)$/)]);
    await world.until('she is back', () => world.account(ida?.id ?? '') !== undefined, minute);
  });

  it('E4 E7 named users pass the guard, and nobody else does', async () => {
    const people = await company(10, { deprovisioning: { guard: { threshold: 2, percent: 100 } } });
    for (const { id } of people.slice(0, 4)) world.hub.softDelete(id);
    await replicated(world);
    await world.sync();
    expect(world.configuration().status.stagedDeletions?.count).toBe(4);
    expect(await provision(people[0], people[1])).toEqual(['Deleted UserDeleted', 'Deleted UserDeleted']);
    await world.run(5 * minute);
    expect(guests(world)).toHaveLength(8);
    expect(world.configuration().status.stagedDeletions?.count).toBe(2);
  });

  it('E4 E7 a named user is created although creations are limited', async () => {
    await company(4, { deprovisioning: { guard: { creations: 4 } } });
    const [nora, lea] = [hire(world, 'nora'), hire(world, 'lea')];
    await replicated(world);
    await world.sync();
    await world.until('both wait', () => world.configuration().status.stagedCreations?.count === 2);
    await provision(nora);
    await world.until('she is there', () => world.account(nora.id) !== undefined, minute);
    await world.run(5 * minute);
    expect(world.account(lea.id)).toBeUndefined();
    expect(world.configuration().status.stagedCreations?.count).toBe(1);
  });

  it('E4 B11 B5 named users pass neither a limit nor a claim', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 4);
    await replicated(world);
    world.applyPair({ limits: { maxUsers: 4 } });
    world.applyConfiguration(patient);
    await world.startOperator();
    await world.until('everybody is there', () => guests(world).length === 4);
    const nora = hire(world, 'nora');
    await world.run(20 * minute);
    expect(await provision(nora)).toEqual(['Skipped LimitReached']);
    expect(guests(world)).toHaveLength(4);
    world.applyConfiguration({ ...patient, scope: { type: 'Assigned', users: [{ id: people[0]?.id ?? '' }] } }, 'younger');
    await world.until('it has begun', () => world.configuration('younger').status.lastCycle !== undefined);
    world.annotate('SyncConfiguration', 'younger', { [annotations.provisionUsers]: `t:${people[0]?.id ?? ''}` });
    await world.until('it is answered', () => world.configuration('younger').status.lastHandledProvisionUsers?.token === 't', 15_000);
    expect(world.configuration('younger').status.lastHandledProvisionUsers?.results).toMatchObject([
      { result: 'Skipped', reason: 'ClaimedByOtherConfiguration' },
    ]);
  });

  it('E4 says who is unknown, out of scope, an outsider or rejected', async () => {
    const people = await company(10, {
      scope: { type: 'All', filters: [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'NotEquals', value: 'Legal' }] }] },
      deprovisioning: { guard: { threshold: 2, percent: 100 } },
    });
    const [ana, eva] = people;
    const lawyer = hire(world, 'lea', { department: 'Legal' });
    const outsider = world.hub.createExternalUser({ address: 'x@elsewhere.com' });
    for (const user of [ana, eva]) world.hub.updateUser(user?.id ?? '', { accountEnabled: false });
    await replicated(world);
    await world.sync();
    const token = world.configuration().status.stagedDeletions?.token ?? '';
    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token });
    await world.run(minute);
    const results = await provision('nobody@contoso.com', '00000000-0000-0000-0000-000000000001', lawyer, outsider, ana);
    expect(results.slice(0, 4)).toEqual(['Failed UserNotFound', 'Failed UserNotFound', 'Skipped FilteredOut', 'Skipped NotInternalMember']);
    // A rejection stands for whoever is named, too.
    expect(results[4]).toBe('Unchanged UserUpdated');
    expect(enabledGuests(world)).toHaveLength(10);
  });

  it.each([
    ['more than 20 users', Array.from({ length: 21 }, (_, index) => upn(`u${index}`)).join(','), 'at most 20'],
    ['no user', ' ', 'names no user'],
  ])('E4 a request with %s is refused, and said to be', async (_, users, message) => {
    await company(2);
    const token = request(users);
    await world.until('it is answered', () => answered()?.token === token, 15_000);
    expect(answered()).toMatchObject({ results: [], message: expect.stringContaining(message) as string });
    expect(events(world).filter(({ reason }) => reason === 'RequestRefused')).toHaveLength(1);
  });

  it('E4 E7 a staged block of which the request can tell nothing waits on', async () => {
    const [ana, eva, ida] = await company(5, {
      deprovisioning: { guard: { threshold: 2 } },
      attributeMappings: [
        { target: 'accountEnabled', expression: 'IIF(IsPresent(CDate([extensionAttribute1])), [accountEnabled], [accountEnabled])' },
      ],
    });
    for (const user of [ana, eva, ida]) world.hub.updateUser(user?.id ?? '', { accountEnabled: false });
    await replicated(world);
    await world.sync();
    await world.until('they are staged', () => world.configuration().status.stagedDeletions?.count === 3, 10 * minute);
    const staged = world.configuration().status.stagedDeletions?.token;
    world.hub.updateUser(ana?.id ?? '', { accountEnabled: true, onPremisesExtensionAttributes: { extensionAttribute1: 'never' } });
    await replicated(world);
    await provision(ana);
    expect(world.projection(ana?.id ?? '')?.spec).toMatchObject({ blockStaged: true });
    expect(world.configuration().status.stagedDeletions).toMatchObject({ count: 3, token: staged });
    await world.run(10 * minute);
    expect(enabledGuests(world)).toHaveLength(5);
  });

  it('E4 I13 a request that comes with a resource that is made anew is refused: it may have been answered before', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    await replicated(world);
    const limited = { ...patient, deprovisioning: { guard: { creations: 4 } } };
    await world.begin(limited);
    await world.until('two wait', () => guests(world).length === 4 && world.configuration().status.stagedCreations?.count === 2);
    const { token } = world.configuration().status.stagedCreations ?? {};
    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token ?? '' });
    await world.run(10 * minute);
    await provision(...people);
    const value = world.configuration().metadata.annotations?.[annotations.provisionUsers] ?? '';
    const { apiVersion, kind, spec } = world.configuration() as never as JsonObject;
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    await world.until('it is gone', () => world.kube.get({ kind: 'SyncConfiguration', name: 'staff', namespace }) === undefined);
    const metadata = { name: 'staff', namespace, annotations: { [annotations.provisionUsers]: value } };
    world.kube.apply({ apiVersion, kind, metadata, spec });
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(4);
    expect(world.configuration().status.lastHandledProvisionUsers?.message).toContain('may have been answered before');
    await provision(...people);
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(6);
  });

  it('E4 a token that was answered before is said to be repeated, and does nothing', async () => {
    const [ana, eva] = await company(4);
    const token = request(ana?.id ?? '');
    await world.until('it is answered', () => answered()?.token === token, 15_000);
    world.hub.updateUser(eva?.id ?? '', { jobTitle: 'Engineer' });
    await replicated(world);
    request(eva?.id ?? '', token);
    await world.until('it is said', () => events(world).some(({ reason }) => reason === 'RequestRefused'), 15_000);
    await world.run(5 * minute);
    expect(world.account(eva?.id ?? '')?.properties.jobTitle).not.toBe('Engineer');
  });

  it('E4 is answered while the configuration is suspended, by why nothing is done', async () => {
    const [ana] = await company(2);
    world.applyConfiguration({ ...patient, suspend: true });
    await world.run(minute);
    expect(await provision(ana)).toEqual(['Failed Suspended']);
  });

  it('E4 is answered once the operator is back, whatever was killed meanwhile', async () => {
    const [ana] = await company(3);
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
    await replicated(world);
    const token = request(ana?.id ?? '');
    await world.run(400);
    world.killOperator();
    await world.run(minute);
    await world.startOperator();
    await world.until('it is answered', () => answered()?.token === token, 2 * minute);
    expect(world.account(ana?.id ?? '')?.properties.jobTitle).toBe('Engineer');
  });

  it('E4 E10 writes nothing in Plan mode', async () => {
    world = new World({ settings: unfriendly });
    const [ana] = hireMany(world, 3);
    await replicated(world);
    await world.begin({ ...patient, mode: 'Plan' });
    await world.run(minute);
    expect(await provision(ana)).toEqual(['Skipped Planned']);
    expect(guests(world)).toEqual([]);
  });
});
