import { mayBlock, mayChange, mayCreate, mayUpdate, type Permitted } from '../../../../src/core/lifecycle/permitted.ts';
import { isConvertible, presentUnblocked, reject, stageBlock } from '../../../../src/core/projection/transitions.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import { recordWith } from '../support.ts';

type Status = NonNullable<NonNullable<Parameters<typeof recordWith>[0]>['status']>;

const all: Permitted = { targetActions: ['Create', 'Update', 'Delete'], limits: undefined, signIn: 'Source' };
const withoutUpdate: Permitted = { ...all, targetActions: ['Create', 'Delete'] };
const link = { objectId: 'account', userPrincipalName: 'ana#EXT#@spoke.example', origin: 'Created', userType: 'Guest' } as const;
const record = (status: Status = {}) => recordWith({ status: { targetUser: link, ...status } });
const excluding = (name: string): Permitted => ({ ...all, limits: { allowDelete: true, excludedTargetUsers: [name] } });

describe('E7 what may be done to accounts', () => {
  it.each<[string, Permitted, Status, { update: boolean; change: boolean; block: boolean }]>([
    ['everything', all, {}, { update: true, change: true, block: true }],
    ['no updates', withoutUpdate, {}, { update: false, change: false, block: false }],
    [
      'no updates, one that is being made',
      withoutUpdate,
      { targetUser: { ...link, unfinished: true } },
      { update: true, change: true, block: true },
    ],
    [
      'no updates, one that is being brought back',
      withoutUpdate,
      { intent: { operation: 'Restore', at: '2026-01-05T08:00:00Z' } },
      { update: true, change: true, block: true },
    ],
    ['an account that is excluded by its id', excluding('ACCOUNT'), {}, { update: true, change: false, block: false }],
    ['an account that is excluded by its name', excluding(link.userPrincipalName), {}, { update: true, change: false, block: false }],
    ['another account that is excluded', excluding('other'), {}, { update: true, change: true, block: true }],
    ['no account yet', excluding('account'), { targetUser: undefined as never }, { update: true, change: true, block: true }],
    ['the target has the say about sign-in', { ...all, signIn: 'Target' }, {}, { update: true, change: true, block: false }],
    ['sign-in is only filled in', { ...all, signIn: 'WhenEmpty' }, {}, { update: true, change: true, block: false }],
    ['both have a say about sign-in', { ...all, signIn: 'MostRestrictive' }, {}, { update: true, change: true, block: true }],
  ])('%s', (_, permitted, status, expected) => {
    const given = record(status);
    expect({ update: mayUpdate(permitted, given), change: mayChange(permitted, given), block: mayBlock(permitted, given) }).toEqual(
      expected,
    );
  });

  it('are creations of the kinds that the pair names', () => {
    expect([mayCreate(all, 'Member'), mayCreate({ ...all, targetActions: ['Update'] }, 'Member')]).toEqual([true, false]);
    const guests: Permitted = { ...all, limits: { allowDelete: true, userTypes: ['Guest'] } };
    expect([mayCreate(guests, 'Member'), mayCreate(guests, 'Guest')]).toEqual([false, true]);
  });

  it.each<[string, Permitted, boolean, boolean]>([
    ['anything', all, true, true],
    ['no updates', withoutUpdate, false, false],
    ['no members', { ...all, limits: { allowDelete: true, userTypes: ['Guest'] } }, false, true],
    ['the target has the say about sign-in', { ...all, signIn: 'Target' }, true, false],
    ['nobody is opened whom the target has blocked', { ...all, signIn: 'MostRestrictive' }, true, false],
    ['the account is excluded', excluding('account'), false, false],
  ])('D7 D8 conversions of either kind: %s', (_, permitted, toMember, opens) => {
    expect(isConvertible(record(), { memberStrategy: 'InviteAsGuest', attributes: {} }, permitted)).toBe(toMember);
    const listed = record({ targetUser: { ...link, addressListOnly: true } });
    expect(isConvertible(listed, { attributes: { accountEnabled: true } }, permitted)).toBe(opens);
  });

  it('I13 leaves a rejection on the same evidence, and no other word about a block', () => {
    const { spec } = record();
    const desired = { ...contentOf(spec), attributes: { ...spec.attributes, accountEnabled: false } };
    const waiting = stageBlock(spec, desired, 'e');
    expect(presentUnblocked(waiting, desired, () => 'e')).toMatchObject({ lifecycle: 'Present', attributes: { accountEnabled: false } });
    expect(presentUnblocked(waiting, desired, () => 'e')).not.toHaveProperty('blockStaged');
    expect(presentUnblocked(reject(waiting), desired, () => 'e')).toMatchObject({ rejected: true, evidence: 'e' });
    expect(presentUnblocked(reject(waiting), desired, () => 'other')).not.toHaveProperty('rejected');
  });
});
