import type { Clock } from '../../ports/clock.ts';
import { AnswerTooLarge, boundedText, type HttpFetch, type HttpRequest } from '../../ports/http.ts';

/** What became of a request: an answer with its whole body, nothing usable (`detail` is a code such as ECONNREFUSED), or given up by the caller. */
export type FetchResult =
  | { readonly outcome: 'Answer'; readonly response: Response; readonly text: string }
  | { readonly outcome: 'NoAnswer'; readonly detail: string }
  | { readonly outcome: 'Cancelled' };

/** Graph: the largest pages of a delta have a few megabytes. */
export const graphAnswerBytes = 32 * 2 ** 20;
/** An authority: tokens and discovery documents have a few kilobytes. */
export const tokenAnswerBytes = 2 ** 20;

/**
 * Sends a request and reads the body to its end, both within `timeoutMs`, and no more of it than `maxBytes` unpacked. Never rejects, and settles even
 * if `fetch` ignores the signal.
 */
export async function fetchText(
  fetch: HttpFetch,
  url: string,
  request: HttpRequest,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly maxBytes: number; readonly signal?: AbortSignal },
): Promise<FetchResult> {
  const { clock, timeoutMs, maxBytes, signal } = limits;
  if (signal?.aborted === true) return { outcome: 'Cancelled' };
  const abort = new AbortController();
  let stop: ((result: FetchResult) => void) | undefined;
  const stopped = new Promise<FetchResult>((resolve) => (stop = resolve));
  const onAbort = (): void => {
    stop?.({ outcome: 'Cancelled' });
    abort.abort();
  };
  const timer = clock.setTimer(timeoutMs, () => {
    stop?.({ outcome: 'NoAnswer', detail: 'timeout' });
    abort.abort();
  });
  signal?.addEventListener('abort', onAbort, { once: true });
  const answer = async (): Promise<FetchResult> => {
    try {
      const response = await fetch(url, { ...request, signal: abort.signal });
      return { outcome: 'Answer', response, text: await boundedText(response, maxBytes) };
    } catch (error) {
      if (error instanceof AnswerTooLarge) abort.abort();
      return { outcome: 'NoAnswer', detail: networkCode(error) };
    }
  };
  try {
    return await Promise.race([answer(), stopped]);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The most specific error code in a chain of causes; never its message, which may quote the URL. */
function networkCode(error: unknown): string {
  if (error instanceof AnswerTooLarge) return 'answer too large';
  let code = 'network error';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    const found = (at as { code?: unknown }).code;
    if (typeof found === 'string') code = found;
  }
  return code;
}
