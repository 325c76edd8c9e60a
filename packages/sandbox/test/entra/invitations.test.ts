import { client, invitation, world, type Answer } from './support.ts';

async function inviting(settings = {}) {
  const all = world(settings);
  const graph = await client(all.entra, all.target, all.targetApp);
  const invite = (address: string, more = {}): Promise<Answer> => graph.send('POST', '/invitations', invitation(address, more));
  return { ...all, graph, invite };
}

function invitedId(answer: Answer): string {
  return (answer.body.invitedUser as { id: string }).id;
}

function message(answer: Answer): string {
  return (answer.body.error as { message: string }).message;
}

describe('An invitation', () => {
  it('makes a mail-enabled guest that is hidden from the address list', async () => {
    const { invite, target } = await inviting();
    const answer = await invite('Nestor@contoso.com', { invitedUserDisplayName: 'Nestor' });
    expect([answer.status, answer.body.status]).toEqual([201, 'PendingAcceptance']);
    expect(target.user(invitedId(answer))?.properties).toMatchObject({
      displayName: 'Nestor',
      userType: 'Guest',
      creationType: 'Invitation',
      externalUserState: 'PendingAcceptance',
      accountEnabled: true,
      mail: 'Nestor@contoso.com',
      otherMails: ['Nestor@contoso.com'],
      proxyAddresses: ['SMTP:Nestor@contoso.com'],
      showInAddressList: false,
      userPrincipalName: 'Nestor_contoso.com#EXT#@fabrikam.onmicrosoft.com',
      identities: [
        {
          signInType: 'userPrincipalName',
          issuer: 'fabrikam.onmicrosoft.com',
          issuerAssignedId: 'Nestor_contoso.com#EXT#@fabrikam.onmicrosoft.com',
        },
      ],
    });
    expect(target.invitationMessages()).toEqual([]);
  });

  it('makes a member that is not mail-enabled', async () => {
    const { invite, target } = await inviting();
    const { properties } =
      target.user(invitedId(await invite('nestor@contoso.com', { invitedUserType: 'Member', sendInvitationMessage: true }))) ?? {};
    expect(properties).toMatchObject({ userType: 'Member', mail: 'nestor@contoso.com', proxyAddresses: [] });
    expect(target.invitationMessages()).toEqual(['nestor@contoso.com']);
  });

  it('is accepted at once only when both sides redeem automatically', async () => {
    const { invite, source, target } = await inviting();
    source.policies.setPartner(target.tenantId, { automaticUserConsentSettings: { outboundAllowed: true } });
    const state = async (address: string) => target.user(invitedId(await invite(address)))?.properties.externalUserState;
    expect(await state('a@contoso.com')).toBe('PendingAcceptance');
    target.policies.setPartner(source.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
    expect(await state('b@contoso.com')).toBe('Accepted');
    target.settings.invitations.acceptAtOnce = false;
    expect(await state('c@contoso.com')).toBe('PendingAcceptance');
  });

  it('of the same address gives the same user, unchanged', async () => {
    const { invite, target } = await inviting();
    const id = invitedId(await invite('nestor@contoso.com'));
    const before = target.user(id);
    expect(invitedId(await invite('NESTOR@contoso.com', { invitedUserType: 'Member' }))).toBe(id);
    expect(target.user(id)).toBe(before);
  });

  it('of a soft-deleted guest makes a new user under the same name', async () => {
    const { invite, target } = await inviting();
    const id = invitedId(await invite('nestor@contoso.com'));
    target.softDelete(id);
    const again = invitedId(await invite('nestor@contoso.com'));
    expect(again).not.toBe(id);
    expect(target.user(again)?.properties.userPrincipalName).toBe('nestor_contoso.com#EXT#@fabrikam.onmicrosoft.com');
  });

  it('names the internal user that has the address, with 412 when it is blocked', async () => {
    const { invite, target } = await inviting();
    const { id } = target.createUser({ properties: { displayName: 'N', otherMails: ['nestor@contoso.com'] } });
    const answer = await invite('nestor@contoso.com');
    expect(answer.status).toBe(400);
    expect(message(answer)).toContain(`already exists in the directory as object ID: ${id}`);
    target.updateUser(id, { accountEnabled: false });
    expect((await invite('nestor@contoso.com')).status).toBe(412);
  });

  it('collides with addresses of groups and contacts; a guest is made in spite of a contact, without mail', async () => {
    const { invite, target } = await inviting();
    const group = target.createGroup({ displayName: 'G', proxyAddresses: ['SMTP:team@contoso.com'] });
    const taken = await invite('team@contoso.com');
    expect(taken.body.error).toMatchObject({ details: [{ target: 'proxyAddresses' }, { target: `Group_${group.id}` }] });
    target.createContact({ displayName: 'C', mail: 'carla@contoso.com' });
    expect((await invite('carla@contoso.com', { invitedUserType: 'Member' })).code).toBe('Request_BadRequest');
    const guest = await invite('carla@contoso.com');
    expect(guest.status).toBe(201);
    expect(target.user(invitedId(guest))?.properties).toMatchObject({ proxyAddresses: [], otherMails: ['carla@contoso.com'] });
    expect(target.user(invitedId(guest))?.properties.mail).toBeUndefined();
  });

  it('loses its proxy address to a contact that arrives later', async () => {
    const { invite, target } = await inviting();
    const id = invitedId(await invite('nestor@contoso.com'));
    target.createContact({ displayName: 'C', mail: 'nestor@contoso.com' });
    expect(target.user(id)?.properties.proxyAddresses).toEqual([]);
  });

  it('shows its proxy address after the Exchange lag', async () => {
    const { invite, target, clock } = await inviting({ replication: { exchange: { min: 60_000, max: 60_000 } } });
    const id = invitedId(await invite('nestor@contoso.com'));
    expect(target.user(id)?.properties.proxyAddresses).toEqual([]);
    await clock.advance(60_000);
    expect(target.user(id)?.properties.proxyAddresses).toEqual(['SMTP:nestor@contoso.com']);
  });

  it.each(['a+b@contoso.com', '.a@contoso.com', 'a.@contoso.com', 'a b@contoso.com', 'zoé@contoso.com', 'nobody'])(
    'refuses the address %s',
    async (address) => {
      const { invite } = await inviting();
      expect((await invite(address)).status).toBe(400);
    },
  );

  it.each(["o'neil@contoso.com", 'a-b_c.d@contoso.com', '_a@contoso.com'])('accepts the address %s', async (address) => {
    const { invite } = await inviting();
    expect((await invite(address)).status).toBe(201);
  });

  it('refuses domains that are verified here, blocked, or not on the allow list', async () => {
    const { invite, target } = await inviting();
    expect(message(await invite('a@fabrikam.com'))).toContain('verified domain of this directory');
    expect(message(await invite('a@fabrikam.onmicrosoft.com'))).toContain('same tenant');
    target.policies.invitationDomains = { kind: 'block', domains: ['contoso.com'] };
    expect((await invite('a@contoso.com')).status).toBe(400);
    target.policies.invitationDomains = { kind: 'allow', domains: ['contoso.com'] };
    expect((await invite('a@contoso.com')).status).toBe(201);
    expect((await invite('a@else.example')).status).toBe(400);
  });

  it('is refused when invitations are off, or restricted and the application lacks User.Invite.All', async () => {
    const { invite, entra, target, targetApp } = await inviting();
    target.policies.allowInvitesFrom = 'none';
    const off = await invite('a@contoso.com');
    expect(off.status).toBe(403);
    expect(message(off)).toMatch(/^Guest invitations not allowed for your company/);
    target.policies.allowInvitesFrom = 'adminsAndGuestInviters';
    expect((await invite('a@contoso.com')).status).toBe(201);
    targetApp.revoke('User.Invite.All');
    const without = await client(entra, target, targetApp);
    expect((await without.send('POST', '/invitations', invitation('b@contoso.com'))).status).toBe(403);
  });

  it('is refused whoever is invited while Microsoft blocks the directory', async () => {
    const { invite, graph, target } = await inviting();
    const earlier = invitedId(await invite('a@contoso.com'));
    target.policies.invitationsBlocked = true;
    for (const address of ['a@contoso.com', 'b@contoso.com']) {
      const answer = await invite(address);
      expect([answer.status, (answer.body.error as { code: string }).code]).toEqual([403, 'Forbidden']);
      expect(message(answer)).toMatch(/^Invitations are blocked for this directory due to suspicious activity/);
    }
    expect((await graph.send('PATCH', `/users/${earlier}`, { jobTitle: 'Clerk' })).status).toBe(204);
    target.policies.invitationsBlocked = false;
    expect((await invite('b@contoso.com')).status).toBe(201);
  });

  it('is blocked by cross-tenant access settings of either side', async () => {
    const { invite, source, target } = await inviting();
    const block = { usersAndGroups: { accessType: 'blocked', targets: [{ target: 'AllUsers', targetType: 'user' }] } };
    target.policies.setPartner(source.tenantId, { b2bCollaborationInbound: block });
    expect(message(await invite('a@contoso.com'))).toMatch(/^This invitation is blocked by cross-tenant access settings/);
    target.policies.setPartner(source.tenantId, { b2bCollaborationInbound: null });
    source.policies.setPartner(target.tenantId, { b2bCollaborationOutbound: block });
    expect((await invite('a@contoso.com')).status).toBe(403);
    source.policies.setPartner(target.tenantId, { b2bCollaborationOutbound: null });
    expect((await invite('a@contoso.com')).status).toBe(201);
  });

  it('crosses clouds only when both sides have opened up and named each other', async () => {
    const { invite, entra, target } = await inviting();
    const gov = entra.addTenant({ displayName: 'Agency', initialDomain: 'agency', domains: ['agency.example'], cloud: 'USGov' });
    expect((await invite('a@agency.example')).status).toBe(403);
    target.policies.allowedCloudEndpoints = ['microsoftonline.us'];
    gov.policies.allowedCloudEndpoints = ['microsoftonline.com'];
    target.policies.setPartner(gov.tenantId, {});
    expect((await invite('a@agency.example')).status).toBe(403);
    gov.policies.setPartner(target.tenantId, {});
    expect((await invite('a@agency.example')).status).toBe(201);
  });

  it('refuses unknown properties and missing ones', async () => {
    const { invite, graph } = await inviting();
    expect((await invite('a@contoso.com', { department: 'Sales' })).status).toBe(400);
    expect((await graph.send('POST', '/invitations', { invitedUserEmailAddress: 'a@contoso.com' })).status).toBe(400);
    expect((await invite('a@contoso.com', { invitedUserType: 'Owner' })).status).toBe(400);
  });
});
