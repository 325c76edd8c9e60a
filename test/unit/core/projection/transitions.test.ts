import fc from 'fast-check';
import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import { allowanceFor } from '../../../../src/core/guard/allowance.ts';
import { omit } from '../../../../src/core/omit.ts';
import { isLive } from '../../../../src/core/projection/account.ts';
import { sealSpec, type UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { contentOf, specOf, standingOf, type DesiredContent, type Removal } from '../../../../src/core/projection/standing.ts';
import {
  approve,
  block,
  changeMode,
  keepRejected,
  leaveAsIs,
  openBlockVerdict,
  present,
  presentWithSignInUndecided,
  proposesBlock,
  reject,
  remove,
  stageBlock,
  type Judgement,
  type RecordFacts,
} from '../../../../src/core/projection/transitions.ts';
import { sourceObjectId, sourceTenantId } from '../support.ts';

const content = (accountEnabled: boolean | undefined, mode: 'Apply' | 'Plan' = 'Apply'): DesiredContent => ({
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: sourceTenantId, objectId: sourceObjectId },
  target: { tenantId: '33333333-3333-4333-8333-333333333333' },
  mode,
  attributes: { displayName: 'Ana', ...(accountEnabled === undefined ? {} : { accountEnabled }) },
});
const provisioned: UserProjectionStatus = { observedGeneration: 1, state: 'Provisioned', targetUser: { objectId: 'account' } };
const deleted: UserProjectionStatus = {
  observedGeneration: 1,
  state: 'Planned',
  targetUser: { objectId: 'account', deletedAt: '2026-01-01T00:00:00Z' },
};
const record = (spec: UnsealedSpec, status = provisioned): RecordFacts => ({ spec: sealSpec(spec), status });
const unassigned: Removal = { reason: 'Unassigned', action: 'SoftDelete' };
const passed: Judgement = { type: 'Passed', at: '2026-01-01T00:00:00Z' };
const held: Judgement = { type: 'Held' };
const token = { token: 'abc' };

type Step = (record: RecordFacts) => UnsealedSpec;

/** Every transition there is, with some of what it can be given. */
const steps: Readonly<Record<string, fc.Arbitrary<Step>>> = {
  present: fc.tuple(fc.constantFrom(true, false, undefined), fc.constantFrom('Apply' as const, 'Plan' as const)).map(
    ([enabled, mode]) =>
      ({ spec }) =>
        present(spec, content(enabled, mode)),
  ),
  undecided: fc.constant<Step>(({ spec }) => presentWithSignInUndecided(spec, content(undefined, spec.mode))),
  block: fc.constantFrom<Judgement>(passed, held, { type: 'Planned', held: true }, { type: 'Planned', held: false }).map(
    (judgement) =>
      ({ spec }) =>
        block(spec, content(false, judgement.type === 'Planned' ? 'Plan' : 'Apply'), 'e', judgement),
  ),
  stageBlock: fc.constant<Step>(({ spec }) => stageBlock(spec, content(false), 'e')),
  keepRejected: fc.constant<Step>(({ spec }) => keepRejected(spec, content(false), 'e')),
  remove: fc
    .tuple(
      fc.constantFrom<Judgement>(passed, held, { type: 'Planned', held: true }, { type: 'Planned', held: false }),
      fc.constantFrom<Removal>(unassigned, { reason: 'Deleted', action: 'Block' }, { reason: 'FilteredOut', action: 'Retain' }),
    )
    .map(
      ([judgement, removal]) =>
        (given) =>
          remove(given, judgement.type === 'Planned' ? 'Plan' : 'Apply', removal, { evidence: 'e', judgement }),
    ),
  approve: fc.constant<Step>(({ spec }) => approve(spec, token)),
  reject: fc.constant<Step>(({ spec }) => reject(spec)),
  leaveAsIs: fc.boolean().map(
    (enabled): Step =>
      (given) =>
        leaveAsIs(given, 'Apply', { enabled }) ?? given.spec,
  ),
  changeMode: fc.constantFrom('Apply' as const, 'Plan' as const).map(
    (mode): Step =>
      ({ spec }) =>
        changeMode(spec, mode),
  ),
};

const unsealed = (spec: UnsealedSpec): UnsealedSpec => specOf(contentOf(spec), standingOf(spec));

describe('the transitions of a record', () => {
  it('any sequence of them is legal: what a spec says is exactly its content and one standing', () => {
    const sequence = fc.array(fc.oneof(...Object.values(steps)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(true, false, undefined), fc.constantFrom(provisioned, deleted), sequence, (enabled, status, walk) => {
        let spec: UnsealedSpec = present(undefined, content(enabled));
        for (const step of walk) {
          spec = contentAndStanding(step(record(spec, status)));
          expect(sealSpec(unsealed(spec)).revision).toBe(sealSpec(spec).revision);
          // Nothing that is already deleted can be staged.
          expect(!isLive({ status }) && spec.lifecycle === 'RemovalStaged').toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('approve after stage equals remove', () => {
    const staged = remove(record(present(undefined, content(true))), 'Apply', unassigned, { evidence: 'e', judgement: held });
    expect(staged.lifecycle).toBe('RemovalStaged');
    const approved = approve(staged, token);
    expect(standingOf(approved)).toEqual({ type: 'Removed', removal: unassigned, verdict: { type: 'Approved', token: 'abc' } });
    expect(contentOf(approved)).toEqual(content(true));
    const blocked = approve(stageBlock(present(undefined, content(true)), content(false), 'e'), token);
    expect(blocked).toMatchObject({ lifecycle: 'Present', attributes: { accountEnabled: false }, approvedToken: 'abc' });
    expect(blocked).not.toHaveProperty('blockStaged');
  });

  it('reject twice equals reject once, and approves nothing afterwards', () => {
    const staged = remove(record(present(undefined, content(true))), 'Apply', unassigned, { evidence: 'e', judgement: held });
    const once = reject(staged);
    expect(standingOf(once)).toEqual({ type: 'Rejected', evidence: 'e' });
    expect(reject(once)).toEqual(once);
    expect(approve(once, token)).toEqual(once);
  });

  it('I13 what was approved and carried out stays known through a plan, and is proposed to nobody', () => {
    const staged = remove(record(present(undefined, content(true))), 'Apply', unassigned, { evidence: 'e', judgement: held });
    const done = approve(staged, { token: 'abc', by: 'ana' });
    const planned = remove(record(done, deleted), 'Plan', unassigned, { evidence: 'e', judgement: { type: 'Planned', held: true } });
    expect(planned).toMatchObject({ mode: 'Plan', lifecycle: 'Removed', approvedBy: 'ana', approvedToken: 'abc' });
    const applied = remove(record(planned, deleted), 'Apply', unassigned, { evidence: 'e', judgement: held });
    expect(applied).toMatchObject({ mode: 'Apply', lifecycle: 'Removed', approvedBy: 'ana' });
  });

  it('a record that somebody tampered with carries no verdict over', () => {
    const forged = { ...record(present(undefined, content(true))).spec, lifecycle: 'Removed' as const, guardedAt: '2026-01-01T00:00:00Z' };
    const next = remove({ spec: forged, status: deleted }, 'Apply', unassigned, { evidence: 'e', judgement: held });
    expect(standingOf(next)).toMatchObject({ verdict: { type: 'None' } });
  });
});

function contentAndStanding(spec: UnsealedSpec): UnsealedSpec {
  return omit(spec as UnsealedSpec & { revision?: string }, 'revision');
}

describe('I3 the gate in front of each act', () => {
  const wanted = present(undefined, content(false));
  const verdict = (spec: UnsealedSpec, status = provisioned, harm: 'Block' | 'Delete' = 'Block') =>
    allowanceFor(record(spec, status), harm, 'InUse').type;
  const blockedBefore: UserProjectionStatus = {
    ...provisioned,
    targetUser: { objectId: 'account', blockVerdict: 'passed 2026-01-01T00:00:00Z' },
  };

  it.each<[string, UnsealedSpec, UserProjectionStatus, string]>([
    ['a block that nobody judged', wanted, provisioned, 'NotJudged'],
    ['a block that passed', block(wanted, content(false), 'e', passed), provisioned, 'Allowed'],
    ['a second block under the same verdict', block(wanted, content(false), 'e', passed), blockedBefore, 'NotJudged'],
    ['a staged block', stageBlock(wanted, content(false), 'e'), provisioned, 'NotJudged'],
    ['an approved block', approve(stageBlock(wanted, content(false), 'e'), token), provisioned, 'Allowed'],
    ['a rejected block', reject(stageBlock(wanted, content(false), 'e')), provisioned, 'NotJudged'],
    [
      'a block found by a plan, in Apply',
      changeMode(block(wanted, content(false, 'Plan'), 'e', { type: 'Planned', held: false }), 'Apply'),
      provisioned,
      'NotJudged',
    ],
  ])('%s: %s', (_, spec, status, expected) => expect(verdict(spec, status)).toBe(expected));

  it.each<[string, Judgement, string]>([
    ['passed', passed, 'Allowed'],
    ['held', held, 'NotJudged'],
    ['only planned', { type: 'Planned', held: false }, 'NotJudged'],
    ['planned and held', { type: 'Planned', held: true }, 'NotJudged'],
  ])('a removal that was %s: %s', (_, judgement, expected) => {
    const spec = remove(record(present(undefined, content(true))), 'Apply', unassigned, { evidence: 'e', judgement });
    expect(verdict(spec, provisioned, 'Delete')).toBe(expected);
  });

  it('nobody loses the sign-in to an account that was just made or brought back', () => {
    expect(allowanceFor(record(wanted), 'Block', 'JustCreated').type).toBe('Exempt');
    expect(allowanceFor(record(wanted), 'Block', 'JustRestored').type).toBe('Exempt');
    expect(allowanceFor(record(wanted), 'Delete', 'JustCreated').type).toBe('NotJudged');
  });

  it('a block is proposed until it is judged, and again when its verdict is used up', () => {
    expect(proposesBlock(record(wanted), content(false))).toBe(true);
    expect(proposesBlock(record(block(wanted, content(false), 'e', passed)), content(false))).toBe(false);
    expect(proposesBlock(record(block(wanted, content(false), 'e', passed), blockedBefore), content(false))).toBe(true);
    expect(proposesBlock(record(wanted, deleted), content(false))).toBe(false);
    expect(proposesBlock(record(wanted), content(true))).toBe(false);
  });
});

describe('what each transition leaves of what was decided before', () => {
  const enabled = present(undefined, content(true));
  const toBlock = (at = '2026-01-01T00:00:00Z'): UnsealedSpec => block(enabled, content(false), 'e', { type: 'Passed', at });
  const changed = (desired: DesiredContent): DesiredContent => ({ ...desired, attributes: { ...desired.attributes, displayName: 'Anna' } });
  const verdictOf = (spec: UnsealedSpec): unknown => {
    const standing = standingOf(spec);
    return 'verdict' in standing ? standing.verdict : standing.type;
  };

  it('I3 the verdict about a block lasts while the block does, whatever else changes, and ends with it', () => {
    expect(verdictOf(present(toBlock(), changed(content(false))))).toEqual(passed);
    const approved = approve(stageBlock(enabled, content(false), 'e'), token);
    expect(verdictOf(present(approved, changed(content(false))))).toEqual({ type: 'Approved', token: 'abc' });
    expect(verdictOf(present(present(toBlock(), content(true)), content(false)))).toEqual({ type: 'None' });
  });

  it('I3 a verdict about a removal is none about a block', () => {
    const removed = remove(record(present(undefined, content(false))), 'Apply', unassigned, { evidence: 'e', judgement: passed });
    expect(verdictOf(present(removed, content(false)))).toEqual({ type: 'None' });
  });

  it.each([
    ['Plan', 'Plan', { type: 'Planned', evidence: 'e' }],
    ['Plan', 'Apply', { type: 'None' }],
  ] as const)('I13 what a plan found of a block, in mode %s, is worth in mode %s', (before, after, expected) => {
    const found = block(present(undefined, content(true, before)), content(false, before), 'e', { type: 'Planned', held: true });
    expect(verdictOf(found)).toEqual({ type: 'Planned', evidence: 'e' });
    expect(verdictOf(present(found, content(false, after)))).toEqual(expected);
  });

  it.each([
    ['lets through leaves no evidence, which would hold it back later', false, undefined],
    ['holds back leaves its evidence, so that it is never carried out without a decision', true, 'e'],
  ] as const)('I13 what a plan %s', (_, isHeld, evidence) => {
    const judgement: Judgement = { type: 'Planned', held: isHeld };
    expect(block(enabled, content(false, 'Plan'), 'e', judgement).evidence).toBe(evidence);
    expect(remove(record(enabled), 'Plan', unassigned, { evidence: 'e', judgement }).evidence).toBe(evidence);
  });

  it.each([
    ['was enabled', true, { displayName: 'Anna', accountEnabled: true }],
    ['was to be blocked', false, { displayName: 'Anna' }],
    ['was not said', undefined, { displayName: 'Anna' }],
  ] as const)('a block that waits or was rejected leaves sign-in as it %s, and everything else goes on', (_, former, attributes) => {
    const before = present(undefined, content(former));
    for (const next of [stageBlock, keepRejected]) expect(next(before, changed(content(false)), 'e').attributes).toEqual(attributes);
    const nothing = stageBlock(before, omit(content(false), 'attributes'), 'e');
    expect(nothing.attributes).toEqual(former === true ? { accountEnabled: true } : {});
  });

  it('a block that waits keeps its evidence, and what it rests on is said by the same', () => {
    expect(standingOf(stageBlock(enabled, content(false), 'e'))).toEqual({ type: 'BlockStaged', evidence: 'e' });
    expect(standingOf(block(enabled, content(false), 'e', held))).toEqual({ type: 'BlockStaged', evidence: 'e' });
    expect(standingOf(keepRejected(enabled, content(false), 'e'))).toEqual({ type: 'Rejected', evidence: 'e' });
  });

  describe('whose sign-in cannot be told', () => {
    const undecided = (before: UnsealedSpec): UnsealedSpec => presentWithSignInUndecided(before, changed(content(undefined)));

    it.each<[string, UnsealedSpec, boolean | undefined]>([
      ['enabled', enabled, true],
      ['not said', present(undefined, content(undefined)), undefined],
      ['to be blocked, under its verdict', toBlock(), false],
      ['waiting for a decision', stageBlock(enabled, content(false), 'e'), true],
      ['rejected', reject(stageBlock(enabled, content(false), 'e')), true],
    ])('stays as it was: %s', (_, before, accountEnabled) => {
      const after = undecided(before);
      expect(standingOf(after)).toEqual(standingOf(before));
      const attributes = { displayName: 'Anna', ...(accountEnabled === undefined ? {} : { accountEnabled }) };
      expect(contentOf(after)).toEqual({ ...content(undefined), attributes });
    });

    it.each<[string, Judgement]>([
      ['removed', passed],
      ['to be removed', held],
    ])('is present again when the person was %s', (_, judgement) => {
      const removed = remove(record(enabled), 'Apply', unassigned, { evidence: 'e', judgement });
      expect(standingOf(undecided(removed))).toEqual({ type: 'Present', verdict: { type: 'None' } });
      expect(undecided(removed).attributes).toEqual({ displayName: 'Anna' });
    });

    it('says nothing of attributes where there are none', () => {
      expect(
        presentWithSignInUndecided(present(undefined, omit(content(true), 'attributes')), omit(content(undefined), 'attributes'))
          .attributes,
      ).toEqual({});
    });
  });

  describe('a removal', () => {
    const removedBy = (judgement: Judgement, status = provisioned, before: UnsealedSpec = enabled): UnsealedSpec =>
      remove(record(before, status), 'Apply', unassigned, { evidence: 'e', judgement });

    it('needs nobody’s verdict where the account is let go', () => {
      const retained = remove(record(enabled), 'Apply', { reason: 'Unassigned', action: 'Retain' }, { evidence: 'e', judgement: held });
      expect(standingOf(retained)).toEqual({
        type: 'Removed',
        removal: { reason: 'Unassigned', action: 'Retain' },
        verdict: { type: 'None' },
      });
    });

    it('is never staged for an account that is deleted already, and no verdict is made up for it', () => {
      for (const judgement of [passed, held]) expect(verdictOf(removedBy(judgement, deleted))).toEqual({ type: 'None' });
      const staged = removedBy(held);
      expect(standingOf(removedBy(passed, deleted, staged))).toMatchObject({ type: 'Removed', verdict: { type: 'None' } });
    });

    it('keeps the verdict under which the account was deleted', () => {
      expect(verdictOf(removedBy(held, deleted, removedBy(passed)))).toEqual(passed);
    });

    it('keeps no verdict of a plan, nor one about a block', () => {
      const planned = remove(record(enabled), 'Plan', unassigned, { evidence: 'e', judgement: { type: 'Planned', held: false } });
      expect(verdictOf(removedBy(held, deleted, planned))).toEqual({ type: 'None' });
      expect(verdictOf(removedBy(held, deleted, toBlock()))).toEqual({ type: 'None' });
    });
  });

  describe('an expression that says to leave the person alone', () => {
    const left = (before: UnsealedSpec, status = provisioned, signIn = true, mode: 'Apply' | 'Plan' = 'Apply') =>
      leaveAsIs(record(before, status), mode, { enabled: signIn });
    const removed = remove(record(enabled), 'Apply', unassigned, { evidence: 'e', judgement: passed });
    const toRemove = remove(record(enabled), 'Apply', unassigned, { evidence: 'e', judgement: held });

    it.each<[string, UnsealedSpec | undefined, string | undefined]>([
      ['ends a removal', left(removed), 'Present'],
      ['ends a removal that waits', left(toRemove), 'Present'],
      ['restores nobody', left(removed, deleted), undefined],
      ['ends a removal that waits although the account is gone', left(toRemove, deleted), 'Present'],
      ['ends a block that waits when the person may sign in', left(stageBlock(enabled, content(false), 'e')), 'Present'],
      [
        'leaves a block waiting while the person may not',
        left(stageBlock(enabled, content(false), 'e'), provisioned, false),
        'BlockStaged',
      ],
      ['leaves a rejection', left(reject(toRemove)), 'Rejected'],
    ])('%s', (_, after, expected) => {
      expect(after && standingOf(after).type).toBe(expected);
      expect(after?.ignored).toBe(after === undefined ? undefined : true);
    });

    it('I13 follows the mode, and keeps the verdict of a block', () => {
      expect(left(toBlock(), provisioned, false, 'Plan')).toMatchObject({
        mode: 'Plan',
        ignored: true,
        attributes: { accountEnabled: false },
      });
      expect(verdictOf(left(toBlock()) ?? enabled)).toEqual(passed);
      expect(verdictOf(left(removed) ?? enabled)).toEqual({ type: 'None' });
    });
  });

  describe('a block', () => {
    const blocked = (status: Partial<UserProjectionStatus>): UserProjectionStatus => ({ ...provisioned, ...status });

    it('is proposed to nobody when sign-in is blocked by us already', () => {
      expect(proposesBlock(record(enabled, blocked({ state: 'Blocked' })), content(false))).toBe(false);
      const since = { objectId: 'account', signInBlockedAt: '2026-01-01T00:00:00Z' };
      expect(proposesBlock(record(enabled, blocked({ targetUser: since })), content(false))).toBe(false);
    });

    it('I13 that a plan has found is not found again by it, and is proposed in Apply', () => {
      const found = block(present(undefined, content(true, 'Plan')), content(false, 'Plan'), 'e', { type: 'Planned', held: false });
      expect(proposesBlock(record(found), content(false, 'Plan'))).toBe(false);
      expect(proposesBlock(record(found), content(false, 'Apply'))).toBe(true);
      expect(proposesBlock(record(toBlock()), content(false, 'Plan'))).toBe(true);
      expect(openBlockVerdict(record(found))).toBe('planned');
    });

    it('has no verdict of a record that asks for none', () => {
      expect(openBlockVerdict(record(enabled))).toBeUndefined();
      expect(openBlockVerdict(record(stageBlock(enabled, content(false), 'e')))).toBeUndefined();
      // Of one that asks for none any more, though a verdict is left on it, and of one that is removed instead.
      const { guardedAt } = toBlock();
      expect(guardedAt).toBeDefined();
      expect(openBlockVerdict(record({ ...enabled, guardedAt } as UnsealedSpec))).toBeUndefined();
      expect(
        openBlockVerdict(record(remove(record(toBlock()), 'Apply', unassigned, { evidence: 'e', judgement: passed }))),
      ).toBeUndefined();
    });

    it('has a verdict in the mode of the record alone', () => {
      expect(openBlockVerdict(record(toBlock()))).toBeDefined();
      expect(openBlockVerdict(record(toBlock()), 'Plan')).toBeUndefined();
    });

    it('E7 approved keeps every attribute, and blocks', () => {
      const approved = approve(stageBlock(enabled, content(false), 'e'), { token: 'abc', by: 'ana' });
      expect(approved.attributes).toEqual({ displayName: 'Ana', accountEnabled: false });
      expect(verdictOf(approved)).toEqual({ type: 'Approved', token: 'abc', by: 'ana' });
    });

    it('a decision about a record with nothing staged changes nothing', () => {
      for (const spec of [enabled, toBlock(), reject(stageBlock(enabled, content(false), 'e'))]) {
        expect(approve(spec, token)).toEqual(spec);
        expect(reject(spec)).toEqual(spec);
      }
    });
  });
});
