import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type App, createEntra, type Entra, serveHttps, type Tenant } from '@tenantsync/sandbox/entra';
import { builtInClouds, type Cloud, cloudsFromFile } from '../../../src/graph/clouds.ts';
import { createDirectoryFactory } from '../../../src/graph/factory.ts';
import { createTransport, defaultTransport } from '../../../src/graph/transport.ts';
import type { CredentialSpec, DirectoryFactory, SourceDirectory, TargetDirectory, UserChange } from '../../../src/ports/directory.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { call, failureOf, recordedLog, type Recorded, recordedMetrics } from './support.ts';

const sourcePermissions = ['User.Read.All', 'GroupMember.Read.All', 'Policy.Read.All', 'Application.Read.All'];
const targetPermissions = [
  'User.Read.All',
  'User.Invite.All',
  'User.ReadWrite.All',
  'Policy.Read.All',
  'User.DeleteRestore.All',
  'User.EnableDisableAccount.All',
  'User.RevokeSessions.All',
];
const select = [
  'userPrincipalName',
  'displayName',
  'mail',
  'jobTitle',
  'userType',
  'accountEnabled',
  'extensionAttribute15',
  'identities',
  'creationType',
];

interface Pair {
  readonly clock: VirtualClock;
  readonly entra: Entra;
  readonly contoso: Tenant;
  readonly fabrikam: Tenant;
  readonly sourceApp: App;
  readonly targetApp: App;
  readonly factory: DirectoryFactory;
  readonly source: SourceDirectory;
  readonly target: TargetDirectory;
  readonly metrics: Recorded;
}

function factoryOver(
  clock: VirtualClock,
  fetchForCloud: (cloud: Cloud) => HttpFetch,
  clouds: readonly Cloud[],
  metrics: Recorded,
): DirectoryFactory {
  return createDirectoryFactory({
    clouds,
    fetchForCloud,
    clock,
    random: seededRandom(5),
    logger: recordedLog().logger,
    metrics,
    quotaShare: 0.9,
    serviceAccountTokens: { request: () => Promise.reject(new Error('not here')) },
  });
}

/** Contoso with its people, Fabrikam without, and our adapter with real credentials in between. */
function pair(): Pair {
  const clock = new VirtualClock();
  const entra = createEntra({ clock, random: seededRandom(1) });
  const contoso = entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
  const fabrikam = entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam', domains: ['fabrikam.com'] });
  const sourceApp = contoso.registerApp({ permissions: sourcePermissions, secrets: [{ value: 'one' }] });
  const targetApp = fabrikam.registerApp({ permissions: targetPermissions, secrets: [{ value: 'two' }] });
  const metrics = recordedMetrics();
  const factory = factoryOver(clock, () => entra.fetch, builtInClouds, metrics);
  const credentials = (app: App, secret: string): CredentialSpec => ({ type: 'ClientSecret', clientId: app.appId, secret });
  const source = factory.source({
    side: 'source',
    tenantId: contoso.tenantId,
    cloud: 'Global',
    credentials: credentials(sourceApp, 'one'),
  });
  const target = factory.target({
    side: 'target',
    tenantId: fabrikam.tenantId,
    cloud: 'Global',
    credentials: credentials(targetApp, 'two'),
  });
  return { clock, entra, contoso, fabrikam, sourceApp, targetApp, factory, source, target, metrics };
}

/** A whole delta round. */
async function round(source: SourceDirectory, link?: string): Promise<{ changes: UserChange[]; watermark: string; pages: number }> {
  const changes: UserChange[] = [];
  let request: { link: string } | { select: readonly string[] } = link === undefined ? { select } : { link };
  for (let pages = 1; ; pages += 1) {
    const page = await source.usersDelta(request, call());
    changes.push(...page.changes);
    if (page.watermark !== undefined) return { changes, watermark: page.watermark, pages };
    request = { link: page.next ?? '' };
  }
}

const invitation = {
  displayName: 'Ann',
  userType: 'Member',
  redirectUrl: 'https://myapplications.microsoft.com',
  sendMessage: false,
} as const;

describe('Against a simulated Entra, with real credentials', () => {
  test('a tenant is known by its token, its organization and its policies', async () => {
    const { source, target, contoso, fabrikam } = pair();
    fabrikam.policies.setUserSync(contoso.tenantId, true);
    fabrikam.policies.setPartner(contoso.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
    expect((await source.grantedPermissions(call())).toSorted()).toEqual(sourcePermissions.toSorted());
    await expect(source.organization(call())).resolves.toMatchObject({ id: contoso.tenantId, displayName: 'Contoso' });
    await expect(target.partnerAccess(contoso.tenantId, call())).resolves.toMatchObject({
      configured: true,
      userSyncInboundAllowed: true,
      automaticConsent: { inboundAllowed: true, outboundAllowed: false },
      b2bCollaborationInboundBlocked: false,
    });
    await expect(source.partnerAccess(fabrikam.tenantId, call())).resolves.toMatchObject({
      configured: false,
      userSyncInboundAllowed: null,
    });
    await expect(target.invitationPolicy(call())).resolves.toEqual({ allowInvitesFrom: fabrikam.policies.allowInvitesFrom });
    await expect(target.allowedCloudEndpoints(call())).resolves.toEqual(fabrikam.policies.allowedCloudEndpoints);
  });

  test('delta rounds see everybody once, then what changed, with managers and deletions', async () => {
    const { source, contoso } = pair();
    const boss = contoso.createUser({ properties: { displayName: 'Boss' } });
    const people = Array.from({ length: 450 }, (_, n) =>
      contoso.createUser({ managerId: boss.id, properties: { displayName: `P ${n}`, jobTitle: 'Cook' } }),
    );
    const first = await round(source);
    expect(first.pages).toBeGreaterThan(2);
    expect(new Set(first.changes.map((change) => (change.type === 'Present' ? change.user.id : change.id))).size).toBe(451);
    expect(first.changes.find((change) => change.type === 'Present' && change.user.id === people[7]?.id)).toMatchObject({
      complete: true,
      user: { managerId: boss.id, mail: null, attributes: { jobTitle: 'Cook', extensionAttribute15: null } },
    });

    contoso.updateUser(people[1]?.id ?? '', { jobTitle: null });
    contoso.setManager(people[2]?.id ?? '', null);
    contoso.softDelete(people[3]?.id ?? '');
    contoso.softDelete(people[4]?.id ?? '');
    contoso.purge(people[4]?.id ?? '');
    const [left, purged, there] = [people[3], people[4], people[5]].map((user) => user?.id ?? '');
    expect((await source.deletedUsersPage(undefined, call())).items).toEqual([left]);
    expect([...(await source.deletedAmong([left, purged, there].map(String), call()))]).toEqual([left]);
    const second = await round(source, first.watermark);
    const byId = new Map(second.changes.map((change) => [change.type === 'Present' ? change.user.id : change.id, change]));
    expect(byId.get(people[1]?.id ?? '')).toMatchObject({ user: { attributes: { jobTitle: null } } });
    expect(byId.get(people[2]?.id ?? '')).toMatchObject({ user: { managerId: null } });
    expect(byId.get(people[3]?.id ?? '')).toMatchObject({ type: 'SoftDeleted' });
    expect(byId.get(people[4]?.id ?? '')).toMatchObject({ type: 'HardDeleted' });
    expect(byId.size).toBe(4);
    expect((await round(source, second.watermark)).changes).toEqual([]);
  });

  test.each(['deltaReset', 'deltaExpire'] as const)('trap 5: %s ends a round as expired', async (effect) => {
    const { source, entra, contoso } = pair();
    contoso.createUser({});
    const { watermark } = await round(source);
    entra.faults.add({ effect });
    await expect(failureOf(source.usersDelta({ link: watermark }, call()))).resolves.toMatchObject({ kind: 'DeltaExpired' });
  });

  test('trap 1: empty pages and pages that break off do not end a round', async () => {
    const { source, entra, contoso } = pair();
    contoso.createUser({});
    entra.faults.add({ effect: 'emptyPage', match: { path: /users\/delta/ } });
    await expect(round(source)).resolves.toMatchObject({ pages: 2, changes: [{ type: 'Present' }] });
    entra.faults.add({ effect: 'truncate', match: { path: /users\/delta/ } });
    await expect(failureOf(source.usersDelta({ select }, call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test('groups, members, assignments and users are found', async () => {
    const { source, contoso } = pair();
    const boss = contoso.createUser({ userPrincipalName: "o'neil@contoso.com" });
    const users = Array.from({ length: 30 }, () => contoso.createUser({ managerId: boss.id, properties: { mail: 'x@contoso.com' } }));
    const inner = contoso.createGroup({ displayName: 'Inner', members: users.slice(0, 3).map((user) => user.id) });
    const group = contoso.createGroup({ displayName: "Sales & 'friends' #1", members: [boss.id, inner.id] });
    await expect(source.findUserByPrincipalName("O'Neil@contoso.com", call())).resolves.toMatchObject({ id: boss.id });
    await expect(source.findGroupsByName("Sales & 'friends' #1", call())).resolves.toMatchObject([{ id: group.id }]);
    await expect(source.groupMembers({ groupId: group.id, nested: false }, call())).resolves.toEqual({ items: [boss.id] });
    expect((await source.groupMembers({ groupId: group.id, nested: true }, call())).items).toHaveLength(4);
    const found = await source.getUsers([...users.map((user) => user.id), contoso.tenantId], select, call());
    expect(found.size).toBe(30);
    expect(found.get(users[0]?.id ?? '')).toMatchObject({ managerId: boss.id, mail: 'x@contoso.com' });
    const application = contoso.createServicePrincipal('Portal');
    contoso.assign(application, boss.id);
    contoso.assign(application, group.id);
    const { items } = await source.applicationAssignments({ servicePrincipalId: application }, call());
    expect(items).toEqual([
      { principalId: boss.id, principalType: 'User' },
      { principalId: group.id, principalType: 'Group' },
    ]);
    const page = await source.groupsDelta({ groupIds: [group.id] }, call());
    expect(page.changes).toMatchObject([{ type: 'Present', id: group.id, added: [boss.id] }]);
    contoso.removeMember(group.id, boss.id);
    const next = await source.groupsDelta({ link: page.watermark ?? page.next ?? '' }, call());
    expect(next.changes).toMatchObject([{ type: 'Present', id: group.id, added: [], removed: [boss.id] }]);
  });

  test('an account lives: invited, filled, managed, found, blocked, deleted, restored, purged', async () => {
    const { target, contoso, fabrikam } = pair();
    contoso.createUser({ userPrincipalName: 'ann@contoso.com' });
    const { id } = await target.invite({ ...invitation, emailAddress: 'ann@contoso.com' }, call());
    const boss = await target.invite({ ...invitation, emailAddress: 'boss@contoso.com' }, call());
    await target.updateUser(
      id,
      { jobTitle: 'Cook', department: 'Kitchen', businessPhones: ['+49 1'], extensionAttribute15: 'tid/oid' },
      call(),
    );
    await target.setManager(id, boss.id, call());
    await expect(target.getUser(id, select, call())).resolves.toMatchObject({
      managerId: boss.id,
      creationType: 'Invitation',
      attributes: { jobTitle: 'Cook', extensionAttribute15: 'tid/oid' },
    });
    await target.updateUser(id, { department: null, businessPhones: null, accountEnabled: false }, call());
    expect(fabrikam.user(id)?.properties).toMatchObject({ department: null, businessPhones: [], accountEnabled: false });
    await target.revokeSessions(id, call());
    await target.clearManager(id, call());
    await target.clearManager(id, call());

    const anchor = { attribute: 'extensionAttribute15', value: 'tid/oid', whole: ['tid/oid'] };
    const search = { anchor, addresses: ['ANN@contoso.com', "o'neil@contoso.com", 'c@contoso.com', 'd@contoso.com'] };
    expect((await target.findAccounts(search, select, call())).live.map((user) => user.id)).toEqual([id]);
    await target.deleteUser(id, call());
    expect((await target.findAccounts(search, select, call())).live).toEqual([]);
    await expect(target.getUser(id, select, call())).resolves.toBeUndefined();
    expect((await target.findAccounts(search, select, call())).deleted.map((user) => user.id)).toEqual([id]);
    await expect(target.getDeletedUser(id, ['deletedDateTime', 'mail'], call())).resolves.toMatchObject({
      deletedDateTime: expect.any(String) as string,
    });
    await target.restoreUser(id, { reconcileProxies: false }, call());
    await expect(target.getUser(id, select, call())).resolves.toMatchObject({ id });
    await target.deleteUser(id, call());
    await target.purgeUser(id, call());
    expect(fabrikam.user(id)).toBeUndefined();
  });

  test('refusals mean what they mean', async () => {
    const { target, contoso, fabrikam, targetApp } = pair();
    const internal = fabrikam.createUser({ userPrincipalName: 'bob@fabrikam.com', properties: { mail: 'bob@contoso.com' } });
    const invite = (emailAddress: string) => failureOf(target.invite({ ...invitation, emailAddress }, call()));
    await expect(invite('bob@contoso.com')).resolves.toMatchObject({ reason: 'InternalUserExists', conflictingObjectId: internal.id });
    fabrikam.updateUser(internal.id, { accountEnabled: false });
    await expect(invite('bob@contoso.com')).resolves.toMatchObject({
      reason: 'InternalUserExists',
      conflictingObjectId: internal.id,
      status: 412,
    });
    await expect(invite('x@fabrikam.com')).resolves.toMatchObject({ kind: 'InvitationRefused', reason: 'InvitationRefused' });
    await expect(invite('x@fabrikam.onmicrosoft.com')).resolves.toMatchObject({ kind: 'InvitationRefused', reason: 'InvitationRefused' });
    await expect(invite('a+b@contoso.com')).resolves.toMatchObject({ kind: 'InvitationRefused', reason: 'AddressInvalid' });
    fabrikam.policies.invitationDomains = { kind: 'block', domains: ['contoso.com'] };
    await expect(invite('x@contoso.com')).resolves.toMatchObject({ kind: 'InvitationRefused', reason: 'InvitationRefused' });
    fabrikam.policies.invitationDomains = null;
    fabrikam.policies.allowInvitesFrom = 'none';
    await expect(invite('x@contoso.com')).resolves.toMatchObject({ reason: 'InvitationsDisabled' });
    fabrikam.policies.allowInvitesFrom = 'everyone';
    contoso.policies.setPartner(fabrikam.tenantId, {
      b2bCollaborationOutbound: { usersAndGroups: { accessType: 'blocked', targets: [{ target: 'AllUsers', targetType: 'user' }] } },
    });
    await expect(invite('x@contoso.com')).resolves.toMatchObject({ reason: 'CollaborationBlocked' });
    contoso.policies.removePartner(fabrikam.tenantId);

    const { id } = await target.invite({ ...invitation, emailAddress: 'ann@contoso.com' }, call());
    await expect(failureOf(target.updateUser(id, { displayName: null }, call()))).resolves.toMatchObject({
      kind: 'AttributeRefused',
      attributes: ['displayName'],
    });
    await expect(failureOf(target.updateUser(id, { mobilePhone: 'x'.repeat(65) }, call()))).resolves.toMatchObject({
      kind: 'AttributeRefused',
      attributes: ['mobilePhone'],
    });
    await expect(failureOf(target.updateUser(id, { mail: 'bob@contoso.com' }, call()))).resolves.toMatchObject({
      kind: 'ObjectConflict',
      conflictingObjectId: internal.id,
    });
    await expect(failureOf(target.setManager(id, contoso.tenantId, call()))).resolves.toMatchObject({ kind: 'ReferenceNotReady' });
    await expect(failureOf(target.updateUser(contoso.tenantId, { city: 'x' }, call()))).resolves.toMatchObject({ kind: 'NotFound' });
    fabrikam.setPrivileged(id, true);
    await expect(failureOf(target.updateUser(id, { mobilePhone: '1' }, call()))).resolves.toMatchObject({
      kind: 'Forbidden',
      reason: 'GraphForbidden',
    });
    targetApp.revoke('User.Invite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All');
    targetApp.revokeTokens();
    await expect(invite('x@contoso.com')).resolves.toMatchObject({ kind: 'Forbidden', reason: 'PermissionMissing' });
  });

  test('tokens that are revoked, secrets that are wrong and tenants that refuse are told apart', async () => {
    const { clock, entra, contoso, source, sourceApp, factory } = pair();
    await source.organization(call());
    sourceApp.revokeTokens();
    await expect(source.organization(call())).resolves.toMatchObject({ id: contoso.tenantId });
    await clock.advance(2 * 3_600_000);
    await expect(source.organization(call())).resolves.toMatchObject({ id: contoso.tenantId });

    const connect = (clientId: string, secret: string, tenantId = contoso.tenantId) =>
      factory.source({ side: 'source', tenantId, cloud: 'Global', credentials: { type: 'ClientSecret', clientId, secret } });
    await expect(failureOf(connect(sourceApp.appId, 'wrong').organization(call()))).resolves.toMatchObject({
      reason: 'CredentialsRejected',
    });
    sourceApp.addSecret('old', entra.now() - 1);
    await expect(failureOf(connect(sourceApp.appId, 'old').organization(call()))).resolves.toMatchObject({ reason: 'CredentialsExpired' });
    await expect(failureOf(connect(contoso.tenantId, 'one').organization(call()))).resolves.toMatchObject({
      reason: 'ApplicationNotFound',
    });
    await expect(failureOf(connect(sourceApp.appId, 'one', sourceApp.appId).organization(call()))).resolves.toMatchObject({
      reason: 'TenantNotFound',
    });
    sourceApp.consented = false;
    sourceApp.addSecret('new');
    await expect(failureOf(connect(sourceApp.appId, 'new').organization(call()))).resolves.toMatchObject({ reason: 'ConsentMissing' });
  });

  test('trap 8: an invitation whose answer is lost is found again by its address', async () => {
    const { target, entra, contoso } = pair();
    contoso.createUser({ userPrincipalName: 'ann@contoso.com' });
    entra.faults.add({ effect: 'dropAfter', match: { path: /invitations/ } });
    await expect(failureOf(target.invite({ ...invitation, emailAddress: 'ann@contoso.com' }, call()))).resolves.toMatchObject({
      outcomeUnknown: true,
    });
    expect((await target.findAccounts({ addresses: ['ann@contoso.com'] }, ['mail'], call())).live).toHaveLength(1);
  });

  test('I9: hard work stays inside the documented quota of the tenant', async () => {
    const { target, fabrikam, clock, metrics } = pair();
    const users = Array.from({ length: 60 }, () => fabrikam.createUser({}).id);
    await target.organization(call());
    let done = 0;
    let short = 0;
    const work = async (index: number): Promise<void> => {
      const failure = await target.updateUser(users[index % users.length] ?? '', { city: `C${index}` }, call()).then(
        () => undefined,
        (error: unknown) => (error as { failure: { retryAt: number; reason: string } }).failure,
      );
      if (failure === undefined) done += 1;
      else if (failure.reason === 'QuotaShort') {
        short += 1;
        clock.setTimer(failure.retryAt - clock.now(), () => void work(index));
      } else throw new Error(failure.reason);
    };
    await Promise.all(Array.from({ length: 3_000 }, (_, index) => work(index)));
    await clock.advanceUntil(() => done === 3_000, 600_000);
    expect(done).toBe(3_000);
    expect(short).toBeGreaterThan(500);
    expect(metrics.throttles).toEqual([]);
    expect(fabrikam.log.count('PATCH /users/{id}', 429)).toBe(0);
  });
});

describe('Over HTTPS, with a certificate of its own', () => {
  test('a cloud of the clouds file works with its CA bundle, and is not trusted without it', async () => {
    const clock = new VirtualClock(Date.now());
    const entra = createEntra({ clock, random: seededRandom(1) });
    const contoso = entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
    const app = contoso.registerApp({ permissions: sourcePermissions, secrets: [{ value: 'one' }] });
    const server = await serveHttps(entra);
    const folder = mkdtempSync(path.join(tmpdir(), 'graph-'));
    const caBundleFile = path.join(folder, 'ca.pem');
    writeFileSync(caBundleFile, server.caPem);
    const hosts = { authorityHost: server.url, graphHost: server.url };
    const transport = createTransport(defaultTransport);
    try {
      const clouds = cloudsFromFile({ lab: { ...hosts, caBundleFile }, untrusted: hosts });
      const factory = factoryOver(clock, (cloud) => transport.fetchForCloud(cloud), clouds, recordedMetrics());
      const connect = (cloud: string): SourceDirectory =>
        factory.source({
          side: 'source',
          tenantId: contoso.tenantId,
          cloud,
          credentials: { type: 'ClientSecret', clientId: app.appId, secret: 'one' },
        });
      const failure = await failureOf(connect('untrusted').organization(call()));
      expect(failure).toMatchObject({ kind: 'Unavailable', reason: 'AuthorityUnreachable' });
      expect(failure.message).toContain('caBundleFile');
      await clock.advance(10_000);
      await expect(connect('lab').organization(call())).resolves.toMatchObject({ id: contoso.tenantId });
    } finally {
      await transport.close();
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
