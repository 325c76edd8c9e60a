import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { hire, provisioned, reasonOf, untilState } from '../support/people.ts';
import { condition, enabledGuests, guestIds, guests, hire as hireMany, replicated, spokeVersions } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;

describe('B11 limits that the target sets above all configurations', () => {
  let world: World;
  afterEach(() => world.end());

  const limited = (limit: string): readonly string[] =>
    world.projections().flatMap(({ spec, status }) => (status.limitedBy === limit ? [spec.source.objectId] : []));
  const warnings = (): readonly string[] =>
    (world.pair().status.access?.warnings ?? []).filter(({ reason }) => reason === 'LimitReached').map(({ message }) => message);

  /** `count` people and a pair with these limits. */
  async function company(count: number, limits: JsonObject, configuration: JsonObject = {}, seed = 1): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly, seed });
    const people = hireMany(world, count);
    await replicated(world);
    world.applyPair({ limits });
    world.applyConfiguration(configuration);
    await world.startOperator();
    return people;
  }

  it.each([11, 12, 13])('B11 maxUsers is exact with 24 workers at once, lost answers and kills (seed %s)', async (seed) => {
    await company(40, { maxUsers: 17 }, { interval: '1m' }, seed);
    world.entra.faults.add({ effect: 'dropAfter', times: 6, match: { operation: 'POST /invitations' } });
    for (let kills = 0; kills < 6; kills += 1) {
      await world.run(4_000 + 3_100 * ((seed + kills) % 5));
      expect(guests(world).length).toBeLessThanOrEqual(17);
      world.killOperator();
      await world.startOperator();
    }
    await world.until(
      'everybody has been decided about',
      () => limited('maxUsers').length === 23 && guests(world).length === 17,
      4 * 60 * minute,
    );
    await world.run(30 * minute);
    expect(guests(world)).toHaveLength(17);
    expect(limited('maxUsers')).toHaveLength(23);
    expect(world.configuration().status.warnings).toContainEqual({
      reason: 'LimitReached',
      message: '23 user(s) in scope are Skipped by spec.limits of the TenantPair; status.limitedBy of their records names the limit.',
    });
  });

  it('B11 maxUsers counts all configurations of the pair, and who leaves makes room for who waits longest', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    await replicated(world);
    world.applyPair({ limits: { maxUsers: 4 } });
    const scope = (users: readonly SandboxUser[]) => ({
      scope: { type: 'Assigned', users: users.map(({ id }) => ({ id })) },
      interval: '1m',
    });
    world.applyConfiguration(scope(people.slice(0, 3)), 'first');
    world.applyConfiguration(scope(people.slice(3)), 'second');
    await world.startOperator();
    await world.until('two are held back', () => limited('maxUsers').length === 2 && guests(world).length === 4);
    const waiting = limited('maxUsers');
    for (const record of world.projections().filter(({ status }) => status.limitedBy === 'maxUsers'))
      expect(condition(record)).toMatchObject({
        status: 'True',
        reason: 'LimitReached',
        message: expect.stringContaining('limits.maxUsers') as string,
      });
    const leaver = people.find(({ id }) => !waiting.includes(id));
    world.hub.softDelete(leaver?.id ?? '');
    await world.until('one waits no more', () => limited('maxUsers').length === 1 && guests(world).length === 4);
    world.applyPair({ limits: { maxUsers: 5 } });
    await world.until('nobody waits', () => limited('maxUsers').length === 0 && guests(world).length === 5, 5 * minute);
  });

  it('B11 a limit that is lowered below what is there deletes nobody, and is a warning with the numbers', async () => {
    await company(6, { maxUsers: 10 });
    await world.until('everybody is there', () => guests(world).length === 6);
    await replicated(world);
    const before = guestIds(world);
    world.applyPair({ limits: { maxUsers: 4 } });
    await world.until('it is said', () => warnings().length === 1, 5 * minute);
    expect(warnings()[0]).toContain('limits.maxUsers is 4, and the pair has 6 live account(s).');
    const newcomer = hire(world, 'nora');
    await replicated(world);
    await world.sync();
    await untilState(world, newcomer, 'Skipped');
    expect(guestIds(world)).toEqual(before);
    world.applyPair();
    await untilState(world, newcomer, 'Provisioned');
    expect(warnings()).toEqual([]);
  });

  it('B11 who comes back is restored only within the limit', async () => {
    const [ana, ...others] = await company(5, { maxUsers: 5 }, { interval: '1m' });
    await world.until('everybody is there', () => guests(world).length === 5);
    const former = world.account(ana?.id ?? '')?.id;
    world.hub.softDelete(ana?.id ?? '');
    await world.until('she has left', () => guests(world).length === 4);
    const nora = hire(world, 'nora');
    await replicated(world);
    await world.until('the next one has come', () => world.projection(nora.id)?.status.state === 'Provisioned');
    world.hub.restore(ana?.id ?? '');
    await world.until('she waits', () => limited('maxUsers').includes(ana?.id ?? ''));
    world.hub.softDelete(others[0]?.id ?? '');
    await world.until('she is back', () => world.account(ana?.id ?? '')?.id === former);
    expect(guests(world)).toHaveLength(5);
  });

  it('B11 E10 I13 a plan stays within the limit, and says of as many people that they would be created', async () => {
    await company(9, { maxUsers: 4 }, { mode: 'Plan' });
    await world.until('all are planned', () => limited('maxUsers').length === 5);
    const creations = () => world.projections().filter(({ status }) => status.plan?.operation === 'Create');
    expect(creations()).toHaveLength(4);
    expect(guests(world)).toEqual([]);
    world.applyConfiguration({ mode: 'Apply' });
    await world.until('it is so', () => guests(world).length === 4 && limited('maxUsers').length === 5);
    await world.run(20 * minute);
    expect(guests(world)).toHaveLength(4);
  });

  it('B11 userTypes: nobody is created as another type, or changed to one', async () => {
    const mapped = { attributeMappings: [{ target: 'userType', constant: 'Member' }] };
    const [ana] = await company(2, { userTypes: ['Guest'] }, { attributeMappings: [{ target: 'userType', constant: 'Guest' }] });
    await world.until('everybody is there', () => guests(world).length === 2);
    world.applyConfiguration(mapped);
    await world.until('it is refused', () => world.projection(ana?.id ?? '')?.status.refusedAttributes?.[0]?.name === 'userType');
    expect(world.projection(ana?.id ?? '')?.status.refusedAttributes).toMatchObject([{ name: 'userType', code: 'LimitReached' }]);
    expect(world.account(ana?.id ?? '')?.properties.userType).toBe('Guest');
    const nora = hire(world, 'nora');
    await replicated(world);
    await world.sync();
    await untilState(world, nora, 'Skipped');
    expect(world.projection(nora.id)?.status).toMatchObject({ limitedBy: 'userTypes' });
    world.applyPair({ limits: { userTypes: ['Guest', 'Member'] } });
    await untilState(world, nora, 'Provisioned', 5 * minute);
    await replicated(world);
    await world.restart();
    await world.until('it is allowed', () => world.account(ana?.id ?? '')?.properties.userType === 'Member');
  });

  it('B11 allowDelete: false lets go whom the configuration would delete, and says why', async () => {
    const [ana] = await company(12, { allowDelete: false }, { interval: '1m' });
    await world.until('everybody is there', () => guests(world).length === 12);
    await replicated(world);
    const before = guestIds(world);
    world.hub.softDelete(ana?.id ?? '');
    await world.until('she is let go', () => world.projection(ana?.id ?? '')?.status.state === 'Retained');
    expect(world.projection(ana?.id ?? '')?.status).toMatchObject({ limitedBy: 'allowDelete' });
    expect(condition({ status: world.projection(ana?.id ?? '')?.status ?? {} })).toMatchObject({
      reason: 'LimitReached',
      message: expect.stringContaining('limits.allowDelete') as string,
    });
    expect(guestIds(world)).toEqual(before);
    // What was let go stays so.
    world.applyPair();
    await world.run(20 * minute);
    expect(guestIds(world)).toEqual(before);
  });

  it('B11 allowDelete: false holds for a removal that was approved before', async () => {
    const people = await company(12, {}, { interval: '1m', deprovisioning: { guard: { threshold: 2, percent: 100 } } });
    await world.until('everybody is there', () => guests(world).length === 12);
    for (const { id } of people.slice(0, 3)) world.hub.softDelete(id);
    await world.until('they are staged', () => world.configuration().status.stagedDeletions?.count === 3);
    const before = guestIds(world);
    world.applyPair({ limits: { allowDelete: false } });
    await world.run(minute);
    const token = world.configuration().status.stagedDeletions?.token ?? '';
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/approve-deletions': token });
    await world.until('they are let go', () => limited('allowDelete').length === 3);
    expect(guestIds(world)).toEqual(before);
  });

  it.each(['id', 'userPrincipalName'] as const)(
    'B11 an account that is excluded by %s is never written, blocked or deleted',
    async (by) => {
      world = new World({ settings: unfriendly });
      const people = hireMany(world, 6);
      await provisioned(world, people, { interval: '1m' });
      const [ana, eva] = people;
      const account = world.account(ana?.id ?? '');
      const excluded =
        by === 'id' ? (account?.id ?? '') : (world.projection(ana?.id ?? '')?.status.targetUser?.userPrincipalName ?? '').toUpperCase();
      world.applyPair({ limits: { excludedTargetUsers: [excluded] } });
      await world.run(minute);
      const version = (): number | undefined => world.spoke.user(account?.id ?? '')?.version;
      const before = version();
      world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
      await world.until('it is left alone', () => world.projection(ana?.id ?? '')?.status.limitedBy === 'excludedTargetUsers');
      expect(condition({ status: world.projection(ana?.id ?? '')?.status ?? {} })?.message).toContain(account?.id ?? '-');
      world.hub.updateUser(ana?.id ?? '', { accountEnabled: false });
      world.hub.updateUser(eva?.id ?? '', { accountEnabled: false });
      await world.until('others go on', () => enabledGuests(world).length === 5);
      await world.run(5 * minute);
      world.hub.softDelete(ana?.id ?? '');
      await world.until('it is let go', () => world.projection(ana?.id ?? '')?.status.state === 'Retained');
      await world.run(5 * minute);
      expect(version()).toBe(before);
      expect(guests(world)).toHaveLength(6);
    },
  );

  it('B11 an account that is excluded by name is not restored either, where its name is another one', async () => {
    world = new World({ settings: unfriendly });
    const leaver = hire(world, 'leaver');
    for (const name of ['ann', 'bob', 'cid', 'dan']) hire(world, name);
    await replicated(world);
    await world.begin({ interval: '1m' });
    await world.until('everybody is there', () => guests(world).length === 5);
    const name = world.account(leaver.id)?.properties.userPrincipalName;
    world.hub.softDelete(leaver.id);
    await world.until('one is deleted', () => guests(world).length === 4);
    world.applyPair({ limits: { excludedTargetUsers: [name as string] } });
    await world.run(5 * minute);
    world.hub.restore(leaver.id);
    await world.until('the limit is said', () => world.projection(leaver.id)?.status.limitedBy === 'excludedTargetUsers', 60 * minute);
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(4);
  });

  it('B11 an account that is excluded is not matched, and nobody is invited by its address', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com' });
    await replicated(world);
    const before = spokeVersions(world);
    world.applyPair({ limits: { excludedTargetUsers: [guest.id] } });
    world.applyConfiguration();
    await world.startOperator();
    await untilState(world, ana, 'Skipped');
    expect(reasonOf(world, ana)).toBe('LimitReached');
    await world.run(20 * minute);
    expect(spokeVersions(world)).toBe(before);
    expect(world.projection(ana.id)?.status.targetUser).toBeUndefined();
    world.applyPair();
    await untilState(world, ana, 'Provisioned', 5 * minute);
    expect(world.projection(ana.id)?.status.targetUser).toMatchObject({ objectId: guest.id, origin: 'Adopted' });
  });
});
