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
