import { jsonLines } from '../../../src/kube/json-lines.ts';

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(stream, new AbortController().signal)) values.push(value);
  return values;
}

const values = [{ name: 'Zoë 李 👩‍🚀' }, { text: 'line\nbreak' }, 7];
const bytes = new TextEncoder().encode(`${values.map((value) => JSON.stringify(value)).join('\n')}\n`);

describe('the parser of JSON lines', () => {
  it('does not care where chunks end, not even inside a character', async () => {
    for (const size of [1, 2, 3, 5, 7, bytes.length]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(await readAll(streamOf(chunks))).toEqual(values);
    }
  });

  it('takes several lines in one chunk, empty lines and Windows line ends', async () => {
    expect(await readAll(streamOf([new TextEncoder().encode('1\r\n\n2\n3\n')]))).toEqual([1, 2, 3]);
  });

  it('drops a last line that was cut off', async () => {
    expect(await readAll(streamOf([new TextEncoder().encode('{"a":1}\n{"b":')]))).toEqual([{ a: 1 }]);
  });

  it('throws for a line without an end, long before it has filled the memory', async () => {
    let megabytes = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        megabytes += 1;
        controller.enqueue(new Uint8Array(2 ** 20).fill(0x20));
      },
    });
    await expect(readAll(endless)).rejects.toThrow(SyntaxError);
    expect(megabytes).toBeLessThan(20);
  });

  it('throws for a line that is not JSON, and lets the stream go', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('<html>\n')),
      cancel: () => {
        cancelled = true;
      },
    });
    await expect(readAll(stream)).rejects.toThrow(SyntaxError);
    expect(cancelled).toBe(true);
  });

  it('ends when aborted while it waits, and lets the stream go', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('1\n')),
      cancel: () => {
        cancelled = true;
      },
    });
    const ending = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of jsonLines(stream, ending.signal)) seen.push(value);
    })();
    await new Promise((resolve) => setImmediate(resolve));
    ending.abort();
    await reading;
    expect(seen).toEqual([1]);
    expect(cancelled).toBe(true);
  });

  it('reads a line of several megabytes in many chunks at the cost of its length', async () => {
    const long = JSON.stringify('x'.repeat(4_000_000));
    const encoded = new TextEncoder().encode(`${long}\n`);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < encoded.length; at += 100) chunks.push(encoded.subarray(at, at + 100));
    const started = process.cpuUsage();
    expect(await readAll(streamOf(chunks))).toHaveLength(1);
    const { user, system } = process.cpuUsage(started);
    // To join what is there with each of 40,000 chunks would cost minutes.
    expect((user + system) / 1_000_000).toBeLessThan(10);
  });
});
