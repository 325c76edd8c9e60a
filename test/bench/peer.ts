import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { namespace } from '../support/world.ts';
import { startOwnControlPlane } from '../cluster/support/control-plane.ts';
import { Api, heapBytes, prepare } from './api.ts';
import { store } from './etcd.ts';
import { settledRecords } from './scale/measure.ts';

/** What a cache of controller-runtime takes for the same records, as test/bench/peer prints it. */
export type PeerFigures = Readonly<Record<string, string | number | boolean>>;

const forms: readonly (readonly string[])[] = [['--form=metadata'], ['--form=typed'], ['--form=typed', '--indexed']];

/** Fills a real API server with settled records and lets controller-runtime take them in, in a process of its own for each form; then kube-apiserver's own cache. Needs Go. */
export async function measurePeer(users: number): Promise<readonly PeerFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const binary = join(folder, 'peer');
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: new URL('peer', import.meta.url), stdio: ['ignore', 'inherit', 'inherit'] });
  const records = await settledRecords(users);
  const plane = await startOwnControlPlane({ controllers: false, say: (line) => process.stderr.write(`${line}\n`) });
  const api = new Api(plane.kubeconfig);
  try {
    await prepare(api);
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
