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

/**
 * HTTP/1.1 alone, for the dispatchers of both transports. Node's HTTP/2 (24.21) answers the end of a request whose body the server has not taken yet with empty
 * frames for ever: a server that is too slow would fill gigabytes of memory within a minute (docs/decisions/0058-http-1.md).
 */
export const http1 = { allowH2: false } as const;

/** An answer that goes on beyond what any answer may have. Reading it has been ended. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes`);
  }
}

/**
 * The body of an answer as text. Counts the bytes as they come out of the decompression and ends the transfer as soon as there are more than `maxBytes`,
 * because a few hundred kilobytes on the wire can be a gigabyte in memory. Rejects with AnswerTooLarge, or with what the stream rejects with.
 */
export async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  await readBody(response, maxBytes, (part) => pieces.push(decoder.decode(part, { stream: true })));
  pieces.push(decoder.decode());
  return pieces.join('');
}

/** As {@link boundedText}, as bytes. */
export async function boundedBytes(response: Response, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await readBody(response, maxBytes, (part) => parts.push(part));
  return Buffer.concat(parts);
}

async function readBody(response: Response, maxBytes: number, take: (part: Uint8Array) => void): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let bytes = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const part: unknown = chunk.value;
    if (!(part instanceof Uint8Array)) throw new TypeError('the answer is no stream of bytes');
    bytes += part.byteLength;
    if (bytes > maxBytes) {
      // The transport may take its time to end; nobody waits for it.
      void reader.cancel().catch(() => undefined);
      throw new AnswerTooLarge(maxBytes);
    }
    take(part);
  }
}
