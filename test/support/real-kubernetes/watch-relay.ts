import type { Fault, KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { Clock, Timer } from '../../../src/ports/clock.ts';
import { jsonLines } from '../../../src/kube/json-lines.ts';
import { versionOf, type Mirror } from './mirror.ts';
import type { ApiPath } from './paths.ts';
import type { Owing, Quiet } from './quiet.ts';

const bookmarkIntervalMs = 60_000;
const encoder = new TextEncoder();

export interface WatchRelayOptions {
  readonly source: ReadableStream<Uint8Array>;
  readonly path: ApiPath;
  readonly query: URLSearchParams;
  readonly fault: Fault | undefined;
  readonly clock: Clock;
  readonly mirror: Mirror;
  readonly quiet: Quiet;
  /** Told of each thing that the client is about to hear. */
  readonly onActivity: () => void;
}

interface Line {
  readonly type: string;
  readonly object: KubeObject;
}

/**
 * A watch between the server and the client: passes its events on with the times of the test's clock, knows what is still to
 * come, misbehaves when told to, and ends and gives bookmarks by the test's clock, because the server's own never comes to that.
 */
export class WatchRelay implements Owing {
  readonly body: ReadableStream<Uint8Array>;
  readonly path: ApiPath;
  readonly #options: WatchRelayOptions;
  readonly #reading = new AbortController();
  readonly #timers: Timer[] = [];
  /** Uids whose deletion is to be told. */
  readonly #dying = new Set<string>();
  /** Uids whose deletion was told, which may be before the deletion itself is answered. */
  readonly #dead = new Set<string>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #seen: bigint;
  #owed = 0n;
  #sent = 0;
  #stalled = false;
  #open = true;

  constructor(options: WatchRelayOptions) {
    this.#options = options;
    this.path = options.path;
    this.#seen = BigInt(options.query.get('resourceVersion') ?? '0');
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#finish(),
    });
    options.quiet.watches.add(this);
    const seconds = Number(options.query.get('timeoutSeconds') ?? 0);
    if (seconds > 0) this.#timers.push(options.clock.setTimer(seconds * 1000, () => this.end()));
    if (options.query.get('allowWatchBookmarks') === 'true') this.#bookmarkEvery();
    void this.#relay();
  }

  get open(): boolean {
    return this.#open;
  }

  get behind(): boolean {
    return this.#open && !this.#stalled && (this.#seen < this.#owed || this.#dying.size > 0);
  }

  forgive(): void {
    const dying = [...this.#dying].join(' ');
    process.stderr.write(`A watch of ${this.path.plural} at ${this.#seen} did not get to ${this.#owed} or tell the end of: ${dying}\n`);
    this.#owed = 0n;
    this.#dying.clear();
  }

  /** An object that it covers was written. */
  expect(version: bigint): void {
    if (version > this.#owed) this.#owed = version;
  }

  /** An object that it covers was deleted. */
  expectDeletion(uid: string): void {
    if (!this.#dead.has(uid)) this.#dying.add(uid);
  }

  /** Ends as a server does: cleanly, or with an error as when the connection breaks. */
  end(error?: unknown): void {
    if (!this.#open) return;
    this.#finish();
    this.#options.onActivity();
    if (error === undefined) this.#controller?.close();
    else this.#controller?.error(error);
  }

  /** Ends without a word, for a client that is not there any more. */
  cut(): void {
    this.#finish();
  }

  async #relay(): Promise<void> {
    try {
      for await (const line of jsonLines(this.#options.source, this.#reading.signal)) this.#take(line as Line);
      this.end();
    } catch (error) {
      this.end(error);
    }
  }

  #take({ type, object }: Line): void {
    const { mirror, path } = this.#options;
    if (type === 'ERROR') this.#write(type, object);
    if (!this.#open || type === 'ERROR') return;
    const version = versionOf(object);
    if (type === 'BOOKMARK') {
      this.#see(version, undefined);
      return;
    }
    const restamped = mirror.restamp(object);
    if (type === 'DELETED')
      mirror.remove(path.plural, `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`, object.metadata.uid ?? '');
    else mirror.put(path.plural, restamped);
    this.#send(type, restamped);
    this.#see(version, type === 'DELETED' ? object.metadata.uid : undefined);
  }

  #see(version: bigint, deleted: string | undefined): void {
    if (version > this.#seen) this.#seen = version;
    if (deleted !== undefined) {
      this.#dying.delete(deleted);
      this.#dead.add(deleted);
    }
    this.#options.quiet.changed();
  }

  #send(type: string, object: KubeObject): void {
    const { fault } = this.#options;
    if (fault && this.#sent >= (fault.afterEvents ?? 0)) {
      if (fault.effect === 'dropWatch') this.end(new TypeError('terminated'));
      else if (fault.effect === 'halfClose') this.end();
      else this.#stalled = true;
      return;
    }
    this.#sent += 1;
    this.#write(type, object);
  }

  #write(type: string, object: unknown): void {
    if (!this.#open) return;
    this.#options.onActivity();
    this.#controller?.enqueue(encoder.encode(`${JSON.stringify({ type, object })}\n`));
  }

  #bookmarkEvery(): void {
    const timer = this.#options.clock.setTimer(bookmarkIntervalMs, () => {
      if (!this.#open) return;
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      const { fault, path } = this.#options;
      const silent = this.#stalled || (fault?.effect === 'stallWatch' && this.#sent >= (fault.afterEvents ?? 0));
      const type = { kind: path.plural, apiVersion: path.root.replace(/^\/apis?\//, '') };
      if (!silent) this.#write('BOOKMARK', { ...type, metadata: { resourceVersion: String(this.#seen) } });
      this.#bookmarkEvery();
    });
    this.#timers.push(timer);
  }

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const timer of this.#timers) timer.cancel();
    this.#reading.abort();
    this.#options.quiet.watches.delete(this);
    this.#options.quiet.changed();
  }
}
