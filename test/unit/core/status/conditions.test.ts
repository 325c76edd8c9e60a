import { isReady, setConditions, type DesiredCondition } from '../../../../src/core/status/conditions.ts';
import { projectionConditions } from '../../../../src/core/status/projection.ts';

const ready = (status: DesiredCondition['status'], reason: DesiredCondition['reason'] = 'Succeeded'): DesiredCondition => ({
  type: 'Ready',
  status,
  reason,
  message: 'A message.',
});
const early = { now: '2026-01-01T00:00:00Z', generation: 1 };
const late = { now: '2026-01-02T00:00:00Z', generation: 2 };

describe('setConditions', () => {
  it('moves lastTransitionTime only when the status flips', () => {
    const first = setConditions(undefined, [ready('False', 'Progressing')], early);
    const same = setConditions(first, [ready('False', 'SecretNotFound')], late);
    expect(same[0]).toMatchObject({ lastTransitionTime: early.now, reason: 'SecretNotFound', observedGeneration: 2 });
    expect(setConditions(same, [ready('True')], late)[0]?.lastTransitionTime).toBe(late.now);
  });

  it('keeps exactly the desired ones, the three of kstatus first', () => {
    const stalled: DesiredCondition = { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: '' };
    const other: DesiredCondition = { type: 'SourceConnected', status: 'True', reason: 'Succeeded', message: '' };
    const first = setConditions(undefined, [other, ready('False'), stalled], early);
    expect(first.map(({ type }) => type)).toEqual(['Stalled', 'Ready', 'SourceConnected']);
    expect(setConditions(first, [ready('True')], late).map(({ type }) => type)).toEqual(['Ready']);
  });

  it('keeps messages within what a condition may hold', () => {
    expect(setConditions(undefined, [{ ...ready('True'), message: 'x'.repeat(40_000) }], early)[0]?.message).toHaveLength(32_768);
  });
});

describe('isReady', () => {
  it.each([
    [undefined, false],
    ['False', false],
    ['Unknown', false],
    ['True', true],
  ] as const)('Ready=%s', (status, expected) => {
    expect(isReady({ conditions: status === undefined ? [] : setConditions(undefined, [ready(status)], early) })).toBe(expected);
  });
});

describe('projectionConditions', () => {
  it.each([
    ['Provisioned', 'Ready=True'],
    ['Blocked', 'Ready=True'],
    ['Planned', 'Ready=True'],
    ['Skipped', 'Ready=True'],
    ['SoftDeleted', 'Ready=True'],
    ['Purged', 'Ready=True'],
    ['Retained', 'Ready=True'],
    ['Pending', 'Reconciling=True Ready=Unknown'],
    ['Staged', 'Reconciling=True Ready=False'],
    ['Failed', 'Reconciling=True Ready=False'],
    ['Conflict', 'Stalled=True Ready=False'],
  ] as const)('%s is %s', (state, expected) => {
    const conditions = projectionConditions(state, 'Succeeded', 'A message.');
    expect(conditions.map(({ type, status }) => `${type}=${status}`).join(' ')).toBe(expected);
  });
});
