import { paceOf, type PaceFacts } from '../../../../src/core/cycle/pace.ts';

const minute = 60_000;
const now = Date.parse('2026-01-05T08:00:00Z');
const facts = (work: Partial<PaceFacts['work']>, rest: Partial<PaceFacts> = {}): PaceFacts => ({
  work: { opened: 0, pending: 0, waiting: {}, ...work },
  elapsedMs: 10 * minute,
  now,
  hindrance: undefined,
  isDecided: true,
  ...rest,
});

describe('F1 the pace of a cycle', () => {
  it('counts what is done, how much a minute, and when the rest will be', () => {
    expect(paceOf(facts({ opened: 4000, pending: 2000 }))).toEqual({
      written: 2000,
      pending: 2000,
      ratePerMinute: 200,
      expectedEnd: now + 10 * minute,
      limitedBy: 'Nothing',
    });
  });

  it.each<[string, PaceFacts]>([
    ['while more work may come', facts({ opened: 4000, pending: 2000 }, { isDecided: false })],
    ['within the first seconds', facts({ opened: 4000, pending: 2000 }, { elapsedMs: 4_999 })],
    ['before anything is done', facts({ opened: 4000, pending: 4000 })],
  ])('does not say when it ends %s', (_, given) => {
    expect(paceOf(given).expectedEnd).toBeUndefined();
  });

  it('is never slower than one a minute, which is what less than that is called', () => {
    expect(paceOf(facts({ opened: 3, pending: 2 }, { elapsedMs: 100 * minute })).ratePerMinute).toBe(1);
  });

  it.each<[PaceFacts['work']['waiting'], PaceFacts['hindrance'], string]>([
    [{}, undefined, 'Nothing'],
    [{ Quota: 50, Replication: 10 }, undefined, 'Quota'],
    [{ Quota: 10, Replication: 60 }, undefined, 'Replication'],
    [{ Kubernetes: 100 }, undefined, 'Kubernetes'],
    [{ Quota: 49 }, undefined, 'Nothing'],
    [{ Quota: 49 }, 'Kubernetes', 'Kubernetes'],
    [{ Replication: 80 }, 'Quota', 'Replication'],
  ])('is limited, of 100 who wait for %j and a cycle that waits for %s, by %s', (waiting, hindrance, expected) => {
    expect(paceOf(facts({ opened: 200, pending: 100, waiting }, { hindrance })).limitedBy).toBe(expected);
  });

  it('is limited by nothing when nobody waits', () => {
    expect(paceOf(facts({ opened: 5, waiting: { Quota: 0 } })).limitedBy).toBe('Nothing');
  });
});
