/** The operator on a simulated clock, in a process of its own with the flags of the image; the tenants and the API server follow its clock. */
import type * as Config from '../../../src/config.ts';
import type * as Clouds from '../../../src/graph/clouds.ts';
import type * as GraphTransport from '../../../src/graph/transport.ts';
import type * as KubeConfig from '../../../src/kube/kubeconfig.ts';
import type * as KubeTransport from '../../../src/kube/transport.ts';
import type * as Operator from '../../../src/operator.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import type * as Logger from '../../../src/ports/logger.ts';
import type * as System from '../../../src/system.ts';
import type * as Registry from '../../../src/telemetry/registry.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { nowHeader, type Question, type Sample, type Surroundings } from './questions.ts';

/** A module as the image has it: types that are stripped at the start take memory of their own. */
const built = async (path: string): Promise<unknown> => import(new URL(`../../../dist/${path}.js`, import.meta.url).href);
const { loadConfig } = (await built('config')) as typeof Config;
const { cloudsFromFile } = (await built('graph/clouds')) as typeof Clouds;
const { createTransport, defaultTransport } = (await built('graph/transport')) as typeof GraphTransport;
const { loadKubeConfig } = (await built('kube/kubeconfig')) as typeof KubeConfig;
const { kubeTransport } = (await built('kube/transport')) as typeof KubeTransport;
const { createOperator } = (await built('operator')) as typeof Operator;
const { silentLogger } = (await built('ports/logger')) as typeof Logger;
const { systemClock, systemRandom } = (await built('system')) as typeof System;
const { Metrics } = (await built('telemetry/registry')) as typeof Registry;

const cycleMs = 30_000;
const nullBody = new Set([204, 205, 304]);
const clock = new VirtualClock();
const traffic = new (class {
  inFlight = 0;
  #noted = false;

  get busy(): boolean {
    return this.inFlight > 0 || this.#noted;
  }

  /** A watch tells of a write on a connection of its own, a moment after the answer. */
  async wait(): Promise<void> {
    while (this.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    if (!this.#noted) return;
    this.#noted = false;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Each answer is read whole before time goes on; a watch is passed through. */
  through(send: HttpFetch): HttpFetch {
    return async (url, request) => {
      this.inFlight += 1;
      clock.activity += 1;
      try {
        const response = await send(url, { ...request, headers: { ...request.headers, [nowHeader]: String(clock.now()) } });
        if (url.includes('watch=')) return response;
        const { status, headers } = response;
        return new Response(nullBody.has(status) ? null : await response.arrayBuffer(), { status, headers });
      } finally {
        this.inFlight -= 1;
        this.#noted ||= request.method !== 'GET';
        clock.activity += 1;
      }
    };
  }
})();
clock.outside = traffic;

const ask = (question: Question): Promise<unknown> =>
  new Promise((resolve) => {
    process.once('message', resolve);
    process.send?.(question);
  });

const { url, caBundleFile, kubeconfig, operatorNamespace, cycles } = JSON.parse(process.argv[2] ?? '') as Surroundings;
const transport = createTransport(defaultTransport);
const kube = kubeTransport(loadKubeConfig({ file: kubeconfig, environment: {} }), systemClock);
const operator = createOperator({
  config: loadConfig(['--metrics-bind-address', '0', '--health-probe-bind-address', '0'], {}),
  kube: { fetch: traffic.through(kube.fetch), baseUrl: kube.baseUrl, namespace: operatorNamespace },
  clouds: cloudsFromFile({ bench: { authorityHost: url, graphHost: url, caBundleFile } }),
  fetchForCloud: (cloud) => traffic.through(transport.fetchForCloud(cloud)),
  clock,
  random: systemRandom,
  logger: silentLogger,
  metrics: new Metrics(),
  writeLine: () => undefined,
  hostname: 'operator',
  version: 'bench',
});
void operator.start();
await clock.settle();
while ((await ask({ ask: 'Settled' })) !== true) await clock.advance(10_000);
const samples: Sample[] = [];
for (let cycle = 0; cycle < cycles; cycle += 1) {
  if ((await ask({ ask: 'Change' })) !== true) break;
  await clock.advance(cycleMs);
  const { rss, heapUsed, external } = process.memoryUsage();
  samples.push({ rss, heapUsed, external });
}
await ask({ ask: 'End', samples });
process.exit();
