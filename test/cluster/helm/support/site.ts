import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { controlPlane } from '../../support/control-plane.ts';

const run = promisify(execFile);
const plane = controlPlane();

export const project = new URL('../../../../', import.meta.url).pathname;
export const chart = path.join(project, 'charts/tenantsync');
/** The version of the chart before the one that is tested. */
export const previousChart = path.join(project, 'test/cluster/helm/tenantsync-0.0.1.tgz');
export const { auditLog } = plane;

const kinds = ['userprojections', 'groupprojections', 'syncconfigurations', 'tenantpairs'];

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** 0: it worked. */
  readonly status: number;
}

interface Failed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | string;
}

/** Runs a program to its end, whatever that is. */
export async function outcome(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const options = { env: { ...process.env, ...environment }, maxBuffer: 1 << 26 };
  try {
    return { ...(await run(program, [...args], options)), status: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as Failed;
    return { stdout, stderr, status: typeof code === 'number' ? code : 1 };
  }
}

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, status } = await outcome(program, args, { KUBECONFIG: plane.kubeconfig });
  if (status !== 0) throw new Error(`${path.basename(program)} ${args.join(' ')}:\n${stderr}${stdout}`);
  return stdout;
}

/** kubectl as administrator. Rejects with what it said when it fails. */
export const kubectl = (...args: readonly string[]): Promise<string> => succeed(plane.tools.kubectl, args);

/** The same, and whatever comes of it. */
export const tryKubectl = (...args: readonly string[]): Promise<Outcome> =>
  outcome(plane.tools.kubectl, args, { KUBECONFIG: plane.kubeconfig });

/** helm as administrator. Rejects with what it said when it fails. */
export const helm = (...args: readonly string[]): Promise<string> => succeed(plane.tools.helm, args);

export const tryHelm = (...args: readonly string[]): Promise<Outcome> => outcome(plane.tools.helm, args, { KUBECONFIG: plane.kubeconfig });

/** What `kubectl get` says, as an object. */
export async function get<T = Readonly<Record<string, unknown>>>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl('get', '-o', 'json', ...args)) as T;
}

/** A file that holds an object, or the text of several. */
export function fileOf(objects: object | string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'tenantsync-helm-')), 'objects.yaml');
  writeFileSync(file, typeof objects === 'string' ? objects : JSON.stringify(objects));
  return file;
}

/** Applies objects, and gives all that kubectl says about it, warnings included. */
export async function apply(objects: object | string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr, status } = await tryKubectl('apply', '--server-side', '--force-conflicts', '-f', fileOf(objects), ...args);
  if (status !== 0) throw new Error(`kubectl apply:\n${stderr}${stdout}`);
  return stdout + stderr;
}

/** A namespace that takes pods of the restricted profile only. */
export async function restrictedNamespace(name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' };
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

const clusterScoped = 'validatingadmissionpolicybinding,validatingadmissionpolicy,clusterrolebinding,clusterrole';

/** Takes the finalizers off everything of ours, as nobody does where no operator is. */
export async function takeFinalizersOff(): Promise<void> {
  for (const kind of kinds) {
    const { stdout, status } = await tryKubectl('get', kind, '-A', '-o', 'json');
    if (status !== 0) continue;
    const { items } = JSON.parse(stdout) as { items: { metadata: { name: string; namespace: string } }[] };
    for (const { metadata } of items) {
      const patch = '{"metadata":{"finalizers":null}}';
      await tryKubectl('patch', kind, metadata.name, '-n', metadata.namespace, '--type', 'merge', '-p', patch);
    }
  }
}

/** Nothing of ours is in the cluster: no policies, roles, objects or definitions, none of these namespaces. */
export async function clear(...namespaces: readonly string[]): Promise<void> {
  // Not those of the behaviour tests, which have an operator of their own.
  await kubectl('delete', clusterScoped, '-l', 'app.kubernetes.io/part-of=tenantsync,app.kubernetes.io/instance!=behaviour');
  await takeFinalizersOff();
  await kubectl('delete', 'crd', '--ignore-not-found', ...kinds.map((kind) => `${kind}.tenantsync.dev`));
  await kubectl('delete', 'namespace', '--ignore-not-found', ...namespaces);
}

/** A kubeconfig with a token of a ServiceAccount and no right but its own. */
export async function kubeconfigOf(namespace: string, account: string): Promise<string> {
  const token = (await kubectl('create', 'token', account, '-n', namespace, '--duration', '1h')).trim();
  const config = JSON.parse(await kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json')) as {
    contexts: { context: { namespace?: string } }[];
    users: { user: object }[];
  };
  for (const user of config.users) user.user = { token };
  for (const { context } of config.contexts) context.namespace = namespace;
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'tenantsync-helm-')), 'kubeconfig');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
