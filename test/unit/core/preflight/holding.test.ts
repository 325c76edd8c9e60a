import fc from 'fast-check';
import type { TenantPair } from '../../../../src/api/kinds.ts';
import { timestamp } from '../../../../src/core/duration.ts';
import { holderOf, holdingAfter, type Holding } from '../../../../src/core/preflight/holding.ts';

const start = Date.parse('2026-01-05T08:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

function pair(name: string, status: Holding & { readySince?: string } = {}): TenantPair {
  const { readySince, ...holding } = status;
  const conditions =
    readySince === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: readySince, reason: 'Succeeded', message: '' }];
  return {
    metadata: { name, namespace: 'identity', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { ...holding, conditions },
  } as unknown as TenantPair;
}

describe('Who holds two tenants', () => {
  const early = timestamp(start);
  const late = timestamp(start + hour);
  test.each<[string, readonly TenantPair[], string | undefined]>([
    ['nobody of those who were never Ready', [pair('a'), pair('b')], undefined],
    ['the one that is recorded, however young', [pair('a'), pair('b', { holdsTenantsSince: late })], 'b'],
    ['of two recorded ones the first', [pair('a', { holdsTenantsSince: late }), pair('b', { holdsTenantsSince: early })], 'b'],
    ['of two of the same second always the same', [pair('b', { holdsTenantsSince: early }), pair('a', { holdsTenantsSince: early })], 'a'],
    ['one that was Ready before holds were recorded', [pair('a', { holdsTenantsSince: late }), pair('b', { readySince: early })], 'b'],
    ['one that cannot work for the moment', [pair('a', { holdsTenantsSince: early, unableSince: late }), pair('b')], 'a'],
  ])('is %s', (_, pairs, name) => {
    expect(holderOf(pairs)?.metadata.name).toBe(name);
    expect(holderOf(pairs.toReversed())?.metadata.name).toBe(name);
  });

  test('of any number of pairs, in any order of checks, is one at a time, who was Ready; an outage of less than an hour changes nothing', () => {
    const step = fc.record({ who: fc.nat(2), able: fc.boolean(), ready: fc.boolean(), minutes: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pairs = ['a', 'b', 'c'].map((name) => pair(name));
        let now = start;
        let lostAt: number | undefined;
        const wrong: string[] = [];
        for (const { who, able, ready, minutes } of steps) {
          now += minutes * minute;
          const held = holderOf(pairs);
          const checked = pairs[who];
          if (checked === undefined || (held !== undefined && held !== checked)) continue;
          const holding = holdingAfter(checked, { ready: ready && able, able, awaited: true, now });
          pairs[who] = pair(checked.metadata.name, holding);
          const holds = holding.holdsTenantsSince !== undefined;
          lostAt = able || held === undefined ? undefined : (lostAt ?? now);
          if (held === undefined && holds !== (ready && able)) wrong.push('taken by one that was not Ready, or not taken');
          if (held !== undefined && holds === (lostAt !== undefined && now - lostAt >= hour)) wrong.push('given up too early or too late');
        }
        expect(wrong).toEqual([]);
        expect(pairs.filter(({ status }) => status.holdsTenantsSince !== undefined).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  test('is kept for good where no other pair waits, and a failure recorded by a clock that was ahead counts from now', () => {
    const unable = pair('a', { holdsTenantsSince: early, unableSince: early });
    const facts = { ready: false, able: false, awaited: false, now: start + 100 * hour };
    expect(holdingAfter(unable, facts)).toEqual({ holdsTenantsSince: early, unableSince: early });
    expect(holdingAfter(unable, { ...facts, awaited: true })).toEqual({});
    const ahead = pair('a', { holdsTenantsSince: early, unableSince: timestamp(start + 30 * 24 * hour) });
    expect(holdingAfter(ahead, { ...facts, awaited: true, now: start })).toEqual({ holdsTenantsSince: early, unableSince: early });
  });
});
