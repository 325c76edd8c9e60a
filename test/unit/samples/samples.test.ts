import { readFileSync, readdirSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { createKubernetes, type KubeObject, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, TenantPair } from '../../../src/api/kinds.ts';
import { compileSpec } from '../../../src/controllers/sync-configuration/validate.ts';
import { crds, namespace } from '../../support/world.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';

const folder = new URL('../../../manifests/samples/', import.meta.url);
const files = readdirSync(folder).sort();
const objectsOf = (file: string): readonly object[] => loadAll(readFileSync(new URL(file, folder), 'utf8')) as object[];

function cluster(): Kubernetes {
  return createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds(), namespaces: [namespace] });
}

const applied = (file: string): readonly KubeObject[] => {
  const kubernetes = cluster();
  return objectsOf(file).map((object) => kubernetes.create(object));
};

test.each(files)('%s is accepted by the API server as it is', (file) => {
  expect(applied(file).length).toBeGreaterThan(0);
});

test.each(files)('%s says at its top what it is for', (file) => {
  const [first = ''] = readFileSync(new URL(file, folder), 'utf8').split('\n');
  expect(first).toMatch(/^# [A-Z].{30,}/);
});

test.each(files)('%s asks for nothing that is not available', (file) => {
  const configurations = applied(file).filter(({ kind }) => kind === 'SyncConfiguration') as unknown as SyncConfiguration[];
  expect(configurations.map((configuration) => compileSpec(configuration)).filter((compiled) => 'reason' in compiled)).toEqual([]);
});

/** `source tenant > target tenant` of each pair of a sample that a configuration uses. */
function directions(file: string): string[] {
  const objects = applied(file);
  const used = objects.flatMap(({ kind, spec }) =>
    kind === 'SyncConfiguration' ? [(spec as SyncConfiguration['spec']).tenantPairRef.name] : [],
  );
  const pairs = objects.filter(
    ({ kind, metadata }) => kind === 'TenantPair' && used.includes(metadata.name ?? ''),
  ) as unknown as TenantPair[];
  return pairs.map(({ spec }) => `${spec.source.tenantId} > ${spec.target.tenantId}`);
}

const reversed = (direction: string): string => direction.split(' > ').reverse().join(' > ');

describe('B6 each topology has a sample:', () => {
  test('hub and spoke, one way and the other', () => {
    const [outwards, inwards] = [directions('hub-and-spoke.yaml'), directions('spokes-to-hub.yaml')];
    expect(outwards).toHaveLength(2);
    expect(inwards.map(reversed).sort()).toEqual([...outwards].sort());
  });

  test('a partial mesh, in which some directions are missing', () => {
    const partial = directions('partial-mesh.yaml');
    expect(new Set(partial.flatMap((direction) => direction.split(' > '))).size).toBe(3);
    expect(partial.some((direction) => partial.includes(reversed(direction)))).toBe(true);
    expect(partial.every((direction) => partial.includes(reversed(direction)))).toBe(false);
  });

  test('a full mesh: each tenant into each other', () => {
    const full = directions('full-mesh.yaml');
    const tenants = [...new Set(full.flatMap((direction) => direction.split(' > ')))];
    expect(tenants).toHaveLength(3);
    expect([...full].sort()).toEqual(tenants.flatMap((a) => tenants.filter((b) => b !== a).map((b) => `${a} > ${b}`)).sort());
  });

  test('G2 across clouds, there and back', () => {
    const pairs = applied('cross-cloud.yaml').filter(({ kind }) => kind === 'TenantPair') as unknown as TenantPair[];
    const clouds = pairs.map(({ spec }) => `${spec.source.cloud} > ${spec.target.cloud}`);
    expect(clouds.sort()).toEqual(['Global > China', 'Global > USGovL4', 'USGovL4 > Global']);
  });
});

test('a tenant is the same one in every sample: one id, one name', () => {
  const names = new Map<string, Set<string>>();
  for (const file of files)
    for (const { kind, metadata, spec } of applied(file)) {
      if (kind !== 'TenantPair') continue;
      const { source, target } = spec as TenantPair['spec'];
      const [from = '', to = ''] = (metadata.name ?? '').split('-to-');
      for (const [id, name] of [
        [source.tenantId, from],
        [target.tenantId, to],
      ] as const)
        names.set(id, (names.get(id) ?? new Set()).add(name));
    }
  expect([...names.values()].filter((used) => used.size !== 1)).toEqual([]);
});

describe('the folder can be applied as it is:', () => {
  const kubernetes = cluster();
  // Created, not applied: what two files describe is refused.
  const objects = files.flatMap((file) => objectsOf(file).map((object) => kubernetes.create(object)));
  const pairs = objects.filter(({ kind }) => kind === 'TenantPair') as unknown as TenantPair[];
  const configurations = objects.filter(({ kind }) => kind === 'SyncConfiguration') as unknown as SyncConfiguration[];

  test('every configuration has its pair', () => {
    const names = pairs.map(({ metadata }) => metadata.name);
    expect(configurations.length).toBeGreaterThan(5);
    expect(configurations.filter(({ spec }) => !names.includes(spec.tenantPairRef.name))).toEqual([]);
  });

  test('no two pairs are for the same tenants, of which one would be refused', () => {
    const tenants = pairs.map(({ spec }) => `${spec.source.tenantId} > ${spec.target.tenantId}`);
    expect(tenants.filter((direction, index) => tenants.indexOf(direction) !== index)).toEqual([]);
  });

  test('no two configurations are about the same people of a pair', () => {
    const used = configurations.map(({ spec }) => spec.tenantPairRef.name);
    expect(used.filter((name, index) => used.indexOf(name) !== index)).toEqual([]);
  });
});

test('no sample holds a secret', () => {
  for (const file of files) expect(objectsOf(file).map((object) => (object as KubeObject).kind)).not.toContain('Secret');
});

test('there is a sample of each kind that people write, for each of the usual ways and topologies', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'cross-cloud.yaml',
      'full-mesh.yaml',
      'hub-and-spoke.yaml',
      'partial-mesh.yaml',
      'spokes-to-hub.yaml',
      'syncconfiguration-apply.yaml',
      'syncconfiguration-groups.yaml',
      'syncconfiguration-plan.yaml',
      'tenantpair-client-certificate.yaml',
      'tenantpair-client-secret.yaml',
      'tenantpair-workload-identity.yaml',
    ]),
  );
});
