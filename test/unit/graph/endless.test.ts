import { call, failureOf, graphHost, id, type Reply, world, type World, inParts } from './support.ts';

const first = `${graphHost}/v1.0/users?$skiptoken=1`;

/** Whatever is read to its end by the adapter itself, from lists that never end. */
const searches: Readonly<Record<string, (asked: World) => Promise<unknown>>> = {
  'people of a name': ({ source }) => source.findUserByPrincipalName('a@contoso.com', call()),
  'groups of a name': ({ source }) => source.findGroupsByName('Sales', call()),
  'an account by its anchor': ({ target }) =>
    target.findAccounts({ addresses: [], anchor: { attribute: 'employeeId', value: 'x', whole: ['x'] } }, [], call()),
};

/** Pages that are handed out one by one: each leads back to itself. */
const pages: Readonly<Record<string, (asked: World) => Promise<unknown>>> = {
  'of users': ({ source }) => source.usersDelta({ link: first }, call()),
  'of groups': ({ source }) => source.groupsDelta({ link: first }, call()),
  'of members': ({ source }) => source.groupMembers({ link: first }, call()),
  'of assignments': ({ source }) => source.applicationAssignments({ link: first }, call()),
};

describe('A list without an end', () => {
  for (const [what, search] of Object.entries(searches)) {
    test.each([
      ['leads back to its first page', () => first, 3],
      ['alternates between two pages', (n: number) => `${first}${n % 2}`, 4],
      // A batch has the first of them.
      ['always has another page', (n: number) => `${first}${n}`, 101],
    ])(`of ${what} that %s is incomplete`, async (_, link, most) => {
      let n = 0;
      const asked = world(inParts((): Reply => ({ body: { value: [], '@odata.nextLink': link((n += 1)) } })));
      await expect(failureOf(search(asked))).resolves.toMatchObject({ kind: 'Unavailable' });
      expect(asked.seen.length).toBeLessThanOrEqual(most);
    });
  }

  test.each(Object.keys(pages))('a page %s that leads back to itself is incomplete', async (what) => {
    const asked = world((): Reply => ({ body: { value: [], '@odata.nextLink': first } }));
    await expect(failureOf(pages[what]?.(asked) ?? Promise.resolve())).resolves.toMatchObject({
      kind: 'Unavailable',
      reason: 'GraphUnavailable',
    });
  });

  test('a page that leads on is a page', async () => {
    const { source } = world((): Reply => ({ body: { value: [], '@odata.nextLink': `${first}2` } }));
    await expect(source.groupMembers({ groupId: id(7), nested: false }, call())).resolves.toEqual({ items: [], next: `${first}2` });
  });
});
