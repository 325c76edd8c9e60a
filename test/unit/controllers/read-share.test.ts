import fc from 'fast-check';
import type { TenantPair } from '../../../src/api/kinds.ts';
import { readShareOf } from '../../../src/controllers/shared/read-share.ts';

const budget = { clientId: 'App', tenantId: 'Hub' };

/** A pair of the hub with the target of that number, which is also its shard. */
function pair(target: number, more: { clientId?: string; source?: string; target?: string; suspend?: boolean } = {}): TenantPair {
  const credentials = { clientSecret: { clientId: more.clientId ?? 'app', secretRef: { name: 's', key: 'k' } } };
  const spec = {
    source: { tenantId: more.source ?? 'hub', cloud: 'Global', credentials },
    target: { tenantId: more.target ?? String(target), cloud: 'Global', credentials: { managedIdentity: { clientId: 'other' } } },
    suspend: more.suspend ?? false,
  };
  return { spec } as unknown as TenantPair;
}

/** A pair into the hub, whose applications there are another one and this one. */
const intoHub = (): TenantPair => {
  const one = pair(3, { clientId: 'another', source: 'elsewhere', target: 'hub' });
  const target = { ...one.spec.target, additionalCredentials: [{ managedIdentity: { clientId: 'APP' } }] };
  return { ...one, spec: { ...one.spec, target } };
};

const holding = (...held: number[]) => ({
  shardOf: (tenantId: string) => Number(tenantId) || 0,
  holds: (shard: number) => held.includes(shard),
});

describe('The share of a read budget', () => {
  test.each<[string, readonly TenantPair[], readonly number[], number]>([
    ['all of it without pairs', [], [0], 1],
    ['all of it for the only reader', [pair(1)], [1], 1],
    ['all of it where all shards are held', [pair(1), pair(2)], [1, 2], 1],
    ['a half of two shards', [pair(1), pair(2)], [2], 1 / 2],
    ['three of eight', [1, 2, 3, 4, 5, 6, 7, 8].map((n) => pair(n)), [1, 2, 3], 3 / 8],
    ['one shard for several pairs of it', [pair(1), pair(1), pair(2)], [1], 1 / 2],
    ['no heed to suspended pairs', [pair(1), pair(2, { suspend: true })], [1], 1],
    ['no heed to another source', [pair(1), pair(2, { source: 'elsewhere' })], [1], 1],
    ['no heed to another application', [pair(1), pair(2, { clientId: 'another' })], [1], 1],
    ['a half where another shard reads it with an additional application', [pair(1), intoHub()], [1], 1 / 2],
    ['one shard at least, for what is still under way', [pair(1), pair(2)], [], 1 / 2],
  ])('is %s', (_, pairs, held, share) => {
    expect(readShareOf(pairs, budget, holding(...held))).toBe(share);
  });

  test('makes the whole with those of all other processes, however the shards are spread', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(15), { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(2), { minLength: 16, maxLength: 16 }),
        (targets, holderOf) => {
          const pairs = targets.map((target) => pair(target));
          const readers = [0, 1, 2].filter((process) => targets.some((target) => holderOf[target] === process));
          const shares = readers.map((process) =>
            readShareOf(pairs, budget, holding(...holderOf.flatMap((holder, shard) => (holder === process ? [shard] : [])))),
          );
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
        },
      ),
    );
  });
});
