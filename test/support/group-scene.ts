import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { SandboxGroup } from '@tenantsync/sandbox/entra';
import type { GroupProjection } from '../../src/api/kinds.ts';
import { groupProjectionName } from '../../src/api/kinds.ts';
import { namespace, World, type WorldOptions } from './world.ts';

/** A world whose target takes groups: its application may write them, and its policy lets them in. */
export function groupWorld(options: WorldOptions = {}): World {
  const world = new World(options);
  world.spokeApp.grant('Group.ReadWrite.All');
  world.spoke.policies.setGroupSync(world.hub.tenantId, true);
  return world;
}

/** The spec.groups of a configuration that selects groups by their ids. */
export function selecting(ids: readonly string[], more: JsonObject = {}): JsonObject {
  return { groups: { select: ids.map((id) => ({ id })), ...more } };
}

/** The record of a source group. */
export function groupRecord(world: World, sourceId: string, configuration = 'staff'): GroupProjection | undefined {
  const name = groupProjectionName(configuration, sourceId);
  return world.kube.get({ kind: 'GroupProjection', name, namespace }) as unknown as GroupProjection | undefined;
}

/** Live groups of the target that the operator has made. */
export function ourGroups(world: World): readonly SandboxGroup[] {
  return world.spoke.groups().filter(({ uniqueName }) => uniqueName?.startsWith('tenantsync-') === true);
}

/** The live group that the record of a source group is linked to. */
export function mirrored(world: World, sourceId: string): SandboxGroup | undefined {
  const id = groupRecord(world, sourceId)?.status.targetGroup?.objectId;
  return world.spoke.groups().find((group) => group.id === id);
}

/** Source ids of the people whose live accounts are members of the mirrored group, in order. */
export function mirroredPeople(world: World, sourceId: string): readonly string[] {
  const members = mirrored(world, sourceId)?.members ?? new Set();
  return world
    .projections()
    .filter(
      ({ status }) =>
        status.targetUser !== undefined &&
        members.has(status.targetUser.objectId) &&
        world.spoke.users().some(({ id }) => id === status.targetUser?.objectId),
    )
    .map(({ spec }) => spec.source.objectId)
    .sort();
}

/** Writes to groups and memberships of the target that took effect, in order. */
export function groupWrites(world: World): readonly string[] {
  return world.spoke.log
    .entries()
    .filter(
      ({ write, status, operation }) => write && status < 300 && /\/groups|deletedItems/.test(operation) && !operation.endsWith('$batch'),
    )
    .map(({ operation }) => operation);
}
