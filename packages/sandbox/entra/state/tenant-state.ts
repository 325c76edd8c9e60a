import type { Clock, Random } from '../../../../src/ports/clock.ts';
import { AppRegistry } from '../authority/apps.ts';
import type { EntraSettings } from '../settings.ts';
import type { CloudHosts, Subscription, VerifiedDomain } from '../types.ts';
import { Agenda } from './agenda.ts';
import { GroupTable } from './group-table.ts';
import { Policies } from './policies.ts';
import { RequestJournal } from './request-journal.ts';
import type { SyncJobState } from './sync-job-state.ts';
import { UserTable } from './user-table.ts';

/** A cloud under its name. */
export interface Cloud extends CloudHosts {
  readonly name: string;
}

/** What all tenants share. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly now: () => number;
  readonly tenants: Map<string, TenantState>;
}

export interface Contact {
  readonly id: string;
  readonly displayName: string;
  readonly mail: string;
  readonly onPremisesSyncEnabled: boolean;
}

/** An assignment of a user or group to an enterprise application. */
export interface Assignment {
  readonly id: string;
  readonly principalId: string;
  readonly createdAt: number;
}

/** An enterprise application with who is assigned to it. */
export interface ServicePrincipal {
  readonly displayName: string;
  readonly assignments: Map<string, Assignment>;
  /** The gallery application that it was made from. */
  readonly templateId?: string;
}

/** Everything one tenant holds. */
export class TenantState {
  readonly world: World;
  readonly id: string;
  readonly displayName: string;
  readonly cloud: Cloud;
  readonly domains: VerifiedDomain[];
  readonly settings: EntraSettings;
  readonly agenda = new Agenda();
  readonly users: UserTable;
  readonly groups: GroupTable;
  readonly policies = new Policies();
  readonly apps: AppRegistry;
  readonly journal: RequestJournal;
  readonly contacts = new Map<string, Contact>();
  subscriptions: readonly Subscription[] = [];
  readonly servicePrincipals = new Map<string, ServicePrincipal>();
  /** Synchronization jobs of Entra's own engine, of which this tenant is the source, by id. */
  readonly syncJobs = new Map<string, SyncJobState>();
  /** Directory extensions of users by full name. */
  readonly extensions = new Map<string, 'String' | 'Boolean' | 'Integer' | 'DateTime'>();
  readonly invitationMessages: string[] = [];

  constructor(
    world: World,
    identity: { id: string; displayName: string; cloud: Cloud; domains: VerifiedDomain[] },
    settings: EntraSettings,
  ) {
    this.world = world;
    this.id = identity.id;
    this.displayName = identity.displayName;
    this.cloud = identity.cloud;
    this.domains = identity.domains;
    this.settings = settings;
    const around = { settings, random: world.random, agenda: this.agenda, now: world.now };
    this.users = new UserTable(around);
    this.groups = new GroupTable(around);
    this.apps = new AppRegistry(world.random);
    this.journal = new RequestJournal(settings);
  }

  get initialDomain(): string {
    return this.domains.find((domain) => domain.isInitial)?.name ?? '';
  }

  get defaultDomain(): string {
    return this.domains.find((domain) => domain.isDefault)?.name ?? '';
  }

  hasDomain(name: string): boolean {
    const wanted = name.toLowerCase();
    return this.domains.some((domain) => domain.name === wanted);
  }

  /** Lets everything happen that time has brought: replication, purges, late addresses. */
  catchUp(): void {
    this.agenda.runDue(this.world.now());
  }

  contactWithAddress(address: string): Contact | undefined {
    const wanted = address.toLowerCase();
    for (const contact of this.contacts.values()) if (contact.mail.toLowerCase() === wanted) return contact;
    return undefined;
  }
}
