import fc from 'fast-check';
import { call, failureOf, graphHost, id, person, type SeenRequest, world, inParts } from './support.ts';

const deltaLink = `${graphHost}/v1.0/users/delta?$deltatoken=end`;
const select = ['userPrincipalName', 'displayName'];
const oddIds = [
  'x',
  'person1',
  `${id(1)}0`,
  ` ${id(1)}`,
  `{${id(1)}}`,
  id(1).replaceAll('-', ''),
  'a'.repeat(5000),
  '../users',
  '\u0000',
  '..%2f',
];
const page = (value: readonly unknown[]) => ({ body: { value, '@odata.deltaLink': deltaLink } });

describe('An id that is none', () => {
  test.each(oddIds)('(%j) leaves out one user of a page, counted, and nobody else', async (odd) => {
    const { source } = world(() => page([person(1), { ...person(2), id: odd }, { id: odd, '@removed': { reason: 'deleted' } }, person(3)]));
    const read = await source.usersDelta({ select }, call());
    expect(read.changes.map((change) => (change.type === 'Present' ? change.user.id : change.type))).toEqual([id(1), id(3)]);
    expect(read.unusable).toHaveLength(2);
    expect(JSON.stringify(read.unusable)).not.toContain('person2');
    expect(read.watermark).toContain(deltaLink);
  });

  test.each(oddIds)('(%j) leaves out one member, one group, one assignment', async (odd) => {
    const user = '#microsoft.graph.user';
    const { source } = world(({ path }) => {
      if (path.includes('/members'))
        return {
          body: {
            value: [
              { '@odata.type': user, id: id(1) },
              { '@odata.type': user, id: odd },
            ],
          },
        };
      if (path.includes('/appRoleAssignedTo'))
        return {
          body: {
            value: [
              { principalId: odd, principalType: 'User' },
              { principalId: id(1), principalType: 'User' },
            ],
          },
        };
      return page([
        { id: id(7), 'members@delta': [{ id: odd }, { id: id(1) }, { id: odd, '@removed': { reason: 'deleted' } }] },
        { id: odd },
      ]);
    });
    await expect(source.groupMembers({ groupId: id(7), nested: false }, call())).resolves.toMatchObject({ items: [id(1)], unusable: [{}] });
    await expect(source.applicationAssignments({ servicePrincipalId: id(9) }, call())).resolves.toMatchObject({
      items: [{ principalId: id(1), principalType: 'User' }],
      unusable: [{}],
    });
    await expect(source.groupsDelta({ groupIds: [id(7)] }, call())).resolves.toMatchObject({
      changes: [{ type: 'Present', id: id(7), added: [id(1)], removed: [] }],
      unusable: [{}],
    });
  });

  test.each([undefined, null, 7, '', {}])('that is missing (%j) makes the page unusable: it may be anybody', async (odd) => {
    const { source } = world(() => page([person(1), { ...person(2), id: odd }]));
    await expect(failureOf(source.usersDelta({ select }, call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test('in capitals is the same id', async () => {
    const upper = { ...person(1), id: 'ABCDEF00-0000-4000-8000-00000000000A' };
    const { source } = world(() => page([upper]));
    expect((await source.usersDelta({ select }, call())).changes).toMatchObject([{ user: { id: upper.id.toLowerCase() } }]);
  });

  test.each(oddIds)('(%j) of an account is no account, and one of a manager no manager that is known', async (odd) => {
    const { target } = world(() => ({ status: 201, body: { invitedUser: { id: odd }, status: 'Completed' } }));
    const invitation = { emailAddress: 'a@contoso.com', userType: 'Guest', redirectUrl: 'https://x', sendMessage: false } as const;
    await expect(failureOf(target.invite(invitation, call()))).resolves.toMatchObject({ kind: 'Unavailable', outcomeUnknown: true });
    const managed = world(() => ({ body: { ...person(1), manager: { id: odd } } }));
    expect(await managed.target.getUser(id(1), select, call())).not.toHaveProperty('managerId');
    const delta = world(() => page([{ ...person(1), 'manager@delta': [{ id: odd }] }]));
    const [change] = (await delta.source.usersDelta({ select }, call())).changes;
    expect(change).not.toHaveProperty('user.managerId');
  });
});

describe('An entry of a delta', () => {
  test.each([
    ['a removal that is none', { '@removed': true }],
    ['a manager list that is none', { 'manager@delta': { id: id(2) } }],
    ['a manager list with a hole', { 'manager@delta': [null] }],
  ])('with %s makes the page unusable', async (_, odd) => {
    const { source } = world(() => page([{ ...person(1), ...odd }]));
    await expect(failureOf(source.usersDelta({ select }, call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test.each([
    ['accountEnabled', 'false'],
    ['identities', {}],
    ['creationType', 1],
    ['externalUserState', ['Accepted']],
  ])('whose %s is %j is not the whole user, and is read again', async (name, value) => {
    const { source } = world(() => page([{ ...person(1), [name]: value }]));
    expect((await source.usersDelta({ select }, call())).changes).toMatchObject([{ type: 'Present', complete: false }]);
  });

  test('cannot change what every object has', async () => {
    const { source } = world(() => ({
      raw: `{"value":[{"id":"${id(1)}","userPrincipalName":"a","__proto__":["x"]}],"@odata.deltaLink":"${deltaLink}"}`,
    }));
    const [change] = (await source.usersDelta({ select }, call())).changes;
    expect(Object.getPrototypeOf(change?.type === 'Present' ? change.user.attributes : {})).toBe(Object.prototype);
  });
});

describe('Text', () => {
  const half = fc.constantFrom('\ud83d', 'a\ude00', 'Zoë \ud800\ud800', '👩‍🚀', '\u0000');
  const bodies = (seen: readonly SeenRequest[]): string => seen.map(({ url, body }) => `${url} ${JSON.stringify(body)}`).join('\n');

  test('of Graph is well-formed when it comes in, and so is what goes out', async () => {
    await fc.assert(
      fc.asyncProperty(half, async (name) => {
        const { source, target, seen } = world(
          inParts(({ method }) =>
            method === 'GET' ? { raw: JSON.stringify({ ...page([{ ...person(1), displayName: name }]).body }) } : { status: 204 },
          ),
        );
        const [change] = (await source.usersDelta({ select }, call())).changes;
        expect(change).toMatchObject({ user: { attributes: { displayName: name.toWellFormed() } } });
        await target.updateUser(id(1), { displayName: name, otherMails: [name] }, call());
        await target.findAccounts({ addresses: [], anchor: { attribute: 'x', value: name, whole: [name] } }, [], call());
        expect(bodies(seen)).not.toMatch(/\\u[dD][89a-f]/);
      }),
      { numRuns: 20 },
    );
  });
});
