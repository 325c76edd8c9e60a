import { crdByKind, versionOf } from '../../unit/api/crd-schema.ts';
import { Kubectl } from './support/kubectl.ts';

const kubectl = new Kubectl();

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

beforeAll(() => kubectl.prepare('explained'));
afterAll(async () => {
  await kubectl.empty('explained');
  kubectl.close();
});

/** Paths of the fields without a description, as the server publishes them. */
function undescribed(schema: Schema, path: string): string[] {
  const own = (schema.description ?? '') === '' ? [path] : [];
  const { properties = {}, items, additionalProperties: values } = schema;
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, property]) => (name === 'metadata' ? [] : undescribed(property, `${path}.${name}`))),
    ...(items ? undescribed(items, `${path}[]`) : []),
    ...(typeof values === 'object' ? undescribed(values, `${path}.*`) : []),
  ];
}

/** Paths of the fields of a schema, as explain counts them: those of a list's items stand below the list. */
function pathsOf({ properties = {}, items, additionalProperties: values }: Schema, path = ''): string[] {
  const own = Object.entries(properties).flatMap(([name, property]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...(at === 'metadata' ? [] : pathsOf(property, at))];
  });
  return [...own, ...(items ? pathsOf(items, path) : []), ...(typeof values === 'object' ? pathsOf(values, path) : [])];
}

/** Paths of the fields in the tree that explain prints, but for those of the metadata; enumerations stand in it without a type. */
function pathsIn(text: string): string[] {
  const trail: string[] = [];
  const paths = text
    .slice(text.indexOf('FIELDS:'))
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', name] = /^( +)(\S+)\t</.exec(line) ?? [];
      if (name === undefined) return [];
      trail.splice(indent.length / 2 - 1, Infinity, name);
      return [trail.join('.')];
    });
  return paths.filter((path) => !path.startsWith('metadata.'));
}

describe.each(['tenantpair', 'syncconfiguration', 'userprojection'])('kubectl explain %s', (kind) => {
  test('G8 knows every field, all the way down', async () => {
    const schema = versionOf(Object.keys(crdByKind).find((name) => name.toLowerCase() === kind) ?? '').schema.openAPIV3Schema;
    const paths = pathsIn(await kubectl.ok('explain', kind, '--recursive'));
    expect([...paths].sort()).toEqual(pathsOf(schema).sort());
    expect(paths.length).toBeGreaterThan(40);
  });

  test('G8 says what it is, and what its spec and status are', async () => {
    for (const field of [kind, `${kind}.spec`, `${kind}.status`]) {
      const text = await kubectl.ok('explain', field);
      expect([field, text]).toEqual([field, expect.not.stringContaining('<empty>')]);
    }
  });
});

test('G8 every field that the server publishes has a description', async () => {
  const { components } = JSON.parse(await kubectl.ok('get', '--raw', '/openapi/v3/apis/tenantsync.dev/v1alpha1')) as {
    components: { schemas: Record<string, Schema> };
  };
  const ours = Object.entries(components.schemas).filter(([name]) =>
    /^dev\.tenantsync\.v1alpha1\.(TenantPair|SyncConfiguration|UserProjection)$/.test(name),
  );
  expect(ours).toHaveLength(3);
  expect(ours.flatMap(([name, schema]) => undescribed(schema, name.split('.').pop() ?? ''))).toEqual([]);
});

test('F1 short names and the category are announced', async () => {
  const text = await kubectl.ok('api-resources', '--api-group=tenantsync.dev', '-o', 'wide', '--no-headers');
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/));
  expect(rows.map(([plural, shortName, , , kind, , category]) => [plural, shortName, kind, category ?? ''])).toMatchSnapshot();
});
