import type { UserChange } from '../../../src/ports/directory.ts';
import { call, envelope, failureOf, graphHost, id, world } from './support.ts';

const select = ['userPrincipalName', 'displayName', 'mail', 'jobTitle', 'extensionAttribute3'];
const deltaLink = `${graphHost}/v1.0/users/delta?$deltatoken=end`;
const nextLink = `${graphHost}/v1.0/users/delta?$skiptoken=more`;

/** The changes of a page with these entries. */
async function changes(...value: readonly object[]): Promise<readonly UserChange[]> {
  const { source } = world(() => ({ body: { value, '@odata.deltaLink': deltaLink } }));
  return (await source.usersDelta({ select }, call())).changes;
}

describe('A users delta round', () => {
  test('trap 3: tracks the wanted properties and always the manager', async () => {
    const { source, seen } = world(() => ({ body: { value: [], '@odata.deltaLink': deltaLink } }));
    await source.usersDelta({ select: [...select, 'manager'] }, call());
    expect(seen[0]?.path).toBe('/users/delta?$select=id,userPrincipalName,displayName,mail,jobTitle,onPremisesExtensionAttributes,manager');
    expect(seen[0]?.headers.prefer).toBeUndefined();
  });

  test('trap 1: an empty page with a next link is not the end', async () => {
    const { source } = world(() => ({ body: { value: [], '@odata.nextLink': nextLink } }));
    const page = await source.usersDelta({ select }, call());
    expect(page).toMatchObject({ changes: [], next: expect.stringContaining('$skiptoken=more') as string });
    expect(page.watermark).toBeUndefined();
  });

  test('trap 1: a page without any link was cut off', async () => {
    const { source } = world(() => ({ body: { value: [] } }));
    await expect(failureOf(source.usersDelta({ select }, call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test.each(['{"value": [{"id": "', '{}', '[]', '', '{"value": {}}'])(
    'a page with the body %s is not taken for an empty one',
    async (raw) => {
      const { source } = world(() => ({ raw }));
      await expect(failureOf(source.usersDelta({ select }, call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    },
  );

  test('trap 2: what a whole user leaves out has no value; what was not selected stays out', async () => {
    const [change] = await changes({
      id: id(1),
      userPrincipalName: 'a@contoso.com',
      displayName: 'A',
      onPremisesExtensionAttributes: { extensionAttribute3: 'x', extensionAttribute4: 'y' },
    });
    expect(change).toEqual({
      type: 'Present',
      complete: true,
      user: {
        id: id(1),
        userPrincipalName: 'a@contoso.com',
        mail: null,
        attributes: { userPrincipalName: 'a@contoso.com', displayName: 'A', mail: null, jobTitle: null, extensionAttribute3: 'x' },
      },
    });
  });

  test('trap 2: an entry that is not the whole user says nothing about what it leaves out', async () => {
    const [change] = await changes({ id: id(1), 'manager@delta': [{ '@odata.type': '#microsoft.graph.user', id: id(2) }] });
    expect(change).toEqual({ type: 'Present', complete: false, user: { id: id(1), attributes: {}, managerId: id(2) } });
  });

  test('trap 2: the selection holds for later pages and rounds, though their links do not show it', async () => {
    const { source, seen } = world(({ url }) => ({
      body: {
        value: [{ id: id(1), userPrincipalName: 'a@contoso.com' }],
        ...(url.includes('skiptoken') ? { '@odata.deltaLink': deltaLink } : { '@odata.nextLink': nextLink }),
      },
    }));
    const first = await source.usersDelta({ select }, call());
    const second = await source.usersDelta({ link: first.next ?? '' }, call());
    expect(seen[1]?.url).toBe(nextLink);
    expect(second.changes[0]).toMatchObject({ user: { attributes: { jobTitle: null } } });
    expect(second.watermark).toContain('#select=userPrincipalName,');
  });

  test('a manager that was removed is none; one that was replaced is the new one; silence is silence', async () => {
    const base = { userPrincipalName: 'a@contoso.com' };
    const gone = { id: id(8), '@removed': { reason: 'deleted' } };
    const users = await changes(
      { ...base, id: id(1), 'manager@delta': [gone] },
      { ...base, id: id(2), 'manager@delta': [gone, { id: id(9) }] },
      { ...base, id: id(3), 'manager@delta': [{ id: id(9) }, gone] },
      { ...base, id: id(4) },
    );
    expect(users.map((change) => (change.type === 'Present' ? change.user.managerId : 'none'))).toEqual([null, id(9), id(9), undefined]);
  });

  test('soft and final deletions are told apart, and come with nothing but the id', async () => {
    await expect(
      changes({ id: id(1), '@removed': { reason: 'changed' } }, { id: id(2), '@removed': { reason: 'deleted' } }),
    ).resolves.toEqual([
      { type: 'SoftDeleted', id: id(1) },
      { type: 'HardDeleted', id: id(2) },
    ]);
  });

  test('emptied collections come as empty lists', async () => {
    const { source } = world(() => ({
      body: { value: [{ id: id(1), userPrincipalName: 'a@c.com', otherMails: [] }], '@odata.deltaLink': deltaLink },
    }));
    const page = await source.usersDelta({ select: ['userPrincipalName', 'otherMails'] }, call());
    expect(page.changes[0]).toMatchObject({ user: { otherMails: [] } });
  });

  test('trap 5: an expired token is said to be expired', async () => {
    const { source } = world(() => ({ status: 400, body: envelope('SyncStateNotFound') }));
    await expect(failureOf(source.usersDelta({ link: deltaLink }, call()))).resolves.toMatchObject({
      kind: 'DeltaExpired',
      reason: 'DeltaTokenExpired',
    });
    const reset = world(() => ({ status: 410, headers: { location: `${graphHost}/v1.0/users/delta?$deltatoken=` } }));
    await expect(failureOf(reset.source.usersDelta({ link: deltaLink }, call()))).resolves.toMatchObject({ kind: 'DeltaExpired' });
  });
});

describe('A groups delta round', () => {
  const link = `${graphHost}/v1.0/groups/delta?$deltatoken=end`;

  test('follows at most fifty groups', async () => {
    const { source, seen } = world(() => ({ body: { value: [], '@odata.deltaLink': link } }));
    await source.groupsDelta({ groupIds: [id(1), id(2)] }, call());
    expect(seen[0]?.path).toBe(`/groups/delta?$select=id,displayName,members&$filter=id eq '${id(1)}' or id eq '${id(2)}'`);
    await expect(failureOf(source.groupsDelta({ groupIds: Array.from({ length: 51 }, (_, n) => id(n)) }, call()))).resolves.toMatchObject({
      kind: 'InvalidRequest',
    });
  });

  test('trap 4: "deleted" inside the members means a membership that ended, not a deleted user', async () => {
    const user = '#microsoft.graph.user';
    const members = [
      { '@odata.type': user, id: id(1) },
      { '@odata.type': user, id: id(2), '@removed': { reason: 'deleted' } },
      { '@odata.type': '#microsoft.graph.group', id: id(3) },
      { '@odata.type': '#microsoft.graph.group', id: id(4), '@removed': { reason: 'deleted' } },
    ];
    const value = [
      { id: id(70), displayName: 'Sales', 'members@delta': members },
      { id: id(70), 'members@delta': [{ '@odata.type': user, id: id(5) }] },
      { id: id(71), '@removed': { reason: 'changed' } },
    ];
    const { source } = world(() => ({ body: { value, '@odata.deltaLink': link } }));
    await expect(source.groupsDelta({ link }, call())).resolves.toEqual({
      changes: [
        { type: 'Present', id: id(70), displayName: 'Sales', added: [id(1)], removed: [id(2)] },
        { type: 'Present', id: id(70), added: [id(5)], removed: [] },
        { type: 'Deleted', id: id(71) },
      ],
      watermark: link,
    });
  });
});
