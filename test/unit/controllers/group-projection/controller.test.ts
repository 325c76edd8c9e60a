import { annotations } from '../../../../src/api/kinds.ts';
import { refusal } from '../../../support/fake-target.ts';
import { GroupCycles, groupsSpec } from '../group-cycles.ts';
import { People } from '../people.ts';
import { minute } from '../support.ts';

const anchor = 'tenantsync-1-default-11111111-1111-4111-8111-111111111111-falcon';

/** Some people in a group, of whom each has an account, and the group made. */
async function falcon(members = 12, groups: ConstructorParameters<typeof GroupCycles>[1] = {}): Promise<GroupCycles> {
  const ids = Array.from({ length: members }, (_, index) => `u${String(index).padStart(2, '0')}`);
  const people = new People(...ids);
  people.join('falcon', ...ids);
  const world = new GroupCycles(people, groups);
  await world.begin();
  world.target.writes.length = 0;
  return world;
}

describe('G3 a look at a group', () => {
  it('makes it under its anchor, and puts in who has an account, twenty at a time', async () => {
    const world = await falcon(45);
    expect(world.members()).toHaveLength(45);
    expect(world.group().status).toMatchObject({
      state: 'Provisioned',
      targetGroup: { objectId: 'made-1', origin: 'Created' },
      members: { wanted: 45, present: 45, waiting: 0, foreign: 0 },
    });
    expect(world.target.kept.get('made-1')?.group).toMatchObject({ uniqueName: anchor, displayName: 'falcon', mailNickname: 'falcon' });
    expect(world.site.told.filter(({ subject }) => subject === 'Group').map(({ action, status }) => `${action} ${status}`)).toEqual([
      'create success',
      'update success',
    ]);
    await world.lookAgain();
    expect(world.target.writes).toEqual([]);
  });

  it('makes it once, whatever answer is lost, and takes it for its own', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const world = new GroupCycles(people);
    world.target.fail('createGroup', refusal('Unavailable', { outcomeUnknown: true }), true);
    await world.cycle();
    await world.site.clock.advance(5000);
    await world.lookAgain();
    expect(world.target.kept.size).toBe(1);
    expect(world.group().status.targetGroup).toMatchObject({ objectId: 'made-1', origin: 'Created' });
  });

  it('begins anew where it turns out to be there already', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const world = new GroupCycles(people);
    let looked = false;
    world.target.during = (operation) => {
      if (operation !== 'createGroup' || looked) return;
      looked = true;
      world.target.put('theirs', { uniqueName: anchor });
    };
    await world.cycle();
    await world.lookAgain();
    expect(world.group().status.targetGroup?.objectId).toBe('theirs');
    expect(world.target.kept.size).toBe(1);
  });

  it('forgets the beginning of a creation that was refused', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const world = new GroupCycles(people);
    world.target.fail('createGroup', refusal('InvalidRequest'));
    await world.cycle();
    expect(world.group().status).toMatchObject({ state: 'Failed', attempts: 1, lastError: { code: 'CodeInvalidRequest' } });
    expect(world.group().status.intent).toBeUndefined();
    await world.site.clock.advance(2 * minute);
    world.site.session.accessCheckedAt = world.site.clock.monotonic();
    await world.look();
    expect(world.group().status.state).toBe('Provisioned');
  });

  it('adds one by one after a refusal, and says who could not be added', async () => {
    const world = await falcon(3);
    world.people.add('u90');
    world.people.add('u91');
    world.people.join('falcon', 'u90', 'u91');
    await world.again();
    world.provision();
    world.target.unready.add('account-u91');
    await world.lookAgain();
    expect(world.target.writes).toEqual([
      'addMembers made-1 account-u90,account-u91',
      'addMembers made-1 account-u90',
      'addMembers made-1 account-u91',
    ]);
    expect(world.group().status).toMatchObject({
      members: { wanted: 5, present: 4, waiting: 1 },
      warnings: [{ reason: 'MembersNotAdded' }],
    });
    world.target.unready.clear();
    expect((await world.lookAgain()).requeueAfterMs).not.toBe(0);
    expect(world.members()).toHaveLength(5);
    expect(world.group().status.warnings).toBeUndefined();
  });

  it('waits for a fresh group that takes no members yet', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const world = new GroupCycles(people);
    await world.cycle();
    world.provision();
    world.target.unready.add('account-u0');
    expect((await world.lookAgain()).requeueAfterMs).toBeGreaterThan(0);
    expect(world.group().status.warnings).toBeUndefined();
    world.target.unready.clear();
    await world.look();
    expect(world.members()).toEqual(['account-u0']);
  });

  it('takes out who has left, and reads the source once more before', async () => {
    const world = await falcon();
    world.people.quit('falcon', 'u00', 'u01');
    world.people.asked.length = 0;
    let reads = 0;
    world.target.during = (operation) => {
      if (operation === 'membersPage') reads += 1;
    };
    await world.lookAgain();
    expect(world.people.asked.filter((request) => request.startsWith('groupMembers'))).toHaveLength(2);
    expect(world.target.writes).toEqual(['removeMembers made-1 account-u00,account-u01']);
    expect(world.members()).toHaveLength(10);
    expect(reads).toBe(1);
    expect(world.group().status.removed).toMatchObject([{ count: 2 }]);
  });

  it('tells a member who is none from a group that is gone', async () => {
    const world = await falcon();
    world.people.quit('falcon', 'u00');
    world.target.during = (operation) => {
      if (operation === 'removeMembers') world.target.kept.get('made-1')?.members.delete('account-u00');
    };
    await world.lookAgain();
    expect(world.group().status.state).toBe('Provisioned');
    world.people.quit('falcon', 'u01');
    world.target.during = (operation) => {
      if (operation !== 'removeMembers') return;
      const kept = world.target.kept.get('made-1');
      kept?.members.delete('account-u01');
      queueMicrotask(() => world.target.kept.delete('made-1'));
    };
    expect((await world.lookAgain()).requeueAfterMs).toBeGreaterThan(0);
  });

  it('stages what the guard does not let pass, and carries out or leaves what is decided', async () => {
    const world = await falcon();
    world.people.quit('falcon', 'u00', 'u01', 'u02');
    await world.lookAgain();
    const { stagedRemovals } = world.group().status;
    expect(world.group().status).toMatchObject({ state: 'Staged', stagedRemovals: { count: 3 } });
    expect(world.members()).toHaveLength(12);
    const evidence = stagedRemovals?.evidence ?? '';
    world.rewriteGroup({ memberRemovals: { verdict: 'Rejected', evidence } });
    await world.look();
    expect(world.group().status).toMatchObject({ state: 'Provisioned', warnings: [{ reason: 'MemberRemovalsRejected' }] });
    expect(world.group().status.stagedRemovals).toBeUndefined();
    world.rewriteGroup({ memberRemovals: { verdict: 'Approved', evidence, token: 't' } });
    await world.look();
    expect(world.members()).toHaveLength(9);
    expect(world.group().status.removed).toBeUndefined();
  });

  it('keeps what is staged over a failure', async () => {
    const world = await falcon();
    world.people.quit('falcon', 'u00', 'u01', 'u02');
    await world.lookAgain();
    world.target.fail('membersPage', refusal('InvalidRequest'));
    await world.lookAgain();
    expect(world.group().status).toMatchObject({ state: 'Failed', stagedRemovals: { count: 3 } });
  });

  it('renames it, or keeps the name where another one has it', async () => {
    const world = await falcon(2);
    world.rewriteGroup({ attributes: { displayName: 'Eagle', mailNickname: 'falcon' } });
    await world.look();
    expect(world.target.writes).toEqual(['updateGroup made-1 displayName']);
    world.target.put('other', { displayName: 'Hawk' });
    world.rewriteGroup({ attributes: { displayName: 'Hawk', mailNickname: 'hawk' } });
    await world.look();
    expect(world.target.writes.at(-1)).toBe('updateGroup made-1 mailNickname');
    expect(world.group().status.warnings).toMatchObject([{ reason: 'GroupNameTaken' }]);
  });

  it('deletes it under an approval alone, restores it, and lets it go', async () => {
    const world = await falcon(2);
    const removal = { reason: 'Unassigned', action: 'SoftDelete' } as const;
    world.rewriteGroup({ lifecycle: 'RemovalStaged', removal, evidence: 'e' });
    await world.look();
    expect([world.group().status.state, world.why()]).toEqual(['Staged', 'RemovalStaged']);
    world.rewriteGroup({ lifecycle: 'Removed', removal, approvedToken: 't' });
    await world.look();
    expect(world.group().status).toMatchObject({ state: 'SoftDeleted', targetGroup: { objectId: 'made-1' } });
    await world.site.clock.advance(11 * minute);
    world.site.session.accessCheckedAt = world.site.clock.monotonic();
    await world.lookAgain();
    expect(world.group().status.state).toBe('SoftDeleted');
    world.rewriteGroup({ lifecycle: 'Present' });
    await world.look();
    expect(world.target.writes).toEqual(['deleteGroup made-1', 'restoreGroup made-1']);
    expect(world.group().status).toMatchObject({ state: 'Provisioned', members: { present: 2 } });
    world.rewriteGroup({ lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Retain' } });
    await world.look();
    expect([world.group().status.state, world.why()]).toEqual(['Retained', 'GroupRetained']);
  });

  it('does not delete a group whose source is back', async () => {
    const world = await falcon(2);
    world.rewriteGroup({ lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' }, approvedToken: 't' });
    await world.look();
    expect(world.target.writes).toEqual([]);
    expect(world.site.enqueued).toContain('configuration identity/staff');
  });

  it('takes the record of a group away that is gone and not wanted', async () => {
    const world = await falcon(2);
    world.target.kept.clear();
    world.rewriteGroup({ lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Retain' } });
    await world.look();
    expect(world.site.groups.list()).toEqual([]);
  });

  it.each([
    ['Throttled', { retryAt: Date.parse('2026-01-05T08:01:00Z') }],
    ['Unavailable', {}],
  ] as const)('waits where the answer is %s, which is no failure', async (kind, more) => {
    const world = await falcon(2);
    world.target.fail('getGroup', refusal(kind, more));
    expect((await world.lookAgain()).requeueAfterMs).toBeGreaterThan(0);
    expect(world.group().status.state).toBe('Provisioned');
  });

  it('has the pair checked where it is forbidden', async () => {
    const world = await falcon(2);
    world.target.fail('getGroup', refusal('Forbidden'));
    await world.lookAgain();
    expect(world.group().status.state).toBe('Failed');
    expect(world.site.enqueued).toContain('pair identity/pair');
  });

  it('records what it has done where it is cut off in between', async () => {
    const world = await falcon(2);
    for (let index = 0; index < 30; index += 1) world.people.add(`v${index}`);
    world.people.join('falcon', ...Array.from({ length: 30 }, (_, index) => `v${index}`));
    await world.again();
    world.provision();
    let batches = 0;
    world.target.during = (operation) => {
      if (operation === 'addMembers' && (batches += 1) === 2) throw refusal('Throttled');
    };
    await world.lookAgain();
    expect(world.members()).toHaveLength(22);
    expect(world.site.counted.filter(({ metric }) => metric === 'groupMembers').length).toBeGreaterThan(0);
    world.target.during = () => undefined;
    await world.look();
    expect(world.members()).toHaveLength(32);
  });

  it.each([
    [false, 'GroupSyncNotAllowed'],
    [null, 'GroupSyncNotAllowed'],
    [undefined, 'GroupSyncUnknown'],
  ])('writes nothing where the target says %s', async (allowed, why) => {
    const world = await falcon(2);
    world.target.allowed = allowed;
    world.site.session.groupAccess = undefined;
    world.people.quit('falcon', 'u00');
    await world.lookAgain();
    expect(world.why()).toBe(why);
    expect(world.target.writes).toEqual([]);
  });

  it('does nothing while the pair is not ready, the work is suspended, or another replica has it', async () => {
    const world = await falcon(2);
    world.people.quit('falcon', 'u00');
    world.site.session.verdict = { ready: false, reason: 'PermissionMissing', message: 'no' };
    expect(await world.lookAgain()).toEqual({});
    world.site.session.verdict = { ready: true };
    world.edit({ suspend: true });
    expect(await world.lookAgain()).toEqual({});
    world.edit({ suspend: false });
    world.site.holdsLease = false;
    expect(await world.lookAgain()).toEqual({});
    world.site.holdsLease = true;
    expect(world.target.writes).toEqual([]);
    await world.lookAgain();
    expect(world.target.writes).toHaveLength(1);
  });

  it('changes nothing where the source group is gone or hides its members', async () => {
    const world = await falcon(2);
    world.people.hidden.add('falcon');
    await world.lookAgain();
    expect([world.group().status.state, world.why()]).toEqual(['Conflict', 'SourceGroupHidden']);
    world.people.hidden.clear();
    world.people.groups.delete('falcon');
    expect(await world.lookAgain()).toEqual({});
    expect(world.target.writes).toEqual([]);
    expect(world.members()).toHaveLength(2);
  });

  it('does not act on a record that somebody has changed', async () => {
    const world = await falcon(2);
    const record = world.group();
    world.site.groups.put({ ...record, spec: { ...record.spec, attributes: { displayName: 'Forged', mailNickname: 'x' } } });
    await world.lookAgain();
    expect([world.group().status.state, world.why()]).toEqual(['Failed', 'SpecTampered']);
    expect(world.target.writes).toEqual([]);
    expect(await world.look()).toEqual({});
  });

  it('looks when it is asked by an annotation, and says so', async () => {
    const world = await falcon(2);
    await world.site.clock.advance(11 * minute);
    await world.look();
    world.target.kept.get('made-1')?.members.clear();
    expect((await world.look()).requeueAfterMs).toBeUndefined();
    const record = world.group();
    world.site.session.accessCheckedAt = world.site.clock.monotonic();
    world.site.groups.put({ ...record, metadata: { ...record.metadata, annotations: { [annotations.requestedAt]: 'now' } } });
    await world.look();
    expect(world.group().status.lastHandledReconcileAt).toBe('now');
    expect(world.members()).toHaveLength(2);
  });

  it('says in a plan what would be done, and writes nothing', async () => {
    const people = new People('u0', 'u1');
    people.join('falcon', 'u0', 'u1');
    const world = new GroupCycles(people, {}, { configuration: { mode: 'Plan', groups: groupsSpec() } });
    await world.cycle();
    expect(world.group().status).toMatchObject({ state: 'Planned', plan: { operation: 'Create', addMembers: 2, removeMembers: 0 } });
    world.target.put('made', { uniqueName: anchor, displayName: 'Old', mailNickname: 'falcon' }, ['stranger']);
    await world.lookAgain();
    expect(world.group().status.plan).toEqual({ operation: 'Update', attributes: ['displayName'], addMembers: 2, removeMembers: 0 });
    world.target.put('made', { uniqueName: 'other' });
    world.target.put('namesake', { displayName: 'falcon' });
    await world.lookAgain();
    expect(world.why()).toBe('GroupNameTaken');
    world.target.kept.clear();
    for (const [lifecycle, operation] of [
      ['RemovalStaged', 'Delete'],
      ['Removed', 'Delete'],
    ] as const) {
      world.target.put('made', { uniqueName: anchor, displayName: 'falcon', mailNickname: 'falcon' });
      world.rewriteGroup({ lifecycle, removal: { reason: 'Unassigned', action: 'SoftDelete' }, approvedToken: 't' });
      await world.look();
      expect(world.group().status.plan?.operation).toBe(operation);
    }
    world.rewriteGroup({ lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Retain' } });
    await world.look();
    expect(world.group().status.plan?.operation).toBe('None');
    expect(world.target.writes).toEqual([]);
  });

  it('reads members to the last page, and believes no list that goes in circles', async () => {
    const world = await falcon(12);
    world.target.pageSize = 5;
    await world.lookAgain();
    expect(world.target.writes).toEqual([]);
    const { directory } = world.target;
    Object.assign(directory, { membersPage: () => Promise.resolve({ items: [], next: 'made-1@0' }) });
    await world.lookAgain();
    expect(world.members()).toHaveLength(12);
    expect(world.target.writes).toEqual([]);
  });

  it('removes strangers from an exclusive group only when everybody is known', async () => {
    const world = await falcon(12, { exclusiveMembership: true });
    world.target.kept.get('made-1')?.members.set('stranger', { id: 'stranger', isUser: true });
    const record = world.record('u00');
    world.site.projections.put({ ...record, status: { observedGeneration: -1, state: 'Pending' } });
    await world.lookAgain();
    expect(world.members()).toContain('stranger');
    world.site.projections.put(record);
    await world.lookAgain();
    expect(world.members()).not.toContain('stranger');
  });
});

describe('G3 more than one group', () => {
  const two = (
    groups: ConstructorParameters<typeof GroupCycles>[1],
    options: ConstructorParameters<typeof GroupCycles>[2] = {},
  ): GroupCycles => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    people.join('eagle', 'u0');
    return new GroupCycles(people, { select: [{ id: 'falcon' }, { id: 'eagle' }], ...groups }, options);
  };

  it('makes no more than the pair may have, also where two are made at once', async () => {
    const world = two({}, { pair: { limits: { allowDelete: true, maxGroups: 1 } } });
    await world.cycle();
    expect([world.group('falcon').status.state, world.group('eagle').status.state].sort()).toEqual(['Provisioned', 'Skipped']);
    await Promise.all([world.lookAgain('falcon'), world.lookAgain('eagle')]);
    expect(world.target.kept.size).toBe(1);
  });

  it('takes back what another one has made its own only when that has let go', async () => {
    const world = two({});
    await world.begin();
    const record = world.group('falcon');
    const older = { ...record.metadata, name: 'older-group-falcon', uid: 'older', creationTimestamp: '2025-01-01T00:00:00Z' };
    world.site.groups.put({ ...record, metadata: older });
    await world.lookAgain('falcon');
    expect(world.why('falcon')).toBe('ClaimedByOtherConfiguration');
    await world.site.groups.delete(older);
    await world.lookAgain('falcon');
    expect(world.group('falcon').status.state).toBe('Provisioned');
  });
});
