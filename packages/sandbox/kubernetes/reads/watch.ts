import type { Clock, Timer } from '../../../../src/ports/clock.ts';
import { expired, invalid } from '../api-error.ts';
import { forbidden } from '../field-error.ts';
import type { Resource } from '../resource.ts';
import { apiVersionOf } from '../resource.ts';
import type { Collection, StoreEvent } from '../store.ts';
import type { KubeObject } from '../types.ts';
import type { ServerState } from '../writes/state.ts';
import { present } from '../writes/state.ts';
import { parseVersion } from './lister.ts';
import type { Selection } from './selection.ts';
import { selectionOf, selects } from './selection.ts';

/** Misbehaviour of one watch. */
export interface WatchFault {
  readonly effect: 'dropWatch' | 'stallWatch' | 'halfClose';
  readonly afterEvents: number;
}

/** What a watch needs besides the state of the server. */
export interface WatchOptions {
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly bookmarkIntervalMs: number;
  readonly fault: WatchFault | undefined;
  /** The form in which objects are sent. */
  readonly render: (object: KubeObject) => unknown;
  readonly onClose: (watch: Watch) => void;
}

/** So long before its end a watch says how far it has come. */
const lastBookmarkMs = 2000;

const encoder = new TextEncoder();

/** One watch: the past that was asked for, then what happens, as a stream of JSON lines. */
export class Watch {
  readonly body: ReadableStream<Uint8Array>;
  readonly #state: ServerState;
  readonly #resource: Resource;
  readonly #collection: Collection;
  readonly #options: WatchOptions;
  readonly #selection: Selection;
  readonly #timers: Timer[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #open = true;
  #sent = 0;
  /** The version it was asked to begin from; a bookmark tells of what came after it. */
  readonly #from: number;

  constructor(state: ServerState, resource: Resource, options: WatchOptions) {
    this.#state = state;
    this.#resource = resource;
    this.#options = options;
    this.#selection = selectionOf(resource, options.namespace, options.query);
    this.#collection = state.store.collection(resource.collection);
    checkInitialEvents(options.query);
    const from = parseVersion(options.query.get('resourceVersion'));
    this.#from = from ?? 0;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#begin(from);
      },
      cancel: () => this.#finish(),
    });
  }

  /** Whether it may still send events. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Ends the watch: cleanly, or with an error as when the connection breaks. */
  close(error?: unknown): void {
    if (!this.#open) return;
    this.#finish();
    if (error === undefined) this.#controller?.close();
    else this.#controller?.error(error);
  }

  #begin(from: number | undefined): void {
    const { query, bookmarkIntervalMs } = this.#options;
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    this.#collection.listeners.add(this.#onEvent);
    const initial = query.get('sendInitialEvents');
    const synthetic = initial === null ? from === undefined || from === 0 : initial === 'true';
    if (synthetic) this.#sendState(bookmarks && initial === 'true');
    else if (from !== undefined && from !== 0) this.#replay(from);
    if (!this.#open) return;
    const { clock, random } = this.#state;
    const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1800 + Math.floor(random.next() * 1800);
    this.#timers.push(clock.setTimer(seconds * 1000, () => this.close()));
    if (!bookmarks) return;
    this.#bookmarkEvery(clock, bookmarkIntervalMs);
    this.#timers.push(clock.setTimer(Math.max(0, seconds * 1000 - lastBookmarkMs), () => this.#bookmark()));
  }

  #sendState(endMark: boolean): void {
    for (const [, object] of [...this.#collection.scan(this.#selection.prefix)]) {
      if (selects(this.#selection, object)) this.#send('ADDED', present(this.#state, this.#resource, object));
    }
    if (endMark) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #replay(from: number): void {
    const events = this.#collection.since(from);
    if (!events) {
      const status = expired(`too old resource version: ${from} (${this.#collection.compacted})`).toStatus();
      this.#write('ERROR', status);
      this.close();
      return;
    }
    for (const event of events) this.#onEvent(event);
  }

  readonly #onEvent = (event: StoreEvent): void => {
    if (!this.#open || !event.key.startsWith(this.#selection.prefix)) return;
    const { object, previous } = event;
    const is = event.type !== 'DELETED' && selects(this.#selection, object);
    const was = previous !== undefined && selects(this.#selection, previous);
    if (!is && !was) return;
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', present(this.#state, this.#resource, object));
    else
      this.#send(
        'DELETED',
        present(this.#state, this.#resource, event.type === 'DELETED' || !previous ? object : atVersion(previous, event.version)),
      );
  };

  #send(type: string, object: KubeObject): void {
    const { fault } = this.#options;
    if (fault && this.#sent >= fault.afterEvents) {
      if (fault.effect === 'dropWatch') this.close(new TypeError('terminated'));
      if (fault.effect === 'halfClose') this.close();
      return;
    }
    this.#sent += 1;
    this.#write(type, this.#options.render(object));
  }

  #bookmark(annotations?: Record<string, string>): void {
    const { fault, render } = this.#options;
    if (fault?.effect === 'stallWatch' && this.#sent >= fault.afterEvents) return;
    if (!annotations && this.#state.store.version <= this.#from) return;
    const metadata = { resourceVersion: String(this.#state.store.version), ...(annotations ? { annotations } : {}) };
    this.#write('BOOKMARK', render({ kind: this.#resource.kind, apiVersion: apiVersionOf(this.#resource), metadata }));
  }

  #bookmarkEvery(clock: Clock, intervalMs: number): void {
    const timer = clock.setTimer(intervalMs, () => {
      if (!this.#open) return;
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      this.#bookmark();
      this.#bookmarkEvery(clock, intervalMs);
    });
    this.#timers.push(timer);
  }

  #write(type: string, object: unknown): void {
    if (this.#open)
      this.#controller?.enqueue(
        encoder.encode(`{"type":"${type}","object":${typeof object === 'string' ? object : JSON.stringify(object)}}\n`),
      );
  }

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#collection.listeners.delete(this.#onEvent);
    for (const timer of this.#timers) timer.cancel();
    this.#options.onClose(this);
  }
}

/** What leaves a selection looks as it did, at the version at which it left. */
function atVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function checkInitialEvents(query: URLSearchParams): void {
  if (!query.has('sendInitialEvents')) return;
  const match = query.get('resourceVersionMatch');
  if (match === 'NotOlderThan') return;
  const subject = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };
  throw invalid(subject, '', [
    forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
  ]);
}
