import { condition, deltaLink, guests, hire, replicated } from '../support/scene.ts';
import { World } from '../support/world.ts';

const minute = 60_000;

describe('I14 no value from outside has the whole status refused', () => {
  let world: World;
  afterEach(() => world.end());

  const status = (): ReturnType<World['configuration']>['status'] => world.configuration().status;
  const pad = (length: number): string => `&pad=${'x'.repeat(length)}`;

  /** From now on the delta links of the operation are as long as the test says. */
  function lengthen(operation: string, stored: string | undefined, length: number): void {
    const [link = '', fragment] = (stored ?? '').split('#');
    // Where nothing is told, the link before is as good.
    const told = operation === 'GET /users/delta' ? world.projections()[0]?.spec.source.objectId : world.hub.groups()[0]?.id;
    const body = JSON.stringify({ value: [{ id: told }], '@odata.deltaLink': `${link}${pad(length)}` });
    expect(fragment === undefined || fragment.startsWith('select=')).toBe(true);
    world.entra.faults.add({ effect: 'status', status: 200, body, match: { operation } });
  }

  async function company(scoped: boolean): Promise<void> {
    world = new World();
    const people = hire(world, 5);
    const { id } = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
    await replicated(world);
    await world.begin(scoped ? { scope: { type: 'Assigned', groups: [{ id }] } } : {});
    await world.until('everybody is there', () => guests(world).length === 5);
    await world.run(10 * minute);
  }

  it.each([
    ['users', 'GET /users/delta', 100_000, true],
    ['groups', 'GET /groups/delta', 600_000, true],
    ['users', 'GET /users/delta', 400_000, true],
    ['users', 'GET /users/delta', 1_000_000, false],
    ['groups', 'GET /groups/delta', 1_000_000, false],
  ] as const)(
    'a delta link of the %s (%s) of %i characters: the cycle is completed, and kept: %s',
    async (name, operation, length, kept) => {
      await company(name === 'groups');
      lengthen(operation, deltaLink(world, name), length);
      await world.sync();
      expect(status().lastCycle).toMatchObject({ result: 'Succeeded', kind: 'Incremental' });
      expect(deltaLink(world, name) !== undefined).toBe(kept);
      expect(JSON.stringify(status()).length).toBeLessThan(10_000);
      expect((status().warnings ?? []).some(({ reason }) => reason === 'DeltaLinkTooLong')).toBe(!kept);
      const { startedAt } = status().lastCycle ?? {};
      const [late] = hire(world, 1, 'late');
      const group = world.hub.groups()[0]?.id ?? '';
      world.hub.addMember(group, late?.id ?? '');
      await world.until('the hire', () => world.account(late?.id ?? '') !== undefined, 20 * minute);
      await world.run(minute);
      // A link that is not kept is no reason to begin the next cycle at once.
      expect(Date.parse(status().lastCycle?.startedAt ?? '') - Date.parse(startedAt ?? '')).toBeGreaterThanOrEqual(5 * minute - 1000);
      expect(condition(world.configuration())?.status).toBe('True');
    },
  );

  it.each([
    ['a long value', 'v'.repeat(100_000)],
    ['a value that breaks off in a character', `${'v'.repeat(252)}\u{1F600}\u{1F600}`],
  ])('a request with %s is answered once, and holds up nothing', async (_, value) => {
    await company(false);
    world.hub.log.reset();
    for (const name of ['requested-at', 'restarted-at'])
      world.annotate('SyncConfiguration', 'staff', { [`tenantsync.dev/${name}`]: value });
    await world.until('the answer', () => status().lastHandledRestartAt !== undefined, 2 * minute);
    await world.run(3 * minute);
    expect(world.hub.log.count('GET /users/delta')).toBeLessThan(10);
    expect(value.startsWith((status().lastHandledReconcileAt ?? '').slice(0, 252))).toBe(true);
    expect(condition(world.configuration())?.status).toBe('True');
  });

  it('an id that is none is that user’s matter alone', async () => {
    await company(false);
    const link = deltaLink(world, 'users') ?? '';
    const body = JSON.stringify({
      value: [
        { id: 'x'.repeat(5000), userPrincipalName: 'bad@contoso.com', userType: 'Member' },
        { id: '../etc', '@removed': { reason: 'deleted' } },
      ],
      '@odata.deltaLink': link.split('#')[0],
    });
    world.entra.faults.add({ effect: 'status', status: 200, body, match: { operation: 'GET /users/delta' } });
    await world.sync();
    expect(status().lastCycle).toMatchObject({ result: 'Succeeded', skipped: { RecordRefused: 2 } });
    expect(guests(world)).toHaveLength(5);
  });
});
