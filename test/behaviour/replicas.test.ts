import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { hire, nextCycleSettled, provisioned, staff, untilState } from '../support/people.ts';
import { namespace, operatorNamespace, unfriendly, usualRenewals, World } from '../support/world.ts';

const minute = 60_000;
const leaseRef = { kind: 'Lease', name: 'tenantsync-shard-0', namespace: operatorNamespace };

let world: World;
afterEach(() => world.end());

function holder(): string {
  const spec = world.kube.get(leaseRef)?.spec as { holderIdentity?: string } | undefined;
  return spec?.holderIdentity ?? '';
}

/** Somebody who does nothing has the lease from now on, for so long. */
function takeLease(seconds: number): void {
  world.kube.patch(leaseRef, { spec: { holderIdentity: `nobody-${world.clock.now()}`, leaseDurationSeconds: seconds } });
}

/** The replica that holds the lease loses it, and another one gets it. */
async function handOver(): Promise<void> {
  const before = holder();
  do {
    takeLease(15);
    await world.until('a holder', () => holder() !== '' && !holder().startsWith('nobody'), minute);
  } while (holder() === before);
  await world.run(5000);
}

/** A person whose invitation was sent and did not come back: the record's intent is open. */
async function lostInvitation(): Promise<SandboxUser> {
  world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' } });
  const late = hire(world, 'late');
  await world.run(15_000);
  world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
  await world.until('the invitation', () => world.spoke.log.count('POST /invitations') > 0);
  return late;
}

/** The spoke shows new accounts after minutes only, so that intents stay open. */
const slowSpoke = { replication: { reads: { min: 120_000, max: 120_000 }, advanced: { min: 120_000, max: 120_000 } } };

function deleteRecord(user: SandboxUser, configuration = 'staff'): void {
  const name = world.projection(user.id, configuration)?.metadata.name;
  if (name === undefined) throw new Error('no record');
  world.kube.delete({ kind: 'UserProjection', name, namespace });
}

const otherWrites = (): readonly string[] =>
  world.kube.requests
    .filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'))
    .map(({ method, path }) => `${method} ${path}`);

describe('A replica that loses the lease and gets it back', () => {
  it('does not act on the memberships it knew before', async () => {
    world = new World({ flags: usualRenewals });
    const ana = hire(world, 'ana');
    const others = staff(world);
    const group = world.hub.createGroup({ displayName: 'Falcon', members: [ana, ...others].map(({ id }) => id) }).id;
    await provisioned(world, [ana, ...others], { interval: '40m', scope: { type: 'Assigned', groups: [{ id: group }] } });
    await world.startOperator();
    await handOver();
    world.hub.removeMember(group, ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    await handOver();
    world.hub.updateUser(ana.id, { department: 'Research' });
    await nextCycleSettled(world);
    expect(world.projection(ana.id)).toMatchObject({ spec: { lifecycle: 'Removed' }, status: { state: 'SoftDeleted' } });
    expect(world.spoke.users()).toHaveLength(others.length);
  });
});

describe('The record of somebody who is deleted by hand', () => {
  it('is neither released nor reported as tampered by a replica without the lease', async () => {
    world = new World({ flags: usualRenewals, settings: unfriendly });
    const people = staff(world);
    await provisioned(world, people);
    world.killOperator();
    takeLease(3600);
    await world.startOperator();
    world.kube.clearRequests();
    const [first, second] = people;
    if (!first || !second) throw new Error('nobody');
    deleteRecord(first);
    const tampered = { kind: 'UserProjection', name: world.projection(second.id)?.metadata.name ?? '', namespace };
    world.kube.patch(tampered, { spec: { invitedAddress: 'somebody.else@contoso.com' } });
    await world.run(5 * minute);
    expect(otherWrites()).toEqual([]);
    expect(world.projection(first.id)?.metadata.deletionTimestamp).toBeDefined();
    world.kube.patch(leaseRef, { spec: { holderIdentity: '' } });
    const released = (): boolean => world.projection(first.id)?.metadata.deletionTimestamp === undefined;
    await world.until('the release', released, 5 * minute);
  });

  it('stays while an invitation may still arrive, although a second replica runs', async () => {
    world = new World({ flags: usualRenewals, settings: slowSpoke });
    await provisioned(world, staff(world));
    await world.startOperator();
    const late = await lostInvitation();
    deleteRecord(late);
    await world.run(minute);
    expect(world.projection(late.id)?.metadata.deletionTimestamp).toBeDefined();
    expect(world.projection(late.id)?.status.intent).toMatchObject({ operation: 'Create' });
  });

  it('stays while an invitation may still arrive, although the process has just started and has not checked the pair', async () => {
    world = new World({ flags: usualRenewals, settings: slowSpoke });
    await provisioned(world, staff(world));
    const late = await lostInvitation();
    world.killOperator();
    deleteRecord(late);
    // The first checks of the pair do not come to an end.
    const fault = world.entra.faults.add({ effect: 'throttle', retryAfter: 5, match: { method: 'GET' }, times: 1000 });
    await world.startOperator();
    await world.run(2 * minute);
    expect(holder()).not.toBe('');
    expect(world.projection(late.id)?.metadata.deletionTimestamp).toBeDefined();
    fault.remove();
    await untilState(world, late, 'Provisioned');
    expect(world.accountsOf('late@contoso.com')).toHaveLength(1);
    expect(world.spoke.log.count('POST /invitations')).toBe(1);
  });

  it('is released at once when its pair is suspended', async () => {
    world = new World({ flags: usualRenewals, settings: slowSpoke });
    await provisioned(world, staff(world));
    const late = await lostInvitation();
    world.applyPair({ suspend: true });
    world.killOperator();
    deleteRecord(late);
    await world.startOperator();
    await world.run(minute);
    expect(world.projection(late.id)).toBeUndefined();
  });
});

describe('Two configurations want the same person', () => {
  const hold = { metadata: { finalizers: ['example.com/hold'] } };

  it.each([
    [
      'the record of the second is being deleted',
      (ana: SandboxUser): void => {
        const name = world.projection(ana.id, 'second')?.metadata.name ?? '';
        world.applyConfiguration({ suspend: true }, 'second');
        world.kube.patch({ kind: 'UserProjection', name, namespace }, hold);
        world.kube.delete({ kind: 'UserProjection', name, namespace });
      },
    ],
    [
      'the second is being deleted',
      (): void => {
        world.kube.patch({ kind: 'SyncConfiguration', name: 'second', namespace }, hold);
        world.kube.delete({ kind: 'SyncConfiguration', name: 'second', namespace });
      },
    ],
  ])('the first removes who leaves it when %s', async (_, withdraw) => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    const group = world.hub.createGroup({ displayName: 'Falcon', members: [ana, ...others].map(({ id }) => id) }).id;
    await provisioned(world, [ana, ...others], { scope: { type: 'Assigned', groups: [{ id: group }] } });
    world.applyConfiguration({ scope: { type: 'Assigned', users: [{ id: ana.id }] } }, 'second');
    await world.until('the second claim', () => world.projection(ana.id, 'second')?.status.state === 'Skipped');
    withdraw(ana);
    await world.run(minute);
    expect(world.projection(ana.id, 'second')?.spec.lifecycle).toBe('Present');
    world.hub.removeMember(group, ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    expect(world.accountsOf('ana@contoso.com')).toEqual([]);
  });
});

describe('A replica that takes over with an old view of the configurations', () => {
  it('leaves the records of a configuration that it has not heard of', async () => {
    world = new World({ flags: usualRenewals });
    const people = staff(world);
    await world.run(15_000);
    world.applyPair();
    world.kube.faults.add({ match: { path: /syncconfigurations$/, watch: true }, effect: 'stallWatch' });
    await world.startOperator();
    await world.run(5000);
    const deaf = holder();
    await world.startOperator();
    await handOver();
    world.applyConfiguration({ interval: '40m' });
    for (const person of people) await untilState(world, person, 'Provisioned', 2 * minute);
    const uids = world.projections().map(({ metadata }) => metadata.uid);
    world.killOperator();
    await world.until('the failover', () => holder() === deaf, minute);
    await world.run(30_000);
    expect(world.projections().map(({ metadata }) => metadata.uid)).toEqual(uids);
    expect(world.projections().every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
  });
});

describe('A replica that takes over with an old view of the records', () => {
  const shortestWatchMs = 300_000;

  it('E7 evaluates a record by what stands in it: blocks wait for the guard, of which share it knows', async () => {
    world = new World({ flags: usualRenewals });
    await world.run(15_000);
    world.applyPair();
    world.applyConfiguration({ interval: '5m' });
    world.kube.faults.add({ match: { path: /userprojections$/, watch: true }, effect: 'stallWatch' });
    await world.startOperator();
    const deafSince = world.clock.now();
    await world.run(5000);
    const deaf = holder();
    await world.startOperator();
    await handOver();
    const people = staff(world, 30);
    await world.run(15_000);
    await world.sync();
    for (const person of people) await untilState(world, person, 'Provisioned', minute);
    world.killOperator();
    for (const { id } of people.slice(0, 20)) world.hub.updateUser(id, { accountEnabled: false });
    await world.until('the failover', () => holder() === deaf, minute);
    expect(world.clock.now() - deafSince).toBeLessThan(shortestWatchMs);
    await world.until('the question', () => world.configuration().status.stagedDeletions?.count === 20);
    await world.run(10 * minute);
    expect(world.spoke.users().filter(({ properties }) => properties.accountEnabled === false)).toEqual([]);
  });
});
