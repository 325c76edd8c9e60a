import { GraphGroups } from '../../../src/graph/directory/groups.ts';
import { memberRemovalPath, refusePersonDeletion } from '../../../src/graph/directory/member-paths.ts';
import { sendBatch } from '../../../src/graph/directory/batch.ts';
import { writeCost } from '../../../src/graph/quota/costs.ts';
import { call, envelope, failureOf, graphHost, id, inParts, type Handler, type SeenRequest, world } from './support.ts';

const plain = {
  id: id(1),
  displayName: 'Falcon',
  mailNickname: 'falcon',
  uniqueName: 'tenantsync-1',
  mailEnabled: false,
  groupTypes: [],
  isAssignableToRole: null,
  isManagementRestricted: null,
  onPremisesSyncEnabled: null,
};
const groupsOf = (handler: Handler) => {
  const made = world(handler);
  return { ...made, groups: new GraphGroups(made.client) };
};
const refusing = (status: number, code: string, message: string) => groupsOf(() => ({ status, body: envelope(code, message) }));

describe('Groups of the target', () => {
  test('are made under their unique name, once however often that is sent', async () => {
    const answers = [{ status: 201, body: plain }, { status: 204 }];
    const { groups, seen } = groupsOf(() => answers.shift() ?? { status: 500 });
    const names = { displayName: 'Falcon', mailNickname: 'falcon' };
    expect(await groups.createGroup("a'b", names, call())).toBe(id(1));
    expect(await groups.createGroup("a'b", names, call())).toBeUndefined();
    expect(seen[0]).toMatchObject({ method: 'PATCH', body: { ...names, mailEnabled: false, securityEnabled: true, groupTypes: [] } });
    expect(seen[0]?.url).toBe(`${graphHost}/v1.0/groups(uniqueName='a''b')`);
    expect(seen[0]?.headers.prefer).toBe('create-if-missing');
  });

  test.each([
    ['a plain one', {}, {}],
    ['one that carries roles', { isAssignableToRole: true }, { roleAssignable: true }],
    ['a dynamic one', { groupTypes: ['DynamicMembership'] }, { dynamic: true }],
    ['a mail-enabled one', { mailEnabled: true }, { mailEnabled: true }],
    ['one of Microsoft 365', { groupTypes: ['Unified'] }, { mailEnabled: true }],
    ['one from on premises', { onPremisesSyncEnabled: true }, { onPremises: true }],
    ['a restricted one', { isManagementRestricted: true }, { managementRestricted: true }],
  ])('are told by their kind: %s', async (_, change, expected) => {
    const { groups } = groupsOf(() => ({ body: { ...plain, ...change } }));
    const kinds = { mailEnabled: false, dynamic: false, roleAssignable: false, managementRestricted: false, onPremises: false };
    expect(await groups.getGroup(id(1), call())).toMatchObject({ id: id(1), uniqueName: 'tenantsync-1', ...kinds, ...expected });
  });

  test('that do not say of which kind they are, or are others than were asked for, are no answer', async () => {
    const kindless = groupsOf(() => ({ body: { id: id(1), displayName: 'Falcon' } }));
    await expect(failureOf(kindless.groups.getGroup(id(1), call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    const other = groupsOf(() => ({ body: { ...plain, uniqueName: 'other' } }));
    await expect(failureOf(other.groups.findByUniqueName('tenantsync-1', call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    await expect(failureOf(other.groups.getGroup(id(2), call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test('that are not there are none, and a refusal is no absence', async () => {
    const { groups } = refusing(404, 'Request_ResourceNotFound', 'Resource does not exist');
    expect(await groups.getGroup(id(1), call())).toBeUndefined();
    expect(await groups.findByUniqueName('x', call())).toBeUndefined();
    expect(await groups.getDeletedGroup(id(1), call())).toBeUndefined();
    await expect(failureOf(refusing(403, 'Authorization_RequestDenied', '').groups.getGroup(id(1), call()))).resolves.toMatchObject({
      kind: 'Forbidden',
    });
  });

  test('are looked for by name, and in the recycle bin where that can be searched', async () => {
    const { groups, seen } = groupsOf(() => ({ body: { value: [plain, { ...plain, id: id(2), uniqueName: null }] } }));
    expect(await groups.findNamed("O'Neil", call())).toHaveLength(2);
    expect(await groups.findDeleted('tenantsync-1', call())).toHaveLength(1);
    expect(seen[0]?.path).toContain("displayName eq 'O''Neil'");
    expect(await groups.findNicknamed("o'neil", call())).toHaveLength(2);
    expect(seen[2]?.path).toContain("mailNickname eq 'o''neil'");
    expect(await refusing(400, 'Request_UnsupportedQuery', 'no').groups.findDeleted('x', call())).toEqual([]);
  });

  test('have members of all kinds, page by page', async () => {
    const { groups } = groupsOf(({ path }) => ({
      body: path.includes('skiptoken')
        ? { value: [{ '@odata.type': '#microsoft.graph.group', id: id(3) }] }
        : {
            value: [{ '@odata.type': '#microsoft.graph.user', id: id(2) }],
            '@odata.nextLink': `${graphHost}/v1.0/groups/${id(1)}/members?$skiptoken=x`,
          },
    }));
    const first = await groups.membersPage({ groupId: id(1), select: ['id'] }, call());
    expect(first.items).toEqual([{ id: id(2), isUser: true }]);
    expect((await groups.membersPage({ link: first.next ?? '' }, call())).items).toEqual([{ id: id(3), isUser: false }]);
  });

  test('have members with what was asked of users, where it may be read', async () => {
    const user = { '@odata.type': '#microsoft.graph.user', id: id(2), userPrincipalName: 'a_b.example#EXT#@c', mail: 'a@b.example' };
    const extensions = { onPremisesExtensionAttributes: { extensionAttribute1: 'mine', extensionAttribute2: null } };
    const { groups, seen } = groupsOf(() => ({
      body: {
        value: [
          { ...user, ...extensions },
          { ...user, id: id(3), userPrincipalName: null, mail: null },
        ],
      },
    }));
    const select = ['userPrincipalName', 'mail', 'extensionAttribute1'];
    const { items } = await groups.membersPage({ groupId: id(1), select }, call());
    expect(seen[0]?.path).toContain('$select=id,userPrincipalName,mail,onPremisesExtensionAttributes');
    expect(items[0]?.user).toMatchObject({ id: id(2), mail: 'a@b.example', attributes: { extensionAttribute1: 'mine' } });
    expect(items[1]).toEqual({ id: id(3), isUser: true });
  });

  test('get members by references of this cloud, at most twenty at a time', async () => {
    const { groups, seen } = groupsOf(() => ({ status: 204 }));
    await groups.addMembers(id(1), [id(2), id(3)], call());
    expect(seen[0]).toMatchObject({
      method: 'PATCH',
      body: { 'members@odata.bind': [id(2), id(3)].map((member) => `${graphHost}/v1.0/directoryObjects/${member}`) },
    });
    await expect(groups.addMembers(id(1), [], call())).rejects.toThrow(RangeError);
    await expect(
      groups.addMembers(
        id(1),
        Array.from({ length: 21 }, (_, n) => id(n + 2)),
        call(),
      ),
    ).rejects.toThrow(RangeError);
  });

  test.each([
    [
      400,
      'Request_BadRequest',
      "One or more added object references already exist for the following modified properties: 'members'.",
      'ObjectConflict',
      'RequestInvalid',
    ],
    [
      400,
      'Request_BadRequest',
      "The source resource object or one of the objects being referenced don't exist.",
      'ReferenceNotReady',
      'WaitingForReplication',
    ],
    [
      400,
      'Request_BadRequest',
      'The source resource object or one of the objects being referenced do not exist.',
      'ReferenceNotReady',
      'WaitingForReplication',
    ],
    [
      400,
      'Request_BadRequest',
      'Unable to update the specified properties for on-premises mastered Directory Sync objects',
      'InvalidRequest',
      'GroupOnPremises',
    ],
    [
      400,
      'Request_BadRequest',
      'Cannot Update a mail-enabled security groups and or distribution list.',
      'InvalidRequest',
      'GroupMailEnabled',
    ],
    [403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.', 'Forbidden', 'GraphForbidden'],
    [404, 'Request_ResourceNotFound', `Resource '${id(1)}' does not exist`, 'NotFound', 'WaitingForReplication'],
  ])('refuse members in words that mean something: %i %s %s', async (status, code, message, kind, reason) => {
    await expect(failureOf(refusing(status, code, message).groups.addMembers(id(1), [id(2)], call()))).resolves.toMatchObject({
      kind,
      reason,
    });
  });

  test('a name that must be unique and is taken says so', async () => {
    const { groups } = refusing(400, 'Request_BadRequest', 'Another object with the same value for property mailNickname already exists.');
    await expect(failureOf(groups.updateGroup(id(1), { mailNickname: 'x' }, call()))).resolves.toMatchObject({
      kind: 'ObjectConflict',
      reason: 'GroupNameTaken',
    });
  });

  test('lose members each for itself, in one batch, by the reference alone', async () => {
    const parts: SeenRequest[] = [];
    const { groups, seen } = groupsOf(
      inParts(
        ({ path }) =>
          path.includes(id(2))
            ? { status: 204 }
            : { status: 404, body: envelope('Request_ResourceNotFound', `Resource '${id(1)}' does not exist`) },
        parts,
      ),
    );
    const outcomes = await groups.removeMembers(id(1), [id(2), id(3)], call());
    expect([...outcomes]).toEqual([
      [id(2), 'Done'],
      [id(3), 'NotThere'],
    ]);
    expect(seen).toHaveLength(1);
    expect(parts.map(({ method, path }) => `${method} ${path}`)).toEqual(
      [id(2), id(3)].map((member) => `DELETE /groups/${id(1)}/members/${member}/$ref`),
    );
  });

  test('that refuse to let one go, or are throttled, let nothing be concluded about the others', async () => {
    const { groups } = groupsOf(
      inParts(({ path }) => (path.includes(id(2)) ? { status: 204 } : { status: 429, headers: { 'retry-after': '7' } })),
    );
    await expect(failureOf(groups.removeMembers(id(1), [id(2), id(3)], call()))).resolves.toMatchObject({ kind: 'Throttled' });
  });

  test('are changed, deleted and restored', async () => {
    const { groups, seen } = groupsOf(({ method }) => (method === 'POST' ? { body: plain } : { status: 204 }));
    await groups.updateGroup(id(1), { displayName: 'Eagle' }, call());
    await groups.deleteGroup(id(1), call());
    await groups.restoreGroup(id(1), call());
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `PATCH /groups/${id(1)}`,
      `DELETE /groups/${id(1)}`,
      `POST /directory/deletedItems/${id(1)}/restore`,
    ]);
  });

  test.each([
    [{ groupSyncInbound: { isSyncAllowed: true } }, true],
    [{ groupSyncInbound: { isSyncAllowed: false } }, false],
    [{ groupSyncInbound: {} }, false],
    [{ groupSyncInbound: null }, null],
    [{}, undefined],
  ])('may come in as the beta says: %j', async (policy, allowed) => {
    const { groups, seen } = groupsOf(() => ({ body: { tenantId: id(7), ...policy } }));
    expect(await groups.groupSyncAllowed(id(7), call())).toBe(allowed);
    expect(seen[0]?.url).toBe(`${graphHost}/beta/policies/crossTenantAccessPolicy/partners/${id(7)}/identitySynchronization`);
  });

  test('may not come in where there is no policy, and it is not known where there is no such setting', async () => {
    expect(await refusing(404, 'Request_ResourceNotFound', '').groups.groupSyncAllowed(id(7), call())).toBeNull();
    expect(
      await refusing(400, 'BadRequest', "Resource not found for the segment 'identitySynchronization'.").groups.groupSyncAllowed(
        id(7),
        call(),
      ),
    ).toBeUndefined();
    const other = groupsOf(() => ({ body: { tenantId: id(8), groupSyncInbound: { isSyncAllowed: true } } }));
    await expect(failureOf(other.groups.groupSyncAllowed(id(7), call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('The path of a membership', () => {
  test('ends in its reference, whatever the ids are', () => {
    for (const wrong of ['x', 'a/b', '..', '?', '#', '%', '$ref'])
      expect(memberRemovalPath(wrong, wrong)).toMatch(/^\/groups\/[^/?#]+\/members\/[^/?#]+\/\$ref$/);
  });

  test.each([
    `/groups/${id(1)}/members/${id(2)}`,
    `/groups/${id(1)}/members/${id(2)}/`,
    `/groups/${id(1)}/MEMBERS/${id(2)}`,
    `/groups/${id(1)}/members/${id(2)}?x=/$ref`,
  ])('is refused by the client where it would delete the person, and nothing is sent: %s', async (path) => {
    const { client, seen } = world(() => ({ status: 204 }));
    expect(() => refusePersonDeletion('DELETE', path)).toThrow('the member itself would be deleted');
    const one = { operation: 'x', kind: 'write', method: 'DELETE', target: { path }, cost: writeCost } as const;
    await expect(failureOf(client.send(one, call()))).resolves.toMatchObject({ kind: 'InvalidRequest' });
    const part = { method: 'DELETE', path, cost: writeCost, parse: () => undefined } as const;
    await expect(failureOf(sendBatch(client, 'x', [part], call()))).resolves.toMatchObject({ kind: 'InvalidRequest' });
    expect(seen).toEqual([]);
  });
});
