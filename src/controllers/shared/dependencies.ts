import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { Authorship } from '../../core/guard/decider.ts';
import type { Visibility } from '../../core/lifecycle/visibility.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { DirectoryFactory } from '../../ports/directory.ts';
import type { EventSink } from '../../ports/events.ts';
import type { ShardOwnership } from '../../ports/lease.ts';
import type { Logger } from '../../ports/logger.ts';
import type { OperatorMetrics } from '../../ports/operator-metrics.ts';
import type { ProvisioningLog } from '../../ports/provisioning-log.ts';
import type { Enqueue } from '../../ports/reconcile.ts';
import type { GroupedLister, KubeObject, Lister, LinkStore, Notes, ResourceWriter, SecretReader } from '../../ports/resources.ts';
import type { Confirmations } from './confirmations.ts';
import type { CycleTracker } from './cycle-tracker.ts';
import type { Explainer } from './explainer.ts';
import type { OnDemand } from './on-demand.ts';
import type { PairSessions } from './pair-sessions.ts';
import type { GroupMemory } from './group-memory.ts';
import type { HeldSeats } from './held-seats.ts';

export interface Resource<T extends KubeObject> {
  readonly lister: Lister<T>;
  readonly writer: ResourceWriter<T>;
}

/** Everything the controllers need from outside. Made once, by the composition root. */
export interface Dependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: EventSink;
  readonly metrics: OperatorMetrics;
  readonly provisioningLog: ProvisioningLog;
  readonly directories: DirectoryFactory;
  readonly secrets: SecretReader;
  /** What outlives the pairs: what the guard has let through between two tenants, by `source.target`, and the block of a target (`target.invitations`). */
  readonly notes: Notes;
  readonly links: LinkStore;
  readonly shards: ShardOwnership;
  readonly pairs: Resource<TenantPair>;
  readonly configurations: Resource<SyncConfiguration>;
  readonly projections: { readonly lister: GroupedLister<UserProjection>; readonly writer: ResourceWriter<UserProjection> };
  readonly groups: Resource<GroupProjection>;
  readonly enqueue: {
    readonly pair: Enqueue;
    /** The look at the Secrets of a pair, by its key. */
    readonly credentials: Enqueue;
    readonly configuration: Enqueue;
    readonly projection: Enqueue;
    readonly group: Enqueue;
  };
  readonly sessions: PairSessions;
  readonly tracker: CycleTracker;
  readonly confirmations: Confirmations;
  readonly seats: HeldSeats;
  readonly groupMemory: GroupMemory;
  /** Target tenants, in lower case, of which a block of invitations is being recorded, or one invitation asks whether it is over. */
  readonly invitationsInDoubt: Set<string>;
  readonly onDemand: OnDemand;
  /** What would become of a record in its target; made by the controller of records. */
  readonly explain: Explainer;
  /** What was learned of a target tenant about fresh accounts, by tenant id. */
  readonly visibilityOf: (tenantId: string) => Visibility;
  readonly settings: {
    /** Namespaces whose TenantPairs may use the operator's own identity. */
    readonly identityNamespaces: readonly string[];
    /** How often the Secrets of a pair are looked at for a change. */
    readonly secretPollMs: number;
    /** How long a target is searched before a lost creation is repeated. */
    readonly replicationWindowMs: number;
    /** Name of this installation in the ownership anchors. */
    readonly installationId: string;
    /** Whether the cluster holds the name of whoever decides about a staged set to the user who writes it. */
    readonly deciders: Authorship;
  };
}

/** Names of the indexes of the projection store. */
export const projectionIndexes = {
  /** All projections of one person in one target. */
  person: 'person',
  /** `target tenant/object id` of the linked account. */
  targetUser: 'targetUser',
  /** `target tenant/object id` of the account that a plan would link: there as long as none is linked. */
  plannedUser: 'plannedUser',
  /** `target tenant/invited address` in lower case. */
  address: 'address',
  /** `target tenant/address` in lower case, for each address at which a record that knows no account would be searched for one. */
  searched: 'searched',
  /** `target tenant/object id` of the object that stands in the way of a record. */
  obstacle: 'obstacle',
  /** The person key of the manager. */
  manager: 'manager',
} as const;

/** Names of the indexes of the store of groups' records. */
export const groupIndexes = {
  /** `namespace/configuration`. */
  configuration: 'configuration',
  /** All records of one source group in one target. */
  group: 'group',
  /** `source tenant/target tenant`. */
  tenants: 'tenants',
  /** The name of the group of those of a configuration of which something was approved, as for people. */
  approved: 'approved',
} as const;

/** Names of the indexes of the configuration store. */
export const configurationIndexes = {
  /** `namespace/pair`. */
  pair: 'pair',
  /** `namespace/configuration` of which it is a preview. */
  previewOf: 'previewOf',
} as const;

/** Names of the indexes of the pair store. */
export const pairIndexes = {
  /** `source tenant/target tenant`. */
  tenants: 'tenants',
  /** Target tenant in lower case. */
  target: 'target',
} as const;
