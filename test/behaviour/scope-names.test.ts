import { condition, events, guestIds, guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, World, type WorldOptions } from '../support/world.ts';

const minute = 60_000;
const upn = (name: string): string => `${name}@contoso.com`;

describe('E6 one bad name in scope.users is a warning about that name, and the others go on', () => {
  let world: World;
  const lines: string[] = [];
  afterEach(() => world.end());

  const logger: NonNullable<WorldOptions['logger']> = {
    debug: () => undefined,
    info: (message, fields) => void lines.push(JSON.stringify([message, fields])),
    warn: (message, fields) => void lines.push(JSON.stringify([message, fields])),
    error: (message, fields) => void lines.push(JSON.stringify([message, fields])),
    child: () => logger,
  };
  const named = (...names: readonly string[]): object => ({
    scope: { type: 'Assigned', users: names.map((name) => ({ userPrincipalName: upn(name) })) },
    matching: { anchor: { attribute: 'extensionAttribute15' } },
  });
  const warnings = (): readonly { readonly reason: string; readonly message: string }[] => world.configuration().status.warnings ?? [];

  async function three(): Promise<void> {
    lines.length = 0;
    world = new World({ settings: unfriendly, logger });
    hire(world, 3);
    await replicated(world);
  }

  it('E6 one of three is gone: the two are synchronized, and the warning gives the place in the spec and no name', async () => {
    await three();
    await world.begin({ ...named('person0', 'nobody', 'person2') });
    await world.until('the two are there', () => guests(world).length === 2);
    expect(condition(world.configuration())).toMatchObject({ status: 'True', reason: 'Succeeded' });
    expect(condition(world.configuration(), 'Stalled')).toBeUndefined();
    expect(warnings()).toMatchObject([{ reason: 'ScopeNameNotFound' }]);
    expect(warnings()[0]?.message).toMatch(/^spec\.scope\.users\[1\]: /);
    await world.nextCycle();
    await world.stopOperator();
    await world.startOperator();
    await world.run(minute);
    expect(warnings()).toHaveLength(1);
    const told = JSON.stringify([lines, events(world), world.configuration().status.conditions, warnings()]);
    expect(told).not.toContain('nobody');
  });

  it('E6 who gets the name later is there with the next cycle, and the warning goes', async () => {
    await three();
    await world.begin({ ...named('person0', 'later') });
    await world.until('the one is there', () => guests(world).length === 1);
    hire(world, 1, 'later').map((user) => world.hub.updateUser(user.id, { userPrincipalName: upn('later') }));
    await replicated(world);
    await world.nextCycle();
    await world.until('the other is there', () => guests(world).length === 2, 20 * minute);
    await world.until('the warning goes', () => warnings().length === 0, 20 * minute);
    expect(world.configuration().status.lastCycle?.kind).toBe('Incremental');
  });

  it('E6 a name that was resolved once stays so when its user is renamed', async () => {
    await three();
    const renamed = world.hub.userByPrincipalName(upn('person1'));
    await world.begin({ ...named('person0', 'person1') });
    await world.until('both are there', () => guests(world).length === 2);
    const before = guestIds(world);
    world.hub.updateUser(renamed?.id ?? '', { userPrincipalName: upn('married') });
    await replicated(world);
    await world.restart();
    await world.run(10 * minute);
    expect(guestIds(world)).toEqual(before);
    expect(warnings()).toEqual([]);
  });

  it('E6 a user who is deleted leaves, though the name cannot be found any more', async () => {
    await three();
    await world.begin({ ...named('person0', 'person1'), deprovisioning: { guard: { threshold: 10 } } });
    await world.until('both are there', () => guests(world).length === 2);
    world.hub.softDelete(world.hub.userByPrincipalName(upn('person1'))?.id ?? '');
    await replicated(world);
    await world.until('one left', () => guests(world).length === 1, 30 * minute);
    expect(warnings()).toEqual([]);
  });

  it.each([
    ['is gone with its records', (): void => world.loseCluster()],
    ['has kept its records and lost the status of the configuration', (): void => loseStatus()],
  ])('E6, I10 a cluster that %s removes nobody because a name cannot be resolved any more', async (_, lose) => {
    await three();
    const configuration = named('person0', 'person1', 'person2');
    await world.begin({ ...configuration });
    await world.until('all are there', () => guests(world).length === 3);
    await replicated(world);
    const before = guestIds(world);
    await world.stopOperator();
    world.hub.updateUser(world.hub.userByPrincipalName(upn('person1'))?.id ?? '', { userPrincipalName: upn('married') });
    await replicated(world);
    lose();
    await world.begin({ ...configuration });
    await world.run(60 * minute);
    expect(guestIds(world)).toEqual(before);
    expect(condition(world.configuration())?.status).toBe('True');
  });

  function loseStatus(): void {
    world.kube.patch(
      { kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' },
      { status: { resolvedScope: null, watermark: null, lastCycle: null, history: null, users: null, observedGeneration: -1 } },
      'status',
    );
  }

  it('E6 two entries that mean the same user are one person', async () => {
    await three();
    const [ana] = world.hub.users();
    await world.begin({
      scope: { type: 'Assigned', users: [{ id: ana?.id }, { userPrincipalName: upn('person0') }, { userPrincipalName: upn('PERSON0') }] },
    });
    await world.until('she is there', () => guests(world).length === 1);
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(1);
    expect(condition(world.configuration())?.status).toBe('True');
  });
});
