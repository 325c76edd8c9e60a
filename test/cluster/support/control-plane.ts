import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import {
  apiserverArgs,
  controllerManagerArgs,
  etcdArgs,
  freePorts,
  kwokArgs,
  schedulerArgs,
  writeFiles,
  type Files,
  type Ports,
} from './components.ts';
import { existingCluster } from './existing-cluster.ts';
import { Guarded, ProcessEnded } from './guarded.ts';
import { ensureTools, type Tools } from './tools.ts';

export type { Tools } from './tools.ts';

/** A Kubernetes API server to test against. */
export interface ControlPlane {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** Of a member of system:masters. */
  readonly token: string;
  /** Path of an admin kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the audit log: one event of level Metadata for each request of anybody who is not an administrator. Empty with an existing cluster. */
  readonly auditLog: string;
  /** Client URL of its etcd, for compactions. Empty with an existing cluster. */
  readonly etcd: string;
  readonly tools: Tools;
  close(): Promise<void>;
}

/** A control plane that can be hurt by whoever has started it. */
export interface OwnControlPlane extends ControlPlane {
  /** Kills kube-apiserver, as a crash would. */
  crash(): Promise<void>;
  /** Starts it again; resolves when it is ready. */
  recover(): Promise<void>;
}

/** What is to run besides etcd and kube-apiserver. */
export interface ControlPlaneOptions {
  /** kube-controller-manager, kube-scheduler and kwok with one node. Yes by default. */
  readonly controllers?: boolean;
  readonly say?: (line: string) => void;
}

/** The name under which jest's global setup leaves the control planes to the workers, one for each. */
export const controlPlanesVariable = 'TENANTSYNC_CONTROL_PLANES';

/** The control plane started for this run, as a test file sees it: `close` is left to whoever started it. */
export function controlPlane(): ControlPlane {
  const planes = JSON.parse(process.env[controlPlanesVariable] ?? '[]') as Omit<ControlPlane, 'close'>[];
  const plane = planes[(Number(process.env.JEST_WORKER_ID ?? '1') - 1) % planes.length];
  if (plane === undefined) throw new Error('no control plane was started for this run: use `npm run test:cluster`');
  return { ...plane, close: () => Promise.resolve() };
}

/** Starts a control plane of its own, or takes the current context of the kubeconfig when USE_EXISTING_CLUSTER=true. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  if (process.env.USE_EXISTING_CLUSTER === 'true') return await existingCluster();
  return await startOwnControlPlane(options);
}

/** Starts a control plane of its own in any case. */
export async function startOwnControlPlane(options: ControlPlaneOptions = {}): Promise<OwnControlPlane> {
  const tools = await ensureTools(options.say ?? (() => undefined));
  for (let attempt = 1; ; attempt += 1) {
    const processes = new Guarded(mkdtempSync(path.join(tmpdir(), 'tenantsync-cluster-')));
    try {
      return await startAt(await freePorts(), tools, processes, options.controllers ?? true);
    } catch (error) {
      await processes.close();
      if (!(error instanceof ProcessEnded) || !error.portTaken || attempt === 5) throw error;
    }
  }
}

async function startAt(ports: Ports, tools: Tools, processes: Guarded, controllers: boolean): Promise<OwnControlPlane> {
  const files = writeFiles(processes.folder, ports);
  processes.start('etcd', tools.etcd, etcdArgs(processes.folder, ports));
  await until(processes, 'etcd', () => answers(`http://127.0.0.1:${ports.etcdClient}/health`));
  const url = `https://127.0.0.1:${ports.api}`;
  const { adminToken: token } = files;
  const recover = async (): Promise<void> => {
    processes.start('kube-apiserver', tools.kubeApiserver, apiserverArgs(files, ports));
    await until(processes, 'kube-apiserver', () => answers(`${url}/readyz`, token));
  };
  await recover();
  if (controllers) await startControllers(url, tools, processes, files);
  processes.unref();
  const etcd = `http://127.0.0.1:${ports.etcdClient}`;
  const { kubeconfig, auditLog } = files;
  const crash = (): Promise<void> => processes.kill('kube-apiserver');
  return { url, token, kubeconfig, auditLog, etcd, tools, crash, recover, close: () => processes.close() };
}

async function startControllers(url: string, tools: Tools, processes: Guarded, files: Files): Promise<void> {
  processes.start('kube-controller-manager', tools.kubeControllerManager, controllerManagerArgs(files));
  processes.start('kube-scheduler', tools.kubeScheduler, schedulerArgs(files));
  processes.start('kwok', tools.kwok, kwokArgs(files, tools.kwokStages));
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-0', labels: { 'kubernetes.io/hostname': 'node-0', 'kubernetes.io/os': 'linux' } },
  };
  await ask(`${url}/api/v1/nodes`, files.adminToken, node);
  const ready = async (): Promise<boolean> => {
    for (const name of ['kube-controller-manager', 'kube-scheduler']) processes.check(name);
    const found = (await ask(`${url}/api/v1/nodes/node-0`, files.adminToken)) as Node;
    const account = await answers(`${url}/api/v1/namespaces/default/serviceaccounts/default`, files.adminToken);
    return (
      account &&
      found.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true &&
      !found.spec?.taints?.length
    );
  };
  await until(processes, 'kwok', ready);
}

interface Node {
  readonly spec?: { readonly taints?: readonly unknown[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Before its certificate is known, nothing is sent here but a token that only this server takes. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

async function ask(url: string, token: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { dispatcher, headers, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

async function answers(url: string, token = ''): Promise<boolean> {
  try {
    const response = await fetch(url, { dispatcher, headers: { authorization: `Bearer ${token}` } });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

const patienceMs = 90_000;

async function until(processes: Guarded, name: string, done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await done())) {
    processes.check(name);
    if (performance.now() > end) throw new Error(`${name} is not ready after ${patienceMs / 1000} s:\n${processes.log(name).slice(-3000)}`);
    await delay(50);
  }
}
