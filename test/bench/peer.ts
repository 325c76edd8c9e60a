import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { namespace, operatorNamespace, crds } from '../support/world.ts';
import { startControlPlane } from '../cluster/support/control-plane.ts';
import { Api } from './cluster.ts';
import { settledRecords } from './scale.ts';

/** What a cache of controller-runtime takes for the same records, as test/bench/peer prints it. */
export type PeerFigures = Readonly<Record<string, string | number | boolean>>;

const writers = 16;
const forms: readonly (readonly string[])[] = [['--form=metadata'], ['--form=typed'], ['--form=typed', '--indexed']];

/** Fills a real API server with settled records and lets controller-runtime take them in, in a process of its own for each form. Needs Go. */
export async function measurePeer(users: number): Promise<readonly PeerFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const binary = join(folder, 'peer');
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: new URL('peer', import.meta.url), stdio: ['ignore', 'inherit', 'inherit'] });
  const records = await settledRecords(users);
  const plane = await startControlPlane({ controllers: false, say: (line) => process.stderr.write(`${line}\n`) });
  const api = new Api(plane.kubeconfig);
  try {
    for (const crd of crds()) await api.json('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    for (const name of [namespace, operatorNamespace]) {
      await api.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    const collection = `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/userprojections`;
    let next = 0;
    const write = async (): Promise<void> => {
      for (let record = records[next++]; record !== undefined; record = records[next++]) {
        const { name, labels } = record.metadata;
        const { apiVersion, kind, spec, status } = record;
        await api.text('POST', collection, { apiVersion, kind, metadata: { name, labels }, spec });
        await api.text('PATCH', `${collection}/${name}/status`, { status });
      }
    };
    await Promise.all(Array.from({ length: writers }, write));
    const figures: PeerFigures[] = [];
    for (const form of forms) {
      const { stdout } = await promisify(execFile)(binary, [`--kubeconfig=${plane.kubeconfig}`, ...form]);
      const peer = JSON.parse(stdout) as PeerFigures & { readonly records: number; readonly heapBytes: number };
      if (peer.records !== records.length) throw new Error(`the peer has ${peer.records} records of ${records.length}`);
      figures.push({ ...peer, heapBytesPerRecord: Math.round(peer.heapBytes / peer.records) });
    }
    return figures;
  } finally {
    await api.close();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
