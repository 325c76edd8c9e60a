import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { sleep } from '../sites.ts';

/** How long a step may take: the looks at 100,000 accounts are some ten minutes of a loaded machine. */
const longestMs = 3_600_000;
const kernelTick = /^\d+/;

interface Probe {
  readonly number: number;
  readonly stallMs: number;
  readonly workMs: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** The operator's process as the kernel and its probe see it. */
export class Running {
  readonly began = performance.now();
  readonly #process: ChildProcess;
  readonly #healthPort: number;
  readonly #probeFile: string;
  #probed = 0;

  constructor(process: ChildProcess, healthPort: number, probeFile: string) {
    this.#process = process;
    this.#healthPort = healthPort;
    this.#probeFile = probeFile;
  }

  get #folder(): string {
    return `/proc/${this.#process.pid ?? 0}`;
  }

  /** Peak resident memory so far. */
  peakRssMb(): number {
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`${this.#folder}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  }

  /** Processor time of all threads so far, in milliseconds. */
  cpuMs(): number {
    const tasks = readdirSync(`${this.#folder}/task`);
    const times = tasks.map((task) => Number(kernelTick.exec(readFileSync(`${this.#folder}/task/${task}/schedstat`, 'utf8'))?.[0] ?? 0));
    return times.reduce((sum, time) => sum + time, 0) / 1e6;
  }

  /** Resolves when the operator says that it is ready, with the time since its start. */
  async ready(): Promise<number> {
    await this.until(async () => {
      const answer = await fetch(`http://127.0.0.1:${this.#healthPort}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    });
    return Math.round(performance.now() - this.began);
  }

  /** Resolves when it is done, which is looked at in this distance. */
  async until(done: () => boolean | Promise<boolean>, everyMs = 10): Promise<void> {
    const end = performance.now() + longestMs;
    while (!(await done())) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) throw new Error('the operator has ended');
      if (performance.now() > end) throw new Error('the operator did not come to it in time');
      await sleep(everyMs);
    }
  }

  /** What the probe has seen since it was last asked. */
  async probe(): Promise<Probe> {
    this.#probed += 1;
    this.#process.kill('SIGUSR2');
    let seen: Probe | undefined;
    await this.until(() => {
      try {
        seen = JSON.parse(readFileSync(this.#probeFile, 'utf8')) as Probe;
      } catch {
        // Not written yet, or half.
      }
      return seen?.number === this.#probed;
    });
    if (seen === undefined) throw new Error('there is no probe');
    return seen;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** Waits until a process that has started does nothing any more. */
export async function untilQuiet(running: Running, quietMs: number): Promise<void> {
  const end = performance.now() + longestMs;
  for (let quiet = 0, before = running.cpuMs(); quiet < 4;) {
    if (performance.now() > end) throw new Error('the operator does not come to rest');
    await sleep(1000);
    const now = running.cpuMs();
    quiet = now - before < quietMs ? quiet + 1 : 0;
    before = now;
  }
}

/** The processor time of a piece of time, both in milliseconds. */
export async function cpuOf(running: Running, piece: () => Promise<void>): Promise<{ readonly cpuMs: number; readonly ms: number }> {
  const [cpu, began] = [running.cpuMs(), performance.now()];
  await piece();
  return { cpuMs: running.cpuMs() - cpu, ms: performance.now() - began };
}
