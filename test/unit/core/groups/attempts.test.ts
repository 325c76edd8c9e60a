import { attemptInMs, awaitsAttempt } from '../../../../src/core/groups/attempts.ts';
import type { GroupProjectionStatus } from '../../../../src/api/generated.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const soon = '2026-01-05T08:01:00Z';
const at = (status: Partial<GroupProjectionStatus>): GroupProjectionStatus => ({ observedGeneration: 1, state: 'Failed', ...status });

describe('G3 the next attempt of a group', () => {
  it.each([
    [soon, 60_000],
    ['2026-01-05T08:00:00Z', 0],
    ['2026-01-05T07:00:00Z', 0],
    ['2026-01-06T10:59:00Z', 26 * 3_600_000 + 59 * 60_000],
    ['2026-01-06T11:01:00Z', 0],
    [undefined, undefined],
  ])('of %s is due in %s', (nextAttemptAt, inMs) => {
    expect(attemptInMs(at({ ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }) }), now)).toBe(inMs);
  });

  it.each<[string, Partial<GroupProjectionStatus>, boolean]>([
    ['that failed', {}, true],
    ['in whose way an object of the target stands', { state: 'Conflict', conflictingObjectId: 'c' }, true],
    ['that conflicts with nothing of the target', { state: 'Conflict' }, false],
    ['that goes on with the name that it has', { state: 'Provisioned', conflictingObjectId: 'c' }, false],
    ['whose time has come', { nextAttemptAt: '2026-01-05T08:00:00Z' }, false],
    ['whose time is of a clock that was wrong', { nextAttemptAt: '2027-01-05T08:00:00Z' }, false],
  ])('is waited for by one %s: %s', (_, status, waits) => {
    expect(awaitsAttempt(at({ nextAttemptAt: soon, ...status }), now)).toBe(waits);
  });
});
