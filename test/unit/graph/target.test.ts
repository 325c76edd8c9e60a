import { externalName } from '../../../src/graph/directory/candidates.ts';
import type { Invitation } from '../../../src/ports/directory.ts';
import { call, envelope, failureOf, graphHost, id, inParts, type Reply, type SeenRequest, world } from './support.ts';

const organization = {
  value: [{ id: id(500), displayName: 'F', verifiedDomains: [{ name: 'fabrikam.onmicrosoft.com', isInitial: true, isDefault: false }] }],
};

/** Answers for the organization; everything else as given. */
function withOrganization(handler: (request: SeenRequest) => Reply) {
  return (request: SeenRequest): Reply => {
    if (request.path.startsWith('/organization')) return { body: organization };
    return request.path.includes('$top=1&') ? { body: { '@odata.count': 20, value: [] } } : handler(request);
  };
}

const finds = (seen: readonly SeenRequest[], base = '/users?'): readonly SeenRequest[] =>
  seen.filter((request) => request.path.startsWith(`${base}$filter`));
const deleted = '/directory/deletedItems/microsoft.graph.user?';

/** A world whose searches come in batches, with the parts of these. */
function searching(handler: (request: SeenRequest) => Reply) {
  const parts: SeenRequest[] = [];
  return { ...world(inParts(withOrganization(handler), parts)), parts };
}

describe('Looking for accounts of a person', () => {
  test('trap 14: an address is looked for in every place and spelling, all in one request', async () => {
    const { target, seen, parts } = searching(() => ({ body: { value: [] } }));
    await target.findAccounts({ addresses: ["O'Neil@contoso.com", "o'neil@CONTOSO.com"] }, ['mail'], call());
    expect(seen.filter(({ path }) => path === '/$batch')).toHaveLength(1);
    expect(finds(parts).map(({ path }) => path)).toEqual([
      "/users?$filter=mail eq 'O''Neil@contoso.com' or otherMails/any(x:x eq 'O''Neil@contoso.com') or proxyAddresses/any(x:x eq 'SMTP:O''Neil@contoso.com')" +
        " or proxyAddresses/any(x:x eq 'smtp:O''Neil@contoso.com') or userPrincipalName eq 'O''Neil_contoso.com#EXT#@fabrikam.onmicrosoft.com'&$select=id,mail",
    ]);
    expect(finds(parts)[0]?.url).toContain('%23EXT%23');
    expect(finds(parts, deleted)).toHaveLength(1);
  });

  test('many addresses are spread over parts within the limit of expressions, and the tenant is asked for its domain once', async () => {
    const { target, seen, parts } = searching(() => ({ body: { value: [] } }));
    await target.findAccounts({ addresses: Array.from({ length: 7 }, (_, n) => `a${n}@contoso.com`) }, [], call());
    await target.findAccounts({ addresses: ['b@contoso.com'] }, [], call());
    expect(finds(parts).map((request) => request.path.split(' or ').length)).toEqual([15, 15, 5, 5]);
    expect(seen.filter((request) => request.path.startsWith('/organization'))).toHaveLength(1);
  });

  test('more parts than a batch can have are sent in several', async () => {
    const { target, seen, parts } = searching(() => ({ body: { value: [] } }));
    await target.findAccounts({ addresses: Array.from({ length: 40 }, (_, n) => `a${n}@contoso.com`) }, [], call());
    const sizes = seen.filter(({ path }) => path === '/$batch').map(({ body }) => (body as { requests: unknown[] }).requests.length);
    expect(sizes).toEqual([20, parts.length - 20]);
  });

  test('trap 7: the anchor is looked for through the index where it has to be, and plainly where not', async () => {
    const { target, parts } = searching(() => ({ body: { value: [] } }));
    const anchor = { value: 'src/1', whole: ['src/1'] };
    await target.findAccounts(
      { anchor: { attribute: 'extensionAttribute15', ...anchor }, addresses: [] },
      ['extensionAttribute15'],
      call(),
    );
    await target.findAccounts({ anchor: { attribute: 'extension_0a_anchor', ...anchor }, addresses: [] }, [], call());
    expect(finds(parts).map(({ path }) => path)).toEqual([
      "/users?$filter=startsWith(onPremisesExtensionAttributes/extensionAttribute15,'src/1')&$select=id,onPremisesExtensionAttributes&$count=true",
      "/users?$filter=startsWith(extension_0a_anchor,'src/1')&$select=id",
    ]);
    expect(finds(parts).map(({ headers }) => headers.consistencylevel)).toEqual(['eventual', undefined]);
    expect(finds(parts, deleted)).toHaveLength(2);
  });

  test('trap 7: where beginnings cannot be compared, the exact anchor is looked for', async () => {
    const { target, seen } = searching(({ path }) =>
      path.includes('startsWith') ? { status: 400, body: envelope('Request_UnsupportedQuery') } : { body: { value: [{ id: id(1) }] } },
    );
    const found = await target.findAccounts(
      { anchor: { attribute: 'extensionAttribute15', value: 'src/1', whole: ['src/1'] }, addresses: [] },
      [],
      call(),
    );
    expect(found.live.map((user) => user.id)).toEqual([id(1)]);
    expect(finds(seen)[0]?.path).toContain("$filter=onPremisesExtensionAttributes/extensionAttribute15 eq 'src/1'");
    expect(finds(seen)[0]?.headers).toMatchObject({ consistencylevel: 'eventual' });
  });

  test('a part that is refused fails the search: nobody is taken for not there', async () => {
    for (const place of ['/users', '/directory']) {
      const { target } = searching(({ path }) =>
        path.startsWith(place) ? { status: 403, body: envelope('Authorization_RequestDenied') } : { body: { value: [] } },
      );
      const search = target.findAccounts({ addresses: ['a@contoso.com'] }, [], call());
      await expect(failureOf(search)).resolves.toMatchObject({ kind: 'Forbidden' });
    }
  });

  test('all pages count, and somebody found twice is one', async () => {
    const { target } = searching(({ url }) => ({
      body: url.includes('skiptoken')
        ? { value: [{ id: id(1) }, { id: id(2) }] }
        : { value: [{ id: id(1) }], '@odata.nextLink': `${graphHost}/v1.0/users?$skiptoken=2` },
    }));
    const found = await target.findAccounts(
      { anchor: { attribute: 'extensionAttribute15', value: 'x', whole: ['x'] }, addresses: ['a@contoso.com'] },
      [],
      call(),
    );
    expect(found.live.map((user) => user.id)).toEqual([id(1), id(2)]);
  });

  test('trap 16: deleted accounts are looked for by addresses, not by name, below the cast', async () => {
    const { target, parts } = searching(({ path }) => ({
      body: { value: path.startsWith(deleted) ? [{ id: id(1), mail: null, deletedDateTime: '2026-01-01T00:00:00Z' }] : [] },
    }));
    const found = await target.findAccounts({ addresses: ['a@contoso.com'] }, ['deletedDateTime', 'mail'], call());
    expect(found).toMatchObject({ live: [], deleted: [{ id: id(1), deletedDateTime: '2026-01-01T00:00:00Z', mail: null }] });
    expect(finds(parts, deleted)[0]?.path).toContain('mail eq');
    expect(finds(parts, deleted)[0]?.path).not.toContain('userPrincipalName eq');
  });

  test('the name of an invited user is made from the address', () => {
    expect(externalName('user@contoso.com', 'fabrikam.onmicrosoft.com')).toBe('user_contoso.com#EXT#@fabrikam.onmicrosoft.com');
  });
});

describe('Reading one account', () => {
  test('identities, extension attributes and the manager are flattened; trap 16: what is not selected stays out', async () => {
    const body = {
      id: id(1),
      accountEnabled: null,
      identities: [{ signInType: 'federated', issuer: 'ExternalAzureAD', issuerAssignedId: null }],
      onPremisesExtensionAttributes: { extensionAttribute15: 'anchor', extensionAttribute1: null },
      businessPhones: ['1'],
      manager: { '@odata.type': '#microsoft.graph.user', id: id(2) },
    };
    const { target, seen } = world(() => ({ body }));
    await expect(
      target.getUser(id(1), ['identities', 'extensionAttribute15', 'businessPhones', 'accountEnabled'], call()),
    ).resolves.toEqual({
      id: id(1),
      accountEnabled: null,
      identities: [{ signInType: 'federated', issuer: 'ExternalAzureAD', issuerAssignedId: null }],
      attributes: { extensionAttribute15: 'anchor', businessPhones: ['1'], accountEnabled: null },
      managerId: id(2),
    });
    expect(seen[0]?.path).toBe(
      `/users/${id(1)}?$select=id,identities,onPremisesExtensionAttributes,businessPhones,accountEnabled&$expand=manager($select=id)`,
    );
  });

  test('trap 21: an empty list of proxy addresses is told from one that was not read', async () => {
    const { target } = world(() => ({ body: { id: id(1), proxyAddresses: [] } }));
    expect((await target.getUser(id(1), ['proxyAddresses'], call()))?.proxyAddresses).toEqual([]);
    const unread = world(() => ({ body: { id: id(1), mail: null } }));
    expect(await unread.target.getUser(id(1), ['mail'], call())).not.toHaveProperty('proxyAddresses');
  });

  test('trap 9: one that is not there (yet) is undefined', async () => {
    const { target } = world(() => ({ status: 404, body: envelope('Request_ResourceNotFound') }));
    await expect(target.getUser(id(1), [], call())).resolves.toBeUndefined();
    await expect(target.getDeletedUser(id(1), [], call())).resolves.toBeUndefined();
  });
});

describe('Inviting', () => {
  const invitation: Invitation = {
    emailAddress: 'a@contoso.com',
    displayName: 'A',
    userType: 'Member',
    redirectUrl: 'https://apps.example',
    sendMessage: false,
  };

  test('sends what an invitation can carry and gives the id back', async () => {
    const { target, seen } = world(() => ({
      status: 201,
      body: { status: 'Completed', invitedUser: { id: id(1), userPrincipalName: 'a_contoso.com#EXT#@f' } },
    }));
    await expect(target.invite(invitation, call())).resolves.toEqual({
      id: id(1),
      userPrincipalName: 'a_contoso.com#EXT#@f',
      redeemed: true,
    });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/invitations',
      body: {
        invitedUserEmailAddress: 'a@contoso.com',
        invitedUserDisplayName: 'A',
        invitedUserType: 'Member',
        inviteRedirectUrl: 'https://apps.example',
        sendInvitationMessage: false,
      },
    });
  });

  test('trap 8: a lost answer leaves the outcome open, and nothing is repeated here', async () => {
    for (const reply of [{ status: 504 }, { status: 201, raw: '' }, { status: 201, body: { status: 'Completed' } }]) {
      const { target, seen } = world(() => reply);
      await expect(failureOf(target.invite(invitation, call()))).resolves.toMatchObject({ kind: 'Unavailable', outcomeUnknown: true });
      expect(seen).toHaveLength(1);
    }
  });

  test('trap 19: an internal user of that address is named', async () => {
    const message = `The invited user already exists in the directory as object ID: ${id(4)}. They can use that account`;
    const { target } = world(() => ({ status: 400, body: envelope('BadRequest', message) }));
    await expect(failureOf(target.invite(invitation, call()))).resolves.toMatchObject({
      reason: 'InternalUserExists',
      conflictingObjectId: id(4),
    });
  });

  test('a pending invitation is not redeemed', async () => {
    const { target } = world(() => ({ status: 201, body: { status: 'PendingAcceptance', invitedUser: { id: id(1) } } }));
    await expect(target.invite(invitation, call())).resolves.toEqual({ id: id(1), redeemed: false });
  });
});

describe('Changing an account', () => {
  test('trap 10: strings are cleared with null, collections with [], and there is one business phone', async () => {
    const { target, seen } = world(() => ({ status: 204 }));
    await target.updateUser(
      id(1),
      {
        jobTitle: null,
        department: '',
        otherMails: null,
        businessPhones: ['1', '2'],
        accountEnabled: false,
        extensionAttribute2: null,
        extensionAttribute15: 'x',
      },
      call(),
    );
    await target.updateUser(id(1), { businessPhones: null, showInAddressList: true }, call());
    expect(seen[0]?.body).toEqual({
      jobTitle: null,
      department: null,
      otherMails: [],
      businessPhones: ['1'],
      accountEnabled: false,
      onPremisesExtensionAttributes: { extensionAttribute2: null, extensionAttribute15: 'x' },
    });
    expect(seen[1]?.body).toEqual({ businessPhones: [], showInAddressList: true });
  });

  test('trap 11: the address list flag is written when it is given and never read back by itself', async () => {
    const { target, seen } = world(({ method }) => (method === 'PATCH' ? { status: 204 } : { body: { id: id(1) } }));
    await target.updateUser(id(1), { showInAddressList: true }, call());
    const user = await target.getUser(id(1), ['displayName'], call());
    expect(seen[0]?.body).toEqual({ showInAddressList: true });
    expect(user?.attributes).toEqual({ displayName: null });
  });

  test('nothing to change is no request', async () => {
    const { target, seen } = world(() => ({ status: 204 }));
    await target.updateUser(id(1), {}, call());
    expect(seen).toEqual([]);
  });

  test('trap 12: a refused extension attribute is recognised under the name of its object', async () => {
    const { target } = world(() => ({
      status: 400,
      body: envelope('Request_BadRequest', "Property 'onPremisesExtensionAttributes' is read-only."),
    }));
    await expect(failureOf(target.updateUser(id(1), { extensionAttribute3: 'x', city: 'y' }, call()))).resolves.toMatchObject({
      kind: 'AttributeRefused',
      attributes: ['extensionAttribute3'],
    });
  });

  test('trap 20: the manager is a reference to the Graph host of the same cloud', async () => {
    const { target, seen } = world(() => ({ status: 204 }), { host: 'https://graph.microsoft.us' });
    await target.setManager(id(1), id(2), call());
    expect(seen[0]).toMatchObject({ method: 'PUT', path: expect.stringContaining(`/users/${id(1)}/manager/$ref`) as string });
    expect(seen[0]?.body).toEqual({ '@odata.id': `https://graph.microsoft.us/v1.0/users/${id(2)}` });
  });

  test('clearing a manager succeeds when there was none', async () => {
    const { target } = world(() => ({ status: 404, body: envelope('Request_ResourceNotFound') }));
    await expect(target.clearManager(id(1), call())).resolves.toBeUndefined();
  });

  test('deleting, restoring, purging and ending sessions go where they belong', async () => {
    const { target, seen } = world(({ method, path }) => {
      if (method === 'DELETE') return { status: 204 };
      return { body: path.endsWith('/restore') ? { id: id(1) } : { value: true } };
    });
    await target.deleteUser(id(1), call());
    await target.restoreUser(id(1), { reconcileProxies: true }, call());
    await target.restoreUser(id(1), { reconcileProxies: false }, call());
    await target.purgeUser(id(1), call());
    await target.revokeSessions(id(1), call());
    expect(seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['DELETE', `/users/${id(1)}`, undefined],
      ['POST', `/directory/deletedItems/${id(1)}/restore`, { autoReconcileProxyConflict: true }],
      ['POST', `/directory/deletedItems/${id(1)}/restore`, {}],
      ['DELETE', `/directory/deletedItems/${id(1)}`, undefined],
      ['POST', `/users/${id(1)}/revokeSignInSessions`, {}],
    ]);
  });

  test('a restore that collides names the other object', async () => {
    const details = [{ code: 'ConflictingObjects', target: `User_${id(6)}`, message: 'm' }];
    const { target } = world(() => ({ status: 400, body: envelope('Request_BadRequest', 'm', { details }) }));
    await expect(failureOf(target.restoreUser(id(1), { reconcileProxies: false }, call()))).resolves.toMatchObject({
      kind: 'ObjectConflict',
      reason: 'RestoreConflict',
      conflictingObjectId: id(6),
    });
  });
});
