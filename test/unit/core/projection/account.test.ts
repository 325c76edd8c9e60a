import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import {
  accountStanding,
  asLive,
  hasAccount,
  isLive,
  isReleased,
  isSignInBlocked,
  referableAccount,
  type AccountStanding,
} from '../../../../src/core/projection/account.ts';
import { recordWith } from '../support.ts';

const at = '2026-01-01T00:00:00Z';
const link = { objectId: 'account' };
const states = ['Pending', 'Planned', 'Provisioned', 'Blocked', 'Skipped', 'Staged', 'Conflict', 'Failed'] as const;
const intent = { intent: { operation: 'Delete', at } } as const;
const status = (more: Partial<UserProjectionStatus>) => ({ status: { observedGeneration: 1, state: 'Provisioned' as const, ...more } });

describe('where the account of a record stands', () => {
  it.each<[string, Partial<UserProjectionStatus>, AccountStanding]>([
    ['linked', { targetUser: link }, 'Live'],
    ['no account', { state: 'Skipped' }, 'None'],
    ['failed before there was one', { state: 'Failed' }, 'None'],
    ['not handled yet', { state: 'Pending' }, 'Expected'],
    ['an invitation under way', { state: 'Failed', intent: { operation: 'Create', at } }, 'Expected'],
    ['deleted by us', { targetUser: { ...link, deletedAt: at } }, 'Deleted'],
    ['deleted by others', { targetUser: { ...link, foundDeletedAt: at } }, 'Deleted'],
    ['in the recycle bin', { state: 'SoftDeleted', targetUser: link }, 'Deleted'],
    ['in the recycle bin, with a restore under way', { state: 'SoftDeleted', targetUser: link, ...intent }, 'Deleted'],
    ['purged', { state: 'Purged' }, 'Deleted'],
    [
      'deleted by us, and something of which it is not known whether it took effect',
      { targetUser: { ...link, deletedAt: at }, ...intent },
      'Live',
    ],
    ['a deletion of which it is not known whether it took effect', { targetUser: link, ...intent }, 'Live'],
    ['let go', { state: 'Retained', targetUser: link }, 'Released'],
    ['let go, and deleted since', { targetUser: { ...link, releasedAt: at, deletedAt: at } }, 'Released'],
    ['let go, and shown as deleted', { state: 'SoftDeleted', targetUser: { ...link, releasedAt: at } }, 'Released'],
  ])('%s', (_, given, expected) => {
    expect(accountStanding(status(given))).toBe(expected);
    expect(isReleased(status(given))).toBe(expected === 'Released');
    expect(isLive(status(given))).toBe(expected === 'Live' || expected === 'Expected');
  });

  it.each(states)('a link outlives the state %s', (state) => {
    expect(accountStanding(status({ state, targetUser: link }))).toBe('Live');
    expect(accountStanding(status({ state, targetUser: { ...link, deletedAt: at } }))).toBe('Deleted');
    expect(accountStanding(status({ state, targetUser: { ...link, releasedAt: at } }))).toBe('Released');
  });
});

describe('whether there may be an account', () => {
  it.each<[string, Partial<UserProjectionStatus>, boolean]>([
    ['of one who was not handled yet', { state: 'Pending' }, false],
    ['of one with a link', { state: 'Pending', targetUser: link }, true],
    ['of one with an invitation under way', { state: 'Pending', intent: { operation: 'Create', at } }, true],
    ['of one who is deleted', { targetUser: { ...link, deletedAt: at } }, false],
    ['of one who was let go', { state: 'Retained', targetUser: link }, false],
  ])('%s', (_, given, expected) => expect(hasAccount(status(given))).toBe(expected));
});

describe('A5 whether sign-in is blocked by us', () => {
  it.each<[string, Partial<UserProjectionStatus>, boolean]>([
    ['as the state says', { state: 'Blocked' }, true],
    ['as the link says, whatever the state', { state: 'Failed', targetUser: { ...link, signInBlockedAt: at } }, true],
    ['not otherwise', { targetUser: link }, false],
    ['not by a verdict that was carried out once', { targetUser: { ...link, blockVerdict: 'passed' } }, false],
  ])('%s', (_, given, expected) => expect(isSignInBlocked(status(given))).toBe(expected));
});

describe('C5 the account that others may name as their manager', () => {
  it.each<[string, Partial<UserProjectionStatus>, string | undefined]>([
    ['one that is there', { targetUser: link }, 'account'],
    ['one whose last attempt failed', { state: 'Failed', targetUser: link }, 'account'],
    ['not one that contradicts', { state: 'Conflict', targetUser: link }, undefined],
    ['not one that is deleted', { targetUser: { ...link, deletedAt: at } }, undefined],
    ['not one that was let go', { state: 'Retained', targetUser: link }, undefined],
    ['not one that is still expected', { state: 'Pending' }, undefined],
  ])('%s', (_, given, expected) =>
    expect(referableAccount(recordWith({ status: { targetUser: undefined as never, ...given } }))).toBe(expected),
  );

  it('not that of nobody', () => expect(referableAccount(undefined)).toBeUndefined());
});

describe('a link that is live again', () => {
  it('keeps everything but what told of its end', () => {
    const known = { objectId: 'account', origin: 'Created', managerId: 'm', signInBlockedAt: at, blockVerdict: 'v' } as const;
    expect(asLive({ ...known, deletedAt: at, foundDeletedAt: at, releasedAt: at })).toEqual(known);
  });
});
