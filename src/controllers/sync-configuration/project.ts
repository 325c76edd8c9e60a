import { finalizers, labels, projectionName, type UserProjection } from '../../api/kinds.ts';
import type { UserProjectionSpec } from '../../api/generated.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { hashOf } from '../../core/hash.ts';
import { hasAccount, isLive } from '../../core/lifecycle/removal.ts';
import type { Moment } from '../../core/mapping/evaluate.ts';
import { omit } from '../../core/omit.ts';
import { isUntampered, presentSpec, projectionRevision, sealSpec, trustedSpec, type UnsealedSpec } from '../../core/projection/desired.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { decideScope, type ScopeDecision } from '../../core/scope/decide.ts';
import { KubeError, keyString } from '../../ports/resources.ts';
import { countSkipped, rememberUnconfirmed, type CycleRun } from './cycle-run.ts';

/**
 * Writes a projection's spec if it differs; what is equal costs nothing. A record that the API server does not take is that user's
 * matter alone: everybody else goes on.
 */
export async function writeProjection(run: CycleRun, existing: UserProjection, desired: UnsealedSpec): Promise<void> {
  await unlessRefused(run, desired, () => patchProjection(run, existing, sealSpec(desired)));
}

async function unlessRefused<T>(run: CycleRun, { source }: UnsealedSpec, write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'Invalid') throw error;
    const { objectId } = source;
    countSkipped(run, objectId, 'RecordRefused');
    run.deps.logger.error('The API server does not take the record of a user', { configuration: run.configurationKey, sourceId: objectId });
    rememberUnconfirmed(run, objectId);
    return undefined;
  }
}

async function patchProjection(run: CycleRun, existing: UserProjection, spec: UserProjectionSpec): Promise<void> {
  if (existing.metadata.deletionTimestamp !== undefined) throw stillGoing();
  if (existing.spec.revision === spec.revision && projectionRevision(existing.spec) === spec.revision) return;
  const patch = mergePatchBetween(existing.spec, spec);
  if (!patch) return;
  await run.deps.projections.writer.patch(existing.metadata, { spec: patch }, { signal: run.signal });
  changed(run, existing.metadata.name);
}

/** A record that is being deleted cannot take a decision; it goes at once, so the write is repeated shortly. */
function stillGoing(): KubeError {
  return new KubeError('Conflict', 'the projection is being deleted');
}

function changed(run: CycleRun, name: string): void {
  run.writes += 1;
  run.deps.tracker.changed(run.configurationKey, keyString({ namespace: run.configuration.metadata.namespace, name }));
}

/** Creates a record; or gives the one that is there already, of which the store had not heard yet. */
async function createProjection(run: CycleRun, spec: UserProjectionSpec): Promise<UserProjection | undefined> {
  const { namespace, name: configuration } = run.configuration.metadata;
  const name = projectionName(configuration, spec.source.objectId);
  try {
    await run.deps.projections.writer.create(
      {
        metadata: {
          name,
          namespace,
          labels: { [labels.tenantPair]: run.pair.metadata.name, [labels.configuration]: configuration },
          finalizers: [finalizers.targetUser],
        },
        spec,
      },
      { signal: run.signal },
    );
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'AlreadyExists') throw error;
    const existing = await run.deps.projections.writer.getLive({ namespace, name }, run.signal);
    if (existing) return existing;
    throw error;
  }
  changed(run, name);
  return undefined;
}

export function projectionOf(run: CycleRun, sourceObjectId: string): UserProjection | undefined {
  const { namespace, name } = run.configuration.metadata;
  return run.deps.projections.lister.get({ namespace, name: projectionName(name, sourceObjectId) });
}

/** Hash of what a removal or block of a user rests on: while it stays the same, a rejection stands. */
export function evidenceOf(run: CycleRun, what: string, user: DirectoryUser | undefined): string {
  return hashOf([what, run.configuration.spec.scope, user === undefined ? null : [user.attributes, user.managerId ?? null]]);
}

export function scopeOf(run: CycleRun, user: DirectoryUser): ScopeDecision {
  const assigned = run.configuration.spec.scope.type === 'All' || run.memberships.isAssigned(user.id);
  return decideScope(user, assigned, run.filter);
}

/** Decides about one source user as just read: projects who is in scope at once, and collects what has to pass the guard. */
export async function evaluateUser(run: CycleRun, user: DirectoryUser): Promise<void> {
  const decision = scopeOf(run, user);
  const existing = projectionOf(run, user.id);
  run.skipped.delete(user.id);
  switch (decision.type) {
    case 'In':
      run.inScope.add(user.id);
      if (run.announcedGone.has(user.id)) rememberUnconfirmed(run, user.id);
      // What was announced counts more than a read that may be behind it: nothing is decided yet.
      return run.unconfirmed.has(user.id) ? undefined : projectPresent(run, user, existing);
    case 'Unclear':
      // Whatever there is stays as it is.
      run.inScope.add(user.id);
      countSkipped(run, user.id, decision.reason);
      return;
    case 'Out':
    case 'NotProjectable':
      if (existing) run.candidates.add(existing.metadata.name);
      else countSkipped(run, user.id, decision.reason === 'Unassigned' ? 'NotInScope' : decision.reason);
  }
}

/** Fields that outlive a new evaluation: the guard's window goes on counting, and a block keeps what it rests on. */
function carriedOver(existing: UserProjection | undefined, desired: UnsealedSpec): Partial<UnsealedSpec> {
  if (!existing) return {};
  const { guardedAt, approvedBy, evidence, mode, attributes } = existing.spec;
  const stillBlocked = desired.attributes?.accountEnabled === false && attributes?.accountEnabled === false;
  const planned = mode === 'Plan' && desired.mode === 'Plan';
  return {
    ...(guardedAt === undefined ? {} : { guardedAt }),
    ...(stillBlocked && approvedBy !== undefined ? { approvedBy } : {}),
    ...(stillBlocked && planned && evidence !== undefined ? { evidence } : {}),
  };
}

function momentOf(run: CycleRun): Moment {
  const defaultDomain = run.pair.status.source?.defaultDomain;
  return { now: run.deps.clock.now(), ...(defaultDomain === undefined ? {} : { defaultDomain }) };
}

/** Projects a user who is to be present. A change of accountEnabled to false on a live account is proposed, not written. */
export async function projectPresent(run: CycleRun, user: DirectoryUser, existing: UserProjection | undefined): Promise<void> {
  const evaluated = presentSpec({
    configuration: { name: run.configuration.metadata.name, spec: run.configuration.spec },
    pair: { sourceTenantId: run.pair.spec.source.tenantId, targetTenantId: run.pair.spec.target.tenantId },
    user,
    mappings: run.mappings,
    moment: momentOf(run),
    existing: existing && isUntampered(existing.spec) ? existing.spec : undefined,
    anew: run.kind !== 'Incremental',
  });
  if (!evaluated) return leaveAsIs(run, user, existing);
  const undecided = run.mappings.targetAttributes.includes('accountEnabled') && evaluated.attributes?.accountEnabled === undefined;
  const desired: UnsealedSpec = undecided ? withFormerSignIn(existing, evaluated) : { ...evaluated, ...carriedOver(existing, evaluated) };
  if (!existing) {
    const unheardOf = await unlessRefused(run, desired, () => createProjection(run, sealSpec(desired)));
    if (!unheardOf) return;
    // What was decided without it may be a block that has to pass the guard, or undo what was decided about it before.
    if (hasAccount(unheardOf)) run.liveBefore += 1;
    return projectPresent(run, user, unheardOf);
  }
  if (blocks(existing, desired)) {
    const evidence = evidenceOf(run, 'Block', user);
    if (existing.spec.rejected === true && existing.spec.evidence === evidence) {
      return writeProjection(run, existing, { ...withoutBlock(existing, desired), evidence, rejected: true });
    }
    if (existing.spec.blockStaged === true && existing.spec.mode === desired.mode) {
      return writeProjection(run, existing, { ...withoutBlock(existing, desired), blockStaged: true, evidence });
    }
    run.blocks.set(existing.metadata.name, { projection: existing, desired, evidence });
    return;
  }
  return writeProjection(run, existing, desired);
}

/** Whether sign-in is to be blocked could not be told: what was decided before stands, and what waits goes on waiting. */
function withFormerSignIn(existing: UserProjection | undefined, desired: UnsealedSpec): UnsealedSpec {
  if (!existing || !isUntampered(existing.spec)) return desired;
  const { attributes, blockStaged, rejected, evidence, approvedBy, guardedAt, lifecycle } = existing.spec;
  if (lifecycle !== 'Present') return { ...desired, ...carriedOver(existing, desired) };
  const former = attributes?.accountEnabled;
  return {
    ...desired,
    attributes: former === undefined ? (desired.attributes ?? {}) : { ...desired.attributes, accountEnabled: former },
    ...(blockStaged === undefined ? {} : { blockStaged }),
    ...(rejected === undefined ? {} : { rejected }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(guardedAt === undefined ? {} : { guardedAt }),
  };
}

/**
 * An expression says that the user is to be left as they are. Being in scope they are not removed any more either, and a block that
 * waits ends with its cause.
 */
async function leaveAsIs(run: CycleRun, user: DirectoryUser, existing: UserProjection | undefined): Promise<void> {
  countSkipped(run, user.id, 'IgnoredByMapping');
  if (!existing) return;
  const former = trustedSpec(existing.spec);
  const leaving = former.lifecycle !== 'Present';
  // What was removed stays so: to restore it would be to change it.
  if (former.lifecycle === 'Removed' && !isLive(existing)) return;
  const enabled = user.accountEnabled !== false;
  const spec: UnsealedSpec = {
    ...omit(former, ...(leaving ? (['removal', 'evidence', 'guardedAt', 'approvedBy', 'rejected'] as const) : [])),
    lifecycle: 'Present',
    mode: run.configuration.spec.mode,
    ignored: true,
  };
  return writeProjection(run, existing, leaving || enabled ? omit(spec, 'blockStaged') : spec);
}

/** Whether the desired state would end the sign-in of somebody who has it. */
function blocks(existing: UserProjection, desired: UnsealedSpec): boolean {
  if (desired.attributes?.accountEnabled !== false || !isLive(existing)) return false;
  // Decided in another mode, it was never carried out here.
  const decided = existing.spec.attributes?.accountEnabled === false && existing.spec.mode === desired.mode;
  return !decided && existing.status.state !== 'Blocked' && existing.status.targetUser?.signInBlockedAt === undefined;
}

/** The desired state with sign-in as it was. */
export function withoutBlock(existing: UserProjection, desired: UnsealedSpec): UnsealedSpec {
  const before = existing.spec.attributes?.accountEnabled;
  const attributes = omit(desired.attributes ?? {}, 'accountEnabled');
  return { ...desired, attributes: before === undefined || before === false ? attributes : { ...attributes, accountEnabled: before } };
}
