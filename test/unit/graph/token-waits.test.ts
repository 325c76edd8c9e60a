import { authority, lab, secret, signal } from './authority.ts';
import { failureOf } from './support.ts';

const hour = 3_600_000;

describe('Numbers of an authority, whatever they say', () => {
  test.each([
    [429, '0', 1_000],
    [429, '-3', 10_000],
    [429, 'NaN', 10_000],
    [429, '31536000', hour],
    [503, '31536000', hour],
    [503, 'Fri, 05 Jan 2126 08:00:00 GMT', hour],
    [503, 'Thu, 01 Jan 1970 00:00:00 GMT', 1_000],
  ])('a %s with Retry-After %s is believed for %s ms', async (status, header, wait) => {
    const { tokensFor, posts, clock } = authority(lab, () => ({ status, headers: { 'retry-after': header }, body: {} }));
    const tokens = tokensFor(secret);
    await expect(failureOf(tokens.get(signal()))).resolves.toMatchObject({ kind: 'Throttled', retryAt: clock.now() + wait });
    await clock.advance(wait - 1);
    await failureOf(tokens.get(signal()));
    expect(posts()).toHaveLength(1);
    await clock.advance(1);
    await failureOf(tokens.get(signal()));
    expect(posts()).toHaveLength(2);
  });

  test('a wait that was given out while the wall clock was 30 days ahead ends when it should', async () => {
    const { tokensFor, clock } = authority(lab, () => ({ status: 429, headers: { 'retry-after': '600' }, body: {} }));
    const tokens = tokensFor(secret);
    clock.jumpWallClock(30 * 24 * hour);
    await failureOf(tokens.get(signal()));
    await clock.advance(300_000);
    clock.jumpWallClock(-30 * 24 * hour);
    await expect(failureOf(tokens.get(signal()))).resolves.toMatchObject({ retryAt: clock.now() + 300_000 });
  });

  test.each([0, -1, 0.5])('a token said to live %s s is not asked for anew with each request', async (expiresIn) => {
    const { tokensFor, posts } = authority(lab, undefined, expiresIn);
    const tokens = tokensFor(secret);
    for (let n = 0; n < 100; n += 1) await tokens.get(signal());
    expect(posts()).toHaveLength(1);
  });

  test.each([315_360_000, 1e300])('a token said to live %s s is renewed within a day', async (expiresIn) => {
    const { tokensFor, posts, clock } = authority(lab, undefined, expiresIn);
    const tokens = tokensFor(secret);
    await tokens.get(signal());
    await clock.advance(24 * hour);
    await tokens.get(signal());
    expect(posts()).toHaveLength(2);
  });
});
