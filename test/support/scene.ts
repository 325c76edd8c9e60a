import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { Condition } from '../../src/api/meta.ts';
import { parseKept, recalled } from '../../src/core/cycle/watermark.ts';
import type { World } from './world.ts';

/** Makes `count` internal members of the hub. */
export function hire(world: World, count: number, prefix = 'person'): readonly SandboxUser[] {
  return Array.from({ length: count }, (_, index) =>
    world.hub.createUser({
      userPrincipalName: `${prefix}${index}@contoso.com`,
      properties: { displayName: `${prefix} ${index}`, department: index % 2 === 0 ? 'Sales' : 'Research' },
    }),
  );
}

/** Lets everything that was done in the directories become visible to every read of an unfriendly world. */
export function replicated(world: World): Promise<void> {
  return world.run(10_000);
}

/** Live B2B accounts of the spoke. */
export function guests(world: World): readonly SandboxUser[] {
  return world.spoke.users().filter((user) => user.invitedAddress !== undefined);
}

/** Ids of the live B2B accounts of the spoke, in order: equal before and after means that nobody came or went. */
export function guestIds(world: World): readonly string[] {
  return guests(world)
    .map((user) => user.id)
    .sort();
}

/** Live B2B accounts of the spoke that may sign in. */
export function enabledGuests(world: World): readonly SandboxUser[] {
  return guests(world).filter((user) => user.properties.accountEnabled === true);
}

/** The versions of all users of the spoke: equal before and after means that nothing was written. */
export function spokeVersions(world: World): string {
  return [...world.spoke.users(), ...world.spoke.deletedUsers()].map((user) => `${user.id}@${user.version}/${user.managerId ?? ''}`).join();
}

export function condition(
  object: { readonly status: { readonly conditions?: readonly Condition[] } },
  type = 'Ready',
): Condition | undefined {
  return object.status.conditions?.find((candidate) => candidate.type === type);
}

export interface TestEvent {
  readonly reason: string;
  readonly type: string;
  readonly note: string;
  readonly kind: string;
  readonly name: string;
}

/** The Kubernetes Events there are, oldest first. */
export function events(world: World): readonly TestEvent[] {
  const byTime = (a: KubeObject, b: KubeObject): number => String(a.eventTime).localeCompare(String(b.eventTime));
  return [...world.kube.list('Event')].sort(byTime).map((event) => {
    const about = event.involvedObject as { kind: string; name: string };
    return {
      reason: String(event.reason),
      type: String(event.type),
      note: String(event.message),
      kind: about.kind,
      name: about.name,
    };
  });
}

/** Reasons of the Events about one resource. */
export function eventReasons(world: World, kind: string, name: string): readonly string[] {
  return events(world)
    .filter((event) => event.kind === kind && event.name === name)
    .map((event) => event.reason);
}

/** Delta links of a configuration as they are kept, in the status or in a ConfigMap of the operator; undefined: none is. */
export function deltaLink(world: World, name: 'users' | 'groups', configuration = 'staff'): string | undefined {
  const maps = world.kube.list('ConfigMap') as unknown as readonly { readonly data?: Readonly<Record<string, string>> }[];
  const texts = maps.flatMap(({ data = {} }) => Object.values(data));
  const kept = texts.flatMap((text) => Object.entries(parseKept(text)));
  return recalled(world.configuration(configuration).status.watermark ?? {}, Object.fromEntries(kept))[name];
}
