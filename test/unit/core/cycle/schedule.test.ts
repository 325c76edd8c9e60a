import fc from 'fast-check';
import { nextCycle, withoutLinks, type ScheduleFacts, type SeenStatus } from '../../../../src/core/cycle/schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.parse('2026-01-05T08:00:00Z');
const ago = (ms: number): string => new Date(now - ms).toISOString();

/** A configuration whose last cycle began ten minutes ago and left nothing open. */
const status: SeenStatus = {
  watermark: { takenAt: ago(10 * minute), revision: 'r1', users: 'link' },
  lastCycle: { kind: 'Incremental', result: 'Succeeded', startedAt: ago(10 * minute) },
  lastFullCycleAt: ago(hour),
};
const quiet: ScheduleFacts = {
  now,
  status,
  intervalMs: 40 * minute,
  fullIntervalMs: 24 * hour,
  revision: 'r1',
  requests: { requestedAt: undefined, restartedAt: undefined },
  observed: true,
  handover: false,
  previews: false,
  recordsMissing: false,
};
/** Milliseconds that a clock may have been ahead of ours, up to a year. */
const ahead = fc.integer({ min: -60 * 24 * 60 * minute, max: 365 * 24 * 60 * minute });
const withStatus = (changes: Partial<SeenStatus>): Partial<ScheduleFacts> => ({ status: { ...status, ...changes } });

describe('when the next cycle is due, why, and which kind', () => {
  test.each<[string, Partial<ScheduleFacts>, { inMs: number; cause: string; kind: string }]>([
    ['nothing has happened', {}, { inMs: 30 * minute, cause: 'Interval', kind: 'Incremental' }],
    ['nothing has ever run', { status: {} }, { inMs: 0, cause: 'Changed', kind: 'Initial' }],
    [
      'the first cycle has failed',
      { status: { lastCycle: { kind: 'Initial', result: 'Failed', startedAt: ago(minute) } } },
      { inMs: 0, cause: 'Changed', kind: 'Initial' },
    ],
    [
      'a cycle is asked for',
      { requests: { requestedAt: 'now', restartedAt: undefined } },
      { inMs: 0, cause: 'Requested', kind: 'Incremental' },
    ],
    [
      'what was asked for is answered',
      { ...withStatus({ lastHandledReconcileAt: 'now' }), requests: { requestedAt: 'now', restartedAt: undefined } },
      { inMs: 30 * minute, cause: 'Interval', kind: 'Incremental' },
    ],
    [
      'a restart is asked for',
      { requests: { requestedAt: undefined, restartedAt: 'now' } },
      { inMs: 0, cause: 'RestartRequested', kind: 'Full' },
    ],
    ['another configuration hands people over', { handover: true }, { inMs: 0, cause: 'Handover', kind: 'Incremental' }],
    ['records are missing', { recordsMissing: true }, { inMs: 0, cause: 'RecordsMissing', kind: 'Full' }],
    ['what is evaluated has changed', { revision: 'r2' }, { inMs: 0, cause: 'Changed', kind: 'Full' }],
    [
      'a cycle was interrupted',
      withStatus({ currentCycle: { phase: 'Projecting' } }),
      { inMs: 0, cause: 'Interrupted', kind: 'Incremental' },
    ],
    [
      'a cycle was interrupted with everything recorded',
      withStatus({ currentCycle: { phase: 'Settling' } }),
      { inMs: 30 * minute, cause: 'Interval', kind: 'Incremental' },
    ],
    [
      'the last cycle has failed and its pause is over',
      withStatus({ lastCycle: { kind: 'Incremental', result: 'Failed', startedAt: ago(10 * minute) } }),
      { inMs: 0, cause: 'RetryAfterFailure', kind: 'Incremental' },
    ],
    [
      'a change is not visible yet',
      withStatus({ watermark: { ...status.watermark, unconfirmed: [{ id: 'u', since: ago(10 * minute) }] } }),
      { inMs: -(9.5 * minute), cause: 'Unconfirmed', kind: 'Incremental' },
    ],
    [
      'the last cycle began ahead of our clock',
      withStatus({ lastCycle: { kind: 'Incremental', result: 'Succeeded', startedAt: ago(-30 * 24 * 60 * minute) } }),
      { inMs: 0, cause: 'Interval', kind: 'Incremental' },
    ],
    [
      'the next cycle comes when a full one is due',
      withStatus({ lastFullCycleAt: ago(23.5 * hour) }),
      { inMs: 30 * minute, cause: 'Interval', kind: 'Full' },
    ],
    [
      'a full cycle is due before the next one',
      withStatus({ lastFullCycleAt: ago(23.9 * hour) }),
      { inMs: 6 * minute, cause: 'FullInterval', kind: 'Full' },
    ],
    ['a full cycle is overdue', withStatus({ lastFullCycleAt: ago(30 * hour) }), { inMs: -6 * hour, cause: 'FullInterval', kind: 'Full' }],
    [
      'it is not known when the last full cycle was',
      withStatus({ lastFullCycleAt: undefined }),
      { inMs: 30 * minute, cause: 'Interval', kind: 'Full' },
    ],
    [
      'the last full cycle began ahead of our clock',
      withStatus({ lastFullCycleAt: ago(-30 * 24 * hour) }),
      { inMs: 30 * minute, cause: 'Interval', kind: 'Full' },
    ],
    [
      'a cycle is asked for when a full one is overdue',
      { ...withStatus({ lastFullCycleAt: ago(25 * hour) }), requests: { requestedAt: 'now', restartedAt: undefined } },
      { inMs: 0, cause: 'Requested', kind: 'Full' },
    ],
    [
      'the watermark was dropped by a restart that failed',
      { status: { lastCycle: { kind: 'Incremental', result: 'Failed', startedAt: ago(minute) } } },
      { inMs: 0, cause: 'Changed', kind: 'Full' },
    ],
  ])('%s', (_, facts, { inMs, cause, kind }) => {
    const next = nextCycle({ ...quiet, ...facts });
    expect({ ...next, at: next.at - now }).toEqual({ at: inMs, cause, kind });
  });

  const failures = { count: 3, since: ago(20 * minute), nextAttemptAt: ago(-minute) };

  it('answers requests before everything else, also while a failure holds cycles back', () => {
    const held = { ...quiet, ...withStatus({ failures }), recordsMissing: true };
    expect(nextCycle(held)).toMatchObject({ at: now + minute, cause: 'RetryAfterFailure' });
    expect(nextCycle({ ...held, requests: { requestedAt: 'now', restartedAt: undefined } })).toMatchObject({ at: now, cause: 'Requested' });
  });

  it('E9 leaves the pause between two attempts of a quarantine that fail as a whole', () => {
    const quarantine = { reason: 'TooManyFailures', since: ago(hour), attempts: 2 };
    const due = (nextAttemptAt: string) =>
      nextCycle({ ...quiet, ...withStatus({ failures, quarantine: { ...quarantine, nextAttemptAt } }) });
    expect(due(ago(minute))).toMatchObject({ at: now + minute, cause: 'Quarantine' });
    expect(due(ago(-10 * minute))).toMatchObject({ at: now + 10 * minute, cause: 'Quarantine' });
  });

  it('tries a spec that was corrected at once', () => {
    expect(nextCycle({ ...quiet, ...withStatus({ failures }), observed: false, revision: 'r2' })).toMatchObject({
      at: now,
      cause: 'Changed',
    });
  });

  it('reads everything anew, at once, when the links were taken out of the watermark', () => {
    expect(nextCycle({ ...quiet, ...withStatus({ watermark: withoutLinks(status.watermark) }) })).toMatchObject({ at: now, kind: 'Full' });
    expect(withoutLinks(undefined)).toBeUndefined();
  });

  it('takes any time ahead of our clock for now: no state that a wrong clock has written stops cycles for longer than a pause', () => {
    fc.assert(
      fc.property(
        fc.record({
          started: ahead,
          next: ahead,
          since: ahead,
          taken: ahead,
          full: ahead,
          count: fc.integer({ min: 1, max: 50 }),
          failed: fc.boolean(),
        }),
        ({ started, next, since, taken, full, count, failed }) => {
          const seen: SeenStatus = {
            watermark: { takenAt: ago(-taken), revision: 'r1', users: 'link', unconfirmed: [{ id: 'u', since: ago(-since) }] },
            lastFullCycleAt: ago(-full),
            lastCycle: { kind: 'Incremental', result: failed ? 'Failed' : 'Succeeded', startedAt: ago(-started) },
            ...(failed ? { failures: { count, since: ago(-since), nextAttemptAt: ago(-next) } } : {}),
          };
          expect(nextCycle({ ...quiet, status: seen }).at).toBeLessThanOrEqual(now + quiet.intervalMs);
        },
      ),
    );
  });
});
