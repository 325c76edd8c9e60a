import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { UserProjection } from '../../src/api/kinds.ts';
import { namespace, operatorNamespace, crds } from '../support/world.ts';
import { startOwnControlPlane } from '../cluster/support/control-plane.ts';
import { Api, heapBytes } from './cluster.ts';
import { settledRecords } from './scale/measure.ts';

/** What a cache of controller-runtime takes for the same records, as test/bench/peer prints it. */
export type PeerFigures = Readonly<Record<string, string | number | boolean>>;

/** As many as etcd takes in one transaction. */
const together = 128;
const forms: readonly (readonly string[])[] = [['--form=metadata'], ['--form=typed'], ['--form=typed', '--indexed']];

/**
 * Puts records into etcd as kube-apiserver stores them, without managed fields, as those that the operator has written. Through kube-apiserver a record
 * is two writes of some milliseconds each, which is half an hour for 100,000.
 */
async function store(etcd: string, records: readonly UserProjection[]): Promise<void> {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  const creationTimestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  for (let from = 0; from < records.length; from += together) {
    const success = records
      .slice(from, from + together)
      .map(({ apiVersion, kind, metadata: { name, labels, finalizers }, spec, status }) => {
        const metadata = { creationTimestamp, finalizers, generation: 1, labels, name, namespace, uid: randomUUID() };
        const value = encoded(`${JSON.stringify({ apiVersion, kind, metadata, spec, status })}\n`);
        return { requestPut: { key: encoded(`/registry/tenantsync.dev/userprojections/${namespace}/${name}`), value } };
      });
    const response = await fetch(`${etcd}/v3/kv/txn`, { method: 'POST', body: JSON.stringify({ success }) });
    if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`);
  }
}

/** Fills a real API server with settled records and lets controller-runtime take them in, in a process of its own for each form; then kube-apiserver's own cache. Needs Go. */
export async function measurePeer(users: number): Promise<readonly PeerFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const binary = join(folder, 'peer');
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: new URL('peer', import.meta.url), stdio: ['ignore', 'inherit', 'inherit'] });
  const records = await settledRecords(users);
  const plane = await startOwnControlPlane({ controllers: false, say: (line) => process.stderr.write(`${line}\n`) });
  const api = new Api(plane.kubeconfig);
  try {
    for (const crd of crds()) await api.json('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    for (const name of [namespace, operatorNamespace]) {
      await api.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    const first = `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/userprojections?limit=1`;
    // The cache of the API server is there before the records, and has them before anybody is measured.
    await api.text('GET', first);
    const empty = await heapBytes(api);
    await store(plane.etcd, records);
    await api.text('GET', first);
    const take = async (form: readonly string[]): Promise<PeerFigures> => {
      const { stdout } = await promisify(execFile)(binary, [`--kubeconfig=${plane.kubeconfig}`, ...form]);
      const peer = JSON.parse(stdout) as PeerFigures & { readonly records: number; readonly heapBytes: number };
      if (peer.records !== records.length) throw new Error(`the peer has ${peer.records} records of ${records.length}`);
      return { ...peer, heapBytesPerRecord: Math.round(peer.heapBytes / peer.records) };
    };
    const figures: PeerFigures[] = [];
    for (const form of forms) figures.push(await take(form));
    // Its cache was told of the records one by one, and keeps what it was told for a while; after a restart it has them alone, once somebody has read them.
    await plane.crash();
    await plane.recover();
    await take(['--form=metadata']);
    const bytes = (await heapBytes(api)) - empty;
    const heapBytesPerRecord = Math.round(bytes / records.length);
    figures.push({ form: 'kube-apiserver at rest', records: records.length, heapBytes: bytes, heapBytesPerRecord });
    return figures;
  } finally {
    await api.close();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
