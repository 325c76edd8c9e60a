import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { hire } from '../support/people.ts';
import { condition, eventReasons, guestIds, guests, hire as hireMany, replicated } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('E9 quarantine', () => {
  let world: World;
  afterEach(() => world.end());

  const quarantine = () => world.configuration().status.quarantine;
  const few: JsonObject = { minimum: 3, percent: 20, failures: 100 };

  /** Ten people of whom four cannot be created, because internal users of the target have their addresses. */
  async function failing(more: JsonObject = {}): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 10);
    for (let index = 0; index < 4; index += 1)
      world.spoke.createUser({ userPrincipalName: `x${index}@fabrikam.com`, properties: { mail: `person${index}@contoso.com` } });
    await replicated(world);
    await world.begin({ interval: '10m', quarantine: few, ...more });
    return people;
  }
  const mend = (): void => {
    for (const user of world.spoke.users()) {
      if (user.invitedAddress !== undefined) continue;
      world.spoke.softDelete(user.id);
      world.spoke.purge(user.id);
    }
  };
  it('E9 begins when too many fail, spaces the cycles up to one a day, and says so', async () => {
    await failing();
    await world.until('it begins', () => quarantine() !== undefined, 30 * minute);
    expect(quarantine()).toMatchObject({ reason: 'TooManyFailures', attempts: expect.any(Number) as number });
    expect(condition(world.configuration(), 'Quarantined')?.status).toBe('True');
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'Quarantined' });
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('Quarantined');
    expect(world.configuration().status.nextCycleAt).toBe(quarantine()?.nextAttemptAt);
    expect(await world.metrics.registry.metrics()).toContain('tenantsync_quarantined{namespace="identity",configuration="staff"} 1');
    expect(guests(world)).toHaveLength(6);
    const pauses: number[] = [];
    for (const attempts of [1, 2, 3]) {
      await world.until(`${attempts} attempts`, () => (quarantine()?.attempts ?? 0) > attempts, day);
      pauses.push(Math.round((Date.parse(quarantine()?.nextAttemptAt ?? '') - world.clock.now()) / (10 * minute)));
    }
    expect(pauses).toEqual([4, 8, 16]);
  });

  it.each([
    ['a share of them', { minimum: 3, percent: 30, failures: 100 }],
    ['so many of them', { minimum: 3, percent: 100, failures: 3 }],
  ])('E9 begins for more than %s, and not below the minimum', async (_, limits) => {
    await failing({ quarantine: limits });
    await world.until('it begins', () => quarantine() !== undefined, 30 * minute);
    expect(quarantine()).toMatchObject({ reason: 'TooManyFailures' });
    world.applyConfiguration({ interval: '10m', quarantine: { ...limits, minimum: 5, failures: 100 } });
    await world.until('it is over', () => quarantine() === undefined && condition(world.configuration())?.status === 'True', hour);
  });

  it('E9 ends with the cycle after which fewer fail', async () => {
    await failing();
    await world.until('it begins', () => quarantine() !== undefined, 30 * minute);
    mend();
    await world.until('it is over', () => quarantine() === undefined, 3 * day);
    expect(condition(world.configuration())).toMatchObject({ status: 'True', reason: 'Succeeded' });
    expect(condition(world.configuration(), 'Quarantined')).toBeUndefined();
    expect(guests(world)).toHaveLength(10);
  });

  it.each([
    ['a restart request', () => world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' })],
    ['a change of the spec', () => void world.applyConfiguration({ interval: '10m', quarantine: few, fullInterval: '23h' })],
  ])('E9 %s lifts it', async (_, lift) => {
    await failing();
    await world.until('it lasts', () => (quarantine()?.attempts ?? 0) >= 4, 2 * day);
    mend();
    await replicated(world);
    lift();
    await world.until('it is over', () => quarantine() === undefined && condition(world.configuration())?.status === 'True', hour);
    expect(condition(world.configuration(), 'Quarantined')).toBeUndefined();
  });

  it('E9 goes on over a restart of the operator as if nothing had happened', async () => {
    await failing();
    await world.until('it lasts', () => (quarantine()?.attempts ?? 0) >= 3, day);
    const before = quarantine();
    world.killOperator();
    await world.run(minute);
    await world.startOperator();
    await world.run(5 * minute);
    expect(quarantine()).toEqual(before);
    expect(world.configuration().status.nextCycleAt).toBe(before?.nextAttemptAt);
  });

  it('E9 few failures lead to none', async () => {
    await failing({ quarantine: {} });
    await world.run(2 * hour);
    expect(quarantine()).toBeUndefined();
    expect(condition(world.configuration())?.status).toBe('True');
  });

  it('E9 credentials that do not work begin one at once, and the pair that is Ready again lifts it', async () => {
    world = new World({ settings: unfriendly });
    hireMany(world, 4);
    await replicated(world);
    await world.begin({ interval: '10m' });
    await world.until('everybody is there', () => guests(world).length === 4);
    world.secret('spoke-app', { clientSecret: 'wrong' });
    world.annotate('TenantPair', 'hub-to-spoke', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('it begins', () => quarantine() !== undefined, 30 * minute);
    expect(quarantine()).toMatchObject({ reason: 'CredentialsRejected' });
    expect(condition(world.configuration(), 'Quarantined')?.status).toBe('True');
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('Quarantined');
    const nora = hire(world, 'nora');
    await world.run(2 * hour);
    expect(guests(world)).toHaveLength(4);
    world.secret('spoke-app', { clientSecret: 'spoke-secret' });
    await world.until('it is over', () => quarantine() === undefined && world.account(nora.id) !== undefined, hour);
    await world.until('it is well', () => condition(world.configuration())?.status === 'True', hour);
  });

  it('E9 a restart that waits for the credentials does not move the beginning of the quarantine', async () => {
    world = new World({ settings: unfriendly });
    hireMany(world, 3);
    await replicated(world);
    await world.begin({ interval: '10m' });
    await world.until('everybody is there', () => guests(world).length === 3);
    world.secret('spoke-app', { clientSecret: 'wrong' });
    await world.until('it begins', () => quarantine() !== undefined, hour);
    const since = quarantine()?.since;
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' });
    await world.run(hour);
    await world.stopOperator();
    await world.startOperator();
    await world.run(10 * minute);
    expect(quarantine()).toMatchObject({ since });
  });

  it('E9 28 days later the configuration is disabled, deletes nobody, and a restart brings it back', async () => {
    const people = await failing();
    await world.until('it begins', () => quarantine() !== undefined, hour);
    world.killOperator();
    await world.run(28 * day);
    await world.startOperator();
    await world.until('it is disabled', () => condition(world.configuration())?.reason === 'DisabledAfterQuarantine', hour);
    expect(condition(world.configuration(), 'Stalled')?.status).toBe('True');
    const before = guestIds(world);
    world.hub.softDelete(people[9]?.id ?? '');
    mend();
    await world.run(2 * hour);
    expect(guestIds(world)).toEqual(before);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' });
    await world.until('it is back', () => quarantine() === undefined && condition(world.configuration())?.status === 'True', 2 * hour);
    expect(world.configuration().status.lastHandledRestartAt).toBe('now');
  });

  it('E9 credentials that fail for 28 days disable the configuration, over restarts too', async () => {
    world = new World({ settings: unfriendly });
    hireMany(world, 3);
    await replicated(world);
    await world.begin();
    world.killOperator();
    world.secret('spoke-app', { clientSecret: 'wrong' });
    await world.startOperator();
    await world.until('it begins', () => quarantine() !== undefined, hour);
    const { since } = quarantine() ?? {};
    for (const days of [14, 13.9]) {
      world.killOperator();
      await world.run(days * day);
      await world.startOperator();
      await world.run(10 * minute);
      expect(condition(world.configuration())?.reason).toBe('CredentialsRejected');
    }
    await world.until('it is disabled', () => condition(world.configuration())?.reason === 'DisabledAfterQuarantine', 5 * hour);
    expect(quarantine()?.since).toBe(since);
    world.secret('spoke-app', { clientSecret: 'spoke-secret' });
    await world.until('it is back', () => condition(world.configuration())?.status === 'True', 2 * hour);
    expect(quarantine()).toBeUndefined();
  });
});
