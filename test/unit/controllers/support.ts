import type { SyncConfigurationSpec, TenantPairSpec } from '../../../src/api/generated.ts';
import {
  apiVersion,
  finalizers,
  type GroupProjection,
  type SyncConfiguration,
  type TenantPair,
  type UserProjection,
} from '../../../src/api/kinds.ts';
import { Confirmations } from '../../../src/controllers/shared/confirmations.ts';
import { CycleTracker } from '../../../src/controllers/shared/cycle-tracker.ts';
import { evaluationRevisionOf, mappingsOf } from '../../../src/controllers/shared/compiled.ts';
import type { Dependencies } from '../../../src/controllers/shared/dependencies.ts';
import {
  configurationIndexFunctions,
  groupIndexFunctions,
  pairIndexFunctions,
  projectionIndexFunctions,
} from '../../../src/controllers/shared/indexes.ts';
import { GroupMemory } from '../../../src/controllers/shared/group-memory.ts';
import { HeldSeats } from '../../../src/controllers/shared/held-seats.ts';
import { OnDemand } from '../../../src/controllers/shared/on-demand.ts';
import { PairSessions, type PairSession } from '../../../src/controllers/shared/pair-sessions.ts';
import { explain } from '../../../src/controllers/user-projection/explain.ts';
import { userProjectionReconciler } from '../../../src/controllers/user-projection/controller.ts';
import { nothingDone, type Work } from '../../../src/controllers/user-projection/work.ts';
import { Visibility } from '../../../src/core/lifecycle/visibility.ts';
import type { Mappings } from '../../../src/core/mapping/compile.ts';
import type { UnsealedSpec } from '../../../src/core/projection/sealed-spec.ts';
import type { AccessSettings, DirectoryUser, SourceDirectory } from '../../../src/ports/directory.ts';
import type { EventInput } from '../../../src/ports/events.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import type { Labels } from '../../../src/ports/metrics.ts';
import type { ProvisioningEvent, SettingsEvent } from '../../../src/ports/provisioning-log.ts';
import type { ReconcileResult } from '../../../src/ports/reconcile.ts';
import { keyString, type KubeObject, type ObjectMeta } from '../../../src/ports/resources.ts';
import { FakeLinks, FakeNotes } from '../../support/fake-notes.ts';
import { FakeStore } from '../../support/fake-store.ts';
import { fakeSource } from '../../support/fake-source.ts';
import { FakeTarget } from '../../support/fake-target.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { guest, recordWith, sourceTenantId, targetTenantId } from '../core/support.ts';

export const minute = 60_000;
export const replicationWindowMs = 10 * minute;

/** Access settings that nobody may write. */
export const noSettings: AccessSettings = {
  createPartner: () => Promise.reject(new Error('no access setting is written')),
  updatePartner: () => Promise.reject(new Error('no access setting is written')),
  createUserSync: () => Promise.reject(new Error('no access setting is written')),
};

const metadata = (name: string): ObjectMeta => ({
  name,
  namespace: 'identity',
  uid: `uid-${name}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
});

const configurationSpec: SyncConfigurationSpec = {
  tenantPairRef: { name: 'pair' },
  mode: 'Apply',
  suspend: false,
  interval: '40m',
  fullInterval: '24h',
  scope: { type: 'All', includeNestedGroups: false },
  defaultAttributeMappings: true,
  matching: { adoption: 'Adopt' },
  targetActions: ['Create', 'Update', 'Delete'],
  invitation: { address: 'UserPrincipalName', sendInvitationMessage: false, redirectUrl: 'https://example.com' },
  memberStrategy: 'InviteAsMember',
  memberConversionDelay: '60m',
  deprovisioning: {
    action: 'SoftDelete',
    disabledUsers: 'Retain',
    adoptedUsers: 'SoftDelete',
    revokeSessions: false,
    onConfigurationDeletion: 'Retain',
    purgeAfterSourcePurge: false,
    guard: { threshold: 500, percent: 20, minimum: 10, window: '24h' },
  },
  restore: { reconcileProxies: false },
  quarantine: { minimum: 5000, percent: 40, failures: 40000 },
  drift: { policy: 'Ignore', interval: '24h' },
};

const pairSpec = {
  source: { tenantId: sourceTenantId },
  target: { tenantId: targetTenantId },
  suspend: false,
  crossTenantAccess: { managementPolicy: 'Observe', withoutSyncPolicy: 'Refuse' },
} as unknown as TenantPairSpec;

/** A configuration of the pair `pair`. */
export function configurationWith(
  spec: Partial<SyncConfigurationSpec> = {},
  more: { readonly name?: string; readonly metadata?: Partial<ObjectMeta>; readonly status?: SyncConfiguration['status'] } = {},
): SyncConfiguration {
  return {
    apiVersion,
    kind: 'SyncConfiguration',
    metadata: { ...metadata(more.name ?? 'staff'), ...more.metadata },
    spec: { ...configurationSpec, ...spec },
    status: more.status ?? {},
  };
}

/** The pair `pair`, of the tenants of every record here. */
export function pairWith(spec: Partial<TenantPairSpec> = {}, more: Partial<TenantPair> = {}): TenantPair {
  return { apiVersion, kind: 'TenantPair', metadata: metadata('pair'), spec: { ...pairSpec, ...spec }, status: {}, ...more };
}

/** An account of ours as the target shows it, with these values. */
export function account(attributes: DirectoryUser['attributes'] = {}, more: Partial<DirectoryUser> = {}): DirectoryUser {
  const { accountEnabled } = attributes;
  return guest('account', {
    accountEnabled: typeof accountEnabled === 'boolean' ? accountEnabled : true,
    managerId: null,
    attributes,
    ...more,
  });
}

function first<T extends KubeObject>(store: FakeStore<T>): T {
  const [object] = store.list();
  if (!object) throw new Error('there is none');
  return object;
}

export interface SiteOptions {
  readonly spec?: Partial<UnsealedSpec>;
  readonly status?: Partial<UserProjection['status']>;
  readonly metadata?: Partial<ObjectMeta>;
  readonly configuration?: Partial<SyncConfigurationSpec>;
  readonly configurationMetadata?: Partial<ObjectMeta>;
  readonly pair?: Partial<TenantPairSpec>;
  readonly accounts?: readonly DirectoryUser[];
  readonly source?: Partial<SourceDirectory>;
  readonly installationId?: string;
  /** The records, instead of one of somebody who is provisioned. */
  readonly records?: readonly UserProjection[];
  readonly directories?: Partial<Dependencies['directories']>;
  readonly secrets?: Dependencies['secrets'];
}

function given({ installationId, directories, secrets }: SiteOptions): Partial<Dependencies> {
  return {
    ...(installationId !== undefined && {
      settings: { identityNamespaces: [], secretPollMs: 10_000, replicationWindowMs, installationId, deciders: 'Unverified' },
    }),
    ...(directories && { directories: directories as Dependencies['directories'] }),
    ...(secrets && { secrets }),
  };
}

/** One record, its configuration and pair, a target, and a process that looks after them. */
export class Site {
  readonly clock = new VirtualClock();
  readonly target: FakeTarget;
  readonly projections: FakeStore<UserProjection>;
  readonly groups = new FakeStore<GroupProjection>(groupIndexFunctions, []);
  readonly configurations: FakeStore<SyncConfiguration>;
  readonly pairs: FakeStore<TenantPair>;
  readonly events: EventInput[] = [];
  readonly told: ProvisioningEvent[] = [];
  readonly settingsTold: SettingsEvent[] = [];
  readonly counted: { readonly metric: string; readonly labels: Labels }[] = [];
  /** Keys that were put into a queue: `configuration identity/staff`. */
  readonly enqueued: string[] = [];
  /** The status of the record at the last request of each kind: what a crash in the midst of it would leave behind. */
  readonly seen = new Map<string, UserProjection['status']>();
  readonly session: PairSession;
  readonly deps: Dependencies;
  readonly visibility = new Visibility();
  readonly notes = new FakeNotes();
  readonly links = new FakeLinks();
  readonly key: string;
  holdsLease = true;

  constructor(options: SiteOptions = {}) {
    this.target = new FakeTarget(...(options.accounts ?? [account()]));
    // The target that the pair names.
    Object.assign(this.target.directory, { tenantId: targetTenantId });
    const one = recordWith({
      ...(options.spec && { spec: options.spec }),
      ...(options.status && { status: options.status }),
      // Something is to be done: its spec was written and not handled yet.
      metadata: { generation: 2, finalizers: [finalizers.targetUser], ...options.metadata },
    });
    this.projections = new FakeStore(projectionIndexFunctions, options.records ?? [one]);
    this.key = keyString(one.metadata);
    this.configurations = new FakeStore(configurationIndexFunctions, [
      configurationWith(options.configuration, options.configurationMetadata && { metadata: options.configurationMetadata }),
    ]);
    this.pairs = new FakeStore(pairIndexFunctions, [pairWith(options.pair)]);
    this.session = {
      uid: 'uid-pair',
      source: fakeSource(options.source ?? {}),
      target: this.target.directory,
      groups: undefined as never,
      groupAccess: undefined,
      settings: { source: noSettings, target: noSettings },
      fingerprint: 'f',
      sourceDomains: new Set(['contoso.com']),
      readsContacts: false,
      verdict: { ready: true },
      entraJob: undefined,
      accessCheckedAt: this.clock.monotonic(),
      secretDenied: false,
      accessCheck: undefined,
    };
    this.deps = { ...this.#dependencies(), ...given(options) };
    this.deps.sessions.set('identity/pair', this.session);
    this.target.during = (operation) => void this.seen.set(operation, this.record.status);
  }

  #dependencies(): Dependencies {
    const counter = (metric: string) => ({ inc: (labels: Labels) => void this.counted.push({ metric, labels }) });
    const histogram = (metric: string) => ({ observe: (labels: Labels) => void this.counted.push({ metric, labels }) });
    const enqueue = (kind: string) => (key: string) => void this.enqueued.push(`${kind} ${key}`);
    return {
      clock: this.clock,
      random: { next: () => 0.5, uuid: () => 'uuid' },
      logger: silentLogger,
      events: { emit: (_, event) => void this.events.push(event) },
      metrics: {
        cycleDuration: histogram('cycleDuration'),
        cyclesTotal: counter('cycles'),
        operationsTotal: counter('operations'),
        operationFailuresTotal: counter('failures'),
        groupOperationsTotal: counter('groupOperations'),
        groupMembersTotal: counter('groupMembers'),
        deletionDecisionsTotal: counter('deletionDecisions'),
        propagationSeconds: histogram('propagation'),
      },
      provisioningLog: {
        write: (event) => void this.told.push(event),
        writeSettings: (event) => void this.settingsTold.push(event),
      },
      directories: undefined as never,
      secrets: undefined as never,
      notes: this.notes,
      links: this.links,
      shards: { shardOf: () => 0, holds: () => this.holdsLease },
      pairs: { lister: this.pairs, writer: this.pairs },
      configurations: { lister: this.configurations, writer: this.configurations },
      projections: { lister: this.projections, writer: this.projections },
      groups: { lister: this.groups, writer: this.groups },
      enqueue: {
        pair: enqueue('pair'),
        credentials: () => undefined,
        configuration: enqueue('configuration'),
        projection: enqueue('projection'),
        group: enqueue('group'),
      },
      sessions: new PairSessions(),
      tracker: new CycleTracker(),
      confirmations: new Confirmations(),
      seats: new HeldSeats(),
      groupMemory: new GroupMemory(),
      invitationsInDoubt: new Set(),
      onDemand: new OnDemand(),
      explain: (hypothesis) => explain(this.deps, hypothesis),
      visibilityOf: () => this.visibility,
      settings: { identityNamespaces: [], secretPollMs: 10_000, replicationWindowMs, installationId: 'default', deciders: 'Unverified' },
    };
  }

  /** A time as status shows it, so many milliseconds from now. */
  at(ms = 0): string {
    return `${new Date(this.clock.now() + ms).toISOString().slice(0, 19)}Z`;
  }

  get configuration(): SyncConfiguration {
    return first(this.configurations);
  }

  get pair(): TenantPair {
    return first(this.pairs);
  }

  /** The record as it stands now. */
  get record(): UserProjection {
    return first(this.projections);
  }

  /** Why the record is ready or not. */
  get reason(): string | undefined {
    return this.record.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
  }

  /** A reading of the source has just said what the record says. */
  confirm(by: 'Cycle' | 'DirectRead' = 'DirectRead', ageMs = 0): void {
    const { revision } = this.record.spec;
    const rules = evaluationRevisionOf(this.configuration);
    this.deps.confirmations.confirm('identity/staff', this.key, { revision, rules, readAt: this.clock.monotonic() - ageMs, by });
  }

  /** One pass over the record, as its steps get it. */
  work(): Work {
    return {
      deps: this.deps,
      key: this.key,
      projection: this.record,
      configuration: this.configuration,
      configurationKey: 'identity/staff',
      pair: this.pair,
      session: this.session,
      mappings: mappingsOf(this.configuration) as Mappings,
      errand: 'Due',
      target: this.target.directory,
      options: { signal: new AbortController().signal, priority: 0 },
      status: this.record.status,
      resourceVersion: this.record.metadata.resourceVersion,
      deletedAt: undefined,
      intentOver: false,
      done: nothingDone(),
      comparedWith: undefined,
      startedAt: this.deps.clock.monotonic(),
      steps: [],
      openSteps: new Set(),
    };
  }

  /** One reconcile of the record. */
  reconcile(): Promise<ReconcileResult> {
    const reconcile = userProjectionReconciler(this.deps);
    return reconcile(this.key, { signal: new AbortController().signal, logger: silentLogger, reconcileId: 'r' });
  }
}
