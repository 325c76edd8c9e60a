import type { SyncJob } from '@tenantsync/sandbox/entra';
import { runClientIn } from '../support/client-run.ts';
import { condition, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const mayRead = ['Synchronization.Read.All', 'Application.Read.All'];
let world: World;
let job: SyncJob;
afterEach(() => world.end());

/** Four people, whom Entra's own job for the same two tenants brings over. */
async function withJob(): Promise<void> {
  world = new World({ settings: unfriendly });
  world.hubApp.grant(...mayRead);
  hire(world, 4);
  job = world.hub.createSyncJob({ targetTenantId: world.spoke.tenantId, syncAll: true });
  job.start();
  await replicated(world);
}

const ready = (): readonly [string | undefined, string | undefined] => {
  const found = condition(world.configuration());
  return [found?.status, found?.reason];
};
const checked = async (): Promise<void> => {
  const token = `check-${world.clock.now()}`;
  world.annotate('TenantPair', 'hub-to-spoke', { 'tenantsync.dev/requested-at': token });
  await world.until('the check', () => world.pair().status.lastHandledReconcileAt === token);
};
const engine = (): string | undefined => world.pair().status.access?.entraJob?.state;

describe('B6 an Entra job that runs for the pair', () => {
  it('keeps Apply from writing, with the reason and the job, and Apply begins when the job is paused', async () => {
    await withJob();
    world.hub.createUser({ userPrincipalName: 'late@contoso.com' });
    job.pause();
    job.start();
    const before = spokeVersions(world);
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await world.until('the refusal', () => ready()[1] === 'EntraJobActive');
    expect(ready()[0]).toBe('False');
    const found = condition(world.pair(), 'EntraJobActive');
    expect([found?.status, found?.reason]).toEqual(['True', 'EntraJobActive']);
    expect(found?.message).toContain(job.id);
    expect(world.pair().status.access?.entraJob).toEqual({ state: 'Active', jobId: job.id, servicePrincipalId: job.servicePrincipalId });
    await world.run(20 * minute);
    expect([spokeVersions(world), world.projections().length]).toEqual([before, 0]);

    job.pause();
    await world.until('the configuration is ready', () => ready()[0] === 'True');
    expect(engine()).toBe('None');
    expect(world.projections().map(({ status }) => status.targetUser?.origin)).toEqual(Array(5).fill('Adopted'));
    expect(guests(world)).toHaveLength(5);
  });

  it('lets Plan go on', async () => {
    await withJob();
    await world.begin({ mode: 'Plan' });
    expect([ready(), engine()]).toEqual([['True', 'Succeeded'], 'Active']);
    const told = await runClientIn(world, ['check', 'hub-to-spoke']);
    expect(told.out).toMatch(/^EntraJobActive +True +EntraJobActive: Entra's own synchronization job Azure2Azure/m);
    world.hubApp.revoke(...mayRead);
    expect((await runClientIn(world, ['check', 'hub-to-spoke'])).out).toContain('EntraJobActive');
    expect(world.projections()).toHaveLength(4);
  });

  it('stops Apply when it is started again, before the next write', async () => {
    await withJob();
    job.pause();
    await world.begin();
    expect(ready()[0]).toBe('True');
    job.start();
    await checked();
    const [someone] = world.projections();
    world.hub.updateUser(someone?.spec.source.objectId ?? '', { jobTitle: 'Head' });
    await world.until('the refusal', () => ready()[1] === 'EntraJobActive');
    const writes = world.spoke.log.count('PATCH /users/{id}');
    await world.run(12 * minute);
    expect(world.spoke.log.count('PATCH /users/{id}')).toBe(writes);
  });

  it('is believed to run until an answer shows that it does not', async () => {
    await withJob();
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await world.until('the refusal', () => ready()[1] === 'EntraJobActive');
    const jobs = { operation: 'GET /servicePrincipals/{id}/synchronization/jobs' };
    world.entra.faults.add({ effect: 'status', status: 503, times: Infinity, match: jobs });
    await checked();
    expect(engine()).toBe('Active');
    world.entra.faults.clear();
    world.hubApp.revoke(...mayRead);
    world.hubApp.revokeTokens();
    job.pause();
    await checked();
    await world.stopOperator();
    await world.startOperator();
    await checked();
    await world.run(10 * minute);
    expect([engine(), ready()[1], world.projections().length]).toEqual(['Active', 'EntraJobActive', 0]);
    // A permission that is granted again counts at once: nothing else could end the refusal.
    world.hubApp.grant(...mayRead);
    await world.until('the configuration is ready', () => ready()[0] === 'True');
    expect(engine()).toBe('None');
  });

  it('stands against everything that writes: named users, approvals, and the end of a configuration', async () => {
    world = new World({ settings: unfriendly });
    world.hubApp.grant(...mayRead);
    const people = hire(world, 6);
    await replicated(world);
    await world.begin({ deprovisioning: { onConfigurationDeletion: 'Deprovision', guard: { threshold: 2, percent: 100 } } });
    await world.until('everybody is there', () => guests(world).length === 6);
    for (const { id } of people.slice(0, 3)) world.hub.softDelete(id);
    await replicated(world);
    await world.sync();
    await world.until('the removals are staged', () => world.configuration().status.stagedDeletions?.count === 3);
    await world.run(10 * minute);
    job = world.hub.createSyncJob({ targetTenantId: world.spoke.tenantId });
    job.start();
    await checked();
    await world.until('the refusal', () => ready()[1] === 'EntraJobActive');
    const before = spokeVersions(world);

    const token = world.configuration().status.stagedDeletions?.token ?? '';
    world.annotate('SyncConfiguration', 'staff', {
      'tenantsync.dev/approve-deletions': token,
      'tenantsync.dev/provision-users': `now:${people[5]?.id ?? ''}`,
    });
    await world.run(15 * minute);
    const [answer] = world.configuration().status.lastHandledProvisionUsers?.results ?? [];
    expect([answer?.result, answer?.reason]).toEqual(['Failed', 'EntraJobActive']);
    expect([spokeVersions(world), world.configuration().status.lastHandledDeletionDecision]).toEqual([before, undefined]);

    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    await world.run(15 * minute);
    expect([spokeVersions(world), world.configuration().metadata.name]).toEqual([before, 'staff']);
  });

  it('is not looked for without the permission, which is a note and holds nothing up', async () => {
    world = new World();
    hire(world, 2);
    const hidden = world.hub.createSyncJob({ targetTenantId: world.spoke.tenantId, syncAll: true });
    hidden.start();
    await world.begin();
    expect([ready()[0], engine(), world.pair().status.access?.warnings]).toEqual(['True', 'Unknown', []]);
    expect(world.hub.log.count('GET /servicePrincipals')).toBe(0);
    expect((await runClientIn(world, ['check', 'hub-to-spoke'])).out).toContain(
      'note: whether a job of Entra itself works on the pair is not known',
    );
  });

  it('for another tenant is none, and one whose target may not be read is a warning', async () => {
    world = new World();
    world.hubApp.grant(...mayRead);
    hire(world, 2);
    const third = world.entra.addTenant({ displayName: 'Third', initialDomain: 'third' });
    const other = world.hub.createSyncJob({ targetTenantId: third.tenantId, syncAll: true });
    other.start();
    await world.begin();
    expect([ready()[0], engine(), world.pair().status.access?.warnings]).toEqual(['True', 'None', []]);
    // Two requests of a check find jobs, and one more asks where they lead to.
    const asked = (): number => world.hub.log.count('GET /servicePrincipals');
    const before = asked();
    await world.run(60 * minute);
    expect(asked() - before).toBeLessThanOrEqual(14);
    const secrets = { operation: 'GET /servicePrincipals/{id}/synchronization/secrets' };
    world.entra.faults.add({ effect: 'status', status: 403, code: 'Authorization_RequestDenied', times: Infinity, match: secrets });
    await checked();
    expect(world.pair().status.access?.warnings?.map(({ reason }) => reason)).toEqual(['EntraJobActive']);
    expect(ready()[0]).toBe('True');
  });
});
