import { gzipSync } from 'node:zlib';
import { GraphClient } from '../../../src/graph/http/client.ts';
import { TokenCache } from '../../../src/graph/auth/token-cache.ts';
import { GraphTarget } from '../../../src/graph/directory/target.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { accountTokens, lab, secret, signal } from './authority.ts';
import { call, failureOf, graphHost, id, tenantId, world } from './support.ts';

const mega = 2 ** 20;

/** Answers without an end; says how much of it was taken and whether it was told to stop. */
function endless(status = 200) {
  const flow = { megabytes: 0, ended: false };
  const fetch: HttpFetch = () =>
    Promise.resolve(
      new Response(
        new ReadableStream(
          {
            pull: (controller) => {
              flow.megabytes += 1;
              controller.enqueue(new Uint8Array(mega).fill(0x20));
            },
            cancel: () => void (flow.ended = true),
          },
          { highWaterMark: 0 },
        ),
        { status },
      ),
    );
  return { flow, fetch };
}

/** A target over this network. */
function targetOver(fetch: HttpFetch): GraphTarget {
  const { client, clock } = world(() => ({}));
  const context = { tenantId, tokens: client.options.tokens, clock, facts: {}, credentialExpiresAt: undefined };
  return new GraphTarget({ ...context, client: new GraphClient({ ...client.options, fetch }) });
}

describe('An answer without a size', () => {
  test.each([200, 404, 429, 500])('of Graph (%s) is ended at 32 MB', async (status) => {
    const { flow, fetch } = endless(status);
    await expect(failureOf(targetOver(fetch).getUser(id(1), [], call()))).resolves.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining('too large') as string,
    });
    expect(flow).toEqual({ megabytes: 33, ended: true });
  });

  test('of Graph to a write leaves its outcome unknown', async () => {
    await expect(failureOf(targetOver(endless().fetch).deleteUser(id(1), call()))).resolves.toMatchObject({
      kind: 'Unavailable',
      outcomeUnknown: true,
    });
  });

  test('of an authority is ended at 1 MB', async () => {
    const { flow, fetch } = endless();
    const { clock } = world(() => ({}));
    const connection = { side: 'source', tenantId, cloud: 'lab', credentials: secret } as const;
    const transport = { fetch, clock, timeoutMs: 30_000 };
    const tokens = new TokenCache(clock).tokens(connection, {
      cloud: lab,
      transport,
      serviceAccountTokens: accountTokens,
      federatedTokenFile: undefined,
    });
    await expect(failureOf(tokens.get(signal()))).resolves.toMatchObject({ kind: 'Unavailable', reason: 'AuthorityUnreachable' });
    expect(flow).toEqual({ megabytes: 2, ended: true });
  });

  test('that is small on the wire is counted as it unpacks', async () => {
    const packed = gzipSync(Buffer.alloc(100 * mega, ' '));
    const unpacked: HttpFetch = () =>
      Promise.resolve(new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))));
    await expect(failureOf(targetOver(unpacked).getUser(id(1), [], call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test.each([
    ['deeper than any', `{"id":"${id(1)}","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['of more parts than any', `{"id":"${id(1)}","x":[${'[],'.repeat(3_000_000)}[]]}`],
  ])('of Graph that is %s is none', async (_, raw) => {
    const { target, clock } = world(() => ({ raw }));
    await expect(failureOf(target.getUser(id(1), [], call()))).resolves.toMatchObject({ kind: 'Unavailable' });
    await expect(failureOf(world(() => ({ status: 400, raw })).target.getUser(id(1), [], call()))).resolves.toMatchObject({
      kind: 'InvalidRequest',
    });
    expect(clock.now()).toBeGreaterThan(0);
  });

  test('just below the bound is read', async () => {
    const text = `{"id":"${id(1)}","filler":"${'x'.repeat(31 * mega)}"}`;
    const { target } = world(() => ({ raw: text, headers: { host: graphHost } }));
    await expect(target.getUser(id(1), [], call())).resolves.toMatchObject({ id: id(1) });
  });
});
