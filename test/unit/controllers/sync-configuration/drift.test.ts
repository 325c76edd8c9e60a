import { annotations } from '../../../../src/api/kinds.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { internal, sourceTenantId } from '../../core/support.ts';
import { configurationWith, minute } from '../support.ts';
import { key } from '../cycles.ts';
import { Drifting } from '../drifting.ts';

async function begun(...given: ConstructorParameters<typeof Drifting>): Promise<Drifting> {
  const world = new Drifting(...given);
  await world.begin();
  return world;
}

const listed = (world: Drifting): readonly string[] => world.site.target.reads.filter((read) => read.startsWith('usersPage'));
const crowd = (count: number) => Array.from({ length: count }, (_, index) => internal(`crowd${index}`));

describe('E11 a pass over the accounts', () => {
  it('I7 that finds nothing reads the list, touches no record, asks nobody to look, and writes one status', async () => {
    const world = await begun();
    const records = world.site.projections.writes.length;
    const before = world.pass?.completedAt;
    await world.nextPass();
    expect(world.site.projections.writes).toHaveLength(records);
    expect(listed(world)).toEqual(['usersPage']);
    expect(world.looks).toEqual([]);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4, drifted: 0, unseen: 0 });
    expect(world.pass?.completedAt).not.toBe(before);
    expect(world.pass?.nextPassAt).toBe(world.site.at(40 * minute));
    expect(world.site.events.map(({ reason }) => reason)).not.toContain('DriftDetected');
  });

  it('Report names the attributes and since when, warns once, and asks nobody', async () => {
    const world = await begun();
    world.change('u0', { displayName: 'Changed', officeLocation: 'of nobody' });
    await world.nextPass();
    const since = world.pass?.startedAt;
    expect(world.record('u0').status.drift?.map(({ since: at }) => at)).toEqual([since]);
    expect(world.drift('u0')).toEqual(['displayName']);
    expect(world.looks).toEqual([]);
    expect(world.pass).toMatchObject({ compared: 4, drifted: 1 });
    const told = (): readonly string[] => world.site.events.filter(({ reason }) => reason === 'DriftDetected').map(({ note }) => note);
    expect(told()).toEqual(['1 account(s) were changed in the target. status.drift of their records names the attributes.']);
    const { resourceVersion } = world.record('u0').metadata;
    await world.nextPass();
    expect(told()).toHaveLength(1);
    expect(world.record('u0').metadata.resourceVersion).toBe(resourceVersion);
    world.change('u2', { displayName: 'Changed' });
    await world.nextPass();
    expect(told()).toHaveLength(2);
    world.change('u0', { department: 'Elsewhere' });
    await world.nextPass();
    expect(world.record('u0').status.drift).toEqual([
      { attribute: 'department', since: world.pass?.startedAt },
      { attribute: 'displayName', since },
    ]);
  });

  it('Report takes back what agrees again', async () => {
    const world = await begun();
    world.change('u0', { displayName: 'Changed' });
    await world.nextPass();
    world.change('u0', { displayName: 'Person 0' });
    await world.nextPass();
    expect(world.record('u0').status.drift).toBeUndefined();
    expect(world.pass).toMatchObject({ drifted: 0 });
  });

  it('Correct writes nothing itself: it asks the record to set the account back, behind all other work', async () => {
    const world = await begun(4, 'Correct');
    world.change('u0', { displayName: 'Changed' });
    const asked: (readonly string[])[] = [];
    await world.nextPass(undefined, () => {
      asked.push(world.looks);
      world.lookAll();
    });
    expect(asked).toContainEqual(['u0 Correct']);
    expect(world.site.enqueued).toContain(`projection ${world.keyOf('u0')}`);
    expect(world.record('u0').status.drift).toBeUndefined();
    expect(world.site.target.writes).toEqual([]);
    expect(world.site.events.map(({ note }) => note)).toContain('1 account(s) were changed in the target. They are set back.');
  });

  it.each([
    ['E10 in Plan mode', { mode: 'Plan' as const }],
    ['without Update among the actions', { targetActions: ['Create' as const] }],
  ])('Correct only reports %s', async (_, configuration) => {
    const world = await begun(4, 'Correct', { configuration: { drift: { policy: 'Correct', interval: '40m' }, ...configuration } });
    world.change('u0', { displayName: 'Changed' });
    await world.nextPass();
    expect(world.drift('u0')).toEqual(['displayName']);
    expect(world.looks).toEqual([]);
  });

  it('ends when the looks that it has asked for have, and not before', async () => {
    const world = await begun(4, 'Correct');
    world.change('u0', { displayName: 'Changed' });
    const before = world.pass?.completedAt;
    let waited = 0;
    await world.nextPass(undefined, () => {
      if (world.looks.length === 0) return;
      waited += 1;
      expect(world.pass?.completedAt).toBe(before);
      if (waited === 5) world.lookAll();
    });
    expect(waited).toBe(5);
    expect(world.pass?.completedAt).not.toBe(before);
  });

  it('reads page after page, and compares who is on each', async () => {
    const world = await begun();
    const accounts = [...world.site.target.live.values()];
    world.change('u3', { displayName: 'Changed' });
    world.site.target.pages = [[...crowd(3), ...accounts.slice(0, 2)], crowd(2), accounts.slice(2, 3).concat(world.account('u3'))];
    await world.nextPass();
    expect(listed(world)).toEqual(['usersPage', 'usersPage 1', 'usersPage 2']);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4, drifted: 1, unseen: 0 });
    expect(world.drift('u3')).toEqual(['displayName']);
  });
});

describe('E11 I14 a list proves nothing', () => {
  const asksFor = async (world: Drifting): Promise<readonly string[]> => {
    const asked = new Set<string>();
    await world.nextPass(undefined, () => {
      for (const look of world.looks) asked.add(look);
      world.lookAll();
    });
    return [...asked];
  };

  it('of an account that it does not show: the record looks at it', async () => {
    const world = await begun();
    world.site.target.live.delete('account-u1');
    expect(await asksFor(world)).toEqual(['u1 Compare']);
    expect(world.pass).toMatchObject({ compared: 3, unseen: 1 });
    expect(world.record('u1').status.state).toBe('Provisioned');
  });

  it('of one whose record has something to do, the record says itself what is there', async () => {
    const world = await begun();
    world.site.target.live.delete('account-u1');
    world.note('u1', { observedGeneration: 0 });
    expect(await asksFor(world)).toEqual([]);
    expect(world.pass).toMatchObject({ unseen: 0 });
  });

  it('of one that is known to be gone nobody looks again and again', async () => {
    const world = await begun();
    world.site.target.live.delete('account-u1');
    world.note('u1', { warnings: [{ reason: 'AccountGone', message: '' }] });
    expect(await asksFor(world)).toEqual([]);
    expect(world.pass).toMatchObject({ unseen: 0 });
  });

  it.each(['Report', 'Correct'] as const)(
    'with %s of one that looks internal: the record looks at it, and nothing is said of it',
    async (policy) => {
      const world = await begun(4, policy);
      world.change(
        'u1',
        { displayName: 'Changed' },
        { userPrincipalName: 'u1@fabrikam.com', creationType: null, externalUserState: null, identities: [] },
      );
      expect(await asksFor(world)).toEqual(['u1 Compare']);
      expect(world.pass).toMatchObject({ drifted: 0 });
      expect(world.record('u1').status.drift).toBeUndefined();
    },
  );

  it('of one that has the anchor of another person, or of another installation; one without is told of', async () => {
    const [first, second, third] = ['5', '6', '7'].map((digit) => '44444444-4444-4444-8444-44444444444'.concat(digit)) as [
      string,
      string,
      string,
    ];
    const world = new Drifting([first, second, third], 'Report', {
      configuration: { matching: { adoption: 'Adopt', anchor: { attribute: 'extensionAttribute15' } } },
    });
    const mark = (sourceObjectId: string, installation = 'default') => formatAnchor({ sourceTenantId, sourceObjectId, installation });
    world.beside = (id) => ({ extensionAttribute15: mark(id) });
    await world.begin();
    world.change(first, { extensionAttribute15: mark('44444444-4444-4444-8444-444444444444') });
    world.change(second, { extensionAttribute15: mark(second, 'another') });
    world.change(third, { extensionAttribute15: null });
    expect(await asksFor(world)).toEqual([`${first} Compare`, `${second} Compare`]);
    expect(world.drift(third)).toEqual(['extensionAttribute15']);
  });

  it('of more than two hundred that it does not show: so many are looked at, others in the next pass', async () => {
    const world = await begun(250);
    world.site.target.live.clear();
    const first = await asksFor(world);
    expect(first).toHaveLength(200);
    expect(world.pass).toMatchObject({ compared: 0, unseen: 250 });
    // The random place at which it begins.
    expect(first[0]).toBe('u0 Compare');
    expect(first).toContain('u125 Compare');
    expect(first).not.toContain('u80 Compare');
  });
});

describe('E11 nothing is said of an account', () => {
  it.each<[string, (world: Drifting) => void]>([
    [
      'of nobody of ours',
      (world) => {
        world.site.target.live.set('stranger', { ...world.account('u0'), id: 'stranger' });
        world.change('u0', { displayName: 'Person 0' });
      },
    ],
    [
      'of another configuration',
      (world) => {
        const record = world.record('u0');
        void world.site.projections.delete(record.metadata);
        world.site.projections.put({
          ...record,
          metadata: { ...record.metadata, name: 'second-u0' },
          spec: { ...record.spec, syncConfigurationRef: { name: 'second' } },
        });
        world.people.users.delete('u0');
      },
    ],
    ['whose record has something to do', (world) => world.note('u0', { observedGeneration: 0 })],
    ['that was written a moment ago', (world) => world.note('u0', { lastWriteAt: world.site.at(40 * minute) })],
    ['that a write is on its way to', (world) => world.note('u0', { intent: { operation: 'Delete', at: world.site.at() } })],
    ['into which not everything was brought yet', (world) => world.note('u0', { appliedRevision: 'another' })],
    [
      'that the limits of the pair exclude',
      (world) => {
        const { pair } = world.site;
        world.site.pairs.put({
          ...pair,
          spec: { ...pair.spec, limits: { allowDelete: true, excludedTargetUsers: ['account-u0'] } },
        });
      },
    ],
  ])('%s', async (_, arrange) => {
    const world = await begun();
    world.change('u0', { displayName: 'Changed' });
    arrange(world);
    await world.nextPass();
    expect(world.pass).toMatchObject({ result: 'Succeeded', drifted: 0 });
    expect(world.site.projections.list().flatMap(({ status }) => status.drift ?? [])).toEqual([]);
    expect(world.looks).toEqual([]);
  });

  it.each(['Conflict', 'NotFound'] as const)(
    'whose record is another one by then (%s): the next pass compares it, and this one goes on',
    async (kind) => {
      const world = await begun();
      for (const id of ['u0', 'u1']) world.change(id, { displayName: 'Changed' });
      world.site.projections.refuse('patchStatus', new KubeError(kind, 'another'));
      await world.nextPass();
      expect([world.drift('u0'), world.drift('u1')]).toEqual([[], ['displayName']]);
      expect(world.pass).toMatchObject({ result: 'Succeeded' });
      await world.nextPass();
      expect(world.drift('u0')).toEqual(['displayName']);
    },
  );

  it('on a version of its record that is not the one that was compared', async () => {
    const world = await begun();
    world.change('u0', { displayName: 'Changed' });
    world.site.projections.before = (verb) => {
      const record = world.record('u0');
      if (verb === 'patchStatus') world.site.projections.put({ ...record, metadata: { ...record.metadata, resourceVersion: 'newer' } });
    };
    await world.nextPass();
    expect(world.drift('u0')).toEqual([]);
  });
});

describe('E11 a pass that cannot go on', () => {
  it.each([
    ['Forbidden', 'GraphForbidden'],
    ['Unauthenticated', 'CredentialsRejected'],
    ['InvalidRequest', 'RequestInvalid'],
  ] as const)(
    'because the list is refused (%s) says so, draws no conclusion, and is repeated in a quarter of an hour',
    async (kind, reason) => {
      const world = await begun();
      world.site.target.pages = [[world.account('u0')], []];
      let pages = 0;
      world.site.target.during = (operation) => {
        if (operation === 'usersPage' && (pages += 1) === 2) world.site.target.fail('usersPage', refusal(kind, { reason }));
      };
      await world.nextPass();
      expect(world.pass).toMatchObject({ result: 'Incomplete', reason, compared: 1, unseen: 0 });
      expect(world.looks).toEqual([]);
      expect(world.pass?.nextPassAt).toBe(world.site.at(15 * minute));
      // The credentials and permissions are the matter of the pair.
      expect(world.site.enqueued.includes('pair identity/pair')).toBe(kind !== 'InvalidRequest');
      world.site.target.pages = undefined;
      await world.nextPass(15 * minute);
      expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
      expect(world.pass).not.toHaveProperty('reason');
    },
  );

  it('because the list has no end says so', async () => {
    const world = await begun();
    world.site.target.listIsEndless = true;
    await world.nextPass();
    expect(world.pass).toMatchObject({ result: 'Incomplete', reason: 'GraphUnavailable', unseen: 0 });
  });

  it('because the cluster refuses what it has found says so', async () => {
    const world = await begun();
    world.change('u0', { displayName: 'Changed' });
    world.site.projections.refuse('patchStatus', new KubeError('Forbidden', 'no'));
    await world.nextPass();
    expect(world.pass).toMatchObject({ result: 'Incomplete', reason: 'CycleFailed' });
  });

  it('because the target asks to wait waits, and goes on where it was', async () => {
    const world = await begun();
    world.site.target.pages = [[world.account('u0')], [world.account('u1'), world.account('u2'), world.account('u3')]];
    let pages = 0;
    const wait = 15_000;
    world.site.target.during = (operation) => {
      if (operation === 'usersPage' && (pages += 1) === 2)
        world.site.target.fail('usersPage', refusal('Throttled', { retryAt: world.site.clock.now() + wait }));
    };
    await world.nextPass();
    expect(listed(world)).toEqual(['usersPage', 'usersPage 1', 'usersPage 1']);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
    expect(Date.parse(world.pass?.completedAt ?? '') - Date.parse(world.pass?.startedAt ?? '')).toBeGreaterThanOrEqual(wait);
  });

  it('I14 because the target asks to wait for ever is given up after an hour', async () => {
    const world = await begun();
    world.site.target.during = (operation) => {
      if (operation === 'usersPage')
        world.site.target.fail('usersPage', refusal('Throttled', { retryAt: world.site.clock.now() + 19_000 }));
    };
    await world.nextPass();
    expect(world.pass).toMatchObject({ result: 'Incomplete', reason: 'NoProgress' });
    const took = Date.parse(world.pass?.completedAt ?? '') - Date.parse(world.pass?.startedAt ?? '');
    expect(took).toBeGreaterThan(60 * minute);
    expect(took).toBeLessThan(62 * minute);
  });

  it('I9 because the target asks to wait before each page comes to its end, however long that takes', async () => {
    const world = await begun();
    world.site.target.pages = [...crowd(250).map((user) => [user]), [...world.site.target.live.values()]];
    let throttled = '';
    world.site.target.during = (operation) => {
      const page = listed(world).at(-1) ?? '';
      if (operation !== 'usersPage' || page === throttled) return;
      throttled = page;
      world.site.target.fail('usersPage', refusal('Throttled', { retryAt: world.site.clock.now() + 19_000 }));
    };
    await world.nextPass();
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
    expect(Date.parse(world.pass?.completedAt ?? '') - Date.parse(world.pass?.startedAt ?? '')).toBeGreaterThan(60 * minute);
  });

  it.each([
    ['never come to an end', 1e9, { result: 'Incomplete', reason: 'NoProgress' }],
    ['come to an end one after the other', 1000, { result: 'Succeeded' }],
  ])('because the looks that it has asked for %s', async (_, patience, expected) => {
    const world = await begun(3, 'Correct');
    for (const id of ['u0', 'u1', 'u2']) world.change(id, { displayName: 'Changed' });
    let steps = 0;
    await world.nextPass(undefined, () => {
      steps += 1;
      const [first] = world.looks;
      if (first !== undefined && steps % patience === 0) world.site.deps.tracker.looked(key, world.keyOf(first.slice(0, 2)));
    });
    expect(world.pass).toMatchObject(expected);
    expect(world.looks).toEqual([]);
  });

  it('because a fault of the program stops it passes the fault on, and is begun anew', async () => {
    const world = await begun();
    world.site.target.fail('usersPage', new TypeError('a fault'));
    await world.site.clock.advance(40 * minute);
    await expect(world.nextPass(0)).rejects.toThrow('a fault');
    await world.nextPass(0);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
  });

  it('because a shutdown cuts it off has found nothing out, and is begun anew', async () => {
    const world = await begun();
    const before = world.pass;
    const shutdown = new AbortController();
    world.site.target.during = (operation) => {
      if (operation !== 'usersPage' || shutdown.signal.aborted) return;
      shutdown.abort();
      world.site.target.fail('usersPage', refusal('Unavailable', { reason: 'GraphUnavailable' }));
    };
    await world.site.clock.advance(40 * minute);
    let error: unknown;
    for (let looks = 0; looks < 20 && error === undefined; looks += 1)
      error = await world.reconcile(key, shutdown.signal).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(Error);
    expect(world.pass).toEqual(before);
    await world.nextPass(0);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
  });
});

describe('E11 a pass gives way', () => {
  /** A pass whose first page was read, of a list that has two. */
  async function halfway(policy: 'Report' | 'Correct' = 'Correct'): Promise<Drifting> {
    const world = await begun(4, policy);
    world.change('u0', { displayName: 'Changed' });
    world.site.target.pages = [[world.account('u0')], [world.account('u1'), world.account('u2'), world.account('u3')]];
    await world.site.clock.advance(40 * minute);
    for (let looks = 0; looks < 50 && listed(world).length === 0; looks += 1) {
      const { requeueAfterMs } = await world.reconcile();
      for (const id of world.people.users.keys()) world.site.deps.tracker.handled(key, world.keyOf(id));
      if (listed(world).length === 0) await world.site.clock.advance(Math.min(requeueAfterMs ?? 0, 5000));
    }
    expect(listed(world)).toEqual(['usersPage']);
    expect(world.looks).toEqual(policy === 'Correct' ? ['u0 Correct'] : []);
    return world;
  }

  it('to a suspension: it ends in the middle, its looks with it, and it is begun anew afterwards', async () => {
    const world = await halfway();
    world.edit({ suspend: true });
    await world.reconcile();
    expect(world.looks).toEqual([]);
    world.edit({ suspend: false });
    await world.nextPass(0);
    expect(listed(world)).toEqual(['usersPage', 'usersPage', 'usersPage 1']);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
  });

  it('to another spec: it is begun anew by what that says', async () => {
    const world = await halfway();
    world.edit({ drift: { policy: 'Report', interval: '40m' } });
    await world.nextPass(0);
    expect(listed(world)).toEqual(['usersPage', 'usersPage', 'usersPage 1']);
    expect(world.drift('u0')).toEqual(['displayName']);
    expect(world.looks).toEqual([]);
  });

  it.each<[string, (world: Drifting) => void]>([
    [
      'a pair that was made anew',
      (world) => {
        const { pair } = world.site;
        world.site.pairs.put({ ...pair, metadata: { ...pair.metadata, uid: 'uid-anew' } });
        world.site.deps.sessions.set('identity/pair', { ...world.site.session, uid: 'uid-anew' });
      },
    ],
    [
      'new credentials',
      (world) => {
        world.site.deps.sessions.set('identity/pair', { ...world.site.session, target: { ...world.site.target.directory } });
      },
    ],
  ])('to %s: it is begun anew', async (_, change) => {
    const world = await halfway('Report');
    change(world);
    await world.nextPass(0);
    expect(listed(world)).toEqual(['usersPage', 'usersPage', 'usersPage 1']);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
  });

  it('to a cycle: it goes on where it was when that has read everybody', async () => {
    const world = await halfway('Report');
    world.people.pageSize = 1;
    world.edit({}, { [annotations.restartedAt]: 'now' });
    world.people.asked.length = 0;
    const order: (readonly [users: number, pages: number])[] = [];
    const reads = (): number => world.people.asked.filter((request) => request.startsWith('usersDelta')).length;
    await world.nextPass(0, () => order.push([reads(), listed(world).length]));
    expect(order.filter(([users, pages]) => users < 4 && pages > 1)).toEqual([]);
    expect(listed(world)).toEqual(['usersPage', 'usersPage 1']);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
  });

  it('I11 to a reading that a removal waits for', async () => {
    const world = await halfway('Report');
    const { clock, deps } = world.site;
    world.people.fail('getUsers', refusal('Throttled', { retryAt: clock.now() + 15_000 }));
    deps.confirmations.ask(key, { sourceId: 'u1', projectionKey: world.keyOf('u1'), act: 'Delete' }, clock.monotonic());
    for (let looks = 0; looks < 5; looks += 1) await world.reconcile();
    expect(listed(world)).toEqual(['usersPage']);
    await world.nextPass(0);
    expect(listed(world)).toEqual(['usersPage', 'usersPage 1']);
    expect(world.pass).toMatchObject({ result: 'Succeeded', compared: 4 });
  });

  it('to a request about one person', async () => {
    const world = await halfway('Report');
    world.people.fail('findUserByPrincipalName', refusal('Throttled', { retryAt: world.site.clock.now() + 15_000 }));
    world.edit({}, { [annotations.provisionUsers]: 'token:u1@contoso.com' });
    for (let looks = 0; looks < 5; looks += 1) await world.reconcile();
    expect(listed(world)).toEqual(['usersPage']);
  });
});

describe('E11 when a pass is made', () => {
  it('is not before the first cycle, nor for a spec that no cycle has read', async () => {
    const world = new Drifting();
    world.people.refused.set('usersDelta', refusal('Forbidden', { reason: 'GraphForbidden' }));
    await world.settle();
    expect(listed(world)).toEqual([]);
    expect(world.pass).toBeUndefined();
  });

  it('is never for a preview', async () => {
    const world = await begun();
    world.site.configurations.put(
      configurationWith({ mode: 'Plan', previewOf: { name: 'staff' }, drift: { policy: 'Report', interval: '40m' } }, { name: 'try' }),
    );
    await world.settle('identity/try');
    expect(world.site.configurations.get({ namespace: 'identity', name: 'try' })?.status).toMatchObject({
      lastCycle: { result: 'Succeeded' },
    });
    expect(world.site.configurations.get({ namespace: 'identity', name: 'try' })?.status.drift).toBeUndefined();
  });

  it('is an interval after the last one began, whatever cycles come between', async () => {
    const world = await begun(4, 'Report', { configuration: { drift: { policy: 'Report', interval: '2h' } } });
    const { startedAt } = world.pass ?? {};
    await world.nextPass();
    expect(world.pass?.startedAt).toBe(startedAt);
    await world.nextPass(80 * minute);
    expect(world.pass?.startedAt).not.toBe(startedAt);
  });

  it('is no more with Ignore, and what was reported is forgotten once', async () => {
    const world = await begun();
    world.change('u0', { displayName: 'Changed' });
    await world.nextPass();
    world.site.target.reads.length = 0;
    world.edit({ drift: { policy: 'Ignore', interval: '40m' } });
    await world.nextPass(0);
    expect(listed(world)).toEqual([]);
    expect(world.record('u0').status.drift).toBeUndefined();
    expect(world.pass).toBeUndefined();
    const writes = world.site.configurations.writes.length;
    await world.nextPass(10 * minute);
    expect(world.site.configurations.writes).toHaveLength(writes);
  });

  it('I14 is now where a clock that was wrong has told of one ahead', async () => {
    const world = await begun();
    const { configuration } = world;
    const ahead = new Date(world.site.clock.now() + 9e9).toISOString();
    world.site.configurations.put({
      ...configuration,
      status: { ...configuration.status, drift: { ...configuration.status.drift, startedAt: ahead } },
    });
    await world.nextPass(minute);
    expect(Date.parse(world.pass?.startedAt ?? '')).toBeLessThanOrEqual(world.site.clock.now());
  });
});
