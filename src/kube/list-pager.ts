import { KubeError, type KubeObject } from '../ports/resources.ts';
import { isTooLarge, type KubeHttp } from './http.ts';

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
  /** Called for each page in turn, so that no more than one page is in memory. */
  readonly onPage: (items: readonly T[]) => void;
  /** Called when the pages must be read again from the start: forget what came so far. */
  readonly onRestart: () => void;
}

interface ListAnswer<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/**
 * Reads a collection page by page and gives the version it is of. When the server has forgotten the list between two pages, it is read again in larger
 * pages; when a page is larger than any answer may be, in smaller ones. Rejects with KubeError, also for a list that does not end.
 */
export async function listPages<T extends KubeObject>(request: ListRequest<T>): Promise<string> {
  const seen = new Set<string>();
  let limit = pageSize;
  let continuation: string | undefined;
  for (let empty = 0; ;) {
    const answer = await listPage(request, { limit, continuation }).catch((error: unknown) => {
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
      continue;
    }
    const items = typed(answer);
    request.onPage(items);
    continuation = answer.metadata?.continue === '' ? undefined : answer.metadata?.continue;
    if (continuation === undefined) return answer.metadata?.resourceVersion ?? '';
    empty = items.length === 0 ? empty + 1 : 0;
    if (seen.has(continuation) || empty > mostEmptyPages) throw new KubeError('Unavailable', 'the list does not end');
    seen.add(continuation);
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof KubeError && error.kind === 'Expired';
}

function listPage<T>(
  request: ListRequest<T>,
  page: { readonly limit: number; readonly continuation: string | undefined },
): Promise<ListAnswer<T>> {
  // A continuation carries its own version; the server refuses another one next to it.
  const version = page.continuation === undefined && request.resourceVersion !== '' ? request.resourceVersion : undefined;
  return request.http.json<ListAnswer<T>>({
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
}

/** Items of built-in kinds come without their type; the list names it. */
function typed<T extends KubeObject>(answer: ListAnswer<T>): readonly T[] {
  const { apiVersion, kind } = answer;
  const items = answer.items ?? [];
  if (apiVersion === undefined || !kind?.endsWith('List')) return items;
  const type = { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.map((item) => ('kind' in item && 'apiVersion' in item ? item : { ...(item as T), ...type }));
}
