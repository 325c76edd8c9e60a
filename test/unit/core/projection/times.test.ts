import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import { withoutTimesAhead } from '../../../../src/core/projection/times.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const past = '2026-01-05T07:59:59Z';
const ahead = '2026-02-05T08:00:00Z';
const today = '2026-01-05T08:00:00Z';
const status = (more: Partial<UserProjectionStatus>): UserProjectionStatus => ({ observedGeneration: 1, state: 'Provisioned', ...more });
const link = { objectId: 'account', origin: 'Created', signInBlockedAt: ahead } as const;

describe('I14 a time ahead of our clock counts as now', () => {
  it.each<[string, Partial<UserProjectionStatus>, Partial<UserProjectionStatus>]>([
    ['of the last write', { lastWriteAt: ahead }, { lastWriteAt: today }],
    [
      'of what was begun',
      { intent: { operation: 'Create', at: ahead, address: 'a' } },
      { intent: { operation: 'Create', at: today, address: 'a' } },
    ],
    ['of a deletion', { targetUser: { ...link, deletedAt: ahead } }, { targetUser: { ...link, deletedAt: today } }],
    [
      'of one of them, and the others stay',
      { lastWriteAt: past, intent: { operation: 'Delete', at: ahead }, targetUser: { ...link, deletedAt: past } },
      { lastWriteAt: past, intent: { operation: 'Delete', at: today }, targetUser: { ...link, deletedAt: past } },
    ],
    [
      'of the last write, of an account that was never deleted',
      { lastWriteAt: ahead, targetUser: link },
      { lastWriteAt: today, targetUser: link },
    ],
  ])('%s', (_, given, expected) => expect(withoutTimesAhead(status(given), now)).toEqual(status(expected)));

  it.each<[string, Partial<UserProjectionStatus>]>([
    ['no time', {}],
    ['times that have been', { lastWriteAt: past, intent: { operation: 'Create', at: past }, targetUser: { ...link, deletedAt: past } }],
    ['the time that is', { lastWriteAt: today }],
  ])('there is nothing to do about %s', (_, given) => expect(withoutTimesAhead(status(given), now)).toBeUndefined());
});
