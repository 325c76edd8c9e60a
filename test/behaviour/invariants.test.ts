import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { approve, hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { eventReasons } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const accountId = (user: SandboxUser): string => world.projection(user.id)?.status.targetUser?.objectId ?? '';
const projectionOf = (user: SandboxUser) => ({ kind: 'UserProjection', name: `staff-${user.id}`, namespace: 'identity' });
const invitees = (address: string): number => world.spoke.users().filter((user) => user.invitedAddress === address).length;

describe('I1 one account', () => {
  it('I1 invites nobody twice when the record of a lost invitation is deleted by hand', async () => {
    world = new World({ settings: { replication: { reads: { min: 90_000, max: 90_000 }, advanced: { min: 90_000, max: 90_000 } } } });
    const ana = hire(world, 'ana');
    await world.run(100_000);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' } });
    await world.begin();
    world.kube.delete(projectionOf(ana));
    await world.run(30_000);
    expect(world.projection(ana.id)?.metadata.deletionTimestamp).toBeDefined();
    await world.until('the record to go', () => world.projection(ana.id)?.metadata.deletionTimestamp === undefined);
    await world.sync();
    await untilState(world, ana, 'Provisioned');
    expect(world.spoke.log.count('POST /invitations')).toBe(1);
    expect(world.spoke.users()).toHaveLength(1);
  });

  it('I1 invites nobody twice when reads fail while a lost invitation is looked for', async () => {
    world = new World({ settings: { replication: { reads: { min: 30_000, max: 30_000 }, advanced: { min: 30_000, max: 30_000 } } } });
    const ana = hire(world, 'ana');
    await world.run(60_000);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' } });
    world.entra.faults.add({
      effect: 'status',
      status: 503,
      match: { operation: 'GET /users', tenant: world.spoke.tenantId },
      after: 1,
      times: 2,
    });
    await world.begin();
    await untilState(world, ana, 'Provisioned', 60 * 60_000);
    expect(world.spoke.log.count('POST /invitations')).toBe(1);
  });

  it('I1 keeps to one account when the target is set back and forth by hand', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    for (let round = 0; round < 3; round += 1) {
      world.spoke.softDelete(id);
      await world.run(15_000);
      await world.restart();
      await untilState(world, ana, 'Conflict');
      world.spoke.restore(id);
      await world.run(15_000);
      await world.restart();
      await untilState(world, ana, 'Provisioned');
    }
    expect(invitees('ana@contoso.com')).toBe(1);
    expect(accountId(ana)).toBe(id);
  });
});

describe('I6 our own deletions', () => {
  it('I6 deletes a leaver whose restore lost its answer before the removal was staged and approved', async () => {
    world = new World();
    const people = [hire(world, 'ana'), ...staff(world)];
    const [ana] = people as [SandboxUser];
    const group = world.hub.createGroup({ displayName: 'Falcon', members: people.map(({ id }) => id) }).id;
    await provisioned(world, people, { scope: { type: 'Assigned', groups: [{ id: group }] } });
    const id = accountId(ana);
    world.hub.removeMember(group, ana.id);
    await world.sync();
    await untilState(world, ana, 'SoftDeleted');
    await world.run(15 * 60_000);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /directory/deletedItems/{id}/restore' } });
    world.hub.addMember(group, ana.id);
    await world.sync();
    for (const person of people) world.hub.removeMember(group, person.id);
    await world.sync();
    await untilState(world, ana, 'Staged');
    expect(world.spoke.user(id)?.deletedAt).toBeNull();
    approve(world);
    for (const person of people) await untilState(world, person, 'SoftDeleted');
    expect(world.spoke.user(id)?.deletedAt).not.toBeNull();
  });

  it('I6 keeps the id through several departures and returns', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    for (let round = 0; round < 3; round += 1) {
      world.hub.softDelete(ana.id);
      await nextCycleSettled(world);
      await untilState(world, ana, 'SoftDeleted');
      world.hub.restore(ana.id);
      await nextCycleSettled(world);
      await untilState(world, ana, 'Provisioned');
    }
    expect(world.account(ana.id)?.id).toBe(id);
    expect(invitees('ana@contoso.com')).toBe(1);
  });
});

describe('I8 failures', () => {
  const always = { probability: 1 } as const;
  it.each<{ what: string; arrange: () => () => void; state: string; reason: string }>([
    {
      what: 'an address that the target’s domain list refuses',
      arrange: () => {
        world.spoke.policies.invitationDomains = { kind: 'block', domains: ['contoso.com'] };
        return () => (world.spoke.policies.invitationDomains = null);
      },
      state: 'Conflict',
      reason: 'InvitationRefused',
    },
    {
      what: 'an address that a group of the target holds',
      arrange: () => {
        const group = world.spoke.createGroup({ displayName: 'Ana', mailEnabled: true, proxyAddresses: ['SMTP:ana@contoso.com'] });
        return () => world.spoke.deleteGroup(group.id);
      },
      state: 'Failed',
      reason: 'AddressConflict',
    },
    {
      what: 'invitations that get no answer',
      arrange: () => {
        const fault = world.entra.faults.add({ effect: 'dropBefore', match: { operation: 'POST /invitations' }, ...always });
        return () => fault.remove();
      },
      state: 'Failed',
      reason: 'GraphUnreachable',
    },
    {
      what: 'writes that end in server errors',
      arrange: () => {
        const fault = world.entra.faults.add({ effect: 'status', status: 500, match: { operation: 'PATCH /users/{id}' }, ...always });
        return () => fault.remove();
      },
      state: 'Failed',
      reason: 'GraphUnavailable',
    },
    {
      what: 'a search that ends in server errors',
      arrange: () => {
        const fault = world.entra.faults.add({
          effect: 'status',
          status: 502,
          match: { operation: 'GET /users', tenant: world.spoke.tenantId },
          ...always,
        });
        return () => fault.remove();
      },
      state: 'Failed',
      reason: 'GraphUnavailable',
    },
    {
      what: 'a full directory',
      arrange: () => {
        const fault = world.entra.faults.add({
          effect: 'status',
          status: 403,
          code: 'Directory_QuotaExceeded',
          match: { operation: 'POST /invitations' },
          ...always,
        });
        return () => fault.remove();
      },
      state: 'Failed',
      reason: 'DirectoryQuotaExceeded',
    },
    {
      what: 'an account that never becomes visible to writes',
      arrange: () => {
        const fault = world.entra.faults.add({
          effect: 'status',
          status: 404,
          code: 'Request_ResourceNotFound',
          match: { operation: 'PATCH /users/{id}' },
          ...always,
        });
        return () => fault.remove();
      },
      state: 'Failed',
      reason: 'WaitingForReplication',
    },
  ])(
    'I8 shows $what: condition, event, metric and time of the next attempt, and recovers by itself',
    async ({ arrange, state, reason }) => {
      world = new World();
      const mend = arrange();
      const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
      await world.begin();
      await untilState(world, ana, state);
      await world.run(60_000);
      expect(reasonOf(world, ana)).toBe(reason);
      expect(Date.parse(world.projection(ana.id)?.status.nextAttemptAt ?? '')).toBeGreaterThan(world.clock.now());
      expect(eventReasons(world, 'UserProjection', `staff-${ana.id}`)).toContain(reason);
      const { body } = await world.metrics.expose();
      expect(body).toMatch(/^tenantsync_operation_failures_total\{.*configuration="staff".*\} [1-9]/m);
      mend();
      await untilState(world, ana, 'Provisioned', 2 * 60 * 60_000);
      await world.run(30 * 60_000);
      expect(world.account(ana.id)?.properties.jobTitle).toBe('Engineer');
      expect(invitees('ana@contoso.com')).toBe(1);
      expect(world.projection(ana.id)?.status.nextAttemptAt).toBeUndefined();
    },
  );
});
