import { annotations } from '../../src/api/kinds.ts';
import { condition, eventReasons, guestIds, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('Requests by annotation, and suspend', () => {
  let world: World;
  afterEach(() => world.end());

  const request = (kind: string, name: string, annotation: string, value: string): void =>
    world.annotate(kind, name, { [annotation]: value });

  describe('requested-at', () => {
    it('E4 runs a cycle now and echoes the value when it has ended', async () => {
      world = new World({ settings: unfriendly });
      const [ana] = hire(world, 3);
      await replicated(world);
      await world.begin({ interval: '40m' });
      await replicated(world);
      world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
      await replicated(world);
      request('SyncConfiguration', 'staff', annotations.requestedAt, 'one');
      await world.until('the echo', () => world.configuration().status.lastHandledReconcileAt === 'one', minute);
      expect(world.account(ana?.id ?? '')?.properties.jobTitle).toBe('Engineer');
      const { id } = world.configuration().status.lastCycle ?? {};
      // The same value again is no request.
      request('SyncConfiguration', 'staff', annotations.requestedAt, 'one');
      await world.run(10 * minute);
      expect(world.configuration().status.lastCycle?.id).toBe(id);
    });

    it('E4 a request made while a cycle is under way gets a cycle of its own right after it', async () => {
      world = new World({ settings: unfriendly });
      const [ana] = hire(world, 3);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration({ interval: '40m' });
      await world.startOperator();
      await world.until('the cycle settling', () => world.projections().some(({ status }) => status.intent !== undefined), minute);
      world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
      request('SyncConfiguration', 'staff', annotations.requestedAt, 'meanwhile');
      await world.until('the first cycle', () => world.configuration().status.lastCycle?.id !== undefined, minute);
      const { id } = world.configuration().status.lastCycle ?? {};
      expect(world.configuration().status.lastHandledReconcileAt).toBeUndefined();
      await world.until('the echo', () => world.configuration().status.lastHandledReconcileAt === 'meanwhile', minute);
      expect(world.configuration().status.lastCycle?.id).not.toBe(id);
    });

    it('E4 is echoed although the cycle it asked for has failed', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 3);
      await replicated(world);
      await world.begin({ interval: '40m' });
      world.entra.faults.add({ effect: 'status', status: 403, times: 1000, match: { operation: 'GET /users/delta' } });
      request('SyncConfiguration', 'staff', annotations.requestedAt, 'two');
      await world.until('the echo', () => world.configuration().status.lastHandledReconcileAt === 'two', 5 * minute);
      expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'SourceReadFailed' });
    });

    it('E4 is echoed at the end of the cycle while deletions are staged', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 12);
      await replicated(world);
      await world.begin({ interval: '40m' });
      await world.until('everybody', () => guests(world).length === 12);
      for (const user of people.slice(0, 6)) world.hub.softDelete(user.id);
      await replicated(world);
      await world.sync();
      expect(condition(world.configuration())?.reason).toBe('DeletionsStaged');
      const { id } = world.configuration().status.lastCycle ?? {};
      await world.sync();
      expect(world.configuration().status.lastCycle?.id).not.toBe(id);
    });

    it('E4 is echoed at once where the configuration is suspended or stalled, with the reason on Ready', async () => {
      world = new World({ settings: unfriendly });
      await replicated(world);
      await world.begin({ interval: '40m' });
      world.applyConfiguration({ interval: '40m', suspend: true });
      request('SyncConfiguration', 'staff', annotations.requestedAt, 'three');
      await world.until('the echo', () => world.configuration().status.lastHandledReconcileAt === 'three', 10 * second);
      expect(condition(world.configuration())).toMatchObject({ status: 'True', reason: 'Suspended' });
      world.applyConfiguration({ attributeMappings: [{ target: 'otherMails', source: 'mail' }] });
      request('SyncConfiguration', 'staff', annotations.requestedAt, 'four');
      request('SyncConfiguration', 'staff', annotations.restartedAt, 'five');
      await world.until('the echo', () => world.configuration().status.lastHandledRestartAt === 'five', 10 * second);
      expect(world.configuration().status.lastHandledReconcileAt).toBe('four');
      expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'InvalidMapping' });
      expect(condition(world.configuration(), 'Stalled')?.status).toBe('True');
    });

    it('E4 on a TenantPair checks it now, and is echoed whatever came out', async () => {
      world = new World({ settings: unfriendly });
      world.applyPair();
      await world.startOperator();
      await world.until('it is ready', () => condition(world.pair())?.status === 'True');
      world.spoke.policies.setUserSync(world.hub.tenantId, false);
      request('TenantPair', 'hub-to-spoke', annotations.requestedAt, 'one');
      await world.until('the echo', () => world.pair().status.lastHandledReconcileAt === 'one', 20 * second);
      expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
      world.kube.delete({ kind: 'Secret', name: 'hub-app', namespace: 'identity' });
      request('TenantPair', 'hub-to-spoke', annotations.requestedAt, 'two');
      await world.until('the echo', () => world.pair().status.lastHandledReconcileAt === 'two', 20 * second);
      expect(condition(world.pair())?.reason).toBe('SecretNotFound');
    });

    it('E4 on a UserProjection tries the user again now', async () => {
      world = new World({ settings: unfriendly });
      const [ana] = hire(world, 3);
      const internal = world.spoke.createUser({
        userPrincipalName: 'internal@fabrikam.com',
        properties: { displayName: 'Internal', mail: 'person0@contoso.com' },
      });
      await replicated(world);
      await world.begin({ interval: '40m' });
      const name = world.projection(ana?.id ?? '')?.metadata.name ?? '';
      await world.until('the conflict', () => world.projection(ana?.id ?? '')?.status.state === 'Conflict');
      await world.until('it waits long', () => (world.projection(ana?.id ?? '')?.status.attempts ?? 0) >= 3, 2 * hour);
      world.spoke.purge(internal.id);
      await replicated(world);
      request('UserProjection', name, annotations.requestedAt, 'now');
      await world.until('she is there', () => world.projection(ana?.id ?? '')?.status.state === 'Provisioned', 2 * minute);
      expect(world.projection(ana?.id ?? '')?.status.lastHandledReconcileAt).toBe('now');
    });
  });

  describe('restarted-at', () => {
    it('E4 reads everything anew and tries again whoever has failed', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 4);
      world.entra.faults.add({ effect: 'status', status: 400, code: 'BadRequest', times: 1000, match: { operation: 'POST /invitations' } });
      await replicated(world);
      await world.begin({ interval: '40m' });
      const attempts = (): number => world.projection(people[0]?.id ?? '')?.status.attempts ?? 0;
      await world.until('several attempts', () => attempts() >= 4, 3 * hour);
      world.entra.faults.clear();
      await world.restart();
      expect(world.configuration().status.lastCycle?.kind).toBe('Full');
      await world.until('everybody is there', () => guests(world).length === 4, 2 * minute);
    });

    it('E4 a restart whose cycle fails is answered, and the full cycle is still owed, also to the next process', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 3);
      await replicated(world);
      await world.begin({ interval: '40m' });
      world.entra.faults.add({ effect: 'status', status: 403, times: 1000, match: { operation: 'GET /users/delta' } });
      request('SyncConfiguration', 'staff', annotations.restartedAt, 'one');
      await world.until('the echo', () => world.configuration().status.lastHandledRestartAt === 'one', 5 * minute);
      world.killOperator();
      world.entra.faults.clear();
      await world.startOperator();
      await world.until('it succeeds', () => condition(world.configuration())?.status === 'True', 10 * minute);
      expect(world.configuration().status.lastCycle?.kind).toBe('Full');
    });
  });

  describe('I5 suspend', () => {
    it.each(['SyncConfiguration', 'TenantPair'])(
      'I5 on the %s stops the writes at once, and nobody is deleted; resuming goes on',
      async (kind) => {
        world = new World({ settings: { ...unfriendly, throttling: { enabled: true, scale: 0.02 } } });
        hire(world, 60);
        await replicated(world);
        world.applyPair();
        world.applyConfiguration();
        await world.startOperator();
        await world.until('the first accounts', () => guests(world).length >= 5);
        const suspend = (value: boolean): void => {
          if (kind === 'TenantPair') world.applyPair({ suspend: value });
          else world.applyConfiguration({ suspend: value });
        };
        suspend(true);
        await world.run(second);
        const then = guestIds(world);
        world.hub.softDelete(world.hub.users()[0]?.id ?? '');
        const ready = condition(world.configuration())?.status;
        await world.run(30 * minute);
        expect(guestIds(world)).toEqual(then);
        expect(then.length).toBeLessThan(60);
        expect(condition(kind === 'TenantPair' ? world.pair() : world.configuration())?.reason).toBe('Suspended');
        expect(condition(world.configuration())?.status).toBe(ready);
        suspend(false);
        await world.until('the rest', () => guests(world).length >= 59, 3 * hour);
      },
    );

    it('I5 suspended keeps what Ready was and changes nothing else', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 4);
      await replicated(world);
      await world.begin();
      await replicated(world);
      const before = spokeVersions(world);
      world.applyConfiguration({ suspend: true });
      world.hub.softDelete(people[0]?.id ?? '');
      world.hub.updateUser(people[1]?.id ?? '', { jobTitle: 'Engineer' });
      await world.run(hour);
      expect(spokeVersions(world)).toBe(before);
      expect(condition(world.configuration())).toMatchObject({
        status: 'True',
        reason: 'Suspended',
        message: expect.stringContaining('spec.suspend is true') as string,
      });
      expect(world.configuration().status.nextCycleAt).toBeUndefined();
      expect(world.configuration().status.stagedDeletions).toBeUndefined();
      expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('Suspended');
      world.applyConfiguration({ suspend: false });
      await world.until('the change arrives', () => world.account(people[1]?.id ?? '')?.properties.jobTitle === 'Engineer', 10 * minute);
      await world.until('the reason is gone', () => condition(world.configuration())?.reason === 'Succeeded', 10 * minute);
    });

    it('I5 a suspended configuration retries no failed user', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 3);
      world.entra.faults.add({ effect: 'status', status: 400, code: 'BadRequest', times: 3, match: { operation: 'POST /invitations' } });
      await replicated(world);
      await world.begin();
      world.applyConfiguration({ suspend: true });
      await world.run(3 * hour);
      expect(guests(world)).toEqual([]);
      world.applyConfiguration({ suspend: false });
      await world.until('everybody', () => guests(world).length === 3, hour);
    });
  });
});
