import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { findCondition } from '../../src/core/status/conditions.ts';
import { annotations } from '../../src/api/kinds.ts';
import { hire, untilState } from '../support/people.ts';
import { condition, enabledGuests, eventReasons, guests, hire as hireMany, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const invite = 'POST /invitations';

describe('E8 a target that refuses all invitations', () => {
  let world: World;
  afterEach(() => world.end());

  const block = (blocked: boolean): void => void (world.spoke.policies.invitationsBlocked = blocked);
  const asked = (): number => world.spoke.log.count(invite);
  const waiting = (): number =>
    world.projections().filter(({ status }) => findCondition(status.conditions, 'Ready')?.reason === 'InvitationsBlocked').length;
  const warned = (object: { warnings?: readonly { reason: string }[] } | undefined): number =>
    object?.warnings?.filter(({ reason }) => reason === 'InvitationsBlocked').length ?? 0;

  /** A company of which `count` have accounts, and as many more come while the target is blocked. */
  async function company(count: number, newcomers: number, seed = 1): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly, seed });
    const people = hireMany(world, count);
    await replicated(world);
    await world.begin({ interval: '5m' });
    await world.until('everybody is there', () => guests(world).length === count);
    await world.run(20 * minute);
    block(true);
    hireMany(world, newcomers, 'newcomer');
    await replicated(world);
    world.spoke.log.reset();
    await world.sync();
    await world.until('they wait', () => waiting() === newcomers);
    return people;
  }

  it('E8 I8 creations stop and are said on pair and configuration, once; one an hour asks again', async () => {
    await company(3, 30);
    // Those that were under way when the first was refused.
    const first = asked();
    expect(first).toBeLessThanOrEqual(24);
    await world.until('the pair says so', () => warned(world.pair().status.access) === 1, 10 * minute);
    const { since = '', nextProbeAt = '', requestId } = world.pair().status.invitationsBlocked ?? {};
    expect(Date.parse(nextProbeAt) - Date.parse(since)).toBe(hour);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(world.pair().status.access?.warnings?.[0]?.message).toContain(nextProbeAt);
    expect(condition(world.pair(), 'InvitationsBlocked')).toMatchObject({ status: 'True', reason: 'InvitationsBlocked' });
    expect(condition(world.pair())?.status).toBe('True');
    await world.until('the configuration says so', () => warned(world.configuration().status) === 1, 10 * minute);
    expect(world.configuration().status.warnings?.find(({ reason }) => reason === 'InvitationsBlocked')?.message).toContain(
      '30 creation(s)',
    );
    await world.run(5 * hour);
    expect(asked() - first).toBeGreaterThanOrEqual(4);
    expect(asked() - first).toBeLessThanOrEqual(5);
    expect(eventReasons(world, 'TenantPair', 'hub-to-spoke').filter((reason) => reason === 'InvitationsBlocked')).toHaveLength(1);
    const records = world.projections().filter(({ status }) => status.state === 'Pending');
    expect(records).toHaveLength(30);
    for (const { status } of records)
      expect([status.attempts, status.intent, status.nextAttemptAt]).toEqual([undefined, undefined, undefined]);
    expect(world.configuration().status.users).toMatchObject({ pending: 30, failed: 0, synced: 3 });
    expect(world.configuration().status.quarantine).toBeUndefined();
  });

  it('E8 updates, blocks, deletions and links go on meanwhile', async () => {
    const [ana, bob, cid] = await company(12, 2);
    const account = world.account(cid?.id ?? '')?.id;
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
    world.hub.updateUser(bob?.id ?? '', { accountEnabled: false });
    world.hub.softDelete(cid?.id ?? '');
    const eva = hire(world, 'eva');
    const guest = world.spoke.createExternalUser({ address: 'eva@contoso.com' });
    await replicated(world);
    await world.sync();
    await world.until('it goes on', () => world.account(ana?.id ?? '')?.properties.jobTitle === 'Engineer');
    await world.until('he is blocked', () => enabledGuests(world).length === 11);
    await world.until('he is gone', () => world.projection(cid?.id ?? '')?.status.state === 'SoftDeleted');
    await untilState(world, eva, 'Provisioned');
    expect(world.projection(eva.id)?.status.targetUser).toMatchObject({ objectId: guest.id, origin: 'Adopted' });
    world.hub.restore(cid?.id ?? '');
    await world.until('he is restored', () => world.account(cid?.id ?? '')?.id === account);
    expect(waiting()).toBe(2);
  });

  it('E8 when the target accepts one again, all are created, and it is told', async () => {
    await company(2, 30);
    await world.run(90 * minute);
    block(false);
    await world.until('all are there', () => guests(world).length === 32, 65 * minute);
    await world.until('nobody waits', () => world.configuration().status.users?.synced === 32);
    await world.run(6 * minute);
    expect(world.pair().status.invitationsBlocked).toBeUndefined();
    expect(condition(world.pair(), 'InvitationsBlocked')).toBeUndefined();
    expect([warned(world.pair().status.access), warned(world.configuration().status)]).toEqual([0, 0]);
    expect(eventReasons(world, 'TenantPair', 'hub-to-spoke')).toContain('Succeeded');
    expect(new Set(guests(world).map(({ invitedAddress }) => invitedAddress)).size).toBe(32);
  });

  it.each([1, 2, 3])('E8 G6 a restart and a failover keep the block (%s)', async (seed) => {
    await company(2, 10, seed);
    const { nextProbeAt } = world.pair().status.invitationsBlocked ?? {};
    const first = asked();
    for (let start = 0; start < 3; start += 1) {
      await world.run(7 * minute);
      world.killOperator();
      await world.startOperator();
      await world.run(3 * minute);
    }
    expect(asked()).toBe(first);
    expect(world.pair().status.invitationsBlocked?.nextProbeAt).toBe(nextProbeAt);
    block(false);
    await world.until('all are there', () => guests(world).length === 12, 65 * minute);
  });

  it('E8 I1 a probe without an answer, and a process that ends with it, make nobody twice', async () => {
    await company(2, 6);
    await world.run(50 * minute);
    block(false);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: invite } });
    await world.until(
      'one has asked',
      () => asked() > 0 && world.spoke.log.writes().some(({ operation }) => operation === invite),
      30 * minute,
    );
    world.killOperator();
    await world.startOperator();
    await world.until('all are there', () => guests(world).length === 8, 3 * hour);
    await world.run(20 * minute);
    expect(new Set(guests(world).map(({ invitedAddress }) => invitedAddress)).size).toBe(8);
    expect(guests(world)).toHaveLength(8);
  });

  it('E8 another pair of the same target sends no invitation either', async () => {
    await company(2, 4);
    const third = world.entra.addTenant({ displayName: 'Northwind', initialDomain: 'northwind', domains: ['northwind.com'] });
    const app = third.registerApp({
      permissions: ['User.Read.All', 'GroupMember.Read.All', 'Policy.Read.All'],
      secrets: [{ value: 'third' }],
    });
    third.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: true } });
    world.spoke.policies.setPartner(third.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
    world.spoke.policies.setUserSync(third.tenantId, true);
    world.secret('third-app', { clientSecret: 'third' });
    const source = {
      tenantId: third.tenantId,
      credentials: { clientSecret: { clientId: app.appId, secretRef: { name: 'third-app', key: 'clientSecret' } } },
    };
    third.createUser({ userPrincipalName: 'zoe@northwind.com', properties: { displayName: 'Zoe' } });
    await replicated(world);
    const before = asked();
    world.applyPair({ source }, 'third-to-spoke');
    world.applyConfiguration({ tenantPairRef: { name: 'third-to-spoke' } }, 'third');
    await world.until('she waits too', () => waiting() === 5, 10 * minute);
    expect(asked()).toBe(before);
    await world.run(6 * minute);
    expect(warned(world.pair('third-to-spoke').status.access)).toBe(1);
    // It knows of the block itself: the pair that has met it may go.
    world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
    await world.run(10 * minute);
    expect(asked()).toBe(before);
    world.applyPair();
    await world.run(6 * minute);
    expect(asked()).toBe(before);
    block(false);
    await world.until('all are there', () => guests(world).length === 7, 65 * minute);
  });

  it('E4 a named user is answered with the reason, and an explanation says until when', async () => {
    await company(2, 2);
    const before = asked();
    const who = 'newcomer0@contoso.com';
    world.annotate('SyncConfiguration', 'staff', { [annotations.provisionUsers]: `a:${who}` });
    await world.until('it is answered', () => world.configuration().status.lastHandledProvisionUsers?.token === 'a');
    expect(world.configuration().status.lastHandledProvisionUsers?.results).toMatchObject([
      { result: 'Skipped', reason: 'InvitationsBlocked' },
    ]);
    world.annotate('SyncConfiguration', 'staff', { [annotations.explainUsers]: `b:${who}` });
    await world.until('it is explained', () => world.configuration().status.lastHandledExplainUsers?.token === 'b');
    const [result] = world.configuration().status.lastHandledExplainUsers?.results ?? [];
    expect(result).toMatchObject({ result: 'Skipped', reason: 'InvitationsBlocked' });
    expect(JSON.stringify(result)).toContain(world.pair().status.invitationsBlocked?.nextProbeAt);
    expect(asked()).toBe(before);
  });

  it.each([1, 2])('E8 G6 a pair that is made anew, under whichever name, goes on with the block (%s)', async (seed) => {
    await company(2, 6, seed);
    const before = asked();
    const { since, nextProbeAt } = world.pair().status.invitationsBlocked ?? {};
    for (const name of ['hub-to-spoke', 'renamed']) {
      world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      await world.run(minute);
      world.applyPair({}, name);
      if (name === 'renamed') {
        world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
        await world.run(minute);
        world.applyConfiguration({ interval: '5m', tenantPairRef: { name } });
      }
      await world.until('it is ready', () => condition(world.pair(name))?.status === 'True', 10 * minute);
      await world.run(7 * minute);
      expect(world.pair(name).status.invitationsBlocked).toMatchObject({ since, nextProbeAt });
    }
    await world.until('they wait for the same again', () => waiting() === 6, 10 * minute);
    expect(asked()).toBe(before);
    block(false);
    await world.until('all are there', () => guests(world).length === 8, 65 * minute);
    expect(world.pair('renamed').status.invitationsBlocked).toBeUndefined();
    // Nor does one that is made when it is over know of any.
    world.kube.delete({ kind: 'TenantPair', name: 'renamed', namespace });
    await world.run(minute);
    world.applyPair({}, 'renamed');
    await world.until('it is ready', () => condition(world.pair('renamed'))?.status === 'True', 10 * minute);
    expect(world.pair('renamed').status.invitationsBlocked).toBeUndefined();
  });
});
