import type { TargetGroup } from '../../../../src/ports/group-directory.ts';
import { groupDueInMs } from '../../../../src/controllers/group-projection/controller.ts';
import { refusal } from '../../../support/fake-target.ts';
import { minute } from '../support.ts';
import { accountsOf, anchor, GroupSite, ours, persons, sourceGroup, type GroupSiteOptions } from './support.ts';

/** A group of the target to which somebody is to be added, and of which the name has changed. */
const options: GroupSiteOptions = {
  people: persons(3),
  members: ['a1'],
  spec: { attributes: { displayName: 'Eagle', mailNickname: 'Eagle' } },
};
const site = (more: GroupSiteOptions = {}): GroupSite => new GroupSite({ ...options, ...more });

function expectUntouched(given: GroupSite): void {
  expect(given.target.writes).toEqual([]);
  expect(given.members).toEqual(['a1']);
}

describe('G3 a group that is never written', () => {
  const kinds: readonly [string, Partial<TargetGroup>][] = [
    ['GroupRoleAssignable', { roleAssignable: true }],
    ['GroupOnPremises', { onPremises: true }],
    ['GroupMailEnabled', { mailEnabled: true }],
    ['GroupDynamic', { dynamic: true }],
    ['GroupRestricted', { managementRestricted: true }],
    ['GroupNotOurs', { uniqueName: 'somebody-else' }],
    ['GroupNotOurs', { uniqueName: null }],
    ['GroupNotOurs', { uniqueName: anchor.replace('default', 'other') }],
  ];

  it.each(kinds)('%s: %j', async (reason, more) => {
    const given = site();
    given.target.put('made-1', { ...ours, ...more }, ['a1']);
    await given.reconcile();
    expectUntouched(given);
    expect(given.record.status).toMatchObject({ state: 'Conflict', conflictingObjectId: 'made-1' });
    expect(given.reason).toBe(reason);
  });

  it.each(kinds)('is not deleted either, though that was approved: %s: %j', async (reason, more) => {
    const removal = { reason: 'Unassigned', action: 'SoftDelete' } as const;
    const given = site({ spec: { lifecycle: 'Removed', removal, approvedToken: 't' } });
    given.target.put('made-1', { ...ours, ...more }, ['a1']);
    await given.reconcile();
    expectUntouched(given);
    expect(given.reason).toBe(reason);
  });

  it('G3 carries our anchor, and adoption is not wanted', async () => {
    const groups = { matching: { adoption: 'Ignore', by: 'Anchor' } } as never;
    const given = site({ configuration: { groups }, status: { targetGroup: undefined as never } });
    await given.reconcile();
    expectUntouched(given);
    expect(given.reason).toBe('ExistingGroupNotAdopted');
  });
});

describe('G3 a group that carries our anchor, as after the cluster was lost', () => {
  it('G3 is adopted with the members that it has', async () => {
    const given = site({ status: { targetGroup: undefined as never } });
    given.target.putMember('made-1', { id: 'stranger', isUser: true });
    await given.reconcile();
    expect([...given.target.kept.keys()]).toEqual(['made-1']);
    expect(given.members).toEqual(['a1', 'a2', 'a3', 'stranger']);
    expect(given.record.status.targetGroup).toEqual({ objectId: 'made-1', origin: 'Adopted' });
    expect(given.target.live('made-1')).toMatchObject({ displayName: 'Eagle', mailNickname: 'Eagle' });
  });

  it('G3 keeps its name where another group has the new one, and is followed otherwise', async () => {
    const given = site();
    given.target.put('theirs', { displayName: 'Eagle' });
    await given.reconcile();
    expect(given.target.live('made-1')).toMatchObject({ displayName: 'Falcon', mailNickname: 'Eagle' });
    expect(given.warnings).toEqual(['GroupNameTaken']);
    expect(given.members).toEqual(accountsOf(persons(3)));
  });

  it('G3 asks for a name that is taken at growing distances, and for nothing in between', async () => {
    const given = site();
    given.target.put('theirs', { displayName: 'Eagle' });
    const pauses: (number | undefined)[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const { requeueAfterMs } = await given.reconcile();
      expect(given.record.status.attempts).toBe(attempt);
      expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(false);
      pauses.push(requeueAfterMs);
      const before = given.target.reads.length;
      await given.reconcile();
      expect(given.target.reads).toHaveLength(before);
      await given.site.clock.advance(requeueAfterMs ?? 0);
    }
    expect(pauses).toEqual([minute, 5 * minute, 15 * minute]);
    given.target.kept.delete('theirs');
    await given.reconcile();
    expect(given.target.live('made-1')).toMatchObject({ displayName: 'Eagle' });
    expect(given.record.status).not.toHaveProperty('nextAttemptAt');
  });

  it.each(['AttributeRefused', 'InvalidRequest', 'ObjectConflict'] as const)(
    'G3 I12 keeps the names that it has where the directory refuses the new ones (%s), and its members come and go',
    async (kind) => {
      const given = site({ people: persons(4), members: ['a1', 'a4'] });
      given.people.quit(sourceGroup, 'p4');
      given.target.fail('updateGroup', refusal(kind));
      await given.reconcile();
      expect(given.target.live('made-1')).toMatchObject({ displayName: 'Falcon', mailNickname: 'Falcon' });
      expect(given.members).toEqual(accountsOf(persons(3)));
      expect(given.record.status).toMatchObject({ state: 'Provisioned', attempts: 1, history: [{ status: 'warning' }] });
      expect(given.record.status.nextAttemptAt).toBeDefined();
      expect(given.warnings).toHaveLength(1);
      await given.site.clock.advance(2 * minute);
      await given.reconcile();
      expect(given.target.live('made-1')).toMatchObject({ displayName: 'Eagle', mailNickname: 'Eagle' });
      expect(given.record.status).not.toHaveProperty('nextAttemptAt');
      expect(given.warnings).toEqual([]);
    },
  );

  it('G3 keeps the names that it has where they cannot be computed any more', async () => {
    const given = site({ spec: { attributes: undefined as never, failedMapping: 'the display name is no text' } });
    await given.reconcile();
    expect(given.target.live('made-1')).toMatchObject({ displayName: 'Falcon' });
    expect(given.warnings).toEqual(['MappingFailed']);
    expect(given.members).toEqual(accountsOf(persons(3)));
  });
});

describe('G3 the consent of the target', () => {
  it.each([
    [false, 'Accept', 'GroupSyncNotAllowed'],
    [null, 'Accept', 'GroupSyncNotAllowed'],
    [undefined, 'Refuse', 'GroupSyncUnknown'],
  ] as const)('G3 that is %s, with withoutGroupPolicy %s, lets nothing be written', async (allowed, withoutGroupPolicy, reason) => {
    const given = site({ pair: { crossTenantAccess: { withoutGroupPolicy, withoutSyncPolicy: 'Refuse' } as never } });
    given.target.allowed = allowed;
    expect((await given.reconcile()).requeueAfterMs).toBe(5 * minute);
    expectUntouched(given);
    expect(given.record.status.state).toBe('Conflict');
    expect(given.reason).toBe(reason);
    // It is asked again, and followed.
    given.target.allowed = true;
    await given.lookAgain(5 * minute);
    expect(given.reason).toBe('Succeeded');
  });

  it('G3 that the target has no setting for is done without where that is accepted', async () => {
    const given = site({ pair: { crossTenantAccess: { withoutGroupPolicy: 'Accept', withoutSyncPolicy: 'Refuse' } as never } });
    given.target.allowed = undefined;
    await given.reconcile();
    expect(given.members).toEqual(accountsOf(persons(3)));
  });

  it('G3 for people that was taken back stops groups too', async () => {
    const given = site();
    given.site.target.userSyncInboundAllowed = false;
    await given.lookAgain(minute);
    expectUntouched(given);
    expect(given.site.session.verdict.ready).toBe(false);
  });

  it('G3 is asked for again after 45 seconds, and a write on an older answer does not start', async () => {
    const given = site();
    await given.site.clock.advance(46_000);
    given.site.session.accessCheckedAt = given.site.clock.monotonic();
    Object.assign(given.site.session, { groupAccess: { allowed: true, checkedAt: given.site.clock.monotonic() - 46_000 } });
    given.target.allowed = false;
    await given.reconcile();
    expectUntouched(given);
    expect(given.reason).toBe('GroupSyncNotAllowed');
  });

  it('G3 that has aged while the target was read lets no write start', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'getGroup')
        Object.assign(given.site.session, { groupAccess: { allowed: true, checkedAt: given.site.clock.monotonic() - 58_001 } });
    };
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expectUntouched(given);
  });
});

describe('G3 a pair or configuration that rests', () => {
  it.each<[string, (given: GroupSite) => void]>([
    ['the pair is suspended', ({ site: { pairs, pair } }) => pairs.put({ ...pair, spec: { ...pair.spec, suspend: true } })],
    [
      'the configuration is suspended',
      ({ site: { configurations, configuration } }) =>
        configurations.put({ ...configuration, spec: { ...configuration.spec, suspend: true } }),
    ],
    [
      'the configuration plans, and its record does not know yet',
      ({ site: { configurations, configuration } }) =>
        configurations.put({ ...configuration, spec: { ...configuration.spec, mode: 'Plan' } }),
    ],
    [
      'the pair is not ready',
      ({ site: { session } }) => Object.assign(session, { verdict: { ready: false, reason: 'PermissionMissing', message: '' } }),
    ],
  ])('G3 writes nothing, begun or not: %s', async (_, stop) => {
    const before = site();
    stop(before);
    expect(await before.reconcile()).toEqual({});
    expectUntouched(before);
    expect(before.target.reads).toEqual([]);
    const midway = site();
    midway.target.during = (operation) => {
      if (operation === 'updateGroup') stop(midway);
    };
    expect(await midway.reconcile()).toEqual({});
    expectUnwritten(midway);
  });

  function expectUnwritten(given: GroupSite): void {
    expect(given.target.writes).toEqual(['updateGroup made-1 displayName,mailNickname']);
    expect(given.target.live('made-1')).toMatchObject(ours);
    expect(given.members).toEqual(['a1']);
  }

  it('G3 another replica has taken it over', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'updateGroup') given.site.holdsLease = false;
    };
    expect(await given.reconcile()).toEqual({});
    expectUnwritten(given);
  });

  it('G3 a change of the record that arrives before a write is looked at first', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'updateGroup') given.rewrite({});
    };
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expectUnwritten(given);
  });
});

describe('G3 a refusal of the directory', () => {
  it('G3 of all work has the pair checked', async () => {
    const given = site();
    given.target.fail('updateGroup', refusal('Forbidden'));
    await given.reconcile();
    expect(given.site.enqueued).toContain('pair identity/pair');
    expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1, nextAttemptAt: expect.any(String) as string });
    expect(given.site.told.at(-1)).toMatchObject({ subject: 'Group', action: 'update', status: 'failure', errorCode: 'CodeForbidden' });
  });

  it('E9 of the credentials is no failure of a group: all of them wait for the pair, and go on with it', async () => {
    const given = site();
    given.target.fail('updateGroup', refusal('Unauthenticated'));
    expect(await given.reconcile()).toEqual({});
    expect(given.site.enqueued).toContain('pair identity/pair');
    expect(given.record.status.attempts).toBeUndefined();
    expect(given.site.session.verdict).toMatchObject({ ready: false });
    const asked = given.target.reads.length;
    await given.reconcile();
    expect(given.target.reads).toHaveLength(asked);
    given.site.session.verdict = { ready: true };
    expect(groupDueInMs(given.deps, given.record)).toBe(0);
    await given.reconcile();
    expect(given.target.live('made-1')).toMatchObject({ displayName: 'Eagle' });
  });

  it('G3 of an addition keeps nobody in a group who has left it', async () => {
    const given = site({ people: persons(4), members: ['a1', 'a4'] });
    given.people.quit(sourceGroup, 'p4');
    given.target.fail('addMembers', refusal('QuotaExceeded'));
    await given.reconcile();
    expect(given.record.status.state).toBe('Failed');
    expect(given.members).toEqual(['a1']);
  });

  it('G3 is tried again after 40 minutes at the latest: whoever leaves meanwhile waits no longer than that', async () => {
    const given = site({ status: { state: 'Failed', attempts: 6 } });
    given.target.fail('updateGroup', refusal('Forbidden'));
    const { requeueAfterMs = 0 } = await given.lookAgain();
    expect(given.record.status.attempts).toBeGreaterThan(0);
    expect(requeueAfterMs).toBeLessThanOrEqual(44 * minute);
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      given.target.fail('updateGroup', refusal('Forbidden'));
      expect((await given.lookAgain()).requeueAfterMs).toBeLessThanOrEqual(44 * minute);
    }
    expect(given.record.status.attempts).toBeGreaterThan(7);
  });

  it('G3 a look that is asked for while another one is under way is another one', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'addMembers') given.deps.groupMemory.requestLook(given.key);
    };
    await given.reconcile();
    expect(given.record.status.state).toBe('Provisioned');
    expect(groupDueInMs(given.deps, given.record)).toBe(0);
  });

  it.each(['NotFound', 'ReferenceNotReady'] as const)(
    'G3 of the members of a group that was made a moment ago (%s) is waited for, and is a failure when it cannot be lag any more',
    async (kind) => {
      const given = new GroupSite({ people: persons(2) });
      given.target.fail('membersPage', refusal(kind));
      const { requeueAfterMs = 0 } = await given.reconcile();
      expect(requeueAfterMs).toBeGreaterThan(0);
      expect(requeueAfterMs).toBeLessThanOrEqual(minute);
      expect(given.record.status.attempts).toBeUndefined();
      await given.site.clock.advance(requeueAfterMs);
      await given.reconcile();
      expect(given.record.status.state).toBe('Provisioned');
      expect(given.members).toEqual(accountsOf(persons(2)));
      await given.site.clock.advance(given.deps.settings.replicationWindowMs + minute);
      given.target.fail('membersPage', refusal(kind));
      await given.lookAgain();
      expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1 });
    },
  );

  it('G3 that asks to wait is no failure, and is followed', async () => {
    const given = site();
    given.target.fail('updateGroup', refusal('Throttled', { retryAt: given.site.clock.now() + 90_000 }));
    expect((await given.reconcile()).requeueAfterMs).toBe(90_000);
    expect(given.record.status.attempts).toBeUndefined();
    await given.lookAgain(90_000);
    expect(given.reason).toBe('Succeeded');
  });

  it('G3 without an answer is tried again a few times, and is a failure then', async () => {
    const given = site();
    const pauses: (number | undefined)[] = [];
    for (let tries = 0; tries < 5; tries += 1) {
      given.target.fail('updateGroup', refusal('Unavailable', { requestId: 'q', conflictingObjectId: 'c' }));
      pauses.push((await given.lookAgain()).requeueAfterMs);
    }
    expect(pauses.slice(0, 4)).toEqual([2000, 5000, 15_000, 45_000]);
    expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1, lastError: { requestId: 'q' }, conflictingObjectId: 'c' });
    await given.lookAgain();
    expect(given.record.status).toMatchObject({ state: 'Provisioned' });
    expect(given.record.status.attempts).toBeUndefined();
  });

  it('G3 without an answer counts anew after an answer', async () => {
    const given = site();
    const miss = async (): Promise<number | undefined> => {
      given.target.fail('getGroup', refusal('Unavailable'));
      return (await given.lookAgain()).requeueAfterMs;
    };
    expect(await miss()).toBe(2000);
    expect(await miss()).toBe(5000);
    await given.lookAgain();
    expect(await miss()).toBe(2000);
  });

  it('G3 for the second time in a row waits longer; a changed record begins anew', async () => {
    const given = site();
    const fail = async (): Promise<number | undefined> => {
      given.target.fail('updateGroup', refusal('InvalidRequest'));
      await given.lookAgain();
      return given.record.status.attempts;
    };
    expect(await fail()).toBe(1);
    expect(await fail()).toBe(2);
    given.rewrite({ attributes: { displayName: 'Osprey', mailNickname: 'Osprey' } });
    expect(await fail()).toBe(1);
  });

  it('G3 that is none of the directory is passed on', async () => {
    const given = site();
    given.target.fail('updateGroup', new Error('a fault of ours'));
    await expect(given.reconcile()).rejects.toThrow('a fault of ours');
  });
});

describe('G3 a group that has failed before', () => {
  it('is tried again within seconds where no answer came, before it becomes one more attempt', async () => {
    const status = { state: 'Failed', attempts: 4, nextAttemptAt: '2026-01-05T07:59:00Z' } as const;
    const given = new GroupSite({ people: persons(2), members: ['a1'], status });
    const pauses: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      given.target.fail('getGroup', refusal('Unavailable'));
      pauses.push((await given.reconcile()).requeueAfterMs);
      expect(given.record.status.attempts).toBe(4);
      await given.site.clock.advance(pauses.at(-1) ?? 0);
      given.site.session.accessCheckedAt = given.site.clock.monotonic();
    }
    expect(pauses).toEqual([2000, 5000, 15_000, 45_000]);
    await given.reconcile();
    expect(given.record.status.state).toBe('Provisioned');
    expect(given.members).toEqual(['a1', 'a2']);
  });
});
