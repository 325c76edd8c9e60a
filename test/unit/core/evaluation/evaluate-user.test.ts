import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import {
  evaluateUser,
  leavingReason,
  readingOf,
  type Evaluation,
  type EvaluationInput,
} from '../../../../src/core/evaluation/evaluate-user.ts';
import { compileMappings, type Mappings } from '../../../../src/core/mapping/compile.ts';
import type { MappingSpec } from '../../../../src/core/mapping/default-mappings.ts';
import type { ScopeFilter } from '../../../../src/core/scope/filter.ts';
import { guest, internal } from '../support.ts';

const filter = (passes: boolean | null): ScopeFilter => ({ attributes: [], passes: () => passes, explain: () => [] });

function evaluate(
  more: Partial<EvaluationInput>,
  expressions: Readonly<Record<string, string>> = { displayName: '[displayName]' },
): Evaluation {
  const invitation = { address: 'UserPrincipalName' } as const;
  const attributeMappings = Object.entries(expressions).map(([target, expression]): MappingSpec => ({
    target,
    expression,
    apply: 'Always',
    authority: 'Source',
    whenNull: 'Keep',
    propagateRemoval: false,
  }));
  return evaluateUser({
    configuration: { name: 'staff', spec: { mode: 'Apply', invitation, attributeMappings } as unknown as SyncConfigurationSpec },
    pair: { sourceTenantId: 'source', targetTenantId: 'target' },
    user: internal('ana', { attributes: { displayName: 'Ana', accountEnabled: true } }),
    mappings: compileMappings({ defaultAttributeMappings: false, attributeMappings, invitation }) as Mappings,
    moment: { now: 0 },
    filter: filter(true),
    assigned: true,
    ...more,
  });
}

const ambiguous = guest('ana', { userType: 'Member', creationType: null, externalUserState: null, identities: [] });
const broken = 'IIF(IsPresent(CDate([displayName])), [accountEnabled], [accountEnabled])';

describe('what should become of a source user', () => {
  it.each<[string, Partial<EvaluationInput>, object]>([
    [
      'A1 in scope: wanted',
      {},
      { type: 'Present', signIn: 'Decided', desired: { attributes: { displayName: 'Ana' }, invitedAddress: 'ana@fabrikam.com' } },
    ],
    ['A3 not assigned: leaving', { assigned: false }, { type: 'Leaving', reason: 'Unassigned', skipped: 'NotInScope' }],
    ['A3 fails the filters: leaving', { filter: filter(false) }, { type: 'Leaving', reason: 'FilteredOut', skipped: 'FilteredOut' }],
    [
      'A3 neither: the assignment counts',
      { assigned: false, filter: filter(false) },
      { type: 'Leaving', reason: 'Unassigned', skipped: 'NotInScope' },
    ],
    ['E6 filters that could not be decided: unclear', { filter: filter(null) }, { type: 'Unclear', reason: 'FilterUndecided' }],
    ['B7 an external user: leaving', { user: guest('ana') }, { type: 'Leaving', reason: 'FilteredOut', skipped: 'NotInternalMember' }],
    [
      'B7 an internal guest: leaving',
      { user: internal('ana', { userType: 'Guest' }) },
      { type: 'Leaving', reason: 'FilteredOut', skipped: 'NotInternalMember' },
    ],
    ['B7 contradictory evidence: unclear', { user: ambiguous }, { type: 'Unclear', reason: 'AmbiguousIdentity' }],
    [
      'B7 contradictory evidence of one who is not assigned: unclear',
      { user: ambiguous, assigned: false },
      { type: 'Unclear', reason: 'AmbiguousIdentity' },
    ],
  ])('%s', (_, more, expected) => expect(evaluate(more)).toMatchObject(expected));

  it('an expression says to leave the user alone', () => {
    expect(evaluate({}, { displayName: 'IIF([displayName] = "Ana", IgnoreObjectFlow, "x")' })).toEqual({ type: 'Ignored' });
  });

  it.each<[string, Readonly<Record<string, string>>, boolean, 'Decided' | 'Undecided', boolean | undefined]>([
    ['is mapped', { accountEnabled: '[accountEnabled]' }, true, 'Decided', true],
    ['is not mapped', { displayName: '[displayName]' }, true, 'Decided', undefined],
    ['cannot be computed', { accountEnabled: broken }, true, 'Undecided', undefined],
    ['cannot be computed of one who may not sign in in the source', { accountEnabled: broken }, false, 'Decided', false],
  ])('A4 sign-in that %s', (_, expressions, accountEnabled, signIn, wanted) => {
    const user = internal('ana', { accountEnabled, attributes: { displayName: 'Ana', accountEnabled } });
    const evaluation = evaluate({ user }, expressions);
    expect(evaluation).toMatchObject({ type: 'Present', signIn });
    expect(evaluation.type === 'Present' ? evaluation.desired.attributes?.accountEnabled : 'none').toBe(wanted);
  });
});

describe('why somebody does not belong there', () => {
  it('as a reading of the source says', () => {
    const user = internal('ana');
    const left: Evaluation = { type: 'Leaving', reason: 'Unassigned', skipped: 'NotInScope' };
    expect(leavingReason(readingOf(undefined, () => left))).toBe('Deleted');
    expect(leavingReason(readingOf(user, () => left))).toBe('Unassigned');
    expect(leavingReason(readingOf(user, () => ({ type: 'Ignored' })))).toBeUndefined();
    expect(leavingReason(readingOf(user, () => ({ type: 'Unclear', reason: 'FilterUndecided' })))).toBeUndefined();
    expect(readingOf(user, ({ id }) => ({ ...left, reason: id === 'ana' ? 'FilteredOut' : 'Unassigned' }))).toMatchObject({
      reason: 'FilteredOut',
    });
  });
});
