import type { SyncConfigurationSpec, UserProjectionStatus } from '../../../../src/api/generated.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import type { DirectoryUser } from '../../../../src/ports/directory.ts';
import { refusal } from '../../../support/fake-target.ts';
import { internal, sourceObjectId, sourceTenantId } from '../../core/support.ts';
import { account, configurationWith, minute, Site, type SiteOptions } from '../support.ts';

const day = 24 * 60 * minute;
const deletedAt = '2026-01-04T08:00:00Z';
const gone: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } };
const purging = { ...configurationWith().spec.deprovisioning, purgeAfterSourcePurge: true };
const anchored = { adoption: 'Adopt', anchor: { attribute: 'employeeId' } } as unknown as SyncConfigurationSpec['matching'];

const anchorOf = (objectId: string, installation: string): string =>
  formatAnchor({ sourceTenantId, sourceObjectId: objectId, installation });

type Link = NonNullable<UserProjectionStatus['targetUser']>;

const statusWith = ({
  link = {},
  ...more
}: Partial<UserProjectionStatus> & { readonly link?: Partial<Link> } = {}): Partial<UserProjectionStatus> => ({
  observedGeneration: 2,
  state: 'SoftDeleted',
  targetUser: { objectId: 'account', origin: 'Created', createdAt: '2026-01-02T08:00:00Z', deletedAt, ...link },
  sourcePurge: {
    seenAt: '2026-01-04T09:00:00Z',
    absentAt: ['2026-01-05T06:00:00Z', '2026-01-05T07:00:00Z'],
    guardedAt: '2026-01-05T08:00:00Z',
  },
  ...more,
});

/** Somebody who is gone from the source for good, whose account we have deleted, and whose purge a cycle has let pass. */
function site(options: SiteOptions & { readonly tombstone?: Partial<DirectoryUser> | undefined } = {}): Site {
  const { tombstone = {}, ...more } = options;
  const given = new Site({
    accounts: [],
    ...more,
    spec: { ...gone, ...more.spec },
    status: more.status ?? statusWith(),
    configuration: { deprovisioning: purging, ...more.configuration },
  });
  given.target.deleted.set('account', account({}, { deletedDateTime: deletedAt, ...tombstone }));
  given.deps.tracker.requestPurge('identity/staff', given.key);
  given.confirm();
  return given;
}

const isPurged = (given: Site): boolean => !given.target.deleted.has('account');
const isAsked = (given: Site): boolean => given.deps.tracker.isPurgeRequested('identity/staff', given.key);

describe('A12 an account whose purge has passed', () => {
  it('is purged, and that is said in the log; the record goes afterwards', async () => {
    const given = site();
    await given.reconcile();
    expect(given.target.writes).toEqual(['purgeUser account']);
    expect(isPurged(given)).toBe(true);
    expect(given.record.status.state).toBe('Purged');
    expect(given.reason).toBe('PurgedAfterSource');
    expect(given.told.map(({ action, status }) => `${action} ${status}`)).toEqual(['delete success']);
    expect(isAsked(given)).toBe(false);
  });

  it('is gone although a replica that has not heard of it still shows it: the record goes, and does not say again that it may come back', async () => {
    const purged = (lastWriteAt: string) => statusWith({ state: 'Purged', lastWriteAt });
    const given = site({ status: purged('2026-01-05T07:55:00Z') });
    await given.reconcile();
    expect(given.told.map(({ reason }) => reason)).toEqual(['UserPurged']);
    // Longer ago than any replica lags, the directory is believed.
    const later = site({ status: purged('2026-01-05T07:00:00Z') });
    await later.reconcile();
    expect(later.record.status.state).toBe('SoftDeleted');
  });

  it('I11 is not purged on an old reading: the source is asked once more, its recycle bin too, and the record says nothing else meanwhile', async () => {
    const given = site();
    given.deps.confirmations.forget('identity/staff');
    const before = given.record.status;
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(isPurged(given)).toBe(false);
    expect(given.deps.confirmations.take('identity/staff', 9)).toMatchObject([{ act: 'Purge', sourceId: sourceObjectId }]);
    expect(given.record.status).toEqual(before);
    expect(isAsked(given)).toBe(true);
  });

  it('I11 is not purged on the reading of a cycle', async () => {
    const given = site();
    given.deps.confirmations.forget('identity/staff');
    given.confirm('Cycle');
    await given.reconcile();
    expect(isPurged(given)).toBe(false);
  });

  it('that is purged or restored meanwhile is left to the next full cycle', async () => {
    const given = site();
    given.target.fail('purgeUser', refusal('NotFound'), true);
    await given.reconcile();
    expect(given.record.status.state).toBe('SoftDeleted');
    expect(given.told).toEqual([]);
    expect(isAsked(given)).toBe(false);
  });

  it('that the target refuses to purge stays where it is, and the refusal is said', async () => {
    const given = site();
    given.target.fail('purgeUser', refusal('Forbidden', { reason: 'GraphForbidden' }));
    await given.reconcile();
    expect(isPurged(given)).toBe(false);
    expect(given.reason).toBe('GraphForbidden');
  });

  it('whose answer was lost is not purged twice', async () => {
    const given = site();
    given.target.fail('purgeUser', refusal('Unavailable', { outcomeUnknown: true }), true);
    const { requeueAfterMs } = await given.reconcile();
    await given.clock.advance(requeueAfterMs ?? 0);
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual(['purgeUser account']);
  });
});

describe('A12 A7 an account that is not ours to purge', () => {
  it.each<[string, Partial<DirectoryUser>, Partial<SyncConfigurationSpec>?]>([
    ['that somebody has restored and deleted since', { deletedDateTime: '2026-01-04T09:00:00Z' }],
    ['of whose deletion the time is not told', { deletedDateTime: null }],
    ['I2 that was made internal', { ...internal('account'), deletedDateTime: deletedAt }],
    [
      'I15 that has the anchor of another person',
      { attributes: { employeeId: anchorOf('44444444-4444-4444-8444-444444444444', 'default') } },
      { matching: anchored },
    ],
  ])('%s stays, and is said to be deleted by others', async (_, tombstone, configuration = {}) => {
    const given = site({ tombstone, configuration });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('DeletedInTarget');
    expect(isAsked(given)).toBe(false);
  });

  it('I15 that has the anchor of another installation stays, and that is said', async () => {
    const given = site({
      tombstone: { attributes: { employeeId: anchorOf(sourceObjectId, 'second') } },
      configuration: { matching: anchored },
    });
    await given.reconcile();
    expect(isPurged(given)).toBe(false);
    expect(given.reason).toBe('OwnedByOtherInstallation');
  });

  it('with the anchor of this person and installation is', async () => {
    const employeeId = anchorOf(sourceObjectId, 'default');
    const given = site({ tombstone: { attributes: { employeeId } }, configuration: { matching: anchored } });
    await given.reconcile();
    expect(isPurged(given)).toBe(true);
  });

  it('that the limits of the pair exclude stays, and nothing is said of it', async () => {
    const given = site({
      pair: { limits: { allowDelete: true, excludedTargetUsers: ['ana_contoso.com#EXT#@fabrikam.onmicrosoft.com'] } },
    });
    const before = given.record.status;
    await given.reconcile();
    expect(isPurged(given)).toBe(false);
    expect(given.record.status.state).toBe(before.state);
  });
});

describe('A12 I11 no account is purged', () => {
  it.each<[string, Parameters<typeof site>[0]]>([
    ['once the configuration purges no more', { configuration: { deprovisioning: { ...purging, purgeAfterSourcePurge: false } } }],
    ['once removals only block', { configuration: { deprovisioning: { ...purging, action: 'Block' } } }],
    [
      'of somebody who is not gone for good',
      { status: statusWith({ sourcePurge: { seenAt: deletedAt, absentAt: [deletedAt], guardedAt: deletedAt } }) },
    ],
    ['that no guard has let pass', { status: statusWith({ sourcePurge: { seenAt: deletedAt, absentAt: [deletedAt, deletedAt] } }) }],
    [
      'that the guard holds, whatever it let pass before',
      {
        status: statusWith({
          sourcePurge: { seenAt: deletedAt, absentAt: [deletedAt, deletedAt], guardedAt: deletedAt, heldAt: deletedAt },
        }),
      },
    ],
    [
      'E8 that an administrator has rejected',
      {
        status: statusWith({
          sourcePurge: { seenAt: deletedAt, absentAt: [deletedAt, deletedAt], guardedAt: deletedAt, rejectedAt: deletedAt },
        }),
      },
    ],
    ['that was adopted', { status: statusWith({ link: { origin: 'Adopted' } }) }],
    ['D4 that a record found by its anchor', { status: statusWith({ link: { createdAt: undefined as never } }) }],
    ['that somebody else has deleted before', { status: statusWith({ link: { foundDeletedAt: deletedAt } }) }],
    ['of somebody who only left the scope', { spec: { removal: { reason: 'Unassigned', action: 'SoftDelete' } } }],
  ])('%s', async (_, options) => {
    const given = site(options);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(isPurged(given)).toBe(false);
  });

  it('of somebody who is to be there again', async () => {
    const given = site({ spec: { lifecycle: 'Present', removal: undefined as never } });
    await given.reconcile();
    expect(given.target.writes).not.toContain('purgeUser account');
    expect(given.target.live.has('account')).toBe(true);
  });

  it('that somebody has restored: it is deleted by the next full cycle, if by any', async () => {
    const given = site();
    given.target.deleted.clear();
    given.target.live.set('account', account());
    await given.reconcile();
    expect(given.target.writes).not.toContain('purgeUser account');
  });

  it('that somebody restores in the moment before', async () => {
    const given = site();
    given.target.during = (operation) => {
      // The first read decides, and the second one is that of the purge.
      if (operation !== 'getDeletedUser' || given.target.reads.filter((read) => read.startsWith('getDeletedUser')).length < 2) return;
      given.target.deleted.clear();
      given.target.live.set('account', account());
    };
    await given.reconcile();
    expect(given.target.live.has('account')).toBe(true);
    expect(given.target.writes).toEqual([]);
    expect(isAsked(given)).toBe(false);
  });

  it('while the configuration is suspended', async () => {
    const given = site({ configuration: { suspend: true } });
    await given.reconcile();
    expect(isPurged(given)).toBe(false);
  });

  it('and the record goes when the 30 days of the directory are over', async () => {
    const given = site();
    given.target.deleted.clear();
    await given.clock.advance(31 * day);
    given.session.accessCheckedAt = given.clock.monotonic();
    await given.reconcile();
    expect(given.projections.list()).toEqual([]);
  });
});
