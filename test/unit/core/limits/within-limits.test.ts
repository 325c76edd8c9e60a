import type { Decision } from '../../../../src/core/lifecycle/decide.ts';
import type { Limits } from '../../../../src/core/limits/limits.ts';
import { withinLimits, type LimitFacts } from '../../../../src/core/limits/within-limits.ts';
import { guest } from '../support.ts';

const user = guest('account', { userPrincipalName: 'ana#EXT#@fabrikam.com' });
const create: Decision = { do: 'Create' };
const restore: Decision = { do: 'Restore', user };
const adopt: Decision = { do: 'Link', user, origin: 'Adopted' };
const readopt: Decision = { ...adopt, marked: true };
const relink: Decision = { do: 'Link', user, origin: 'Created' };
const update: Decision = { do: 'Update', user };
const limited = (limit: string, state = 'Skipped') => ({ do: 'Settle', state, reason: 'LimitReached', limit });

interface Given {
  readonly limits?: Partial<Limits>;
  readonly spec?: Partial<LimitFacts['spec']>;
  readonly full?: true;
}

function within(decision: Decision, { limits, spec, full }: Given): { readonly decision: Decision; readonly asked: boolean } {
  let asked = false;
  const takesSeat = (): boolean => {
    asked = true;
    return full !== true;
  };
  const facts = { limits: limits && { allowDelete: true, ...limits }, spec: { lifecycle: 'Present' as const, ...spec }, takesSeat };
  return { decision: withinLimits(decision, facts), asked };
}

describe('B11 a decision within the limits of the pair', () => {
  it.each<[string, Decision, Given, unknown]>([
    ['no limits: as it is', create, { full: true }, create],
    ['a seat is left: create', create, { limits: { maxUsers: 5 } }, create],
    ['none is left: no creation', create, { limits: { maxUsers: 5 }, full: true }, limited('maxUsers')],
    ['none is left: no restore', restore, { limits: { maxUsers: 5 }, full: true }, limited('maxUsers')],
    ['none is left: no adoption', adopt, { limits: { maxUsers: 5 }, full: true }, limited('maxUsers')],
    ['none is left: what is ours is linked', relink, { limits: { maxUsers: 5 }, full: true }, relink],
    ['none is left: what we adopted once is linked', readopt, { limits: { maxUsers: 5 }, full: true }, readopt],
    ['none is left: what is there is updated', update, { limits: { maxUsers: 5 }, full: true }, update],
    ['the type is not allowed: no creation', create, { limits: { userTypes: ['Guest'] } }, limited('userTypes')],
    ['the mapped type is allowed: create', create, { limits: { userTypes: ['Guest'] }, spec: { onCreate: { userType: 'Guest' } } }, create],
    ['the type is not allowed: who was there comes back', restore, { limits: { userTypes: ['Guest'] } }, restore],
    ...([restore, adopt, relink, update, { do: 'Block', user }] satisfies Decision[]).map(
      (decision): [string, Decision, Given, unknown] => [
        `an excluded account: no ${decision.do}`,
        decision,
        { limits: { excludedTargetUsers: ['account'] } },
        { ...limited('excludedTargetUsers'), objectId: 'account' },
      ],
    ),
    [
      'an excluded account: who leaves is let go',
      { do: 'Delete', user },
      { limits: { excludedTargetUsers: ['ANA#ext#@fabrikam.com'] }, spec: { lifecycle: 'Removed' } },
      { ...limited('excludedTargetUsers', 'Retained'), objectId: 'account' },
    ],
    [
      'what writes nothing stays',
      { do: 'Wait', reason: 'WaitingForReplication' },
      { limits: { maxUsers: 1 }, full: true },
      { do: 'Wait', reason: 'WaitingForReplication' },
    ],
  ])('%s', (_, decision, given, expected) => {
    expect(within(decision, given).decision).toEqual(expected);
  });

  it('takes a seat for nobody who adds no account, or may have none', () => {
    expect(within(update, { limits: { maxUsers: 5 } }).asked).toBe(false);
    expect(within(create, { limits: { maxUsers: 5, userTypes: ['Guest'] } }).asked).toBe(false);
    expect(within(create, { limits: { userTypes: ['Member'] } }).asked).toBe(false);
  });
});
