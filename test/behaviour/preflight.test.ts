import type { Tenant } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { condition, eventReasons, guestIds, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, usualLooks, World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

interface Case {
  readonly what: string;
  readonly broken: (world: World) => void;
  readonly spec?: (world: World) => JsonObject;
  readonly mended: (world: World) => void;
  readonly type: string;
  readonly reason: string;
  readonly says: string;
}

const secretOf = (world: World, side: 'source' | 'target', secretRef: JsonObject, clientId?: string): JsonObject => ({
  [side]: {
    tenantId: (side === 'source' ? world.hub : world.spoke).tenantId,
    credentials: { clientSecret: { clientId: clientId ?? (side === 'source' ? world.hubApp : world.spokeApp).appId, secretRef } },
  },
});

const removeSecret = (world: World, name: string): boolean => world.kube.delete({ kind: 'Secret', name, namespace });

const cases: readonly Case[] = [
  {
    what: 'an unknown Secret',
    broken: (world) => removeSecret(world, 'hub-app'),
    mended: (world) => world.secret('hub-app', { clientSecret: 'hub-secret' }),
    type: 'Ready',
    reason: 'SecretNotFound',
    says: 'Secret hub-app, named by the credentials of the source, does not exist in namespace identity. Create it.',
  },
  {
    what: 'a Secret that the operator may not read',
    broken: (world) =>
      world.kube.faults.add({ effect: { status: 403, reason: 'Forbidden' }, match: { path: /\/secrets\/hub-app/ }, times: Infinity }),
    mended: (world) => world.kube.faults.clear(),
    type: 'Ready',
    reason: 'SecretAccessDenied',
    says: 'may not read Secret hub-app, named by the credentials of the source, in namespace identity. Add the namespace to rbac.credentialNamespaces',
  },
  {
    what: 'a wrong key',
    broken: (world) => world.secret('spoke-app', { other: 'spoke-secret' }),
    mended: (world) => world.secret('spoke-app', { clientSecret: 'spoke-secret' }),
    type: 'Ready',
    reason: 'SecretKeyMissing',
    says: 'Secret spoke-app, named by the credentials of the target, has no key clientSecret. Add it, or correct the key in spec.target.credentials.',
  },
  {
    what: 'an empty key',
    broken: (world) => world.secret('spoke-app', { clientSecret: ' ' }),
    mended: (world) => world.secret('spoke-app', { clientSecret: 'spoke-secret' }),
    type: 'Ready',
    reason: 'SecretInvalid',
    says: 'Key clientSecret of Secret spoke-app, named by the credentials of the target, is empty.',
  },
  {
    what: 'a wrong secret',
    broken: (world) => world.secret('hub-app', { clientSecret: 'guessed' }),
    mended: (world) => world.secret('hub-app', { clientSecret: 'hub-secret' }),
    type: 'SourceConnected',
    reason: 'CredentialsRejected',
    says: 'Check that the secret or certificate belongs to this application',
  },
  {
    what: 'an expired secret',
    broken: (world) => {
      world.spokeApp.removeSecret('spoke-secret');
      world.spokeApp.addSecret('spoke-secret', world.clock.now() - day);
    },
    mended: (world) => {
      world.spokeApp.addSecret('fresh');
      world.secret('spoke-app', { clientSecret: 'fresh' });
    },
    type: 'TargetConnected',
    reason: 'CredentialsExpired',
    says: 'Create new ones for the application and put them into the Secret.',
  },
  {
    what: 'an application without consent',
    broken: (world) => void (world.hubApp.consented = false),
    mended: (world) => void (world.hubApp.consented = true),
    type: 'SourceConnected',
    reason: 'ConsentMissing',
    says: 'An administrator of the tenant has to grant it.',
  },
  {
    what: 'a missing permission of the source',
    broken: (world) => world.hubApp.revoke('User.Read.All', 'GroupMember.Read.All'),
    mended: (world) => world.hubApp.grant('User.Read.All'),
    type: 'PermissionsGranted',
    reason: 'PermissionMissing',
    says: 'User.Read.All in the source',
  },
  {
    what: 'missing permissions of the target, all by name',
    broken: (world) => world.spokeApp.revoke('User.Invite.All', 'User.ReadWrite.All', 'User.DeleteRestore.All'),
    mended: (world) => world.spokeApp.grant('User.Invite.All', 'User.ReadWrite.All', 'User.DeleteRestore.All'),
    type: 'PermissionsGranted',
    reason: 'PermissionMissing',
    says: 'Missing application permissions: User.Invite.All in the target, User.ReadWrite.All in the target, User.DeleteRestore.All in the target. Add them to the app registration and grant admin consent.',
  },
  {
    what: 'an unreadable access policy',
    broken: (world) => world.spokeApp.revoke('Policy.Read.All'),
    mended: (world) => world.spokeApp.grant('Policy.Read.All'),
    type: 'PermissionsGranted',
    reason: 'PermissionMissing',
    says: 'Policy.Read.All in the target',
  },
  {
    what: 'an unreachable authority',
    broken: (world) => void world.entra.faults.add({ effect: 'dropBefore', times: 1_000_000, match: { operation: 'POST /token' } }),
    mended: (world) => world.entra.faults.clear(),
    type: 'SourceConnected',
    reason: 'AuthorityUnreachable',
    says: 'it cannot be reached, or its certificate is not trusted here (caBundleFile)',
  },
  {
    what: 'an unreachable Graph',
    broken: (world) => void world.entra.faults.add({ effect: 'dropBefore', times: 1_000_000, match: { operation: 'GET /organization' } }),
    mended: (world) => world.entra.faults.clear(),
    type: 'SourceConnected',
    reason: 'GraphUnreachable',
    says: 'Graph',
  },
  {
    what: 'a Graph with internal errors',
    broken: (world) =>
      void world.entra.faults.add({ effect: 'status', status: 503, times: 1_000_000, match: { operation: 'GET /organization' } }),
    mended: (world) => world.entra.faults.clear(),
    type: 'SourceConnected',
    reason: 'GraphUnavailable',
    says: 'Graph',
  },
];

describe('B10 preflight', () => {
  let world: World;
  afterEach(() => world.end());

  it.each(cases)(
    'B10 $what is named in a condition that says what to do, and recovers when it is mended',
    async ({ broken, mended, type, reason, says }) => {
      world = new World({ settings: unfriendly });
      hire(world, 2);
      await replicated(world);
      broken(world);
      world.applyPair();
      world.applyConfiguration();
      await world.startOperator();
      await world.until('it is said', () => condition(world.pair())?.reason === reason, 3 * minute);
      expect(condition(world.pair())).toMatchObject({ status: 'False', reason });
      expect(condition(world.pair(), type)).toMatchObject({ status: 'False', reason });
      expect(condition(world.pair(), type)?.message).toContain(says);
      expect(condition(world.pair(), 'Stalled')).toBeUndefined();
      await world.until('the configuration says it too', () => condition(world.configuration())?.reason === reason, minute);
      expect(condition(world.configuration())?.message).toContain(says);
      expect(eventReasons(world, 'TenantPair', 'hub-to-spoke')).toEqual([reason]);
      expect(guests(world)).toEqual([]);
      mended(world);
      await world.until('it recovers by itself', () => condition(world.pair())?.status === 'True', 6 * minute);
      await world.until('everybody is there', () => guests(world).length === 2, 6 * minute);
      expect(eventReasons(world, 'TenantPair', 'hub-to-spoke')).toEqual([reason, 'Succeeded']);
    },
  );

  it.each(cases.filter(({ what }) => !/access policy|permission/.test(what)))(
    'B10 $what that comes later deletes nobody, and the work goes on when it is mended',
    async ({ broken, mended, reason }) => {
      world = new World({ settings: { ...unfriendly, authority: { tokenLifetime: 300 } } });
      hire(world, 12);
      await replicated(world);
      await world.begin();
      await world.until('everybody is there', () => guests(world).length === 12);
      const before = guestIds(world);
      broken(world);
      world.spokeApp.revokeTokens();
      world.hubApp.revokeTokens();
      hire(world, 1, 'late');
      await world.until('it is said', () => condition(world.pair())?.reason === reason, 12 * minute);
      await world.run(10 * minute);
      // Who was hired in the meantime may have come through; nobody has gone.
      expect(guestIds(world)).toEqual(expect.arrayContaining([...before]));
      expect(world.spoke.deletedUsers()).toEqual([]);
      expect(condition(world.configuration())?.status).toBe('False');
      mended(world);
      await world.until('the late one is there', () => guests(world).length === 13, 20 * minute);
      await world.until('it is ready', () => condition(world.configuration())?.status === 'True', 10 * minute);
    },
  );

  it('B10 a Secret that is refused once, as by a server that has just started, stops nothing', async () => {
    world = new World({ settings: unfriendly });
    hire(world, 2);
    await replicated(world);
    await world.begin();
    let reads = 0;
    world.kube.hooks.before(({ path }) => void (reads += path.includes('/secrets/hub-app') ? 1 : 0));
    world.kube.faults.add({ effect: { status: 403, reason: 'Forbidden' }, match: { path: /\/secrets\/hub-app/ } });
    await world.until('it is asked for again', () => reads === 2, 7 * minute);
    await world.run(minute);
    expect(condition(world.pair())?.status).toBe('True');
    expect(eventReasons(world, 'TenantPair', 'hub-to-spoke')).toEqual(['Succeeded']);
  });

  it('B10 credentials of another tenant are a mismatch of the tenant or an unknown application', async () => {
    world = new World({ settings: unfriendly });
    world.applyPair(secretOf(world, 'source', { name: 'spoke-app', key: 'clientSecret' }, world.spokeApp.appId));
    await world.startOperator();
    await world.until('it is said', () => condition(world.pair(), 'SourceConnected')?.status === 'False', 3 * minute);
    expect(condition(world.pair(), 'SourceConnected')?.reason).toBe('ApplicationNotFound');
    expect(condition(world.pair(), 'SourceConnected')?.message).toContain('Check the client id, and give admin consent in this tenant.');
    expect(condition(world.pair(), 'TargetConnected')?.status).toBe('True');
    world.applyPair();
    await world.until('it recovers', () => condition(world.pair())?.status === 'True', minute);
  });

  it('B10 a tenant that the authority does not know is said', async () => {
    world = new World({ settings: unfriendly });
    const target = { ...(world.pairSpec().target as JsonObject), tenantId: '99999999-9999-4999-8999-999999999999' };
    world.applyPair({ target });
    await world.startOperator();
    await world.until('it is said', () => condition(world.pair(), 'TargetConnected')?.status === 'False', 3 * minute);
    expect(condition(world.pair(), 'TargetConnected')).toMatchObject({ reason: 'TenantNotFound' });
    expect(condition(world.pair(), 'TargetConnected')?.message).toContain('Check the tenant id and the cloud.');
  });

  it('B10 Plan mode needs reads only, and Apply then names what is missing', async () => {
    world = new World({ settings: unfriendly });
    hire(world, 2);
    await replicated(world);
    world.spokeApp.revoke('User.Invite.All', 'User.ReadWrite.All', 'User.EnableDisableAccount.All', 'User.DeleteRestore.All');
    await world.begin({ mode: 'Plan' });
    expect(condition(world.pair())?.status).toBe('True');
    expect(world.configuration().status.lastCycle?.planned).toMatchObject({ create: 2 });
    world.applyConfiguration({ mode: 'Apply' });
    await world.until('it is said', () => condition(world.pair())?.reason === 'PermissionMissing', minute);
    expect(world.pair().status.target?.missingPermissions).toEqual([
      'User.Invite.All',
      'User.ReadWrite.All',
      'User.EnableDisableAccount.All',
      'User.DeleteRestore.All',
    ]);
    expect(guests(world)).toEqual([]);
  });

  it('B10 what does not stop the work is a warning', async () => {
    world = new World({ settings: unfriendly });
    hire(world, 1);
    world.spoke.policies.allowInvitesFrom = 'none';
    world.spoke.addDomain('shared.example');
    world.hub.addDomain('shared.example');
    const blocked = { usersAndGroups: { accessType: 'blocked', targets: [{ target: 'AllUsers', targetType: 'user' }] } };
    world.hub.policies.setPartner(world.spoke.tenantId, { b2bCollaborationOutbound: blocked });
    world.spoke.policies.setPartner(world.hub.tenantId, { b2bCollaborationInbound: blocked });
    world.applyPair();
    await world.startOperator();
    await world.until('it was checked', () => condition(world.pair()) !== undefined && world.pair().status.access !== undefined);
    expect(world.pair().status.access?.warnings?.map(({ reason }) => reason)).toEqual([
      'InvitationsDisabled',
      'CollaborationBlocked',
      'CollaborationBlocked',
      'DomainNotVerified',
    ]);
    expect(condition(world.pair())?.status).toBe('True');
  });

  it("B10 the operator's own identity is for its own namespace only", async () => {
    world = new World({ settings: unfriendly });
    const source = { tenantId: world.hub.tenantId, credentials: { workloadIdentity: { clientId: world.hubApp.appId } } };
    world.applyPair({ source });
    await world.startOperator();
    await world.until('it is refused', () => condition(world.pair())?.status === 'False', minute);
    expect(condition(world.pair())).toMatchObject({
      reason: 'IdentityNotAllowed',
      message: expect.stringContaining(
        "TenantPairs in namespace identity may not use the operator's own identity. Name a serviceAccountName, use a Secret, or add the namespace to --identity-namespaces.",
      ) as string,
    });
  });

  it('F1 a pair says Reconciling while its first check is under way, and stops saying so', async () => {
    world = new World();
    world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 30,
      match: { tenant: world.spoke.tenantId, path: /crossTenantAccessPolicy/ },
      times: 3,
    });
    world.applyPair();
    await world.startOperator();
    await world.run(2000);
    const types = (): readonly string[] =>
      (world.pair().status.conditions ?? []).filter(({ status }) => status === 'True').map(({ type }) => type);
    expect(types()).toContain('Reconciling');
    expect(world.pair().status.observedGeneration).toBe(-1);
    await world.until('the check', () => world.pair().status.observedGeneration === world.pair().metadata.generation);
    expect(types()).toContain('Ready');
    expect(types()).not.toContain('Reconciling');
  });
});

describe('F1 a Secret that is changed', () => {
  let world: World;
  afterEach(() => world.end());
  const ready = (): string => `${condition(world.pair())?.status ?? ''} ${condition(world.pair())?.reason ?? ''}`;

  it('is noticed within seconds, of a pair that works and of one that does not, and is not listed or watched for that', async () => {
    world = new World({ flags: usualLooks });
    world.applyPair();
    await world.startOperator();
    await world.until('it works', () => ready() === 'True Succeeded', minute);
    await world.run(2 * minute);
    world.secret('hub-app', { clientSecret: 'guessed' });
    await world.until('it says so', () => ready() === 'False CredentialsRejected', 20 * second);
    expect(condition(world.pair())?.message).toMatch(
      /^Source tenant .* key clientSecret of Secret hub-app: .* AADSTS7000215, correlation id /,
    );
    world.secret('hub-app', { clientSecret: 'hub-secret' });
    await world.until('it works again', () => ready() === 'True Succeeded', 20 * second);
    removeSecret(world, 'spoke-app');
    await world.until('it is missed', () => ready() === 'False SecretNotFound', 20 * second);
    world.secret('spoke-app', { clientSecret: 'spoke-secret' });
    await world.until('it is there', () => ready() === 'True Succeeded', 20 * second);
    const asked = world.kube.requests.filter(({ path }) => path.includes('/secrets'));
    expect(asked.filter(({ method, path }) => method !== 'GET' || !/\/secrets\/[\w-]+$/.test(path))).toEqual([]);
    expect(asked.length).toBeGreaterThan(10);
  });

  it('that is not changed costs its tenants nothing', async () => {
    world = new World({ flags: usualLooks });
    world.applyPair();
    await world.startOperator();
    await world.until('it works', () => ready() === 'True Succeeded', minute);
    const before = world.hub.log.entries().length + world.spoke.log.entries().length;
    await world.run(2 * minute);
    expect(world.hub.log.entries().length + world.spoke.log.entries().length).toBe(before);
  });
});

describe('B4 clouds', () => {
  let world: World;
  afterEach(() => world.end());

  /** A target in China, which could allow synchronization as any other. */
  function inChina(): { readonly far: Tenant; readonly target: JsonObject } {
    const far = world.entra.addTenant({ displayName: 'Far', initialDomain: 'far', domains: ['far.example'], cloud: 'China' });
    const app = far.registerApp({ permissions: [...world.spokeApp.permissions], secrets: [{ value: 'far-secret' }] });
    world.secret('far-app', { clientSecret: 'far-secret' });
    const credentials = { clientSecret: { clientId: app.appId, secretRef: { name: 'far-app', key: 'clientSecret' } } };
    return { far, target: { tenantId: far.tenantId, cloud: 'China', credentials } };
  }

  it('B4 a cloud that nobody has defined stalls with the ones there are', async () => {
    world = new World({ settings: unfriendly });
    world.applyPair({ target: { ...(world.pairSpec().target as JsonObject), cloud: 'Moon' } });
    await world.startOperator();
    await world.until('it stalls', () => condition(world.pair(), 'Stalled')?.status === 'True', minute);
    expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'UnknownCloud' });
    expect(condition(world.pair())?.message).toContain('spec.target.cloud: Moon is not known. Use one of Global, USGovL4, USGovL5, China');
  });

  it.each([
    { cloud: 'China', sandbox: 'China', endpoint: 'partner.microsoftonline.cn', accept: true },
    { cloud: 'USGovL4', sandbox: 'USGov', endpoint: 'microsoftonline.us', accept: false },
  ])('B4 a target in $cloud uses its own authority, Graph host and audience', async ({ cloud, sandbox, endpoint, accept }) => {
    world = new World({ settings: unfriendly });
    const far = world.entra.addTenant({ displayName: 'Far', initialDomain: 'far', domains: ['far.example'], cloud: sandbox });
    const app = far.registerApp({ permissions: [...world.spokeApp.permissions], secrets: [{ value: 'far-secret' }] });
    world.secret('far-app', { clientSecret: 'far-secret' });
    far.policies.setPartner(world.hub.tenantId, {});
    world.hub.policies.setPartner(far.tenantId, {});
    far.settings.policies.userSync = accept ? 'unknown' : 'offered';
    far.policies.setUserSync(world.hub.tenantId, true);
    hire(world, 2);
    await replicated(world);
    const target = {
      tenantId: far.tenantId,
      cloud,
      credentials: { clientSecret: { clientId: app.appId, secretRef: { name: 'far-app', key: 'clientSecret' } } },
    };
    world.applyPair({ target, ...(accept ? { crossTenantAccess: { withoutSyncPolicy: 'Accept' } } : {}) });
    world.applyConfiguration();
    await world.startOperator();
    await world.until('it was checked', () => world.pair().status.access !== undefined, minute);
    const reasons = (): readonly (string | undefined)[] => (world.pair().status.access?.warnings ?? []).map(({ reason }) => reason);
    expect(reasons()).toEqual(['ConsentPromptShown', 'CloudNotAllowed', 'CloudNotAllowed']);
    expect(world.pair().status.access?.consentPrompt).toBe('Shown');
    world.hub.policies.allowedCloudEndpoints.push(endpoint);
    far.policies.allowedCloudEndpoints.push('microsoftonline.com');
    await world.until('both sides allow the cloud', () => reasons().length === 1, 12 * minute);
    expect(condition(world.pair())?.status).toBe('True');
    await world.until('both are there', () => far.users().filter((user) => user.invitedAddress !== undefined).length === 2, 10 * minute);
  });

  it('B1 the answer of a target in any cloud decides: a no is one although the spec would do without the policy', async () => {
    world = new World({ settings: unfriendly });
    const { far, target } = inChina();
    world.hub.policies.setPartner(far.tenantId, {});
    world.hub.policies.allowedCloudEndpoints.push('partner.microsoftonline.cn');
    far.policies.allowedCloudEndpoints.push('microsoftonline.com');
    far.policies.setUserSync(world.hub.tenantId, false);
    world.applyPair({ target, crossTenantAccess: { withoutSyncPolicy: 'Accept' } });
    hire(world, 1);
    world.applyConfiguration();
    await world.startOperator();
    await world.until('it is refused', () => condition(world.pair(), 'UserSyncAllowed')?.status === 'False', minute);
    expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
    expect(world.pair().status.access?.userSync).toBe('NotAllowed');
    far.policies.setUserSync(world.hub.tenantId, true);
    await world.until('she is there', () => far.users().some((user) => user.invitedAddress !== undefined), 20 * minute);
    expect(world.pair().status.access?.userSync).toBe('Allowed');
    far.policies.setUserSync(world.hub.tenantId, false);
    await world.until('it is stopped', () => condition(world.pair())?.reason === 'UserSyncNotAllowed', 10 * minute);
  });

  it('B1 a target without the policy is refused unless the spec accepts it', async () => {
    world = new World({ settings: unfriendly });
    const { far, target } = inChina();
    far.settings.policies.userSync = 'unknown';
    world.applyPair({ target });
    await world.startOperator();
    await world.until('it is refused', () => condition(world.pair(), 'UserSyncAllowed')?.status === 'False', minute);
    expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'UserSyncUnknown' });
    expect(condition(world.pair())?.message).toContain('withoutSyncPolicy: Accept');
    world.applyPair({ target, crossTenantAccess: { withoutSyncPolicy: 'Accept' } });
    await world.until('it is accepted', () => condition(world.pair())?.status === 'True', minute);
  });
});
