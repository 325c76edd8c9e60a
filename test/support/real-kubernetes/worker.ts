/** Asks a real API server while the thread that wants to know stands still: tests look at the cluster without waiting for it. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { kubeTransport } from '../../../src/kube/transport.ts';
import { systemClock } from '../../../src/system.ts';
import { resetCluster, type Ask, type Reset } from './reset.ts';
import type { Answer, Question } from './sync-http.ts';

const { port, flag, kubeconfig } = workerData as {
  readonly port: MessagePort;
  readonly flag: Int32Array;
  readonly kubeconfig: string;
};
const transport = kubeTransport(loadKubeConfig({ file: kubeconfig, environment: {} }), systemClock);

const ask: Ask = async ({ method, path, body, contentType }) => {
  const response = await transport.fetch(`${transport.baseUrl}${path}`, {
    method,
    headers: { accept: 'application/json', 'content-type': contentType ?? 'application/json', 'user-agent': 'tests' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // A resource that is not served yet is answered for by a page of plain text.
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : { message: text } };
};

async function answer(job: Question | Reset): Promise<Answer> {
  if (!('crds' in job)) return await ask(job);
  await resetCluster(ask, job);
  return { status: 200, body: {} };
}

port.on('message', (job: Question | Reset) => {
  void answer(job)
    .catch((error: unknown): Answer => ({ status: 0, body: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
    .then((result) => {
      port.postMessage(result);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    });
});
