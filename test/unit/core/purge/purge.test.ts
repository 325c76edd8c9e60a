import fc from 'fast-check';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import {
  afterReading,
  decidePurge,
  isGoneForGood,
  isJudged,
  isOurTombstone,
  isPurgeable,
  isPurgeHeld,
  purges,
  type SourcePresence,
} from '../../../../src/core/purge/purge.ts';
import type { RemovalPolicy } from '../../../../src/core/lifecycle/removal-policy.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { recordWith } from '../support.ts';
import { configurationWith } from '../../controllers/support.ts';

const minute = 60_000;
const start = Date.parse('2026-05-04T12:00:00Z');
const replicationWindowMs = 10 * minute;
const at = (minutes: number): string => new Date(start + minutes * minute).toISOString().replace('.000Z', 'Z');

const { spec: configuration } = configurationWith();
const policy: RemovalPolicy = {
  deprovisioning: configuration.deprovisioning,
  targetActions: configuration.targetActions,
  limits: undefined,
};

interface Given {
  readonly spec?: Partial<UnsealedSpec>;
  readonly status?: Partial<UserProjection['status']>;
  readonly link?: Partial<NonNullable<UserProjection['status']['targetUser']>>;
  readonly policy?: Partial<RemovalPolicy>;
}

const gone = ({ spec, status, link }: Given): UserProjection =>
  recordWith({
    spec: { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' }, guardedAt: at(-100), ...spec },
    status: {
      state: 'SoftDeleted',
      targetUser: { objectId: 'account', origin: 'Created', createdAt: at(-9000), deletedAt: at(-90), ...link },
      ...status,
    },
  });

describe('whose account may be purged', () => {
  it.each<[string, Given, boolean]>([
    ['one that we created, and deleted with its user', {}, true],
    ['one that was found by its anchor', { status: { targetUser: { objectId: 'account', origin: 'Created', deletedAt: at(-90) } } }, false],
    ['one that was there before', { link: { origin: 'Adopted' } }, false],
    ['one found deleted by somebody else', { link: { foundDeletedAt: at(-80) } }, false],
    ['one that was let go', { link: { releasedAt: at(-80) } }, false],
    ['E8 one whose purge was rejected', { status: { sourcePurge: { seenAt: at(-80), rejectedAt: at(-10) } } }, false],
    ['E8 one whose purge was approved', { status: { sourcePurge: { seenAt: at(-80), approval: 'token' } } }, true],
    ['of somebody unassigned', { spec: { removal: { reason: 'Unassigned', action: 'SoftDelete' } } }, false],
    ['of somebody who is filtered out', { spec: { removal: { reason: 'FilteredOut', action: 'SoftDelete' } } }, false],
    ['of a configuration that goes', { spec: { removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } } }, false],
    ['of somebody in scope', { spec: { lifecycle: 'Present' } }, false],
    ['one planned only', { spec: { mode: 'Plan' } }, false],
    ['one that is live', { status: { state: 'Provisioned' } }, false],
    ['one that was purged', { status: { state: 'Purged' } }, false],
    ['one whose restore is under way', { status: { intent: { operation: 'Restore', at: at(-1) } } }, false],
    ['where nothing may be deleted', { policy: { targetActions: ['Create', 'Update'] } }, false],
    ['where the pair allows no deletions', { policy: { limits: { allowDelete: false, excludedTargetUsers: [] } } }, false],
    ['one that the pair excludes', { policy: { limits: { allowDelete: true, excludedTargetUsers: ['account'] } } }, false],
    ['where the action is to retain now', { policy: { deprovisioning: { ...policy.deprovisioning, action: 'Retain' } } }, false],
    ['where the action is to block now', { policy: { deprovisioning: { ...policy.deprovisioning, action: 'Block' } } }, false],
  ])('A12 %s', (_, given, expected) => {
    expect(isPurgeable(gone(given), { ...policy, ...given.policy })).toBe(expected);
  });

  it.each([
    ['Apply', true, true],
    ['Apply', false, false],
    ['Plan', true, false],
  ] as const)('A12 in mode %s with purgeAfterSourcePurge %s: %s', (mode, purgeAfterSourcePurge, expected) => {
    expect(purges({ mode, deprovisioning: { ...policy.deprovisioning, purgeAfterSourcePurge } })).toBe(expected);
  });
});

describe('whose a tombstone is', () => {
  const guest = {
    id: 'account',
    userPrincipalName: 'person0_contoso.com#EXT#@fabrikam.com',
    creationType: 'Invitation',
    userType: 'Member',
    deletedDateTime: at(-90),
    attributes: {},
  };
  const deletedAt = at(-90);

  it.each<[string, Partial<typeof guest>, Parameters<typeof isOurTombstone>[2], boolean]>([
    ['of our deletion, with our anchor', {}, 'Mine', true],
    ['of our deletion, without an anchor', {}, 'None', true],
    ['a minute from our time: clocks differ', { deletedDateTime: at(-91) }, 'Mine', true],
    ['of a later deletion', { deletedDateTime: at(-85) }, 'Mine', false],
    ['of an earlier one', { deletedDateTime: at(-95) }, 'Mine', false],
    ['without a time', { deletedDateTime: '' }, 'Mine', false],
    ['that was moved to another person', {}, 'OtherPerson', false],
    ['of another installation', {}, 'OtherInstallation', false],
    ['that was made internal', { userPrincipalName: 'person0@fabrikam.com', creationType: '' }, 'Mine', false],
    ['with contradictory evidence', { userPrincipalName: 'person0@fabrikam.com' }, 'Mine', false],
  ])('A7 I2 one %s', (_, change, owner, ours) => {
    expect(isOurTombstone({ ...guest, ...change }, { deletedAt }, owner)).toBe(ours);
  });

  it('A7 one of which we have no time of ours is not', () => {
    expect(isOurTombstone(guest, {}, 'Mine')).toBe(false);
  });

  it('I3 a purge that passed is not counted again before the window is over', () => {
    const judged = (guardedAt: number) => isJudged({ sourcePurge: { seenAt: at(0), guardedAt: at(guardedAt) } }, start);
    expect([judged(-1), judged(0), judged(1), isJudged({ sourcePurge: { seenAt: at(0) } }, start)]).toEqual([false, false, true, false]);
  });
});

describe('when a person is gone for good', () => {
  const after = (known: Parameters<typeof afterReading>[0], presence: SourcePresence, minutes: number) =>
    afterReading(known, presence, { now: start + minutes * minute, replicationWindowMs });

  it('A12 seen in the recycle bin, and then in neither place in two later cycles', () => {
    const seen = after(undefined, 'InRecycleBin', 0);
    const once = after(seen, 'Nowhere', 20);
    const twice = after(once, 'Nowhere', 40);
    expect([seen, once].map((sourcePurge) => isGoneForGood(sourcePurge === undefined ? {} : { sourcePurge }))).toEqual([false, false]);
    expect(twice).toEqual({ seenAt: at(0), absentAt: [at(20), at(40)] });
    expect(isGoneForGood({ sourcePurge: twice ?? { seenAt: '' } })).toBe(true);
    expect(after(twice, 'Nowhere', 60)).toEqual(twice);
  });

  it.each<[string, Parameters<typeof afterReading>[0], SourcePresence, number, ReturnType<typeof afterReading>]>([
    ['never seen in the recycle bin, nothing follows', undefined, 'Nowhere', 0, undefined],
    ['live, everything is forgotten', { seenAt: at(0), absentAt: [at(20)] }, 'Live', 40, undefined],
    [
      'seen there again, the absences are, and that the purge passed',
      { seenAt: at(0), absentAt: [at(20), at(40)], guardedAt: at(40) },
      'InRecycleBin',
      60,
      { seenAt: at(0) },
    ],
    ['soon after it was seen, an absence may be one of a read that is behind', { seenAt: at(0) }, 'Nowhere', 9, { seenAt: at(0) }],
    ['two cycles in short order count once', { seenAt: at(0), absentAt: [at(20)] }, 'Nowhere', 29, { seenAt: at(0), absentAt: [at(20)] }],
    ['a clock that was set back adds nothing', { seenAt: at(0) }, 'Nowhere', -60, { seenAt: at(0) }],
  ])('A12 %s', (_, known, presence, minutes, expected) => {
    expect(after(known, presence, minutes)).toEqual(expected);
  });

  it('A12 never without two absences since the last sight in the recycle bin, a replication window apart', () => {
    const reading = fc.record({
      presence: fc.constantFrom<SourcePresence>('Live', 'InRecycleBin', 'Nowhere', 'Nowhere'),
      pause: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 12 }), (readings) => {
        let known: ReturnType<typeof afterReading>;
        let minutes = 0;
        const told: { presence: SourcePresence; minutes: number }[] = [];
        for (const { presence, pause } of readings) {
          minutes += pause;
          told.push({ presence, minutes });
          known = after(known, presence, minutes);
          if (known === undefined || !isGoneForGood({ sourcePurge: known })) continue;
          const since = told.findLastIndex((one) => one.presence !== 'Nowhere');
          const absences = told.slice(since + 1).map((one) => one.minutes);
          expect(told[since]?.presence).toBe('InRecycleBin');
          expect(absences.length).toBeGreaterThanOrEqual(2);
          expect(minutes - (absences[0] ?? minutes)).toBeGreaterThanOrEqual(10);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('E8 a purge that the guard holds', () => {
  const found = { seenAt: at(-80), absentAt: [at(-60), at(-40)] };
  const held = { ...found, heldAt: at(-30) };

  it.each<[string, Given, boolean]>([
    ['waits for a decision', { status: { sourcePurge: held } }, true],
    ['is none before the guard has held it', { status: { sourcePurge: found } }, false],
    ['is none of somebody who was seen again since', { status: { sourcePurge: { seenAt: at(-80), heldAt: at(-30) } } }, false],
    ['is none of an account that is live again', { status: { state: 'Provisioned', sourcePurge: held } }, false],
    ['is none of somebody in scope', { spec: { lifecycle: 'Present' }, status: { sourcePurge: held } }, false],
  ])('%s', (_, given, expected) => {
    expect(isPurgeHeld(gone(given))).toBe(expected);
  });

  it('is let pass by an approval, and by a rejection left to the directory; either way it is held no more', () => {
    const decided = (decision: 'Approved' | 'Rejected') => decidePurge(held, { decision, token: 'token', by: 'anna', at: at(0) });
    expect(decided('Approved')).toEqual({ ...found, guardedAt: at(0), approval: 'token', approvedBy: 'anna' });
    expect(decidePurge(held, { decision: 'Approved', token: 'token', by: undefined, at: at(0) })).not.toHaveProperty('approvedBy');
    expect(decided('Rejected')).toEqual({ ...found, rejectedAt: at(0) });
  });
});
