import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { condition, eventReasons, guestIds, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('E11 drift', () => {
  let world: World;
  let people: readonly SandboxUser[];
  afterEach(() => world.end());

  /** Some people with accounts in a friendly world, the first pass over them made, and what was written long visible. */
  async function staff(drift: JsonObject, more: JsonObject = {}, count = 4): Promise<void> {
    world = new World({ settings: unfriendly });
    people = hire(world, count);
    await replicated(world);
    await world.begin({ interval: '10m', drift: { interval: '20m', ...drift }, ...more });
    await world.until('everybody is there', () => guests(world).length === count, hour);
    await world.run(15 * minute);
    await passed();
  }

  const accountOf = (index: number): SandboxUser => {
    const account = world.account(people[index]?.id ?? '');
    if (account === undefined) throw new Error(`person ${index} has no account`);
    return account;
  };
  const recordOf = (index: number) => world.projection(people[index]?.id ?? '');
  const driftOf = (index: number) => recordOf(index)?.status.drift;
  const reasonOf = (index: number) => condition(recordOf(index) ?? { status: {} })?.reason;
  const pass = () => world.configuration().status.drift;

  /** A pass that begins from now on has ended. */
  async function passed(limitMs = 2 * hour): Promise<void> {
    const now = Math.ceil(world.clock.now() / 1000) * 1000;
    await world.until('a pass', () => Date.parse(pass()?.startedAt ?? '') >= now, limitMs);
  }

  it('E11 Report names attribute and time, keeps since while it lasts, counts, warns, and writes nothing to the tenant', async () => {
    await staff({ policy: 'Report' });
    world.spoke.updateUser(accountOf(0).id, { department: 'Elsewhere', displayName: 'Somebody' });
    await replicated(world);
    const writes = world.spoke.log.writes().length;
    await passed();
    const drift = driftOf(0);
    expect(drift?.map(({ attribute }) => attribute)).toEqual(['department', 'displayName']);
    expect(await world.metrics.registry.metrics()).toContain('tenantsync_drifted_users{namespace="identity",configuration="staff"} 1');
    await world.run(minute);
    expect(world.configuration().status.warnings?.map(({ reason }) => reason)).toContain('DriftDetected');
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DriftDetected');
    await passed();
    expect(driftOf(0)).toEqual(drift);
    expect(pass()).toMatchObject({ result: 'Succeeded', compared: 4, drifted: 1, unseen: 0 });
    world.spoke.updateUser(accountOf(0).id, { department: 'Sales' });
    await passed();
    expect(driftOf(0)).toEqual(drift?.filter(({ attribute }) => attribute === 'displayName'));
    world.spoke.updateUser(accountOf(0).id, { displayName: 'person 0' });
    await passed();
    expect(driftOf(0)).toBeUndefined();
    await world.run(minute);
    expect(world.configuration().status.warnings?.map(({ reason }) => reason)).not.toContain('DriftDetected');
    expect(world.spoke.log.writes()).toHaveLength(writes);
    expect(reasonOf(0)).toBe('UserCreated');
  });

  it('E11 Correct sets back what the source has, and no more', async () => {
    await staff(
      { policy: 'Correct' },
      {
        attributeMappings: [
          { target: 'jobTitle', constant: 'Staff', authority: 'WhenEmpty' },
          { target: 'companyName', constant: 'Contoso', apply: 'OnCreate' },
          { target: 'country', constant: 'DE', authority: 'Target' },
        ],
      },
    );
    world.spoke.updateUser(accountOf(0).id, {
      department: 'Elsewhere',
      jobTitle: 'Chief',
      companyName: 'Else',
      country: 'FR',
      city: 'Rome',
    });
    await replicated(world);
    await world.until('it is set back', () => accountOf(0).properties.department === 'Sales', 2 * hour);
    await passed();
    expect(accountOf(0).properties).toMatchObject({ department: 'Sales', jobTitle: 'Chief', companyName: 'Else', country: 'FR' });
    expect(driftOf(0)).toBeUndefined();
    expect(recordOf(0)?.status.history?.[0]).toMatchObject({
      action: 'update',
      modifiedAttributes: expect.arrayContaining(['department']) as string[],
    });
    const after = spokeVersions(world);
    await passed();
    expect(spokeVersions(world)).toBe(after);
  });

  it('E11 I3 Correct blocks again whom the source has blocked, through the guard', async () => {
    await staff({ policy: 'Correct' }, {}, 4);
    world.hub.updateUser(people[0]?.id ?? '', { accountEnabled: false });
    await world.until('blocked', () => accountOf(0).properties.accountEnabled === false, hour);
    await world.run(30 * minute);
    world.spoke.updateUser(accountOf(0).id, { accountEnabled: true });
    await replicated(world);
    await world.until('blocked again', () => accountOf(0).properties.accountEnabled === false, 2 * hour);
    await world.until('said', () => recordOf(0)?.status.state === 'Blocked');
    expect(world.pair().status.guard?.windows?.reduce((sum, { blocked }) => sum + blocked, 0)).toBe(2);
  });

  it('E11 A7 an account deleted in the target is said to be, and left deleted', async () => {
    await staff({ policy: 'Report' });
    const { id } = accountOf(0);
    world.spoke.softDelete(id);
    await replicated(world);
    await world.until('it is found', () => reasonOf(0) === 'DeletedInTarget', 2 * hour);
    expect(pass()?.unseen ?? 0).toBeLessThanOrEqual(1);
    await passed();
    expect(world.spoke.deletedUsers().map((user) => user.id)).toEqual([id]);
    expect(guests(world)).toHaveLength(3);
  });

  it('E11 I14 an account that a list has left out is looked for by its id, and nothing follows', async () => {
    await staff({ policy: 'Report' });
    const before = guestIds(world);
    world.spoke.updateUser(accountOf(1).id, { department: 'Elsewhere' });
    world.entra.faults.add({
      effect: 'status',
      status: 200,
      body: JSON.stringify({ value: [] }),
      match: { tenant: world.spoke.tenantId, path: /\/users\?.*top=999/i },
    });
    await passed();
    expect(pass()).toMatchObject({ compared: 0, unseen: 4 });
    expect(people.map((_, index) => recordOf(index)?.status.state)).toEqual(['Provisioned', 'Provisioned', 'Provisioned', 'Provisioned']);
    expect(driftOf(1)?.map(({ attribute }) => attribute)).toEqual(['department']);
    expect(guestIds(world)).toEqual(before);
  });
});
