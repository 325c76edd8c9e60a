import type { Clock } from '../ports/clock.ts';
import { KubeError, type KubeObject } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';
import { jsonLines } from './json-lines.ts';
import { errorOfStatus, type Status } from './status-error.ts';

/** An event of a watch. A bookmark only tells how far the watch has come. */
export type WatchEvent<T> =
  { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T } | { readonly type: 'BOOKMARK'; readonly object: KubeObject };

export interface WatchRequest<T> {
  readonly http: KubeHttp;
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly resourceVersion: string;
  /** When the server is asked to end the watch. */
  readonly timeoutSeconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent<T>) => void;
  /** Told of each event that makes no sense and was left out. */
  readonly onUnknown: (type: string) => void;
}

/** How long after its time the server may take to end a watch before it is taken for dead. */
const graceMs = 5_000;

const types = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

/**
 * Follows one watch to its end. Resolves when the server has ended it, its time is over or `signal` aborts; rejects with a
 * KubeError when it could not be opened, broke, or ended with an ERROR event.
 */
export async function watchOnce<T extends KubeObject>(request: WatchRequest<T>): Promise<void> {
  const { clock, signal } = request;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  // A half-open connection never ends by itself.
  const timer = clock.setTimer(request.timeoutSeconds * 1000 + graceMs, end);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    const stream = await request.http.stream({
      method: 'GET',
      path: request.path,
      query: {
        ...request.query,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: request.resourceVersion,
        timeoutSeconds: request.timeoutSeconds,
      },
      signal: ending.signal,
    });
    request.onOpen();
    for await (const value of jsonLines(stream, ending.signal)) take(request, value);
  } catch (error) {
    if (ending.signal.aborted) return;
    if (error instanceof KubeError) throw error;
    throw new KubeError('Unavailable', 'the watch broke', { cause: error });
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', end);
  }
}

function take<T extends KubeObject>(request: WatchRequest<T>, value: unknown): void {
  const { type, object } = (typeof value === 'object' && value !== null ? value : {}) as { type?: unknown; object?: unknown };
  if (type === 'ERROR') {
    const status = (object ?? {}) as Status;
    throw errorOfStatus(status, status.code ?? 500, null, request.clock.now());
  }
  if (typeof type !== 'string' || !types.includes(type) || !isObject(object)) {
    request.onUnknown(typeof type === 'string' ? type : 'none');
    return;
  }
  request.onEvent({ type, object } as WatchEvent<T>);
}

function isObject(value: unknown): boolean {
  const metadata = (value as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata;
  return typeof metadata?.resourceVersion === 'string';
}
