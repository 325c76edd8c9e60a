/** One HTTP request. Bodies are text (JSON) or bytes; header names are in lower case. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/**
 * The seam between adapters and the network: HTTPS in production, a direct call into a simulated server in tests.
 * Resolves with whatever status the server gave; rejects when no answer came (the request may still have taken effect).
 */
export type HttpFetch = (url: string, request: HttpRequest) => Promise<Response>;
