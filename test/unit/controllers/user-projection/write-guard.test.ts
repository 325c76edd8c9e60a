import { guardWrites, writeObstacle } from '../../../../src/controllers/user-projection/write-guard.ts';
import type { SyncConfigurationSpec, UserProjectionStatus } from '../../../../src/api/generated.ts';
import type { TenantPair } from '../../../../src/api/kinds.ts';
import type { CallOptions, TargetDirectory } from '../../../../src/ports/directory.ts';
import { refusal } from '../../../support/fake-target.ts';
import { targetTenantId } from '../../core/support.ts';
import { account, configurationWith, Site, type SiteOptions } from '../support.ts';

const deletedAt = '2026-01-04T08:00:00Z';
const { deprovisioning } = configurationWith().spec;

const obstacles: readonly [string, (given: Site) => unknown, string][] = [
  ['the lease is lost', (given) => (given.holdsLease = false), 'LeaseNotHeld'],
  ['the configuration is gone', (given) => given.configurations.delete(given.configuration.metadata), 'ConfigurationGone'],
  [
    'the configuration was made anew',
    (given) => given.configurations.put({ ...given.configuration, metadata: { ...given.configuration.metadata, uid: 'another' } }),
    'ConfigurationGone',
  ],
  [
    'the configuration is suspended',
    (given) => given.configurations.put({ ...given.configuration, spec: { ...given.configuration.spec, suspend: true } }),
    'Suspended',
  ],
  ['the pair is suspended', (given) => given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, suspend: true } }), 'Suspended'],
  ['the pair is gone', (given) => given.pairs.delete(given.pair.metadata), 'Suspended'],
  [
    'the configuration plans',
    (given) => given.configurations.put({ ...given.configuration, spec: { ...given.configuration.spec, mode: 'Plan' } }),
    'PlanMode',
  ],
  [
    'the record was changed',
    (given) => given.projections.put({ ...given.record, metadata: { ...given.record.metadata, generation: 3 } }),
    'SpecChanged',
  ],
  ['the record is gone', (given) => given.projections.delete(given.record.metadata), 'SpecChanged'],
  [
    'the target has stopped',
    (given) => (given.session.verdict = { ready: false, reason: 'StoppedByTarget', message: '' }),
    'StoppedByTarget',
  ],
  ['Entra works on the pair', (given) => (given.session.entraJob = 'Azure2Azure.a.1'), 'EntraJobActive'],
  ['the permission of the target was last seen 58 seconds ago', (given) => (given.session.accessCheckedAt -= 58_001), 'AccessNotChecked'],
];

const writes: readonly [string, (target: TargetDirectory, options: CallOptions) => Promise<unknown>][] = [
  ['invite', (target, options) => target.invite({ emailAddress: 'a@b', userType: 'Member', redirectUrl: '', sendMessage: false }, options)],
  ['updateUser', (target, options) => target.updateUser('account', { jobTitle: 'x' }, options)],
  ['setManager', (target, options) => target.setManager('account', 'm', options)],
  ['clearManager', (target, options) => target.clearManager('account', options)],
  ['revokeSessions', (target, options) => target.revokeSessions('account', options)],
  ['deleteUser', (target, options) => target.deleteUser('account', options)],
  ['restoreUser', (target, options) => target.restoreUser('account', { reconcileProxies: false }, options)],
  ['purgeUser', (target, options) => target.purgeUser('account', options)],
];

/** Somebody who is gone from the source for good: the account may be deleted, blocked and purged. */
const leaver = (more: SiteOptions = {}): Site =>
  new Site({
    spec: { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } },
    status: { state: 'SoftDeleted', targetUser: { objectId: 'account', origin: 'Created', createdAt: '2026-01-02T08:00:00Z', deletedAt } },
    configuration: { deprovisioning: { ...deprovisioning, purgeAfterSourcePurge: true } },
    ...more,
  });

const options = { signal: new AbortController().signal, priority: 0 };
const guarded = (given: Site, work = given.work()): TargetDirectory => guardWrites(given.target.directory, work);

describe('I5 no write starts', () => {
  it.each(obstacles)('when %s', async (_, change, obstacle) => {
    const given = new Site();
    const work = given.work();
    expect(writeObstacle(work)).toBeUndefined();
    await change(given);
    expect(writeObstacle(work)).toBe(obstacle);
  });

  it('in a plan', () => {
    expect(writeObstacle(new Site({ spec: { mode: 'Plan' } }).work())).toBe('PlanMode');
  });

  it('later than 58 seconds after the target was asked, but until then', () => {
    const given = new Site();
    given.session.accessCheckedAt -= 58_000;
    expect(writeObstacle(given.work())).toBeUndefined();
  });

  it.each(writes)('of any kind: %s', async (name, write) => {
    const given = leaver();
    given.target.deleted.set('account', given.target.live.get('account') ?? { id: 'account', attributes: {} });
    await write(guarded(given), options);
    expect(given.target.writes.map((text) => text.split(' ')[0])).toEqual([name]);
    given.target.writes.length = 0;
    given.holdsLease = false;
    await expect(write(guarded(given), options)).rejects.toThrow('LeaseNotHeld');
    expect(given.target.writes).toEqual([]);
  });

  it.each(writes)('of the kind %s at the instant at which it would leave', async (name, write) => {
    const given = leaver();
    const directory: TargetDirectory = {
      ...given.target.directory,
      // The adapter waits for a token, and asks once more.
      [name]: (...args: unknown[]) => {
        given.holdsLease = false;
        const { mayStart } = args.at(-1) as CallOptions;
        return mayStart?.() === false ? Promise.reject(refusal('Throttled')) : Promise.resolve();
      },
    };
    await expect(write(guardWrites(directory, given.work()), options)).rejects.toThrow('LeaseNotHeld');
  });
});

describe('I11 at the instant of the write nothing is taken from an account', () => {
  const edit = (given: Site, change: Partial<SyncConfigurationSpec>): unknown =>
    given.configurations.put({ ...given.configuration, spec: { ...given.configuration.spec, ...change } });
  const wish = (given: Site, change: Partial<SyncConfigurationSpec['deprovisioning']>): unknown =>
    edit(given, { deprovisioning: { ...given.configuration.spec.deprovisioning, ...change } });
  const limit = (given: Site, limits: TenantPair['spec']['limits']): unknown =>
    given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, ...(limits && { limits }) } });
  const taking: Readonly<Record<'delete' | 'block' | 'purge', (target: TargetDirectory) => Promise<unknown>>> = {
    delete: (target) => target.deleteUser('account', options),
    block: (target) => target.updateUser('account', { accountEnabled: false }, options),
    purge: (target) => target.purgeUser('account', options),
  };
  type Taking = keyof typeof taking;
  const all: readonly Taking[] = ['delete', 'block', 'purge'];
  const linked = (more: Partial<NonNullable<UserProjectionStatus['targetUser']>>): Partial<UserProjectionStatus> => ({
    targetUser: { objectId: 'account', origin: 'Created', ...more },
  });
  const going = { spec: { lifecycle: 'Removed', removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } } } as const;
  const leaving = { spec: { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } } } as const;

  it.each<[string, SiteOptions, (given: Site) => unknown, readonly Taking[]]>([
    ['where the accounts stay', {}, (given) => wish(given, { action: 'Retain' }), all],
    ['beyond a block', {}, (given) => wish(given, { action: 'Block' }), ['delete', 'purge']],
    ['without deletions among the target actions', {}, (given) => edit(given, { targetActions: ['Create', 'Update'] }), all],
    ['where deletions are limited', {}, (given) => limit(given, { allowDelete: false }), all],
    ['that is excluded', {}, (given) => limit(given, { allowDelete: true, excludedTargetUsers: ['account'] }), all],
    [
      'that was adopted',
      { status: linked({ origin: 'Adopted' }) },
      (given) => wish(given, { adoptedUsers: 'Retain' }),
      ['delete', 'block'],
    ],
    [
      'that is blocked',
      {
        ...leaving,
        status: linked({ signInBlockedAt: deletedAt }),
        configuration: { deprovisioning: { ...deprovisioning, disabledUsers: 'SoftDelete' } },
      },
      (given) => wish(given, { disabledUsers: 'Retain' }),
      ['delete', 'block'],
    ],
    [
      'with a configuration that lets everybody go',
      { ...going, configuration: { deprovisioning: { ...deprovisioning, onConfigurationDeletion: 'Deprovision' } } },
      (given) => wish(given, { onConfigurationDeletion: 'Retain' }),
      ['delete', 'block'],
    ],
    ['whose person may be in scope', {}, (given) => edit(given, { scope: { type: 'All', includeNestedGroups: true } }), all],
    ['after the source', {}, (given) => wish(given, { purgeAfterSourcePurge: false }), ['purge']],
  ])('%s by now', async (_, more, change, forbidden) => {
    for (const name of forbidden) {
      const given = leaver(more);
      given.target.deleted.set('account', account());
      await expect(taking[name](guarded(given))).resolves.not.toThrow();
      const later = leaver(more);
      later.target.deleted.set('account', account());
      const target = guarded(later);
      change(later);
      await expect(taking[name](target)).rejects.toMatchObject({ name: 'Deferred', message: 'PolicyChanged', requeueAfterMs: 0 });
      expect(later.target.writes).toEqual([]);
    }
  });

  it('of somebody who is to be present', async () => {
    const given = new Site();
    await expect(guarded(given).deleteUser('account', options)).rejects.toThrow('PolicyChanged');
    await expect(guarded(given).purgeUser('account', options)).rejects.toThrow('PolicyChanged');
    expect(given.target.writes).toEqual([]);
  });

  it('but everything else is written, and sign-in follows the source', async () => {
    const [present, removed] = [new Site(), leaver()];
    for (const given of [present, removed]) wish(given, { action: 'Retain' });
    await guarded(present).updateUser('account', { accountEnabled: false }, options);
    await guarded(removed).updateUser('account', { jobTitle: 'x' }, options);
    expect([present.target.writes, removed.target.writes]).toEqual([
      ['updateUser account accountEnabled'],
      ['updateUser account jobTitle'],
    ]);
  });
});

describe('a write that may start', () => {
  it.each(writes)('draws on the quota that was set aside, and ends with the pass: %s', async (name, write) => {
    const given = leaver();
    const permit = { release: () => undefined };
    let seen: unknown;
    const directory = { ...given.target.directory, [name]: (...args: unknown[]) => Promise.resolve((seen = args.at(-1))) };
    await write(guardWrites(directory, given.work()), { ...options, priority: 30, permit });
    expect(seen).toEqual({ ...options, priority: 30, permit, mayStart: expect.any(Function) as unknown });
  });
});

describe('a write that may not start', () => {
  it.each<[string, (given: Site) => unknown, number | undefined]>([
    ['is tried at once when only the permission has to be seen', (given) => (given.session.accessCheckedAt -= 60_000), 0],
    [
      'is tried at once when the record was changed',
      (given) => given.projections.put({ ...given.record, metadata: { ...given.record.metadata, generation: 3 } }),
      0,
    ],
    ['waits for what lifts the obstacle otherwise', (given) => (given.holdsLease = false), undefined],
  ])('%s', async (_, change, requeueAfterMs) => {
    const given = new Site();
    const target = guarded(given);
    change(given);
    await expect(target.deleteUser('account', options)).rejects.toMatchObject({ name: 'Deferred', requeueAfterMs });
  });

  it('is told from one that failed', async () => {
    const given = leaver();
    given.target.fail('deleteUser', refusal('Forbidden'));
    await expect(guarded(given).deleteUser('account', options)).rejects.toThrow('refused: Forbidden');
  });
});

describe('reads', () => {
  it('need no permission to start', async () => {
    const given = new Site();
    given.holdsLease = false;
    const target = guarded(given);
    given.target.found = [{ id: 'found', attributes: {} }];
    given.target.foundDeleted = [{ id: 'bin', attributes: {} }];
    expect(await target.getUser('account', [], options)).toMatchObject({ id: 'account' });
    expect(await target.getDeletedUser('account', [], options)).toBeUndefined();
    expect(await target.findAccounts({ addresses: [] }, [], options)).toMatchObject({ live: [{ id: 'found' }], deleted: [{ id: 'bin' }] });
    expect(await target.syncAccess('hub', options)).toMatchObject({ userSyncInboundAllowed: true });
    expect(await target.grantedPermissions(options)).toEqual([]);
    expect(await target.organization(options)).toMatchObject({ id: 'spoke' });
    expect(await target.allowedCloudEndpoints(options)).toEqual([]);
    expect(await target.invitationPolicy(options)).toEqual({ allowInvitesFrom: null });
    await expect(target.partnerAccess('hub', options)).rejects.toThrow('refused: NotFound');
    expect([target.tenantId, target.quota]).toEqual([targetTenantId, given.target.directory.quota]);
  });
});
