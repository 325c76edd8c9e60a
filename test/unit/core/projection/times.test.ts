import type { GroupProjectionStatus, UserProjectionStatus } from '../../../../src/api/generated.ts';
import { groupWithoutTimesAhead, withoutTimesAhead } from '../../../../src/core/projection/times.ts';

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

describe('I14 times of a wrong clock on the record of a group', () => {
  const now = Date.parse('2026-01-05T08:00:00Z');
  const [past, present, future] = ['2026-01-05T07:59:00Z', '2026-01-05T08:00:00Z', '2026-02-05T08:00:00Z'];
  const status = (more: object) => ({ observedGeneration: 1, state: 'Provisioned', ...more }) as GroupProjectionStatus;

  it.each<[string, object, object | undefined]>([
    ['the last write', { lastWriteAt: future }, { lastWriteAt: present }],
    ['an intent', { intent: { operation: 'Create', at: future } }, { intent: { operation: 'Create', at: present } }],
    [
      'a creation, and not the deletion before our time',
      { targetGroup: { objectId: 'g', createdAt: future, deletedAt: past } },
      { targetGroup: { objectId: 'g', createdAt: present, deletedAt: past } },
    ],
    ['a deletion', { targetGroup: { objectId: 'g', deletedAt: future } }, { targetGroup: { objectId: 'g', deletedAt: present } }],
    ['times that have passed', { lastWriteAt: past, targetGroup: { objectId: 'g', createdAt: past } }, undefined],
    ['no times', {}, undefined],
  ])('%s', (_, given, expected) => {
    expect(groupWithoutTimesAhead(status(given), now)).toEqual(expected && status(expected));
  });
});
