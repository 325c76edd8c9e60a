import type { Json, JsonObject, SandboxUser } from '../types.ts';
import { strings } from './replica.ts';
import type { TenantState } from './tenant-state.ts';

/** Stores a new user; readers see it after their lags. */
export function insertUser(tenant: TenantState, user: Omit<SandboxUser, 'version' | 'deletedAt' | 'sessionsRevoked'>): SandboxUser {
  const properties = { id: user.id, ...user.properties };
  const stored: SandboxUser = { ...user, properties, version: tenant.users.nextVersion(), deletedAt: null, sessionsRevoked: 0 };
  tenant.users.write(stored, undefined);
  return stored;
}

/** Sets properties (null clears; an empty change is not logged) and keeps proxyAddresses in step with mail. */
export function changeProperties(tenant: TenantState, user: SandboxUser, changes: JsonObject): SandboxUser {
  const properties: Record<string, Json> = { ...user.properties };
  const changed = new Set<string>();
  const set = (name: string, value: Json): void => {
    if (same(properties[name], value)) return;
    properties[name] = value;
    changed.add(name);
  };
  for (const [name, value] of Object.entries(changes)) {
    set(name, name === 'onPremisesExtensionAttributes' ? merged(properties[name], value) : value);
  }
  const { mail } = changes;
  if (typeof mail === 'string' && changed.has('mail') && changes.proxyAddresses === undefined) {
    set('proxyAddresses', withPrimary(strings(properties.proxyAddresses), mail));
  }
  if (changed.size === 0) return user;
  return store(tenant, { ...user, properties }, changed);
}

export function changeManager(tenant: TenantState, user: SandboxUser, managerId: string | null): SandboxUser {
  if (user.managerId === managerId) return user;
  return store(tenant, { ...user, managerId }, new Set(['manager']));
}

/** A change of something that no reader of properties sees. */
export function changeHidden(
  tenant: TenantState,
  user: SandboxUser,
  hidden: { privileged?: boolean; sessionsRevoked?: number },
): SandboxUser {
  return store(tenant, { ...user, ...hidden }, new Set());
}

/** The UPN gets the object id in front, so that it is free for others; a purge follows when the time is over. */
export function softDeleteUser(tenant: TenantState, user: SandboxUser): void {
  const deletedAt = tenant.world.now();
  const upn = user.properties.userPrincipalName;
  const properties = { ...user.properties, userPrincipalName: `${user.id.replaceAll('-', '')}${typeof upn === 'string' ? upn : ''}` };
  const deleted = store(tenant, { ...user, properties, deletedAt }, undefined);
  tenant.groups.memberChanged(user.id, false);
  tenant.agenda.add(deletedAt + tenant.settings.deletedItemsLifetime, () => {
    const current = tenant.users.primary.get(user.id);
    if (current?.deletedAt === deleted.deletedAt) purgeUser(tenant, user.id);
  });
}

/** Undoes a soft deletion, with further properties changed at the same time. */
export function restoreUser(tenant: TenantState, user: SandboxUser, changes: JsonObject): SandboxUser {
  const properties = { ...user.properties, userPrincipalName: formerPrincipalName(user), ...changes };
  const restored = store(tenant, { ...user, properties, deletedAt: null }, undefined);
  tenant.groups.memberChanged(user.id, true);
  return restored;
}

/** Removes a user for good; those it managed lose their manager. */
export function purgeUser(tenant: TenantState, id: string): void {
  const user = tenant.users.primary.get(id);
  if (user === undefined) return;
  for (const report of tenant.users.primary.withManager(id)) changeManager(tenant, report, null);
  tenant.groups.forget(id, user.deletedAt === null);
  for (const { assignments } of tenant.servicePrincipals.values()) assignments.delete(id);
  tenant.users.purge(id);
}

/** The UPN a soft-deleted user had while live. */
export function formerPrincipalName(user: SandboxUser): string {
  const upn = user.properties.userPrincipalName;
  if (typeof upn !== 'string') return '';
  const prefix = user.id.replaceAll('-', '');
  return upn.startsWith(prefix) ? upn.slice(prefix.length) : upn;
}

/** Proxy addresses in which `mail` is the primary one (SMTP:) and all others are secondary. */
export function withPrimary(proxies: readonly string[], mail: string): readonly string[] {
  const others = proxies.filter((proxy) => proxy.replace(/^smtp:/i, '').toLowerCase() !== mail.toLowerCase());
  return [`SMTP:${mail}`, ...others.map((proxy) => proxy.replace(/^SMTP:/, 'smtp:'))];
}

function store(tenant: TenantState, user: SandboxUser, changed: ReadonlySet<string> | undefined): SandboxUser {
  const stored: SandboxUser = { ...user, version: tenant.users.nextVersion() };
  tenant.users.write(stored, changed);
  return stored;
}

function merged(before: Json | undefined, value: Json): Json {
  if (typeof before !== 'object' || before === null || typeof value !== 'object' || value === null) return value;
  return { ...(before as JsonObject), ...(value as JsonObject) };
}

function same(left: Json | undefined, right: Json): boolean {
  if (left === right || (left === undefined && right === null)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
