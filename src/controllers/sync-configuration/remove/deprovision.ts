import { annotations, finalizers, type SyncConfiguration, type UserProjection } from '../../../api/kinds.ts';
import { hashOf } from '../../../core/hash.ts';
import { actionNow, removalAction, type RemovalPolicy } from '../../../core/lifecycle/removal-policy.ts';
import { entraJobMessage } from '../../../core/preflight/entra-jobs.ts';
import { hasAccount, isSignInBlocked } from '../../../core/projection/account.ts';
import { isStaged } from '../../../core/projection/groups.ts';
import { sealSpec } from '../../../core/projection/sealed-spec.ts';
import { remove } from '../../../core/projection/transitions.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import { visitAll } from '../../../ports/clock.ts';
import type { ReconcileResult } from '../../../ports/reconcile.ts';
import { keyString, type ObjectKey } from '../../../ports/resources.ts';
import { asksForDeprovisioning } from '../../shared/deprovisioning.ts';
import type { Dependencies } from '../../shared/dependencies.ts';
import { addFinalizer, removeFinalizer } from '../../shared/finalizers.ts';
import { inParallel } from '../cycle-run.ts';
import { releaseForeign } from '../release-foreign.ts';
import { handleDecision } from './decisions.ts';
import { deprovisionGroups, type OutstandingGroups } from './deprovision-groups.ts';
import { projectionsOf } from '../projections.ts';
import { reportConfiguration } from '../status.ts';

const writeWidth = 16;
/** Progress is made by decisions and by projections, which wake the configuration; this is for what neither tells. */
const recheckMs = 60_000;
/** Attempts after which a removal counts as failed for good: all growing pauses are used up. */
const lastAttempt = 7;

/** The deletion of a configuration, and a hash of it: what each removal with it rests on. */
interface Deletion {
  readonly configuration: SyncConfiguration;
  readonly policy: RemovalPolicy;
  readonly evidence: string;
}

/** Puts the finalizer on a configuration that asks for deprovisioning, and takes it off one that does not any more. */
export async function keepFinalizer(deps: Dependencies, configuration: SyncConfiguration, signal: AbortSignal): Promise<SyncConfiguration> {
  const { writer } = deps.configurations;
  return asksForDeprovisioning(configuration)
    ? addFinalizer(writer, configuration, finalizers.deprovision, signal)
    : removeFinalizer(writer, configuration, finalizers.deprovision, signal);
}

/**
 * Takes a deleted configuration's people out of the target, if it asks for that (A10): everybody is staged, always, and the
 * configuration goes when each account is removed, let go or failed for good. A rejection lets everybody go.
 */
export async function deprovision(
  deps: Dependencies,
  configuration: SyncConfiguration,
  configurationKey: string,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { metadata, spec } = configuration;
  if (!(metadata.finalizers ?? []).includes(finalizers.deprovision)) return {};
  const pair = deps.pairs.lister.get({ namespace: metadata.namespace, name: spec.tenantPairRef.name });
  const release = async (): Promise<ReconcileResult> => {
    await removeFinalizer(deps.configurations.writer, configuration, finalizers.deprovision, signal);
    return {};
  };
  // Without the pair nothing can be done, and a plan does nothing: the people stay.
  if (!pair || !asksForDeprovisioning(configuration) || spec.mode === 'Plan') return release();
  if (await handleDecision(deps, configuration, signal)) return { requeueAfterMs: 0 };
  await releaseForeign(deps, configuration, pair, signal);
  const policy = { ...spec, limits: pair.spec.limits };
  const deletion: Deletion = { configuration, policy, evidence: hashOf(['ConfigurationDeleted', metadata.uid]) };
  const whose = { deps, configurationKey };
  const undecided: ObjectKey[] = [];
  await visitAll(deps.clock, projectionsOf(whose, 'All'), (projection) => {
    if (isUndecided(deletion, projection)) undecided.push(projection.metadata);
  });
  await inParallel(undecided, writeWidth, async (key) => {
    const projection = deps.projections.lister.get(key);
    if (projection && isUndecided(deletion, projection)) await stage(deps, deletion, projection, signal);
  });
  const outstanding = { count: 0, staged: 0 };
  await visitAll(deps.clock, projectionsOf(whose, 'All'), (projection) => {
    if (!isOutstanding(deletion, projection)) return;
    outstanding.count += 1;
    if (isStaged(projection)) outstanding.staged += 1;
  });
  const groups = await deprovisionGroups(deps, configuration, pair, signal);
  if (outstanding.count + groups.count === 0) return release();
  const message = describe(configuration, { ...outstanding, groups }, pairObstacle(deps, keyString(pair.metadata), pair.spec.suspend));
  await reportConfiguration(
    deps,
    configuration,
    { standing: { type: 'Waiting', ready: 'Unknown', reason: 'Deleting', message }, changes: {} },
    signal,
  );
  return { requeueAfterMs: recheckMs };
}

const isRejected = ({ evidence }: Deletion, { spec }: UserProjection): boolean => spec.rejected === true && spec.evidence === evidence;

/** Whether the block is all that is to be done to the account, and was done. */
function isBlocked({ policy }: Deletion, projection: UserProjection): boolean {
  const { removal } = projection.spec;
  return isSignInBlocked(projection) && removal !== undefined && actionNow(policy, projection, removal) === 'Block';
}

/**
 * Whether the deletion of the configuration has not been decided about for this record. A removal that was staged, judged or approved for
 * another reason rests on a reading of the source, which nobody reads any more: unless it was carried out, it would wait for ever.
 */
function isUndecided(deletion: Deletion, projection: UserProjection): boolean {
  const { metadata, spec } = projection;
  if (metadata.deletionTimestamp !== undefined || isRejected(deletion, projection)) return false;
  if (spec.lifecycle === 'Present') return true;
  const restsOnSource = spec.removal?.reason !== 'ConfigurationDeleted' && spec.removal?.action !== 'Retain';
  return restsOnSource && !isBlocked(deletion, projection) && isOutstanding(deletion, projection);
}

/** Whether an account is still to be removed. */
function isOutstanding(deletion: Deletion, projection: UserProjection): boolean {
  const { metadata, spec, status } = projection;
  if (metadata.deletionTimestamp !== undefined || !hasAccount(projection) || isRejected(deletion, projection)) return false;
  if (spec.lifecycle !== 'Removed' || status.observedGeneration !== metadata.generation) return true;
  const failedForGood = status.state === 'Conflict' || (status.state === 'Failed' && (status.attempts ?? 0) >= lastAttempt);
  return !isBlocked(deletion, projection) && !failedForGood;
}

/** Stages the removal of an account; who has none, or is to be let go, needs no approval. */
async function stage(
  deps: Dependencies,
  { configuration, policy, evidence }: Deletion,
  projection: UserProjection,
  signal: AbortSignal,
): Promise<void> {
  const action = hasAccount(projection) ? removalAction(policy, projection, 'ConfigurationDeleted') : 'Retain';
  const removal = { reason: 'ConfigurationDeleted', action } as const;
  const desired = remove(projection, configuration.spec.mode, removal, { evidence, judgement: { type: 'Held' } });
  const patch = mergePatchBetween(projection.spec, sealSpec(desired));
  if (patch) await deps.projections.writer.patch(projection.metadata, { spec: patch }, { signal });
}

/** Why no account can be removed at the moment, if so. */
function pairObstacle(deps: Dependencies, pairKey: string, suspended: boolean): string | undefined {
  if (suspended) return 'the TenantPair is suspended.';
  const session = deps.sessions.get(pairKey);
  if (session?.verdict.ready === false) return session.verdict.message;
  return session?.entraJob === undefined ? undefined : entraJobMessage(session.entraJob);
}

function describe(
  configuration: SyncConfiguration,
  { count, groups, ...people }: { readonly count: number; readonly staged: number; readonly groups: OutstandingGroups },
  obstacle: string | undefined,
): string {
  const staged = people.staged + groups.staged;
  const what = [`${count} account(s)`, ...(groups.count > 0 ? [`${groups.count} group(s)`] : [])].join(' and ');
  return [
    `${what} are to be deprovisioned before this configuration goes.`,
    ...(staged > 0
      ? [
          `${staged} wait for a decision: annotate ${annotations.approveDeletions} or ${annotations.rejectDeletions} with status.stagedDeletions.token.`,
        ]
      : []),
    ...(configuration.spec.suspend ? ['Nothing is done while spec.suspend is true.'] : []),
    ...(obstacle === undefined ? [] : [`Nothing can be done: ${obstacle}`]),
  ].join(' ');
}
