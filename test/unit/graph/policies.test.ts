import { rolesOf } from '../../../src/graph/directory/tenant.ts';
import { call, envelope, failureOf, id, type Reply, world } from './support.ts';

const partner = id(40);
const blocked = (target: string): object => ({ accessType: 'blocked', targets: [{ target, targetType: 'user' }] });
const allowed = (target: string): object => ({ accessType: 'allowed', targets: [{ target, targetType: 'user' }] });

/** Answers for the partner and for the default configuration. */
function policies(partnerReply: Reply, defaults: object) {
  return world(({ path }) => (path.includes('/partners/') ? partnerReply : { body: defaults }));
}

describe('Access settings towards a partner', () => {
  test('trap 18: a partner that is not there inherits the default', async () => {
    const defaults = {
      b2bCollaborationInbound: { usersAndGroups: blocked('AllUsers'), applications: allowed('AllApplications') },
      b2bCollaborationOutbound: { usersAndGroups: allowed('AllUsers'), applications: allowed('AllApplications') },
      inboundTrust: { isMfaAccepted: true, isCompliantDeviceAccepted: false, isHybridAzureADJoinedDeviceAccepted: false },
      automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: true },
    };
    const { target } = policies({ status: 404, body: envelope('Request_ResourceNotFound') }, defaults);
    await expect(target.partnerAccess(partner, call())).resolves.toEqual({
      configured: false,
      own: { automaticConsent: null, inboundTrust: null },
      userSyncInboundAllowed: null,
      automaticConsent: { inboundAllowed: false, outboundAllowed: false },
      b2bCollaborationInboundBlocked: true,
      b2bCollaborationOutboundBlocked: false,
      inboundTrust: { mfa: true, compliantDevice: false, hybridJoinedDevice: false },
    });
  });

  test('what the partner says wins; what it leaves null is inherited', async () => {
    const body = {
      tenantId: partner,
      automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null },
      b2bCollaborationInbound: { usersAndGroups: allowed('AllUsers'), applications: null },
      b2bCollaborationOutbound: null,
      inboundTrust: null,
      identitySynchronization: { userSyncInbound: { isSyncAllowed: true } },
    };
    const { target, seen } = policies(
      { body },
      {
        b2bCollaborationInbound: { usersAndGroups: blocked('AllUsers') },
        b2bCollaborationOutbound: { usersAndGroups: blocked('AllUsers') },
      },
    );
    await expect(target.partnerAccess(partner, call())).resolves.toMatchObject({
      configured: true,
      own: { automaticConsent: { inboundAllowed: true, outboundAllowed: null }, inboundTrust: null },
      userSyncInboundAllowed: true,
      automaticConsent: { inboundAllowed: true, outboundAllowed: false },
      b2bCollaborationInboundBlocked: false,
      b2bCollaborationOutboundBlocked: true,
    });
    expect(seen.map((request) => request.path)).toEqual([
      `/policies/crossTenantAccessPolicy/partners/${partner}?$expand=identitySynchronization`,
      '/policies/crossTenantAccessPolicy/default',
    ]);
  });

  test('a partner that says everything takes one request', async () => {
    const side = { usersAndGroups: allowed('AllUsers'), applications: allowed('AllApplications') };
    const trust = { isMfaAccepted: false, isCompliantDeviceAccepted: false, isHybridAzureADJoinedDeviceAccepted: false };
    const { target, seen } = policies(
      { body: { tenantId: partner, b2bCollaborationInbound: side, b2bCollaborationOutbound: side, inboundTrust: trust } },
      {},
    );
    await target.partnerAccess(partner, call());
    expect(seen).toHaveLength(1);
  });

  test.each([
    [undefined, null],
    [null, null],
    [{ userSyncInbound: null }, false],
    [{ userSyncInbound: { isSyncAllowed: null } }, false],
    [{ userSyncInbound: { isSyncAllowed: false } }, false],
  ])('trap 18: the synchronization policy %j means %s', async (identitySynchronization, expected) => {
    const { target } = policies({ body: { tenantId: partner, identitySynchronization } }, {});
    expect((await target.partnerAccess(partner, call())).userSyncInboundAllowed).toBe(expected);
  });

  test.each([
    "Resource not found for the segment 'identitySynchronization'.",
    "Parsing OData Select and Expand failed: Could not find a property named 'identitySynchronization' on type 'microsoft.graph.crossTenantAccessPolicyConfigurationPartner'.",
  ])('B1 a tenant that knows of no such policy says so itself: %s', async (message) => {
    const body = { tenantId: partner, automaticUserConsentSettings: { inboundAllowed: true } };
    const { target, seen } = world(({ path }) => {
      if (path.includes('$expand')) return { status: 400, body: envelope('BadRequest', message) };
      return path.includes('/partners/') ? { body } : { body: {} };
    });
    const access = await target.syncAccess(partner, call());
    expect(access).toEqual({ userSyncInboundAllowed: undefined, automaticConsent: { inboundAllowed: true, outboundAllowed: false } });
    expect(seen.map(({ path }) => path.includes('$expand'))).toEqual([true, false]);
  });

  test.each([
    ['BadRequest', 'Graph does not like this.'],
    ['BadRequest', 'Invalid value for identitySynchronization.'],
    ['Request_UnsupportedQuery', 'Unsupported Query.'],
  ])('B1 a refusal for another reason is none of that (%s, %s)', async (code, message) => {
    const { target } = world(() => ({ status: 400, body: envelope(code, message) }));
    await expect(failureOf(target.syncAccess(partner, call()))).resolves.toMatchObject({
      kind: 'InvalidRequest',
      reason: 'RequestInvalid',
    });
  });

  test('B1 a partner that is not there is one without the policy, where the tenant knows of such policies', async () => {
    const { target, seen } = policies({ status: 404, body: envelope('Request_ResourceNotFound') }, {});
    expect((await target.syncAccess(partner, call())).userSyncInboundAllowed).toBeNull();
    expect(seen).toHaveLength(1);
  });

  test('settings for some people are no block of everybody', async () => {
    const { target } = policies(
      {
        body: { tenantId: partner, b2bCollaborationInbound: { usersAndGroups: blocked(id(3)), applications: allowed('AllApplications') } },
      },
      {},
    );
    expect((await target.partnerAccess(partner, call())).b2bCollaborationInboundBlocked).toBe(false);
  });

  test('a policy that cannot be read is an error, not "inherits"', async () => {
    const { target } = policies({ status: 403 }, {});
    await expect(failureOf(target.partnerAccess(partner, call()))).resolves.toMatchObject({ kind: 'Forbidden' });
  });
});

describe('Other facts of a tenant', () => {
  test('clouds and invitation policy are read as they are', async () => {
    const { target } = world(({ path }) =>
      path.includes('authorizationPolicy')
        ? { body: { allowInvitesFrom: 'none' } }
        : { body: { allowedCloudEndpoints: ['microsoftonline.us'] } },
    );
    await expect(target.allowedCloudEndpoints(call())).resolves.toEqual(['microsoftonline.us']);
    await expect(target.invitationPolicy(call())).resolves.toEqual({ allowInvitesFrom: 'none' });
  });

  test('the organization is known by id and verified domains; the number of users sets the quota', async () => {
    const domain = { name: 'contoso.com', isDefault: true, isInitial: false, capabilities: 'Email' };
    const { target, seen } = world(({ path }) =>
      path.startsWith('/organization')
        ? { body: { value: [{ id: id(1), displayName: 'Contoso', verifiedDomains: [domain] }] } }
        : { body: { '@odata.count': 600, value: [] } },
    );
    await expect(target.organization(call())).resolves.toEqual({
      id: id(1),
      displayName: 'Contoso',
      verifiedDomains: [{ name: 'contoso.com', isDefault: true, isInitial: false }],
    });
    const permit = target.quota.reserve({ reads: 7000, writes: 0 }, 40);
    expect(permit).not.toHaveProperty('retryAt');
    if ('release' in permit) permit.release();
    await target.organization(call());
    expect(seen.map((request) => request.path.split('?')[0])).toEqual(['/organization', '/users', '/organization']);
  });

  test('without the right to count users the smallest quota is kept', async () => {
    const { target } = world(({ path }) =>
      path.startsWith('/organization') ? { body: { value: [{ id: id(1), verifiedDomains: [] }] } } : { status: 403 },
    );
    await expect(target.organization(call())).resolves.toMatchObject({ id: id(1) });
    target.quota.reserve({ reads: 3000, writes: 0 }, 40);
    expect(target.quota.reserve({ reads: 1000, writes: 0 }, 40)).toHaveProperty('retryAt');
  });

  test('permissions are the roles of the token', () => {
    const token = (claims: unknown): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
    expect(rolesOf(token({ roles: ['User.Read.All', 'User.Invite.All'] }))).toEqual(['User.Read.All', 'User.Invite.All']);
    expect(rolesOf(token({}))).toEqual([]);
    expect(rolesOf('opaque')).toEqual([]);
  });
});
