import { addressOwner } from './state/address-owner.ts';
import { strings } from './state/replica.ts';
import type { GroupRecord } from './state/group-table.ts';
import type { TenantState } from './state/tenant-state.ts';
import * as operations from './state/user-operations.ts';
import { identitiesOf, insertInvitee } from './graph-api/invitations/invitee.ts';
import { timestamp } from './graph-api/users/properties.ts';
import type { EntraSettings } from './settings.ts';
import type * as api from './types.ts';

/** The admin's side of a simulated tenant. Each call first lets due things happen, then takes effect at once. */
export class TenantHandle implements api.Tenant {
  readonly tenantId: string;
  readonly displayName: string;
  readonly cloud: string;
  readonly settings: EntraSettings;
  readonly policies: api.TenantPolicies;
  readonly log: api.RequestLog;
  #state: TenantState;

  constructor(state: TenantState) {
    this.#state = state;
    this.tenantId = state.id;
    this.displayName = state.displayName;
    this.cloud = state.cloud.name;
    this.settings = state.settings;
    this.policies = state.policies;
    this.log = state.journal;
  }

  get initialDomain(): string {
    return this.#state.initialDomain;
  }

  get defaultDomain(): string {
    return this.#state.defaultDomain;
  }

  registerApp(options: api.AppOptions): api.App {
    return this.#state.apps.register(options);
  }

  app(appId: string): api.App {
    return known(this.#state.apps.get(appId), appId);
  }

  addDomain(name: string): void {
    this.#state.domains.push({ name: name.toLowerCase(), isDefault: false, isInitial: false });
  }

  defineExtension(appId: string, name: string, dataType: 'String' | 'Boolean' | 'Integer' | 'DateTime' = 'String'): string {
    const full = `extension_${appId.replaceAll('-', '')}_${name}`;
    this.#state.extensions.set(full, dataType);
    return full;
  }

  createUser(user: api.NewUser): api.SandboxUser {
    const state = this.#now();
    const properties: Record<string, api.Json> = {};
    for (const [name, value] of Object.entries(user.properties ?? {})) if (value !== null) properties[name] = value;
    const displayName = typeof properties.displayName === 'string' ? properties.displayName : 'User';
    const name = user.userPrincipalName ?? freeName(state, displayName);
    const { mail } = properties;
    return operations.insertUser(state, {
      id: (user.id ?? state.world.random.uuid()).toLowerCase(),
      managerId: user.managerId ?? null,
      privileged: user.privileged ?? false,
      properties: {
        accountEnabled: true,
        createdDateTime: timestamp(state.world.now()),
        displayName,
        identities: [{ signInType: 'userPrincipalName', issuer: state.initialDomain, issuerAssignedId: name }],
        mailNickname: name.slice(0, name.indexOf('@')),
        proxyAddresses: typeof mail === 'string' ? [`SMTP:${mail}`] : [],
        userPrincipalName: name,
        userType: user.userType ?? 'Member',
        ...properties,
      },
    });
  }

  createExternalUser(user: api.NewExternalUser): api.SandboxUser {
    const state = this.#now();
    return insertInvitee(state, {
      ...(user.id === undefined ? {} : { id: user.id.toLowerCase() }),
      address: user.address,
      displayName: user.displayName,
      userType: user.userType ?? 'Guest',
      accepted: user.accepted ?? true,
      privileged: user.privileged ?? false,
      mailEnabled: addressOwner(state, user.address, undefined) === undefined,
      properties: user.properties ?? {},
    });
  }

  updateUser(id: string, properties: api.JsonObject): api.SandboxUser {
    const state = this.#now();
    return operations.changeProperties(state, this.#any(id), properties);
  }

  setPrivileged(id: string, privileged: boolean): void {
    operations.changeHidden(this.#now(), this.#any(id), { privileged });
  }

  setManager(id: string, managerId: string | null): void {
    const state = this.#now();
    if (managerId !== null) this.#any(managerId);
    operations.changeManager(state, this.#any(id), managerId);
  }

  redeem(id: string): void {
    const state = this.#now();
    const user = this.#any(id);
    const name = user.properties.userPrincipalName;
    operations.changeProperties(state, user, {
      externalUserState: 'Accepted',
      externalUserStateChangeDateTime: timestamp(state.world.now()),
      identities: identitiesOf(state, typeof name === 'string' ? name : '', true),
    });
  }

  softDelete(id: string): void {
    const state = this.#now();
    operations.softDeleteUser(state, known(state.users.primary.live(id), id));
  }

  restore(id: string): void {
    const state = this.#now();
    const user = this.#any(id);
    if (user.deletedAt === null) throw new Error(`User ${id} is not deleted.`);
    operations.restoreUser(state, user, {});
  }

  purge(id: string): void {
    operations.purgeUser(this.#now(), this.#any(id).id);
  }

  createGroup(group: api.NewGroup): api.SandboxGroup {
    const state = this.#now();
    const record: GroupRecord = {
      id: (group.id ?? state.world.random.uuid()).toLowerCase(),
      displayName: group.displayName,
      securityEnabled: group.securityEnabled ?? true,
      mailEnabled: group.mailEnabled ?? false,
      visibility: group.hiddenMembership === true ? 'HiddenMembership' : null,
      proxyAddresses: group.proxyAddresses ?? [],
      deletedAt: null,
      members: new Set(group.members),
    };
    state.groups.add(record);
    return record;
  }

  updateGroup(id: string, changes: { displayName?: string; hiddenMembership?: boolean; securityEnabled?: boolean }): void {
    const state = this.#now();
    const group = known(state.groups.groups.get(id), id);
    group.displayName = changes.displayName ?? group.displayName;
    group.securityEnabled = changes.securityEnabled ?? group.securityEnabled;
    if (changes.hiddenMembership !== undefined) group.visibility = changes.hiddenMembership ? 'HiddenMembership' : null;
    state.groups.append({ id, kind: 'present' });
  }

  deleteGroup(id: string): void {
    const state = this.#now();
    const group = known(state.groups.live(id), id);
    group.deletedAt = state.world.now();
    state.groups.append({ id, kind: 'deleted' });
  }

  restoreGroup(id: string): void {
    const state = this.#now();
    const group = known(state.groups.groups.get(id), id);
    group.deletedAt = null;
    state.groups.append({ id, kind: 'present' });
    for (const memberId of group.members) state.groups.append({ id, kind: 'added', memberId });
  }

  addMember(groupId: string, memberId: string): void {
    const state = this.#now();
    state.groups.addMember(known(state.groups.groups.get(groupId), groupId), memberId);
  }

  removeMember(groupId: string, memberId: string): void {
    const state = this.#now();
    state.groups.removeMember(known(state.groups.groups.get(groupId), groupId), memberId);
  }

  createContact(contact: api.NewContact): string {
    const state = this.#now();
    const id = (contact.id ?? state.world.random.uuid()).toLowerCase();
    const { displayName, mail } = contact;
    state.contacts.set(id, { id, displayName, mail, onPremisesSyncEnabled: contact.onPremisesSyncEnabled ?? false });
    // A guest that holds the address silently loses it as a proxy address.
    for (const user of state.users.primary.withAddress(mail)) {
      if (user.invitedAddress === undefined || user.deletedAt !== null) continue;
      const kept = strings(user.properties.proxyAddresses).filter((proxy) => proxy.slice(5).toLowerCase() !== mail.toLowerCase());
      operations.changeProperties(state, user, { proxyAddresses: kept });
    }
    return id;
  }

  removeContact(id: string): void {
    this.#now().contacts.delete(id);
  }

  createServicePrincipal(displayName: string, id?: string): string {
    const state = this.#now();
    const objectId = (id ?? state.world.random.uuid()).toLowerCase();
    state.servicePrincipals.set(objectId, { displayName, assignments: new Map() });
    return objectId;
  }

  assign(servicePrincipalId: string, principalId: string): void {
    const state = this.#now();
    const { assignments } = known(state.servicePrincipals.get(servicePrincipalId), servicePrincipalId);
    assignments.set(principalId, { id: state.world.random.uuid(), principalId, createdAt: state.world.now() });
  }

  unassign(servicePrincipalId: string, principalId: string): void {
    known(this.#now().servicePrincipals.get(servicePrincipalId), servicePrincipalId).assignments.delete(principalId);
  }

  users(): readonly api.SandboxUser[] {
    return [...this.#now().users.primary.all()].filter((user) => user.deletedAt === null);
  }

  deletedUsers(): readonly api.SandboxUser[] {
    return [...this.#now().users.primary.all()].filter((user) => user.deletedAt !== null);
  }

  user(id: string): api.SandboxUser | undefined {
    return this.#now().users.primary.get(id.toLowerCase());
  }

  userByPrincipalName(userPrincipalName: string): api.SandboxUser | undefined {
    return this.#now()
      .users.primary.withValue('userPrincipalName', userPrincipalName)
      .find((user) => user.deletedAt === null);
  }

  usersByAddress(address: string): readonly api.SandboxUser[] {
    return this.#now()
      .users.primary.withAddress(address)
      .filter((user) => user.deletedAt === null);
  }

  group(id: string): api.SandboxGroup | undefined {
    return this.#now().groups.groups.get(id.toLowerCase());
  }

  groups(): readonly api.SandboxGroup[] {
    return this.#now().groups.liveGroups();
  }

  invitationMessages(): readonly string[] {
    return this.#state.invitationMessages;
  }

  #now(): TenantState {
    this.#state.catchUp();
    return this.#state;
  }

  #any(id: string): api.SandboxUser {
    return known(this.#state.users.primary.get(id.toLowerCase()), id);
  }
}

function known<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new Error(`There is no object ${id} in this tenant.`);
  return value;
}

/** A free UPN made from a display name. */
function freeName(state: TenantState, displayName: string): string {
  const plain = displayName
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9 .'-]/g, '')
    .trim()
    .toLowerCase()
    .replaceAll(/\s+/g, '.');
  const local = plain === '' ? 'user' : plain;
  for (let number = 1; ; number += 1) {
    const name = `${local}${number === 1 ? '' : String(number)}@${state.defaultDomain}`;
    if (state.users.primary.withValue('userPrincipalName', name).length === 0) return name;
  }
}
