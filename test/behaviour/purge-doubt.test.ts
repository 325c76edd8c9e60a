import type { Fault, FaultHandle, SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const anchor = 'extensionAttribute15';

describe('A12 what a purge after the source does on doubt', () => {
  let world: World;
  let people: readonly SandboxUser[];
  let account: string;
  afterEach(() => world.end());

  const record = () => world.projection(people[0]?.id ?? '');
  const inBin = (): boolean => world.spoke.deletedUsers().some(({ id }) => id === account);
  const sourceId = (): string => people[0]?.id ?? '';
  const counted = (): number => world.pair().status.guard?.windows?.reduce((sum, { removed }) => sum + removed, 0) ?? 0;
  const absences = (): number => record()?.status.sourcePurge?.absentAt?.length ?? 0;

  /** Two people of four lose their accounts: the first, of whom each test tells, because the source has deleted the user. */
  async function begun(more: JsonObject = {}, deprovisioning: JsonObject = {}): Promise<void> {
    world = new World({ settings: unfriendly });
    people = hire(world, 4);
    await replicated(world);
    await world.begin({
      interval: '10m',
      deprovisioning: { purgeAfterSourcePurge: true, guard: { threshold: 10, percent: 100 }, ...deprovisioning },
      ...more,
    });
    await world.until('everybody is there', () => guests(world).length === 4, hour);
    account = world.account(sourceId())?.id ?? '';
    world.hub.softDelete(sourceId());
    await world.until('deleted', () => record()?.status.state === 'SoftDeleted', hour);
  }

  async function deleted(more: JsonObject = {}, deprovisioning: JsonObject = {}): Promise<void> {
    await begun(more, deprovisioning);
    await world.run(30 * minute);
  }

  /** The recycle bin of the source does not show the user, neither in the list nor by the id. */
  function hideInSource(): readonly FaultHandle[] {
    const fault = (path: RegExp, answer: Pick<Fault & { effect: 'status' }, 'status' | 'code' | 'body'>) =>
      world.entra.faults.add({ effect: 'status', ...answer, match: { tenant: world.hub.tenantId, path }, probability: 1 });
    return [
      fault(/deletedItems\/microsoft\.graph\.user\?/, { status: 200, body: JSON.stringify({ value: [] }) }),
      fault(new RegExp(`deletedItems/${sourceId()}`), { status: 404, code: 'Request_ResourceNotFound' }),
    ];
  }

  it('A12 an absence is forgotten when the user is seen in the recycle bin of the source again, and costs no write from then on', async () => {
    await deleted();
    for (let round = 0; round < 3; round += 1) {
      const faults = hideInSource();
      await world.until('missed', () => absences() === 1, 2 * hour);
      for (const fault of faults) fault.remove();
      await world.until('seen again', () => absences() === 0, hour);
    }
    const version = record()?.metadata.resourceVersion;
    await world.run(hour);
    expect(record()?.metadata.resourceVersion).toBe(version);
    expect(inBin()).toBe(true);
  });

  it('A7 an account that somebody in the target restored and deleted again within minutes is theirs', async () => {
    await begun();
    await world.run(3 * minute);
    world.spoke.restore(account);
    await world.run(2 * minute);
    world.spoke.softDelete(account);
    await world.run(25 * minute);
    expect(record()?.status.sourcePurge).toBeDefined();
    world.hub.purge(sourceId());
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
  });

  it('I3 a purge that cannot be takes nothing from the numbers of the guard, cycle after cycle', async () => {
    await deleted();
    world.spoke.restore(account);
    await world.run(minute);
    world.spoke.softDelete(account);
    world.hub.purge(sourceId());
    await world.until('found twice', () => absences() === 2, 2 * hour);
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
    expect(counted()).toBeLessThanOrEqual(2);
    world.hub.softDelete(people[1]?.id ?? '');
    world.hub.softDelete(people[2]?.id ?? '');
    await world.until('others leave', () => guests(world).length === 1, hour);
  });

  it('I3 a purge that the target refuses is counted once, said, and tried again later', async () => {
    await deleted();
    world.hub.purge(sourceId());
    const fault = world.entra.faults.add({
      effect: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
      match: { tenant: world.spoke.tenantId, method: 'DELETE', path: /directory\/deletedItems/ },
      probability: 1,
    });
    await world.until('refused', () => fault.applied > 0, 2 * hour);
    await world.run(6 * hour);
    expect(inBin()).toBe(true);
    expect(counted()).toBeLessThanOrEqual(3);
    expect(fault.applied).toBeLessThan(12);
    expect(world.configuration().status.quarantine).toBeUndefined();
    fault.remove();
    await world.until('purged', () => !inBin(), 30 * hour);
  });

  it('A12 a full cycle, which looks at every account, does not keep a purge waiting', async () => {
    await begun({ interval: '1h', fullInterval: '1h' });
    await world.until('seen', () => record()?.status.sourcePurge !== undefined, 3 * hour);
    world.hub.purge(sourceId());
    await world.until('found twice', () => absences() === 2, 5 * hour);
    await world.run(10 * minute);
    expect(inBin()).toBe(false);
  });

  it('I11 a user who shows in the recycle bin of the source again at the act is not gone for good', async () => {
    await deleted();
    const faults = hideInSource();
    const off = world.entra.intercept({
      before: ({ path, tenantId }) => {
        if (tenantId !== world.spoke.tenantId || !path.includes(`deletedItems/${account}`) || absences() < 2) return;
        for (const fault of faults) fault.remove();
      },
    });
    await world.until('found twice', () => absences() === 2, 2 * hour);
    await world.run(2 * hour);
    off();
    expect(inBin()).toBe(true);
  });

  it.each<[string, (id: string) => void]>([
    [
      'was made internal',
      (id) =>
        world.spoke.updateUser(id, {
          userPrincipalName: 'person0@fabrikam.com',
          creationType: null,
          externalUserState: null,
          identities: [{ signInType: 'userPrincipalName', issuer: 'fabrikam.onmicrosoft.com', issuerAssignedId: 'person0@fabrikam.com' }],
        }),
    ],
    [
      'was moved to another person',
      (id) =>
        world.spoke.updateUser(id, {
          onPremisesExtensionAttributes: { [anchor]: `tenantsync:1:${world.hub.tenantId}:99999999-9999-4999-8999-999999999999:by:default` },
        }),
    ],
    [
      'another installation has taken over',
      (id) =>
        world.spoke.updateUser(id, {
          onPremisesExtensionAttributes: { [anchor]: `tenantsync:1:${world.hub.tenantId}:${sourceId()}:by:other` },
        }),
    ],
  ])('I2 an account that %s between two deletions is not purged', async (_, change) => {
    await begun({ matching: { anchor: { attribute: anchor } } });
    world.spoke.restore(account);
    change(account);
    world.spoke.softDelete(account);
    await world.run(30 * minute);
    world.hub.purge(sourceId());
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
  });

  it('B11 an account that the pair excludes by name is not purged', async () => {
    await deleted();
    const name = record()?.status.targetUser?.userPrincipalName;
    world.applyPair({ limits: { excludedTargetUsers: [name] } });
    world.hub.purge(sourceId());
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
  });

  it('D4 I10 an account that was adopted is not purged after the cluster was lost either', async () => {
    world = new World({ settings: unfriendly });
    people = hire(world, 3);
    const adopted = world.spoke.createExternalUser({ address: 'person0@contoso.com', userType: 'Member', accepted: true });
    account = adopted.id;
    await replicated(world);
    const settings = {
      interval: '10m',
      matching: { anchor: { attribute: anchor } },
      deprovisioning: { purgeAfterSourcePurge: true, guard: { threshold: 10, percent: 100 } },
    };
    await world.begin(settings);
    await world.until('adopted', () => record()?.status.targetUser?.origin === 'Adopted' && guests(world).length === 3, hour);
    await world.run(30 * minute);
    world.kube.delete({ kind: 'UserProjection', name: record()?.metadata.name ?? '', namespace: 'identity' });
    await world.until('found again', () => record()?.status.targetUser?.objectId === account, hour);
    world.hub.softDelete(sourceId());
    await world.until('deleted', () => record()?.status.state === 'SoftDeleted', hour);
    await world.run(30 * minute);
    world.hub.purge(sourceId());
    await world.run(4 * hour);
    expect(inBin()).toBe(true);
  });
});
