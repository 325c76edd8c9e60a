import type { KubeObject } from '../../kubernetes/types.ts';
import { Cluster, base, widget } from './cluster.ts';
import type { Answer } from './cluster.ts';

async function filled(names: readonly string[]): Promise<Cluster> {
  const cluster = new Cluster();
  for (const name of names) await cluster.create(name);
  return cluster;
}

function names(answer: Answer): (string | undefined)[] {
  return (answer.body.items as KubeObject[]).map((item) => item.metadata.name);
}

function metadata(answer: Answer): { resourceVersion: string; continue?: string; remainingItemCount?: number } {
  return answer.body.metadata as { resourceVersion: string };
}

describe('a list', () => {
  test('of nothing has no items, and a version', async () => {
    const { body } = await new Cluster().call('GET', base);
    expect(body).toEqual({
      kind: 'WidgetList',
      apiVersion: 'example.dev/v1',
      metadata: { continue: '', resourceVersion: expect.stringMatching(/^\d+$/) as string },
      items: [],
    });
  });

  test('is sorted by namespace and name, over all namespaces or one', async () => {
    const cluster = new Cluster({ namespaces: ['b', 'a'] });
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a', 'z'],
      ['a', 'y'],
    ] as const) {
      await cluster.call('POST', `/apis/example.dev/v1/namespaces/${namespace}/widgets`, widget(name));
    }
    expect(names(await cluster.call('GET', '/apis/example.dev/v1/widgets'))).toEqual(['y', 'z', 'x']);
    expect(names(await cluster.call('GET', '/apis/example.dev/v1/namespaces/a/widgets'))).toEqual(['y', 'z']);
  });
});

describe('a list in chunks', () => {
  test('continues where it stopped, and says how much is left', async () => {
    const cluster = await filled(['a', 'b', 'c', 'd', 'e']);
    const first = await cluster.call('GET', `${base}?limit=2`);
    expect(names(first)).toEqual(['a', 'b']);
    expect(metadata(first).remainingItemCount).toBe(3);
    const second = await cluster.call('GET', `${base}?limit=2&continue=${metadata(first).continue ?? ''}`);
    const third = await cluster.call('GET', `${base}?limit=2&continue=${metadata(second).continue ?? ''}`);
    expect([...names(second), ...names(third)]).toEqual(['c', 'd', 'e']);
    expect(metadata(third)).toEqual({ continue: '', resourceVersion: metadata(first).resourceVersion });
  });

  test('shows the state at its beginning, whatever happens meanwhile', async () => {
    const cluster = await filled(['a', 'c', 'd', 'e']);
    const first = await cluster.call('GET', `${base}?limit=2`);
    await cluster.create('cc');
    await cluster.call('DELETE', `${base}/d`);
    await cluster.call('PATCH', `${base}/e`, { spec: { colour: 'blue' } });
    const second = await cluster.call('GET', `${base}?limit=10&continue=${metadata(first).continue ?? ''}`);
    expect(names(second)).toEqual(['d', 'e']);
    expect((second.body.items as KubeObject[])[1]).toMatchObject({ spec: { colour: 'red' } });
  });

  test('from a forgotten version is a 410, with a token for the rest as it is now', async () => {
    const cluster = await filled(['a', 'b', 'c']);
    const first = await cluster.call('GET', `${base}?limit=1`);
    await cluster.create('d');
    cluster.kubernetes.compact();
    const expired = await cluster.call('GET', `${base}?limit=1&continue=${metadata(first).continue ?? ''}`);
    expect(expired.body).toMatchObject({ code: 410, reason: 'Expired' });
    expect(names(await cluster.call('GET', `${base}?continue=${metadata(expired).continue ?? ''}`))).toEqual(['b', 'c', 'd']);
  });

  test('with a token that makes no sense is a 400', async () => {
    expect((await new Cluster().call('GET', `${base}?continue=x`)).status).toBe(400);
  });
});

describe('a list at a version', () => {
  test('with Exact shows the past', async () => {
    const cluster = await filled(['a']);
    const { resourceVersion } = metadata(await cluster.call('GET', base));
    await cluster.create('b');
    const past = await cluster.call('GET', `${base}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    expect(names(past)).toEqual(['a']);
    expect(metadata(past).resourceVersion).toBe(resourceVersion);
    cluster.kubernetes.compact();
    expect((await cluster.call('GET', `${base}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)).status).toBe(410);
  });

  test.each(['', '?resourceVersion=0', '?resourceVersion=1&resourceVersionMatch=NotOlderThan'])(
    'with "%s" shows the present',
    async (query) => {
      expect(names(await (await filled(['a', 'b'])).call('GET', base + query))).toEqual(['a', 'b']);
    },
  );

  test('of the future is a 504 that says when to come back', async () => {
    const { status, headers } = await new Cluster().call('GET', `${base}?resourceVersion=99999`);
    expect([status, headers.get('retry-after')]).toEqual([504, '1']);
  });

  test.each([
    'resourceVersion=x',
    'resourceVersionMatch=Exact',
    'resourceVersion=0&resourceVersionMatch=Exact',
    'resourceVersion=5&resourceVersionMatch=Odd',
  ])('with %s is refused', async (query) => {
    expect([400, 422]).toContain((await new Cluster().call('GET', `${base}?${query}`)).status);
  });
});

describe('a label selector', () => {
  test.each([
    ['env=prod', ['a']],
    ['env==prod', ['a']],
    ['env!=prod', ['b', 'c']],
    ['env in (prod, dev)', ['a', 'b']],
    ['env notin (prod)', ['b', 'c']],
    ['env', ['a', 'b']],
    ['!env', ['c']],
    ['env,example.dev/tier in (x,y),env!=dev', ['a']],
    ['', ['a', 'b', 'c']],
  ])('"%s" selects %j', async (selector, expected) => {
    const cluster = new Cluster();
    await cluster.create('a', {}, { labels: { env: 'prod', 'example.dev/tier': 'x' } });
    await cluster.create('b', {}, { labels: { env: 'dev', 'example.dev/tier': 'y' } });
    await cluster.create('c');
    expect(names(await cluster.call('GET', `${base}?labelSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  test('that does not parse is a 400', async () => {
    expect((await new Cluster().call('GET', `${base}?labelSelector=${encodeURIComponent('a in b')}`)).status).toBe(400);
  });
});

describe('a field selector', () => {
  test.each([
    ['metadata.name=a', ['a']],
    ['metadata.name!=a', ['b']],
    ['metadata.namespace=default', ['a', 'b']],
    ['spec.colour=blue', ['b']],
    ['status.state=New,spec.colour!=blue', ['a']],
    ['status.state=', []],
  ])('"%s" selects %j', async (selector, expected) => {
    const cluster = new Cluster();
    await cluster.create('a');
    await cluster.create('b', { colour: 'blue' });
    expect(names(await cluster.call('GET', `${base}?fieldSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  test('on a field that is not declared is a 400', async () => {
    const { status, body } = await new Cluster().call('GET', `${base}?fieldSelector=spec.size%3D1`);
    expect(status).toBe(400);
    expect(body.message).toContain('field label not supported: spec.size');
  });
});
