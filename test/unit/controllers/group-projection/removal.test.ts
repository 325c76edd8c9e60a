import { refusal } from '../../../support/fake-target.ts';
import { groupsSpec } from '../group-cycles.ts';
import { minute } from '../support.ts';
import { GroupSite, linked, persons, sourceGroup, type GroupSiteOptions } from './support.ts';

type Spec = NonNullable<GroupSiteOptions['spec']>;

const removal = { reason: 'Deleted', action: 'SoftDelete' } as const;
const approved: Spec = { lifecycle: 'Removed', removal, approvedToken: 't', approvedBy: 'ana' };
/** A group that is gone in the source, and there in the target with one member. */
const site = (spec: Spec, more: GroupSiteOptions = {}): GroupSite => {
  const given = new GroupSite({ people: persons(1), members: ['a1'], spec, ...more });
  given.people.groups.delete(sourceGroup);
  return given;
};

describe('G3 the deletion of a group', () => {
  it.each<[string, Spec]>([
    ['is staged', { lifecycle: 'RemovalStaged', removal }],
    ['nobody has approved', { lifecycle: 'Removed', removal }],
  ])('G3 that %s waits, and its members stay', async (_, spec) => {
    const given = site(spec);
    given.people.join(sourceGroup);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.members).toEqual(['a1']);
    expect(given.record.status.state).toBe('Staged');
    expect(given.reason).toBe('RemovalStaged');
  });

  it('G3 that was approved is noted first, and then carried out', async () => {
    const given = site(approved);
    await given.reconcile();
    expect(given.seen.get('deleteGroup')?.intent).toEqual({ operation: 'Delete', at: given.site.at() });
    expect(given.target.live('made-1')).toBeUndefined();
    expect(given.record.status).toMatchObject({ state: 'SoftDeleted', targetGroup: { objectId: 'made-1', deletedAt: given.site.at() } });
    expect(given.record.status.intent).toBeUndefined();
    expect(given.site.told.at(-1)).toMatchObject({ action: 'delete', status: 'success', approvedBy: 'ana' });
    // Nothing is left to do, and nothing is done twice.
    await given.lookAgain(minute);
    expect(given.target.writes).toEqual(['deleteGroup made-1']);
    expect(given.record.status.state).toBe('SoftDeleted');
  });

  it('G3 that was approved is not carried out where the source has the group again', async () => {
    const given = site(approved);
    given.people.join(sourceGroup, 'p1');
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.deps.tracker.isCycleRequested('identity/staff')).toBe(true);
    expect(given.site.enqueued).toContain('configuration identity/staff');
    expect(given.record.status.state).toBe('Staged');
  });

  it.each<[string, Spec, (given: GroupSite) => void]>([
    [
      'the configuration was changed, and not evaluated',
      approved,
      (given) => given.configurationChanges('Later', { groups: groupsSpec() }),
    ],
    ['the configuration was never evaluated', approved, (given) => given.configurationChanges('Never')],
    [
      'the configuration is not deleted any more',
      { ...approved, removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } },
      () => undefined,
    ],
    ['the pair allows no deletion any more', approved, (given) => given.pairChanges({ limits: { allowDelete: false } })],
  ])('I11 that was approved waits where %s', async (_, spec, change) => {
    const given = site(spec);
    change(given);
    const before = given.record.status;
    await given.reconcile();
    expect(given.target.live('made-1')).toBeDefined();
    expect(given.record.status).toEqual(before);
  });

  it('G3 of one that is not selected any more does not ask whether the source has it', async () => {
    const given = site({ ...approved, removal: { reason: 'Unassigned', action: 'SoftDelete' } });
    given.people.join(sourceGroup, 'p1');
    await given.reconcile();
    expect(given.target.live('made-1')).toBeUndefined();
  });

  it('G3 whose answer was lost is not sent again where it took effect', async () => {
    const given = site(approved);
    given.target.fail('deleteGroup', refusal('Unavailable', { outcomeUnknown: true }), true);
    await given.reconcile();
    expect(given.record.status.intent?.operation).toBe('Delete');
    expect(given.record.status.targetGroup?.deletedAt).toBeUndefined();
    await given.lookAgain(2000);
    expect(given.target.writes).toEqual(['deleteGroup made-1']);
  });

  it('G3 that is refused for certain leaves the group as it is', async () => {
    const given = site(approved);
    given.target.fail('deleteGroup', refusal('Forbidden'));
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Failed', targetGroup: linked.targetGroup });
    expect(given.record.status.intent).toBeUndefined();
  });

  it('G3 is not repeated for who has brought the group back', async () => {
    const status = { targetGroup: { ...linked.targetGroup, deletedAt: '2026-01-01T00:00:00Z' } };
    const given = site(approved, { status });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status).toMatchObject({ state: 'Retained', targetGroup: { releasedAt: given.site.at() } });
  });

  it('G3 is waited for while a read may still show the group', async () => {
    const given = site(approved);
    await given.reconcile();
    given.target.bin('made-1', false);
    expect((await given.lookAgain(minute)).requeueAfterMs).toBe(30_000);
    expect(given.target.writes).toEqual(['deleteGroup made-1']);
  });
});

describe('G3 a group that is let go', () => {
  const retained: Spec = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Retain' } };

  it('G3 stays as it is, and is not written any more', async () => {
    const given = site(retained);
    await given.reconcile();
    const at = given.site.at();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status).toMatchObject({ state: 'Retained', targetGroup: { ...linked.targetGroup, releasedAt: at } });
    await given.lookAgain(minute);
    expect(given.record.status.targetGroup?.releasedAt).toBe(at);
  });

  it('G3 and is selected again is taken up again', async () => {
    const given = site(retained);
    await given.reconcile();
    given.people.join(sourceGroup, 'p1');
    given.rewrite({ lifecycle: 'Present', removal: undefined as never });
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetGroup: linked.targetGroup });
    expect(given.record.status.targetGroup).not.toHaveProperty('releasedAt');
  });

  it('G3 though it was never made leaves nothing to remember', async () => {
    const given = new GroupSite({ spec: retained });
    await given.reconcile();
    expect(given.site.groups.size).toBe(0);
  });

  it('G3 though it was never linked stays as it is', async () => {
    const given = site(retained, { status: { targetGroup: undefined as never } });
    await given.reconcile();
    expect(given.record.status.state).toBe('Retained');
    expect(given.record.status.targetGroup).toBeUndefined();
  });
});
