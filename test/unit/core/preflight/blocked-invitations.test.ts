import {
  blockConditions,
  blockMet,
  blockNoted,
  blockOf,
  blockProbed,
  blockWarnings,
  gateUnder,
  noteOf,
  probeDueInMs,
} from '../../../../src/core/preflight/blocked-invitations.ts';
import { awaitsInvitations } from '../../../../src/core/projection/awaits-invitations.ts';
import { ready, recordWith } from '../support.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const hour = 3_600_000;
const at = (ms: number): string => new Date(now + ms).toISOString().replace('.000Z', 'Z');

describe('a target that refuses all invitations', () => {
  it('is asked again an hour after it was met, and an hour after each question', () => {
    const block = blockMet(now, 'request');
    expect(block).toEqual({ since: at(0), nextProbeAt: at(hour), requestId: 'request' });
    expect(blockMet(now, undefined)).toEqual({ since: at(0), nextProbeAt: at(hour) });
    expect(blockProbed(block, now + hour)).toEqual({ ...block, nextProbeAt: at(2 * hour) });
  });

  it.each([
    ['no block', undefined, 'Open'],
    ['a block that is asked about later', { since: at(-hour), nextProbeAt: at(1000) }, 'Blocked'],
    ['a block that is asked about in an hour', { since: at(-hour), nextProbeAt: at(hour) }, 'Blocked'],
    ['a block that is asked about now', { since: at(-hour), nextProbeAt: at(0) }, 'Probe'],
    ['I14 a block by a clock that was wrong', { since: at(-hour), nextProbeAt: at(hour + 1000) }, 'Probe'],
  ] as const)('%s', (_, block, gate) => {
    expect(gateUnder(block, now)).toBe(gate);
  });

  it('is one for all pairs that lead to it: the first of them met it, the last one asked', () => {
    const early = { since: at(-2 * hour), nextProbeAt: at(0), requestId: 'first' };
    const late = { since: at(-hour), nextProbeAt: at(hour) };
    expect(blockOf([{}, { invitationsBlocked: late }, { invitationsBlocked: early }])).toEqual({ ...early, nextProbeAt: at(hour) });
    expect(blockOf([{}, {}])).toBeUndefined();
    expect(probeDueInMs(late, now)).toBe(hour);
  });

  it('is told with its times, and the request-id for the support case', () => {
    const block = blockMet(now, 'request');
    for (const text of [blockWarnings(block)[0]?.message, blockConditions(block)[0]?.message]) {
      expect(text).toContain(`since ${at(0)}`);
      expect(text).toContain('request-id request');
      expect(text).toContain(`asks at ${at(hour)}`);
    }
    expect(blockConditions(block)).toMatchObject([{ type: 'InvitationsBlocked', status: 'True', reason: 'InvitationsBlocked' }]);
    expect([...blockWarnings(undefined), ...blockConditions(undefined)]).toEqual([]);
  });
});

describe('E8 a block that outlives the pairs of its target', () => {
  it.each([
    ['with the request of a support case', blockMet(now, 'request')],
    ['without one', blockMet(now, undefined)],
    ['none', undefined],
  ])('%s, is read as it was written', (_, block) => {
    expect(blockNoted(noteOf(block), now + hour)).toEqual(block);
  });

  it('is none where nothing was ever written', () => {
    expect(blockNoted(undefined, now)).toBeUndefined();
  });

  it.each(['garbled', 'null', '7', '[]', '{}', '{"since":"yesterday","nextProbeAt":7}', '{"since":"2026-01-05T08:00:00Z"}'])(
    'lets one invitation ask, and no more, where nobody can read it: %s',
    (text) => {
      const block = blockNoted(text, now);
      expect(block).toEqual({ since: at(0), nextProbeAt: at(0) });
      expect(gateUnder(block, now)).toBe('Probe');
    },
  );
});

describe('a record that waits for invitations', () => {
  const waiting = { state: 'Pending', ...ready('InvitationsBlocked') } as const;
  it.each([
    ['says so', {}, waiting, true],
    ['waits for something else', {}, { ...waiting, ...ready('AwaitingSource') }, false],
    ['has one under way', {}, { ...waiting, intent: { operation: 'Create', at: at(0) } }, false],
    ['is to go', { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } }, waiting, false],
  ] as const)('%s', (_, spec, status, expected) => {
    expect(awaitsInvitations(recordWith({ spec, status: status }))).toBe(expected);
  });
});
