import type { SyncConfigurationStatus } from '../../../../src/api/generated.ts';
import { nextCycle, type ScheduleFacts } from '../../../../src/core/cycle/schedule.ts';

const minute = 60_000;
const now = Date.parse('2026-01-05T08:00:00Z');
const ago = (ms: number): string => new Date(now - ms).toISOString();

/** A configuration whose last cycle began ten minutes ago and left nothing open. */
const status: SyncConfigurationStatus = {
  observedGeneration: 1,
  watermark: { takenAt: ago(10 * minute), revision: 'r1', users: 'link' },
  lastCycle: { kind: 'Incremental', result: 'Succeeded', startedAt: ago(10 * minute) },
};
const quiet: ScheduleFacts = {
  now,
  status,
  intervalMs: 40 * minute,
  revision: 'r1',
  requests: { requestedAt: undefined, restartedAt: undefined },
  heldBackMs: 0,
  handover: false,
  recordsMissing: false,
  linksUseless: false,
};
const withStatus = (changes: Partial<SyncConfigurationStatus>): Partial<ScheduleFacts> => ({ status: { ...status, ...changes } });

describe('when the next cycle is due, why, and which kind', () => {
  test.each<[string, Partial<ScheduleFacts>, { inMs: number; cause: string; kind: string }]>([
    ['nothing has happened', {}, { inMs: 30 * minute, cause: 'Interval', kind: 'Incremental' }],
    ['nothing has ever run', { status: { observedGeneration: -1 } }, { inMs: 0, cause: 'Changed', kind: 'Initial' }],
    [
      'the first cycle has failed',
      { status: { observedGeneration: 1, lastCycle: { kind: 'Initial', result: 'Failed', startedAt: ago(minute) } } },
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
      'the watermark was dropped by a restart that failed',
      { status: { observedGeneration: 1, lastCycle: { kind: 'Incremental', result: 'Failed', startedAt: ago(minute) } } },
      { inMs: 0, cause: 'Changed', kind: 'Full' },
    ],
  ])('%s', (_, facts, { inMs, cause, kind }) => {
    const next = nextCycle({ ...quiet, ...facts });
    expect({ ...next, at: next.at - now }).toEqual({ at: inMs, cause, kind });
  });

  it('answers requests before everything else, also while a failure holds cycles back', () => {
    const held = { ...quiet, heldBackMs: minute, recordsMissing: true };
    expect(nextCycle(held)).toMatchObject({ at: now + minute, cause: 'RetryAfterFailure' });
    expect(nextCycle({ ...held, requests: { requestedAt: 'now', restartedAt: undefined } })).toMatchObject({ at: now, cause: 'Requested' });
  });
});
