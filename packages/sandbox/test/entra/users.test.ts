import { advanced, type Client, client, text, world } from './support.ts';

const nobody = '99999999-9999-4999-a999-999999999999';

async function people(settings = {}) {
  const all = world(settings);
  const graph = await client(all.entra, all.target, all.targetApp);
  const neil = all.target.createUser({
    userPrincipalName: "o'neil@fabrikam.com",
    properties: {
      displayName: "Seán O'Neil",
      mail: "O'Neil@fabrikam.com",
      department: 'Sales',
      onPremisesExtensionAttributes: { extensionAttribute15: 'tenant/abc' },
    },
  });
  const guest = all.target.createExternalUser({ address: 'anna@contoso.com', displayName: 'Anna' });
  return { ...all, graph, neil, guest };
}

async function ids(graph: Client, filter: string, more = '', headers = {}): Promise<unknown> {
  const { body, code } = await graph.get(`/users?$filter=${encodeURIComponent(filter)}&$select=id${more}`, headers);
  return code ?? (body.value as { id: string }[]).map((user) => user.id);
}

describe('Finding users', () => {
  it('matches mail, UPN, other and proxy addresses without regard to case, apostrophes doubled', async () => {
    const { graph, neil, guest } = await people();
    expect(await ids(graph, "mail eq 'o''neil@FABRIKAM.com'")).toEqual([neil.id]);
    expect(await ids(graph, "userPrincipalName eq 'O''NEIL@fabrikam.com'")).toEqual([neil.id]);
    expect(await ids(graph, "otherMails/any(x:x eq 'ANNA@contoso.com')")).toEqual([guest.id]);
    expect(await ids(graph, "userPrincipalName eq 'anna_contoso.com#EXT#@fabrikam.onmicrosoft.com'")).toEqual([guest.id]);
    expect(await ids(graph, `id eq '${guest.id}' or id eq '${neil.id}'`)).toEqual([guest.id, neil.id]);
    expect(
      await ids(
        graph,
        "mail eq 'x@y.z' or otherMails/any(o:o eq 'anna@contoso.com') or proxyAddresses/any(p:p eq 'SMTP:o''neil@fabrikam.com')",
      ),
    ).toEqual([guest.id, neil.id]);
    expect(await ids(graph, "startsWith(userPrincipalName,'anna_contoso.com#EXT#')")).toEqual([guest.id]);
    expect(await ids(graph, "startswith(mail,'o') and department eq 'Sales'")).toEqual([neil.id]);
  });

  it('tells SMTP: from smtp: in proxy addresses', async () => {
    const { graph, guest } = await people();
    expect(await ids(graph, "proxyAddresses/any(x:x eq 'SMTP:anna@contoso.com')")).toEqual([guest.id]);
    expect(await ids(graph, "proxyAddresses/any(x:x eq 'smtp:anna@contoso.com')")).toEqual([]);
    expect(await ids(graph, "proxyAddresses/any(x:startswith(x,'SMTP:anna@'))")).toEqual([guest.id]);
  });

  it.each([
    ['an apostrophe that is not doubled', "mail eq 'o'neil@fabrikam.com'", 'BadRequest'],
    ['an unknown property', "nickname eq 'x'", 'Request_BadRequest'],
    ['extension attributes', "onPremisesExtensionAttributes/extensionAttribute15 eq 'tenant/abc'", 'Request_UnsupportedQuery'],
    ['endsWith', "endsWith(mail,'fabrikam.com')", 'Request_UnsupportedQuery'],
    ['ne', "department ne 'Sales'", 'Request_UnsupportedQuery'],
    ['not', "not(department eq 'Sales')", 'Request_UnsupportedQuery'],
    ['null', 'department eq null', 'Request_UnsupportedQuery'],
  ])('refuses %s without the advanced pair', async (_, filter, code) => {
    const { graph } = await people();
    expect(await ids(graph, filter)).toBe(code);
    expect(await ids(graph, filter, '&$count=true')).toBe(code);
  });

  it('answers them with it', async () => {
    const { graph, neil, guest } = await people();
    const ask = (filter: string) => ids(graph, filter, '&$count=true', advanced);
    expect(await ask("onPremisesExtensionAttributes/extensionAttribute15 eq 'tenant/abc'")).toEqual([neil.id]);
    expect(await ask("startsWith(onPremisesExtensionAttributes/extensionAttribute15,'tenant/')")).toEqual([neil.id]);
    expect(await ask("endsWith(mail,'fabrikam.com')")).toEqual([neil.id]);
    expect(await ask('department eq null')).toEqual([guest.id]);
  });

  it('pages by $top up to 999, and a page can be asked for again', async () => {
    const { graph, target } = await people();
    for (let number = 0; number < 250; number += 1) target.createUser({ properties: { displayName: `P ${number}` } });
    expect(await graph.all('/users?$select=id')).toHaveLength(252);
    expect(await graph.all('/users?$select=id&$top=999')).toHaveLength(252);
    expect((await graph.get('/users?$top=1000')).code).toBe('Request_BadRequest');
    const first = await graph.get('/users?$top=100&$select=id');
    const link = text(first.body['@odata.nextLink']);
    expect((await graph.get(link)).body).toEqual((await graph.get(link)).body);
    expect((await graph.get('/users?$skiptoken=gone.100')).code).toBe('Directory_ExpiredPageToken');
  });
});

describe('Reading a user', () => {
  it('returns the default set, null for what has no value and [] for empty collections', async () => {
    const { graph, neil } = await people();
    const { body } = await graph.get(`/users/${neil.id}`);
    expect(Object.keys(body)).toEqual([
      '@odata.context',
      'businessPhones',
      'displayName',
      'givenName',
      'jobTitle',
      'mail',
      'mobilePhone',
      'officeLocation',
      'preferredLanguage',
      'surname',
      'userPrincipalName',
      'id',
    ]);
    expect(body).toMatchObject({ businessPhones: [], jobTitle: null, displayName: "Seán O'Neil" });
  });

  it('reads showInAddressList as null whatever it is', async () => {
    const { graph, guest, target } = await people();
    expect((await graph.get(`/users/${guest.id}?$select=showInAddressList`)).body).toMatchObject({ showInAddressList: null });
    await graph.send('PATCH', `/users/${guest.id}`, { showInAddressList: true });
    expect((await graph.get(`/users/${guest.id}?$select=showInAddressList`)).body).toMatchObject({ showInAddressList: null });
    expect(target.user(guest.id)?.properties.showInAddressList).toBe(true);
  });

  it('refuses unknown names in $select, and what the directory does not keep in lists', async () => {
    const { graph, neil } = await people();
    expect((await graph.get(`/users/${neil.id}?$select=nickname`)).status).toBe(400);
    expect((await graph.get('/users?$select=signInActivity')).status).toBe(501);
    expect((await graph.get(`/users/${nobody}`)).code).toBe('Request_ResourceNotFound');
    expect((await graph.get('/nothing')).status).toBe(404);
  });

  it('expands the manager when there is one', async () => {
    const { graph, neil, guest, target } = await people();
    const path = `/users/${neil.id}?$select=id&$expand=manager($select=id)`;
    expect((await graph.get(path)).body.manager).toBeUndefined();
    expect((await graph.get(`/users/${neil.id}/manager`)).status).toBe(404);
    target.setManager(neil.id, guest.id);
    expect((await graph.get(path)).body.manager).toEqual({ '@odata.type': '#microsoft.graph.user', id: guest.id });
    expect((await graph.get(`/users/${neil.id}/manager?$select=id`)).body).toMatchObject({ id: guest.id });
  });
});

describe('PATCH of a user', () => {
  it('writes, clears with null and merges extension attributes', async () => {
    const { graph, neil, target } = await people();
    const body = {
      jobTitle: 'Lead',
      department: null,
      onPremisesExtensionAttributes: { extensionAttribute1: 'a' },
      businessPhones: ['1'],
      otherMails: [],
    };
    expect((await graph.send('PATCH', `/users/${neil.id}`, body)).status).toBe(204);
    expect(target.user(neil.id)?.properties).toMatchObject({
      jobTitle: 'Lead',
      department: null,
      businessPhones: ['1'],
      onPremisesExtensionAttributes: { extensionAttribute1: 'a', extensionAttribute15: 'tenant/abc' },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['an empty string', { jobTitle: '' }],
    ['null for a collection', { businessPhones: null }],
    ['two business phones', { businessPhones: ['1', '2'] }],
    ['clearing displayName', { displayName: null }],
    ['clearing mail', { mail: null }],
    ['clearing usageLocation', { usageLocation: null }],
    ['clearing accountEnabled', { accountEnabled: null }],
    ['an unknown property', { nickname: 'x' }],
    ['an unknown extension', { extension_00000000000000000000000000000000_x: 'x' }],
    ['a read-only property', { proxyAddresses: [] }],
    ['a wrong type', { accountEnabled: 'true' }],
    ['65 characters of department', { department: 'x'.repeat(65) }],
    ['17 characters of employeeId', { employeeId: 'x'.repeat(17) }],
    ['a third letter of usageLocation', { usageLocation: 'DEU' }],
    ['an accent in mail', { mail: 'zoé@contoso.com' }],
    ['a sixteenth extension attribute', { onPremisesExtensionAttributes: { extensionAttribute16: 'x' } }],
  ])('refuses %s, and then nothing else is written', async (_, body) => {
    const { graph, guest, target } = await people();
    const before = target.user(guest.id);
    const { status, code } = await graph.send('PATCH', `/users/${guest.id}`, { city: 'Oslo', ...body });
    expect([status, code]).toEqual([400, 'Request_BadRequest']);
    expect(target.user(guest.id)).toBe(before);
  });

  it('refuses what applications may not write', async () => {
    const { graph, guest } = await people();
    expect((await graph.send('PATCH', `/users/${guest.id}`, { employeeHireDate: '2026-01-01T00:00:00Z' })).status).toBe(403);
  });

  it('writes extensions that are defined, in their type', async () => {
    const { graph, guest, target, targetApp } = await people();
    const name = target.defineExtension(targetApp.appId, 'level', 'Integer');
    expect((await graph.send('PATCH', `/users/${guest.id}`, { [name]: 3 })).status).toBe(204);
    expect((await graph.send('PATCH', `/users/${guest.id}`, { [name]: '3' })).status).toBe(400);
    expect((await graph.get(`/users/${guest.id}?$select=${name}`)).body[name]).toBe(3);
  });

  it('adds a changed mail as primary proxy address, and names the holder of one that is taken', async () => {
    const { graph, guest, neil, target } = await people();
    expect((await graph.send('PATCH', `/users/${guest.id}`, { mail: 'anna.new@contoso.com' })).status).toBe(204);
    expect(target.user(guest.id)?.properties.proxyAddresses).toEqual(['SMTP:anna.new@contoso.com', 'smtp:anna@contoso.com']);
    const { code, body } = await graph.send('PATCH', `/users/${guest.id}`, { mail: "o'neil@fabrikam.com", city: 'Oslo' });
    expect(code).toBe('Request_BadRequest');
    expect(body.error).toMatchObject({
      details: [
        { code: 'ObjectConflict', target: 'proxyAddresses' },
        { code: 'ConflictingObjects', target: `User_${neil.id}` },
      ],
    });
    expect(target.user(guest.id)?.properties.city).toBeUndefined();
  });

  it('refuses sensitive attributes, deletion and restore of privileged users unless the application has a directory role', async () => {
    const { graph, guest, target, targetApp } = await people();
    target.setPrivileged(guest.id, true);
    const refused = await graph.send('PATCH', `/users/${guest.id}`, { accountEnabled: false });
    expect([refused.status, refused.code]).toEqual([403, 'Authorization_RequestDenied']);
    expect((await graph.send('PATCH', `/users/${guest.id}`, { city: 'Oslo' })).status).toBe(204);
    expect((await graph.send('DELETE', `/users/${guest.id}`)).status).toBe(403);
    targetApp.setDirectoryRoles('Privileged Authentication Administrator');
    expect((await graph.send('PATCH', `/users/${guest.id}`, { accountEnabled: false })).status).toBe(204);
  });

  it('refuses most attributes of objects mastered on-premises', async () => {
    const { graph, neil, target } = await people();
    target.updateUser(neil.id, { onPremisesSyncEnabled: true });
    expect((await graph.send('PATCH', `/users/${neil.id}`, { city: 'Oslo' })).code).toBe('Request_BadRequest');
    expect((await graph.send('PATCH', `/users/${neil.id}`, { usageLocation: 'NO' })).status).toBe(204);
  });

  it('lets narrow permissions write what is theirs and nothing else', async () => {
    const { entra, guest, target, targetApp } = await people();
    targetApp.revoke(...targetApp.permissions);
    targetApp.grant('User.Read.All', 'User.EnableDisableAccount.All', 'User-Phone.ReadWrite.All');
    const graph = await client(entra, target, targetApp);
    expect((await graph.send('PATCH', `/users/${guest.id}`, { accountEnabled: false, mobilePhone: '1' })).status).toBe(204);
    expect((await graph.send('PATCH', `/users/${guest.id}`, { city: 'Oslo' })).status).toBe(403);
  });
});

describe('Manager, sessions, deletion', () => {
  it('sets and clears a manager by a reference to its own host', async () => {
    const { graph, guest, neil, target } = await people();
    const put = (host: string, id: string) =>
      graph.send('PUT', `/users/${guest.id}/manager/$ref`, { '@odata.id': `https://${host}/v1.0/users/${id}` });
    expect((await put('graph.microsoft.us', neil.id)).status).toBe(400);
    expect((await put('graph.microsoft.com', nobody)).code).toBe('Request_BadRequest');
    expect((await put('graph.microsoft.com', neil.id)).status).toBe(204);
    expect(target.user(guest.id)?.managerId).toBe(neil.id);
    expect((await graph.send('DELETE', `/users/${guest.id}/manager/$ref`)).status).toBe(204);
    expect((await graph.send('DELETE', `/users/${guest.id}/manager/$ref`)).status).toBe(404);
  });

  it('revokes sessions', async () => {
    const { graph, guest, target } = await people();
    expect((await graph.send('POST', `/users/${guest.id}/revokeSignInSessions`)).body).toMatchObject({ value: true });
    expect(target.user(guest.id)?.sessionsRevoked).toBe(1);
  });

  it('soft-deletes: gone from users, among the deleted under a prefixed UPN, restorable with its id, purged after 30 days', async () => {
    const { graph, entra, clock, guest, target, targetApp } = await people();
    expect((await graph.send('DELETE', `/users/${guest.id}`)).status).toBe(204);
    expect((await graph.send('DELETE', `/users/${guest.id}`)).status).toBe(404);
    expect((await graph.get(`/users/${guest.id}`)).status).toBe(404);
    const [deleted] = await graph.all('/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime');
    expect(deleted).toEqual({
      id: guest.id,
      userPrincipalName: `${guest.id.replaceAll('-', '')}anna_contoso.com#EXT#@fabrikam.onmicrosoft.com`,
      deletedDateTime: '2026-01-05T08:00:00Z',
    });
    expect(
      (await graph.get("/directory/deletedItems/microsoft.graph.user?$filter=mail eq 'anna@contoso.com'&$select=id")).body.value,
    ).toEqual([{ id: guest.id }]);
    expect((await graph.get(`/directory/deletedItems/${guest.id}`)).body).toMatchObject({ id: guest.id });
    expect((await graph.send('POST', `/directory/deletedItems/${guest.id}/restore`, {})).body).toMatchObject({ id: guest.id });
    expect((await graph.send('POST', `/directory/deletedItems/${guest.id}/restore`)).status).toBe(404);
    expect(target.userByPrincipalName('anna_contoso.com#EXT#@fabrikam.onmicrosoft.com')?.id).toBe(guest.id);
    await graph.send('DELETE', `/users/${guest.id}`);
    await clock.advance(30 * 86_400_000);
    expect(target.user(guest.id)).toBeUndefined();
    const later = await client(entra, target, targetApp);
    expect((await later.get(`/directory/deletedItems/${guest.id}`)).status).toBe(404);
  });

  it('refuses a restore whose name or address is taken, unless it is told how to resolve it', async () => {
    const { graph, guest, target } = await people();
    target.softDelete(guest.id);
    const other = target.createExternalUser({ address: 'anna@contoso.com' });
    const restore = (body: object) => graph.send('POST', `/directory/deletedItems/${guest.id}/restore`, body);
    expect((await restore({})).body.error).toMatchObject({ details: [{ target: 'userPrincipalName' }, { target: `User_${other.id}` }] });
    const newUserPrincipalName = 'anna2_contoso.com#EXT#@fabrikam.onmicrosoft.com';
    expect((await restore({ newUserPrincipalName })).body.error).toMatchObject({
      details: [{ target: 'proxyAddresses' }, { target: `User_${other.id}` }],
    });
    expect((await restore({ newUserPrincipalName, autoReconcileProxyConflict: true })).status).toBe(200);
    expect(target.user(guest.id)?.properties).toMatchObject({ userPrincipalName: newUserPrincipalName, proxyAddresses: [] });
  });

  it('purges on request', async () => {
    const { graph, guest, target } = await people();
    target.softDelete(guest.id);
    expect((await graph.send('DELETE', `/directory/deletedItems/${guest.id}`)).status).toBe(204);
    expect(target.user(guest.id)).toBeUndefined();
  });
});
