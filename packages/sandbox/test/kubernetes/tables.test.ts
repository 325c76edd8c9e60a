import { humanDuration } from '../../kubernetes/printing/age.ts';
import { compileJsonPath } from '../../kubernetes/printing/json-path.ts';
import { Cluster, base } from './cluster.ts';

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

describe('a list in table form', () => {
  test('has the declared columns, and a row with the metadata of each object', async () => {
    const cluster = new Cluster();
    await cluster.create('a', { size: 9 });
    const conditions = [
      { type: 'Other', status: 'False' },
      { type: 'Ready', status: 'True' },
    ];
    await cluster.call('PATCH', `${base}/a/status`, { status: { conditions, seenAt: '2026-01-05T07:00:00Z' } });
    await cluster.clock.advance(90_000);
    const { body } = await cluster.call('GET', `${base}?limit=500`, undefined, { accept });
    expect(body).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: cluster.kubernetes.resourceVersion },
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', priority: 0 },
        { name: 'Colour', type: 'string', format: '', priority: 0 },
        { name: 'Size', type: 'integer', priority: 1 },
        { name: 'Ready' },
        { name: 'Seen', type: 'date' },
        { name: 'Age' },
      ],
      rows: [
        {
          cells: ['a', 'red', 9, 'True', '61m', '90s'],
          object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a', namespace: 'default' } },
        },
      ],
    });
    expect((body.rows as { object: object }[])[0]?.object).not.toHaveProperty('spec');
  });

  test.each([
    ['None', ['cells']],
    ['Metadata', ['cells', 'object']],
    ['Object', ['cells', 'object']],
  ])('with includeObject=%s has rows of %j', async (include, expected) => {
    const cluster = new Cluster();
    const created = await cluster.create('a');
    const { body } = await cluster.call('GET', `${base}?includeObject=${include}`, undefined, { accept });
    const row = (body.rows as { object?: object }[])[0] ?? {};
    expect(Object.keys(row)).toEqual(expected);
    const whole = JSON.stringify(row.object) === JSON.stringify(created);
    expect(whole).toBe(include === 'Object');
  });

  test('is chunked like any list', async () => {
    const cluster = new Cluster();
    for (const name of ['a', 'b']) await cluster.create(name);
    const { body } = await cluster.call('GET', `${base}?limit=1`, undefined, { accept });
    expect(body).toMatchObject({ rows: [{ cells: ['a', 'red', 7, null, null, '0s'] }], metadata: { remainingItemCount: 1 } });
  });

  test('of one object has one row', async () => {
    const cluster = new Cluster();
    const { metadata } = await cluster.create('a');
    const { body } = await cluster.call('GET', `${base}/a`, undefined, { accept });
    expect(body).toMatchObject({
      kind: 'Table',
      metadata: { resourceVersion: metadata.resourceVersion },
      rows: [{ cells: ['a', 'red', 7, null, null, '0s'] }],
    });
  });

  test('of built-in kinds has columns of their own', async () => {
    const cluster = new Cluster();
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'YQ==', b: 'Yg==' } });
    const { body } = await cluster.call('GET', '/api/v1/namespaces/default/secrets', undefined, { accept });
    expect(body).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Type' }, { name: 'Data' }, { name: 'Age' }],
      rows: [{ cells: ['s', 'Opaque', 2, '0s'] }],
    });
    const namespaces = await cluster.call('GET', '/api/v1/namespaces?fieldSelector=metadata.name%3Ddefault', undefined, { accept });
    expect(namespaces.body).toMatchObject({ rows: [{ cells: ['default', 'Active', '0s'] }] });
  });
});

test('a table of events looks the same in both of their forms', async () => {
  const cluster = new Cluster();
  const regarding = { kind: 'Widget', namespace: 'default', name: 'a' };
  const event = { eventTime: '2026-01-05T07:59:00.000000Z', reportingController: 'x.dev/y', reportingInstance: 'y-0', action: 'Paint' };
  await cluster.call('POST', '/apis/events.k8s.io/v1/namespaces/default/events', {
    ...event,
    metadata: { name: 'e' },
    reason: 'Painted',
    type: 'Normal',
    note: 'now red',
    regarding,
  });
  for (const group of ['/api/v1', '/apis/events.k8s.io/v1']) {
    const { body } = await cluster.call('GET', `${group}/namespaces/default/events`, undefined, { accept });
    expect(body).toMatchObject({ rows: [{ cells: ['60s', 'Normal', 'Painted', 'widget/a', 'now red', 'e'] }] });
  }
});

describe('a JSONPath of a column', () => {
  const object = { a: { b: ['x', 'y'], 'c.d': 1, list: [{ type: 'Ready', status: 'True', n: { m: 'k' } }, { type: 'Other' }] } };

  test.each([
    ['.a.b[0]', ['x']],
    ['.a.b[-1]', ['y']],
    ['.a.b[*]', ['x', 'y']],
    ['a.b[1]', ['y']],
    ["['a']['c.d']", [1]],
    [String.raw`.a.c\.d`, [1]],
    ['.a.list[?(@.type=="Ready")].status', ['True']],
    ['.a.list[?(@.type!="Ready")].type', ['Other']],
    [".a.list[?(@.n.m=='k')].type", ['Ready']],
    ['.a.missing.deeper', []],
  ])('%s finds %j', (path, found) => {
    expect(compileJsonPath(path)?.(object)).toEqual(found);
  });

  test('that is more than this subset is not compiled', () => {
    expect(compileJsonPath('..a')).toBeUndefined();
  });
});

test.each([
  [0, '0s'],
  [-500, '0s'],
  [-5000, '<invalid>'],
  [119_000, '119s'],
  [120_000, '2m'],
  [150_000, '2m30s'],
  [3_600_000, '60m'],
  [4 * 3_600_000 + 60_000, '4h1m'],
  [30 * 3_600_000, '30h'],
  [50 * 3_600_000, '2d2h'],
  [10 * 86_400_000, '10d'],
  [3 * 365 * 86_400_000, '3y'],
  [9 * 365 * 86_400_000, '9y'],
])('%i ms are %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});
