import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Processes that end with this one, however it ends, and a temporary folder that goes with them. */
export class Guarded {
  readonly folder: string;
  readonly #guard;
  readonly #ended = new Map<string, string>();
  readonly #gone: Promise<void>;

  constructor(folder: string) {
    this.folder = folder;
    const script = fileURLToPath(new URL('guard.ts', import.meta.url));
    this.#guard = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      // The options of the test runner are none of its business.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#gone = new Promise((resolve) => this.#guard.once('exit', () => resolve()));
    this.#guard.stdin.on('error', () => undefined);
    createInterface({ input: this.#guard.stdout }).on('line', (line) => {
      const { ended, how } = JSON.parse(line) as { ended: string; how: string };
      this.#ended.set(ended, how);
    });
  }

  start(name: string, command: string, args: readonly string[]): void {
    this.#ended.delete(name);
    this.#guard.stdin.write(`${JSON.stringify({ name, command, args, log: this.#log(name) })}\n`);
  }

  /** Kills a process; resolves when it is gone. */
  async kill(name: string): Promise<void> {
    this.#guard.stdin.write(`${JSON.stringify({ kill: name })}\n`);
    while (!this.#ended.has(name)) await delay(10);
  }

  /** Throws with the end of its log when a process is gone. */
  check(name: string): void {
    const how = this.#ended.get(name);
    if (how !== undefined) throw new ProcessEnded(name, how, this.log(name));
  }

  /** What a process has written. */
  log(name: string): string {
    try {
      return readFileSync(this.#log(name), 'utf8');
    } catch {
      return '';
    }
  }

  /** Lets this process end although the others run: they end with it. */
  unref(): void {
    this.#guard.unref();
    for (const stream of [this.#guard.stdin, this.#guard.stdout]) (stream as unknown as { unref(): void }).unref();
  }

  /** Stops everything; resolves when it is gone. */
  async close(): Promise<void> {
    this.#guard.ref();
    this.#guard.stdin.end();
    await this.#gone;
  }

  #log(name: string): string {
    return path.join(this.folder, `${name}.out`);
  }
}

/** A process ended that should run. */
export class ProcessEnded extends Error {
  /** Somebody else took the port between choosing and using it. */
  readonly portTaken: boolean;

  constructor(name: string, how: string, log: string) {
    super(`${name} ended (${how}):\n${log.slice(-3000)}`);
    this.portTaken = log.includes('address already in use');
  }
}
