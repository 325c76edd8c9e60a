import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEntra, fillOrganisation, serveHttps as serveEntra } from '@tenantsync/sandbox/entra';
import { createKubernetes, serveHttps as serveKubernetes, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, UserProjection } from '../../../src/api/kinds.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { crds, namespace, operatorNamespace } from '../../support/world.ts';
import { imageEnvironment, manifests, nodeFlags, provisionByHand, tenants, type Tenants } from '../sites.ts';
import { growth, type Growth } from './growth.ts';
import { nowHeader, type Question, type Sample, type Surroundings } from './questions.ts';

export interface SoakFigures extends Growth {
  readonly users: number;
  readonly cycles: number;
  readonly changesPerCycle: number;
  /** Changes that had reached their account when they were looked at, of all. */
  readonly changesApplied: number;
  readonly peakRssMb: number;
  readonly realSeconds: number;
}

export interface SoakOptions {
  readonly users: number;
  /** At most so many. */
  readonly cycles: number;
  /** No further cycle begins after so many minutes. */
  readonly minutes: number;
}

/** What is around the operator: two tenants and an API server, on a clock that follows the operator's. */
class Surrounded {
  readonly clock = new VirtualClock();
  readonly entra = createEntra({
    clock: this.clock,
    random: seededRandom(1),
    settings: { logLimit: 10_000, delta: { pageSize: { min: 200, max: 500 } } },
  });
  readonly made: Tenants = tenants(this.entra);
  readonly kube: Kubernetes;
  readonly people: readonly string[];
  #caughtUp: Promise<void> = Promise.resolve();
  #cycle = 0;
  applied = 0;
  #expected: readonly (readonly [string, string])[] = [];

  constructor(users: number) {
    const { hub, spoke } = this.made;
    ({ people: this.people } = fillOrganisation(hub, { people: users, seed: 11, guests: 0 }));
    provisionByHand(hub, spoke, this.people);
    this.kube = createKubernetes({
      clock: this.clock,
      random: seededRandom(2),
      crds: crds(),
      namespaces: [namespace, operatorNamespace],
      tokens: { bench: 'admin' },
      requestLogLimit: 10_000,
    });
    for (const manifest of manifests(this.made)) this.kube.apply(manifest);
  }

  /** Lets the time of the operator's clock come before whatever it asks. */
  following(fetch: HttpFetch): HttpFetch {
    return async (url, request) => {
      const now = Number(request.headers[nowHeader] ?? 0);
      this.#caughtUp = this.#caughtUp.then(() => this.clock.advance(Math.max(0, now - this.clock.now())));
      await this.#caughtUp;
      return fetch(url, request);
    };
  }

  settled(): boolean {
    const records = this.#records();
    return (
      this.#configuration().status.lastCycle?.id !== undefined &&
      records.length >= this.people.length &&
      records.every(({ metadata, status }) => status.state !== 'Pending' && status.observedGeneration === metadata.generation)
    );
  }

  /** Changes some people and asks for a cycle. What was changed before must have arrived. */
  change(count: number): true {
    this.look();
    const from = this.#cycle * count;
    this.#cycle += 1;
    const title = `Title ${this.#cycle}`;
    this.#expected = Array.from({ length: count }, (_, index) => [this.people[(from + index) % this.people.length] ?? '', title] as const);
    for (const [person] of this.#expected) this.made.hub.updateUser(person, { jobTitle: title });
    const annotations = { 'tenantsync.dev/requested-at': title };
    this.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { metadata: { annotations } });
    return true;
  }

  look(): void {
    if (this.#cycle > 0 && this.#configuration().status.lastHandledReconcileAt !== `Title ${this.#cycle}`) {
      throw new Error(`cycle ${this.#cycle} did not come to its end`);
    }
    for (const [person, title] of this.#expected) {
      const name = `staff-${person}`;
      const record = this.kube.get({ kind: 'UserProjection', name, namespace }) as unknown as UserProjection | undefined;
      const account = this.made.spoke.user(record?.status.targetUser?.objectId ?? '');
      if (account?.properties.jobTitle === title) this.applied += 1;
    }
    this.#expected = [];
  }

  #records(): readonly UserProjection[] {
    return this.kube.list('UserProjection', { namespace }) as unknown as UserProjection[];
  }

  #configuration(): SyncConfiguration {
    return this.kube.get({ kind: 'SyncConfiguration', name: 'staff', namespace }) as unknown as SyncConfiguration;
  }
}

/** So many cycles, in each of which one person of a hundred is changed, on a simulated clock: whether the operator's memory grows. */
export async function measureSoak({ users, cycles, minutes }: SoakOptions): Promise<SoakFigures> {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const surrounded = new Surrounded(users);
  const changes = Math.max(1, Math.round(users / 100));
  const { entra, kube } = surrounded;
  const entraServer = await serveEntra({ ...entra, fetch: surrounded.following(entra.fetch) });
  const kubeServer = await serveKubernetes({ fetch: surrounded.following(kube.fetch) }, { token: 'bench' });
  const [kubeconfig, caBundleFile] = [join(folder, 'kubeconfig'), join(folder, 'ca.pem')];
  await kubeServer.writeKubeconfig(kubeconfig);
  writeFileSync(caBundleFile, entraServer.caPem);
  const around: Surroundings = { url: entraServer.url, caBundleFile, kubeconfig, operatorNamespace, cycles };
  const operator = fork(new URL('operator.ts', import.meta.url), [JSON.stringify(around)], {
    execArgv: [...nodeFlags],
    env: { ...process.env, ...imageEnvironment, NODE_OPTIONS: '' },
  });
  try {
    const samples = await answering(operator, surrounded, {
      changes,
      mayGoOn: () => performance.now() - began < minutes * 60_000,
    });
    surrounded.look();
    return {
      users,
      cycles: samples.length,
      changesPerCycle: changes,
      changesApplied: surrounded.applied,
      ...growth(samples),
      peakRssMb: Math.round(Math.max(...samples.map(({ rss }) => rss)) / 2 ** 20),
      realSeconds: Math.round((performance.now() - began) / 1000),
    };
  } finally {
    operator.kill('SIGKILL');
    kube.close();
    await Promise.all([kubeServer.close(), entraServer.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Answers what the operator's process asks, until it has done its cycles. */
async function answering(
  operator: ChildProcess,
  surrounded: Surrounded,
  { changes, mayGoOn }: { readonly changes: number; readonly mayGoOn: () => boolean },
): Promise<readonly Sample[]> {
  const ended = once(operator, 'exit').then(([code]) => Promise.reject(new Error(`the operator has ended with ${String(code)}`)));
  ended.catch(() => undefined);
  for (;;) {
    const [question] = (await Promise.race([once(operator, 'message'), ended])) as [Question];
    switch (question.ask) {
      case 'Settled':
        operator.send(surrounded.settled());
        break;
      case 'Change':
        operator.send(mayGoOn() && surrounded.change(changes));
        break;
      case 'End':
        return question.samples;
    }
  }
}
