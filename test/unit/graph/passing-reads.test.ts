import { call, envelope, failureOf, id, type Handler, inParts, type SeenRequest, world } from './support.ts';

const address = "o'neil@contoso.com";

describe('D5 contacts', () => {
  const organization = {
    body: { value: [{ id: id(1), displayName: 'F', verifiedDomains: [{ name: 'f.onmicrosoft.com', isInitial: true }] }] },
  };
  const answering =
    (contacts: ReturnType<Handler>): Handler =>
    ({ path }) =>
      path.startsWith('/contacts') ? contacts : path.startsWith('/organization') ? organization : { body: { value: [] } };

  test('are looked for in the batch of the search, by mail and by both spellings of a proxy address', async () => {
    const parts: SeenRequest[] = [];
    const { target, seen } = world(inParts(answering({ body: { value: [{ id: id(9) }] } }), parts));
    const found = await target.findAccounts({ addresses: [address], contactAddress: address }, ['id'], call());
    expect(found).toEqual({ live: [], deleted: [], contactId: id(9) });
    expect(seen.filter(({ path }) => path === '/$batch')).toHaveLength(1);
    expect(seen.filter(({ path }) => path.startsWith('/contacts'))).toEqual([]);
    const asked = parts.map(({ path }) => decodeURIComponent(path)).find((path) => path.startsWith('/contacts'));
    expect(asked).toBe(
      "/contacts?$filter=mail eq 'o''neil@contoso.com' or proxyAddresses/any(x:x eq 'SMTP:o''neil@contoso.com') or proxyAddresses/any(x:x eq 'smtp:o''neil@contoso.com')&$select=id",
    );
  });

  test('that may not be read are none, and any other failure of theirs is one of the search', async () => {
    const search = (contacts: ReturnType<Handler>) =>
      world(inParts(answering(contacts))).target.findAccounts({ addresses: [address], contactAddress: address }, ['id'], call());
    expect(await search({ status: 403, body: envelope('Authorization_RequestDenied') })).toEqual({ live: [], deleted: [] });
    expect((await failureOf(search({ status: 429, body: envelope('TooManyRequests') }))).kind).toBe('Throttled');
    expect((await failureOf(search({ status: 503 }))).kind).toBe('Unavailable');
  });

  test('are found alone too', async () => {
    const one = (contacts: ReturnType<Handler>) => world(answering(contacts)).target.findContact(address, call());
    expect(await one({ body: { value: [{ id: id(9) }] } })).toBe(id(9));
    expect(await one({ body: { value: [] } })).toBeUndefined();
    expect(await one({ status: 403, body: envelope('Authorization_RequestDenied') })).toBeUndefined();
    expect((await failureOf(one({ status: 503 }))).kind).toBe('Unavailable');
  });
});

describe('B12 subscriptions', () => {
  const sku = {
    capabilityStatus: 'Enabled',
    consumedUnits: 3,
    prepaidUnits: { enabled: 10, warning: 2, suspended: 50, lockedOut: 0 },
    servicePlans: [{ servicePlanId: 'AAAA' }, { servicePlanId: null }],
  };

  test('count what was bought and what is in its grace period', async () => {
    const { source, seen } = world(() => ({ body: { value: [sku] } }));
    const expected = [{ capabilityStatus: 'Enabled', units: 12, assigned: 3, servicePlans: ['aaaa'] }];
    expect(await source.subscriptions(call())).toEqual(expected);
    expect(await source.subscriptions(call())).toEqual(expected);
    expect(seen.map(({ path }) => path)).toEqual(['/subscribedSkus']);
  });

  test('without their numbers are not counted, and not asked for again at once', async () => {
    const { source, seen } = world(() => ({ body: { value: [{ ...sku, prepaidUnits: null }] } }));
    expect((await failureOf(source.subscriptions(call()))).kind).toBe('Unavailable');
    expect((await failureOf(source.subscriptions(call()))).kind).toBe('Unavailable');
    expect(seen).toHaveLength(1);
  });

  test('odd numbers are no licences', async () => {
    const { source } = world(() => ({ body: { value: [{ ...sku, consumedUnits: -1, prepaidUnits: { enabled: '10', warning: 1.5 } }] } }));
    expect(await source.subscriptions(call())).toMatchObject([{ units: 1, assigned: 0 }]);
  });
});
