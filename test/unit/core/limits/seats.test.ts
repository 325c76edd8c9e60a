import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import { awaitsHandover, awaitsSeat, nextInTurn, seatOf } from '../../../../src/core/limits/seats.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { recordWith } from '../support.ts';

const at = '2026-01-05T08:00:00Z';
const targetUser = { objectId: 'account', origin: 'Created' } as const;
const none = { targetUser: undefined as never };
const intent = { operation: 'Create', at } as const;

describe('B11 what a record takes of the accounts of a pair', () => {
  it.each<[string, Partial<UserProjectionStatus>, Partial<UnsealedSpec>, string | undefined]>([
    ['a live account', {}, {}, 'Account'],
    ['one that waits for its removal', { state: 'Staged' }, { lifecycle: 'RemovalStaged' }, 'Account'],
    ['an invitation under way', { ...none, state: 'Pending', intent }, {}, 'Account'],
    ['nothing done yet', { ...none, state: 'Pending' }, {}, undefined],
    ['deleted', { state: 'SoftDeleted', targetUser: { ...targetUser, deletedAt: at } }, { lifecycle: 'Removed' }, undefined],
    [
      'being restored',
      { state: 'Pending', targetUser: { ...targetUser, deletedAt: at }, intent: { operation: 'Restore', at } },
      {},
      'Account',
    ],
    ['found deleted', { state: 'Conflict', targetUser: { ...targetUser, foundDeletedAt: at } }, {}, undefined],
    ['left as it is by a limit', { state: 'Skipped', limitedBy: 'excludedTargetUsers' }, {}, 'Account'],
    ['held back by a limit', { ...none, state: 'Skipped', limitedBy: 'maxUsers' }, {}, undefined],
    ['let go', { state: 'Retained', targetUser: { ...targetUser, releasedAt: at } }, { lifecycle: 'Removed' }, 'HandedOver'],
    ['let go without ever having had one', { ...none, state: 'Retained' }, { lifecycle: 'Removed' }, undefined],
    ['planned', { ...none, state: 'Planned' }, { mode: 'Plan' }, 'Planned'],
    ['planned, of somebody who has one', { state: 'Planned' }, { mode: 'Plan' }, 'Account'],
    ['planned to leave', { ...none, state: 'Planned' }, { mode: 'Plan', lifecycle: 'Removed' }, undefined],
  ])('%s', (_, status, spec, expected) => {
    expect(seatOf(recordWith({ status, spec }))).toBe(expected);
  });

  it('waits for the account of another record while it wants the person and has none', () => {
    expect(awaitsHandover(recordWith({ status: none }))).toBe(true);
    expect(awaitsHandover(recordWith())).toBe(false);
    expect(awaitsHandover(recordWith({ status: none, spec: { mode: 'Plan' } }))).toBe(false);
    expect(awaitsHandover(recordWith({ status: none, spec: { lifecycle: 'Removed' } }))).toBe(false);
    expect(awaitsHandover(recordWith({ status: none, metadata: { deletionTimestamp: at } }))).toBe(false);
  });

  it('waits for a seat only where it is the number that holds it back', () => {
    expect(awaitsSeat(recordWith({ status: { state: 'Skipped', limitedBy: 'maxUsers' } }))).toBe(true);
    expect(awaitsSeat(recordWith({ status: { state: 'Skipped', limitedBy: 'userTypes' } }))).toBe(false);
    expect(awaitsSeat(recordWith({ status: { state: 'Retained', limitedBy: 'allowDelete' } }))).toBe(false);
  });

  it('gives the oldest their turn, as many as there are seats', () => {
    const waiting = [3, 1, 2].map((day) => recordWith({ metadata: { name: `r${day}`, creationTimestamp: `2026-01-0${day}T00:00:00Z` } }));
    const names = (free: number) => nextInTurn(waiting, free).map(({ metadata }) => metadata.name);
    expect(names(2)).toEqual(['r1', 'r2']);
    expect(names(0)).toEqual([]);
    expect(names(-3)).toEqual([]);
    expect(names(Number.POSITIVE_INFINITY)).toEqual(['r1', 'r2', 'r3']);
  });
});
