import type { UserProjectionStatus } from '../../api/generated.ts';
import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../../core/duration.ts';
import type { RefusedAttribute } from '../../core/lifecycle/writes.ts';
import type { Mappings } from '../../core/mapping/compile.ts';
import { setConditions } from '../../core/status/conditions.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { userMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import type { CallOptions, TargetDirectory } from '../../ports/directory.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';

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
}

/** One pass over one record: what it works on, and what it has recorded so far. */
export interface Work {
  readonly deps: Dependencies;
  readonly key: string;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
  readonly session: PairSession;
  readonly mappings: Mappings;
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
  /** Names of the steps taken, for the provisioning log. */
  readonly steps: string[];
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
  };
}

/**
 * The work cannot go on now and is not a failure: waiting for the directory, for quota, or stopped. Not counted as an attempt.
 */
export class Deferred extends Error {
  override readonly name = 'Deferred';
  readonly requeueAfterMs: number | undefined;
  constructor(reason: string, requeueAfterMs?: number) {
    super(reason);
    this.requeueAfterMs = requeueAfterMs;
  }
}

/** The conditions that go with a state; without a message of its own, the reason's. */
export function conditionsOf(
  work: Work,
  state: UserProjectionStatus['state'],
  reason: Reason,
  message: string = userMessage(reason),
): NonNullable<UserProjectionStatus['conditions']> {
  return setConditions(work.status.conditions, projectionConditions(state, reason, message), {
    now: timestamp(work.deps.clock.now()),
    generation: work.projection.metadata.generation,
  });
}

/** Writes what differs from the status as last written. With `locked`, only if nobody has written the projection in between. */
export async function persist(work: Work, status: UserProjectionStatus, locked: boolean): Promise<void> {
  const patch = mergePatchBetween(work.status, status);
  if (!patch) return;
  const written = await work.deps.projections.writer.patchStatus(work.projection.metadata, patch, {
    signal: work.options.signal,
    ...(locked ? { resourceVersion: work.resourceVersion } : {}),
  });
  work.status = written.status;
  work.resourceVersion = written.metadata.resourceVersion;
}
