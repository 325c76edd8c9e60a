import fc from 'fast-check';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { personStanding, planMembership, type MembershipFacts, type PersonStanding } from '../../../../src/core/groups/membership.ts';
import { recordWith } from '../support.ts';

const facts = (change: Partial<MembershipFacts> = {}): MembershipFacts => ({
  source: new Set(),
  target: [],
  standingOf: (person) => ({ type: 'Live', account: `account-${person}` }),
  personOf: (account) => (account.startsWith('account-') ? account.slice('account-'.length) : undefined),
  likenessOf: () => [],
  isKept: () => false,
  isExcluded: () => false,
  propagateRemovals: true,
  exclusive: false,
  ...change,
});
const users = (...ids: readonly string[]) => ids.map((id) => ({ id, isUser: true }));

describe('G3 the members of a group', () => {
  test('are those of the source who have an account; who waits for one is counted', () => {
    const standings: Readonly<Record<string, PersonStanding>> = {
      a: { type: 'Live', account: 'account-a' },
      b: { type: 'Expected' },
      c: { type: 'None' },
      d: { type: 'HeldBack' },
    };
    const plan = planMembership(
      facts({ source: new Set(['a', 'b', 'c', 'd']), standingOf: (person) => standings[person] ?? { type: 'None' } }),
    );
    expect(plan).toEqual({
      add: ['account-a'],
      remove: [],
      wanted: 3,
      present: 0,
      waiting: 2,
      coming: 1,
      foreign: 0,
      others: [],
      managed: 0,
    });
  });

  test('who holds an account of the pair and has left the source is to go; nobody else', () => {
    const target = [...users('account-a', 'account-b', 'stranger'), { id: 'account-device', isUser: false }];
    expect(planMembership(facts({ source: new Set(['a']), target }))).toEqual({
      add: [],
      remove: ['account-b'],
      wanted: 1,
      present: 1,
      waiting: 0,
      coming: 0,
      foreign: 2,
      others: ['account-b', 'stranger', 'account-device'],
      managed: 2,
    });
  });

  test('has who is to get the account that a plan has found, if that is in it: they are not coming', () => {
    const standings: Readonly<Record<string, PersonStanding>> = {
      a: { type: 'Expected', account: 'account-a' },
      b: { type: 'Expected', account: 'account-b' },
      c: { type: 'Expected' },
    };
    const standingOf = (person: string): PersonStanding => standings[person] ?? { type: 'None' };
    const plan = planMembership(facts({ source: new Set(['a', 'b', 'c']), target: users('account-a'), standingOf }));
    expect(plan).toMatchObject({ add: [], remove: [], wanted: 3, present: 1, waiting: 2, coming: 2, foreign: 0 });
  });

  test('who was there before the group was taken over stays, unless the membership is exclusive', () => {
    const given = facts({
      source: new Set(['a']),
      target: users('account-a', 'account-b', 'account-c'),
      isKept: (id) => id !== 'account-c',
    });
    expect(planMembership(given)).toMatchObject({ remove: ['account-c'], present: 1, foreign: 1, managed: 2 });
    expect(planMembership({ ...given, exclusive: true }).remove).toEqual(['account-b', 'account-c']);
  });

  test('nobody goes where removals are not propagated; strangers go where the membership is exclusive, but for those who are never touched', () => {
    const target = users('account-b', 'stranger', 'excluded');
    expect(planMembership(facts({ target, propagateRemovals: false })).remove).toEqual([]);
    const exclusive = facts({ target, exclusive: true, isExcluded: (id) => id === 'excluded' });
    expect(planMembership(exclusive).remove).toEqual(['account-b', 'stranger']);
  });

  test.each<[string, PersonStanding, readonly string[] | undefined, readonly string[]]>([
    ['is like nobody', { type: 'HeldBack' }, [], ['device', 'stranger']],
    ['is like somebody of the group who is held back', { type: 'HeldBack' }, ['a'], ['device']],
    ['is like somebody of the group who is to get an account', { type: 'Expected' }, ['b', 'a'], ['device']],
    ['is like somebody of the group whose account is said to be another one', { type: 'Live', account: 'account-a' }, ['a'], ['device']],
    ['is like somebody of the group whom no configuration has in scope', { type: 'None' }, ['a'], ['device', 'stranger']],
    ['is like somebody who is not in the group', { type: 'HeldBack' }, ['b'], ['device', 'stranger']],
    ['cannot be read', { type: 'HeldBack' }, undefined, ['device']],
  ])('I11 of an exclusive group: a user whom no record links and who %s', (_, standing, likeness, remove) => {
    const target = [...users('stranger'), { id: 'device', isUser: false }];
    const given = facts({ source: new Set(['a']), target, exclusive: true, standingOf: () => standing, likenessOf: () => likeness });
    expect(planMembership(given)).toMatchObject({ remove, foreign: 2 });
  });

  test('after the plan was carried out nothing is left to do, and strangers are where they were', () => {
    const person = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const standing = fc.constantFrom<PersonStanding['type']>('Live', 'Expected', 'HeldBack', 'None');
    fc.assert(
      fc.property(
        fc.uniqueArray(person),
        fc.uniqueArray(person),
        fc.uniqueArray(fc.constantFrom('x', 'y', 'z')),
        fc.dictionary(person, standing),
        (source, members, strangers, standings) => {
          const standingOf = (who: string): PersonStanding => {
            const type = standings[who] ?? 'Live';
            return type === 'Live' ? { type, account: `account-${who}` } : { type };
          };
          const given = facts({
            source: new Set(source),
            target: users(...members.map((who) => `account-${who}`), ...strangers),
            standingOf,
          });
          const plan = planMembership(given);
          const after = [...given.target.map(({ id }) => id).filter((id) => !plan.remove.includes(id)), ...plan.add];
          const again = planMembership({ ...given, target: users(...after) });
          expect([again.add, again.remove]).toEqual([[], []]);
          expect(after).toEqual(expect.arrayContaining(strangers));
          expect(strangers.some((id) => plan.remove.includes(id))).toBe(false);
          expect(again.present).toBe(plan.wanted - plan.waiting);
          expect(new Set(after).size).toBe(after.length);
        },
      ),
    );
  });
});

describe('G3 where a person of the source stands', () => {
  type Status = Partial<UserProjection['status']>;
  const account = { targetUser: { objectId: 'A1', origin: 'Created' } } as const;
  const planned = (plan: NonNullable<Status['plan']>): Status => ({ state: 'Planned', plan, targetUser: undefined as never });
  const without = (state: NonNullable<Status['state']>, more: Status = {}): Status => ({ state, targetUser: undefined as never, ...more });

  test.each<[string, Status, PersonStanding['type']]>([
    ['with an account', { state: 'Provisioned', ...account }, 'Live'],
    ['whose account failed to be changed', { state: 'Failed', ...account }, 'Live'],
    ['not handled yet', without('Pending'), 'Expected'],
    ['who would be created', planned({ operation: 'Create' }), 'Expected'],
    ['who would be restored', planned({ operation: 'Restore', objectId: 'a1' }), 'Expected'],
    ['whose account would be linked', planned({ operation: 'None', objectId: 'a1' }), 'Expected'],
    ['for whom nothing would be done', planned({ operation: 'None' }), 'HeldBack'],
    ['whose account would be deleted', planned({ operation: 'Delete', objectId: 'a1' }), 'HeldBack'],
    ['in conflict', without('Conflict'), 'HeldBack'],
    ['in conflict, with a link', { state: 'Conflict', ...account }, 'HeldBack'],
    ['who failed', without('Failed'), 'HeldBack'],
    ['whom a limit holds back', without('Skipped'), 'HeldBack'],
    ['who waits for a seat', without('Skipped', { limitedBy: 'maxUsers' }), 'HeldBack'],
    ['whose creation waits for a decision', without('Staged'), 'HeldBack'],
    ['who is to be restored', { state: 'SoftDeleted', ...account, observedGeneration: 0 }, 'Expected'],
    ['who stays deleted', { state: 'SoftDeleted', ...account }, 'HeldBack'],
  ])('%s', (_, status, type) => {
    expect(personStanding([recordWith({ status })]).type).toBe(type);
  });

  test('out of scope is nobody, and one record that is on its way is enough', () => {
    const leaver = recordWith({ spec: { lifecycle: 'Removed' }, status: without('Retained') });
    expect(personStanding([leaver])).toEqual({ type: 'None' });
    expect(personStanding([])).toEqual({ type: 'None' });
    expect(personStanding([leaver, recordWith({ status: without('Failed') }), recordWith({ status: without('Pending') })]).type).toBe(
      'Expected',
    );
    expect(personStanding([recordWith({ status: without('Failed') }), recordWith({ status: account })])).toEqual({
      type: 'Live',
      account: 'a1',
    });
  });
});
