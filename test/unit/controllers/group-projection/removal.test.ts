import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
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

  it.each<[string, (given: GroupSite) => void, string]>([
    [
      'the configuration was changed, and not evaluated',
      (given) => given.configurationChanges('Later', { groups: groupsSpec() }),
      'SyncConfiguration',
    ],
    ['the configuration was never evaluated', (given) => given.configurationChanges('Never'), 'SyncConfiguration'],
    ['the pair allows no deletion any more', (given) => given.pairChanges({ limits: { allowDelete: false } }), 'limits.allowDelete'],
  ])('I11 that was approved waits where %s, and says so', async (_, change, why) => {
    const given = site(approved);
    const ready = () => given.record.status.conditions?.find(({ type }) => type === 'Ready')?.message;
    change(given);
    await given.reconcile();
    expect(given.target.live('made-1')).toBeDefined();
    expect(given.record.status).toMatchObject({ state: 'Staged', ...linked });
    expect(ready()).toContain('was approved');
    expect(ready()).toContain(why);
    expect(given.deps.groupMemory.holdsRemovals(given.key)).toBe(true);
    given.pairChanges({ limits: { allowDelete: true } });
    given.configurationChanges('Now');
    await given.lookAgain();
    expect(given.target.live('made-1')).toBeUndefined();
  });

  it.each<[string, (given: GroupSite) => void]>([
    ['the configuration is changed', (given) => given.configurationChanges('Later', { groups: groupsSpec() })],
    ['the pair forbids deletions', (given) => given.pairChanges({ limits: { allowDelete: false } })],
  ])('I11 that was approved does not leave where %s while the source is asked', async (_, change) => {
    const given = site(approved);
    const { source } = given.site.session;
    const getGroup: typeof source.getGroup = (...asked) => {
      change(given);
      return source.getGroup(...asked);
    };
    Object.assign(given.site.session, { source: { ...source, getGroup } });
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expect(given.target.live('made-1')).toBeDefined();
    expect(given.record.status.intent).toBeUndefined();
  });

  it.each<[string, SyncConfigurationSpec['deprovisioning']['onConfigurationDeletion'], 'SoftDelete' | 'Retain', boolean]>([
    ['is carried out', 'Deprovision', 'SoftDelete', true],
    ['is not carried out where the groups are to stay now', 'Deprovision', 'Retain', false],
    ['is not carried out where everybody is to stay now', 'Retain', 'SoftDelete', false],
  ])('I11 with its configuration that was approved %s', async (_, onConfigurationDeletion, deprovisioning, isDeleted) => {
    const given = site({ ...approved, removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } });
    const { deprovisioning: former } = given.site.configuration.spec;
    given.configurationChanges('Later', { groups: groupsSpec({ deprovisioning }), deprovisioning: { ...former, onConfigurationDeletion } });
    await given.reconcile();
    expect(given.target.live('made-1')).toBeDefined();
    const { metadata, ...configuration } = given.site.configuration;
    given.site.configurations.put({ ...configuration, metadata: { ...metadata, deletionTimestamp: given.site.at(), finalizers: ['x'] } });
    await given.lookAgain();
    expect(given.target.live('made-1') === undefined).toBe(isDeleted);
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
