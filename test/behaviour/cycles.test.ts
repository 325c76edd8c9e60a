import type { SandboxUser, SettingsOverride } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { condition, eventReasons, guestIds, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('E. Cycles', () => {
  let world: World;
  afterEach(() => world.end());

  async function company(
    count: number,
    configuration: JsonObject = {},
    settings: SettingsOverride = unfriendly,
  ): Promise<readonly SandboxUser[]> {
    world = new World({ settings });
    const people = hire(world, count);
    await replicated(world);
    await world.begin(configuration);
    await world.until('everybody is there', () => guests(world).length === count);
    await replicated(world);
    return people;
  }

  const lastCycle = (): NonNullable<ReturnType<World['configuration']>['status']['lastCycle']> =>
    world.configuration().status.lastCycle ?? {};
  const titled = (user: SandboxUser | undefined): unknown => world.account(user?.id ?? '')?.properties.jobTitle;

  describe('E1 initial, then incremental', () => {
    it('E1 runs one initial cycle, then incremental ones, one interval from start to start', async () => {
      await company(5, { interval: '10m' });
      const kinds: string[] = [lastCycle().kind ?? ''];
      const starts: number[] = [Date.parse(lastCycle().startedAt ?? '')];
      for (let count = 0; count < 3; count += 1) {
        await world.nextCycle();
        kinds.push(lastCycle().kind ?? '');
        starts.push(Date.parse(lastCycle().startedAt ?? ''));
      }
      expect(kinds).toEqual(['Initial', 'Incremental', 'Incremental', 'Incremental']);
      for (const [index, start] of starts.slice(1).entries()) {
        expect(start - (starts[index] ?? 0)).toBeGreaterThanOrEqual(10 * minute);
        expect(start - (starts[index] ?? 0)).toBeLessThan(10 * minute + 5 * second);
      }
      const { nextCycleAt } = world.configuration().status;
      expect(Date.parse(nextCycleAt ?? '')).toBeCloseTo((starts.at(-1) ?? 0) + 10 * minute, -4);
    });

    it('E1 keeps to the interval over a restart of the operator', async () => {
      await company(5, { interval: '30m' });
      const { id, startedAt } = lastCycle();
      await world.stopOperator();
      await world.startOperator();
      await world.run(20 * minute);
      expect(lastCycle().id).toBe(id);
      await world.nextCycle();
      expect(lastCycle().kind).toBe('Incremental');
      expect(Date.parse(lastCycle().startedAt ?? '') - Date.parse(startedAt ?? '')).toBeLessThan(31 * minute);
    });

    it('E1 starts at once when the time has passed while the operator was down', async () => {
      const people = await company(5, { interval: '5m' });
      await world.stopOperator();
      world.hub.updateUser(people[0]?.id ?? '', { jobTitle: 'Engineer' });
      await world.run(hour);
      await world.startOperator();
      await world.until('the change', () => titled(people[0]) === 'Engineer', minute);
      expect(lastCycle().kind).not.toBe('Full');
    });
  });

  describe('E2 the watermark is never ahead of what is recorded', () => {
    /** Requests of the cycle that a kill can come before or after. */
    const points = Array.from({ length: 14 }, (_, index) => index);

    it.each(points)('E2 killed at point %i of a cycle, every change is read again', async (point) => {
      const people = await company(12, { interval: '5m' });
      const calls: { cut: number } = { cut: 0 };
      const kill = (): void => {
        calls.cut += 1;
        if (calls.cut - 1 !== point) return;
        world.killOperator();
        throw new Error('killed');
      };
      world.hub.softDelete(people[0]?.id ?? '');
      world.hub.updateUser(people[1]?.id ?? '', { jobTitle: 'Engineer' });
      world.hub.setManager(people[2]?.id ?? '', people[3]?.id ?? '');
      const [late] = hire(world, 1, 'late');
      await replicated(world);
      const stops = [
        world.kube.hooks.before(({ method, path }) => (method === 'GET' || !path.includes('tenantsync.dev') ? undefined : kill())),
        world.kube.hooks.after(({ method, path }) => (method === 'GET' || !path.includes('tenantsync.dev') ? undefined : kill())),
        world.entra.intercept({ after: ({ operation }) => (operation === 'GET /users/delta' ? kill() : undefined) }),
      ];
      world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: 'now' });
      await world.clock.advanceUntil(() => !world.running, 3 * minute);
      for (const stop of stops) stop();
      world.killOperator();
      await world.startOperator();
      await world.until('the hire', () => world.account(late?.id ?? '') !== undefined, 60 * minute);
      await world.until('the rename', () => titled(people[1]) === 'Engineer', 60 * minute);
      await world.until('the leaver', () => world.spoke.deletedUsers().length === 1, 60 * minute);
      await world.until(
        'the manager',
        () => world.account(people[2]?.id ?? '')?.managerId === world.account(people[3]?.id ?? '')?.id,
        60 * minute,
      );
      expect(guests(world)).toHaveLength(12);
      expect(new Set(guests(world).map((user) => user.invitedAddress)).size).toBe(12);
    });

    it.each([
      ['expires by age', (): void => undefined, 'syncStateNotFound'],
      ['expires by age, answered with 410', (): void => undefined, 'gone'],
      ['is reset', (): void => void world.entra.faults.add({ effect: 'deltaReset', match: { operation: 'GET /users/delta' } }), undefined],
      ['is lost', (): void => void world.entra.faults.add({ effect: 'deltaExpire', match: { operation: 'GET /users/delta' } }), undefined],
    ] as const)('E2 a delta token that %s leads to a full read that finds who was deleted in the gap', async (_, fault, expiredAnswer) => {
      const people = await company(12, { interval: '5m' });
      await world.stopOperator();
      world.hub.softDelete(people[0]?.id ?? '');
      world.hub.purge(people[0]?.id ?? '');
      world.hub.softDelete(people[1]?.id ?? '');
      world.hub.updateUser(people[2]?.id ?? '', { jobTitle: 'Engineer' });
      if (expiredAnswer !== undefined) {
        world.hub.settings.delta.expiredAnswer = expiredAnswer;
        await world.run(8 * day);
      }
      await replicated(world);
      fault();
      await world.startOperator();
      await world.until('a full cycle', () => lastCycle().kind === 'Full', 10 * minute);
      await world.until('the two are gone', () => guests(world).length === 10, 10 * minute);
      await world.until('the update', () => titled(people[2]) === 'Engineer', 10 * minute);
      expect(world.projection(people[0]?.id ?? '')?.spec.removal?.reason).toBe('Deleted');
      await world.nextCycle();
      expect(lastCycle().kind).toBe('Incremental');
    });

    it.each([
      ['nested groups', { includeNestedGroups: true }],
      ['groups', {}],
    ])('E2 a cycle that is dropped after it has read the %s has not used up what it has read', async (_, scope) => {
      world = new World();
      const [first, ...others] = hire(world, 5);
      const { id } = world.hub.createGroup({ displayName: 'Staff', members: others.map((user) => user.id) });
      await replicated(world);
      const configuration = { scope: { type: 'Assigned', groups: [{ id }], ...scope } };
      await world.begin(configuration);
      await world.until('the others', () => guests(world).length === 4);
      await world.nextCycle();
      world.hub.addMember(id, first?.id ?? '');
      await replicated(world);
      let suspended = false;
      const stop = world.entra.intercept({
        after: (request) => {
          if (suspended || request.operation !== 'GET /users/delta') return;
          suspended = true;
          world.applyConfiguration({ ...configuration, suspend: true });
        },
      });
      await world.until('the suspension', () => suspended, 10 * minute);
      stop();
      await world.run(minute);
      expect(guests(world)).toHaveLength(4);
      world.applyConfiguration(configuration);
      await world.until('the member', () => guests(world).length === 5, 20 * minute);
      expect(lastCycle().kind).toBe('Incremental');
    });

    it('E2 a token that expires at once, every time, does not spin: the cycle fails and is repeated with pauses', async () => {
      await company(5, { interval: '5m' });
      world.entra.faults.add({ effect: 'deltaExpire', times: 1_000_000, match: { operation: 'GET /users/delta' } });
      world.hub.settings.delta.pageSize = { min: 1, max: 1 };
      world.hub.log.reset();
      await world.run(hour);
      expect(world.hub.log.count('GET /users/delta')).toBeLessThan(100);
      expect(condition(world.configuration())).toMatchObject({ status: 'False' });
      world.entra.faults.clear();
      await world.until('it is ready', () => condition(world.configuration())?.status === 'True', 2 * hour);
      expect(guests(world)).toHaveLength(5);
    });
  });

  describe('E3 a change of what is evaluated is a full cycle, also when the operator was down', () => {
    const sales = { type: 'All', filters: [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }] };
    it.each([
      {
        what: 'scope',
        change: { scope: sales, deprovisioning: { guard: { percent: 100 } } },
        holds: (): boolean => guests(world).length === 3,
      },
      {
        what: 'mapping',
        change: { attributeMappings: [{ target: 'companyName', constant: 'Contoso' }] },
        holds: (): boolean => guests(world).every((user) => user.properties.companyName === 'Contoso'),
      },
      {
        what: 'default mappings',
        change: { defaultAttributeMappings: false, attributeMappings: [{ target: 'jobTitle', source: 'department' }] },
        holds: (): boolean => guests(world).every((user) => user.properties.jobTitle === user.properties.department),
      },
      {
        what: 'mode',
        change: { mode: 'Plan' },
        holds: (): boolean => world.projections().every(({ status }) => status.state === 'Planned'),
      },
    ])('E3 a change of $what', async ({ change, holds }) => {
      for (const down of [false, true]) {
        await company(6, { interval: '5m' });
        if (down) await world.stopOperator();
        world.applyConfiguration({ interval: '5m', ...change });
        if (down) {
          await world.run(minute);
          await world.startOperator();
        }
        await world.until('the full cycle', () => lastCycle().kind === 'Full', 2 * minute);
        await world.until('its effect', holds, 20 * minute);
        const { generation } = world.configuration().metadata;
        await world.until('it is observed', () => world.configuration().status.observedGeneration === generation);
        await world.nextCycle();
        expect(lastCycle().kind).toBe('Incremental');
        await world.end();
      }
    });

    it('E3 an upgrade that changes what mappings come by default', async () => {
      await company(6, { interval: '5m' });
      await world.stopOperator();
      // What the version before has left: a hash that this one does not come to.
      const { watermark } = world.configuration().status;
      const before = { watermark: { ...watermark, revision: 'of-another-version' } };
      world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { status: before }, 'status');
      await world.startOperator();
      await world.until('the full cycle', () => lastCycle().kind === 'Full', 2 * minute);
      await world.until('the hash is right', () => world.configuration().status.watermark?.revision === watermark?.revision, 2 * minute);
      expect(guests(world)).toHaveLength(6);
    });

    it('E3 a change of the interval alone reads nothing anew and moves the next cycle', async () => {
      await company(6, { interval: '2h' });
      const { id, startedAt } = lastCycle();
      world.applyConfiguration({ interval: '30m' });
      await world.run(minute);
      expect(lastCycle().id).toBe(id);
      expect(world.configuration().status.observedGeneration).toBe(2);
      expect(Date.parse(world.configuration().status.nextCycleAt ?? '')).toBe(Date.parse(startedAt ?? '') + 30 * minute);
      await world.nextCycle();
      expect(lastCycle().kind).toBe('Incremental');
      expect(Date.parse(lastCycle().startedAt ?? '') - Date.parse(startedAt ?? '')).toBeLessThan(31 * minute);
    });

    it('E3 a change in the middle of a cycle drops it and begins anew', async () => {
      world = new World({ settings: { ...unfriendly, delta: { pageSize: { min: 1, max: 2 } } } });
      hire(world, 20);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration();
      await world.startOperator();
      await world.until('some projections', () => world.projections().length > 3);
      world.applyConfiguration({ attributeMappings: [{ target: 'companyName', constant: 'Contoso' }] });
      await world.until(
        'all are as changed',
        () => guests(world).filter((user) => user.properties.companyName === 'Contoso').length === 20,
        hour,
      );
      expect(guests(world)).toHaveLength(20);
    });
  });

  describe('E8 failures of one user', () => {
    it('E8 do not stop the cycle, and are retried with growing pauses that the projection shows', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 6);
      await replicated(world);
      const refused = people[0];
      world.entra.faults.add({
        effect: 'status',
        status: 400,
        code: 'BadRequest',
        message: 'Refused',
        times: 1_000_000,
        match: { operation: 'POST /invitations' },
      });
      await world.begin();
      expect(lastCycle()).toMatchObject({ result: 'EntryLevelErrors', operations: { failure: 6 } });
      expect(condition(world.configuration())).toMatchObject({ status: 'True' });
      expect(world.configuration().status.users).toMatchObject({ failed: 6, synced: 0 });
      const seen: { attempts: number; pause: number }[] = [];
      for (let count = 1; count <= 5; count += 1) {
        const current = (): NonNullable<ReturnType<World['projection']>>['status'] =>
          world.projection(refused?.id ?? '')?.status ?? ({} as never);
        await world.until(`attempt ${count}`, () => current().attempts === count, day);
        seen.push({ attempts: count, pause: Date.parse(current().nextAttemptAt ?? '') - world.clock.now() });
        expect(current()).toMatchObject({ state: expect.stringMatching(/Failed|Conflict/) as string });
        expect(current().lastError?.message).toBeTruthy();
      }
      for (const [index, expected] of [1, 5, 15, 40, 360].entries()) {
        expect(seen[index]?.pause).toBeGreaterThan(expected * minute * 0.85);
        expect(seen[index]?.pause).toBeLessThan(expected * minute * 1.15);
      }
      expect(world.accountsOf('person0@contoso.com')).toEqual([]);
      world.entra.faults.clear();
      world.hub.updateUser(refused?.id ?? '', { jobTitle: 'Engineer' });
      await world.until(
        'a change of the user starts over',
        () => world.projection(refused?.id ?? '')?.status.state === 'Provisioned',
        10 * minute,
      );
      expect(world.projection(refused?.id ?? '')?.status.attempts).toBeUndefined();
      expect(world.projection(refused?.id ?? '')?.status.lastError).toBeUndefined();
    });

    it('E8 one refused user does not hold up the others', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 6);
      world.spoke.createUser({
        userPrincipalName: 'internal@fabrikam.com',
        properties: { displayName: 'Internal', mail: 'person0@contoso.com' },
      });
      await replicated(world);
      await world.begin();
      await world.until('the others are there', () => guests(world).length === 5);
      const projection = world.projection(people[0]?.id ?? '');
      expect(projection?.status.state).toBe('Conflict');
      expect(projection && condition(projection)).toMatchObject({ status: 'False', reason: 'InternalUserExists' });
      expect(projection && condition(projection, 'Stalled')?.status).toBe('True');
      expect(projection?.status.nextAttemptAt).toBeDefined();
      expect(eventReasons(world, 'UserProjection', projection?.metadata.name ?? '')).toEqual(['InternalUserExists']);
      expect(condition(world.configuration())?.status).toBe('True');
    });
  });

  describe('E10 Plan mode', () => {
    it('E10 writes nothing to any tenant and says what it would do, for each user and in sum', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 12);
      world.spoke.createExternalUser({ address: 'person0@contoso.com', userType: 'Guest', properties: { department: 'Old' } });
      await replicated(world);
      const before = spokeVersions(world);
      await world.begin({ mode: 'Plan' });
      await world.run(30 * minute);
      expect(spokeVersions(world)).toBe(before);
      expect(world.hub.log.writes()).toEqual([]);
      expect(world.spoke.log.writes()).toEqual([]);
      expect(world.projection(people[0]?.id ?? '')?.status).toMatchObject({ state: 'Planned', plan: { operation: 'Update' } });
      expect(world.projection(people[0]?.id ?? '')?.status.plan?.attributes).toContain('department');
      expect(world.projection(people[1]?.id ?? '')?.status).toMatchObject({ state: 'Planned', plan: { operation: 'Create' } });
      expect(world.configuration().status.history?.[0]).toMatchObject({ kind: 'Initial', planned: { create: 11, update: 1 } });
      expect(condition(world.configuration())?.status).toBe('True');
    });

    it('E10 then Apply goes through the guard: what the plan wanted to remove is counted', async () => {
      const people = await company(12, { interval: '5m' });
      world.applyConfiguration({ interval: '5m', mode: 'Plan' });
      await world.until('the plan', () => world.projections().every(({ status }) => status.state === 'Planned'));
      const before = spokeVersions(world);
      for (const user of people.slice(0, 4)) world.hub.softDelete(user.id);
      world.hub.updateUser(people[4]?.id ?? '', { accountEnabled: false });
      await world.run(20 * minute);
      for (const user of people.slice(0, 4))
        expect(world.projection(user.id)?.status).toMatchObject({ state: 'Planned', plan: { operation: 'Delete' } });
      expect(world.projection(people[4]?.id ?? '')?.status.plan).toMatchObject({ operation: 'Disable' });
      expect(world.configuration().status.stagedDeletions).toBeUndefined();
      expect(spokeVersions(world)).toBe(before);
      world.applyConfiguration({ interval: '5m', mode: 'Apply' });
      await world.until('all are staged', () => world.configuration().status.stagedDeletions?.count === 5);
      await world.run(20 * minute);
      expect(spokeVersions(world)).toBe(before);
    });

    it('E10 people who were blocked before a plan are no new blocks after it', async () => {
      const configuration = { interval: '40m', deprovisioning: { guard: { window: '1h' } } };
      const people = await company(12, configuration);
      for (const user of people.slice(0, 2)) world.hub.updateUser(user.id, { accountEnabled: false });
      await replicated(world);
      await world.sync();
      const blocked = (): number => guests(world).filter((user) => user.properties.accountEnabled === false).length;
      await world.until('both are blocked', () => blocked() === 2);
      await world.run(70 * minute);
      world.applyConfiguration({ ...configuration, mode: 'Plan' });
      await world.until('the plan', () => world.projections().every(({ status }) => status.state === 'Planned'));
      expect(world.projections().every(({ status }) => status.plan?.operation === 'None')).toBe(true);
      const before = spokeVersions(world);
      world.applyConfiguration(configuration);
      await world.until('it is applied', () =>
        world.projections().every(({ status }) => status.state === 'Provisioned' || status.state === 'Blocked'),
      );
      expect(world.configuration().status.stagedDeletions).toBeUndefined();
      expect(world.projection(people[0]?.id ?? '')?.status.state).toBe('Blocked');
      expect(spokeVersions(world)).toBe(before);
    });

    it('E10 a plan in the middle of work stops the writes', async () => {
      world = new World({ settings: { ...unfriendly, throttling: { enabled: true, scale: 0.02 } } });
      hire(world, 60);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration();
      await world.startOperator();
      await world.until('the first accounts', () => guests(world).length >= 5);
      world.applyConfiguration({ mode: 'Plan' });
      await world.run(second);
      const then = guestIds(world);
      await world.run(20 * minute);
      expect(then.length).toBeLessThan(60);
      expect(guestIds(world)).toEqual(then);
    });
  });
});
