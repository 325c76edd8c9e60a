import type { JsonObject, KubeObject } from '@tenantsync/sandbox/kubernetes';
import { crds } from '../support/crds.ts';
import { useServer } from './support/client.ts';
import { widgetCrd } from './support/widgets.ts';

const client = useServer();
const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The widgets' definition under another name, with this schema. */
function definition(schema: JsonObject): JsonObject {
  const { spec } = widgetCrd;
  const [version] = spec.versions;
  return {
    ...widgetCrd,
    metadata: { name: 'gadgets.contract.example.dev' },
    spec: {
      ...spec,
      names: { kind: 'Gadget', plural: 'gadgets' },
      versions: [{ ...version, additionalPrinterColumns: [], selectableFields: [], schema: { openAPIV3Schema: schema } }],
    },
  };
}

const text = { type: 'string' };
const objectOf = (properties: object): JsonObject => ({ type: 'object', properties: { spec: { type: 'object', properties } } });

describe('a CustomResourceDefinition', () => {
  test.each([
    [
      'a description of metadata',
      { type: 'object', properties: { metadata: { type: 'object', description: 'x' } } },
      /properties\[metadata\]: Forbidden: must not specify anything other than name and generateName/,
    ],
    [
      'a field without a type',
      objectOf({ a: { description: 'x' } }),
      /properties\[spec\]\.properties\[a\]\.type: Required value: must not be empty for specified object fields/,
    ],
    ['a list without items', objectOf({ a: { type: 'array' } }), /properties\[a\]\.items: Required value: must be specified/],
    [
      'properties beside additionalProperties',
      objectOf({ a: { type: 'object', properties: { b: text }, additionalProperties: text } }),
      /additionalProperties: Forbidden/,
    ],
    [
      'a list of objects by a key that may be missing',
      objectOf({
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['n'],
          items: { type: 'object', properties: { n: text } },
        },
      }),
      /items\.properties\[n\]\.default: Required value/,
    ],
    [
      'a rule that does not compile',
      objectOf({ a: { ...text, 'x-kubernetes-validations': [{ rule: 'self ==' }] } }),
      /x-kubernetes-validations\[0\]\.rule: Invalid value: .*compilation failed/s,
    ],
    [
      'a bound beyond 64 bits beside a default',
      {
        type: 'object',
        properties: {
          status: {
            type: 'object',
            default: { n: -1 },
            properties: { n: { type: 'integer', format: 'int64', maximum: 9223372036854776000 } },
          },
        },
      },
      /Maximum boundary value must be of type integer with format int64/,
    ],
    [
      'a default that its own schema forbids',
      objectOf({ a: { type: 'string', enum: ['x'], default: 'y' } }),
      /properties\[a\]\.default: Unsupported value: "y": supported values: "x"/,
    ],
    [
      'a default that its own rules refuse before the defaults of its members are filled in',
      objectOf({
        a: {
          type: 'object',
          default: {},
          properties: { least: { type: 'integer', default: 1 }, most: { type: 'integer', default: 2 } },
          'x-kubernetes-validations': [{ rule: 'self.most >= self.least' }],
        },
      }),
      /properties\[a\]\.default: Invalid value: .*[Nn]o such key: most/s,
    ],
  ])('with %s is refused', async (_, schema, message) => {
    const api = await client();
    const { body } = await api.call('POST', `${path}?dryRun=All`, definition(schema));
    expect([body.code, body.message]).toEqual([422, expect.stringMatching(message)]);
  });

  test('is refused without a storage version, and under another name than its plural', async () => {
    const api = await client();
    const crd = definition(objectOf({ a: text })) as unknown as KubeObject & { spec: { versions: object[] } };
    const named = await api.call('POST', `${path}?dryRun=All`, { ...crd, metadata: { name: 'x.contract.example.dev' } });
    expect(named.body.message).toContain(
      'metadata.name: Invalid value: "x.contract.example.dev": must be spec.names.plural+"."+spec.group',
    );
    const versions = [{ ...crd.spec.versions[0], storage: false }];
    const { body } = await api.call('POST', `${path}?dryRun=All`, { ...crd, spec: { ...crd.spec, versions } });
    expect(body.message).toContain('must have exactly one version marked as storage version');
  });

  test.each((crds() as KubeObject[]).map((crd) => [crd.metadata.name ?? '', crd] as const))(
    'of ours is accepted as it is: %s',
    async (name, crd) => {
      const api = await client();
      const current = (await api.get(`${path}/${name}`)).body as unknown as KubeObject;
      const { resourceVersion } = current.metadata;
      const body = { ...crd, metadata: { ...crd.metadata, resourceVersion } };
      const answer = await api.call('PUT', `${path}/${name}?dryRun=All&fieldValidation=Strict`, body);
      expect([answer.status, answer.headers.get('warning')]).toEqual([200, null]);
    },
  );

  test('of ours is established, its names accepted', async () => {
    const api = await client();
    const { body } = await api.get(`${path}/tenantpairs.tenantsync.dev`);
    const { conditions, storedVersions } = body.status as { conditions: { type: string; status: string }[]; storedVersions: string[] };
    expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual(['NamesAccepted=True', 'Established=True']);
    expect(storedVersions).toEqual(['v1alpha1']);
  });
});
