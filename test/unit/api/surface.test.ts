import {
  annotations,
  apiGroup,
  apiVersion,
  finalizers,
  groupProjectionName,
  kinds,
  labels,
  projectionName,
} from '../../../src/api/kinds.ts';
import { crdByKind, versionOf } from './crd-schema.ts';

const columns = (kind: string, priority: number): readonly string[] =>
  versionOf(kind)
    .additionalPrinterColumns.filter((column) => (column.priority ?? 0) === priority)
    .map((column) => column.name.toUpperCase());

test('there are four kinds', () => {
  expect(Object.keys(crdByKind).sort()).toEqual(['GroupProjection', 'SyncConfiguration', 'TenantPair', 'UserProjection']);
});

describe.each([
  ['TenantPair', 'tpair'],
  ['SyncConfiguration', 'synccfg'],
  ['UserProjection', 'uproj'],
  ['GroupProjection', 'gproj'],
])('%s', (kind, shortName) => {
  test('is namespaced, of our group and version, with the names that the code uses', () => {
    const { group, scope, names, versions } = crdByKind[kind]?.spec ?? {};
    expect({ group, scope, versions: versions?.map(({ name, served, storage }) => ({ name, served, storage })) }).toEqual({
      group: apiGroup,
      scope: 'Namespaced',
      versions: [{ name: 'v1alpha1', served: true, storage: true }],
    });
    expect(`${group ?? ''}/v1alpha1`).toBe(apiVersion);
    expect(Object.values(kinds)).toContainEqual({ kind, plural: names?.plural });
  });

  test(`is ${shortName} for short, and in the category tenantsync alone if people write it`, () => {
    const { shortNames, categories = [] } = crdByKind[kind]?.spec.names ?? {};
    expect([shortNames, categories]).toEqual([[shortName], kind.endsWith('Projection') ? [] : ['tenantsync']]);
  });

  test('has a status subresource', () => {
    expect(versionOf(kind).subresources).toEqual({ status: {} });
  });

  test('describes its columns, and shows its age', () => {
    const declared = versionOf(kind).additionalPrinterColumns;
    expect(declared.filter(({ description }) => description === undefined)).toEqual([]);
    expect(declared.find(({ name }) => name === 'Age')).toMatchObject({ type: 'date', jsonPath: '.metadata.creationTimestamp' });
  });
});

describe('kubectl get shows', () => {
  test('of a TenantPair who is connected and whether users may be synchronized', () => {
    expect(columns('TenantPair', 0)).toEqual(['SOURCE', 'TARGET', 'SYNC', 'READY', 'REASON', 'AGE']);
    expect(columns('TenantPair', 1)).toEqual([]);
  });

  test('of a SyncConfiguration how it stands, and more when asked', () => {
    expect(columns('SyncConfiguration', 0)).toEqual([
      'PAIR',
      'MODE',
      'READY',
      'REASON',
      'IN-SCOPE',
      'SYNCED',
      'FAILED',
      'LAST-CYCLE',
      'NEXT-CYCLE',
      'AGE',
    ]);
    expect(columns('SyncConfiguration', 1)).toEqual(['INTERVAL', 'SUSPENDED', 'DURATION']);
  });

  test('the last cycle as a time past, and the next as text, for a time to come prints as invalid', () => {
    const byName = new Map(versionOf('SyncConfiguration').additionalPrinterColumns.map(({ name, type }) => [name, type]));
    expect([byName.get('Last-Cycle'), byName.get('Next-Cycle')]).toEqual(['date', 'string']);
  });

  test('of a UserProjection no name, address or user principal name', () => {
    expect(columns('UserProjection', 0)).toEqual(['PAIR', 'CONFIGURATION', 'STATE', 'READY', 'REASON', 'LAST-WRITE', 'AGE']);
    expect(columns('UserProjection', 1)).toEqual(['SOURCE-ID', 'TARGET-ID', 'TARGET-TENANT']);
    const paths = versionOf('UserProjection').additionalPrinterColumns.map(({ jsonPath }) => jsonPath);
    expect(paths.filter((path) => /principalname|mail|displayname|address/i.test(path))).toEqual([]);
  });
});

test('of a GroupProjection no name', () => {
  expect(columns('GroupProjection', 0)).toEqual(['PAIR', 'CONFIGURATION', 'STATE', 'MEMBERS', 'READY', 'REASON', 'AGE']);
  expect(columns('GroupProjection', 1)).toEqual(['SOURCE-ID', 'TARGET-ID']);
});

test('UserProjections are found by configuration, source user and state', () => {
  expect(versionOf('UserProjection').selectableFields?.map(({ jsonPath }) => jsonPath)).toEqual([
    '.spec.syncConfigurationRef.name',
    '.spec.source.objectId',
    '.spec.source.userPrincipalName',
    '.status.state',
  ]);
});

test('everything of ours on other objects is under our domain', () => {
  const names = [labels, annotations, finalizers].flatMap((group) => Object.values<string>(group));
  expect(names.filter((name) => !name.startsWith('tenantsync.dev/'))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test('the requests of the published API have their annotations', () => {
  expect(Object.values(annotations).sort()).toEqual(
    ['approve-deletions', 'decided-by', 'explain-users', 'provision-users', 'reject-deletions', 'requested-at', 'restarted-at'].map(
      (name) => `tenantsync.dev/${name}`,
    ),
  );
});

test('a projection is named after configuration and source user, whatever the case of the id', () => {
  expect(projectionName('staff', '5B1F0000-0000-0000-0000-00000000000A')).toBe('staff-5b1f0000-0000-0000-0000-00000000000a');
  expect(groupProjectionName('staff', '5B1F0000-0000-0000-0000-00000000000A')).toBe('staff-group-5b1f0000-0000-0000-0000-00000000000a');
});
