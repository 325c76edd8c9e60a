import { kubernetesJson, parseBounded } from '../core/wire/json.ts';

/** An object has 1.5 MB at most in etcd, and an event of a watch is one object. */
const longestLine = 16 * 2 ** 20;

/**
 * The JSON values of a stream that has one per line, whatever the boundaries of its chunks. Ends when the stream ends or `signal`
 * aborts; throws what the stream throws, and SyntaxError for a line that is not JSON or longer than any event can be. An incomplete last line is dropped.
 */
export async function* jsonLines(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<unknown, void, undefined> {
  const reader = stream.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const decoder = new TextDecoder();
  // Pieces of the line under way: joined once, so that a long line costs no more than its length.
  let pieces: string[] = [];
  let length = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done && !signal.aborted; chunk = await reader.read()) {
      const lines = decoder.decode(chunk.value, { stream: true }).split('\n');
      const rest = lines.pop() ?? '';
      for (const line of lines) {
        const text = pieces.join('') + line;
        pieces = [];
        length = 0;
        if (text.trim() !== '') yield parseBounded(text, kubernetesJson);
        if (isAborted(signal)) return;
      }
      pieces.push(rest);
      length += rest.length;
      if (length > longestLine) throw new SyntaxError('a line of the stream has no end');
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

/** A function, because the signal changes while the generator is suspended and the compiler cannot know. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
