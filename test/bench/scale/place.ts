import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEntra, fillOrganisation, serveHttps as serveEntra } from '@tenantsync/sandbox/entra';
import { systemClock, systemRandom } from '../../../src/system.ts';
import { startOperator, tenants, type Tenants } from '../sites.ts';
import type { ServerName } from './choice.ts';
import { openEmbedded } from './embedded.ts';
import { openKubeApiserver } from './kube-apiserver.ts';
import { Running } from './running.ts';
import type { ScaleServer } from './server.ts';

/** People who are created at a time. */
export const batch = 200;

/** Where the operator is to be. */
export interface PlaceOptions {
  readonly server: ServerName;
  /** A folder for a profile of each process of the operator. */
  readonly profiles?: string;
}

/** Everything around the operator; the operator comes and goes. */
export interface Place {
  readonly made: Tenants;
  readonly server: ScaleServer;
  readonly people: readonly string[];
  start(): Promise<Running>;
  close(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Tenants with so many people as are created at a time, and a server that nobody has asked for anything yet. */
export async function openPlace({ profiles, server: name }: PlaceOptions): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const server = await (name === 'embedded' ? openEmbedded(folder) : openKubeApiserver()).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const started: ChildProcess[] = [];
  const entra = createEntra({ clock: systemClock, random: systemRandom, settings: { logLimit: 1_000_000 } });
  const made = tenants(entra);
  const { people } = fillOrganisation(made.hub, { people: batch, seed: 11, guests: 0 });
  const entraServer = await serveEntra(entra);
  return {
    made,
    server,
    people,
    start: async () => {
      const port = await freePort();
      const probeFile = join(folder, 'probe.json');
      rmSync(probeFile, { force: true });
      const operator = startOperator(folder, entraServer.caPem, entraServer.url, server.kubeconfig, {
        ...(profiles === undefined ? {} : { nodeFlags: ['--cpu-prof', '--cpu-prof-dir', profiles] }),
        preload: new URL('../probe.ts', import.meta.url).pathname,
        environment: { TENANTSYNC_BENCH_PROBE: probeFile },
        settings: ['--health-probe-bind-address', `127.0.0.1:${port}`],
      });
      started.push(operator);
      return new Running(operator, port, probeFile);
    },
    close: async () => {
      // After a failure one may be left, and servers wait for their clients.
      for (const operator of started) operator.kill('SIGKILL');
      try {
        await Promise.all([server.close(), entraServer.close()]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}
