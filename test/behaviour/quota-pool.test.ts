import type { App, LogEntry } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { Logger } from '../../src/ports/logger.ts';
import { condition, guests, hire, replicated } from '../support/scene.ts';
import { groupRecord, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import { targetPermissions } from '../support/permissions.ts';
import { World } from '../support/world.ts';

const minute = 60_000;
const settings = { latency: { min: 20, max: 200 }, replication: { reads: { min: 0, max: 2000 }, advanced: { min: 500, max: 4000 } } };

describe('G5: a target that several applications write to', () => {
  let world: World;
  let logged: string[] = [];
  afterEach(() => world.end());

  /** Lines of the log with what does not belong there. */
  const leaks = (): readonly string[] =>
    logged.filter((line) => ['spoke-secret', 'secret-b', 'no-secret', 'person'].some((text) => line.includes(text)));

  const noting = (): Logger => {
    const note = (message: string, fields?: object): void => void logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
    const logger: Logger = { debug: () => undefined, info: note, warn: note, error: note, child: () => logger };
    return logger;
  };

  const start = (): void => {
    logged = [];
    world = new World({ settings, logger: noting() });
  };

  /** One more application of the spoke; its Secret holds `secret`, whatever the application knows. */
  const application = (name: string, secret = `secret-${name}`): App => {
    world.secret(`spoke-app-${name}`, { clientSecret: secret });
    return world.spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: `secret-${name}` }] });
  };

  const entry = (app: App, name: string): JsonObject => ({
    clientSecret: { clientId: app.appId, secretRef: { name: `spoke-app-${name}`, key: 'clientSecret' } },
  });

  const applyPool = (...entries: readonly JsonObject[]): void => {
    world.applyPair({ target: { ...(world.pairSpec().target as JsonObject), additionalCredentials: entries } });
  };

  const warnings = (): readonly { readonly reason: string; readonly message: string }[] => world.pair().status.access?.warnings ?? [];
  const writesOf = (app: App): readonly LogEntry[] => world.spoke.log.writes().filter(({ appId }) => appId === app.appId);
  const allThere = (count: number) => (): boolean =>
    guests(world).length === count && world.projections().filter(({ status }) => status.state === 'Provisioned').length === count;

  it('one that is throttled, one whose secret is wrong, a lost answer and a kill: everybody is there once, by those that can', async () => {
    start();
    const [b, c] = [application('b'), application('c', 'no-secret')];
    applyPool(entry(b, 'b'), entry(c, 'c'));
    world.applyConfiguration();
    hire(world, 40);
    await replicated(world);
    const match = { appId: world.spokeApp.appId, write: true };
    const throttled = world.entra.faults.add({ effect: 'throttle', retryAfter: 1200, match, after: 6, times: 1000 });
    world.entra.faults.add({ effect: 'dropAfter', match: { appId: b.appId, operation: 'POST /invitations' }, after: 3 });
    await world.startOperator();
    await world.until('some are there', () => guests(world).length > 15);
    world.killOperator();
    await world.startOperator();
    await world.until('everybody is there', allThere(40), 20 * minute);
    expect(new Set(guests(world).map(({ invitedAddress }) => invitedAddress)).size).toBe(40);
    // One of the six may have met an account that was not visible yet.
    expect(writesOf(world.spokeApp).length).toBeLessThanOrEqual(6);
    // What was under way when the pause began, in each of the two processes.
    expect(throttled.applied).toBeLessThan(30);
    expect(writesOf(b).length).toBeGreaterThan(60);
    expect(writesOf(c)).toEqual([]);
    await world.until('the one is told of', () => warnings().some(({ reason }) => reason === 'CredentialsRejected'));
    expect(warnings()).toEqual([
      expect.objectContaining({
        reason: 'TenantQuotaShared',
        message: expect.stringContaining('2 application(s) write to the target') as string,
      }),
      {
        reason: 'CredentialsRejected',
        message: expect.stringMatching(
          new RegExp(
            `^The application ${c.appId} of the target \\(spec.target.additionalCredentials\\[1\\]\\) is left out: .* The others go on`,
          ),
        ) as string,
      },
    ]);
    expect(condition(world.pair())?.status).toBe('True');
    expect(logged.length).toBeGreaterThan(0);
    expect(leaks()).toEqual([]);
  });

  it('the writes of one pass go through one application, and the work is spread over all of them', async () => {
    start();
    const [b, c] = [application('b'), application('c')];
    applyPool(entry(b, 'b'), entry(c, 'c'));
    world.applyConfiguration();
    hire(world, 30);
    await replicated(world);
    await world.startOperator();
    await world.until('everybody is there', allThere(30));
    for (const app of [world.spokeApp, b, c]) expect(writesOf(app).length).toBeGreaterThan(5);
    // Nobody was short of quota, so each account was invited and filled in by one and the same application.
    const byAccount = Map.groupBy(world.spoke.log.writes(), ({ objectId }) => objectId);
    expect([...byAccount.values()].map((writes) => new Set(writes.map(({ appId }) => appId)).size)).toEqual(Array(30).fill(1));
    expect(warnings().map(({ reason }) => reason)).toEqual(['TenantQuotaShared']);
  });

  /** Source groups of these names with all of these people, projected by the configuration. */
  const projected = (count: number, people: readonly { readonly id: string }[]): readonly string[] => {
    const members = people.map(({ id }) => id);
    const groups = Array.from({ length: count }, (_, index) => world.hub.createGroup({ displayName: `Group ${index}`, members }).id);
    for (const app of [world.spokeApp, ...pooled]) app.grant('Group.ReadWrite.All');
    world.spoke.policies.setGroupSync(world.hub.tenantId, true);
    world.applyConfiguration(selecting(groups));
    return groups;
  };
  let pooled: readonly App[] = [];
  const groupWritesOf = (app: App): readonly LogEntry[] => writesOf(app).filter(({ operation }) => operation.includes('/groups'));
  const agree = (groups: readonly string[], members: number) => (): boolean =>
    groups.every((id) => mirroredPeople(world, id).length === members && groupRecord(world, id)?.status.state === 'Provisioned');

  it('G3 groups are spread over all of them', async () => {
    start();
    pooled = [application('b'), application('c')];
    applyPool(...pooled.map((app, index) => entry(app, ['b', 'c'][index] ?? '')));
    const groups = projected(12, hire(world, 6));
    await replicated(world);
    await world.startOperator();
    await world.until('all groups agree', agree(groups, 6), 20 * minute);
    for (const app of [world.spokeApp, ...pooled]) expect(groupWritesOf(app).length).toBeGreaterThan(2);
    expect(ourGroups(world)).toHaveLength(12);
  });

  it('G3 groups: the first one is throttled and then fails, and the others write them', async () => {
    start();
    pooled = [application('b')];
    applyPool(...pooled.map((app) => entry(app, 'b')));
    const people = hire(world, 6);
    const groups = projected(4, people);
    await replicated(world);
    const match = { appId: world.spokeApp.appId, write: true };
    world.entra.faults.add({ effect: 'throttle', retryAfter: 1200, match, times: 1000 });
    await world.startOperator();
    await world.until('all groups agree', agree(groups, 6), 10 * minute);
    expect(groupWritesOf(world.spokeApp)).toEqual([]);
    world.entra.faults.clear();
    world.spokeApp.removeSecret('spoke-secret');
    world.spokeApp.revokeTokens();
    for (const id of groups) world.hub.removeMember(id, people[0]?.id ?? '');
    await world.until('who has left is out', agree(groups, 5), 20 * minute);
    expect(world.spoke.groups().filter(({ uniqueName }) => uniqueName !== null)).toHaveLength(4);
    expect(groups.every((id) => (groupRecord(world, id)?.status.attempts ?? 0) === 0)).toBe(true);
  });

  it('the first one fails and the others go on; mended, it takes part again', async () => {
    start();
    const b = application('b');
    applyPool(entry(b, 'b'));
    world.applyConfiguration();
    await world.startOperator();
    await world.until('a cycle', () => world.configuration().status.lastCycle?.id !== undefined);
    world.spokeApp.removeSecret('spoke-secret');
    world.spokeApp.revokeTokens();
    hire(world, 10);
    await world.until('everybody is there', allThere(10), 20 * minute);
    expect(world.projections().every(({ status }) => (status.attempts ?? 0) === 0)).toBe(true);
    await world.until('it is told of', () => warnings().some(({ reason }) => reason === 'CredentialsRejected'));
    expect(warnings().at(-1)?.message).toContain(
      `The application ${world.spokeApp.appId} of the target (spec.target.credentials) is left out`,
    );
    expect(condition(world.pair())?.status).toBe('True');
    world.spokeApp.addSecret('spoke-secret');
    await world.until('it takes part', () => warnings().length === 1, 10 * minute);
  });

  it('one that lacks a permission, and one that has no Secret, are left out by name; without any the pair is not ready', async () => {
    start();
    const [b, c] = [application('b'), application('c')];
    b.revoke('User.Invite.All');
    applyPool(entry(b, 'b'), { clientSecret: { clientId: c.appId, secretRef: { name: 'nowhere', key: 'clientSecret' } } });
    world.applyConfiguration();
    hire(world, 5);
    await replicated(world);
    await world.startOperator();
    await world.until('everybody is there', allThere(5));
    expect(writesOf(b)).toEqual([]);
    expect(warnings().map(({ reason }) => reason)).toEqual(['TenantQuotaShared', 'PermissionMissing', 'SecretNotFound']);
    expect(warnings()[1]?.message).toContain(`${b.appId} of the target (spec.target.additionalCredentials[0]) is left out: It lacks`);
    expect(warnings()[2]?.message).toContain('(spec.target.additionalCredentials[1])');
    world.spokeApp.consented = false;
    world.spokeApp.revokeTokens();
    await world.until('none is left', () => condition(world.pair())?.status === 'False', 20 * minute);
    expect(condition(world.pair())?.reason).toBe('ConsentMissing');
  });

  it('B1 the target says no: nobody writes any more, whichever application asks', async () => {
    start();
    const b = application('b');
    applyPool(entry(b, 'b'));
    world.applyConfiguration();
    hire(world, 3);
    await replicated(world);
    await world.startOperator();
    await world.until('everybody is there', allThere(3));
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    hire(world, 3, 'later');
    await world.until('it is told', () => condition(world.pair())?.reason === 'UserSyncNotAllowed', 20 * minute);
    const before = world.spoke.log.writes().length;
    await world.run(20 * minute);
    expect(world.spoke.log.writes().length).toBe(before);
  });

  it('I9 the tenant asks to wait: all applications wait, and one request asks again', async () => {
    start();
    const b = application('b');
    applyPool(entry(b, 'b'));
    world.applyConfiguration();
    hire(world, 6);
    await replicated(world);
    const headers = { 'retry-after': '300', 'x-ms-throttle-scope': `Tenant/Write/${b.appId}/${world.spoke.tenantId}` };
    const match = { tenant: world.spoke.tenantId, write: true };
    const refusal = world.entra.faults.add({ effect: 'status', status: 429, headers, match, after: 2, times: 1 });
    await world.startOperator();
    await world.until('it refuses', () => refusal.applied > 0);
    await world.run(10_000);
    const sent = world.spoke.log.entries().filter(({ write }) => write).length;
    await world.run(4 * minute);
    expect(world.spoke.log.entries().filter(({ write }) => write).length).toBe(sent);
    await world.until('everybody is there', allThere(6), 10 * minute);
  });
});
