import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Reset } from './reset.ts';

/** A request to the API server. */
export interface Question {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface Answer {
  /** 0 when there was no answer; then the body says why. */
  readonly status: number;
  readonly body: unknown;
}

const patienceMs = 60_000;

/** The API of a real cluster with administrator's rights, answered before the call returns. */
export class SyncHttp {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));

  constructor(kubeconfig: string) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: { port: port2, flag: this.#flag, kubeconfig },
      transferList: [port2],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.unref();
    port1.unref();
  }

  /** Throws only when no answer came. */
  ask(job: Question | Reset): Answer {
    Atomics.store(this.#flag, 0, 0);
    this.#port.postMessage(job);
    const answer = this.#awaitAnswer(performance.now() + patienceMs);
    if (answer === undefined) throw new Error(`no answer from the cluster: ${JSON.stringify(job).slice(0, 200)}`);
    if (answer.status === 0) throw new Error(`no answer from the cluster: ${String(answer.body)}`);
    return answer;
  }

  /** The worker wakes a waiting thread after it has raised the flag: what wakes this one may be about the answer before. */
  #awaitAnswer(until: number): Answer | undefined {
    for (;;) {
      const answer = receiveMessageOnPort(this.#port) as { message: Answer } | undefined;
      const left = until - performance.now();
      if (answer !== undefined || left <= 0) return answer?.message;
      Atomics.wait(this.#flag, 0, 0, left);
    }
  }

  async close(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }
}
