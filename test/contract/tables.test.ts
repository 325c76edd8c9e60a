import { useServer } from './support/client.ts';

const client = useServer();
const asTable = {
  accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
};

describe('a table', () => {
  test('has the declared columns', async () => {
    const api = await client();
    const { body } = await api.get(api.widgets, asTable);
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', rows: [] });
    const [name, ...declared] = body.columnDefinitions as object[];
    expect(name).toMatchObject({ name: 'Name', type: 'string', format: 'name', priority: 0 });
    expect(declared).toMatchSnapshot();
  });

  test('has a row of cells for each object, with its metadata', async () => {
    const api = await client();
    await api.create('a', { size: 9 }, { labels: { x: 'y' } });
    const conditions = [
      { type: 'Other', status: 'False' },
      { type: 'Ready', status: 'True' },
    ];
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    await api.patch('a', { status: { conditions, seenAt: hourAgo } }, '/status');
    await api.create('b');
    const { body } = await api.get(`${api.widgets}?limit=500`, asTable);
    expect(body.rows).toMatchObject([
      {
        cells: ['a', 'red', 9, 'True', '60m', expect.stringMatching(/^\d+s$/) as string],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a', labels: { x: 'y' } } },
      },
      { cells: ['b', 'red', 7, null, null, expect.stringMatching(/^\d+s$/) as string] },
    ]);
    expect((body.rows as { object: object }[])[0]?.object).not.toHaveProperty('spec');
  });

  test.each([
    ['None', undefined],
    ['Metadata', 'PartialObjectMetadata'],
    ['Object', 'Widget'],
  ])('with includeObject=%s carries %s', async (include, kind) => {
    const api = await client();
    await api.create('a');
    const { body } = await api.get(`${api.widgets}?includeObject=${include}`, asTable);
    const row = (body.rows as { object?: { kind: string } | null }[])[0];
    expect(row?.object?.kind).toBe(kind);
  });

  test('continues like a list', async () => {
    const api = await client();
    for (const name of ['a', 'b', 'c']) await api.create(name);
    const { body } = await api.get(`${api.widgets}?limit=2`, asTable);
    expect(body.rows).toHaveLength(2);
    expect(body.metadata).toMatchObject({ remainingItemCount: 1, continue: expect.stringMatching(/./) as string });
  });

  test('of one object has one row', async () => {
    const api = await client();
    await api.create('a');
    const { body } = await api.get(`${api.widgets}/a`, asTable);
    expect(body).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 'red', 7, null, null, expect.any(String) as string] }] });
  });

  test('comes in a watch: the columns with the first event alone', async () => {
    const api = await client();
    const watch = await api.watch(`resourceVersion=${await api.version()}`, api.widgets, asTable);
    await api.create('a');
    await api.create('b');
    await watch.take(2);
    const tables = watch.events.map(
      ({ object }) => object as unknown as { kind: string; columnDefinitions: unknown[] | null; rows: unknown[] },
    );
    expect(tables.map(({ kind, rows }) => [kind, rows.length])).toEqual([
      ['Table', 1],
      ['Table', 1],
    ]);
    expect(tables.map(({ columnDefinitions }) => columnDefinitions?.length ?? 0)).toEqual([6, 0]);
  });

  test('is an error like any other: a Status', async () => {
    const api = await client();
    expect((await api.get(`${api.widgets}/a`, asTable)).body).toMatchObject({ kind: 'Status', code: 404 });
  });

  test.each(['tenantpairs', 'syncconfigurations', 'userprojections'])('of our %s has the columns that are documented', async (plural) => {
    const api = await client();
    const { body } = await api.get(`/apis/tenantsync.dev/v1alpha1/namespaces/${api.namespace}/${plural}`, asTable);
    expect(
      (body.columnDefinitions as { name: string; type: string; priority: number }[]).map(({ name, type, priority }) => [
        name,
        type,
        priority,
      ]),
    ).toMatchSnapshot();
  });
});
