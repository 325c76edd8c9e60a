import { refusal } from '../../../support/fake-target.ts';
import { groupsSpec } from '../group-cycles.ts';
import { minute } from '../support.ts';
import { accountsOf, groupRecordWith, GroupSite, linked, ours, persons, type GroupSiteOptions } from './support.ts';

const site = (options: GroupSiteOptions = {}): GroupSite => new GroupSite({ people: persons(3), ...options });
const lost = refusal('Unavailable', { outcomeUnknown: true });

describe('G3 the creation of a group', () => {
  it('G3 that is refused for certain is not under way any more', async () => {
    const given = site();
    given.target.fail('createGroup', refusal('Forbidden'));
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1 });
    expect(given.record.status.intent).toBeUndefined();
    expect(given.record.status.targetGroup).toBeUndefined();
  });

  it('G3 whose answer was lost is found again: there is one group, and it is of our making', async () => {
    const given = site({ configuration: { groups: groupsSpec({ matching: { adoption: 'Ignore', by: 'Anchor' } }) } });
    given.target.fail('createGroup', lost, true);
    const { requeueAfterMs } = await given.reconcile();
    expect(requeueAfterMs).toBe(2000);
    expect(given.record.status.intent?.operation).toBe('Create');
    await given.lookAgain(2000);
    expect([...given.target.kept.keys()]).toEqual(['made-1']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetGroup: { objectId: 'made-1', origin: 'Created' } });
    expect(given.record.status.intent).toBeUndefined();
    expect(given.members).toEqual(accountsOf(persons(3)));
  });

  it('G3 whose answer was lost, and that no read shows yet, is sent again and makes no second one', async () => {
    const given = site();
    given.target.fail('createGroup', lost, true);
    given.target.unseenGroups.add('made-1');
    await given.reconcile();
    // The name is taken by the one group that is there, as soon as that is seen by its name.
    given.target.put('made-1', { ...ours, displayName: 'Other' });
    expect((await given.lookAgain(2000)).requeueAfterMs).toBe(1000);
    expect([...given.target.kept.keys()]).toEqual(['made-1']);
    given.target.unseenGroups.clear();
    await given.lookAgain(1000);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetGroup: { objectId: 'made-1', origin: 'Created' } });
  });

  it('G3 is not begun when somebody has written the record in between', async () => {
    const given = site();
    given.target.during = (operation) => {
      const { record } = given;
      if (operation === 'findNamed') given.site.groups.put({ ...record, metadata: { ...record.metadata, resourceVersion: 'newer' } });
    };
    await expect(given.reconcile()).rejects.toThrow('staff');
    expect(given.target.writes).toEqual([]);
  });

  it.each<[string, GroupSiteOptions, string]>([
    ['that has no name', { spec: { attributes: undefined as never, failedMapping: 'the display name is no text' } }, 'MappingFailed'],
    ['that the limit of the pair does not allow', { pair: { limits: { maxGroups: 0 } as never } }, 'LimitReached'],
  ])('G3 of one %s is not tried', async (_, options, reason) => {
    const given = site(options);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe(reason);
  });

  it('G3 of one that cannot be named counts as failed', async () => {
    const given = site({ spec: { attributes: undefined as never, failedMapping: 'the display name is no text' } });
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Failed', history: [{ status: 'failure' }] });
    expect(given.site.told.at(-1)).toMatchObject({ subject: 'Group', status: 'failure', reason: 'MappingFailed' });
  });

  it('G3 of one whose name another group has is a conflict, not an adoption', async () => {
    const given = site();
    given.target.put('theirs', { displayName: 'Falcon' }, ['b1']);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('GroupNameTaken');
    expect(given.record.status).toMatchObject({ state: 'Conflict', conflictingObjectId: 'theirs', conflictingObjectKind: 'Group' });
  });

  it('G3 of one that an older configuration has is left to that', async () => {
    const given = site();
    const other = { name: 'other', uid: 'uid-other', creationTimestamp: '2025-01-01T00:00:00Z' };
    given.site.groups.put(groupRecordWith({ metadata: other }));
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('ClaimedByOtherConfiguration');
  });

  it.each<[string, number, string]>([
    ['one that was made', 1, 'LimitReached'],
    ['a room for one more', 2, 'Succeeded'],
  ])('G3 counts against limits.maxGroups: %s', async (_, maxGroups, reason) => {
    const given = site({ pair: { limits: { maxGroups } as never } });
    const there = groupRecordWith({ metadata: { name: 'there', uid: 'uid-there' }, status: linked });
    const deleted = groupRecordWith({
      metadata: { name: 'deleted', uid: 'uid-deleted' },
      status: { targetGroup: { objectId: 'd', deletedAt: '2026-01-01T00:00:00Z' } },
    });
    for (const { metadata, spec, ...rest } of [there, deleted]) {
      const source = { ...spec.source, objectId: metadata.name };
      given.site.groups.put({ ...rest, metadata, spec: { ...spec, source } });
    }
    await given.reconcile();
    expect(given.reason).toBe(reason);
  });

  it('G3 is not begun when others have taken the room while the target was read', async () => {
    const given = site({ pair: { limits: { maxGroups: 1 } as never } });
    given.target.during = (operation) => {
      const tenants = `${given.record.spec.source.tenantId}/${given.record.spec.target.tenantId}`.toLowerCase();
      if (operation === 'findNamed') given.deps.groupMemory.creating('identity/other', tenants);
    };
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('LimitReached');
  });

  it('G3 of two groups at the same time takes the last room once', async () => {
    const given = site({ pair: { limits: { maxGroups: 1 } as never } });
    given.people.join('g2');
    const { source } = given.record.spec;
    const second = groupRecordWith({ metadata: { name: 'second', uid: 'second' }, spec: { source: { ...source, objectId: 'g2' } } });
    given.site.groups.put(second);
    await Promise.all([given.reconcile(), given.reconcile('identity/second')]);
    expect(given.target.kept.size).toBe(1);
    expect(given.site.groups.list().map(({ status }) => status.state)).toEqual(['Provisioned', 'Skipped']);
  });

  it('G3 is noted first, and then makes a group under the anchor with those who have accounts', async () => {
    const given = site();
    await given.reconcile();
    expect(given.seen.get('createGroup')?.intent).toEqual({ operation: 'Create', at: given.site.at() });
    expect(given.seen.get('addMembers')).toMatchObject({
      targetGroup: { objectId: 'made-1', origin: 'Created', createdAt: given.site.at() },
    });
    expect(given.target.live('made-1')).toMatchObject({ ...ours, mailEnabled: false, dynamic: false, roleAssignable: false });
    expect(given.members).toEqual(['a1', 'a2', 'a3']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', members: { wanted: 3, present: 3, waiting: 0, foreign: 0 } });
    expect(given.record.status.history?.[0]).toMatchObject({
      action: 'create',
      status: 'success',
      modifiedAttributes: ['displayName', 'mailNickname', 'members', 'uniqueName'],
    });
    expect(given.site.told.map(({ action, status }) => `${action} ${status}`)).toEqual(['create success']);
    expect(given.deps.groupMemory.creatingIn(`${given.record.spec.source.tenantId}/${given.record.spec.target.tenantId}`)).toEqual([]);
  });

  it('G3 is waited for where the fresh group takes no members yet', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'addMembers') given.target.unseenGroups.add('made-1');
    };
    const { requeueAfterMs } = await given.reconcile();
    expect(requeueAfterMs).toBe(500);
    expect(given.record.status.targetGroup?.objectId).toBe('made-1');
    expect(given.warnings).toEqual([]);
    // No read shows it yet: that is a lag, and no reason to make another one.
    given.target.during = () => undefined;
    await given.lookAgain(500);
    expect(given.target.written('createGroup')).toHaveLength(1);
    given.target.unseenGroups.clear();
    await given.lookAgain(minute);
    expect(given.members).toEqual(['a1', 'a2', 'a3']);
  });
});

describe('G3 a group that is gone in the target', () => {
  const options: GroupSiteOptions = { people: persons(2), members: ['a1'] };

  it('G3 is waited for while that may be a lag, and made anew after it', async () => {
    const given = site({ ...options, status: { ...linked, lastWriteAt: '2026-01-05T07:59:00Z' } });
    given.target.kept.clear();
    // For half as long as the last write is ago, however old the group is.
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: 30_000 });
    expect(given.target.writes).toEqual([]);
    await given.lookAgain(10 * minute);
    expect(given.target.written('createGroup')).toHaveLength(1);
    expect(given.members).toEqual(['a1', 'a2']);
  });

  it('G3 and was deleted there by somebody else is neither restored nor made anew', async () => {
    const given = site(options);
    given.target.bin('made-1');
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('GroupDeletedInTarget');
  });

  it('G3 and was deleted by us is restored when it is selected again', async () => {
    const status = { targetGroup: { objectId: 'made-1', origin: 'Adopted', deletedAt: '2026-01-01T00:00:00Z' } } as const;
    const given = site({ ...options, status });
    given.target.bin('made-1');
    await given.reconcile();
    expect(given.seen.get('restoreGroup')?.intent?.operation).toBe('Restore');
    expect(given.target.writes).toEqual(['restoreGroup made-1', 'addMembers made-1 a2']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetGroup: { objectId: 'made-1', origin: 'Adopted' } });
    expect(given.record.status.targetGroup).not.toHaveProperty('deletedAt');
  });
});
