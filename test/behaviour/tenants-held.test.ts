import type { Condition } from '../../src/api/meta.ts';
import type { App } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { condition, eventReasons, guestIds, guests, hire, replicated } from '../support/scene.ts';
import { targetPermissions } from '../support/permissions.ts';
import { namespace, operatorNamespace, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const older = 'hub-to-spoke';
const younger = 'the-real-one';

let world: World;
let other: App;
/** Writes to the spoke, by the pair whose application made them. */
let acts: { readonly pair: string; readonly at: number }[];

beforeEach(async () => {
  world = new World();
  other = world.spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: 'other-secret' }] });
  world.secret('other-app', { clientSecret: 'other-secret' });
  acts = [];
  world.entra.intercept({
    before: ({ tenantId, appId, write, at, operation }) => {
      if (tenantId === world.spoke.tenantId && write && operation !== 'POST /token')
        acts.push({ pair: appId === other.appId ? younger : older, at });
    },
  });
  hire(world, 3);
  await replicated(world);
});

afterEach(async () => {
  // Whatever happened: no two pairs were at work within the time that a write may take.
  for (const [index, act] of acts.entries()) {
    const before = acts[index - 1];
    if (before !== undefined && before.pair !== act.pair && act.at - before.at < 30_000)
      throw new Error(`${before.pair} and ${act.pair} acted at the same time`);
  }
  await world.end();
});

const credentials = (secret: string, app: App) => ({
  clientSecret: { clientId: app.appId, secretRef: { name: secret, key: 'clientSecret' } },
});

/** Each pair has one configuration, which creates its people when the pair acts. */
function applyOlder(more: JsonObject = {}): void {
  world.applyPair({ target: { tenantId: world.spoke.tenantId, credentials: credentials('spoke-app', world.spokeApp) }, ...more }, older);
  world.applyConfiguration({ interval: '1m', attributeMappings: [{ target: 'companyName', constant: 'Older' }] }, 'staff');
}

async function applyYounger(): Promise<void> {
  await world.run(2000);
  world.applyPair({ target: { tenantId: world.spoke.tenantId, credentials: credentials('other-app', other) } }, younger);
  world.applyConfiguration(
    { tenantPairRef: { name: younger }, interval: '1m', attributeMappings: [{ target: 'companyName', constant: 'Younger' }] },
    'staff-2',
  );
}

/** The older one works, and the younger one waits. */
async function olderWorks(): Promise<void> {
  applyOlder();
  await world.startOperator();
  await world.until('the older works', () => guests(world).length === 3, 10 * minute);
  await applyYounger();
  await world.until('the younger waits', () => ready(younger)?.reason === 'DuplicateTenantPair', 10 * minute);
}

const ready = (name: string): Condition | undefined => condition(world.pair(name));
const isReady = (name: string) => (): boolean => ready(name)?.status === 'True';
const loseSecret = (): unknown => world.kube.delete({ kind: 'Secret', name: 'spoke-app', namespace });
const suspend = (name: string, to: boolean): unknown =>
  world.kube.patch({ kind: 'TenantPair', name, namespace }, { spec: { suspend: to } });

/** How often a pair was said to have become Ready, or to be refused. */
function flips(): number {
  const reasons = [older, younger].flatMap((name) => eventReasons(world, 'TenantPair', name));
  return reasons.filter((reason) => ['Succeeded', 'DuplicateTenantPair'].includes(reason)).length;
}

const restarts: readonly (readonly [string, () => Promise<void>])[] = [
  ['', () => Promise.resolve()],
  [
    ' over a restart',
    async () => {
      world.killOperator();
      await world.startOperator();
    },
  ],
  [
    ' over a restart with the caches emptied in another order',
    async () => {
      await world.stopOperator();
      world.annotate('TenantPair', older, { touched: 'yes' });
      await world.startOperator();
    },
  ],
];

describe.each(restarts)('I15: of two pairs for the same tenants%s', (_, again) => {
  it('an older one that cannot sign in blocks no other, and is refused when it can', async () => {
    loseSecret();
    applyOlder();
    await applyYounger();
    await world.startOperator();
    await world.until('the younger works', () => guests(world).length === 3, 10 * minute);
    await world.until('the older knows', () => ready(older)?.reason === 'DuplicateTenantPair', 5 * minute);
    await again();
    world.secret('spoke-app', { clientSecret: 'spoke-secret' });
    await world.run(hour);
    expect(isReady(younger)()).toBe(true);
    expect(ready(older)?.reason).toBe('DuplicateTenantPair');
    expect(new Set(acts.map(({ pair }) => pair))).toEqual(new Set([younger]));
  });

  it('the one that works keeps them when it loses its Secret for less than an hour, without a change of hands', async () => {
    await olderWorks();
    for (let n = 0; n < 3; n += 1) {
      loseSecret();
      await world.run(20 * minute);
      expect(ready(older)?.reason).toBe('SecretNotFound');
      await again();
      await world.run(20 * minute);
      expect(ready(younger)?.reason).toBe('DuplicateTenantPair');
      world.secret('spoke-app', { clientSecret: 'spoke-secret' });
      await world.until('it works again', isReady(older), 10 * minute);
    }
    expect(new Set(acts.map(({ pair }) => pair))).toEqual(new Set([older]));
  });

  it('the waiting one takes over after an hour without credentials, nobody is hurt, and it stays so', async () => {
    await olderWorks();
    const people = guestIds(world);
    loseSecret();
    await world.run(30 * minute);
    await again();
    await world.until('the younger takes over', isReady(younger), 45 * minute);
    const taken = flips();
    world.secret('spoke-app', { clientSecret: 'spoke-secret' });
    await again();
    hire(world, 1, 'later');
    await world.until('somebody new', () => guests(world).length === 4, 10 * minute);
    await world.run(2 * hour);
    expect(ready(older)?.reason).toBe('DuplicateTenantPair');
    expect(flips()).toBeLessThanOrEqual(taken + 1);
    expect(guestIds(world)).toEqual(expect.arrayContaining([...people]));
    expect(world.spoke.deletedUsers()).toEqual([]);
  });

  it('the one that takes over has the people too: it writes to them, and removes who leaves', async () => {
    await olderWorks();
    loseSecret();
    await world.until('the younger takes over', isReady(younger), 2 * hour);
    const people = world
      .projections()
      .filter(({ spec }) => spec.syncConfigurationRef.name === 'staff')
      .map(({ spec }) => spec.source.objectId);
    const record = (id: string) => world.projection(id, 'staff-2')?.status;
    await world.until('all are its own', () => people.every((id) => record(id)?.state === 'Provisioned'), 30 * minute);
    expect(people.map((id) => record(id)?.targetUser?.origin)).toEqual(people.map(() => 'Created'));
    await world.until('it writes', () => guests(world).every(({ properties }) => properties.companyName === 'Younger'), 30 * minute);
    await again();
    world.hub.softDelete(people[0] ?? '');
    await world.until('who leaves is removed', () => guests(world).length === 2, 30 * minute);
    expect(world.spoke.deletedUsers()).toHaveLength(1);
  });

  it('a suspended one that never worked blocks no other', async () => {
    applyOlder({ suspend: true });
    await applyYounger();
    await world.startOperator();
    await world.until('the younger works', () => guests(world).length === 3, 10 * minute);
    await again();
    suspend(older, false);
    await world.run(10 * minute);
    expect(ready(older)?.reason).toBe('DuplicateTenantPair');
    expect(isReady(younger)()).toBe(true);
  });

  it('a suspended one that worked keeps them, until it could not sign in for an hour', async () => {
    await olderWorks();
    suspend(older, true);
    await world.run(minute);
    await again();
    await world.run(2 * hour);
    expect(ready(younger)?.reason).toBe('DuplicateTenantPair');
    loseSecret();
    await world.run(30 * minute);
    await again();
    await world.until('the younger takes over', isReady(younger), hour);
  });

  it('one that is being deleted and cannot sign in blocks no other, one that worked leaves half a minute', async () => {
    await olderWorks();
    await again();
    await world.run(minute);
    hire(world, 1, 'later');
    await world.until('somebody new', () => guests(world).length === 4, 10 * minute);
    world.kube.delete({ kind: 'TenantPair', name: older, namespace });
    await world.until('the younger takes over', isReady(younger), 10 * minute);
    expect(guests(world)).toHaveLength(4);
  });

  it('which is kept does not depend on a clock that was 30 days ahead', async () => {
    await olderWorks();
    world.clock.jumpWallClock(30 * 24 * hour);
    loseSecret();
    await world.run(10 * minute);
    world.clock.jumpWallClock(-30 * 24 * hour);
    await again();
    await world.run(40 * minute);
    expect(ready(younger)?.reason).toBe('DuplicateTenantPair');
    await world.until('the hour is over', isReady(younger), 45 * minute);
  });
});

describe('I15: what a pair that is refused is told', () => {
  const messageFor = async (where: string): Promise<string | undefined> => {
    const spec = world.pairSpec();
    world.kube.apply({ apiVersion: 'tenantsync.dev/v1alpha1', kind: 'TenantPair', metadata: { name: 'curious', namespace: where }, spec });
    const status = () =>
      world.kube.get({ kind: 'TenantPair', name: 'curious', namespace: where })?.status as { conditions?: readonly Condition[] };
    await world.until('it is refused', () => condition({ status: status() })?.status === 'False', 10 * minute);
    return condition({ status: status() })?.message;
  };

  it('names a pair of its own namespace, and no other', async () => {
    applyOlder();
    await world.startOperator();
    await world.until('the older works', isReady(older), 10 * minute);
    await expect(messageFor(namespace)).resolves.toContain(`TenantPair ${namespace}/${older} already connects the same two tenants.`);
    const elsewhere = await messageFor(operatorNamespace);
    expect(elsewhere).toContain('A TenantPair in another namespace already connects the same two tenants.');
    expect(elsewhere).not.toMatch(new RegExp(`${namespace}|${older}`));
  });
});
