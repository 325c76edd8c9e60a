import { KubeError, type KubeObject } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';

/** Objects asked for at a time. */
const pageSize = 500;

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
 * Reads a collection page by page and gives the version it is of. When the server has forgotten the list between two pages, it
 * is read again in one piece. Rejects with KubeError.
 */
export async function listPages<T extends KubeObject>(request: ListRequest<T>): Promise<string> {
  let continuation: string | undefined;
  for (;;) {
    let answer: ListAnswer<T>;
    try {
      answer = await listPage(request, { limit: pageSize, continuation });
    } catch (error) {
      if (continuation === undefined || !(error instanceof KubeError) || error.kind !== 'Expired') throw error;
      request.onRestart();
      answer = await listPage(request, { limit: undefined, continuation: undefined });
    }
    request.onPage(typed(answer));
    continuation = answer.metadata?.continue === '' ? undefined : answer.metadata?.continue;
    if (continuation === undefined) return answer.metadata?.resourceVersion ?? '';
  }
}

function listPage<T>(
  request: ListRequest<T>,
  page: { readonly limit: number | undefined; readonly continuation: string | undefined },
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
