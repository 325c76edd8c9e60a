import type { JsonObject } from '../../kubernetes/types.ts';
import { Cluster, crdWithSpec, widgetCrd } from './cluster.ts';

const aggregated = {
  accept:
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
};
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

describe('discovery', () => {
  test('says which version this is, and that it is well', async () => {
    const cluster = new Cluster();
    expect((await cluster.call('GET', '/version')).body).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.3' });
    for (const path of ['/healthz', '/livez', '/readyz']) expect(await (await cluster.fetch('GET', path)).text()).toBe('ok');
  });

  test('aggregated names all groups with kinds, scopes, short names, categories and subresources', async () => {
    const { body, headers } = await new Cluster().call('GET', '/apis', undefined, aggregated);
    expect(headers.get('content-type')).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    const group = (body.items as JsonObject[]).find((item) => (item.metadata as JsonObject).name === 'example.dev');
    expect(group?.versions).toEqual([
      {
        version: 'v1',
        freshness: 'Current',
        resources: [
          {
            resource: 'widgets',
            responseKind: { group: 'example.dev', version: 'v1', kind: 'Widget' },
            scope: 'Namespaced',
            singularResource: 'widget',
            verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
            shortNames: ['wd'],
            categories: ['examples'],
            subresources: [
              {
                subresource: 'status',
                responseKind: { group: 'example.dev', version: 'v1', kind: 'Widget' },
                verbs: ['get', 'patch', 'update'],
              },
            ],
          },
        ],
      },
    ]);
    const core = await new Cluster().call('GET', '/api', undefined, aggregated);
    expect(core.body).toMatchObject({ kind: 'APIGroupDiscoveryList', items: [{ versions: [{ version: 'v1' }] }] });
  });

  test('of old names groups, and their resources one by one', async () => {
    const cluster = new Cluster();
    expect((await cluster.call('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const { body } = await cluster.call('GET', '/apis');
    expect((body.groups as JsonObject[]).map((group) => group.name)).toContain('coordination.k8s.io');
    const { body: list } = await cluster.call('GET', '/apis/example.dev/v1');
    expect(list).toMatchObject({
      kind: 'APIResourceList',
      groupVersion: 'example.dev/v1',
      resources: [
        { name: 'widgets', kind: 'Widget', singularName: 'widget', namespaced: true, shortNames: ['wd'], categories: ['examples'] },
        { name: 'widgets/status', kind: 'Widget' },
      ],
    });
    expect((await cluster.call('GET', '/apis/example.dev')).body).toMatchObject({ kind: 'APIGroup', preferredVersion: { version: 'v1' } });
    expect((await cluster.call('GET', '/apis/nowhere/v1')).status).toBe(404);
  });
});

describe('OpenAPI v3', () => {
  test('has an index, and a document with the schema and the parameters that kubectl looks for', async () => {
    const cluster = new Cluster();
    const { body: index } = await cluster.call('GET', '/openapi/v3');
    const url = (index.paths as Record<string, { serverRelativeURL: string }>)['apis/example.dev/v1']?.serverRelativeURL ?? '';
    const { body } = await cluster.call('GET', url);
    const named = { 'x-kubernetes-group-version-kind': [{ group: 'example.dev', version: 'v1', kind: 'Widget' }] };
    expect(body.components).toMatchObject({
      schemas: {
        'dev.example.v1.Widget': { ...named, properties: { spec: { properties: { colour: { enum: ['red', 'green', 'blue'] } } } } },
      },
    });
    const item = (body.paths as Record<string, JsonObject>)['/apis/example.dev/v1/namespaces/{namespace}/widgets/{name}'];
    expect(item?.patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'example.dev', version: 'v1', kind: 'Widget' },
      parameters: expect.arrayContaining([expect.objectContaining({ name: 'fieldValidation', in: 'query' })]) as unknown[],
    });
  });

  test('changes its address when a kind comes', async () => {
    const cluster = new Cluster();
    const before = (await cluster.call('GET', '/openapi/v3')).body;
    cluster.kubernetes.apply(crdWithSpec({ type: 'object' }));
    expect((await cluster.call('GET', '/openapi/v3')).body).not.toEqual(before);
  });
});

describe('a CustomResourceDefinition', () => {
  test('is served as soon as it is created, and says so', async () => {
    const cluster = new Cluster({ crds: [] });
    expect((await cluster.call('GET', '/apis/example.dev/v1/widgets')).status).toBe(404);
    const { status, body } = await cluster.call('POST', crds, widgetCrd);
    expect(status).toBe(201);
    expect(body.status).toMatchObject({
      conditions: [
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ],
      acceptedNames: { kind: 'Widget', listKind: 'WidgetList', singular: 'widget' },
      storedVersions: ['v1'],
    });
    expect((await cluster.call('GET', '/apis/example.dev/v1/widgets')).status).toBe(200);
  });

  test('takes its objects with it when it is deleted', async () => {
    const cluster = new Cluster();
    await cluster.create('a', {}, { finalizers: ['x.dev/y'] });
    await cluster.call('DELETE', `${crds}/widgets.example.dev`);
    await cluster.clock.advance(1000);
    expect((await cluster.call('GET', '/apis/example.dev/v1/widgets')).body).toMatchObject({ items: [{ metadata: { name: 'a' } }] });
    cluster.kubernetes.patch({ kind: 'Widget', namespace: 'default', name: 'a' }, { metadata: { finalizers: null } });
    await cluster.clock.advance(1000);
    expect((await cluster.call('GET', '/apis/example.dev/v1/widgets')).status).toBe(404);
    expect((await cluster.call('GET', `${crds}/widgets.example.dev`)).status).toBe(404);
  });

  test.each([
    [
      'an array without items',
      { type: 'object', properties: { a: { type: 'array' } } },
      'properties[spec].properties[a].items: Required value',
    ],
    ['a field without a type', { type: 'object', properties: { a: {} } }, 'properties[a].type: Required value: must not be empty'],
    [
      'properties beside additionalProperties',
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
      'additionalProperties: Forbidden',
    ],
    [
      'a list key that may be missing',
      {
        type: 'object',
        properties: {
          l: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['k'],
            items: { type: 'object', properties: { k: { type: 'string' } } },
          },
        },
      },
      'properties[k].default: Required value',
    ],
  ])('with %s is refused', async (_, spec, message) => {
    const { status, body } = await new Cluster().call('POST', crds, crdWithSpec(spec));
    expect(status).toBe(422);
    expect(body.message).toContain(message);
  });

  test('under another name than its plural and group is refused', async () => {
    const { body } = await new Cluster().call('POST', crds, { ...widgetCrd, metadata: { name: 'other.example.dev' } });
    expect(body.message).toContain('must be spec.names.plural+"."+spec.group');
  });

  test('with two versions serves the same objects under both', async () => {
    const [version] = widgetCrd.spec.versions;
    const versions = [version, { ...version, name: 'v2', storage: false }];
    const cluster = new Cluster({ crds: [{ ...widgetCrd, spec: { ...widgetCrd.spec, versions } }] });
    await cluster.create('a');
    const { body } = await cluster.call('PATCH', '/apis/example.dev/v2/namespaces/default/widgets/a', { spec: { size: 3 } });
    expect(body).toMatchObject({ apiVersion: 'example.dev/v2', spec: { size: 3 } });
    expect((await cluster.call('GET', '/apis/example.dev/v1/namespaces/default/widgets/a')).body).toMatchObject({
      apiVersion: 'example.dev/v1',
      spec: { size: 3 },
    });
  });
});
