import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cuttableProxy, type CuttableProxy } from './cuttable-proxy.ts';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

export interface ReplicaOptions {
  readonly name: string;
  /** Where its files are, clouds.json among them. */
  readonly folder: string;
  readonly namespace: string;
  readonly shards: number;
  /** Of the API server itself. */
  readonly kubeconfig: string;
}

/** One replica of the operator, as a process. */
export class Replica {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #proxy: CuttableProxy;
  readonly #exited: Promise<void>;
  readonly #logFile: string;

  private constructor(name: string, process: ChildProcess, proxy: CuttableProxy, logFile: string) {
    this.name = name;
    this.#process = process;
    this.#proxy = proxy;
    this.#logFile = logFile;
    this.#exited = new Promise((resolve) => process.once('exit', () => resolve()));
  }

  static async start(options: ReplicaOptions): Promise<Replica> {
    const { name, folder, namespace, shards } = options;
    const text = readFileSync(options.kubeconfig, 'utf8');
    const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? '';
    const proxy = await cuttableProxy(Number(port));
    const kubeconfig = path.join(folder, `${name}.kubeconfig`);
    writeFileSync(kubeconfig, text.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`));
    const flags = ['--clouds-file', path.join(folder, 'clouds.json'), '--watch-namespaces', namespace, '--shards', String(shards)];
    // Short, because the simulated tenants show every write within two seconds.
    const closed = ['--replication-window', '1m', '--metrics-bind-address', '0', '--health-probe-bind-address', '0'];
    const logFile = path.join(folder, `${name}.log`);
    const log = openSync(logFile, 'a');
    const process = spawn(
      globalThis.process.execPath,
      ['--disable-warning=ExperimentalWarning', main, 'operator', '--leader-election-namespace', namespace, ...flags, ...closed],
      { env: { ...globalThis.process.env, NODE_OPTIONS: '', KUBECONFIG: kubeconfig }, stdio: ['ignore', log, log] },
    );
    return new Replica(name, process, proxy, logFile);
  }

  /** Everything it has logged. */
  get log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Its name in Leases, once it has held one. */
  get identity(): string | undefined {
    return /"identity":"([^"]+)"/.exec(this.log)?.[1];
  }

  /** Ends it without a word. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Freezes it, as a suspended machine does. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** Takes its way to the API server away; the tenants stay in reach. */
  cut(): void {
    this.#proxy.cut();
  }

  mend(): void {
    this.#proxy.mend();
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#exited;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await this.#exited;
    }
    await this.#proxy.close();
  }
}
