import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { controlPlane } from '../../support/control-plane.ts';

/** What a command said and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The project's samples, by file name. */
export const samplesFolder = new URL('../../../../manifests/samples/', import.meta.url).pathname;
export const samples: readonly string[] = readdirSync(samplesFolder).sort();

const crdFolder = new URL('../../../../crds/', import.meta.url).pathname;

/** The real kubectl against the control plane of this worker, as an administrator with a terminal would use it. */
export class Kubectl {
  readonly #binary: string;
  readonly #kubeconfig: string;
  readonly #home = mkdtempSync(path.join(tmpdir(), 'tenantsync-kubectl-'));

  constructor() {
    const { kubeconfig, tools } = controlPlane();
    this.#binary = tools.kubectl;
    this.#kubeconfig = kubeconfig;
  }

  /** Puts our command into the path under the name by which kubectl finds it. */
  installPlugin(): void {
    const file = path.join(this.#home, 'kubectl-tenantsync');
    const main = new URL('../../../../src/main.ts', import.meta.url).pathname;
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  }

  /** Runs a command; `input` comes from its standard input. */
  async run(args: readonly string[], input?: string): Promise<Said> {
    const environment = {
      PATH: `${this.#home}${path.delimiter}${process.env.PATH ?? ''}`,
      HOME: this.#home,
      KUBECONFIG: this.#kubeconfig,
      TZ: 'UTC',
      KUBECTL_KUBERC: 'false',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      GOGC: process.env.GOGC,
    };
    const child = spawn(this.#binary, args, { env: environment, stdio: 'pipe' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.end(input);
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve(status ?? -1));
    });
    return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  }

  /** Runs a command that has to succeed, and gives back what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const said = await this.run(args);
    if (said.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said.code}\n${said.err}${said.out}`);
    return said.out;
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '-o', 'json')) as T;
  }

  /** Has the server serve our kinds and have the namespace, without anything in it. */
  async prepare(namespace: string): Promise<void> {
    await this.ok('apply', '--server-side', '--force-conflicts', '-f', crdFolder);
    const names = readdirSync(crdFolder).map(
      (file) => (load(readFileSync(crdFolder + file, 'utf8')) as { metadata: { name: string } }).metadata.name,
    );
    await this.ok('wait', '--for=condition=Established', '--timeout=30s', ...names.map((name) => `crd/${name}`));
    await this.empty(namespace);
    await this.ok('create', 'namespace', namespace);
  }

  /** Takes a namespace away with everything in it, finalizers or not; returns when it is gone. */
  async empty(namespace: string): Promise<void> {
    if ((await this.run(['get', 'namespace', namespace])).code !== 0) return;
    const found = await this.run(['get', 'tenantsync,userprojections,groupprojections', '-n', namespace, '-o', 'name']);
    const held = found.out.split('\n').filter((name) => name !== '');
    for (const name of held) await this.run(['patch', name, '-n', namespace, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    await this.ok('delete', 'namespace', namespace, '--timeout=60s');
  }

  close(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}
