import { annotations, type UserProjection } from '../../../../src/api/kinds.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { sourceUser } from '../../../support/fake-source.ts';
import { refusal } from '../../../support/fake-target.ts';
import { configurationWith, minute } from '../support.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

async function provisioned(...ids: readonly string[]): Promise<Cycles> {
  const world = new Cycles(new People(...ids));
  await world.begin();
  world.people.asked.length = 0;
  return world;
}

const message = (world: Cycles): string => world.configuration.status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
const last = (world: Cycles) => world.configuration.status.lastCycle;
const restart = (world: Cycles, value: string): void => world.edit({}, { [annotations.restartedAt]: value });

describe('I4 a cycle', () => {
  it('A1 projects everybody in scope, and its watermark is where the next one goes on', async () => {
    const world = new Cycles(new People('u0', 'u1'));
    await world.settle();
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
    expect(last(world)).toMatchObject({ kind: 'Initial', result: 'Succeeded' });
    expect(world.configuration.status.watermark?.users).toBe('since/2');
    world.people.add('u2');
    await world.next();
    expect(last(world)).toMatchObject({ kind: 'Incremental' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present', 'u2 Present']);
    expect(world.configuration.status.watermark?.users).toBe('since/3');
  });

  it('I7 over an unchanged world writes no record, reads one page and writes one status', async () => {
    const world = await provisioned('u0', 'u1');
    const before = world.site.configurations.writes.length;
    const records = world.site.projections.writes.length;
    await world.next();
    expect(world.site.projections.writes).toHaveLength(records);
    expect(world.people.asked).toEqual(['syncAccess', 'usersDelta since/2']);
    expect(world.site.configurations.writes.slice(before)).toHaveLength(1);
  });

  it('reads page after page, and decides about each as it comes', async () => {
    const people = new People('u0', 'u1', 'u2', 'u3', 'u4');
    people.pageSize = 2;
    const world = new Cycles(people);
    const written: number[] = [];
    for (let looks = 0; looks < 20; looks += 1) {
      await world.reconcile();
      written.push(world.site.projections.list().length);
    }
    expect(new Set(written)).toEqual(new Set([2, 4, 5]));
  });

  it('does not move its watermark when a record could not be written, and reads the change again', async () => {
    const world = await provisioned('u0');
    world.people.add('u1');
    world.site.projections.refuse('create', new KubeError('Forbidden', 'no'));
    await world.next();
    expect(last(world)).toMatchObject({ result: 'Failed', reason: 'CycleFailed' });
    expect(world.configuration.status.watermark?.users).toBe('since/1');
    expect(world.configuration.status.failures).toMatchObject({ count: 1, reason: 'CycleFailed' });
    expect(message(world)).toContain('The cluster refused a request of the operator (Forbidden): ');
    await world.next();
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
    expect(world.configuration.status.failures).toBeUndefined();
  });

  it('repeats what passes by itself, with pauses, as part of the same cycle', async () => {
    const world = await provisioned('u0');
    world.people.add('u1');
    world.people.fail('usersDelta', refusal('Unavailable'), refusal('Throttled', { retryAt: world.site.clock.now() + 41 * minute }));
    world.site.projections.refuse('create', new KubeError('TooManyRequests', 'busy', { retryAfterMs: 3000 }));
    world.site.projections.refuse('create', new KubeError('Unavailable', 'away'));
    await world.next();
    await world.next(2 * minute);
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
    expect(last(world)).toMatchObject({ result: 'Succeeded' });
  });

  it('D4 fails when the source gives no answer again and again, deletes nobody, and says so', async () => {
    const world = await provisioned('u0');
    world.people.delete('u0');
    world.people.fail('usersDelta', ...Array.from({ length: 5 }, () => refusal('Unavailable')));
    await world.next();
    expect(last(world)).toMatchObject({ result: 'Failed', reason: 'SourceReadFailed' });
    expect(message(world)).toContain('The source could not be read');
    expect(world.standings()).toEqual(['u0 Present']);
  });

  it('has the pair checked when the source refuses the credentials', async () => {
    const world = await provisioned('u0');
    world.people.fail('usersDelta', refusal('Unauthenticated', { reason: 'CredentialsExpired' }));
    await world.next();
    expect(world.reason).toBe('CredentialsExpired');
    expect(world.site.enqueued).toContain('pair identity/pair');
  });

  it('reads everything when the source does not take the link any more', async () => {
    const world = await provisioned('u0', 'u1');
    world.people.users.delete('u1');
    world.people.fail('usersDelta', refusal('DeltaExpired'));
    await world.next();
    expect(last(world)).toMatchObject({ kind: 'Full', result: 'Succeeded' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Removed Deleted SoftDelete']);
  });

  it('names directory extensions that the source may not know', async () => {
    const source = 'extension_0123456789abcdef0123456789abcdef_badge';
    const mapping = {
      target: 'employeeType',
      source,
      apply: 'Always',
      authority: 'Source',
      whenNull: 'Keep',
      propagateRemoval: false,
    } as const;
    const world = new Cycles(new People('u0'), { configuration: { attributeMappings: [mapping] } });
    world.people.fail('usersDelta', refusal('InvalidRequest'));
    await world.settle();
    expect(message(world)).toContain(`The source tenant must have these extensions: ${source}.`);
  });

  it('A11 counts who is skipped, by reason', async () => {
    const world = new Cycles(new People('u0'));
    world.people.set({ ...sourceUser('g0'), userType: 'Guest' });
    await world.settle();
    expect(last(world)?.skipped).toEqual({ NotInternalMember: 1 });
    expect(world.standings()).toEqual(['u0 Present']);
  });

  it.each<[string, Partial<UserProjection['status']>]>([
    ['who was told of as new', { state: 'Pending' }],
    ['whom something was written for', { state: 'Provisioned', lastWriteAt: '2026-01-05T09:19:00Z' }],
    ['who comes back from the recycle bin', { state: 'SoftDeleted' }],
    ['whose account is being restored', { state: 'Pending', intent: { operation: 'Restore', at: '2026-01-05T07:00:00Z' } }],
  ])('I11 a read by id that does not show somebody yet %s is no absence, until the window has passed', async (_, status) => {
    const world = await provisioned('u0', 'u1');
    const record = world.record('u1');
    const creationTimestamp = status.state === 'Pending' && status.intent === undefined ? world.site.at() : '2026-01-01T00:00:00Z';
    world.site.projections.put({ ...record, metadata: { ...record.metadata, creationTimestamp }, status: { ...record.status, ...status } });
    world.people.stale.set('u1', undefined);
    const look = async (afterMs: number): Promise<void> => {
      world.site.deps.confirmations.reconsider(key, 'u1');
      world.edit({}, { [annotations.requestedAt]: world.site.at() });
      await world.next(afterMs);
    };
    await look(0);
    expect(last(world)).toMatchObject({ kind: 'Incremental', result: 'Succeeded' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
    expect(world.configuration.status.watermark?.unconfirmed).toMatchObject([{ id: 'u1' }]);
    world.people.stale.delete('u1');
    await look(minute);
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
  });

  it('I11 a read by id that goes on not showing somebody is believed after the window', async () => {
    const world = await provisioned('u0', 'u1');
    const record = world.record('u1');
    world.site.projections.put({ ...record, metadata: { ...record.metadata, creationTimestamp: world.site.at() } });
    world.people.stale.set('u1', undefined);
    for (let looks = 0; looks < 2; looks += 1) {
      world.site.deps.confirmations.reconsider(key, 'u1');
      world.edit({}, { [annotations.requestedAt]: world.site.at() });
      await world.next(looks * 11 * minute);
    }
    expect(world.standings()[1]).toMatch(/^u1 Remov/);
  });

  it('a record that the API server does not take is that person alone, and is looked at again', async () => {
    const world = await provisioned('u0');
    world.people.add('u1');
    world.people.add('u2');
    world.site.projections.refuse('create', new KubeError('Invalid', 'no'));
    await world.next();
    expect(world.site.projections.list()).toHaveLength(2);
    expect(last(world)).toMatchObject({ result: 'Succeeded', skipped: { RecordRefused: 1 } });
    expect(world.configuration.status.watermark?.unconfirmed).toHaveLength(1);
    await world.next(11 * minute);
    expect(world.site.projections.list()).toHaveLength(3);
  });

  it('takes up a record of which the store had not heard yet, and its account counts for the guard', async () => {
    const world = await provisioned('u0');
    world.people.add('u1');
    await world.next();
    world.provision();
    const record = world.record('u1');
    const { lister, writer } = world.site.deps.projections;
    const get = lister.get.bind(lister);
    world.people.add('u1', { accountEnabled: false });
    lister.get = (at) => (at.name === record.metadata.name ? undefined : get(at));
    writer.create = () => {
      lister.get = get;
      return Promise.reject(new KubeError('AlreadyExists', 'there'));
    };
    await world.next();
    // Two accounts, one block: the share of 20 percent stages nothing below the minimum of accounts.
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present disabled']);
    expect(world.record('u1').spec.guardedAt).toBeDefined();
  });
});

describe('I5 a cycle of a target that does not want it any more', () => {
  it('B1 stops before it reads, and ends the permission of the pair at once', async () => {
    const world = await provisioned('u0');
    world.site.target.userSyncInboundAllowed = false;
    world.people.delete('u0');
    await world.next();
    expect(last(world)).toMatchObject({ result: 'Stopped', reason: 'UserSyncNotAllowed' });
    expect(world.people.asked).toEqual(['syncAccess']);
    expect(world.site.session.verdict).toMatchObject({ ready: false, reason: 'UserSyncNotAllowed' });
    expect(world.standings()).toEqual(['u0 Present']);
    expect(world.site.enqueued).toContain('pair identity/pair');
  });

  it('B2 stops when automatic redemption is off on one side', async () => {
    const world = await provisioned('u0');
    world.people.source.syncAccess = () =>
      Promise.resolve({ userSyncInboundAllowed: null, automaticConsent: { inboundAllowed: true, outboundAllowed: false } });
    const session = { ...world.site.session, source: { ...world.site.session.source, syncAccess: world.people.source.syncAccess } };
    world.site.deps.sessions.set('identity/pair', session);
    await world.next();
    expect(world.reason).toBe('AutomaticRedemptionOff');
    expect(session.verdict).toMatchObject({ ready: false, reason: 'AutomaticRedemptionOff' });
  });

  it('goes on without automatic redemption across clouds, where there is none', async () => {
    const world = new Cycles(new People('u0'), {
      pair: {
        source: { tenantId: pairTenants.source, cloud: 'Public' },
        target: { tenantId: pairTenants.target, cloud: 'USGov' },
      } as never,
    });
    const { source } = world.site.session;
    const syncAccess = () =>
      Promise.resolve({ userSyncInboundAllowed: null, automaticConsent: { inboundAllowed: false, outboundAllowed: false } });
    world.site.deps.sessions.set('identity/pair', { ...world.site.session, source: { ...source, syncAccess } });
    await world.settle();
    expect(last(world)).toMatchObject({ result: 'Succeeded' });
  });
});

const pairTenants = { source: '11111111-1111-4111-8111-111111111111', target: '33333333-3333-4333-8333-333333333333' };

describe('a full cycle', () => {
  it('A7, A8 has every account that is in use, blocked, deleted or contested looked at', async () => {
    const world = await provisioned('u0', 'u1', 'u2', 'u3', 'u4', 'u5');
    const states = ['Provisioned', 'Blocked', 'SoftDeleted', 'Conflict', 'Failed', 'Pending'] as const;
    states.forEach((state, index) => {
      const record = world.record(`u${index}`);
      world.site.projections.put({ ...record, status: { ...record.status, state } });
    });
    await world.next(25 * 60 * minute);
    expect(last(world)).toMatchObject({ kind: 'Full' });
    const looked = states.filter((_, index) =>
      world.site.deps.tracker.isRecheckRequested(`identity/${world.record(`u${index}`).metadata.name}`),
    );
    expect(looked).toEqual(['Provisioned', 'Blocked', 'SoftDeleted', 'Conflict']);
  });

  it('looks again at who was skipped because an action was switched off, and at no other who was skipped', async () => {
    const world = await provisioned('u0', 'u1');
    for (const [id, reason] of [
      ['u0', 'ActionDisabled'],
      ['u1', 'SourceDisabled'],
    ] as const) {
      const record = world.record(id);
      const conditions = [{ type: 'Ready', status: 'False' as const, reason, message: '', lastTransitionTime: '2026-01-05T08:00:00Z' }];
      world.site.projections.put({ ...record, status: { ...record.status, state: 'Skipped', conditions } });
    }
    await world.next(25 * 60 * minute);
    expect(['u0', 'u1'].map((id) => world.site.deps.tracker.isRecheckRequested(`identity/${world.record(id).metadata.name}`))).toEqual([
      true,
      false,
    ]);
  });

  it('E8 asked for by a restart begins anew with whoever has failed, and is answered once', async () => {
    const world = await provisioned('u0', 'u1');
    const record = world.record('u0');
    world.site.projections.put({
      ...record,
      status: { ...record.status, state: 'Failed', attempts: 6, nextAttemptAt: world.site.at(24 * 60 * minute) },
    });
    restart(world, 'now');
    await world.settle();
    expect(last(world)).toMatchObject({ kind: 'Full', result: 'Succeeded' });
    expect(world.record('u0').status).toMatchObject({ attempts: 0, nextAttemptAt: world.site.at() });
    expect(world.configuration.status.lastHandledRestartAt).toBe('now');
    world.people.asked.length = 0;
    await world.settle();
    expect(world.people.asked).toEqual([]);
  });

  it('E8 a restart that fails is answered all the same, and the full read is still owed', async () => {
    const world = await provisioned('u0');
    world.people.fail('usersDelta', refusal('Forbidden'));
    restart(world, 'now');
    await world.settle();
    expect(last(world)).toMatchObject({ kind: 'Full', result: 'Failed' });
    expect(world.configuration.status.lastHandledRestartAt).toBe('now');
    await world.next();
    expect(last(world)).toMatchObject({ kind: 'Full', result: 'Succeeded' });
  });

  it('E3 follows a change of the scope, and removes who is not in it any more', async () => {
    const world = await provisioned('u0', 'u1');
    world.edit({ scope: { type: 'Assigned', includeNestedGroups: false, users: [{ id: 'u0' }] } });
    await world.settle();
    expect(last(world)).toMatchObject({ kind: 'Full' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Removed Unassigned SoftDelete']);
  });

  it('A4 takes back who returns before the removal was carried out', async () => {
    const world = await provisioned('u0', 'u1');
    const user = world.people.users.get('u1');
    world.people.delete('u1');
    await world.next();
    expect(world.standings()).toEqual(['u0 Present', 'u1 Removed Deleted SoftDelete']);
    if (user) world.people.set(user);
    await world.next();
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
  });

  it('I15 a record that somebody has changed is written anew, and its account is not taken for another', async () => {
    const world = await provisioned('u0');
    const record = world.record('u0');
    world.site.projections.put({ ...record, spec: { ...record.spec, lifecycle: 'Removed' } });
    await world.next(25 * 60 * minute);
    expect(world.standings()).toEqual(['u0 Present']);
  });
});

describe('a cycle under way', () => {
  /** A source that throttles the users for so long. */
  async function paused(ms: number): Promise<Cycles> {
    const world = await provisioned('u0');
    await world.site.clock.advance(40 * minute);
    world.people.fail('usersDelta', refusal('Throttled', { retryAt: world.site.clock.now() + ms }));
    for (let looks = 0; looks < 4; looks += 1) await world.reconcile();
    world.people.asked.length = 0;
    return world;
  }

  it('I9 asks nothing before the pause that the source asked for is over, however often it is woken', async () => {
    const world = await paused(10 * minute);
    await world.site.clock.advance(9 * minute);
    await world.reconcile();
    expect(world.people.asked).toEqual([]);
    await world.site.clock.advance(minute);
    await world.reconcile();
    expect(world.people.asked).toEqual(['usersDelta since/1']);
  });

  it('I14 asks again after an hour, whatever pause the source asks for', async () => {
    const world = await paused(48 * 60 * minute);
    await world.site.clock.advance(60 * minute);
    await world.reconcile();
    expect(world.people.asked).toEqual(['usersDelta since/1']);
  });

  it('tells how far it is', async () => {
    const world = await paused(10 * minute);
    await world.site.clock.advance(minute);
    await world.reconcile();
    expect(world.configuration.status.currentCycle).toMatchObject({ kind: 'Incremental', phase: 'Reading' });
  });

  it('I14 says that it does not come on after three intervals, and takes it back when it does', async () => {
    const world = await provisioned('u0');
    await world.site.clock.advance(40 * minute);
    world.people.fail(
      'usersDelta',
      ...Array.from({ length: 4 }, () => refusal('Throttled', { retryAt: world.site.clock.now() + 600 * minute })),
    );
    for (let looks = 0; looks < 4; looks += 1) await world.reconcile();
    for (let hours = 0; hours < 3; hours += 1) {
      await world.site.clock.advance(60 * minute);
      await world.reconcile();
    }
    expect(world.reason).toBe('NoProgress');
    expect(message(world)).toContain('has read nothing new and written nothing since');
    await world.site.clock.advance(60 * minute);
    await world.settle();
    expect(world.reason).toBe('Succeeded');
  });

  it('a status that cannot be written just now does not make it begin anew', async () => {
    const world = await paused(10 * minute);
    await world.site.clock.advance(minute);
    world.site.configurations.refuse('patchStatus', new KubeError('Conflict', 'changed'));
    await world.reconcile();
    await world.site.clock.advance(9 * minute);
    await world.reconcile();
    expect(world.people.asked).toEqual(['usersDelta since/1']);
    world.site.configurations.refuse('patchStatus', new KubeError('Forbidden', 'no'));
    await world.site.clock.advance(minute);
    await world.settle();
    expect(last(world)).toMatchObject({ reason: 'CycleFailed' });
  });

  it('I5 is dropped at once when it is suspended', async () => {
    const world = await paused(10 * minute);
    world.edit({ suspend: true });
    await world.reconcile();
    await world.next(10 * minute);
    expect(world.configuration.status.currentCycle).toBeUndefined();
    expect(world.people.asked).toEqual([]);
  });

  it('is dropped when its spec changes, and another one decides by the new spec', async () => {
    const world = await paused(10 * minute);
    world.edit({ scope: { type: 'Assigned', includeNestedGroups: false, users: [{ id: 'nobody' }] } });
    await world.settle();
    expect(last(world)).toMatchObject({ kind: 'Full', result: 'Succeeded' });
    expect(world.people.asked[0]).toBe('syncAccess');
    expect(world.standings()).toEqual(['u0 RemovalStaged Unassigned SoftDelete']);
  });

  it('a failure is not waited out when something was asked for meanwhile', async () => {
    const world = await paused(10 * minute);
    world.people.fail('usersDelta', refusal('Forbidden'));
    world.edit({}, { [annotations.requestedAt]: 'now' });
    await world.next(10 * minute);
    expect(last(world)).toMatchObject({ result: 'Succeeded' });
  });

  it('a step that was cut off is told, and not begun anew at once again and again', async () => {
    const world = await provisioned('u0');
    await world.site.clock.advance(40 * minute);
    const cut = new AbortController();
    cut.abort();
    world.people.fail('usersDelta', new Error('aborted'));
    await expect(world.reconcile(key, cut.signal)).rejects.toThrow('aborted');
    await world.reconcile();
    expect(last(world)).toMatchObject({ result: 'Failed', reason: 'NoProgress' });
    expect(world.configuration.status.failures).toMatchObject({ count: 1 });
    expect(world.standings()).toEqual(['u0 Present']);
  });

  it('an error of the program itself is no failure of the source, and is thrown', async () => {
    const world = await provisioned('u0');
    await world.site.clock.advance(40 * minute);
    world.people.fail('usersDelta', new TypeError('a fault'));
    await expect(world.settle()).rejects.toThrow('a fault');
  });

  it('settles when each record that it changed was handled once, and at the latest after the interval', async () => {
    const world = new Cycles(new People('u0'));
    for (let looks = 0; looks < 10; looks += 1) await world.reconcile();
    expect(world.configuration.status.currentCycle).toMatchObject({ phase: 'Settling' });
    expect(world.configuration.status.watermark?.users).toBe('since/1');
    await world.site.clock.advance(39 * minute);
    await world.reconcile();
    expect(last(world)).toBeUndefined();
    await world.site.clock.advance(minute);
    await world.reconcile();
    expect(last(world)).toMatchObject({ result: 'Succeeded' });
  });

  it('says which operations it led to, and that some failed', async () => {
    const world = new Cycles(new People('u0', 'u1'));
    for (let looks = 0; looks < 6; looks += 1) await world.reconcile();
    const { tracker } = world.site.deps;
    tracker.count(key, { action: 'create', status: 'success' });
    tracker.count(key, { action: 'create', status: 'failure' });
    await world.settle();
    expect(last(world)).toMatchObject({ result: 'EntryLevelErrors', operations: { create: 1, failure: 1 } });
    const told = world.site.events.find(({ reason }) => reason === 'CycleCompleted');
    expect(told?.note).toBe('Initial cycle: create 1, failure 1.');
    expect(world.configuration.status.history).toHaveLength(1);
  });
});

describe('G3 what a cycle has done to groups', () => {
  it('is said beside what it has done to people, and that one failed', async () => {
    const world = new Cycles(new People('u0'));
    for (let looks = 0; looks < 6; looks += 1) await world.reconcile();
    const { tracker } = world.site.deps;
    tracker.count(key, { action: 'create', status: 'success' });
    tracker.count(key, { action: 'update', status: 'success', subject: 'Group' });
    tracker.count(key, { action: 'update', status: 'failure', subject: 'Group' });
    tracker.countMembers(key, { added: 2, removed: 0 });
    await world.settle();
    const said = { result: 'EntryLevelErrors', groupOperations: { update: 1, failure: 1, addMembers: 2 } };
    expect(last(world)).toMatchObject({ ...said, operations: { create: 1, failure: 0 } });
    expect(world.configuration.status.history).toMatchObject([{ ...said, operations: { create: 1 } }]);
    const told = world.site.events.find(({ reason }) => reason === 'CycleCompleted');
    expect(told?.note).toBe('Initial cycle: create 1; groups: update 1, failure 1, addMembers 2.');
  });

  it('is nothing where nothing was done', async () => {
    const world = new Cycles(new People('u0'));
    await world.settle();
    expect(last(world)).not.toHaveProperty('groupOperations');
  });
});

describe('I11 an account whose record was deleted by hand', () => {
  it('is decided about anew by the next cycle, whatever the delta says', async () => {
    const world = await provisioned('u0', 'u1');
    await world.site.projections.delete(world.record('u1').metadata);
    world.site.deps.tracker.lost(key, 'u1');
    await world.next();
    expect(last(world)).toMatchObject({ kind: 'Incremental' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
    expect(world.site.deps.tracker.lostOf(key).size).toBe(0);
  });

  it('is missed by a process that was not there, and everything is read', async () => {
    const world = await provisioned('u0', 'u1');
    await world.site.projections.delete(world.record('u1').metadata);
    const again = new Cycles(world.people);
    again.site.configurations.put(world.configuration);
    for (const record of world.site.projections.list()) again.site.projections.put(record);
    await again.settle();
    expect(last(again)).toMatchObject({ kind: 'Full' });
    expect(again.standings()).toEqual(['u0 Present', 'u1 Present']);
  });
});

describe('what a configuration may not work with is said, and nothing is written', () => {
  it.each<[string, string, (world: Cycles) => unknown]>([
    ['it is suspended', 'Suspended', (world) => world.edit({ suspend: true })],
    ['an expression is wrong', 'InvalidExpression', (world) => world.edit({ attributeMappings: [broken] })],
    ['a filter is wrong', 'InvalidFilter', (world) => world.edit({ scope: { ...configurationWith().spec.scope, filters: [wrongFilter] } })],
    [
      'a mapping writes the anchor',
      'InvalidMapping',
      (world) => world.edit({ matching: { adoption: 'Adopt', anchor: { attribute: 'jobTitle' } } as never }),
    ],
    ['its pair is not there', 'TenantPairNotFound', (world) => world.site.pairs.delete(world.site.pair.metadata)],
    [
      'its pair is being deleted',
      'TenantPairNotReady',
      (world) =>
        world.site.pairs.put({ ...world.site.pair, metadata: { ...world.site.pair.metadata, deletionTimestamp: world.site.at() } }),
    ],
    [
      'its pair is suspended',
      'Suspended',
      (world) => world.site.pairs.put({ ...world.site.pair, spec: { ...world.site.pair.spec, suspend: true } }),
    ],
    [
      'its pair was found not ready',
      'GraphUnreachable',
      (world) => void (world.site.session.verdict = { ready: false, reason: 'GraphUnreachable', message: 'No answer.' }),
    ],
    ['Entra works on its pair', 'EntraJobActive', (world) => void (world.site.session.entraJob = 'Azure2Azure.a.1')],
    [
      'the pair was found not ready by another process',
      'CredentialsExpired',
      (world) => {
        world.site.deps.sessions.delete('identity/pair', 0);
        const conditions = [
          {
            type: 'Ready',
            status: 'False' as const,
            reason: 'CredentialsExpired',
            message: 'Renew them.',
            lastTransitionTime: world.site.at(),
          },
        ];
        world.site.pairs.put({ ...world.site.pair, status: { conditions } });
      },
    ],
  ])('B1, E2 when %s', async (_, reason, change) => {
    const world = await provisioned('u0');
    world.people.delete('u0');
    await change(world);
    await world.next();
    expect(world.reason).toBe(reason);
    expect(world.people.asked).toEqual([]);
    expect(world.standings()).toEqual(['u0 Present']);
  });

  it('B6 in Plan goes on although Entra works on its pair', async () => {
    const world = await provisioned('u0');
    world.site.session.entraJob = 'Azure2Azure.a.1';
    world.edit({ mode: 'Plan' });
    await world.next();
    expect([world.reason, world.people.asked.length > 0]).toEqual(['Succeeded', true]);
  });

  it('there is nothing to say while this process has not checked the pair', async () => {
    const world = await provisioned('u0');
    world.site.deps.sessions.delete('identity/pair', 0);
    const before = world.configuration;
    expect(await world.reconcile()).toEqual({});
    expect(world.configuration).toBe(before);
  });

  it('I15 records of other tenants than those of the pair now are let go before anything is read', async () => {
    const world = await provisioned('u0', 'u1');
    const record = world.record('u0');
    world.rewrite('u0', { target: { tenantId: 'another' } });
    await world.reconcile();
    expect(world.site.projections.get(record.metadata)).toBeUndefined();
    expect(world.site.events.find(({ reason }) => reason === 'TenantsChanged')?.note).toContain('1 record(s)');
  });

  it('nothing is done by a replica that does not look after the target', async () => {
    const world = await provisioned('u0');
    world.site.holdsLease = false;
    expect(await world.reconcile()).toEqual({});
    await world.site.clock.advance(40 * minute);
    expect(await world.reconcile()).toEqual({});
    expect(world.people.asked).toEqual([]);
  });

  it('I14 a request that was echoed is not answered twice, and one that is made meanwhile is not lost', async () => {
    const world = await provisioned('u0');
    world.edit({}, { [annotations.requestedAt]: 'first' });
    await world.settle();
    expect(world.configuration.status.lastHandledReconcileAt).toBe('first');
    expect(world.people.asked).toEqual(['syncAccess', 'usersDelta since/1']);
    world.edit({}, { [annotations.requestedAt]: 'second' });
    await world.reconcile();
    world.edit({}, { [annotations.requestedAt]: 'third' });
    await world.settle();
    expect(world.configuration.status.lastHandledReconcileAt).toBe('third');
    expect(world.people.asked.filter((asked) => asked.startsWith('usersDelta'))).toHaveLength(3);
  });
});

const broken = {
  target: 'jobTitle',
  expression: 'Nonsense(',
  apply: 'Always',
  authority: 'Source',
  whenNull: 'Keep',
  propagateRemoval: false,
} as const;
const wrongFilter = { name: 'f', clauses: [{ attribute: 'department', operator: 'RegexMatch', value: '(' }] } as const;
