import type { SyncConfigurationSpec } from '../../../../../src/api/generated.ts';
import { groupProjectionName, type GroupProjection } from '../../../../../src/api/kinds.ts';
import { Cycles } from '../../cycles.ts';
import { groupsSpec } from '../../group-cycles.ts';
import { People } from '../../people.ts';
import type { SiteOptions } from '../../support.ts';

type GroupsSpec = NonNullable<SyncConfigurationSpec['groups']>;
type Select = GroupsSpec['select'];

/** The part spec.groups of a configuration that selects these groups. */
export function selecting(select: Select, more: Partial<GroupsSpec> = {}): { readonly groups: GroupsSpec } {
  return { groups: groupsSpec({ select, deprovisioning: 'SoftDelete', ...more }) };
}

/** The part spec.groups of a configuration that selects groups by these ids. */
export function selectingIds(ids: readonly string[], more: Partial<GroupsSpec> = {}): { readonly groups: GroupsSpec } {
  return selecting(
    ids.map((id) => ({ id })),
    more,
  );
}

/** A source of one person and these groups, of which a configuration projects what it selects. */
export function groupCycles(
  groups: readonly string[],
  configuration: Partial<SyncConfigurationSpec> = selectingIds(groups),
  options: Omit<SiteOptions, 'source' | 'records' | 'configuration'> = {},
): Cycles {
  const people = new People('u0');
  for (const group of groups) people.join(group, 'u0');
  return new Cycles(people, { ...options, configuration });
}

export function groupRecord(world: Cycles, id: string): GroupProjection | undefined {
  return world.site.groups.get({ namespace: 'identity', name: groupProjectionName('staff', id) });
}

/** The standing of every group's record: `g1 RemovalStaged Deleted SoftDelete`. */
export function groupStandings(world: Cycles): readonly string[] {
  return world.site.groups
    .list()
    .map(({ spec }) => {
      const removal = spec.removal === undefined ? '' : ` ${spec.removal.reason} ${spec.removal.action}`;
      return `${spec.source.objectId} ${spec.lifecycle}${removal}${spec.rejected === true ? ' rejected' : ''}`;
    })
    .sort();
}

/** Every group that a cycle wanted looked at has been looked at. */
export function looked(world: Cycles): void {
  const { deps, clock, groups } = world.site;
  for (const { metadata } of groups.list()) deps.groupMemory.looking(`${metadata.namespace}/${metadata.name}`, clock.monotonic());
  world.site.enqueued.length = 0;
  world.people.asked.length = 0;
  world.site.groups.writes.length = 0;
}

/** Groups whose records a cycle has put into the queue. */
export function lookedAt(world: Cycles): readonly string[] {
  const start = 'group identity/staff-group-';
  return [...new Set(world.site.enqueued.filter((entry) => entry.startsWith(start)).map((entry) => entry.slice(start.length)))].sort();
}

/** What the last cycle has warned of in the selection: reason and place. */
export function warnings(world: Cycles): readonly string[] {
  return (world.configuration.status.warnings ?? [])
    .filter(({ reason }) => reason.startsWith('ScopeName'))
    .map(({ reason, message }) => `${reason} ${message.split(':')[0] ?? ''}`);
}
