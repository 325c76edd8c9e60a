import { readFileSync, readdirSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { SyncConfiguration } from '../../../src/api/kinds.ts';
import { compileSpec } from '../../../src/controllers/sync-configuration/validate.ts';
import { createKubernetes } from '../../../src/sandbox/kubernetes/kubernetes.ts';
import type { KubeObject, Kubernetes } from '../../../src/sandbox/kubernetes/types.ts';
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

test.each(files.filter((file) => file.startsWith('syncconfiguration-')))('%s asks for nothing that is not available', (file) => {
  for (const configuration of applied(file))
    expect(compileSpec(configuration as unknown as SyncConfiguration)).not.toHaveProperty('reason');
});

test('all samples fit together in one namespace', () => {
  const kubernetes = cluster();
  for (const file of files) for (const object of objectsOf(file)) kubernetes.apply(object);
  const pairs = kubernetes.list('TenantPair').map(({ metadata }) => metadata.name);
  const wanted = kubernetes.list('SyncConfiguration').map(({ spec }) => (spec as SyncConfiguration['spec']).tenantPairRef.name);
  expect(wanted.length).toBeGreaterThan(0);
  expect(wanted.filter((name) => !pairs.includes(name))).toEqual([]);
});

test('no sample holds a secret', () => {
  for (const file of files) expect(objectsOf(file).map((object) => (object as KubeObject).kind)).not.toContain('Secret');
});

test('there is a sample of each kind that people write, for each of the usual ways', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'syncconfiguration-apply.yaml',
      'syncconfiguration-groups.yaml',
      'syncconfiguration-plan.yaml',
      'tenantpair-client-secret.yaml',
      'tenantpair-workload-identity.yaml',
    ]),
  );
});
