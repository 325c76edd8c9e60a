import type { GroupProjection } from '../../../../src/api/kinds.ts';
import { accountsOf, groupRecordWith, GroupSite, ours, persons, sourceGroup, type GroupSiteOptions } from './support.ts';

type Plan = GroupProjection['status']['plan'];

const people = persons(3);
const deleted = '2026-01-01T00:00:00Z';
const removal = { reason: 'Unassigned', action: 'SoftDelete' } as const;

/** What a pass in Plan mode says of a group, which it leaves as it was. */
async function planned(options: GroupSiteOptions, before: (given: GroupSite) => void = () => undefined): Promise<Plan> {
  const given = await looked(options, before);
  expect(given.record.status.state).toBe('Planned');
  return given.record.status.plan;
}

async function looked(options: GroupSiteOptions, before: (given: GroupSite) => void = () => undefined): Promise<GroupSite> {
  const given = new GroupSite({ people, ...options, configuration: { mode: 'Plan' }, spec: { mode: 'Plan', ...options.spec } });
  before(given);
  const live = given.target.live('made-1');
  const { members } = given;
  // A plan is made where the target does not let people in, too.
  given.site.target.userSyncInboundAllowed = false;
  await given.site.clock.advance(60_000);
  await given.reconcile();
  expect(given.target.writes).toEqual([]);
  expect(given.target.live('made-1')).toEqual(live);
  expect(given.members).toEqual(members);
  return given;
}

const pending = (given: GroupSite): void => {
  const [first] = given.site.projections.list();
  if (first === undefined) throw new Error('nobody is there');
  given.site.projections.put({ ...first, status: { state: 'Pending' } });
};

describe('G3 Plan writes nothing, and says what Apply would do', () => {
  it('G3 a creation, with those who will have an account', async () => {
    expect(await planned({}, pending)).toEqual({ operation: 'Create', addMembers: 3, removeMembers: 0 });
  });

  it.each(['Conflict', 'Failed', 'Skipped', 'Staged'] as const)('G3 a creation, without who is %s and has no account', async (state) => {
    const held = (given: GroupSite): void => {
      const [first] = given.site.projections.list();
      if (first === undefined) throw new Error('nobody is there');
      given.site.projections.put({ ...first, status: { state } });
    };
    expect(await planned({}, held)).toEqual({ operation: 'Create', addMembers: 2, removeMembers: 0 });
    expect(await planned({ members: ['a2', 'a3'] }, held)).toMatchObject({ operation: 'None', addMembers: 0 });
  });

  it('G3 nothing for accounts that are members and that a plan would link; who of them has left the source would go', async () => {
    const unlinked = (given: GroupSite): void => {
      for (const record of given.site.projections.list())
        given.site.projections.put({
          ...record,
          status: { state: 'Planned', plan: { operation: 'None', objectId: record.spec.source.objectId.replace('p', 'a') } },
        });
    };
    expect(await planned({ members: ['a1', 'a2', 'a3'] }, unlinked)).toMatchObject({ operation: 'None', addMembers: 0, removeMembers: 0 });
    const left = (given: GroupSite): void => {
      unlinked(given);
      given.people.quit(sourceGroup, 'p1');
    };
    expect(await planned({ members: ['a1', 'a2', 'a3', 'stranger'] }, left)).toMatchObject({ operation: 'Update', removeMembers: 1 });
  });

  it('G3 a restore', async () => {
    const status = { targetGroup: { objectId: 'made-1', origin: 'Created', deletedAt: deleted } } as const;
    const before = (given: GroupSite): void => {
      given.target.put('made-1', ours);
      given.target.bin('made-1');
    };
    expect(await planned({ status }, before)).toMatchObject({ operation: 'Restore', addMembers: 3 });
  });

  it('G3 new names, and members who come and go, those without an account yet counted', async () => {
    const options: GroupSiteOptions = { members: ['a1', 'a2'], spec: { attributes: { displayName: 'Eagle', mailNickname: 'Eagle' } } };
    const before = (given: GroupSite): void => {
      given.people.quit(sourceGroup, 'p2');
      given.people.join(sourceGroup, 'p4');
      pending(given);
    };
    expect(await planned(options, before)).toEqual({
      operation: 'Update',
      attributes: ['displayName', 'mailNickname'],
      addMembers: 2,
      removeMembers: 1,
    });
  });

  it('G3 nothing, of a group that agrees', async () => {
    expect(await planned({ members: accountsOf(people) })).toEqual({ operation: 'None', attributes: [], addMembers: 0, removeMembers: 0 });
  });

  it.each<[string, GroupSiteOptions, Plan]>([
    ['a deletion that waits', { members: [], spec: { lifecycle: 'RemovalStaged', removal } }, { operation: 'Delete' }],
    ['a deletion that was approved', { members: [], spec: { lifecycle: 'Removed', removal, approvedToken: 't' } }, { operation: 'Delete' }],
    ['a deletion that nobody approved', { members: [], spec: { lifecycle: 'Removed', removal } }, { operation: 'None' }],
    [
      'a group that is let go',
      { members: [], spec: { lifecycle: 'Removed', removal: { ...removal, action: 'Retain' } } },
      { operation: 'None' },
    ],
    ['a group without a name', { spec: { attributes: undefined as never, failedMapping: 'no text' } }, { operation: 'None' }],
  ])('G3 %s', async (_, options, plan) => {
    expect(await planned(options)).toEqual(plan);
  });

  it('G3 a group that is there no more and was to be removed is forgotten', async () => {
    const given = new GroupSite({ configuration: { mode: 'Plan' }, spec: { mode: 'Plan', lifecycle: 'Removed', removal } });
    expect(await given.reconcile()).toEqual({});
    expect(given.site.groups.size).toBe(0);
    expect(given.target.writes).toEqual([]);
  });

  it.each<[string, GroupSiteOptions, (given: GroupSite) => void, string]>([
    ['a conflict', {}, (given) => given.target.put('theirs', { displayName: 'Falcon' }), 'GroupNameTaken'],
    ['a limit', { pair: { limits: { maxGroups: 0 } as never } }, () => undefined, 'LimitReached'],
    ['hidden members', {}, (given) => void given.people.hidden.add(sourceGroup), 'SourceGroupHidden'],
  ])('G3 %s', async (_, options, before, reason) => {
    expect((await looked(options, before)).reason).toBe(reason);
  });

  it('G3 and a plan of another configuration claims no group', async () => {
    const older = { name: 'other', uid: 'uid-other', creationTimestamp: '2025-01-01T00:00:00Z' };
    const given = new GroupSite({ people });
    given.site.groups.put(groupRecordWith({ metadata: older, spec: { mode: 'Plan' } }));
    given.site.groups.put(given.record);
    await given.reconcile();
    expect(given.site.groups.get({ namespace: 'identity', name: `staff-group-${sourceGroup}` })?.status.state).toBe('Provisioned');
  });
});
