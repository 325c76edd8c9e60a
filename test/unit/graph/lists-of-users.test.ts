import { call, failureOf, id, world, type SeenRequest } from './support.ts';

const select = ['userPrincipalName', 'jobTitle', 'extensionAttribute15'];
const user = (n: number) => ({
  id: id(n),
  userPrincipalName: `u${n}@fabrikam.com`,
  jobTitle: 'Cook',
  onPremisesExtensionAttributes: { extensionAttribute15: 'mark' },
});
const nextLink = 'https://graph.microsoft.com/v1.0/users?$skiptoken=2';
const paths = (seen: readonly SeenRequest[]): readonly string[] => seen.map(({ path }) => path);

describe('the list of the users of a target', () => {
  test('E11 is asked for in pages of 999 with what is compared, and without managers, which would make them short', async () => {
    const { target, seen } = world(() => ({ body: { value: [user(1)] } }));
    const page = await target.usersPage(undefined, select, call());
    expect(page.next).toBeUndefined();
    expect(page.items).toMatchObject([{ id: id(1), attributes: { jobTitle: 'Cook', extensionAttribute15: 'mark' } }]);
    expect(paths(seen)).toEqual(['/users?$select=id,userPrincipalName,jobTitle,onPremisesExtensionAttributes&$top=999']);
  });

  test('E11 goes on by the link of the page before', async () => {
    const { target, seen } = world(({ path }) => ({
      body: path.includes('skiptoken') ? { value: [user(2)] } : { value: [user(1)], '@odata.nextLink': nextLink },
    }));
    const first = await target.usersPage(undefined, select, call());
    const second = await target.usersPage(first.next, select, call());
    expect([first.next, second.next]).toEqual([nextLink, undefined]);
    expect(second.items.map((item) => item.id)).toEqual([id(2)]);
    expect(seen).toHaveLength(2);
  });

  test.each<[string, unknown]>([
    ['that leads back to itself', { value: [], '@odata.nextLink': nextLink }],
    ['without a list', {}],
    ['with somebody without an id', { value: [{ ...user(1), id: '' }] }],
    ['of an application that may not read users', { value: [{ id: id(1) }] }],
  ])('I14 a page %s is no answer', async (_, body) => {
    const { target } = world(() => ({ body }));
    const failure = await failureOf(target.usersPage(nextLink, select, call()));
    expect(failure).toMatchObject({ kind: 'Unavailable' });
  });

  test('I14 an entry whose id is none of a directory is left out, and said to be', async () => {
    const { target } = world(() => ({ body: { value: [user(1), { ...user(2), id: 'somebody' }] } }));
    const page = await target.usersPage(undefined, select, call());
    expect(page.items.map((item) => item.id)).toEqual([id(1)]);
    expect(page.unusable).toHaveLength(1);
  });
});

describe('the recycle bin of a source', () => {
  test('A12 is listed in pages of 999', async () => {
    const { source, seen } = world(() => ({ body: { value: [{ id: id(1) }, { id: id(2) }] } }));
    expect(await source.deletedUsersPage(undefined, call())).toEqual({ items: [id(1), id(2)] });
    expect(paths(seen)).toEqual(['/directory/deletedItems/microsoft.graph.user?$select=id&$top=999']);
  });

  test('A12 a list that is refused or none rejects', async () => {
    const refused = world(() => ({ status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'no' } } }));
    expect(await failureOf(refused.source.deletedUsersPage(undefined, call()))).toMatchObject({ kind: 'Forbidden' });
    const none = world(() => ({ body: {} }));
    expect(await failureOf(none.source.deletedUsersPage(undefined, call()))).toMatchObject({ kind: 'Unavailable' });
  });
});
