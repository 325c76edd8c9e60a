import { adoptedGroupAnchor } from '../../../../src/core/groups/anchor.ts';
import { keptOf } from '../../../../src/core/groups/kept.ts';
import { refusal } from '../../../support/fake-target.ts';
import { sourceTenantId } from '../../core/support.ts';
import { groupsSpec } from '../group-cycles.ts';
import { minute } from '../support.ts';
import { accountsOf, GroupSite, persons, personRecord, sourceGroup, type GroupSiteOptions } from './support.ts';

const adoptedAnchor = adoptedGroupAnchor('default', { tenantId: sourceTenantId, objectId: sourceGroup });
/** A group that somebody in the target has made. */
const theirs = { displayName: 'Their Falcon', mailNickname: 'Falcon' } as const;
const groups = groupsSpec({ matching: { adoption: 'Adopt', by: 'MailNickname' } });
const lost = refusal('Unavailable', { outcomeUnknown: true });

/** Three people in the source group; in the target a group of its nickname with the first of them, a colleague of theirs who is not in it, and a stranger. */
function site({ configuration, ...options }: GroupSiteOptions = {}): GroupSite {
  const given = new GroupSite({ evaluated: 'Never', people: persons(3), configuration: { groups, ...configuration }, ...options });
  given.target.put('theirs', theirs, ['a1', 'a9', 'stranger']);
  given.site.projections.put(personRecord('p9'));
  return given;
}

/** Everybody of the pair has their record. */
const settle = (given: GroupSite): void => given.configurationChanges('Now');

const members = (given: GroupSite): readonly string[] => given.target.members('theirs');

describe('G3 a group that is taken over by its mail nickname', () => {
  it('G3 gets our anchor and our names in one request, keeps its members, and gets those of the source', async () => {
    const given = site();
    settle(given);
    await given.reconcile();
    expect(given.target.written('updateGroup')).toEqual(['updateGroup theirs uniqueName,displayName']);
    expect(given.target.live('theirs')).toMatchObject({ uniqueName: adoptedAnchor, displayName: 'Falcon' });
    expect([...given.target.kept.keys()]).toEqual(['theirs']);
    expect(members(given)).toEqual(['a1', 'a2', 'a3', 'a9', 'stranger']);
    expect(given.record.status).toMatchObject({
      state: 'Provisioned',
      targetGroup: { objectId: 'theirs', origin: 'Adopted' },
      members: { wanted: 3, present: 3, foreign: 2 },
      keptMembers: keptOf(['a9', 'stranger']),
    });
    expect(given.record.status.intent).toBeUndefined();
  });

  it('G3 follows the source afterwards, and leaves alone for good who was there', async () => {
    const given = site();
    settle(given);
    await given.reconcile();
    given.people.quit(sourceGroup, 'p1', 'p2');
    given.target.putMember('theirs', { id: 'late', isUser: true });
    await given.lookAgain(11 * minute);
    expect(members(given)).toEqual(['a3', 'a9', 'late', 'stranger']);
    given.people.join(sourceGroup, 'p9');
    await given.lookAgain(11 * minute);
    given.people.quit(sourceGroup, 'p9');
    await given.lookAgain(11 * minute);
    expect(members(given)).toEqual(['a3', 'a9', 'late', 'stranger']);
  });

  it('G3 loses nobody before each account of the pair has its record: only then it is known who was there', async () => {
    const given = site();
    await given.reconcile();
    given.people.quit(sourceGroup, 'p1');
    const { requeueAfterMs } = await given.lookAgain(11 * minute);
    expect([members(given), given.record.status.keptMembers, requeueAfterMs]).toEqual([
      ['a1', 'a2', 'a3', 'a9', 'stranger'],
      undefined,
      minute,
    ]);
    settle(given);
    await given.lookAgain(minute);
    given.people.quit(sourceGroup, 'p2');
    await given.lookAgain(11 * minute);
    // p1 was in it when it was written down who is there and not in the source.
    expect(members(given)).toEqual(['a1', 'a3', 'a9', 'stranger']);
  });

  it('G3 loses those who were there where the membership is exclusive, through the guard', async () => {
    const given = site({ spec: { members: { membership: 'Direct', propagateRemovals: true, exclusive: true } } });
    settle(given);
    await given.reconcile();
    expect(members(given)).toEqual(accountsOf(persons(3)));
  });

  it('G3 is found again without any memory of this cluster, and keeps everybody who is there then', async () => {
    const given = site({ configuration: { groups: groupsSpec({ matching: { adoption: 'Adopt', by: 'Anchor' } }) } });
    settle(given);
    given.target.put('theirs', { ...theirs, mailNickname: 'renamed', uniqueName: adoptedAnchor }, ['a1', 'a9']);
    await given.reconcile();
    await given.lookAgain(11 * minute);
    expect([...given.target.kept.keys()]).toEqual(['theirs']);
    expect(members(given)).toEqual(['a1', 'a2', 'a3', 'a9']);
  });

  it.each([true, false])('G3 is taken over once where the answer is lost (it took effect: %s)', async (tookEffect) => {
    const given = site();
    settle(given);
    given.target.fail('updateGroup', lost, tookEffect);
    await given.reconcile();
    expect(given.record.status.intent?.operation).toBe('Adopt');
    await given.lookAgain(2000);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetGroup: { objectId: 'theirs', origin: 'Adopted' } });
    expect([...given.target.kept.keys()]).toEqual(['theirs']);
    expect(members(given)).toEqual(['a1', 'a2', 'a3', 'a9', 'stranger']);
    expect(given.record.status.keptMembers).toBe(keptOf(['a9', 'stranger']));
  });

  it('G3 is waited for while reads do not show our anchor yet, and is a conflict when it stays away', async () => {
    const given = site();
    settle(given);
    await given.reconcile();
    given.target.put('theirs', theirs, [...members(given)]);
    await given.lookAgain(minute);
    expect(given.record.status.state).toBe('Provisioned');
    await given.lookAgain(11 * minute);
    expect(given.reason).toBe('GroupNotOurs');
  });

  it('G3 does not hand on who was in another one before', async () => {
    const given = site({ status: { targetGroup: { objectId: 'gone', origin: 'Adopted' }, keptMembers: keptOf(['a2']) } });
    settle(given);
    await given.reconcile();
    expect(given.record.status.keptMembers).toBe(keptOf(['a9', 'stranger']));
  });

  it('G3 is shown in a plan, which writes nothing', async () => {
    const given = site({ configuration: { mode: 'Plan' }, spec: { mode: 'Plan' } });
    settle(given);
    await given.reconcile();
    expect(given.record.status.plan).toEqual({
      operation: 'Update',
      attributes: ['displayName', 'uniqueName'],
      addMembers: 2,
      removeMembers: 0,
    });
    expect(given.target.writes).toEqual([]);
  });
});

describe('G3 a group of the same mail nickname', () => {
  it.each<[string, GroupSiteOptions, (given: GroupSite) => void, string]>([
    [
      'where adoption is Ignore',
      { configuration: { groups: groupsSpec({ matching: { adoption: 'Ignore', by: 'MailNickname' } }) } },
      () => undefined,
      'ExistingGroupNotAdopted',
    ],
    ['where there are two', {}, ({ target }) => target.put('third', theirs), 'GroupAmbiguous'],
    ['that carries roles', {}, ({ target }) => target.put('theirs', { ...theirs, roleAssignable: true }), 'GroupRoleAssignable'],
    ['that is of another owner', {}, ({ target }) => target.put('theirs', { ...theirs, uniqueName: 'bicep' }), 'GroupNotOurs'],
    ['where the pair has no room', { pair: { limits: { maxGroups: 0 } as never } }, () => undefined, 'LimitReached'],
  ])('G3 is not written %s', async (_, options, before, reason) => {
    const given = site(options);
    settle(given);
    before(given);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe(reason);
  });

  it.each(['Adopt', 'Ignore'] as const)(
    'G3 is nobody to us where groups are recognised by their anchor (adoption: %s)',
    async (adoption) => {
      const given = site({ configuration: { groups: groupsSpec({ matching: { adoption, by: 'Anchor' } }) } });
      await given.reconcile();
      expect([...given.target.kept.keys()]).toEqual(['theirs', 'made-1']);
      expect(members(given)).toEqual(['a1', 'a9', 'stranger']);
    },
  );
});
