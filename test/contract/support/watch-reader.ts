import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { ContractServer } from './server.ts';

/** One event of a watch. */
export interface SeenEvent {
  readonly type: string;
  readonly object: KubeObject;
}

const patienceMs = 15_000;

/** A watch that is being read. */
export class WatchReader {
  readonly status: number;
  readonly events: SeenEvent[] = [];
  readonly #abort: AbortController;
  readonly #waiting = new Set<() => void>();
  #ended = false;
  #error: unknown;

  private constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.#abort = abort;
    void this.#read(response)
      .catch((error: unknown) => void (this.#error = error))
      .finally(() => {
        this.#ended = true;
        this.#wake();
      });
  }

  static async open(server: ContractServer, path: string, headers: Readonly<Record<string, string>>): Promise<WatchReader> {
    const abort = new AbortController();
    const request = { method: 'GET', headers: { accept: 'application/json', ...headers }, signal: abort.signal };
    return new WatchReader(await server.fetch(`${server.url}${path}`, request), abort);
  }

  /** `type name` of each event. */
  get outline(): string[] {
    return this.events.map((event) => `${event.type} ${event.object.metadata.name ?? ''}`);
  }

  get error(): unknown {
    return this.#error;
  }

  /** Waits until there are so many events, and gives back their outline. */
  async take(count: number): Promise<string[]> {
    await this.#until(() => this.events.length >= count, `${count} events`);
    return this.outline;
  }

  /** Waits until there is an event of this type. */
  async takeType(type: string): Promise<SeenEvent> {
    await this.#until(() => this.events.some((event) => event.type === type), type);
    const found = this.events.find((event) => event.type === type);
    if (!found) throw new Error(`no ${type}`);
    return found;
  }

  /** Waits until the server has ended the watch. */
  async end(): Promise<void> {
    await this.#until(() => this.#ended, 'the end');
  }

  abort(): void {
    this.#abort.abort();
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    const late = Date.now() + patienceMs;
    while (!done()) {
      const left = late - Date.now();
      if (left <= 0 || this.#ended) throw new Error(`waited in vain for ${what}; seen: ${this.outline.join(', ')}`);
      await this.#change(left);
    }
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line) as SeenEvent);
      this.#wake();
    }
  }
}
