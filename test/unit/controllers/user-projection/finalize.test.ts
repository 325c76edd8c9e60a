import { finalizers, type UserProjection } from '../../../../src/api/kinds.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { recordWith } from '../../core/support.ts';
import { minute, Site, type SiteOptions } from '../support.ts';

const going = { deletionTimestamp: '2026-01-05T08:00:00Z', finalizers: [finalizers.targetUser, 'others/stay'] };
const creating = (ms: number) => ({ intent: { operation: 'Create', at: new Site().at(ms) } as const });
const site = (options: SiteOptions = {}): Site => new Site({ metadata: going, ...options });

describe('A10 a record that is deleted', () => {
  it('goes at once, with no request to the target, and only our finalizer', async () => {
    const given = site();
    expect(await given.reconcile()).toEqual({});
    expect(given.record.metadata.finalizers).toEqual(['others/stay']);
    expect([...given.target.reads, ...given.target.writes]).toEqual([]);
  });

  it('is left alone when our finalizer is gone', async () => {
    const given = site({ metadata: { ...going, finalizers: ['others/stay'] } });
    expect(await given.reconcile()).toEqual({});
    expect(given.projections.writes).toEqual([]);
  });

  it.each<[string, number, (given: Site) => unknown]>([
    ['waits for the outcome of what is under way', 6 * minute, () => undefined],
    ['waits no longer than the window', 0, (given) => given.clock.advance(6 * minute)],
    ['waits for a pair that was not checked, and looks again soon', 5000, (given) => given.deps.sessions.delete('identity/pair', 0)],
    ['does not wait without a configuration', 0, (given) => given.configurations.delete(given.configuration.metadata)],
    [
      'does not wait for a configuration that goes too',
      0,
      (given) => given.configurations.put({ ...given.configuration, metadata: { ...given.configuration.metadata, ...going } }),
    ],
    ['does not wait without a pair', 0, (given) => given.pairs.delete(given.pair.metadata)],
    [
      'does not wait for a pair that is not ready',
      0,
      (given) => (given.session.verdict = { ready: false, reason: 'StoppedByTarget', message: '' }),
    ],
    [
      'does not wait for a suspended pair that was not checked',
      0,
      (given) => {
        given.deps.sessions.delete('identity/pair', 0);
        given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, suspend: true } });
      },
    ],
  ])('%s', async (_, waitMs, change) => {
    const given = site({ status: creating(-4 * minute) });
    await change(given);
    expect(await given.reconcile()).toEqual(waitMs === 0 ? {} : { requeueAfterMs: waitMs, priority: -100 });
    expect(given.record.metadata.finalizers?.length).toBe(waitMs === 0 ? 1 : 2);
  });
});

describe('I14 a write that was begun at a time ahead of our clock', () => {
  it('is waited for no longer than any other', async () => {
    const given = site({ status: creating(30 * 24 * 60 * minute) });
    expect(await given.reconcile()).toEqual({ requeueAfterMs: 10 * minute, priority: -100 });
  });
});

describe('B5 a record that is deleted gives its account to its successor', () => {
  const link = { objectId: 'account', origin: 'Created', releasedAt: '2026-01-01T00:00:00Z', managerId: 'm' } as const;
  const successor = (more: Partial<UserProjection['status']> = {}, spec: object = {}, metadata: object = {}): UserProjection =>
    recordWith({
      spec,
      status: { state: 'Pending', targetUser: undefined as never, ...more },
      metadata: { name: 'renamed-x', uid: 'other', ...metadata },
    });
  const given = (other: UserProjection, status: object = { targetUser: link }): Site => {
    const made = site({ status, configurationMetadata: { deletionTimestamp: '2026-01-05T08:00:00Z' } });
    made.projections.put(other);
    return made;
  };
  const heir = (made: Site) => made.projections.get({ namespace: 'identity', name: 'renamed-x' })?.status.targetUser;

  it('who made it is not forgotten, and that it was let go is', async () => {
    const made = given(successor());
    await made.reconcile();
    expect(heir(made)).toEqual({ objectId: 'account', origin: 'Created', managerId: 'm' });
    expect(made.record.metadata.finalizers).toEqual(['others/stay']);
  });

  it.each<[string, UserProjection]>([
    ['not to one who has an account', successor({ targetUser: { objectId: 'own' } })],
    ['not to one who is about to have one', successor(creating(0))],
    ['not to one who is to go', successor({}, { lifecycle: 'Removed' })],
    ['not to one whose removal is staged', successor({}, { lifecycle: 'RemovalStaged' })],
    ['not to one in a plan', successor({}, { mode: 'Plan' })],
    ['not to one whom somebody has written into', { ...successor(), spec: { ...successor().spec, attributes: { jobTitle: 'Boss' } } }],
    ['not to one who is being deleted', successor({}, {}, { deletionTimestamp: '2026-01-05T08:00:00Z' })],
    ['not to another person', successor({}, { source: { tenantId: 'x', objectId: 'y' } })],
    ['not to the same person in another target', successor({}, { target: { tenantId: 'x' } })],
  ])('%s', async (_, other) => {
    const made = given(other);
    await made.reconcile();
    expect(heir(made)).toEqual(other.status.targetUser);
    expect(made.record.metadata.finalizers).toEqual(['others/stay']);
  });

  it('also when its configuration is gone already', async () => {
    const made = given(successor());
    await made.configurations.delete(made.configuration.metadata);
    await made.reconcile();
    expect(heir(made)?.objectId).toBe('account');
  });

  it('not where its configuration goes on, which finds the account again', async () => {
    const made = site({ status: { targetUser: link } });
    made.projections.put(successor());
    await made.reconcile();
    expect(heir(made)).toBeUndefined();
    expect(made.record.metadata.finalizers).toEqual(['others/stay']);
  });

  it('not where there is none', async () => {
    const made = given(successor(), { targetUser: undefined });
    await made.reconcile();
    expect(heir(made)).toBeUndefined();
  });

  it('before it goes: a successor that has changed meanwhile is looked at anew', async () => {
    const made = given(successor());
    made.projections.refuse('patchStatus', new KubeError('Conflict', 'changed'));
    await expect(made.reconcile()).rejects.toThrow('changed');
    expect(made.record.metadata.finalizers).toContain(finalizers.targetUser);
  });

  it('under a lock on what was seen of it', async () => {
    const made = given(successor());
    const read = made.projections.byIndex.bind(made.projections);
    made.projections.byIndex = (index, value) => {
      const seen = read(index, value);
      // An invitation begins in the same moment.
      void made.projections.patchStatus({ namespace: 'identity', name: 'renamed-x' }, creating(0));
      return seen;
    };
    await expect(made.reconcile()).rejects.toThrow('renamed-x');
    expect(heir(made)).toBeUndefined();
  });
});
