import type { Fault } from '@tenantsync/sandbox/entra';
import { DriftScene, listOfUsers } from '../support/drift-scene.ts';
import { guestIds, guests, replicated, spokeVersions } from '../support/scene.ts';
import type { World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const anchor = 'extensionAttribute15';

describe('E11 what a list of accounts proves', () => {
  let scene: DriftScene;
  let world: World;
  beforeEach(() => {
    scene = new DriftScene();
    ({ world } = scene);
  });
  afterEach(() => world.end());

  const states = (): readonly string[] => scene.people.map((_, index) => scene.record(index).status.state);
  const faultyList = (fault: Partial<Fault>): Fault =>
    ({ effect: 'status', status: 200, match: { tenant: world.spoke.tenantId, path: listOfUsers }, ...fault }) as Fault;

  it.each(['Report', 'Correct'])('E11 A7 with %s an account deleted in the target is said to be, and left deleted', async (policy) => {
    await scene.begin({ policy });
    const { id } = scene.account(0);
    world.spoke.softDelete(id);
    await replicated(world);
    await world.until('it is found', () => scene.reason(0) === 'DeletedInTarget', 2 * hour);
    await scene.passed();
    expect(world.spoke.deletedUsers().map((user) => user.id)).toEqual([id]);
    expect(guests(world)).toHaveLength(3);
    expect(scene.pass()).toMatchObject({ compared: 3, unseen: 0 });
    world.spoke.restore(id);
    await world.until('it is managed again', () => scene.record(0).status.state === 'Provisioned', 8 * hour);
  });

  it.each(['Report', 'Correct'])(
    'E11 A8 with %s an account that was purged waits for a full cycle, and is said to be gone',
    async (policy) => {
      await scene.begin({ policy }, { fullInterval: '24h' });
      const { id } = scene.account(0);
      world.spoke.softDelete(id);
      world.spoke.purge(id);
      await replicated(world);
      const gone = (): boolean => scene.record(0).status.warnings?.some(({ reason }) => reason === 'AccountGone') === true;
      await world.until('it is found', gone, 2 * hour);
      await scene.passed();
      await scene.passed();
      expect(guests(world)).toHaveLength(3);
      expect(scene.record(0).status.state).toBe('Provisioned');
      await world.restart();
      await world.until('it is created anew', () => guests(world).length === 4, hour);
      await world.until('and said to be', () => !gone(), hour);
    },
  );

  it('E11 I2 an account made internal is a conflict and is not written', async () => {
    await scene.begin({ policy: 'Correct' });
    const { id } = scene.account(0);
    world.spoke.updateUser(id, {
      userPrincipalName: 'person0@fabrikam.com',
      creationType: null,
      externalUserState: null,
      identities: [{ signInType: 'userPrincipalName', issuer: 'fabrikam.onmicrosoft.com', issuerAssignedId: 'person0@fabrikam.com' }],
      department: 'Elsewhere',
    });
    await replicated(world);
    const version = world.spoke.user(id)?.version;
    await world.until('it is found', () => scene.record(0).status.state === 'Conflict', 2 * hour);
    expect(scene.reason(0)).toBe('InternalUserExists');
    await scene.passed();
    expect(world.spoke.user(id)?.version).toBe(version);
    expect(guests(world).length).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['another person', 'default', 'AddressBelongsToAnotherUser'],
    ['another installation', 'other', 'OwnedByOtherInstallation'],
  ])('E11 I15 an account whose anchor was moved to %s is left alone and said to be', async (whose, installation, reason) => {
    await scene.begin({ policy: 'Correct' }, { matching: { anchor: { attribute: anchor } } });
    const person = whose === 'another person' ? '99999999-9999-4999-8999-999999999999' : scene.sourceId(0);
    const value = `tenantsync:1:${world.hub.tenantId}:${person}:by:${installation}`;
    world.spoke.updateUser(scene.account(0).id, { onPremisesExtensionAttributes: { [anchor]: value }, department: 'Elsewhere' });
    await replicated(world);
    const before = spokeVersions(world);
    await world.until('it is found', () => scene.record(0).status.state === 'Conflict', 2 * hour);
    expect(scene.reason(0)).toBe(reason);
    await scene.passed();
    world.hub.updateUser(scene.sourceId(0), { department: 'Research' });
    await world.run(30 * minute);
    expect(spokeVersions(world)).toBe(before);
    world.hub.softDelete(scene.sourceId(0));
    await world.until('let go', () => scene.record(0).status.state === 'Retained', 2 * hour);
    expect(spokeVersions(world)).toBe(before);
  });

  it('E11 I15 an anchor that is gone is drift, and set back', async () => {
    await scene.begin({ policy: 'Correct' }, { matching: { anchor: { attribute: anchor } } });
    const anchored = (): unknown => (scene.account(0).properties.onPremisesExtensionAttributes as Record<string, unknown>)[anchor];
    const value = anchored();
    await scene.change(0, { onPremisesExtensionAttributes: { [anchor]: null } });
    await world.until('it is back', () => anchored() === value, 2 * hour);
    expect(value).toContain(scene.sourceId(0));
  });

  it('E11 I14 a list without our accounts proves nothing: each is looked for by its id', async () => {
    await scene.begin({ policy: 'Report' });
    const before = guestIds(world);
    await scene.change(1, { department: 'Elsewhere' });
    world.entra.faults.add(faultyList({ effect: 'status', status: 200, body: JSON.stringify({ value: [] }) }));
    await scene.passed();
    expect(scene.pass()).toMatchObject({ result: 'Succeeded', compared: 0, unseen: 4 });
    expect(states()).toEqual(['Provisioned', 'Provisioned', 'Provisioned', 'Provisioned']);
    expect(scene.drift(1)).toEqual(['department']);
    expect(guestIds(world)).toEqual(before);
  });

  it.each<[string, Partial<Fault>, string]>([
    ['is an error', { effect: 'status', status: 500 }, 'GraphUnavailable'],
    ['breaks off', { effect: 'truncate' }, 'GraphUnavailable'],
    ['has no list', { effect: 'emptyAnswer' }, 'GraphUnavailable'],
    [
      'has users with an id and nothing else',
      { effect: 'status', status: 200, body: JSON.stringify({ value: [{ id: '11111111-1111-4111-8111-111111111111' }] }) },
      'GraphUnavailable',
    ],
    ['is refused', { effect: 'status', status: 400, code: 'Request_BadRequest' }, 'RequestInvalid'],
  ])('E11 I14 a pass whose second page %s ends there, says so, touches nobody, and is repeated', async (_, fault, reason) => {
    await scene.begin({ policy: 'Correct' });
    scene.crowd(1500);
    await replicated(world);
    const records = world.projections().map(({ metadata }) => metadata.resourceVersion);
    const before = spokeVersions(world);
    const handle = world.entra.faults.add(
      faultyList({ ...fault, match: { tenant: world.spoke.tenantId, path: /\/users\?.*skiptoken/i }, probability: 1 }),
    );
    await world.until('it ends', () => scene.pass()?.result === 'Incomplete', 2 * hour);
    expect(scene.pass()).toMatchObject({ reason, unseen: 0 });
    expect(world.projections().map(({ metadata }) => metadata.resourceVersion)).toEqual(records);
    expect(spokeVersions(world)).toBe(before);
    expect(handle.applied).toBeGreaterThan(0);
    handle.remove();
    await world.until('it is repeated', () => scene.pass()?.result === 'Succeeded', hour);
    expect(scene.pass()).toMatchObject({ compared: 4 });
  });

  it('E11 I14 a list that leads in circles ends', async () => {
    await scene.begin({ policy: 'Report' });
    scene.crowd(1500);
    await replicated(world);
    const links: string[] = [];
    const off = world.entra.intercept({
      before: ({ path }) => {
        if (listOfUsers.test(path)) links.push(path);
      },
    });
    const next = `https://graph.microsoft.com/v1.0/users?$select=id&$top=999&$skiptoken=circle`;
    const round = JSON.stringify({ value: [], '@odata.nextLink': next });
    const circle = world.entra.faults.add({
      effect: 'status',
      status: 200,
      body: round,
      match: { tenant: world.spoke.tenantId, path: listOfUsers },
      probability: 1,
    });
    await world.until('it ends', () => scene.pass()?.result === 'Incomplete', 2 * hour);
    off();
    circle.remove();
    expect(links.length).toBeLessThan(10);
    expect(states()).toEqual(['Provisioned', 'Provisioned', 'Provisioned', 'Provisioned']);
  });

  it('E11 accounts that were let go or deleted by us are not looked at', async () => {
    await scene.begin(
      { policy: 'Correct' },
      {
        scope: { type: 'All', filters: [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'NotEquals', value: 'Left' }] }] },
        deprovisioning: { action: 'Retain' },
      },
    );
    const { id } = scene.account(0);
    world.hub.updateUser(scene.sourceId(0), { department: 'Left' });
    await world.until('let go', () => scene.record(0).status.state === 'Retained', hour);
    world.spoke.updateUser(id, { department: 'Elsewhere', displayName: 'Mine now' });
    await replicated(world);
    await scene.passed();
    await scene.passed();
    expect(world.spoke.user(id)?.properties).toMatchObject({ department: 'Elsewhere', displayName: 'Mine now' });
    expect(scene.pass()).toMatchObject({ compared: 3, drifted: 0, unseen: 0 });
    world.spoke.softDelete(id);
    await scene.passed();
    expect(scene.record(0).status.state).toBe('Retained');
  });
});
