import { call, envelope, failureOf, graphHost, id, person, type SeenRequest, world } from './support.ts';

interface Part {
  readonly id: string;
  readonly url: string;
}

/** Answers each part of a batch. */
function batch(request: SeenRequest, answer: (part: Part) => object) {
  const { requests } = request.body as { requests: readonly Part[] };
  return { body: { responses: requests.map((part) => ({ id: part.id, headers: {}, ...answer(part) })).toReversed() } };
}

const idIn = (part: Part): string => /[0-9a-f-]{36}/.exec(part.url)?.[0] ?? '';

describe('Reading users by id', () => {
  test('goes in batches of twenty, with the manager, in any order of the answers', async () => {
    const ids = Array.from({ length: 45 }, (_, n) => id(n));
    const { source, seen } = world((request) =>
      batch(request, (part) => ({ status: 200, body: { id: idIn(part), displayName: 'A', manager: { id: id(99) } } })),
    );
    const users = await source.getUsers([...ids, id(1)], ['displayName', 'extensionAttribute1'], call());
    expect(users.size).toBe(45);
    expect(users.get(id(44))).toEqual({ id: id(44), attributes: { displayName: 'A', extensionAttribute1: null }, managerId: id(99) });
    expect(seen.map((request) => (request.body as { requests: unknown[] }).requests.length).toSorted((a, b) => a - b)).toEqual([5, 20, 20]);
    const part = (seen[0]?.body as { requests: Part[] }).requests[0];
    expect(part).toEqual({
      id: '1',
      method: 'GET',
      url: `/users/${id(0)}?$select=id,displayName,onPremisesExtensionAttributes&$expand=manager($select=id)`,
    });
  });

  test('a user who is not there is missing; one without a manager has none', async () => {
    const { source } = world((request) =>
      batch(request, (part) =>
        idIn(part) === id(1) ? { status: 404, body: envelope('Request_ResourceNotFound') } : { status: 200, body: { id: idIn(part) } },
      ),
    );
    const users = await source.getUsers([id(1), id(2)], [], call());
    expect([...users.keys()]).toEqual([id(2)]);
    expect(users.get(id(2))?.managerId).toBeNull();
  });

  test('trap 15: a part that is throttled pauses the budget and fails the call with its own time', async () => {
    const { source, clock, seen, metrics } = world((request) =>
      batch(request, (part) =>
        idIn(part) === id(2)
          ? { status: 429, headers: { 'Retry-After': '3.5' }, body: envelope('TooManyRequests') }
          : { status: 200, body: { id: idIn(part) } },
      ),
    );
    await expect(failureOf(source.getUsers([id(1), id(2)], [], call()))).resolves.toMatchObject({
      kind: 'Throttled',
      retryAt: clock.now() + 3500,
    });
    await expect(failureOf(source.getUsers([id(1)], [], call()))).resolves.toMatchObject({ reason: 'QuotaShort' });
    expect(seen).toHaveLength(1);
    expect(metrics.throttles).toEqual(['unknown']);
  });

  test('trap 15: a batch costs what its parts cost', async () => {
    const { source } = world((request) => batch(request, (part) => ({ status: 200, body: { id: idIn(part) } })), { share: 0.01 });
    await expect(source.getUsers([id(1)], [], call())).resolves.toBeDefined();
    // 35 units in all, 10 percent kept for more important work: 17 more parts are too many.
    await expect(
      failureOf(
        source.getUsers(
          Array.from({ length: 17 }, (_, n) => id(n)),
          [],
          call(),
        ),
      ),
    ).resolves.toMatchObject({ reason: 'QuotaShort' });
  });

  test('a part without an answer, or with another error, fails the call', async () => {
    const { source } = world(() => ({ body: { responses: [] } }));
    await expect(failureOf(source.getUsers([id(1)], [], call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    const forbidden = world((request) => batch(request, () => ({ status: 403, body: envelope('Authorization_RequestDenied') })));
    await expect(failureOf(forbidden.source.getUsers([id(1)], [], call()))).resolves.toMatchObject({ kind: 'Forbidden' });
  });

  test('nobody asked for is no request', async () => {
    const { source, seen } = world(() => ({}));
    await source.getUsers([], [], call());
    expect(seen).toEqual([]);
  });
});

describe('Finding and reading in the source', () => {
  test("trap 14: apostrophes are doubled and '#' is encoded in filters", async () => {
    const { source, seen } = world(() => ({ body: { value: [{ ...person(1), userPrincipalName: "o'neil#ext#@contoso.com" }] } }));
    const user = await source.findUserByPrincipalName("o'neil#ext#@contoso.com", call());
    expect(user?.id).toBe(id(1));
    expect(seen[0]?.url).toContain("userPrincipalName%20eq%20'o''neil%23ext%23%40contoso.com'");
  });

  test('nobody of that name is undefined', async () => {
    const { source } = world(() => ({ body: { value: [] } }));
    await expect(source.findUserByPrincipalName('a@contoso.com', call())).resolves.toBeUndefined();
  });

  test('trap 6: a group that is not there is undefined, one that cannot be read is an error', async () => {
    const { source } = world(({ path }) => {
      const sales = { displayName: 'Sales', securityEnabled: true, visibility: null, mailNickname: 'sales', description: null };
      if (path.includes(id(1))) return { body: { id: id(1), ...sales } };
      return path.includes(id(2)) ? { status: 404, body: envelope('Request_ResourceNotFound') } : { status: 403 };
    });
    await expect(source.getGroup(id(1), call())).resolves.toEqual({
      id: id(1),
      displayName: 'Sales',
      securityEnabled: true,
      visibility: null,
      mailNickname: 'sales',
      description: null,
    });
    await expect(source.getGroup(id(2), call())).resolves.toBeUndefined();
    await expect(failureOf(source.getGroup(id(3), call()))).resolves.toMatchObject({ kind: 'Forbidden' });
  });

  test('groups of a name are read to the last page', async () => {
    const { source } = world(({ url }) => ({
      body: url.includes('skiptoken')
        ? { value: [{ id: id(2), displayName: 'Sales' }] }
        : { value: [{ id: id(1), displayName: 'Sales' }], '@odata.nextLink': `${graphHost}/v1.0/groups?$skiptoken=2` },
    }));
    expect((await source.findGroupsByName('Sales', call())).map((group) => group.id)).toEqual([id(1), id(2)]);
  });

  test('members are the users of the directory itself, not of the index', async () => {
    const value = [
      { '@odata.type': '#microsoft.graph.user', id: id(1) },
      { '@odata.type': '#microsoft.graph.group', id: id(2) },
    ];
    const { source, seen } = world(({ url }) => ({
      body: { value, '@odata.nextLink': `${graphHost}/v1.0/groups/${id(7)}/transitiveMembers?$skiptoken=${url.length}` },
    }));
    const page = await source.groupMembers({ groupId: id(7), nested: true }, call());
    expect(page.items).toEqual([id(1)]);
    await source.groupMembers({ link: page.next ?? '' }, call());
    await source.groupMembers({ groupId: id(7), nested: false }, call());
    expect(seen.map((request) => request.path.replace(/\?.*/, ''))).toEqual([
      `/groups/${id(7)}/transitiveMembers`,
      `/groups/${id(7)}/transitiveMembers`,
      `/groups/${id(7)}/members`,
    ]);
    expect(seen[0]?.headers.consistencylevel).toBeUndefined();
  });

  test('the groups in a group are its members of that type, page by page', async () => {
    const value = ['user', 'group', 'device'].map((type, n) => ({ '@odata.type': `#microsoft.graph.${type}`, id: id(n) }));
    const next = `${graphHost}/v1.0/groups/${id(7)}/members?$skiptoken=2`;
    const { source, seen } = world(({ url }) => ({ body: { value, ...(url === next ? {} : { '@odata.nextLink': next }) } }));
    await expect(source.groupsInGroup({ groupId: id(7) }, call())).resolves.toEqual({ items: [id(1)], next });
    await source.groupsInGroup({ link: next }, call());
    expect(seen.map((request) => request.path)).toEqual([
      `/groups/${id(7)}/members?$select=id&$top=999`,
      `/groups/${id(7)}/members?$skiptoken=2`,
    ]);
  });

  test('trap 6: members that cannot be read are an error, never an empty group', async () => {
    for (const [reply, kind] of [
      [{ status: 404, body: envelope('Request_ResourceNotFound') }, 'NotFound'],
      [{ status: 404 }, 'Unavailable'],
      [{ status: 403 }, 'Forbidden'],
      [{ status: 200, raw: '' }, 'Unavailable'],
    ] as const) {
      const { source } = world(() => reply);
      await expect(failureOf(source.groupMembers({ groupId: id(7), nested: false }, call()))).resolves.toMatchObject({ kind });
    }
  });

  test('assignments of an application are its users and groups', async () => {
    const value = ['User', 'Group', 'ServicePrincipal'].map((principalType, n) => ({ principalId: id(n), principalType }));
    const { source, seen } = world(() => ({ body: { value } }));
    await expect(source.applicationAssignments({ servicePrincipalId: id(9) }, call())).resolves.toEqual({
      items: [
        { principalId: id(0), principalType: 'User' },
        { principalId: id(1), principalType: 'Group' },
      ],
    });
    expect(seen[0]?.path).toBe(`/servicePrincipals/${id(9)}/appRoleAssignedTo?$top=999`);
  });
});

describe('Reading the groups of people', () => {
  const link = `${graphHost}/v1.0/users/${id(1)}/transitiveMemberOf?$skiptoken=2`;

  test('asks for the groups of each, in a batch, to the last page', async () => {
    const { source, seen } = world((request) =>
      request.url === link
        ? { body: { value: [{ '@odata.type': '#microsoft.graph.group', id: id(8) }] } }
        : batch(request, (part) => ({
            status: 200,
            body: { value: [{ id: id(7) }], ...(idIn(part) === id(1) ? { '@odata.nextLink': link } : {}) },
          })),
    );
    const groups = await source.groupsOf([id(1), id(2)], call());
    expect(groups).toEqual(
      new Map([
        [id(1), new Set([id(7), id(8)])],
        [id(2), new Set([id(7)])],
      ]),
    );
    const [part] = (seen[0]?.body as { requests: Part[] }).requests;
    expect(part?.url).toBe(`/users/${id(1)}/transitiveMemberOf?$select=id&$top=999`);
  });

  test.each<[string, object, object]>([
    ['no list', { status: 200, body: {} }, { kind: 'Unavailable' }],
    ['an entry without an id', { status: 200, body: { value: [{}] } }, { kind: 'Unavailable' }],
    ['the page of a proxy', { status: 404, body: '<html>' }, { kind: 'Unavailable' }],
    ['a refusal', { status: 403, body: envelope('Authorization_RequestDenied') }, { kind: 'Forbidden' }],
  ])('E6 takes %s for an incomplete read, never for nobody in a group', async (_, part, failure) => {
    const { source } = world((request) => batch(request, () => part));
    await expect(failureOf(source.groupsOf([id(1)], call()))).resolves.toMatchObject(failure);
  });

  test('a person who is not there is missing, and so is a group', async () => {
    const { source } = world((request) =>
      batch(request, (part) =>
        idIn(part) === id(1)
          ? { status: 404, body: envelope('Request_ResourceNotFound') }
          : { status: 200, body: part.url.startsWith('/users') ? { value: [] } : { id: idIn(part), visibility: 'HiddenMembership' } },
      ),
    );
    expect([...(await source.groupsOf([id(1), id(2)], call())).entries()]).toEqual([[id(2), new Set()]]);
    const groups = await source.getGroups([id(1), id(2)], call());
    expect([...groups.keys()]).toEqual([id(2)]);
    expect(groups.get(id(2))?.visibility).toBe('HiddenMembership');
  });
});
