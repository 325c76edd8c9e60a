import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import { attentionOf, purgeDueAt, searchLeftMs, type Attention, type AttentionFacts } from '../../../../src/core/lifecycle/attention.ts';
import { contentRevision } from '../../../../src/core/projection/desired.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import { ready, recordWith, specWith } from '../support.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const at = (ms: number): string => new Date(now + ms).toISOString();

interface Given {
  readonly spec?: Partial<UnsealedSpec>;
  readonly status?: Partial<UserProjectionStatus>;
  readonly generation?: number;
  readonly facts?: Partial<AttentionFacts>;
}

function attention({ spec, status, generation, facts }: Given): Attention {
  return attentionOf({
    projection: recordWith({ ...(spec && { spec }), ...(status && { status }), metadata: { generation: generation ?? 1 } }),
    now,
    replicationWindowMs: 10 * minute,
    asked: false,
    claimedElsewhere: false,
    comparedAnew: false,
    wantedElsewhere: () => false,
    hasRival: () => false,
    creationsLimited: () => true,
    hasRoom: () => false,
    acceptsInvitations: () => false,
    managerAccount: () => undefined,
    beingJudged: () => false,
    ...facts,
  });
}

const due = { type: 'Due' };
const settled = { type: 'Settled' };
const in_ = (dueInMs: number) => ({ type: 'Settled', dueInMs });
const removed: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } };
const staged: Partial<UnsealedSpec> = { lifecycle: 'RemovalStaged', removal: { reason: 'Unassigned', action: 'SoftDelete' } };
const wantsBoss: Partial<UnsealedSpec> = { manager: { sourceObjectId: 'm' } };
const boss: Partial<AttentionFacts> = { managerAccount: () => 'boss' };
const intent = (operation: 'Create' | 'Delete' | 'Restore', ms: number) => ({ intent: { operation, at: at(ms) } });
const deletedByUs = { state: 'SoftDeleted', targetUser: { objectId: 'account', deletedAt: at(-day) } } as const;
const managerRefused = { refusedAttributes: [{ name: 'manager' }] };
const applied = (spec: Partial<UnsealedSpec>) => ({ appliedContent: contentRevision(contentOf(specWith(spec))) });

describe('what wakes a record', () => {
  it.each<[string, Given, object]>([
    ['nothing', {}, settled],
    ['somebody asks', { facts: { asked: true } }, due],
    ['a spec that was not handled', { generation: 2 }, due],
    ['a claim of another configuration', { facts: { claimedElsewhere: true } }, due],
    ['no claim of another configuration, of one who is removed', { spec: removed, facts: { claimedElsewhere: true } }, settled],
    [
      'a claim that is known: nothing',
      { status: { state: 'Skipped', ...ready('ClaimedByOtherConfiguration') }, facts: { claimedElsewhere: true } },
      settled,
    ],
    ['the end of a claim', { status: { state: 'Skipped', ...ready('ClaimedByOtherConfiguration') } }, due],
    [
      'the end of a competition for the address',
      { status: { state: 'Conflict', nextAttemptAt: at(hour), ...ready('DuplicateSourceUsers') } },
      due,
    ],
    [
      'a competition for the address that goes on: nothing',
      { status: { state: 'Conflict', nextAttemptAt: at(hour), ...ready('DuplicateSourceUsers') }, facts: { hasRival: () => true } },
      in_(hour),
    ],
    [
      'E7 the end of a limit on creations',
      { status: { state: 'Staged', ...ready('CreationsStaged') }, facts: { creationsLimited: () => false } },
      due,
    ],
    ['E7 a limit on creations that lasts: nothing', { status: { state: 'Staged', ...ready('CreationsStaged') } }, settled],
    ['B11 a seat that has become free', { status: { state: 'Skipped', limitedBy: 'maxUsers' }, facts: { hasRoom: () => true } }, due],
    ['B11 no seat: nothing', { status: { state: 'Skipped', limitedBy: 'maxUsers' } }, settled],
    [
      'B11 a seat for somebody whom another limit holds back: nothing',
      { status: { state: 'Skipped', limitedBy: 'userTypes' }, facts: { hasRoom: () => true } },
      settled,
    ],
    [
      'the end of a block of all invitations',
      { status: { state: 'Pending', ...ready('InvitationsBlocked') }, facts: { acceptsInvitations: () => true } },
      due,
    ],
    ['a block of all invitations that lasts: nothing', { status: { state: 'Pending', ...ready('InvitationsBlocked') } }, settled],
    [
      'a block of all invitations, of an invitation without an answer',
      { status: { state: 'Pending', ...intent('Create', -minute), ...ready('InvitationsBlocked') } },
      due,
    ],
    ['a proposal to the guard that no cycle knows of', { status: { state: 'Staged', ...ready('AwaitingGuard') } }, due],
    [
      'a proposal that a cycle is about to judge: nothing',
      { status: { state: 'Staged', ...ready('AwaitingGuard') }, facts: { beingJudged: () => true } },
      settled,
    ],
    [
      'B5 another configuration that wants one whom we deleted',
      { spec: removed, status: deletedByUs, facts: { wantedElsewhere: () => true } },
      due,
    ],
    [
      'B5 no other configuration that wants one whom others deleted',
      { spec: removed, status: { state: 'SoftDeleted', lastWriteAt: at(-day) }, facts: { wantedElsewhere: () => true } },
      in_(29 * day),
    ],
    [
      'B5 no other configuration that wants one who is to be present here',
      { status: deletedByUs, facts: { wantedElsewhere: () => true } },
      settled,
    ],
    [
      'B5 no other configuration that wants one who is not deleted yet',
      { spec: removed, status: { targetUser: deletedByUs.targetUser }, facts: { wantedElsewhere: () => true } },
      settled,
    ],
    ['C5 a manager who has an account now', { spec: wantsBoss, facts: boss }, due],
    [
      'C5 a manager who has another account now',
      { spec: wantsBoss, status: { targetUser: { objectId: 'account', managerId: 'former' } }, facts: boss },
      due,
    ],
    [
      'C5 a manager who was set: nothing',
      { spec: wantsBoss, status: { targetUser: { objectId: 'account', managerId: 'boss' } }, facts: boss },
      settled,
    ],
    ['C5 a manager who has no account: nothing', { spec: wantsBoss }, settled],
    ['C5 a manager who is not wanted: nothing', { facts: boss }, settled],
    [
      'C5 the manager of one who has no account: nothing',
      { spec: wantsBoss, status: { targetUser: undefined } as never, facts: boss },
      settled,
    ],
    ['C5 the manager of one who is to go: nothing', { spec: { ...wantsBoss, ...staged }, facts: boss }, settled],
    ['E10 the manager in a plan: nothing', { spec: { ...wantsBoss, mode: 'Plan' }, facts: boss }, settled],
    ['C5 the manager of one who is deleted: nothing', { spec: wantsBoss, status: { state: 'SoftDeleted' }, facts: boss }, settled],
    ['C5 the manager of one who was let go: nothing', { spec: wantsBoss, status: { state: 'Retained' }, facts: boss }, settled],
    [
      'C5 the manager of one who waits for an attempt: nothing before it',
      { spec: wantsBoss, status: { state: 'Failed', nextAttemptAt: at(hour) }, facts: boss },
      in_(hour),
    ],
    [
      'C10 a manager who was refused: nothing',
      { spec: wantsBoss, status: { ...managerRefused, ...applied(wantsBoss) }, facts: boss },
      settled,
    ],
    [
      'C10 a manager who was refused beside something else: nothing',
      { spec: wantsBoss, status: { refusedAttributes: [{ name: 'mail' }, { name: 'manager' }], ...applied(wantsBoss) }, facts: boss },
      settled,
    ],
    [
      'C10 a manager who was refused for other values',
      { spec: wantsBoss, status: { ...managerRefused, appliedContent: 'another' }, facts: boss },
      due,
    ],
    [
      'C10 a manager beside something else that was refused',
      { spec: wantsBoss, status: { refusedAttributes: [{ name: 'mail' }], ...applied(wantsBoss) }, facts: boss },
      due,
    ],
    [
      'C5 a manager who arrives while the account waits to be compared',
      { spec: wantsBoss, status: { compareAgainAt: at(5 * minute) }, facts: boss },
      due,
    ],
    ['a request while the next attempt is far', { status: { state: 'Failed', nextAttemptAt: at(hour) }, facts: { asked: true } }, due],
    ['a new spec while the next attempt is far', { generation: 2, status: { state: 'Failed', nextAttemptAt: at(hour) } }, due],
  ])('%s', (_, given, expected) => expect(attention(given)).toEqual(expected));
});

describe('I14 what lets a record sleep, and until when', () => {
  it.each<[string, Given, object]>([
    [
      'the search for a lost invitation goes on',
      { status: { state: 'Pending', ...intent('Create', -minute), nextAttemptAt: at(hour) } },
      due,
    ],
    [
      'the search is over: the next attempt',
      { status: { state: 'Failed', ...intent('Create', -10 * minute), nextAttemptAt: at(hour) } },
      in_(hour),
    ],
    [
      'the search of one whose removal is staged rests',
      { spec: staged, status: { state: 'Staged', ...intent('Create', -minute) } },
      settled,
    ],
    [
      'the search of one whom another configuration has rests',
      {
        status: { state: 'Skipped', ...intent('Create', -minute), ...ready('ClaimedByOtherConfiguration') },
        facts: { claimedElsewhere: true },
      },
      settled,
    ],
    ['the next attempt is to come', { status: { state: 'Failed', nextAttemptAt: at(1) } }, in_(1)],
    ['the next attempt is due', { status: { state: 'Failed', nextAttemptAt: at(0) } }, due],
    ['the next attempt is further away than any pause', { status: { state: 'Failed', nextAttemptAt: at(27 * hour + 1) } }, due],
    ['the next attempt is as far away as any pause', { status: { state: 'Failed', nextAttemptAt: at(27 * hour) } }, in_(27 * hour)],
    ['a conflict without a time', { status: { state: 'Conflict' } }, due],
    ['a failure without a time', { status: { state: 'Failed' } }, due],
    ['nothing was done yet', { status: { state: 'Pending' } }, due],
    ['a deletion was begun', { spec: removed, status: { state: 'Provisioned', ...intent('Delete', -hour) } }, due],
    ['a restore was begun', { status: { ...intent('Restore', -hour) } }, due],
    [
      'something was begun for one whose removal is staged',
      { spec: staged, status: { state: 'Staged', ...intent('Delete', -hour) } },
      settled,
    ],
    ['sessions are still to be ended', { status: { targetUser: { objectId: 'account', sessionsOpen: true } } }, due],
    [
      'sessions of one whose removal is staged',
      { spec: staged, status: { state: 'Staged', targetUser: { objectId: 'account', sessionsOpen: true } } },
      settled,
    ],
    ['the account is to be compared again', { status: { compareAgainAt: at(5 * minute) } }, in_(5 * minute)],
    ['the account is to be compared now', { status: { compareAgainAt: at(0) } }, due],
    ['the account is to be compared at a time of a wrong clock', { status: { compareAgainAt: at(30 * day) } }, due],
    ['A12 the directory keeps what was deleted for 30 days', { spec: removed, status: deletedByUs }, in_(29 * day)],
    [
      'A12 the 30 days are over',
      { spec: removed, status: { state: 'SoftDeleted', targetUser: { objectId: 'account', deletedAt: at(-30 * day) } } },
      due,
    ],
    ['A12 of one who is to be present nothing is waited for', { status: deletedByUs }, settled],
    ['A12 of one who is blocked nothing is waited for', { spec: removed, status: { state: 'Blocked' } }, settled],
  ])('%s', (_, given, expected) => expect(attention(given)).toEqual(expected));

  it('I14 a deletion ahead of our clock counts as one of now: nobody waits for the purge longer than 30 days', () => {
    const ahead = recordWith({ status: { targetUser: { objectId: 'account', origin: 'Created', deletedAt: at(400 * day) } } });
    expect(purgeDueAt(ahead, undefined, now)).toBe(now + 30 * day);
    expect(purgeDueAt(ahead, at(day), now)).toBe(now + 30 * day);
    expect(purgeDueAt(ahead, 'no time', now)).toBe(now + 30 * day);
  });

  it('the purge is counted from the deletion, as far as that is known', () => {
    const day30 = 30 * day;
    const known = recordWith({ status: { lastWriteAt: at(-2 * day), targetUser: { objectId: 'account', deletedAt: at(-day) } } });
    expect(purgeDueAt(known, at(-hour), now)).toBe(now - hour + day30);
    expect(purgeDueAt(known, undefined, now)).toBe(now - day + day30);
    expect(purgeDueAt(recordWith({ status: { lastWriteAt: at(-2 * day) } }), undefined, now)).toBe(now - 2 * day + day30);
    expect(purgeDueAt(recordWith({ metadata: { creationTimestamp: at(-3 * day) } }), undefined, now)).toBe(now - 3 * day + day30);
  });

  it('only an invitation is searched for, no longer than the window, whatever its clock said', () => {
    const left = (status: Partial<UserProjectionStatus>) => searchLeftMs({ state: 'Pending', ...status }, now, 10 * minute);
    expect(left(intent('Create', -4 * minute))).toBe(6 * minute);
    expect(left(intent('Create', -10 * minute))).toBe(0);
    expect(left(intent('Create', 30 * day))).toBe(10 * minute);
    expect(left(intent('Delete', -4 * minute))).toBe(0);
    expect(left(intent('Restore', -4 * minute))).toBe(0);
    expect(left({})).toBe(0);
  });
});
