import { readFileSync, readdirSync } from 'node:fs';
import { load } from 'js-yaml';
import { createKubernetes } from '../../kubernetes/kubernetes.ts';
import type { Kubernetes } from '../../kubernetes/types.ts';
import { VirtualClock, seededRandom } from '../../../../test/support/virtual-clock.ts';

const folder = new URL('../../../../crds/', import.meta.url);
const crds = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => load(readFileSync(new URL(file, folder), 'utf8')) as object);

function cluster(): Kubernetes {
  return createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds });
}

function object(kind: string, name: string, spec: object): object {
  return { apiVersion: 'tenantsync.dev/v1alpha1', kind, metadata: { name, namespace: 'default' }, spec };
}

function tenant(last: string): object {
  const credentials = { workloadIdentity: { clientId: '00000000-0000-0000-0000-000000000001' } };
  return { tenantId: `00000000-0000-0000-0000-00000000000${last}`, credentials };
}

function configuration(more: object = {}): object {
  return object('SyncConfiguration', 'staff', { tenantPairRef: { name: 'pair' }, mode: 'Plan', scope: { type: 'Assigned' }, ...more });
}

test('every kind of the project is served under its short name and in its category', () => {
  const kubernetes = cluster();
  for (const name of ['tpair', 'synccfg', 'uproj']) expect(kubernetes.list(name)).toEqual([]);
});

test('new objects are not taken for ready ones: their status has defaults', () => {
  const kubernetes = cluster();
  const pair = kubernetes.create(object('TenantPair', 'pair', { source: tenant('1'), target: tenant('2') }));
  expect(pair.status).toMatchObject({ observedGeneration: -1 });
  const projection = kubernetes.create(
    object('UserProjection', 'p', {
      syncConfigurationRef: { name: 'staff' },
      source: { tenantId: '1', objectId: '2' },
      target: { tenantId: '3' },
      mode: 'Apply',
      lifecycle: 'Present',
      revision: 'r',
      attributes: { displayName: 'A', otherMails: ['b'], accountEnabled: true },
    }),
  );
  expect(projection.status).toEqual({ observedGeneration: -1, state: 'Pending' });
  expect(kubernetes.list('uproj', { fieldSelector: 'spec.syncConfigurationRef.name=staff,status.state=Pending' })).toEqual([projection]);
});

test.each([
  [{ interval: '30s' }, 'interval must be between 1m and 144h'],
  [{ scope: { type: 'All', users: [{ id: 'x' }] } }, 'type: All takes no users'],
  [{ attributeMappings: [{ target: 'a', source: 'b', constant: 'c' }] }, 'at most one of source, constant and expression'],
  [{ mode: 'Go' }, 'spec.mode: Unsupported value: "Go"'],
])('a SyncConfiguration with %j is refused with a message that says what to write', (more, message) => {
  const kubernetes = cluster();
  kubernetes.create(configuration());
  kubernetes.delete({ kind: 'SyncConfiguration', namespace: 'default', name: 'staff' });
  expect(() => kubernetes.create(configuration(more))).toThrow(message);
});

test('references of a SyncConfiguration are immutable', () => {
  const kubernetes = cluster();
  const { metadata } = kubernetes.create(configuration());
  const ref = { kind: 'SyncConfiguration', namespace: 'default', name: metadata.name ?? '' };
  expect(() => kubernetes.patch(ref, { spec: { tenantPairRef: { name: 'other' } } })).toThrow('tenantPairRef is immutable');
  expect(kubernetes.patch(ref, { spec: { mode: 'Apply' } }).metadata.generation).toBe(2);
});
