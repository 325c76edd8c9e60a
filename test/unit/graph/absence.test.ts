import fc from 'fast-check';
import { identityProperties } from '../../../src/core/scope/identity-kind.ts';
import type { DirectoryUser } from '../../../src/ports/directory.ts';
import { call, envelope, failureOf, graphHost, id, person, type Reply, type SeenRequest, world, type World, inParts } from './support.ts';

const select = [...identityProperties, 'department'];
const whole = (n: number): Record<string, unknown> => ({ ...person(n), department: `Department ${n}` });
const group = (n: number) => ({ id: id(n), displayName: 'Sales', securityEnabled: true, visibility: null });
const notThere = (of: string) =>
  envelope('Request_ResourceNotFound', `Resource '${of}' does not exist or one of its queried reference-property objects are not present.`);

interface Part {
  readonly id: string;
  readonly status: number;
  readonly body: unknown;
}

/** Answers a batch: the parts as Graph would send them, as changed by `change`. */
const batched =
  (part: (userId: string) => { status: number; body: unknown }, change: (parts: Part[]) => unknown = (parts) => parts) =>
  (request: SeenRequest): Reply => {
    const { requests } = request.body as { requests: readonly { id: string; url: string }[] };
    const parts = requests.map(({ id: partId, url }) => ({ id: partId, headers: {}, ...part(/[0-9a-f-]{36}/.exec(url)?.[0] ?? '') }));
    return { body: { responses: change(parts) } };
  };

/** Reads of one object that may find it absent, by name: the adapter's answer, and whether it says "not there". */
const reads: Readonly<Record<string, (asked: World) => Promise<unknown>>> = {
  'an account': ({ target }) => target.getUser(id(1), select, call()),
  'a deleted account': ({ target }) => target.getDeletedUser(id(1), select, call()),
  'a group': ({ source }) => source.getGroup(id(1), call()),
};

describe('Proof that somebody is not there', () => {
  const notProofs: readonly (readonly [string, Reply])[] = [
    ['a 404 with a page of a proxy', { status: 404, raw: '<html><body>404 Not Found</body></html>' }],
    ['a 404 without a body', { status: 404 }],
    ['a 404 with an envelope of somebody else', { status: 404, body: { code: 'NotFound', message: 'no route' } }],
    ['a 404 with a code of nobody', { status: 404, body: envelope('DeploymentNotFound') }],
    ['a 404 about a path', { status: 404, body: envelope('ResourceNotFound', "Resource not found for the segment 'users'.") }],
    ['a 404 about the tenant', { status: 404, body: envelope('Directory_ObjectNotFound', 'Unable to read the company information.') }],
    ['a 404 about another id', { status: 404, body: notThere(id(2)) }],
    ['its code with another status', { status: 400, body: notThere(id(1)) }],
    ['its code inside a 502', { status: 502, body: notThere(id(1)) }],
    ['a 200 with {}', { body: {} }],
    ['a 200 with another id', { body: { ...whole(2), displayName: 'Sales' } }],
    ['a 200 without an id', { body: { ...whole(1), id: undefined } }],
    ['a 200 with a list', { body: { value: [] } }],
    ['a 200 with null', { raw: 'null' }],
    ['a 204', { status: 204 }],
    ['a 410', { status: 410 }],
  ];
  for (const [what, read] of Object.entries(reads)) {
    test.each(notProofs)(`that ${what} is not there is not %s`, async (_, reply) => {
      const failure = await failureOf(read(world(() => reply)));
      expect(failure.kind).not.toBe('NotFound');
    });

    test(`that ${what} is not there is Graph's own code about that id`, async () => {
      await expect(read(world(() => ({ status: 404, body: notThere(id(1)) })))).resolves.toBeUndefined();
    });
  }

  test.each(notProofs.filter(([, { raw }]) => raw === undefined))('in a batch is not %s', async (_, { status = 200, body = null }) => {
    const { source } = world(batched((user) => (user === id(1) ? { status, body } : { status: 200, body: whole(2) })));
    const failure = await failureOf(source.getUsers([id(1), id(2)], select, call()));
    expect(failure.kind).not.toBe('NotFound');
  });

  test.each([
    ['a part twice', (parts: Part[]) => [...parts, ...parts.slice(0, 1)]],
    ['two parts of one id', (parts: Part[]) => parts.map((part) => ({ ...part, id: '1' }))],
    ['a part that nobody asked for', (parts: Part[]) => [...parts, { id: '3', status: 404, body: notThere(id(3)) }]],
    ['a part without an id', (parts: Part[]) => parts.map(({ status, body }) => ({ status, body }))],
    ['a part that is no object', (parts: Part[]) => [...parts, null]],
    [
      'parts that have changed places',
      ([a, b]: Part[]) => [
        { ...a, id: '2' },
        { ...b, id: '1' },
      ],
    ],
    ['no list', () => ({})],
  ])('a batch with %s says nothing about anybody', async (_, change) => {
    const { source } = world(batched((user) => ({ status: 200, body: whole(user === id(1) ? 1 : 2) }), change));
    await expect(failureOf(source.getUsers([id(1), id(2)], select, call()))).resolves.toMatchObject({
      kind: 'Unavailable',
      reason: 'GraphUnavailable',
    });
  });

  test.each(['PATCH', 'DELETE', 'restore', 'purge', 'manager', 'clear'])('a 404 of a proxy to a write (%s) is no "gone"', async (write) => {
    const { target } = world(() => ({ status: 404, raw: '<html>' }));
    const writes: Record<string, () => Promise<void>> = {
      PATCH: () => target.updateUser(id(1), { jobTitle: 'Cook' }, call()),
      DELETE: () => target.deleteUser(id(1), call()),
      restore: () => target.restoreUser(id(1), { reconcileProxies: false }, call()),
      purge: () => target.purgeUser(id(1), call()),
      manager: () => target.setManager(id(1), id(2), call()),
      clear: () => target.clearManager(id(1), call()),
    };
    await expect(failureOf(writes[write]?.() ?? Promise.resolve())).resolves.toMatchObject({ kind: 'Unavailable', outcomeUnknown: true });
  });

  test.each([
    ['no longer has', { status: 404, raw: '<html>' }],
    ['has for another tenant', { body: { tenantId: id(41), identitySynchronization: { userSyncInbound: { isSyncAllowed: true } } } }],
    ['has for nobody', { body: {} }],
  ] as const)('settings that a tenant %s are not taken for those towards a partner', async (_, reply) => {
    const { target } = world(() => reply);
    await expect(failureOf(target.syncAccess(id(40), call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('A list', () => {
  const page = (value: unknown, more: object = {}): Reply => ({ body: { value, ...more } });
  const cast = '#microsoft.graph.user';

  test.each([
    ['an entry that is null', page([{ '@odata.type': cast, id: id(1) }, null])],
    ['an entry without an id', page([{ '@odata.type': cast }])],
    ['a link that is no text', page([], { '@odata.nextLink': { href: 'x' } })],
    ['an empty link', page([], { '@odata.nextLink': '' })],
    ['no list', { body: {} }],
  ])('of members with %s is not taken for all of them', async (_, reply) => {
    const { source } = world(() => reply);
    await expect(failureOf(source.groupMembers({ groupId: id(7), nested: false }, call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test.each([
    ['nobody', [{ principalType: 'User' }]],
    ['an unknown kind', [{ principalId: id(1) }]],
  ])('of assignments with one of %s is not taken for all of them', async (_, value) => {
    const { source } = world(() => page(value));
    await expect(failureOf(source.applicationAssignments({ servicePrincipalId: id(9) }, call()))).resolves.toMatchObject({
      kind: 'Unavailable',
    });
  });

  test.each([...identityProperties])('of candidates without %s, though selected, is none', async (name) => {
    const item = Object.fromEntries(Object.entries(whole(1)).filter(([key]) => key !== name));
    for (const place of ['/users?', '/directory/']) {
      const answer = inParts(({ path }) =>
        path.startsWith('/organization') ? page([{ id: id(9), verifiedDomains: [] }]) : page(path.startsWith(place) ? [item] : []),
      );
      const search = world(answer).target.findAccounts({ addresses: ['a@contoso.com'] }, select, call());
      await expect(failureOf(search)).resolves.toMatchObject({ kind: 'Unavailable' });
    }
  });

  test('of domains with a hole is none', async () => {
    for (const verifiedDomains of [undefined, [null], [{ isDefault: true }]]) {
      const { target } = world(() => page([{ id: id(9), verifiedDomains }]));
      await expect(failureOf(target.organization(call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    }
  });

  test('of people or groups of another name is not the one asked for', async () => {
    const { source } = world(() => page([whole(1)]));
    await expect(failureOf(source.findUserByPrincipalName('other@contoso.com', call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    const groups = world(() => page([group(1)], { '@odata.context': `${graphHost}/v1.0/$metadata#groups` }));
    await expect(failureOf(groups.source.findGroupsByName('Finance', call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });
});

/** A JSON value with something in it changed, taken out, doubled or put elsewhere. */
function mutated(value: unknown, at: number, to: unknown): unknown {
  let left = at;
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return to;
    if (Array.isArray(node)) return left === 0 ? [...node.map(visit), ...(node as unknown[]).slice(0, 1)] : node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).flatMap(([name, inner]) => (left-- === 0 ? [] : [[left-- === 0 ? `${name}x` : name, visit(inner)]])),
    );
  };
  return visit(value);
}

describe('Any change of a well-formed answer', () => {
  const junk = fc.oneof(
    fc.constantFrom(null, undefined, '', 0, 200, 404, true, [], {}, id(2), id(1), '1', '2', 'Request_ResourceNotFound'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const mutation = fc.record({ at: fc.nat(120), to: junk });
  /** What may be known of a person, whatever became of the answer: nothing that is another's. */
  const isOf = (user: DirectoryUser | undefined, n: number): boolean =>
    user?.id === id(n) && user.userPrincipalName === person(n).userPrincipalName;

  test('never makes somebody in a batch absent, or somebody else', async () => {
    const body = { responses: [1, 2].map((n) => ({ id: String(n), status: 200, headers: {}, body: whole(n) })) };
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 2 }), async (mutations) => {
        const changed = mutations.reduce<unknown>((value, { at, to }) => mutated(value, at, to), body);
        const { source } = world(() => ({ raw: JSON.stringify(changed) }));
        const users = await source.getUsers([id(1), id(2)], select, call()).catch(() => undefined);
        if (users === undefined) return;
        expect([...users.keys()].toSorted()).toEqual([id(1), id(2)]);
        for (const n of [1, 2]) {
          const user = users.get(id(n));
          expect(user?.id).toBe(id(n));
          expect(user?.userPrincipalName).not.toBe(person(3 - n).userPrincipalName);
        }
      }),
      { numRuns: 400 },
    );
  });

  test.each(Object.keys(reads))('never makes %s absent', async (what) => {
    const body = { ...whole(1), ...group(1), securityEnabled: true };
    await fc.assert(
      fc.asyncProperty(mutation, fc.constantFrom(200, 201, 206, 404, 500), async ({ at, to }, status) => {
        const changed = mutated(body, at, to);
        const outcome = await (
          reads[what]?.(world(() => ({ status, raw: JSON.stringify(changed) }))) ?? Promise.reject(new Error(what))
        ).then(
          (found) => found ?? 'absent',
          () => 'failed',
        );
        expect(outcome).not.toBe('absent');
        expect(typeof outcome === 'object' ? (outcome as DirectoryUser).id : id(1)).toBe(id(1));
      }),
      { numRuns: 150 },
    );
  });

  test('leaves a well-formed one as it is', async () => {
    const { source } = world(batched((user) => ({ status: 200, body: whole(user === id(1) ? 1 : 2) })));
    const users = await source.getUsers([id(1), id(2)], select, call());
    expect([1, 2].every((n) => isOf(users.get(id(n)), n))).toBe(true);
  });
});
