import { annotations } from '../../../../src/api/kinds.ts';
import type { DirectoryErrorKind } from '../../../../src/core/errors/directory-error.ts';
import { sealSpec, type UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { internal, recordWith, sourceObjectId, sourceTenantId, specWith } from '../../core/support.ts';
import { configurationWith, account, minute, Site, type SiteOptions } from '../support.ts';

const changed: Partial<UnsealedSpec> = { attributes: { jobTitle: 'Clerk' } };
const settled = { generation: 1 };

/** Somebody whose title is to change. */
const site = (options: SiteOptions = {}): Site => new Site({ spec: changed, accounts: [account({ jobTitle: 'Chief' })], ...options });

describe('a record is left alone', () => {
  it.each<[string, (given: Site) => unknown]>([
    ['where another replica looks after it', (given) => (given.holdsLease = false)],
    ['without a pair', (given) => given.pairs.delete(given.pair.metadata)],
    ['while the pair was not checked', (given) => given.deps.sessions.delete('identity/pair', 0)],
    ['while the pair is not ready', (given) => (given.session.verdict = { ready: false, reason: 'StoppedByTarget', message: '' })],
    ['while the pair is suspended', (given) => given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, suspend: true } })],
    [
      'while the configuration is suspended',
      (given) => given.configurations.put({ ...given.configuration, spec: { ...given.configuration.spec, suspend: true } }),
    ],
    [
      'while the configuration is in another mode',
      (given) => given.configurations.put({ ...given.configuration, spec: { ...given.configuration.spec, mode: 'Plan' } }),
    ],
    [
      'while the mappings cannot be read',
      (given) =>
        given.configurations.put({
          ...given.configuration,
          spec: { ...given.configuration.spec, attributeMappings: [{ target: 'nothing', source: 'city' } as never] },
        }),
    ],
    [
      'I15 of other tenants than those of its pair',
      (given) => given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, target: { ...given.pair.spec.target, tenantId: 'other' } } }),
    ],
    ['that was deleted', (given) => given.projections.delete(given.record.metadata)],
  ])('%s', async (_, change) => {
    const given = site();
    await change(given);
    expect(await given.reconcile()).toEqual({});
    expect([...given.target.writes, ...given.target.reads]).toEqual([]);
    expect(given.target.permits).toBe(0);
  });

  it('without its configuration, which is asked to sweep it', async () => {
    const given = site();
    await given.configurations.delete(given.configuration.metadata);
    expect(await given.reconcile()).toEqual({});
    expect(given.enqueued).toEqual(['configuration identity/staff']);
    expect(given.target.reads).toEqual([]);
  });

  it('when nothing is to be done, until something is', async () => {
    const later = site({ metadata: settled, status: { compareAgainAt: '2026-01-05T08:05:00Z' } });
    expect(await later.reconcile()).toEqual({ requeueAfterMs: 5 * minute, priority: -100 });
    expect(await site({ metadata: settled }).reconcile()).toEqual({});
    expect(later.target.reads).toEqual([]);
  });

  it('without quota, until there is some', async () => {
    const given = site();
    given.target.retryAt = given.clock.now() + 1500;
    expect(await given.reconcile()).toEqual({ requeueAfterMs: 1500, priority: 10 });
    expect(given.target.reads).toEqual([]);
  });

  it('I14 without quota, no longer than an hour at a time, whatever time is given', async () => {
    const given = site();
    for (const retryAt of [given.clock.now() + 48 * 60 * minute, Number.POSITIVE_INFINITY]) {
      given.target.retryAt = retryAt;
      expect(await given.reconcile()).toEqual({ requeueAfterMs: 60 * minute, priority: 10 });
    }
  });

  it('I5 as soon as the target is seen to have stopped, and the pair is told', async () => {
    const given = site();
    given.session.accessCheckedAt -= 45_001;
    given.target.userSyncInboundAllowed = false;
    expect(await given.reconcile()).toEqual({});
    expect(given.target.writes).toEqual([]);
    expect(given.session.verdict).toMatchObject({ ready: false, reason: 'UserSyncNotAllowed' });
    expect(given.enqueued).toEqual(['pair identity/pair']);
    expect(given.target.permits).toBe(0);
  });

  it('that somebody has written into: said, and written anew at once', async () => {
    const given = site();
    given.projections.put({ ...given.record, spec: { ...given.record.spec, attributes: { jobTitle: 'Boss' } } });
    expect(await given.reconcile()).toEqual({});
    expect(given.reason).toBe('SpecTampered');
    expect(given.record.status).toMatchObject({ state: 'Failed', observedGeneration: 2 });
    expect(given.target.reads).toEqual([]);
    expect(given.deps.tracker.isCycleRequested('identity/staff')).toBe(true);
    expect(given.events).toMatchObject([{ type: 'Warning', reason: 'SpecTampered' }]);
    expect(given.counted).toMatchObject([{ metric: 'operations' }, { metric: 'failures', labels: { code: 'SpecTampered' } }]);
    // Said once.
    given.projections.writes.length = 0;
    await given.reconcile();
    expect(given.projections.writes).toEqual([]);
  });
});

describe('the budget that is set aside', () => {
  it.each<[string, SiteOptions, object, number]>([
    ['an update', {}, { reads: 4, writes: 2 }, 10],
    ['a plan', { spec: { ...changed, mode: 'Plan' }, configuration: { mode: 'Plan' } }, { reads: 4, writes: 0 }, -100],
    ['a removal', { spec: { lifecycle: 'Removed' } }, { reads: 4, writes: 2 }, 30],
    ['an invitation', { status: { targetUser: undefined as never } }, { reads: 6, writes: 2, leave: 0 }, 20],
    [
      'an invitation with a manager',
      { spec: { manager: { sourceObjectId: 'm' } }, status: { targetUser: undefined as never } },
      { reads: 6, writes: 3, leave: 0 },
      20,
    ],
    ['a block', { spec: { attributes: { accountEnabled: false } } }, { reads: 4, writes: 2 }, 30],
    ['one who is blocked', { spec: { attributes: { accountEnabled: false } }, status: { state: 'Blocked' } }, { reads: 4, writes: 2 }, 10],
  ])('of %s', async (_, options, need, priority) => {
    const given = site(options);
    given.target.retryAt = given.clock.now() + 1;
    expect(await given.reconcile()).toEqual({ requeueAfterMs: 1, priority });
    expect(given.target.needs).toEqual([need]);
  });

  it('A1 of an invitation leaves enough for those who were invited before and are not filled in yet, unless it is asked for by name', async () => {
    const given = site({ status: { targetUser: undefined as never } });
    for (const id of ['b', 'c'])
      given.projections.put(
        recordWith({
          spec: { source: { tenantId: sourceTenantId, objectId: id } },
          status: { targetUser: { objectId: id, origin: 'Created', unfinished: true } },
          metadata: { name: `staff-${id}`, uid: id },
        }),
      );
    given.target.retryAt = given.clock.now() + 1;
    await given.reconcile();
    given.deps.onDemand.expect(`identity/staff-${sourceObjectId}`, { configurationKey: 'identity/staff', since: 0 });
    await given.reconcile();
    expect(given.target.needs).toEqual([
      { reads: 6, writes: 2, leave: 4 },
      { reads: 6, writes: 2 },
    ]);
  });

  it('is given back, however the pass ends', async () => {
    const given = site();
    await given.reconcile();
    const failing = site();
    failing.target.fail('getUser', new Error('a mistake'));
    await expect(failing.reconcile()).rejects.toThrow('a mistake');
    expect([given.target.permits, failing.target.permits]).toEqual([0, 0]);
  });
});

describe('I8 a failure of a pass', () => {
  const failed = async (kind: DirectoryErrorKind, options: SiteOptions = {}, more: object = {}) => {
    const given = site(options);
    given.target.fail('getUser', refusal(kind, more));
    return { given, result: await given.reconcile() };
  };

  it('is on the record with its cause, the attempt and the time of the next, and told once', async () => {
    const { given, result } = await failed('Unclassified', {}, { requestId: 'req', conflictingObjectId: 'x' });
    expect(given.record.status).toMatchObject({
      state: 'Failed',
      observedGeneration: 2,
      attempts: 1,
      nextAttemptAt: given.at(minute),
      lastError: { code: 'CodeUnclassified', message: 'refused: Unclassified', requestId: 'req', at: given.at() },
      conflictingObjectId: 'x',
      conflictingObjectKind: 'Unknown',
    });
    expect(result).toEqual({ requeueAfterMs: minute, priority: -100 });
    expect(given.events).toMatchObject([{ type: 'Warning', reason: 'GraphError' }]);
    expect(given.told).toMatchObject([
      { status: 'failure', errorCode: 'CodeUnclassified', recommendedAction: 'refused: Unclassified', action: 'other' },
    ]);
    expect(given.counted).toMatchObject([
      { metric: 'operations', labels: { status: 'failure' } },
      { metric: 'failures', labels: { code: 'CodeUnclassified' } },
    ]);
  });

  it('E8 is followed by growing pauses, and a changed user begins anew', async () => {
    const unchanged = await failed('Unclassified', { metadata: settled, status: { state: 'Failed', attempts: 3 } });
    expect(unchanged.given.record.status).toMatchObject({ attempts: 4, nextAttemptAt: unchanged.given.at(40 * minute) });
    const anew = await failed('Unclassified', { status: { state: 'Failed', attempts: 3 } });
    expect(anew.given.record.status).toMatchObject({ attempts: 1 });
  });

  it('by throttling is none, and goes on when the service says so', async () => {
    const { given, result } = await failed('Throttled', {}, { retryAt: new Site().clock.now() + 7000 });
    expect(result).toEqual({ requeueAfterMs: 7000, priority: 10 });
    expect(given.projections.writes).toEqual([]);
    expect((await failed('Throttled')).result).toEqual({ requeueAfterMs: 1000, priority: 10 });
    expect((await failed('Throttled', {}, { retryAt: 1 })).result).toEqual({ requeueAfterMs: 1, priority: 10 });
    const far = new Site().clock.now() + 48 * 60 * minute;
    expect((await failed('Throttled', {}, { retryAt: far })).result).toEqual({ requeueAfterMs: 60 * minute, priority: 10 });
  });

  it('of the credentials is the pair’s: nobody’s attempts are counted', async () => {
    const { given, result } = await failed('Unauthenticated');
    expect(result).toEqual({});
    expect(given.session.verdict).toEqual({ ready: false, reason: 'GraphError', message: 'refused: Unauthenticated' });
    expect(given.enqueued).toEqual(['pair identity/pair']);
    expect(given.projections.writes).toEqual([]);
  });

  it('for want of a permission is the user’s, and the pair is looked at', async () => {
    const { given } = await failed('Forbidden');
    expect(given.session.verdict).toEqual({ ready: true });
    expect(given.enqueued).toEqual(['pair identity/pair']);
    expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1 });
  });

  it('without an answer is asked again a few times before it counts as an attempt', async () => {
    const given = site();
    const pauses = [];
    for (let tries = 0; tries < 5; tries += 1) {
      given.target.fail('getUser', refusal('Unavailable'));
      pauses.push((await given.reconcile()).requeueAfterMs);
    }
    expect(pauses).toEqual([2000, 5000, 15_000, 45_000, minute]);
    expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1 });
  });

  it('without an answer of one who has failed already counts at once', async () => {
    const { given } = await failed('Unavailable', { metadata: settled, status: { state: 'Failed', attempts: 1 } });
    expect(given.record.status).toMatchObject({ attempts: 2 });
  });

  it('of the search for a lost invitation lets it go on', async () => {
    const given = site({
      status: { state: 'Failed', targetUser: undefined as never, intent: { operation: 'Create', at: '2026-01-05T07:59:00Z' } },
    });
    given.target.fail('findAccounts', refusal('Unclassified'));
    expect(await given.reconcile()).toEqual({ requeueAfterMs: 30_000, priority: 20 });
    expect(given.projections.writes).toEqual([]);
  });

  it('that is no answer of the directory is passed on, with what was done recorded', async () => {
    const given = site({
      spec: { attributes: { jobTitle: 'Clerk' }, clear: ['manager'] },
      accounts: [account({ jobTitle: 'Chief' }, { managerId: 'old' })],
    });
    given.target.fail('clearManager', new Error('a mistake'));
    await expect(given.reconcile()).rejects.toThrow('a mistake');
    expect(given.record.status).toMatchObject({
      lastWriteAt: given.at(),
      history: [{ modifiedAttributes: ['jobTitle'], status: 'success' }],
    });
    expect(given.told).toMatchObject([{ modifiedAttributes: ['jobTitle'], status: 'success' }]);
  });

  it('I12 of the write of its status is passed on, and what was done is written a second time', async () => {
    const given = site();
    given.projections.refuse('patchStatus', new KubeError('Unavailable', 'no answer'));
    await expect(given.reconcile()).rejects.toThrow('no answer');
    expect(given.target.live.get('account')?.attributes.jobTitle).toBe('Clerk');
    expect(given.record.status).toMatchObject({ lastWriteAt: given.at(), appliedRevision: given.record.spec.revision });
  });

  it('of the Kubernetes API is passed on', async () => {
    const given = site();
    given.projections.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    await expect(given.reconcile()).rejects.toThrow('no server');
  });
});

describe('a cycle waits for a record', () => {
  const waiting = (options: SiteOptions = {}): Site => {
    const given = site(options);
    given.deps.tracker.begin('identity/staff', 'cycle', 0);
    given.deps.tracker.changed('identity/staff', given.key);
    return given;
  };
  const open = (given: Site) => given.deps.tracker.openCount('identity/staff');

  it('until it was applied', async () => {
    const given = waiting();
    await given.reconcile();
    expect(open(given)).toBe(0);
    expect(given.record.status.history?.[0]?.cycleId).toBe('cycle');
    expect(given.counted).toContainEqual({
      metric: 'propagation',
      labels: { namespace: 'identity', configuration: 'staff', action: 'update' },
    });
  });

  it('until it has failed', async () => {
    const given = waiting();
    given.target.fail('getUser', refusal('Unclassified'));
    await given.reconcile();
    expect(open(given)).toBe(0);
    expect(given.counted.map(({ metric }) => metric)).not.toContain('propagation');
  });

  it('until it is settled', async () => {
    const given = waiting({ metadata: settled });
    await given.reconcile();
    expect(open(given)).toBe(0);
  });

  it('until it is planned', async () => {
    const given = waiting({ spec: { ...changed, mode: 'Plan' }, configuration: { mode: 'Plan' } });
    await given.reconcile();
    expect(open(given)).toBe(0);
  });

  it.each<[string, string, number]>([
    ['for a moment, while a write is on its way', '2026-01-05T07:59:30Z', 1],
    ['no longer than that', '2026-01-05T07:59:29Z', 0],
  ])('%s', async (_, lastWriteAt, count) => {
    const given = waiting({ accounts: [], status: { lastWriteAt, appliedRevision: 'r' } });
    expect((await given.reconcile()).requeueAfterMs).toBeGreaterThan(0);
    expect(open(given)).toBe(count);
  });

  it('through two answers that do not come, and no more', async () => {
    const given = waiting();
    const counts = [];
    for (let tries = 0; tries < 3; tries += 1) {
      given.target.fail('getUser', refusal('Unavailable'));
      await given.reconcile();
      counts.push(open(given));
    }
    expect(counts).toEqual([1, 1, 0]);
  });

  it('not any more when it asks the source in vain', async () => {
    const given = waiting({ spec: { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' }, guardedAt: 'x' } });
    await given.reconcile();
    expect(open(given)).toBe(1);
    await given.clock.advance(minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    await given.reconcile();
    expect(open(given)).toBe(0);
  });
});

describe('I14 times ahead of our clock', () => {
  it('are healed before anything is decided by them', async () => {
    const given = site({ accounts: [], status: { lastWriteAt: '2026-02-05T08:00:00Z', appliedRevision: 'r' } });
    await given.reconcile();
    expect(given.record.status.lastWriteAt).toBe(given.at());
    // It may not be visible yet: for ten minutes, not for a month.
    await given.clock.advance(10 * minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    given.confirm('Cycle');
    await given.reconcile();
    expect(given.target.writes[0]).toBe('invite ana@contoso.com');
  });
});

describe('D3 who competes for an address', () => {
  const rival = () =>
    recordWith({
      spec: { source: { tenantId: specWith().source.tenantId, objectId: 'other' } },
      status: { state: 'Pending' },
      metadata: { name: 'staff-other', uid: 'other' },
    });
  const unlinked = { targetUser: undefined as never, state: 'Pending' } as const;

  it('is a conflict before the target is read', async () => {
    const given = site({ status: unlinked });
    given.projections.put(rival());
    await given.reconcile();
    expect(given.reason).toBe('DuplicateSourceUsers');
    expect(given.target.reads).toEqual([]);
  });

  it('is a conflict also when it comes up while the target is read', async () => {
    const given = site({ status: unlinked });
    given.confirm('Cycle');
    given.target.during = () => void given.projections.put(rival());
    await given.reconcile();
    expect(given.reason).toBe('DuplicateSourceUsers');
    expect(given.target.writes).toEqual([]);
  });

  it('is none to one who has an account', async () => {
    const given = site();
    given.projections.put(rival());
    await given.reconcile();
    expect(given.record.status.state).toBe('Provisioned');
  });

  it('is none by the record of a pair that has lost the tenants', async () => {
    const given = site({ status: unlinked });
    given.confirm('Cycle');
    const { pair } = given;
    given.pairs.put({ ...pair, metadata: { ...pair.metadata, name: 'former', uid: 'uid-former' } });
    given.pairs.put({ ...pair, status: { ...pair.status, holdsTenantsSince: '2026-01-05T07:00:00Z' } });
    given.configurations.put(configurationWith({ tenantPairRef: { name: 'former' } }, { name: 'formerly' }));
    const other = rival();
    given.projections.put({ ...other, spec: sealSpec({ ...other.spec, syncConfigurationRef: { name: 'formerly' } }) });
    await given.reconcile();
    expect(given.target.writes[0]).toBe('invite ana@contoso.com');
  });

  it('keeps what is under way', async () => {
    const given = site({ status: { ...unlinked, intent: { operation: 'Create', at: '2026-01-05T07:59:00Z' } } });
    given.projections.put(rival());
    await given.reconcile();
    expect(given.record.status.intent).toMatchObject({ operation: 'Create' });
  });

  it.each<[string, object]>([
    ['not by one who is to go', { spec: { lifecycle: 'Removed' } }],
    ['not by one who was skipped', { status: { state: 'Skipped', targetUser: undefined } }],
  ])('%s', async (_, more) => {
    const given = site({ status: unlinked });
    given.confirm('Cycle');
    const other = rival();
    const { spec, status } = more as { spec?: object; status?: object };
    given.projections.put({ ...other, spec: sealSpec({ ...other.spec, ...spec }), status: { ...other.status, ...status } });
    await given.reconcile();
    expect(given.target.writes[0]).toBe('invite ana@contoso.com');
  });
});

describe('how a record ends', () => {
  const removed: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } };

  it('A8 gone for good: it is deleted, and told', async () => {
    const given = site({ spec: removed, accounts: [], status: { state: 'SoftDeleted' } });
    const { projections } = given;
    await given.reconcile();
    expect(projections.writes.map(({ verb }) => verb)).toEqual(['delete']);
    expect(given.told).toMatchObject([{ reason: 'UserPurged', target: { objectId: 'account' } }]);
  });

  it('never invited: it is deleted without a word', async () => {
    const given = site({ spec: removed, status: { state: 'Pending', targetUser: undefined as never } });
    await given.reconcile();
    expect(given.projections.writes.map(({ verb }) => verb)).toEqual(['delete']);
    expect(given.told).toEqual([]);
  });

  it('A10 let go: when is noted once, and outlives other states', async () => {
    const given = site({ spec: { ...removed, removal: { reason: 'Unassigned', action: 'Retain' } } });
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Retained', targetUser: { releasedAt: given.at() } });
    const first = given.at();
    await given.clock.advance(minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    given.deps.tracker.requestRecheck(given.key);
    await given.reconcile();
    expect(given.record.status.targetUser?.releasedAt).toBe(first);
  });

  it('A7 found deleted by others: when is noted, and it is looked at again in 30 days', async () => {
    const given = site({ spec: removed, accounts: [] });
    given.target.deleted.set('account', account({}, { deletedDateTime: given.at(-minute) }));
    expect((await given.reconcile()).requeueAfterMs).toBeGreaterThan(24 * 60 * minute);
    expect(given.record.status).toMatchObject({ state: 'SoftDeleted', targetUser: { foundDeletedAt: given.at() } });
    expect(given.record.status.targetUser).not.toHaveProperty('deletedAt');
  });

  it('A6 found deleted by us: it is looked at when the directory purges, then once a day', async () => {
    const made = new Site();
    const link = (ms: number) => ({ targetUser: { objectId: 'account', origin: 'Created', deletedAt: made.at(ms) } as const });
    const after = async (ms: number) => {
      const given = site({ spec: removed, accounts: [], status: link(ms) });
      given.target.deleted.set('account', account());
      return (await given.reconcile()).requeueAfterMs;
    };
    const day = 24 * 60 * minute;
    expect(await after(-day)).toBe(29 * day);
    expect(await after(-31 * day)).toBe(day);
  });

  it('D2 a conflict names the object, and says when it is looked at again', async () => {
    const given = site({ accounts: [internal('account')] });
    await given.reconcile();
    expect(given.record.status).toMatchObject({
      state: 'Conflict',
      conflictingObjectId: 'account',
      conflictingObjectKind: 'User',
      attempts: 1,
      nextAttemptAt: given.at(minute),
    });
    expect(given.reason).toBe('InternalUserExists');
    expect(given.target.writes).toEqual([]);
  });

  it('staged: what is under way stays under way', async () => {
    const intent = { intent: { operation: 'Create', at: '2026-01-05T07:59:00Z' } } as const;
    const given = site({ spec: { ...removed, lifecycle: 'RemovalStaged', evidence: 'e' }, status: intent });
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Staged', ...intent });
    expect(given.target.reads).toEqual([]);
  });

  it('a request is answered on the record', async () => {
    const given = site({ metadata: { ...settled, annotations: { [annotations.requestedAt]: 'now' } } });
    await given.reconcile();
    expect(given.record.status.lastHandledReconcileAt).toBe('now');
  });
});

describe('E10 Plan says what Apply would do, and does nothing', () => {
  const plan = async (options: SiteOptions, prepare: (given: Site) => void = () => undefined) => {
    const given = site({
      ...options,
      spec: { ...changed, ...options.spec, mode: 'Plan' },
      configuration: { mode: 'Plan', ...options.configuration },
    });
    prepare(given);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    const { operation, changes = [], attributes = [] } = given.record.status.plan ?? {};
    expect(attributes).toEqual(changes.map(({ attribute }) => attribute));
    const told = changes.map(({ attribute, from = '', to = '' }) => `${attribute}: ${from} -> ${to}`);
    return operation === undefined ? given.reason : [operation, ...told];
  };
  const removed: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } };
  const blocked: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Block' } };

  it.each<[string, SiteOptions, object | string]>([
    ['an update', {}, ['Update', 'jobTitle: Chief -> Clerk']],
    ['nothing', { accounts: [account({ jobTitle: 'Clerk' })] }, ['None']],
    ['a block', { spec: { attributes: { accountEnabled: false } } }, ['Disable', 'accountEnabled: true -> false']],
    [
      'an invitation',
      { status: { state: 'Pending', targetUser: undefined as never } },
      ['Create', 'jobTitle:  -> Clerk', 'userType:  -> Member'],
    ],
    ['a deletion', { spec: removed }, ['Delete']],
    ['a block in place of a deletion', { spec: blocked }, ['Disable', 'accountEnabled: true -> false']],
    ['a block that stands', { spec: blocked, accounts: [account({}, { accountEnabled: false })] }, ['None']],
    ['the end of a record', { spec: removed, accounts: [] }, ['None']],
    ['letting go', { spec: { ...removed, removal: { reason: 'Unassigned', action: 'Retain' } } }, ['None']],
    [
      'A11 nobody who is disabled in the source',
      { spec: { sourceDisabled: true }, status: { state: 'Pending', targetUser: undefined as never } },
      'SourceDisabled',
    ],
    ['a conflict', { accounts: [internal('account')] }, 'InternalUserExists'],
    ['a wait', { accounts: [], status: { lastWriteAt: '2026-01-05T07:59:00Z', appliedRevision: 'r' } }, ['None']],
  ])('%s', async (_, options, expected) => {
    expect(await plan(options)).toEqual(expected);
  });

  it('a restore', async () => {
    const options: SiteOptions = {
      accounts: [],
      status: { targetUser: { objectId: 'account', origin: 'Created', deletedAt: '2026-01-01T00:00:00Z' } },
    };
    expect(await plan(options, (given) => given.target.deleted.set('account', account({ jobTitle: 'Chief' })))).toEqual([
      'Restore',
      'jobTitle: Chief -> Clerk',
    ]);
  });

  it('a link and what would be written then', async () => {
    const options: SiteOptions = { status: { state: 'Pending', targetUser: undefined as never } };
    expect(await plan(options, (given) => (given.target.found = [account({ jobTitle: 'Chief' })]))).toEqual([
      'Update',
      'jobTitle: Chief -> Clerk',
    ]);
  });

  it('and nothing else about the account changes', async () => {
    const given = site({
      spec: { ...changed, mode: 'Plan' },
      configuration: { mode: 'Plan' },
      status: { appliedRevision: 'r', intent: { operation: 'Delete', at: '2026-01-05T07:00:00Z' } },
    });
    given.deps.tracker.begin('identity/staff', 'cycle', 0);
    const before = given.record.status;
    await given.reconcile();
    expect(given.record.status).toMatchObject({
      state: 'Planned',
      appliedRevision: 'r',
      intent: before.intent ?? {},
      targetUser: before.targetUser ?? {},
    });
    expect(given.told).toEqual([]);
  });

  it('without asking whether the target allows writing', async () => {
    const given = site({ spec: { ...changed, mode: 'Plan' }, configuration: { mode: 'Plan' } });
    given.session.accessCheckedAt = 0;
    await given.reconcile();
    expect(given.target.reads).toEqual(['getUser account']);
  });
});
