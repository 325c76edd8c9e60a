import { createHttpHeaders, type HttpClient, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import type { DirectoryError } from '../../core/errors/directory-error.ts';
import { directoryJson, isWithin } from '../../core/wire/json.ts';
import { directoryWait, retryAfterMs } from '../../core/wire/times.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpFetch } from '../../ports/http.ts';
import { fetchText, tokenAnswerBytes } from '../http/fetch-text.ts';

/** What was seen on the wire while a token was obtained; the authentication library hides most of it. */
export interface Observation {
  /** Number of the first AADSTS error in an answer of the authority. */
  aadsts?: string;
  /** The id under which the authority keeps that answer, for a support case. */
  correlationId?: string;
  /** Why no answer came: a code such as ECONNREFUSED. */
  network?: string;
  /** Status of the last answer. */
  status?: number;
  /** Milliseconds the authority asked to wait, as far as it is believed. */
  retryAfterMs?: number;
  /** A failure of our own on the way, which the library would wrap. */
  failure?: DirectoryError;
}

export interface IdentityTransportOptions {
  readonly fetch: HttpFetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Origins that may be asked; undefined for a managed identity, whose endpoint the platform names. */
  readonly origins?: readonly string[];
}

/**
 * The HTTP client of @azure/identity over our own transport, so that tokens and Graph share connections, trust and tests.
 * Secrets go to the origins of the authority alone, whatever its discovery document says.
 */
export function identityTransport(options: IdentityTransportOptions, seen: Observation): HttpClient {
  return {
    async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
      const origin = new URL(request.url).origin;
      if (options.origins !== undefined && !options.origins.includes(origin)) {
        seen.network = 'the authority named a foreign host';
        throw new Error('refused to send credentials to a host that is not the authority');
      }
      const body = request.body;
      const result = await fetchText(
        options.fetch,
        request.url,
        {
          method: request.method,
          headers: Object.fromEntries(Object.entries(request.headers.toJSON()).map(([name, value]) => [name.toLowerCase(), value])),
          ...(typeof body === 'string' ? { body } : {}),
        },
        { clock: options.clock, timeoutMs: options.timeoutMs, maxBytes: tokenAnswerBytes },
      );
      if (result.outcome !== 'Answer') {
        seen.network = result.outcome === 'NoAnswer' ? result.detail : 'cancelled';
        throw new Error(`no answer: ${seen.network}`);
      }
      if (!isWithin(result.text, directoryJson)) {
        seen.network = 'answer too large';
        throw new Error('no answer that could be read');
      }
      observe(result.response, result.text, options.clock, seen);
      return {
        request,
        status: result.response.status,
        headers: createHttpHeaders(Object.fromEntries(result.response.headers)),
        bodyAsText: result.text,
      };
    },
  };
}

function observe(response: Response, text: string, clock: Clock, seen: Observation): void {
  seen.status = response.status;
  const wait = retryAfterMs(response.headers.get('retry-after'), clock.now(), directoryWait);
  if (wait !== undefined) seen.retryAfterMs = wait;
  if (response.status < 400) return;
  const number = /AADSTS(\d{1,9})\b/.exec(text)?.[1] ?? /"error_codes"\s*:\s*\[\s*(\d{1,9})\b/.exec(text)?.[1];
  if (number === undefined) return;
  seen.aadsts ??= number;
  const correlationId = /"correlation_id"\s*:\s*"([0-9a-f-]{36})"/i.exec(text)?.[1];
  if (correlationId !== undefined) seen.correlationId ??= correlationId.toLowerCase();
}
