import type { NewUser, SandboxUser } from '@tenantsync/sandbox/entra';
import { findCondition } from '../../src/core/status/conditions.ts';
import type { World } from './world.ts';

type Properties = NonNullable<NewUser['properties']>;

/** A person of the hub: `ana` is Ana, ana@contoso.com. */
export function hire(world: World, name: string, properties: Properties = {}, more: Omit<NewUser, 'properties'> = {}): SandboxUser {
  return world.hub.createUser({
    userPrincipalName: `${name}@contoso.com`,
    ...more,
    properties: { displayName: name.charAt(0).toUpperCase() + name.slice(1), ...properties },
  });
}

/** A few colleagues, so that no removal empties the scope. */
export function staff(world: World, count = 4): readonly SandboxUser[] {
  return Array.from({ length: count }, (_, index) => hire(world, `colleague${index}`));
}

/** Lets the source's lag pass, then a cycle, then the target's lag. */
export async function nextCycleSettled(world: World): Promise<void> {
  await world.run(15_000);
  await world.sync();
  await world.run(60_000);
}

/** Waits until the projection of a source user has the state. */
export function untilState(world: World, user: SandboxUser, state: string, limitMs?: number): Promise<void> {
  return world.until(`${state} for ${user.id}`, () => world.projection(user.id)?.status.state === state, limitMs);
}

/** The reason on the Ready condition of a source user's projection. */
export function reasonOf(world: World, user: SandboxUser): string | undefined {
  return findCondition(world.projection(user.id)?.status.conditions, 'Ready')?.reason;
}

/** Lets the source's lag pass and the operator bring everybody into the target, and waits until both sides are quiet. */
export async function provisioned(
  world: World,
  people: readonly SandboxUser[],
  configuration: Parameters<World['begin']>[0] = {},
): Promise<void> {
  await world.run(15_000);
  await world.begin(configuration);
  for (const person of people) await untilState(world, person, 'Provisioned');
  await world.run(20 * 60_000);
  world.spoke.log.reset();
}

/** Approves the deletions that are staged now. */
export function approve(world: World, name = 'staff'): void {
  const token = world.configuration(name).status.stagedDeletions?.token;
  if (token === undefined) throw new Error('nothing is staged');
  world.annotate('SyncConfiguration', name, { 'tenantsync.dev/approve-deletions': token });
}
