import { kubernetesJson, parseBounded } from '../core/wire/json.ts';
import { KubeError, type KubeObject } from '../ports/resources.ts';
import { decoded, isTooLarge, type KubeHttp } from './http.ts';

/** Objects asked for at a time. */
const pageSize = 500;
/** When the server forgets a list before it has been read, fewer and larger pages are faster. */
const largePageSize = 5_000;
/** So many pages in a row without an object, and the list goes in circles. */
const mostEmptyPages = 100;

export interface ListRequest<T> {
  readonly http: KubeHttp;
  readonly path: string;
  /** Selectors. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The list must not be older than this; empty: the newest there is. */
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /**
   * Called for each page in turn, and waited for, so that two pages at most are in memory: the one at hand, each object of which is decoded
   * when its turn comes, and the bytes of the next.
   */
  readonly onPage: (items: Iterable<T>) => void | Promise<void>;
  /** Called when the pages must be read again from the start: forget what came so far. */
  readonly onRestart: () => void;
}

/** One page, its items still as they came. */
interface Page {
  readonly envelope: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  };
  readonly items: readonly Buffer[];
}

/**
 * Reads a collection page by page and gives the version it is of. When the server has forgotten the list between two pages, it is read again in larger
 * pages; when a page is larger than any answer may be, in smaller ones. Rejects with KubeError, also for a list that does not end.
 */
export async function listPages<T extends KubeObject>(request: ListRequest<T>): Promise<string> {
  const seen = new Set<string>();
  let limit = pageSize;
  let continuation: string | undefined;
  let asked = listPage(request, { limit, continuation });
  for (let empty = 0; ;) {
    const answer = await asked.catch((error: unknown) => {
      const smaller = Math.floor(limit / 2);
      if (isTooLarge(error) && smaller > 0) return { limit: smaller };
      if (continuation === undefined || limit === largePageSize || !isExpired(error)) throw error;
      return { limit: largePageSize };
    });
    if ('limit' in answer) {
      if (answer.limit > limit) {
        request.onRestart();
        seen.clear();
        continuation = undefined;
      }
      limit = answer.limit;
      asked = listPage(request, { limit, continuation });
      continue;
    }
    const { metadata } = answer.envelope;
    continuation = metadata?.continue === '' ? undefined : metadata?.continue;
    if (continuation !== undefined) {
      empty = answer.items.length === 0 ? empty + 1 : 0;
      if (seen.has(continuation) || empty > mostEmptyPages) throw new KubeError('Unavailable', 'the list does not end');
      seen.add(continuation);
      asked = listPage(request, { limit, continuation });
      // Should this page be refused, nobody waits for the next one any more.
      asked.catch(() => undefined);
    }
    await request.onPage(itemsOf<T>(answer));
    if (continuation === undefined) return metadata?.resourceVersion ?? '';
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof KubeError && error.kind === 'Expired';
}

async function listPage<T>(
  request: ListRequest<T>,
  page: { readonly limit: number; readonly continuation: string | undefined },
): Promise<Page> {
  // A continuation carries its own version; the server refuses another one next to it.
  const version = page.continuation === undefined && request.resourceVersion !== '' ? request.resourceVersion : undefined;
  const { envelope, items } = await request.http.list({
    method: 'GET',
    path: request.path,
    query: {
      ...request.query,
      limit: page.limit,
      continue: page.continuation,
      resourceVersion: version,
      resourceVersionMatch: version === undefined ? undefined : 'NotOlderThan',
    },
    signal: request.signal,
  });
  if (typeof envelope !== 'object' || envelope === null) throw new KubeError('Unavailable', 'the answer is not a list');
  return { envelope, items };
}

/** Items of built-in kinds come without their type; the list names it. */
function* itemsOf<T extends object>({ envelope: { apiVersion, kind }, items }: Page): Generator<T> {
  const type = apiVersion === undefined || !kind?.endsWith('List') ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  for (const bytes of items) {
    const item = decoded(bytes, (part) => parseBounded(part.toString(), kubernetesJson)) as T;
    yield 'kind' in item && 'apiVersion' in item ? item : { ...item, ...type };
  }
}
