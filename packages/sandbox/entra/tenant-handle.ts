import { GroupAdministration, known } from './group-administration.ts';
import { addressOwner } from './state/address-owner.ts';
import type { TenantState } from './state/tenant-state.ts';
import * as operations from './state/user-operations.ts';
import { identitiesOf, insertInvitee } from './graph-api/invitations/invitee.ts';
import { timestamp } from './graph-api/users/properties.ts';
import type { EntraSettings } from './settings.ts';
import type * as api from './types.ts';

/** The admin's side of a simulated tenant. Each call first lets due things happen, then takes effect at once. */
export class TenantHandle extends GroupAdministration implements api.Tenant {
  readonly tenantId: string;
  readonly displayName: string;
  readonly cloud: string;
  readonly settings: EntraSettings;
  readonly policies: api.TenantPolicies;
  readonly log: api.RequestLog;
  #state: TenantState;

  constructor(state: TenantState) {
    super(state);
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
    const state = this.now();
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
    const state = this.now();
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
    const state = this.now();
    return operations.changeProperties(state, this.#any(id), properties);
  }

  setPrivileged(id: string, privileged: boolean): void {
    operations.changeHidden(this.now(), this.#any(id), { privileged });
  }

  setManager(id: string, managerId: string | null): void {
    const state = this.now();
    if (managerId !== null) this.#any(managerId);
    operations.changeManager(state, this.#any(id), managerId);
  }

  redeem(id: string): void {
    const state = this.now();
    const user = this.#any(id);
    const name = user.properties.userPrincipalName;
    operations.changeProperties(state, user, {
      externalUserState: 'Accepted',
      externalUserStateChangeDateTime: timestamp(state.world.now()),
      identities: identitiesOf(state, typeof name === 'string' ? name : '', true),
    });
  }

  softDelete(id: string): void {
    const state = this.now();
    operations.softDeleteUser(state, known(state.users.primary.live(id), id));
  }

  restore(id: string): void {
    const state = this.now();
    const user = this.#any(id);
    if (user.deletedAt === null) throw new Error(`User ${id} is not deleted.`);
    operations.restoreUser(state, user, {});
  }

  purge(id: string): void {
    operations.purgeUser(this.now(), this.#any(id).id);
  }

  users(): readonly api.SandboxUser[] {
    return [...this.now().users.primary.all()].filter((user) => user.deletedAt === null);
  }

  deletedUsers(): readonly api.SandboxUser[] {
    return [...this.now().users.primary.all()].filter((user) => user.deletedAt !== null);
  }

  user(id: string): api.SandboxUser | undefined {
    return this.now().users.primary.get(id.toLowerCase());
  }

  userByPrincipalName(userPrincipalName: string): api.SandboxUser | undefined {
    return this.now()
      .users.primary.withValue('userPrincipalName', userPrincipalName)
      .find((user) => user.deletedAt === null);
  }

  usersByAddress(address: string): readonly api.SandboxUser[] {
    return this.now()
      .users.primary.withAddress(address)
      .filter((user) => user.deletedAt === null);
  }

  invitationMessages(): readonly string[] {
    return this.#state.invitationMessages;
  }

  #any(id: string): api.SandboxUser {
    return known(this.#state.users.primary.get(id.toLowerCase()), id);
  }
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
