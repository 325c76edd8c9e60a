import fc from 'fast-check';
import { evidenceOf, judgeRemovals, withRemoved, type RemovalFacts } from '../../../../src/core/groups/removals.ts';
import { marksOf } from '../../../../src/core/groups/kept.ts';

const hour = 3_600_000;
const now = Date.parse('2026-03-01T10:30:00Z');
const people = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `p${String(index).padStart(3, '0')}`);
const facts = (change: Partial<RemovalFacts> = {}): RemovalFacts => ({
  remove: people(2),
  passed: new Set(),
  waiting: false,
  members: 100,
  decision: undefined,
  approved: undefined,
  removed: undefined,
  guard: { threshold: 50, percent: 20, minimum: 10, window: '24h' },
  now,
  ...change,
});

describe('G3 the guard of a group', () => {
  test.each([
    ['nobody leaves', { remove: [] }, { type: 'Nothing' }],
    ['few leave', {}, { type: 'Passed', fresh: 2 }],
    ['the share is reached', { remove: people(20) }, { type: 'Staged', count: 20 }],
    ['the threshold is reached', { remove: people(50), members: 1000 }, { type: 'Staged', count: 50 }],
    ['a small group loses some', { remove: people(3), members: 9 }, { type: 'Passed', fresh: 3 }],
    ['a small group loses all', { remove: people(3), members: 3 }, { type: 'Staged', count: 3 }],
    ['so many left within the window', { removed: [{ hour: '2026-03-01T00:00:00Z', count: 19 }] }, { type: 'Staged', count: 2 }],
    ['so many left before the window', { removed: [{ hour: '2026-02-27T00:00:00Z', count: 19 }] }, { type: 'Passed', fresh: 2 }],
    ['a clock was ahead', { removed: [{ hour: '2027-01-01T00:00:00Z', count: 19 }] }, { type: 'Staged', count: 2 }],
    ['some were let through before', { remove: people(20), passed: new Set(people(19)) }, { type: 'Passed', fresh: 1 }],
    ['others wait', { waiting: true }, { type: 'Staged', count: 2 }],
  ])('%s', (_, change, verdict) => {
    expect(judgeRemovals(facts(change))).toMatchObject(verdict);
  });

  test('an approval is of exactly those members, in any order, and a rejection too', () => {
    const evidence = evidenceOf([...people(20)].reverse());
    const decided = (verdict: 'Approved' | 'Rejected', remove: readonly string[]) =>
      judgeRemovals(facts({ remove, waiting: true, decision: { verdict, evidence } }));
    expect(decided('Approved', people(20))).toEqual({ type: 'Passed', fresh: 0 });
    expect(decided('Rejected', people(20))).toEqual({ type: 'Rejected', count: 20 });
    for (const others of [people(19), people(21)]) {
      expect(decided('Approved', others)).toMatchObject({ type: 'Staged' });
      expect(decided('Rejected', others)).toMatchObject({ type: 'Staged' });
    }
  });

  test('an approval that was cut in the midst is of the rest of exactly those members, while it is the same one', () => {
    const decision = { verdict: 'Approved', evidence: evidenceOf(people(60)) } as const;
    const approved = { evidence: decision.evidence, members: marksOf(people(60)) ?? '' };
    const rest = people(60).slice(20);
    const judged = (change: Partial<RemovalFacts>): string => judgeRemovals(facts({ remove: rest, decision, approved, ...change })).type;
    expect(judged({})).toBe('Passed');
    expect(judged({ remove: [...rest, 'another'] })).toBe('Staged');
    expect(judged({ approved: undefined })).toBe('Staged');
    expect(judged({ decision: { ...decision, evidence: 'later' } })).toBe('Staged');
    expect(judged({ decision: { ...decision, verdict: 'Rejected' } })).toBe('Staged');
  });

  test('no more leave within the window than it allows, in whatever portions', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30 }), (portions) => {
        let removed: RemovalFacts['removed'];
        let left = 0;
        for (const [index, portion] of portions.entries()) {
          const at = now + index * 1000;
          const verdict = judgeRemovals(facts({ remove: people(portion), members: 100, removed, now: at }));
          if (verdict.type !== 'Passed') continue;
          removed = withRemoved(removed, verdict.fresh, at);
          left += portion;
        }
        expect(left).toBeLessThan(20);
      }),
    );
  });

  test('its numbers are kept by hours, as long as a window reaches', () => {
    const first = withRemoved(undefined, 3, now);
    expect(first).toEqual([{ hour: '2026-03-01T10:00:00Z', count: 3 }]);
    expect(withRemoved(first, 2, now + 60_000)).toEqual([{ hour: '2026-03-01T10:00:00Z', count: 5 }]);
    expect(withRemoved(first, 2, now + hour)).toEqual([
      { hour: '2026-03-01T11:00:00Z', count: 2 },
      { hour: '2026-03-01T10:00:00Z', count: 3 },
    ]);
    expect(withRemoved(first, 2, now + 200 * hour)).toHaveLength(1);
  });
});
