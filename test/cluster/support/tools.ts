import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The binaries a control plane is made of, and the clients of it. */
export interface Tools {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly helm: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kwok: string;
  /** What kwok does with nodes and pods. */
  readonly kwokStages: string;
}

const moduleFolder = fileURLToPath(new URL('../tools/', import.meta.url));

/** In the order of their use; seconds as seen on two cores, each with what the ones before it have left in Go's cache. */
const binaries = [
  { key: 'etcd', name: 'etcd', package: 'go.etcd.io/etcd/server/v3', seconds: 35 },
  { key: 'kubeApiserver', name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver', seconds: 300 },
  { key: 'kubectl', name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl', seconds: 30 },
  { key: 'helm', name: 'helm', package: 'helm.sh/helm/v4/cmd/helm', seconds: 150 },
  { key: 'kubeControllerManager', name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', seconds: 60 },
  { key: 'kubeScheduler', name: 'kube-scheduler', package: 'k8s.io/kubernetes/cmd/kube-scheduler', seconds: 30 },
  { key: 'kwok', name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', seconds: 100 },
] as const;

const stages = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
];
const stagesFile = 'kwok-stages.yaml';

/** Where the tools of this go.sum are kept: outside of the clone, so that a fresh one is not cold. */
export function toolsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const cache = environment.XDG_CACHE_HOME ?? '';
  const root = cache === '' ? path.join(homedir(), '.cache') : cache;
  const hash = createHash('sha256')
    .update(readFileSync(path.join(moduleFolder, 'go.sum')))
    .digest('hex');
  return path.join(root, 'tenantsync', hash.slice(0, 16));
}

/** The paths of the tools, whether they are there or not. */
export function toolPaths(folder = toolsFolder()): Tools {
  const paths = Object.fromEntries(binaries.map(({ key, name }) => [key, path.join(folder, name)])) as Record<
    (typeof binaries)[number]['key'],
    string
  >;
  return { ...paths, kwokStages: path.join(folder, stagesFile) };
}

/** Builds what is missing and says so. Rejects with one sentence when there is no Go to build with. */
export async function ensureTools(say: (line: string) => void): Promise<Tools> {
  const folder = toolsFolder();
  const tools = toolPaths(folder);
  if (toolsBuilt(folder)) return tools;
  mkdirSync(folder, { recursive: true });
  await withGo();
  const unlock = await lock(path.join(folder, '.lock'), say);
  try {
    await buildMissing(folder, say);
    await writeStages(tools.kwokStages);
  } finally {
    unlock();
  }
  return tools;
}

/** Whether there is nothing left to build. */
export function toolsBuilt(folder = toolsFolder()): boolean {
  return Object.values(toolPaths(folder)).every((file: string) => existsSync(file));
}

async function withGo(): Promise<void> {
  try {
    await run('go', ['version'], { cwd: moduleFolder });
  } catch {
    const wanted = /^go (\S+)/m.exec(readFileSync(path.join(moduleFolder, 'go.mod'), 'utf8'))?.[1] ?? '';
    throw new Error(
      `The tests on a real Kubernetes build their control plane with Go, and there is no usable \`go\` (${wanted} or later) on the PATH: install it from https://go.dev/dl, or use a cluster of your own with USE_EXISTING_CLUSTER=true.`,
    );
  }
}

async function buildMissing(folder: string, say: (line: string) => void): Promise<void> {
  const missing = binaries.filter(({ name }) => !existsSync(path.join(folder, name)));
  if (missing.length === 0) return;
  const minutes = Math.ceil(missing.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  say(
    `Building ${missing.length} of ${binaries.length} tools into ${folder}, once: typically ${minutes} min with a cold Go cache on two cores.`,
  );
  const flags = await linkerFlags();
  for (const [index, binary] of missing.entries()) {
    say(`  ${index + 1}/${missing.length} ${binary.name} (typically ${binary.seconds} s) ...`);
    const started = performance.now();
    const temporary = path.join(folder, `.${binary.name}.${process.pid}`);
    try {
      await build(['build', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', temporary, binary.package]);
      renameSync(temporary, path.join(folder, binary.name));
    } finally {
      rmSync(temporary, { force: true });
    }
    say(`      took ${Math.round((performance.now() - started) / 1000)} s`);
  }
}

/** Without its version the server calls itself v0.0.0, and kubectl cannot compare itself with it. */
async function linkerFlags(): Promise<string> {
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes'], { cwd: moduleFolder });
  const version = stdout.trim();
  const [major = '', minor = ''] = version.slice(1).split('.');
  const set = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return ['-s', '-w', ...Object.entries(set).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ');
}

function build(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = spawn('go', args, { cwd: moduleFolder, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, CGO_ENABLED: '0' } });
    go.once('error', reject);
    go.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`go ${args.join(' ')} ended with ${String(code)}`))));
  });
}

async function writeStages(file: string): Promise<void> {
  if (existsSync(file)) return;
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], { cwd: moduleFolder });
  const texts = stages.map((stage) => readFileSync(path.join(stdout.trim(), 'kustomize/stage', `${stage}.yaml`), 'utf8'));
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, texts.join('\n---\n'));
  renameSync(temporary, file);
}

const staleMs = 30_000;

/** Waits for the other builder, if there is one. A lock that is no longer touched was left by a process that is gone. */
async function lock(file: string, say: (line: string) => void): Promise<() => void> {
  for (let told = false; !take(file); told = true) {
    if (!told) say('Another run is building the tools: waiting for it.');
    await delay(500);
    if (isStale(file)) rmSync(file, { force: true });
  }
  const touch = setInterval(() => utimesSync(file, new Date(), new Date()), staleMs / 6);
  return () => {
    clearInterval(touch);
    rmSync(file, { force: true });
  };
}

function take(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(file: string): boolean {
  const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched > staleMs;
}
