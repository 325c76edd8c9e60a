import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import { namesOf, useServer, versionOf, type Answer, type Client } from './support/client.ts';
import { widgetsOf } from './support/widgets.ts';

const client = useServer();

async function filled(names: readonly string[]): Promise<Client> {
  const api = await client();
  for (const name of names) await api.create(name);
  return api;
}

function metadata(answer: Answer): { resourceVersion: string; continue?: string; remainingItemCount?: number } {
  return answer.body.metadata as { resourceVersion: string };
}

const next = (answer: Answer): string => `continue=${encodeURIComponent(metadata(answer).continue ?? '')}`;

describe('a list', () => {
  test('of nothing has no items, and a version', async () => {
    const api = await client();
    const { status, body } = await api.get(api.widgets);
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: 'WidgetList',
      apiVersion: 'contract.example.dev/v1',
      metadata: { continue: '', resourceVersion: expect.stringMatching(/^[1-9]\d*$/) as string },
      items: [],
    });
  });

  test('is sorted by name, and its items carry kind and apiVersion', async () => {
    const api = await filled(['b', 'c', 'a']);
    const answer = await api.get(api.widgets);
    expect(namesOf(answer)).toEqual(['a', 'b', 'c']);
    expect(answer.body.items).toMatchObject([{ kind: 'Widget', apiVersion: 'contract.example.dev/v1' }, {}, {}]);
  });

  test('of all namespaces is sorted by namespace and name', async () => {
    const [one, two] = [await filled(['z']), await filled(['y', 'x'])];
    const items = (await one.get('/apis/contract.example.dev/v1/widgets')).body.items as KubeObject[];
    const seen = items.map(({ metadata: { namespace = '', name = '' } }) => `${namespace}/${name}`);
    expect(seen).toEqual([...seen].sort());
    expect(seen).toEqual(expect.arrayContaining([`${one.namespace}/z`, `${two.namespace}/x`, `${two.namespace}/y`]));
  });

  test('of a namespace that does not exist is empty', async () => {
    const api = await client();
    expect((await api.get(widgetsOf('nowhere'))).body.items).toEqual([]);
  });

  test('of a built-in kind has items without kind and apiVersion', async () => {
    const api = await client();
    const path = `/api/v1/namespaces/${api.namespace}/secrets`;
    await api.call('POST', path, { metadata: { name: 's' } });
    const { body } = await api.get(path);
    expect(body).toMatchObject({ kind: 'SecretList', apiVersion: 'v1', items: [{ metadata: { name: 's' } }] });
    expect((body.items as object[])[0]).not.toHaveProperty('kind');
    expect((body.items as object[])[0]).not.toHaveProperty('apiVersion');
  });

  test('has a version at which nothing written before is missing', async () => {
    const api = await client();
    const { metadata: written } = await api.create('a');
    expect(Number(await api.version())).toBeGreaterThanOrEqual(Number(written.resourceVersion));
  });
});

describe('a list in chunks', () => {
  test('continues where it stopped, says how much is left, and stays at its version', async () => {
    const api = await filled(['a', 'b', 'c', 'd', 'e']);
    const first = await api.get(`${api.widgets}?limit=2`);
    expect(namesOf(first)).toEqual(['a', 'b']);
    expect(metadata(first).remainingItemCount).toBe(3);
    const second = await api.get(`${api.widgets}?limit=2&${next(first)}`);
    expect([namesOf(second), metadata(second).remainingItemCount]).toEqual([['c', 'd'], 1]);
    const third = await api.get(`${api.widgets}?limit=2&${next(second)}`);
    expect(namesOf(third)).toEqual(['e']);
    expect(metadata(third)).toEqual({ continue: '', resourceVersion: versionOf(first) });
  });

  test('shows the state at its beginning, whatever happens meanwhile', async () => {
    const api = await filled(['a', 'c', 'd', 'e']);
    const first = await api.get(`${api.widgets}?limit=2`);
    await api.create('cc');
    await api.call('DELETE', `${api.widgets}/d`);
    await api.patch('e', { spec: { colour: 'blue' } });
    const second = await api.get(`${api.widgets}?limit=10&${next(first)}`);
    expect(namesOf(second)).toEqual(['d', 'e']);
    expect((second.body.items as KubeObject[])[1]).toMatchObject({ spec: { colour: 'red' } });
    expect(versionOf(second)).toBe(versionOf(first));
  });

  test('with a selector does not say how much is left', async () => {
    const api = await client();
    for (const name of ['a', 'b', 'c', 'd']) await api.create(name, {}, { labels: { half: name < 'c' ? 'one' : 'two' } });
    const first = await api.get(`${api.widgets}?limit=1&labelSelector=half%3Dtwo`);
    expect(namesOf(first)).toEqual(['c']);
    expect(metadata(first)).not.toHaveProperty('remainingItemCount');
    const second = await api.get(`${api.widgets}?limit=1&labelSelector=half%3Dtwo&${next(first)}`);
    expect(namesOf(second)).toEqual(['d']);
  });

  test('takes no version beside its token', async () => {
    const api = await filled(['a', 'b']);
    const first = await api.get(`${api.widgets}?limit=1`);
    const { body } = await api.get(`${api.widgets}?limit=1&${next(first)}&resourceVersion=${versionOf(first)}`);
    expect(body).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(body.message).toBe('specifying resource version is not allowed when using continue');
  });

  test('with a token that makes no sense is a 400', async () => {
    const api = await client();
    expect((await api.get(`${api.widgets}?continue=x`)).body).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('from a forgotten version is a 410, with a token for the rest as it is now', async () => {
    const api = await filled(['a', 'b', 'c']);
    const first = await api.get(`${api.widgets}?limit=1`);
    // The servers keep what a list needs for minutes: a token from the beginning of time is the quickest way to one that is too old.
    const parts = JSON.parse(Buffer.from(metadata(first).continue ?? '', 'base64url').toString()) as object;
    const old = Buffer.from(JSON.stringify({ ...parts, rv: 2 })).toString('base64url');
    await api.server.compact?.();
    const expired = await api.get(`${api.widgets}?limit=1&continue=${old}`);
    expect(expired.body).toMatchObject({ kind: 'Status', status: 'Failure', code: 410, reason: 'Expired' });
    expect(expired.body.message).toContain('The provided continue parameter is too old to display a consistent list result.');
    await api.create('d');
    expect(namesOf(await api.get(`${api.widgets}?${next(expired)}`))).toEqual(['b', 'c', 'd']);
  });
});

describe('a list at a version', () => {
  test('with Exact shows the past', async () => {
    const api = await filled(['a']);
    const version = await api.version();
    await api.create('b');
    const past = await api.get(`${api.widgets}?resourceVersion=${version}&resourceVersionMatch=Exact`);
    expect(namesOf(past)).toEqual(['a']);
    expect(versionOf(past)).toBe(version);
  });

  test('with NotOlderThan shows at least the state of that version', async () => {
    const api = await filled(['a', 'b']);
    const version = await api.version();
    const answer = await api.get(`${api.widgets}?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`);
    expect(namesOf(answer)).toEqual(['a', 'b']);
    expect(Number(versionOf(answer))).toBeGreaterThanOrEqual(Number(version));
  });

  test('of the future is a 504 that says when to come back', async () => {
    const api = await client();
    const future = String(Number(await api.version()) + 100_000);
    const { body, headers } = await api.get(`${api.widgets}?resourceVersion=${future}&resourceVersionMatch=NotOlderThan`);
    expect(body).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
    });
    expect(body.message).toMatch(new RegExp(`^Timeout: Too large resource version: ${future}, current: \\d+$`));
    expect(headers.get('retry-after')).toBe('1');
  });

  test.each([
    ['resourceVersion=x', 400, /Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax/],
    ['resourceVersionMatch=Exact', 422, /resourceVersionMatch is forbidden unless resourceVersion is provided/],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422, /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/],
    [
      'resourceVersion=5&resourceVersionMatch=Odd',
      422,
      /resourceVersionMatch: Unsupported value: "Odd": supported values: "Exact", "NotOlderThan", ""/,
    ],
  ])('with %s is a %i', async (query, status, message) => {
    const api = await client();
    const { body } = await api.get(`${api.widgets}?${query}`);
    expect([body.code, body.message]).toEqual([status, expect.stringMatching(message)]);
  });
});
