import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import { evaluationRevision } from '../../../../src/core/cycle/fingerprint.ts';
import { marksOf } from '../../../../src/core/groups/kept.ts';
import { evidenceOf } from '../../../../src/core/groups/removals.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import { refusal } from '../../../support/fake-target.ts';
import { sourceObjectId, sourceTenantId } from '../../core/support.ts';
import { groupsSpec } from '../group-cycles.ts';
import { configurationWith, minute } from '../support.ts';
import { accountsOf, GroupSite, personRecord, persons, sourceGroup, type GroupSiteOptions } from './support.ts';

const site = (options: GroupSiteOptions = {}): GroupSite => new GroupSite({ members: [], ...options });
/** A group whose source has lost two members of four, and has another one whom the target does not have. */
const changed = (options: GroupSiteOptions = {}): GroupSite => {
  const given = site({ people: persons(5), members: accountsOf(persons(4)), ...options });
  given.people.quit(sourceGroup, 'p1');
  return given;
};

describe('G3 members that cannot be read in full', () => {
  it.each<[string, (given: GroupSite) => void, number]>([
    [
      'the source names its first page again',
      (given) => {
        const { source } = given.site.session;
        Object.assign(source, { groupMembers: () => Promise.resolve({ items: ['p2'], next: 'first' }) });
      },
      2000,
    ],
    [
      'the source sends a thousand pages with nobody in them',
      (given) => {
        let page = 0;
        const groupMembers = () => Promise.resolve({ items: [], next: String((page += 1)) });
        Object.assign(given.site.session.source, { groupMembers });
      },
      2000,
    ],
    ['the target names its first page again', (given) => void (given.target.listIsEndless = true), 2000],
    ['the source does not answer', (given) => given.people.fail('groupMembers', refusal('Unavailable')), 1000],
    ['the target does not answer', (given) => given.target.fail('membersPage', refusal('Unavailable')), 1000],
  ])('G3 change nothing: %s', async (_, broken, againInMs) => {
    const given = changed();
    broken(given);
    expect((await given.reconcile()).requeueAfterMs).toBe(againInMs);
    expect(given.target.writes).toEqual([]);
    expect(given.members).toEqual(accountsOf(persons(4)));
    expect(given.record.status.members).toBeUndefined();
  });

  it('G3 change nothing where the second page of the target is missing', async () => {
    const given = changed();
    given.target.pageSize = 2;
    given.target.during = (operation) => {
      if (operation === 'membersPage' && given.target.reads.at(-1)?.endsWith(' 2') === true) throw refusal('Unavailable');
    };
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
  });

  it('G3 of a source group that is not there, which may be a lag, change nothing, and a cycle looks at it', async () => {
    const given = changed();
    given.people.groups.delete(sourceGroup);
    expect(await given.reconcile()).toEqual({});
    expect(given.target.writes).toEqual([]);
    expect(given.record.status).toMatchObject({ state: 'Pending' });
    expect(given.record.status.stagedRemovals).toBeUndefined();
    expect(given.deps.tracker.isCycleRequested('identity/staff')).toBe(true);
    expect(given.site.enqueued).toContain('configuration identity/staff');
  });

  it('G3 that the source hides change nothing, and the record says so', async () => {
    const given = changed();
    given.people.hidden.add(sourceGroup);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.state).toBe('Conflict');
    expect(given.reason).toBe('SourceGroupHidden');
  });

  it('G3 that the source hides from others are read with the permission', async () => {
    const given = changed();
    given.people.hidden.add(sourceGroup);
    Object.assign(given.site.session.source, { grantedPermissions: () => Promise.resolve(['Member.Read.Hidden']) });
    await given.reconcile();
    expect(given.members).toContain('a5');
  });
});

describe('G3 members who are to be put in', () => {
  const people = persons(25);
  const all = [...accountsOf(people)].sort();

  it('G3 are put in twenty at a time', async () => {
    const given = site({ people });
    await given.reconcile();
    expect(given.target.written('addMembers')).toHaveLength(2);
    expect(given.members).toEqual(all);
    expect(given.reason).toBe('Succeeded');
  });

  it('G3 are put in one by one where a batch was refused because of one of them, who is tried again', async () => {
    const given = site({ people });
    given.target.unready.add('a7');
    expect((await given.reconcile()).requeueAfterMs).toBe(5 * minute);
    expect(given.members).toEqual(all.filter((account) => account !== 'a7'));
    expect(given.warnings).toEqual(['MembersNotAdded']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', members: { wanted: 25, present: 24, waiting: 1 } });
    given.target.unready.clear();
    await given.lookAgain(5 * minute);
    expect(given.members).toEqual(all);
    expect(given.warnings).toEqual([]);
    expect(given.record.status.members).toMatchObject({ present: 25, waiting: 0 });
  });

  it('G3 conclude nothing where the group itself is not seen any more', async () => {
    const given = new GroupSite({ people: persons(2), members: [] });
    given.target.during = (operation) => {
      if (operation === 'addMembers') given.target.bin('made-1');
    };
    const { requeueAfterMs } = await given.reconcile();
    expect([requeueAfterMs, given.warnings]).toEqual([5000, []]);
    await given.lookAgain(5000);
    expect(given.reason).toBe('GroupDeletedInTarget');
  });

  it('G3 who are in it already, by a request whose answer was lost, count as put in', async () => {
    const given = site({ people: persons(3), members: ['a1'] });
    given.target.unseen.add('a1');
    await given.reconcile();
    expect(given.members).toEqual(['a1', 'a2', 'a3']);
    expect(given.warnings).toEqual([]);
    expect(given.record.status.members).toMatchObject({ present: 3, waiting: 0 });
  });

  it('G3 are not put in again while reads do not show them yet', async () => {
    const given = site({ people: persons(2) });
    await given.reconcile();
    given.target.unseen.add('a1').add('a2');
    given.target.writes.length = 0;
    await given.lookAgain(minute);
    expect(given.target.writes).toEqual([]);
    await given.lookAgain(10 * minute);
    expect(given.target.writes).not.toEqual([]);
  });

  it.each(['GroupOnPremises', 'GroupMailEnabled'] as const)(
    'G3 are not tried one by one where the group itself is refused: %s',
    async (reason) => {
      const given = site({ people });
      given.target.fail('addMembers', refusal('InvalidRequest', { reason }));
      await given.reconcile();
      expect(given.target.writes).toHaveLength(1);
      expect(given.record.status.state).toBe('Failed');
      expect(given.reason).toBe(reason);
    },
  );

  it('G3 who have no account yet are waited for, and others are of no concern', async () => {
    const given = site({ people: persons(4) });
    given.site.projections.put(personRecord('p1', { status: { state: 'Pending', targetUser: undefined as never } }));
    given.site.projections.put(personRecord('p2', { spec: { lifecycle: 'Removed' }, status: { state: 'SoftDeleted' } }));
    given.site.projections.put(personRecord('p3', { spec: { previewOf: { name: 'staff' } } }));
    await given.reconcile();
    expect(given.members).toEqual(['a4']);
    expect(given.record.status.members).toEqual({ wanted: 2, present: 1, waiting: 1, foreign: 0 });
  });

  it('G3 wait when the target takes its permission back half way', async () => {
    const given = site({ people });
    given.target.during = (operation) => {
      if (operation !== 'addMembers') return;
      given.target.allowed = false;
      Object.assign(given.site.session, { groupAccess: undefined });
    };
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expect(given.members).toEqual([]);
    // What is on its way is known: the gate stands before each request, and at the instant at which it leaves.
    expect(given.target.writes).toHaveLength(1);
    await given.lookAgain();
    expect(given.reason).toBe('GroupSyncNotAllowed');
  });

  it('G3 are not put in on an answer of the target that is older than 45 seconds: it is asked between two requests', async () => {
    const given = site({ people });
    given.target.during = (operation) => {
      if (operation !== 'addMembers') return;
      given.target.allowed = false;
      Object.assign(given.site.session, { groupAccess: { allowed: true, checkedAt: given.site.clock.monotonic() - 45_001 } });
    };
    await given.reconcile();
    expect(given.members).toHaveLength(20);
  });

  it('G3 are gone on with by another pass where one takes long, and what was done is counted', async () => {
    const given = site({ people });
    const later = given.site.clock.monotonic() + 120_001;
    given.target.during = (operation) => {
      if (operation !== 'addMembers' || given.target.writes.length > 1) return;
      Object.assign(given.site.clock, { monotonic: () => later });
      Object.assign(given.site.session, { accessCheckedAt: later, groupAccess: { allowed: true, checkedAt: later } });
    };
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expect(given.members).toHaveLength(20);
    expect(given.record.status.lastWriteAt).toBe(given.site.at());
    expect(given.site.counted.map(({ metric }) => metric)).toEqual(['groupMembers']);
    await given.lookAgain();
    expect(given.members).toEqual(all);
  });
});

describe('G3 members whom we did not put there', () => {
  const exclusive = { spec: { members: { membership: 'Direct', propagateRemovals: true, exclusive: true } } } as const;
  const withForeign = (options: GroupSiteOptions = {}): GroupSite => {
    const given = site({ evaluated: 'Never', people: persons(20), members: accountsOf(persons(20)), ...options });
    given.target.putMember('made-1', { id: 'stranger', isUser: true, user: { id: 'stranger', attributes: {} } });
    given.target.putMember('made-1', { id: 'nested', isUser: false });
    return given;
  };
  const afterCycle = (given: GroupSite): void => given.configurationChanges('Now');

  it('G3 are left alone and counted', async () => {
    const given = withForeign();
    afterCycle(given);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.members).toMatchObject({ foreign: 2, present: 20 });
  });

  it('G3 are left alone where they are of another pair, or were let go', async () => {
    const given = withForeign();
    given.people.quit(sourceGroup, 'p1', 'p2');
    given.site.projections.put(personRecord('p1', { status: { state: 'Retained' } }));
    given.site.projections.put(personRecord('p2', { spec: { source: { tenantId: 'another', objectId: 'p2' } } }));
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.members).toMatchObject({ foreign: 4 });
  });

  const exclude = (given: GroupSite): void => given.pairChanges({ limits: { allowDelete: true, excludedTargetUsers: ['STRANGER'] } });
  it.each<[string, (given: GroupSite) => unknown]>([
    ['before', exclude],
    ['while the group is read', (given) => (given.target.during = (operation) => operation === 'membersPage' && exclude(given))],
  ])('G3 leave an exclusive group, and whom the pair excludes stays: %s', async (_, excluding) => {
    const given = withForeign(exclusive);
    afterCycle(given);
    excluding(given);
    await given.reconcile();
    expect(given.target.writes).toEqual(['removeMembers made-1 nested']);
    expect(given.members).toContain('stranger');
  });

  it.each<[string, (given: GroupSite) => void]>([
    ['no cycle has come to its end', () => undefined],
    [
      'a record is still to be handled',
      (given) => {
        afterCycle(given);
        given.site.projections.put(personRecord('p99', { status: { state: 'Pending', targetUser: undefined as never } }));
      },
    ],
  ])('G3 stay in an exclusive group while they may be people of ours: %s', async (_, before) => {
    const given = withForeign(exclusive);
    before(given);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
  });

  const [here, gone] = ['99999999-9999-4999-8999-999999999999', '98989898-9898-4898-8898-989898989898'];
  const anchored = (person: string, attribute = 'extensionAttribute15') => ({
    attributes: { [attribute]: formatAnchor({ sourceTenantId, sourceObjectId: person }) },
  });
  const skipped = { targetUser: undefined as never, state: 'Skipped' } as const;
  it.each<[string, Partial<DirectoryUser>, boolean]>([
    ['are invited at their address', { mail: 'P99@contoso.com' }, true],
    ['had their address', { otherMails: ['old@contoso.com'] }, true],
    ['have their address as a name', { proxyAddresses: ['smtp:upn@contoso.com'] }, true],
    ['have their address as mail', { userPrincipalName: 'mapped_contoso.com#EXT#@fabrikam.com' }, true],
    ['were invited at their address, and the answer was lost', { mail: 'lost@contoso.com' }, true],
    ['are named by their anchor', anchored(here), true],
    ['are named by the anchor of another configuration', anchored(here, 'extensionAttribute7'), true],
    ['left the source group', anchored(gone), false],
    ['are called otherwise', { mail: 'somebody@fabrikam.com' }, false],
  ])('I11 stay in an exclusive group although their record knows no account, where people of it %s', async (_, user, stays) => {
    const given = withForeign({ ...exclusive, configuration: { matching: { anchor: { attribute: 'extensionAttribute15' } } } as never });
    const other = configurationWith({ matching: { anchor: { attribute: 'extensionAttribute7' } } as never }, { name: 'other' });
    given.site.configurations.put({
      ...other,
      status: { watermark: { takenAt: given.site.at(), revision: evaluationRevision(other.spec) } },
    });
    afterCycle(given);
    given.people.join(sourceGroup, here);
    const spec = {
      source: { tenantId: sourceTenantId, objectId: here, userPrincipalName: 'upn@contoso.com' },
      invitedAddress: 'p99@contoso.com',
      attributes: { mail: 'mapped@contoso.com' },
      formerAddresses: [{ address: 'old@contoso.com', until: '2026-01-02T00:00:00Z' }],
    };
    const intent = { operation: 'Create', at: '2026-01-02T00:00:00Z', address: 'lost@contoso.com' } as const;
    given.site.projections.put(personRecord(here, { spec, status: { ...skipped, intent } }));
    given.site.projections.put(personRecord(gone, { spec: { invitedAddress: 'p98@contoso.com' }, status: skipped }));
    given.target.putMember('made-1', { id: 'stranger', isUser: true, user: { id: 'stranger', attributes: {}, ...user } });
    await given.reconcile();
    expect(given.members.includes('stranger')).toBe(stays);
    expect(given.members).not.toContain('nested');
  });

  it('I11 stay in an exclusive group where the person joins it while the target is read', async () => {
    const given = withForeign(exclusive);
    afterCycle(given);
    given.site.projections.put(personRecord(here, { spec: { invitedAddress: 'p99@contoso.com' }, status: skipped }));
    given.target.putMember('made-1', { id: 'stranger', isUser: true, user: { id: 'stranger', attributes: {}, mail: 'p99@contoso.com' } });
    given.target.during = (operation) => operation === 'membersPage' && given.people.join(sourceGroup, here);
    await given.reconcile();
    expect(given.target.writes).toEqual(['removeMembers made-1 nested']);
  });

  it('I11 stay in an exclusive group where another configuration comes to keep its anchors elsewhere while the target is read', async () => {
    const given = withForeign(exclusive);
    afterCycle(given);
    const other = configurationWith({ matching: { anchor: { attribute: 'extensionAttribute7' } } as never }, { name: 'other' });
    const watermark = { takenAt: given.site.at(), revision: evaluationRevision(other.spec) };
    given.target.during = (operation) => operation === 'membersPage' && given.site.configurations.put({ ...other, status: { watermark } });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
  });

  it.each(['Now', 'Later'] as const)(
    'I11 stay in an exclusive group until another configuration of the pair is evaluated as it stands: %s',
    async (when) => {
      const given = withForeign(exclusive);
      afterCycle(given);
      const other = configurationWith({}, { name: 'other', metadata: { uid: 'uid-other' } });
      const revision = when === 'Now' ? evaluationRevision(other.spec) : 'before';
      given.site.configurations.put({ ...other, status: { watermark: { takenAt: given.site.at(), revision } } });
      await given.reconcile();
      expect(given.members.includes('stranger')).toBe(when === 'Later');
    },
  );
});

describe('G3 members who have left', () => {
  const people = persons(20);
  const members = accountsOf(people);
  const leaving = (count: number, options: GroupSiteOptions = {}): GroupSite => {
    const given = site({ people, members, ...options });
    given.people.quit(sourceGroup, ...persons(count));
    return given;
  };
  const evidence = (given: GroupSite): string => given.record.status.stagedRemovals?.evidence ?? '';

  /** How the source answers, which a test may stand in front of. */
  const groupMembersOf = (given: GroupSite) => {
    const { groupMembers } = given.people.source;
    if (groupMembers === undefined) throw new Error('the source has no groups');
    return groupMembers;
  };
  const noPropagation = { groups: groupsSpec({ propagateRemovals: false }) };

  it('I11 stay while a change of the configuration is not evaluated, which is said', async () => {
    const given = leaving(2);
    given.configurationChanges('Later', noPropagation);
    expect(await given.reconcile()).toEqual({});
    expect(given.members).toEqual([...members].sort());
    const ready = given.record.status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.message).toContain('but for 2 member(s) who stay until everybody was evaluated');
    expect(given.deps.groupMemory.holdsRemovals(given.key)).toBe(true);
    // The cycle may find nothing to be changed in the record.
    given.configurationChanges('Now');
    await given.lookAgain();
    expect(given.members).toEqual(members.slice(2).sort());
    expect(given.deps.groupMemory.holdsRemovals(given.key)).toBe(false);
  });

  it('I11 stay where the configuration is changed while the source is read once more', async () => {
    const given = leaving(2);
    const { source } = given.site.session;
    let readings = 0;
    const groupMembers: typeof source.groupMembers = (...asked) => {
      readings += 1;
      if (readings === 2) given.configurationChanges('Later', noPropagation);
      return groupMembersOf(given)(...asked);
    };
    Object.assign(given.site.session, { source: { ...source, groupMembers } });
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expect(readings).toBe(2);
    expect(given.target.writes).toEqual([]);
  });

  it('I11 whose removal was approved are not asked about again after a change of the configuration', async () => {
    const all = [...accountsOf(persons(4))].sort();
    const evidence = evidenceOf(all);
    const guard = { threshold: 1, percent: 1, minimum: 1, window: '24h' };
    const given = leaving(4, {
      members: members.slice(2),
      configuration: { deprovisioning: { ...new GroupSite().site.configuration.spec.deprovisioning, guard } },
      spec: { memberRemovals: { verdict: 'Approved', evidence, by: 'ana', token: 't' } },
      status: { approvedRemovals: { evidence, members: marksOf(all) ?? '' } },
    });
    given.configurationChanges('Later', noPropagation);
    await given.reconcile();
    given.configurationChanges('Now');
    await given.lookAgain();
    expect(given.record.status.state).toBe('Provisioned');
    expect(given.members).toEqual(members.slice(4).sort());
  });

  it('I11 who comes is put in although a change of the configuration is not evaluated', async () => {
    const given = leaving(2);
    given.configurationChanges('Later', noPropagation);
    given.people.join(sourceGroup, 'p21');
    given.site.projections.put(personRecord('p21'));
    await given.reconcile();
    expect(given.members).toEqual([...members, 'a21'].sort());
  });

  it('G3 are counted first, and then taken out', async () => {
    const given = leaving(2);
    await given.reconcile();
    expect(given.seen.get('removeMembers')?.removed).toEqual([{ hour: '2026-01-05T08:00:00Z', count: 2 }]);
    expect(given.target.writes).toEqual(['removeMembers made-1 a1,a2']);
    expect(given.members).toHaveLength(18);
    expect(given.reason).toBe('Succeeded');
  });

  it('G3 stay where removals are not propagated', async () => {
    const given = leaving(2, { spec: { members: { membership: 'Direct', propagateRemovals: false, exclusive: false } } });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
  });

  it('G3 and who came back while the target was read stay', async () => {
    const given = leaving(2);
    let read = 0;
    given.target.during = (operation) => {
      if (operation === 'membersPage' && (read += 1) === 1) given.people.join(sourceGroup, 'p1');
    };
    await given.reconcile();
    expect(given.members).toContain('a1');
    expect(given.members).not.toContain('a2');
  });

  it('G3 are not taken out again while reads still show them', async () => {
    const given = leaving(1);
    await given.reconcile();
    given.target.stillSeen.add('a1');
    given.target.writes.length = 0;
    await given.lookAgain(minute);
    expect(given.target.writes).toEqual([]);
  });

  it('G3 and are in no group any more, by the hand of somebody else, are done with', async () => {
    const given = site({ people: persons(19, 2), members: accountsOf(persons(19, 2)) });
    given.site.projections.put(personRecord('p1'));
    given.target.stillSeen.add('a1');
    expect(await given.reconcile()).not.toMatchObject({ requeueAfterMs: 10_000 });
    expect(given.reason).toBe('Succeeded');
    given.target.writes.length = 0;
    await given.lookAgain(minute);
    expect(given.target.writes).toEqual([]);
  });

  it('G3 conclude nothing from a 404 where the group itself is not seen', async () => {
    const given = leaving(2);
    given.target.during = (operation) => {
      if (operation === 'removeMembers') given.target.unseenGroups.add('made-1');
    };
    expect((await given.reconcile()).requeueAfterMs).toBe(5000);
    expect(given.members).toHaveLength(20);
    given.target.during = () => undefined;
    given.target.unseenGroups.clear();
    await given.lookAgain(5000);
    expect(given.members).toHaveLength(18);
    // Those who were let through before are not counted once more.
    expect(given.record.status.removed).toEqual([{ hour: '2026-01-05T08:00:00Z', count: 2 }]);
  });

  it('G3 and whom we put in a moment ago are waited for where a 404 says that they are no members', async () => {
    const given = site({ people: persons(20), members: accountsOf(persons(19)) });
    await given.reconcile();
    given.people.quit(sourceGroup, 'p20');
    const { directory } = given.target;
    Object.assign(given.site.session, {
      groups: { ...directory, removeMembers: () => Promise.resolve(new Map([['a20', 'NotThere']])) },
    });
    expect((await given.lookAgain(minute)).requeueAfterMs).toBe(10_000);
    Object.assign(given.site.session, { groups: directory });
    await given.lookAgain(10_000);
    expect(given.members).not.toContain('a20');
  });

  it('G3 and of whom no answer says whether they are gone are put in again when they come back', async () => {
    const given = site({ people: persons(20), members: accountsOf(persons(19)) });
    await given.reconcile();
    given.people.quit(sourceGroup, 'p20');
    given.target.fail('removeMembers', refusal('Unavailable'), true);
    await given.lookAgain(minute);
    expect(given.members).not.toContain('a20');
    given.people.join(sourceGroup, 'p20');
    await given.lookAgain(minute);
    expect(given.members).toContain('a20');
  });

  it('G3 and came back without an answer that says so are taken out when they leave again', async () => {
    const given = site({ people: persons(20), members: accountsOf(persons(20)) });
    given.people.quit(sourceGroup, 'p20');
    await given.reconcile();
    given.people.join(sourceGroup, 'p20');
    given.target.fail('addMembers', refusal('Unavailable'), true);
    await given.lookAgain(minute);
    expect(given.members).toContain('a20');
    given.people.quit(sourceGroup, 'p20');
    await given.lookAgain(minute);
    expect(given.members).not.toContain('a20');
  });

  it('G3 and are more than the guard allows wait, since when they are these', async () => {
    const given = leaving(5);
    await given.reconcile();
    const since = given.site.at();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status).toMatchObject({ state: 'Staged', stagedRemovals: { count: 5, since } });
    expect(given.reason).toBe('MemberRemovalsStaged');
    await given.lookAgain(minute);
    expect(given.record.status.stagedRemovals?.since).toBe(since);
    given.people.quit(sourceGroup, 'p6');
    await given.lookAgain(minute);
    expect(given.record.status.stagedRemovals).toMatchObject({ count: 6, since: given.site.at() });
    expect(given.members).toHaveLength(20);
  });

  it('G3 and empty the group wait, however few they are', async () => {
    const given = site({ people: persons(2), members: ['a1', 'a2'] });
    given.people.quit(sourceGroup, 'p1', 'p2');
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('MemberRemovalsStaged');
  });

  it('G3 and were approved are taken out', async () => {
    const given = leaving(10);
    await given.reconcile();
    given.rewrite({ memberRemovals: { verdict: 'Approved', evidence: evidence(given), token: 't', by: 'ana' } });
    await given.lookAgain(minute);
    expect(given.members).toEqual([...accountsOf(persons(10, 11))].sort());
    expect(given.record.status.stagedRemovals).toBeUndefined();
    expect(given.site.told.at(-1)).toMatchObject({ approvedBy: 'ana', modifiedAttributes: ['members'] });
  });

  it('G3 and were approved are taken out with one approval, whatever cuts that off', async () => {
    const given = site({ people: persons(40), members: accountsOf(persons(40)) });
    given.people.quit(sourceGroup, ...persons(30));
    await given.reconcile();
    given.rewrite({ memberRemovals: { verdict: 'Approved', evidence: evidence(given), token: 't', by: 'ana' } });
    given.target.during = (operation) => {
      if (operation === 'removeMembers' && given.target.written('removeMembers').length === 2) throw new TypeError('killed');
    };
    await expect(given.lookAgain(minute)).rejects.toThrow('killed');
    expect(given.members).toHaveLength(20);
    given.target.during = () => undefined;
    given.deps.groupMemory.gone(given.key);
    await given.lookAgain(minute);
    expect(given.members).toEqual([...accountsOf(persons(10, 31))].sort());
    expect([given.record.status.state, given.record.status.stagedRemovals, given.record.status.approvedRemovals]).toEqual([
      'Provisioned',
      undefined,
      undefined,
    ]);
  });

  it('G3 and are others than those who were approved stay', async () => {
    const given = leaving(10);
    await given.reconcile();
    given.rewrite({ memberRemovals: { verdict: 'Approved', evidence: evidence(given), token: 't', by: 'ana' } });
    given.people.quit(sourceGroup, 'p11');
    await given.lookAgain(minute);
    expect(given.members).toHaveLength(20);
    expect(given.record.status.stagedRemovals).toMatchObject({ count: 11 });
  });

  it('G3 and were rejected stay, and the record says so', async () => {
    const given = leaving(10);
    await given.reconcile();
    given.rewrite({ memberRemovals: { verdict: 'Rejected', evidence: evidence(given), token: 't', by: 'ana' } });
    await given.lookAgain(minute);
    expect(given.target.writes).toEqual([]);
    expect(given.warnings).toEqual(['MemberRemovalsRejected']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned' });
    expect(given.record.status.stagedRemovals).toBeUndefined();
  });
});

describe('G3 nested groups', () => {
  it.each([
    ['Direct', ['a1']],
    ['Flattened', ['a1', 'a2']],
  ] as const)('G3 are mirrored as asked: %s', async (membership, expected) => {
    const given = site({ people: ['p1', 'p2'], spec: { members: { membership, propagateRemovals: true, exclusive: false } } });
    given.people.quit(sourceGroup, 'p2');
    given.people.join('inner', 'p2');
    given.people.join(sourceGroup, 'inner');
    await given.reconcile();
    expect(given.members).toEqual(expected);
  });
});

it('G3 a person whom no record knows is of no concern', async () => {
  const given = site({ people: ['p1'] });
  given.people.join(sourceGroup, sourceObjectId);
  await given.reconcile();
  expect(given.record.status.members).toEqual({ wanted: 1, present: 1, waiting: 0, foreign: 0 });
});
