import type { UserProjectionStatus } from '../../api/generated.ts';
import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import type { RefusedAttribute } from '../../core/lifecycle/writes.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Mappings } from '../../core/mapping/compile.ts';
import { userMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import type { CallOptions, TargetDirectory } from '../../ports/directory.ts';
import type { WriteOptions } from '../../ports/resources.ts';
import type { Look } from '../shared/cycle-tracker.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession, Permission } from '../shared/pair-sessions.ts';
import { conditionsNow, writeStatus, type StatusChange } from '../shared/skeleton.ts';

type TargetUser = NonNullable<UserProjectionStatus['targetUser']>;

/** Results of the steps of one pass so far: recorded whatever becomes of the steps that follow (I12). */
export interface Done {
  /** Names of the attributes written, the manager included. */
  readonly written: string[];
  /** Refusals that hold from now on; undefined while nothing was compared. */
  refused: readonly RefusedAttribute[] | undefined;
  /** The link to the account with the facts about it; undefined: as recorded before. */
  targetUser: TargetUser | undefined;
  /** Everything the spec says was brought into the target. */
  revisionApplied: boolean;
  /** The desired values were brought into the target, whatever is owed beside them. */
  contentApplied: boolean;
  /** Values that cannot be read back are in the target as desired. */
  writeOnlyApplied: boolean;
  /** Attributes that the target's people have changed and that differ from now on; undefined: as recorded before. */
  drifted: readonly string[] | undefined;
}

/**
 * Why a pass is made: something is due for the record, a cycle lets its account be purged, or a pass over the target has asked for a look at the account
 * and for nothing else.
 */
export type Errand = 'Due' | 'Purge' | Look;

/** What the work on one record knows of its pair's session. */
export type RecordSession = Permission & Pick<PairSession, 'sourceDomains' | 'readsContacts'>;

/** One pass over one record: what it works on, and what it has recorded so far. */
export interface Work {
  readonly deps: Dependencies;
  readonly key: string;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
  /** The session of the pair as far as the work on one record needs it: the target is written through {@link Work.target} alone. */
  readonly session: RecordSession;
  readonly mappings: Mappings;
  readonly errand: Errand;
  /** The target behind the write guard. */
  readonly target: TargetDirectory;
  readonly options: CallOptions;
  /** The status as last written. */
  status: UserProjectionStatus;
  resourceVersion: string;
  /** When we deleted the account, as far as a read or an unfinished deletion of ours tells; recorded with whatever comes out. */
  deletedAt: string | undefined;
  /** The write that the intent stands for was refused for certain: nothing of it is under way any more. */
  intentOver: boolean;
  readonly done: Done;
  /** Of a preview: a hash of the facts that it is compared with, as they were when the pass began. */
  readonly comparedWith: string | undefined;
  /** When the pass began (monotonic). */
  readonly startedAt: number;
  /** Names of the steps taken, for the provisioning log. */
  readonly steps: string[];
  /** Those of them that were begun and have not ended. */
  readonly openSteps: Set<string>;
}

/** The limits of the pair as the watch has seen them last. */
export function limitsOf({ deps, pair }: Pick<Work, 'deps' | 'pair'>): Limits | undefined {
  return (deps.pairs.lister.get(pair.metadata) ?? pair).spec.limits;
}

/** The results of a pass that has not done anything yet. */
export function nothingDone(): Done {
  return {
    written: [],
    refused: undefined,
    targetUser: undefined,
    revisionApplied: false,
    contentApplied: false,
    writeOnlyApplied: false,
    drifted: undefined,
  };
}

/** The conditions that go with a state; without a message of its own, the reason's. */
export function conditionsOf(
  work: Work,
  state: UserProjectionStatus['state'],
  reason: Reason,
  message: string = userMessage(reason),
): NonNullable<UserProjectionStatus['conditions']> {
  return conditionsNow(work.deps, { ...work.projection, status: work.status }, projectionConditions(state, reason, message));
}

/** Writes what differs from the status as last written. With `locked`, only if nobody has written the projection in between. */
export async function persist(work: Work, desired: UserProjectionStatus, locked: boolean): Promise<void> {
  await change(work, { desired, tell: 'Nothing' }, locked ? { resourceVersion: work.resourceVersion } : {});
}

/** Writes the status that a pass ends with, and tells of what has changed since it began. */
export function persistEnd(work: Work, desired: UserProjectionStatus, tell: StatusChange<UserProjection>['tell']): Promise<void> {
  return change(work, { desired, tell, told: work.projection.status.conditions ?? [] }, {});
}

async function change(work: Work, status: StatusChange<UserProjection>, lock: WriteOptions): Promise<void> {
  const { deps, projection, options } = work;
  const seen = { ...projection, status: work.status };
  const written = await writeStatus(deps, deps.projections, seen, { ...status, ...lock, signal: options.signal });
  if (!written) return;
  work.status = written.status;
  work.resourceVersion = written.metadata.resourceVersion;
}
