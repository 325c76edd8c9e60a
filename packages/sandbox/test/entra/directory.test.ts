import type { Json } from '../../entra/index.ts';
import { advanced, client, clientWith, requestToken, text, world } from './support.ts';

async function both() {
  const all = world();
  const inSource = await client(all.entra, all.source, all.sourceApp);
  const inTarget = await client(all.entra, all.target, all.targetApp);
  return { ...all, inSource, inTarget };
}

describe('Groups', () => {
  async function nested() {
    const all = await both();
    const [anna, bert, carl] = ['Anna', 'Bert', 'Carl'].map((displayName) => all.source.createUser({ properties: { displayName } }).id) as [
      string,
      string,
      string,
    ];
    const inner = all.source.createGroup({ displayName: 'Inner', members: [bert] }).id;
    const outer = all.source.createGroup({ displayName: "Team O'Neil", members: [anna, inner, carl] }).id;
    return { ...all, anna, bert, carl, inner, outer };
  }

  it('are found by name and id', async () => {
    const { inSource, outer, source } = await nested();
    const found = await inSource.get("/groups?$filter=displayName eq 'team o''neil'&$select=id,displayName");
    expect(found.body.value).toEqual([{ id: outer, displayName: "Team O'Neil" }]);
    expect((await inSource.get(`/groups/${outer}?$select=securityEnabled,visibility`)).body).toMatchObject({
      securityEnabled: true,
      visibility: null,
    });
    source.deleteGroup(outer);
    expect((await inSource.get(`/groups/${outer}`)).status).toBe(404);
    expect((await inSource.get(`/groups/${outer}/members`)).status).toBe(404);
  });

  it('list direct members of all kinds, live ones only', async () => {
    const { inSource, outer, inner, anna, carl, source } = await nested();
    const list = async () => (await inSource.all(`/groups/${outer}/members?$select=id`)).map((each) => [each['@odata.type'], each.id]);
    expect(await list()).toEqual([
      ['#microsoft.graph.user', anna],
      ['#microsoft.graph.group', inner],
      ['#microsoft.graph.user', carl],
    ]);
    source.softDelete(carl);
    expect(await list()).toHaveLength(2);
    source.restore(carl);
    expect(await list()).toHaveLength(3);
  });

  it('list users by a cast, and nested ones, only as advanced queries', async () => {
    const { inSource, outer, anna, bert, carl } = await nested();
    const path = `/groups/${outer}/transitiveMembers/microsoft.graph.user?$select=id`;
    expect((await inSource.get(path)).code).toBe('Request_UnsupportedQuery');
    const ids = async (each: string) => (await inSource.all(each, advanced)).map((user) => user.id);
    expect(await ids(`${path}&$count=true`)).toEqual([anna, bert, carl]);
    expect(await ids(`/groups/${outer}/members/graph.user?$select=id&$count=true`)).toEqual([anna, carl]);
    expect(await inSource.all(`/groups/${outer}/transitiveMembers?$select=id`)).toHaveLength(4);
  });

  it('hide members: empty or refused without the permission', async () => {
    const { inSource, source, sourceApp, entra, anna } = await nested();
    const { id } = source.createGroup({ displayName: 'Hidden', hiddenMembership: true, members: [anna] });
    expect((await inSource.get(`/groups/${id}/members`)).body.value).toEqual([]);
    source.settings.hiddenMembership = 'forbidden';
    expect((await inSource.get(`/groups/${id}/members`)).status).toBe(403);
    sourceApp.grant('Member.Read.Hidden');
    expect(await (await client(entra, source, sourceApp)).all(`/groups/${id}/members`)).toHaveLength(1);
  });

  it('are listed for a user, nested ones included, without those that hide their members', async () => {
    const { inSource, source, sourceApp, entra, outer, inner, bert, carl } = await nested();
    const { id: hidden } = source.createGroup({ displayName: 'Hidden', hiddenMembership: true, members: [bert] });
    const groupsOf = async (graph: typeof inSource, user: string) =>
      (await graph.all(`/users/${user}/transitiveMemberOf?$select=id`)).map(({ id }) => id);
    expect((await groupsOf(inSource, bert)).toSorted()).toEqual([inner, outer].toSorted());
    expect(await groupsOf(inSource, carl)).toEqual([outer]);
    sourceApp.grant('Member.Read.Hidden');
    expect(await groupsOf(await client(entra, source, sourceApp), bert)).toContain(hidden);
    source.softDelete(bert);
    expect((await inSource.get(`/users/${bert}/transitiveMemberOf`)).status).toBe(404);
  });

  it('show only ids of members to an application that may not read users', async () => {
    const { source, sourceApp, entra, outer, anna } = await nested();
    sourceApp.revoke('User.Read.All', 'User.ReadWrite.All');
    const graph = await client(entra, source, sourceApp);
    const [first] = await graph.all(`/groups/${outer}/members?$select=id,displayName`);
    expect(first).toEqual({ '@odata.type': '#microsoft.graph.user', id: anna, displayName: null });
  });

  it('can be assigned to an enterprise application, as users can', async () => {
    const { source, inSource, outer, anna } = await nested();
    const application = source.createServicePrincipal('Sync');
    source.assign(application, outer);
    source.assign(application, anna);
    const list = async () =>
      (await inSource.all(`/servicePrincipals/${application}/appRoleAssignedTo`)).map((each) => [each.principalType, each.principalId]);
    expect(await list()).toEqual([
      ['Group', outer],
      ['User', anna],
    ]);
    source.unassign(application, outer);
    expect(await list()).toHaveLength(1);
  });
});

describe('Cross-tenant access', () => {
  const base = '/policies/crossTenantAccessPolicy';

  it('inherits the default where there is no partner object (404)', async () => {
    const { inTarget, source } = await both();
    expect((await inTarget.get(`${base}/partners/${source.tenantId}`)).status).toBe(404);
    expect((await inTarget.get(`${base}/default`)).body).toMatchObject({
      automaticUserConsentSettings: { inboundAllowed: false, outboundAllowed: false },
      b2bCollaborationInbound: { usersAndGroups: { accessType: 'allowed' } },
    });
    expect((await inTarget.get(base)).body.allowedCloudEndpoints).toEqual([]);
    expect((await inTarget.get('/policies/authorizationPolicy?$select=allowInvitesFrom')).body).toMatchObject({
      allowInvitesFrom: 'everyone',
    });
  });

  it('creates a partner once, patches what is named, and puts, patches and deletes its sync policy', async () => {
    const { inTarget, source, target } = await both();
    const partner = `${base}/partners/${source.tenantId}`;
    const sync = `${partner}/identitySynchronization`;
    const allow = (isSyncAllowed: boolean) => ({ displayName: 'Contoso', userSyncInbound: { isSyncAllowed } });
    expect((await inTarget.send('PUT', sync, allow(true))).code).toBe('Directory_ObjectNotFound');
    expect((await inTarget.send('POST', `${base}/partners`, { tenantId: source.tenantId })).status).toBe(201);
    expect((await inTarget.send('POST', `${base}/partners`, { tenantId: source.tenantId })).code).toBe(
      'Request_MultipleObjectsWithSameKeyValue',
    );
    expect((await inTarget.send('PATCH', partner, { automaticUserConsentSettings: { inboundAllowed: true } })).status).toBe(204);
    expect((await inTarget.get(sync)).status).toBe(404);
    expect((await inTarget.send('PUT', sync, allow(true))).status).toBe(204);
    expect((await inTarget.send('PUT', sync, allow(true))).status).toBe(409);
    expect((await inTarget.get(`${partner}?$expand=identitySynchronization`)).body).toMatchObject({
      tenantId: source.tenantId,
      inboundTrust: null,
      automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null },
      identitySynchronization: { tenantId: source.tenantId, displayName: 'Contoso', userSyncInbound: { isSyncAllowed: true } },
    });
    expect((await inTarget.send('PATCH', sync, allow(false))).status).toBe(204);
    expect(target.policies.userSync(source.tenantId)).toBe(false);
    expect((await inTarget.send('DELETE', partner)).status).toBe(400);
    expect((await inTarget.send('DELETE', sync)).status).toBe(204);
    expect((await inTarget.send('DELETE', partner)).status).toBe(204);
    expect((await inTarget.send('PATCH', partner, {})).code).toBe('Directory_ObjectNotFound');
  });

  it.each([
    ['reset', { isMfaAccepted: true, isCompliantDeviceAccepted: null, isHybridAzureADJoinedDeviceAccepted: null }],
    ['kept', { isMfaAccepted: true, isCompliantDeviceAccepted: true, isHybridAzureADJoinedDeviceAccepted: null, isLaterAccepted: true }],
  ] as const)(
    'has members of a nested object that a change leaves out %s: nobody has documented which',
    async (leftOutMembers, expected) => {
      const { inTarget, source, target } = await both();
      target.settings.policies.leftOutMembers = leftOutMembers;
      const inboundTrust = { isMfaAccepted: false, isCompliantDeviceAccepted: true, isHybridAzureADJoinedDeviceAccepted: null };
      target.policies.setPartner(source.tenantId, { inboundTrust: { ...inboundTrust, isLaterAccepted: true } });
      const partner = `${base}/partners/${source.tenantId}`;
      expect((await inTarget.send('PATCH', partner, { inboundTrust: { isMfaAccepted: true } })).status).toBe(204);
      expect(target.policies.partner(source.tenantId)?.inboundTrust).toEqual(expected);
    },
  );

  it('refuses isServiceProvider of an application, what cannot be set, and members that nobody knows', async () => {
    const { inTarget, source, target } = await both();
    target.policies.setPartner(source.tenantId, {});
    const patch = async (body: Record<string, Json>) => (await inTarget.send('PATCH', `${base}/partners/${source.tenantId}`, body)).status;
    expect(await patch({ isServiceProvider: null })).toBe(403);
    expect(await patch({ isInMultiTenantOrganization: false })).toBe(400);
    expect(await patch({ inboundTrust: { IsMfaAccepted: true } })).toBe(400);
    expect(await patch({ inboundTrust: null })).toBe(204);
    expect(target.policies.partner(source.tenantId)?.inboundTrust).toBeNull();
  });

  it('shows a change when it has come everywhere, while writes see it at once', async () => {
    const { inTarget, source, target, clock } = await both();
    target.settings.replication.policies = { min: 5000, max: 5000 };
    const partner = `${base}/partners/${source.tenantId}`;
    expect((await inTarget.send('POST', `${base}/partners`, { tenantId: source.tenantId })).status).toBe(201);
    expect((await inTarget.get(partner)).status).toBe(404);
    expect((await inTarget.send('POST', `${base}/partners`, { tenantId: source.tenantId })).status).toBe(409);
    await clock.advance(3000);
    const allow = { userSyncInbound: { isSyncAllowed: true } };
    expect((await inTarget.send('PUT', `${partner}/identitySynchronization`, allow)).status).toBe(204);
    expect((await inTarget.send('PUT', `${partner}/identitySynchronization`, allow)).status).toBe(409);
    await clock.advance(5000);
    expect((await inTarget.get(`${partner}?$expand=identitySynchronization`)).body.identitySynchronization).toMatchObject(allow);
  });

  it('may be written with Policy.ReadWrite.CrossTenantAccess alone', async () => {
    const { source, target, targetApp, entra } = await both();
    target.policies.setPartner(source.tenantId, {});
    targetApp.revoke('Policy.ReadWrite.CrossTenantAccess');
    const without = await client(entra, target, targetApp);
    const partner = `${base}/partners/${source.tenantId}`;
    const answers = [
      await without.send('PATCH', partner, { inboundTrust: null }),
      await without.send('POST', `${base}/partners`, { tenantId: target.tenantId }),
      await without.send('PUT', `${partner}/identitySynchronization`, { userSyncInbound: { isSyncAllowed: true } }),
    ];
    expect(answers.map(({ status, code }) => `${status} ${code ?? ''}`)).toEqual(Array(3).fill('403 Authorization_RequestDenied'));
    expect((await without.get(partner)).status).toBe(200);
  });

  it('has identity synchronization policies in every cloud, except where a tenant is said not to know them', async () => {
    const { inTarget, source, target } = await both();
    target.policies.setUserSync(source.tenantId, true);
    target.settings.policies.userSync = 'unknown';
    const partner = `${base}/partners/${source.tenantId}`;
    const answers = [
      await inTarget.get(`${partner}?$expand=identitySynchronization`),
      await inTarget.get(`${base}/partners/${target.tenantId}?$expand=identitySynchronization`),
      await inTarget.send('PUT', `${partner}/identitySynchronization`, { userSyncInbound: { isSyncAllowed: true } }),
    ];
    expect(answers.map(({ status, code }) => `${status} ${code ?? ''}`)).toEqual(Array(3).fill('400 BadRequest'));
    expect((await inTarget.get(partner)).status).toBe(200);
  });

  it('can be set by the admin', async () => {
    const { inTarget, source, target } = await both();
    target.policies.setUserSync(source.tenantId, true);
    expect((await inTarget.get(`${base}/partners/${source.tenantId}/identitySynchronization`)).body).toMatchObject({
      userSyncInbound: { isSyncAllowed: true },
    });
    target.policies.setUserSync(source.tenantId, undefined);
    expect(
      (await inTarget.get(`${base}/partners/${source.tenantId}?$expand=identitySynchronization`)).body.identitySynchronization,
    ).toBeNull();
    expect((await inTarget.get(`${base}/partners?$select=tenantId`)).body.value).toEqual([{ tenantId: source.tenantId }]);
  });
});

describe('The rest of the directory', () => {
  it('tells its organization and finds other tenants of its cloud', async () => {
    const { inSource, source, target, entra } = await both();
    const { body } = await inSource.get('/organization?$select=id,displayName,verifiedDomains');
    expect(body.value).toMatchObject([
      {
        id: source.tenantId,
        displayName: 'Contoso',
        verifiedDomains: [
          { name: 'contoso.com', isDefault: true },
          { name: 'contoso.onmicrosoft.com', isInitial: true },
        ],
      },
    ]);
    const find = (id: string) => inSource.get(`/tenantRelationships/findTenantInformationByTenantId(tenantId='${id}')`);
    expect((await find(target.tenantId)).body).toMatchObject({ displayName: 'Fabrikam', defaultDomainName: 'fabrikam.com' });
    const gov = entra.addTenant({ displayName: 'Agency', initialDomain: 'agency', cloud: 'USGov' });
    expect((await find(gov.tenantId)).status).toBe(404);
  });

  it('finds contacts by mail and proxy address', async () => {
    const { inTarget, target } = await both();
    const id = target.createContact({ displayName: 'Carla', mail: 'carla@contoso.com' });
    expect((await inTarget.get("/contacts?$filter=mail eq 'carla@contoso.com'&$select=id")).body.value).toEqual([{ id }]);
    expect((await inTarget.get("/contacts?$filter=proxyAddresses/any(p:p eq 'SMTP:carla@contoso.com')&$select=id")).body.value).toEqual([
      { id },
    ]);
    const either =
      "mail eq 'CARLA@contoso.com' or proxyAddresses/any(x:x eq 'SMTP:carla@contoso.com') or proxyAddresses/any(x:x eq 'smtp:carla@contoso.com')";
    expect((await inTarget.get(`/contacts?$filter=${encodeURIComponent(either)}&$select=id`)).body.value).toEqual([{ id }]);
    const batch = { requests: [{ id: '1', method: 'GET', url: `/contacts?$filter=${encodeURIComponent(either)}&$select=id` }] };
    expect((await inTarget.send('POST', '/$batch', batch)).body.responses).toMatchObject([{ status: 200, body: { value: [{ id }] } }]);
    target.removeContact(id);
    expect((await inTarget.get(`/contacts/${id}`)).status).toBe(404);
  });

  it('lists subscriptions with their licences, to whoever may see them, and takes no filter', async () => {
    const { inTarget, target, targetApp, entra } = await both();
    expect((await inTarget.get('/subscribedSkus')).status).toBe(403);
    targetApp.grant('LicenseAssignment.Read.All');
    const graph = await client(entra, target, targetApp);
    expect((await graph.get('/subscribedSkus')).body.value).toEqual([]);
    target.setSubscriptions([
      { enabled: 25, warning: 5, consumed: 7 },
      { skuPartNumber: 'SPE_E5', capabilityStatus: 'Suspended', servicePlans: ['one', 'two'] },
    ]);
    expect((await graph.get('/subscribedSkus')).body.value).toMatchObject([
      {
        skuPartNumber: 'AAD_PREMIUM',
        capabilityStatus: 'Enabled',
        consumedUnits: 7,
        prepaidUnits: { enabled: 25, warning: 5, suspended: 0, lockedOut: 0 },
        servicePlans: [{ servicePlanId: '41781fb2-bc02-4b7c-bd55-b576c07bb09d' }],
      },
      { skuPartNumber: 'SPE_E5', capabilityStatus: 'Suspended', servicePlans: [{ servicePlanId: 'one' }, { servicePlanId: 'two' }] },
    ]);
    expect((await graph.get("/subscribedSkus?$filter=skuPartNumber eq 'AAD_PREMIUM'")).status).toBe(400);
  });

  it('reads users by ids', async () => {
    const { inTarget, target } = await both();
    const { id } = target.createUser({ properties: { displayName: 'Anna' } });
    const { body } = await inTarget.send('POST', '/directoryObjects/getByIds?$select=id', { ids: [id, 'none'], types: ['user'] });
    expect(body.value).toEqual([{ '@odata.type': '#microsoft.graph.user', id }]);
  });
});

describe('$batch', () => {
  const part = (id: string, url: string, more = {}) => ({ id, method: 'GET', url, ...more });
  interface Part {
    id: string;
    status: number;
    headers: Record<string, string>;
    body?: Record<string, unknown>;
  }

  it('answers each part by itself, in no order to rely on', async () => {
    const { inTarget, target, entra } = await both();
    const { id } = target.createUser({ properties: { displayName: 'Anna' } });
    entra.faults.add({ effect: 'throttle', retryAfter: 3.5, match: { operation: 'GET /organization' } });
    const requests = [
      part('1', `/users/${id}?$select=id`),
      part('2', '/users/none'),
      part('3', `users/${id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: { city: 'Oslo' } }),
      part('4', '/organization'),
    ];
    const { status, body } = await inTarget.send('POST', '/$batch', { requests });
    const answers = new Map((body.responses as unknown as Part[]).map((each) => [each.id, each]));
    expect(status).toBe(200);
    expect([...answers.keys()]).toEqual(['4', '3', '2', '1']);
    expect(answers.get('1')?.body).toMatchObject({ id });
    expect(answers.get('2')?.status).toBe(404);
    expect(answers.get('3')?.status).toBe(204);
    expect(answers.get('4')).toMatchObject({ status: 429, headers: { 'Retry-After': '3.5' } });
    expect(target.log.count('PATCH /users/{id}', 204)).toBe(1);
    expect(target.log.writes().map((entry) => entry.operation)).toEqual(['PATCH /users/{id}', 'POST /$batch']);
  });

  it('answers 424 to what depends on a failed part', async () => {
    const { inTarget } = await both();
    const requests = [part('1', '/users/none'), part('2', '/organization', { dependsOn: ['1'] })];
    const { body } = await inTarget.send('POST', '/$batch', { requests });
    expect((body.responses as unknown as Part[]).map((each) => [each.id, each.status])).toEqual([
      ['2', 424],
      ['1', 404],
    ]);
  });

  it.each<[string, unknown]>([
    ['more than 20 parts', { requests: Array.from({ length: 21 }, (_, at) => part(String(at), '/organization')) }],
    ['two parts of one id', { requests: [part('1', '/organization'), part('1', '/organization')] }],
    ['an absolute url', { requests: [part('1', 'https://graph.microsoft.com/v1.0/organization')] }],
    ['a body without Content-Type', { requests: [part('1', '/users/x', { method: 'PATCH', body: {} })] }],
    [
      'some parts that depend and some that do not',
      { requests: [part('1', '/organization'), part('2', '/organization', { dependsOn: ['1'] }), part('3', '/organization')] },
    ],
    ['no parts', {}],
  ])('refuses %s', async (_, body) => {
    const { inTarget } = await both();
    expect((await inTarget.send('POST', '/$batch', body)).status).toBe(400);
  });

  it('needs a token that is good', async () => {
    const { entra, target, targetApp } = await both();
    const { body } = await requestToken(entra, target, { client_id: targetApp.appId, client_secret: 's3cret' });
    targetApp.revokeTokens();
    const graph = clientWith(entra, text(body.access_token));
    expect((await graph.send('POST', '/$batch', { requests: [part('1', '/organization')] })).status).toBe(401);
  });
});
