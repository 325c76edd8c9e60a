import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { runClientIn } from '../support/client-run.ts';
import { eventReasons, guestIds, guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('A12 purge after the source', () => {
  let world: World;
  let people: readonly SandboxUser[];
  let account: string;
  afterEach(() => world.end());

  const record = () => world.projection(people[0]?.id ?? '');
  const inBin = (): boolean => world.spoke.deletedUsers().some(({ id }) => id === account);
  const sourceId = (): string => people[0]?.id ?? '';
  const warnings = (): readonly string[] => (world.configuration().status.warnings ?? []).map(({ reason }) => reason);

  /** The first person was deleted in the source, the account by us, and a cycle has seen the person in the source's recycle bin. */
  async function deleted(more: JsonObject = {}, deprovisioning: JsonObject = {}, count = 4): Promise<void> {
    world = new World({ settings: unfriendly });
    people = hire(world, count);
    await replicated(world);
    await world.begin({
      interval: '10m',
      deprovisioning: { purgeAfterSourcePurge: true, guard: { threshold: 10, percent: 100 }, ...deprovisioning },
      ...more,
    });
    await world.until('everybody is there', () => guests(world).length === count, hour);
    account = world.account(sourceId())?.id ?? '';
    world.hub.softDelete(sourceId());
    await world.until('deleted', () => record()?.status.state === 'SoftDeleted', hour);
    await world.run(30 * minute);
  }

  it('A12 is purged when the source has purged the user, two cycles after, and counted by the guard', async () => {
    await deleted();
    expect(record()?.status.sourcePurge).toMatchObject({ seenAt: expect.any(String) as string });
    const others = guestIds(world);
    world.hub.purge(sourceId());
    await world.nextCycle();
    expect(inBin()).toBe(true);
    await world.until('purged', () => !inBin(), 2 * hour);
    await world.until('said', () => record()?.status.state === 'Purged', minute);
    expect(record()?.status.sourcePurge?.absentAt).toHaveLength(2);
    expect(record()?.status.history?.[0]).toMatchObject({ action: 'delete', status: 'success', reason: 'PurgedAfterSource' });
    expect(world.pair().status.guard?.windows?.reduce((sum, { removed }) => sum + removed, 0)).toBe(2);
    expect(guestIds(world)).toEqual(others);
    await world.restart();
    await world.until('the record goes', () => record() === undefined, 2 * hour);
  });

  it('A12 stays while the user is in the recycle bin of the source, without a write', async () => {
    await deleted();
    const version = record()?.metadata.resourceVersion;
    await world.run(3 * hour);
    expect(inBin()).toBe(true);
    expect(record()?.metadata.resourceVersion).toBe(version);
  });

  it('A12 is not purged unless the spec asks', async () => {
    await deleted({}, { purgeAfterSourcePurge: false });
    world.hub.purge(sourceId());
    await world.run(3 * hour);
    expect(inBin()).toBe(true);
  });

  it('A12 whoever was never seen in the recycle bin of the source is left to the directory', async () => {
    await deleted({}, { purgeAfterSourcePurge: false });
    world.hub.purge(sourceId());
    await replicated(world);
    world.applyConfiguration({ interval: '10m', deprovisioning: { purgeAfterSourcePurge: true } });
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
    expect(record()?.status.state).toBe('SoftDeleted');
  });

  it.each([
    ['is refused', { effect: 'status', status: 403, code: 'Authorization_RequestDenied' }],
    ['fails', { effect: 'status', status: 500 }],
    ['is none', { effect: 'emptyAnswer' }],
  ] as const)('A12 nothing is purged while the list of deleted users %s, and the cycles go on', async (_, fault) => {
    await deleted();
    world.hub.purge(sourceId());
    const handle = world.entra.faults.add({
      ...fault,
      match: { tenant: world.hub.tenantId, path: /deletedItems\/microsoft\.graph\.user\?/ },
      probability: 1,
    });
    await world.until('it is said', () => warnings().includes('PurgeWaits'), hour);
    await world.run(2 * hour);
    expect(inBin()).toBe(true);
    expect(world.configuration().status.lastCycle?.result).toBe('Succeeded');
    handle.remove();
    await world.until('purged', () => !inBin(), 3 * hour);
  });

  it('A12 a list of deleted users that is empty once, and reads that agree with it, prove nothing', async () => {
    await deleted();
    const match = { tenant: world.hub.tenantId };
    world.entra.faults.add({
      effect: 'status',
      status: 200,
      body: JSON.stringify({ value: [] }),
      match: { ...match, path: /deletedItems\/microsoft\.graph\.user\?/ },
      times: 1,
    });
    world.entra.faults.add({
      effect: 'status',
      status: 404,
      code: 'Request_ResourceNotFound',
      match: { ...match, path: new RegExp(`deletedItems/${sourceId()}`) },
      times: 1,
    });
    await world.until('missed', () => record()?.status.sourcePurge?.absentAt !== undefined, hour);
    await world.run(3 * hour);
    expect(inBin()).toBe(true);
    expect(record()?.status.sourcePurge?.absentAt).toBeUndefined();
  });

  it('A6 a user who is restored in the source meanwhile gets the account back', async () => {
    await deleted();
    world.hub.restore(sourceId());
    await world.until('restored', () => world.account(sourceId())?.id === account, 2 * hour);
    await world.run(minute);
    expect(record()?.status.sourcePurge).toBeUndefined();
  });

  it('A7 an account that somebody in the target has restored and deleted again is theirs', async () => {
    await deleted();
    world.spoke.restore(account);
    await world.run(minute);
    world.spoke.softDelete(account);
    world.hub.purge(sourceId());
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
  });

  it('D4 an adopted account is never purged', async () => {
    world = new World({ settings: unfriendly });
    people = hire(world, 3);
    const { id } = world.spoke.createExternalUser({ address: 'person0@contoso.com', userType: 'Member', accepted: true });
    account = id;
    await replicated(world);
    await world.begin({ interval: '10m', deprovisioning: { purgeAfterSourcePurge: true, guard: { threshold: 10, percent: 100 } } });
    await world.until('linked', () => world.account(sourceId())?.id === id, hour);
    world.hub.softDelete(sourceId());
    await world.until('deleted', () => record()?.status.state === 'SoftDeleted', hour);
    await world.run(30 * minute);
    world.hub.purge(sourceId());
    await world.run(3 * hour);
    expect(inBin()).toBe(true);
  });

  it('I12 a purge whose answer is lost is made once, and the record does not say otherwise', async () => {
    await deleted();
    world.hub.purge(sourceId());
    const lost = world.entra.faults.add({
      effect: 'dropAfter',
      match: { tenant: world.spoke.tenantId, method: 'DELETE', path: /directory\/deletedItems/ },
    });
    await world.until('purged', () => !inBin(), 2 * hour);
    expect(lost.applied).toBe(1);
    await world.run(30 * minute);
    expect(['Purged', 'SoftDeleted', undefined]).toContain(record()?.status.state);
    await world.restart();
    await world.until('the record goes', () => record() === undefined, 2 * hour);
    expect(guests(world)).toHaveLength(3);
  });

  it('I3 what reaches the numbers of the guard waits, and is said to', async () => {
    await deleted({}, { guard: { threshold: 2, percent: 100 } });
    world.hub.purge(sourceId());
    await world.until('it is said', () => warnings().includes('PurgeWaits'), 2 * hour);
    await world.run(3 * hour);
    expect(inBin()).toBe(true);
    await world.until('the window has passed', () => !inBin(), 30 * hour);
  });

  /** The purge is held by the guard. */
  async function held(): Promise<string> {
    await deleted({}, { guard: { threshold: 2, percent: 100 } });
    world.hub.purge(sourceId());
    await world.until('it is held', () => world.configuration().status.stagedPurges?.count === 1, 2 * hour);
    await world.run(10 * minute);
    expect(inBin()).toBe(true);
    return world.configuration().status.stagedPurges?.token ?? '';
  }
  const decide = (name: string, token: string): void =>
    world.annotate('SyncConfiguration', 'staff', { [`tenantsync.dev/${name}-deletions`]: token });
  const eventsOfStaff = (): readonly string[] => eventReasons(world, 'SyncConfiguration', 'staff');

  it('E8 what the guard holds is purged when it is approved, by exactly this set', async () => {
    const token = await held();
    const others = guestIds(world);
    decide('approve', 'another');
    await world.run(30 * minute);
    expect(inBin()).toBe(true);
    expect(eventsOfStaff()).toContain('DeletionDecisionRefused');
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/approve-deletions': token, 'tenantsync.dev/decided-by': 'anna' });
    await world.until('purged', () => !inBin(), 10 * minute);
    await world.until('said', () => record()?.status.state === 'Purged', minute);
    expect(eventsOfStaff()).toContain('PurgesApproved');
    expect(world.configuration().status.lastHandledDeletionDecision).toMatchObject({ set: 'Purges', decision: 'Approved', state: 'Done' });
    expect(world.configuration().status.stagedPurges).toBeUndefined();
    expect(guestIds(world)).toEqual(others);
    const entry = () => world.configuration().status.history?.find(({ id }) => id === token);
    await world.until('its cycle has ended', () => entry()?.completedAt !== undefined, hour);
    expect(entry()).toMatchObject({ kind: 'Approved', result: 'Succeeded', operations: { delete: 1 } });
    const logged = world.provisioningLog.map((line) => JSON.parse(line) as { cycleId: string; initiatedBy: { displayName: string } });
    const purge = logged.findLast(({ cycleId }) => cycleId === token);
    expect(purge?.initiatedBy.displayName).toBe('anna');
  });

  it('F5 the command shows what the guard holds, and decides about it', async () => {
    await held();
    const name = String(record()?.spec.source.userPrincipalName);
    expect((await runClientIn(world, ['decisions'])).out).toContain('waits (1 purges)');
    const { status, out } = await runClientIn(world, ['approve', 'staff', '--yes']);
    expect(status).toBe(0);
    expect(out).toContain(`1 × Purge:\n  ${name}`);
    expect(out).toContain('will be deleted for good');
    await world.until('purged', () => !inBin(), 10 * minute);
    expect((await runClientIn(world, ['decisions'])).out).toContain('Approved (1 purges)');
  });

  it('E8 what the guard holds stays when it is rejected, until the directory purges it', async () => {
    decide('reject', await held());
    await world.run(27 * hour);
    expect(inBin()).toBe(true);
    expect(eventsOfStaff()).toContain('PurgesRejected');
    expect(world.configuration().status.stagedPurges).toBeUndefined();
    expect(warnings()).not.toContain('PurgeWaits');
  });

  it('E8 I12 an approval outlives a process that ends before the purge', async () => {
    const token = await held();
    const refused = world.entra.faults.add({
      effect: 'status',
      status: 503,
      match: { tenant: world.spoke.tenantId, method: 'DELETE', path: /directory\/deletedItems/ },
      probability: 1,
    });
    decide('approve', token);
    await world.until('it is tried', () => refused.applied > 0, 10 * minute);
    world.killOperator();
    refused.remove();
    expect(inBin()).toBe(true);
    await world.run(minute);
    await world.startOperator();
    await world.until('purged', () => !inBin(), 2 * hour);
    expect(record()?.status.sourcePurge?.approval).toBe(token);
  });

  it('E8 an approval purges nothing while the configuration is suspended', async () => {
    const token = await held();
    const suspend = (on: boolean): void => {
      world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' }, { spec: { suspend: on } });
    };
    suspend(true);
    decide('approve', token);
    await world.run(3 * hour);
    expect(inBin()).toBe(true);
    suspend(false);
    await world.until('purged', () => !inBin(), 2 * hour);
  });

  it('I11 a process that is killed before the purge judges anew, and a suspension holds it', async () => {
    await deleted();
    world.hub.purge(sourceId());
    await world.until('found twice', () => record()?.status.sourcePurge?.absentAt?.length === 1, 2 * hour);
    world.killOperator();
    await world.run(minute);
    const suspend = (on: boolean): void => {
      world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' }, { spec: { suspend: on } });
    };
    suspend(true);
    await world.startOperator();
    await world.run(2 * hour);
    expect(inBin()).toBe(true);
    suspend(false);
    await world.until('purged', () => !inBin(), 2 * hour);
  });
});
