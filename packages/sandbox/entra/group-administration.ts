import { newGroup } from './state/new-group.ts';
import { strings } from './state/replica.ts';
import type { TenantState } from './state/tenant-state.ts';
import { changeProperties } from './state/user-operations.ts';
import { pauseJob, startJob } from './engine/cycle.ts';
import { crossTenantSchema } from './engine/schema.ts';
import type { SyncJobState } from './state/sync-job-state.ts';
import type * as api from './types.ts';

/** The part of the admin's side that is about groups, contacts and enterprise applications. */
export class GroupAdministration {
  #state: TenantState;

  constructor(state: TenantState) {
    this.#state = state;
  }

  createGroup(group: api.NewGroup): api.SandboxGroup {
    const state = this.now();
    const record = newGroup((group.id ?? state.world.random.uuid()).toLowerCase(), {
      ...group,
      visibility: group.hiddenMembership === true ? 'HiddenMembership' : null,
      members: new Set(group.members),
    });
    state.groups.add(record);
    return record;
  }

  updateGroup(id: string, changes: api.GroupChanges): void {
    const state = this.now();
    const group = known(state.groups.groups.get(id), id);
    Object.assign(group, Object.fromEntries(Object.entries(changes).filter(([name]) => name !== 'hiddenMembership')));
    if (changes.hiddenMembership !== undefined) group.visibility = changes.hiddenMembership ? 'HiddenMembership' : null;
    state.groups.append({ id, kind: 'present' });
  }

  deleteGroup(id: string): void {
    const state = this.now();
    const group = known(state.groups.live(id), id);
    const deletedAt = state.world.now();
    state.groups.softDelete(group, deletedAt);
    state.agenda.add(deletedAt + state.settings.deletedItemsLifetime, () => {
      if (group.deletedAt === deletedAt) state.groups.purge(group);
    });
  }

  restoreGroup(id: string): void {
    const state = this.now();
    const group = known(state.groups.groups.get(id), id);
    state.groups.restore(group);
  }

  purgeGroup(id: string): void {
    const state = this.now();
    state.groups.purge(known(state.groups.groups.get(id), id));
  }

  addMember(groupId: string, memberId: string): void {
    const state = this.now();
    state.groups.addMember(known(state.groups.groups.get(groupId), groupId), memberId);
  }

  removeMember(groupId: string, memberId: string): void {
    const state = this.now();
    state.groups.removeMember(known(state.groups.groups.get(groupId), groupId), memberId);
  }

  setSubscriptions(subscriptions: readonly api.Subscription[]): void {
    this.now().subscriptions = [...subscriptions];
  }

  createContact(contact: api.NewContact): string {
    const state = this.now();
    const id = (contact.id ?? state.world.random.uuid()).toLowerCase();
    const { displayName, mail } = contact;
    state.contacts.set(id, { id, displayName, mail, onPremisesSyncEnabled: contact.onPremisesSyncEnabled ?? false });
    // A guest that holds the address silently loses it as a proxy address.
    for (const user of state.users.primary.withAddress(mail)) {
      if (user.invitedAddress === undefined || user.deletedAt !== null) continue;
      const kept = strings(user.properties.proxyAddresses).filter((proxy) => proxy.slice(5).toLowerCase() !== mail.toLowerCase());
      changeProperties(state, user, { proxyAddresses: kept });
    }
    return id;
  }

  removeContact(id: string): void {
    this.now().contacts.delete(id);
  }

  createServicePrincipal(displayName: string, id?: string): string {
    const state = this.now();
    const objectId = (id ?? state.world.random.uuid()).toLowerCase();
    state.servicePrincipals.set(objectId, { displayName, assignments: new Map() });
    return objectId;
  }

  assign(servicePrincipalId: string, principalId: string): void {
    const state = this.now();
    const { assignments } = known(state.servicePrincipals.get(servicePrincipalId), servicePrincipalId);
    assignments.set(principalId, { id: state.world.random.uuid(), principalId, createdAt: state.world.now() });
  }

  unassign(servicePrincipalId: string, principalId: string): void {
    known(this.now().servicePrincipals.get(servicePrincipalId), servicePrincipalId).assignments.delete(principalId);
  }

  createSyncJob(options: api.NewSyncJob): api.SyncJob {
    const state = this.now();
    const { random } = state.world;
    const templateId = options.templateId ?? 'Azure2Azure';
    const servicePrincipalId = this.createServicePrincipal(options.displayName ?? 'Cross-tenant sync', options.servicePrincipalId);
    state.servicePrincipals.set(servicePrincipalId, {
      ...known(state.servicePrincipals.get(servicePrincipalId), servicePrincipalId),
      templateId: crossTenantApplication,
    });
    const id = `${templateId}.${state.id.replaceAll('-', '')}.${random.uuid()}`;
    const threshold = options.deletionThreshold;
    const job: SyncJobState = {
      id,
      templateId,
      servicePrincipalId,
      targetTenantId: options.targetTenantId.toLowerCase(),
      schema: crossTenantSchema(id, options),
      secrets: {
        CompanyId: options.targetTenantId,
        AuthenticationType: 'SyncPolicy',
        SyncAll: String(options.syncAll ?? false),
        SyncNotificationSettings: JSON.stringify({
          Enabled: false,
          DeleteThresholdEnabled: threshold !== undefined,
          DeleteThresholdValue: threshold ?? 500,
        }),
      },
      links: new Map(),
      state: 'Disabled',
      quarantine: undefined,
      log: [],
      executions: 0,
      lastExecution: undefined,
      generation: 0,
    };
    state.syncJobs.set(id, job);
    return jobHandle(() => this.now(), job);
  }

  group(id: string): api.SandboxGroup | undefined {
    return this.now().groups.groups.get(id.toLowerCase());
  }

  groups(): readonly api.SandboxGroup[] {
    return this.now().groups.liveGroups();
  }

  /** The state of the tenant, brought up to the present. */
  protected now(): TenantState {
    this.#state.catchUp();
    return this.#state;
  }
}

/** Cross-tenant synchronization in the gallery of applications. */
const crossTenantApplication = '518e5f48-1fc8-4c48-9387-9fdf28b0dfe7';

/** A job as its admin works with it: `now` brings its tenant up to the present first. */
function jobHandle(now: () => TenantState, job: SyncJobState): api.SyncJob {
  const current = (): SyncJobState => {
    now();
    return job;
  };
  return {
    id: job.id,
    servicePrincipalId: job.servicePrincipalId,
    get state() {
      return current().state;
    },
    get cycles() {
      return current().executions;
    },
    get links() {
      const live = [...current().links].filter(([, { deletedAt }]) => deletedAt === null);
      return new Map(live.map(([person, { targetId }]) => [person, targetId]));
    },
    start: () => {
      startJob(now(), job);
      now();
    },
    pause: () => pauseJob(current()),
  };
}

/** The value; an error for an id that the tenant does not have. */
export function known<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new Error(`There is no object ${id} in this tenant.`);
  return value;
}
