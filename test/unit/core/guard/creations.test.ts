import fc from 'fast-check';
import {
  creationAllowance,
  creationKept,
  creationsPassing,
  decideCreation,
  isCreationStaged,
  isOverdueCreation,
  proposesCreation,
  type CreationVerdict,
} from '../../../../src/core/guard/creations.ts';
import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { ready, recordWith } from '../support.ts';

const at = '2026-01-05T08:00:00Z';
const none = { targetUser: undefined as never };
const linked = { objectId: 'account', origin: 'Created' } as const;
const passed: CreationVerdict = { verdict: 'Passed', at };
const approved: CreationVerdict = { verdict: 'Approved', token: 't', by: 'ana' };
const staged: CreationVerdict = { verdict: 'Staged', limit: 5, evidence: 'e' };
const rejected: CreationVerdict = { verdict: 'Rejected', evidence: 'e' };

const record = (
  creation?: CreationVerdict,
  status: Partial<UserProjectionStatus> = none,
  spec: Partial<UnsealedSpec> = {},
): UserProjection => recordWith({ spec: { ...(creation && { creation }), ...spec }, status });

describe('E7 whether an account may be created where creations are limited', () => {
  it.each<[string, UserProjection, number | undefined, unknown]>([
    ['no limit', record(staged), undefined, { type: 'Allowed' }],
    ['nobody has counted it', record(), 5, { type: 'NotJudged' }],
    ['it passed', record(passed), 5, { type: 'Allowed', verdict: `passed ${at}` }],
    ['it was approved', record(approved), 5, { type: 'Allowed', verdict: 'approved t' }],
    ['it waits', record(staged), 5, { type: 'Staged' }],
    ['it was rejected', record(rejected), 5, { type: 'Rejected' }],
    [
      'the verdict was used up by an account that has gone since',
      record(passed, { targetUser: { ...linked, creationVerdict: `passed ${at}` } }),
      5,
      { type: 'NotJudged' },
    ],
    [
      'a later verdict than the one that was used up',
      record(approved, { targetUser: { ...linked, creationVerdict: `passed ${at}` } }),
      5,
      { type: 'Allowed', verdict: 'approved t' },
    ],
  ])('%s', (_, given, limit, expected) => {
    expect(creationAllowance(given, limit)).toEqual(expected);
  });

  it.each<[string, UserProjection, number | undefined, boolean]>([
    ['who was found to need an account', record(undefined, { ...none, ...ready('AwaitingGuard') }), 5, true],
    ['nobody without a limit', record(undefined, { ...none, ...ready('AwaitingGuard') }), undefined, false],
    ['nobody whose account waits for another judgement', record(undefined, ready('AwaitingGuard')), 5, false],
    ['nobody who was not looked at yet', record(undefined, { ...none, ...ready('Progressing') }), 5, false],
    ['nobody who waits already', record(staged, { ...none, ...ready('AwaitingGuard') }), 5, false],
    ['nobody who is to leave', record(undefined, { ...none, ...ready('AwaitingGuard') }, { lifecycle: 'Removed' }), 5, false],
  ])('is proposed for %s', (_, given, limit, expected) => {
    expect(proposesCreation(given, { limit, permitted: true })).toBe(expected);
    expect(proposesCreation(given, { limit, permitted: false })).toBe(false);
  });

  it('waits while it is staged, as the operator wrote it, and there is no account', () => {
    expect(isCreationStaged(record(staged))).toBe(true);
    expect(isCreationStaged(record(passed))).toBe(false);
    expect(isCreationStaged(record(staged, { targetUser: linked }))).toBe(false);
    expect(isCreationStaged(record(staged, none, { lifecycle: 'Removed' }))).toBe(false);
    const tampered = record(passed);
    expect(isCreationStaged({ ...tampered, spec: { ...tampered.spec, creation: staged } })).toBe(false);
  });
});

describe('E7 what was decided about a creation', () => {
  it.each<[string, UserProjection, number | undefined, CreationVerdict | undefined]>([
    ['holds while it waits', record(staged), 5, staged],
    ['holds under a lower limit', record(staged), 3, staged],
    ['ends under a higher one', record(staged), 6, undefined],
    ['ends without one', record(staged), undefined, undefined],
    ['ends where an account was found', record(staged, { targetUser: linked }), 5, undefined],
    ['holds where it passed', record(passed), 5, passed],
    ['holds where it was used, so that it is known to be', record(passed, { targetUser: linked }), 5, passed],
    ['holds where it was rejected on the same evidence', record(rejected), 5, rejected],
    ['ends where it was rejected on other evidence', record({ ...rejected, evidence: 'other' }), 5, undefined],
    ['ends with the removal', record(passed, none, { lifecycle: 'Removed' }), 5, undefined],
  ])('%s', (_, given, limit, expected) => {
    expect(creationKept(given, { limit, permitted: true }, () => 'e').creation).toEqual(expected);
    // Where none may be made, only what was decided against it, or has used a verdict up, is remembered.
    const outlasts = given.spec.creation?.verdict === 'Rejected' || given.status.targetUser !== undefined;
    expect(creationKept(given, { limit, permitted: false }, () => 'e').creation).toEqual(outlasts ? expected : undefined);
  });

  it('I13 rests on how the person is now while it waits: a rejection then outlives the next look', () => {
    const { creation } = creationKept(record(staged), { limit: 5, permitted: true }, () => 'changed');
    expect(creation).toEqual({ ...staged, evidence: 'changed' });
    const decided = decideCreation(record(creation).spec, 'Rejected', { token: 't' });
    expect(creationKept(record(decided.creation), { limit: 5, permitted: true }, () => 'changed').creation).toEqual(decided.creation);
  });

  it('is what the administrator says, of who waits and of nobody else', () => {
    const by = { token: 't', by: 'ana' };
    expect(decideCreation(record(staged).spec, 'Approved', by).creation).toEqual(approved);
    expect(decideCreation(record(staged).spec, 'Rejected', by).creation).toEqual(rejected);
    for (const other of [passed, approved, rejected]) expect(decideCreation(record(other).spec, 'Rejected', by).creation).toEqual(other);
  });

  it('is overdue when it passed before the window and there is no account yet', () => {
    const later = Date.parse(at) + 1;
    expect(isOverdueCreation(record(passed), later)).toBe(true);
    expect(isOverdueCreation(record(passed), Date.parse(at) - 1)).toBe(false);
    expect(isOverdueCreation(record(passed, { targetUser: linked }), later)).toBe(false);
    expect(isOverdueCreation(record(approved), later)).toBe(false);
  });
});

describe('E7 how many creations pass', () => {
  it.each([
    [{ proposed: 12, recent: 0, staged: 0 }, 5, 5],
    [{ proposed: 5, recent: 0, staged: 0 }, 5, 5],
    [{ proposed: 5, recent: 3, staged: 0 }, 5, 2],
    [{ proposed: 5, recent: 9, staged: 0 }, 5, 0],
    [{ proposed: 1, recent: 0, staged: 1 }, 5, 0],
  ])('%j of a limit of %s: %s', (counts, limit, expected) => {
    expect(creationsPassing(counts, limit)).toBe(expected);
  });

  it('are never more than the limit within the window, in whatever steps they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (steps, limit) => {
        let recent = 0;
        let staged = 0;
        for (const proposed of steps) {
          const passing = creationsPassing({ proposed, recent, staged }, limit);
          recent += passing;
          staged += proposed - passing;
        }
        expect(recent).toBe(
          Math.min(
            limit,
            steps.reduce((sum, step) => sum + step, 0),
          ),
        );
      }),
    );
  });
});
