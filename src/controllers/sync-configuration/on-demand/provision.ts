import type { DirectoryUser } from '../../../api/directory-user.ts';
import type { UserProjection } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import { leavingReason, readingOf, type Reading } from '../../../core/evaluation/evaluate-user.ts';
import { creationAllowance } from '../../../core/guard/creations.ts';
import { removalAction } from '../../../core/lifecycle/removal-policy.ts';
import { resultOf, type UserResult } from '../../../core/on-demand/result.ts';
import { hasAccount } from '../../../core/projection/account.ts';
import { sealSpec, trustedSpec, type UnsealedSpec } from '../../../core/projection/sealed-spec.ts';
import { approve, block, remove, stageBlock, type Approval } from '../../../core/projection/transitions.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { keyString, parseKey } from '../../../ports/resources.ts';
import { call, type CycleRun, type Steps } from '../cycle-run.ts';
import { convertedSpec, evaluate, evidenceOf, projectReading } from '../project.ts';
import { isGoing, projectionOf, writeProjection } from '../records.ts';
import { disagree, openScope, readAssignmentsOf } from '../read/assignments.ts';
import { resolveScope } from '../read/scope-names.ts';
import { readUsers } from '../read/users-round.ts';
import { wantedByOthers } from '../remove/handover.ts';
import { findNamed, type NamedUser } from './named-users.ts';

/** An answer is given after this time, whatever is still under way: a fresh account may take longer to become visible. */
const longestWaitMs = 11_000;
const lookAgainMs = 250;
/** Pause before a user who leaves is read again: one read that is behind takes nothing from anybody. */
const secondLookMs = 1000;

/** A decision about one named user: an answer already, or a record whose work has to end first. */
type Decided = { readonly user: string } & (
  | { readonly type: 'Answer'; readonly result: UserResult }
  | { readonly type: 'Work'; readonly key: string; readonly linked: string | undefined }
);

const answer = (user: string, result: NonNullable<UserResult['result']>, reason: Reason): Decided => ({
  type: 'Answer',
  user,
  result: { user, result, reason },
});

/**
 * Provisions named users now (E4): reads each directly, decides, writes the records, and waits for the work on them. Being named is an approval
 * of what is to be done to just these people; limits, claims and permissions hold for them as for everybody. Rejects like a cycle.
 */
export async function* provisionUsers(run: CycleRun, users: readonly string[], token: string): Steps<readonly UserResult[]> {
  // A preview acts for nobody, and its next cycle says what there is to say.
  if (run.configuration.spec.previewOf !== undefined) return users.map((user) => ({ user, result: 'Skipped', reason: 'Planned' }));
  const begun = run.deps.clock.monotonic();
  const named = yield* findNamed(run, users, 'Name');
  const approval: Approval = { token: `provision-users ${token}` };
  const first = yield* readNamed(run, named);
  const leaves = (id: string | undefined): boolean =>
    id !== undefined && leavingReason(first.of(id)) !== undefined && projectionOf(run, id) !== undefined;
  const leaving = named.filter(({ id }) => leaves(id));
  if (leaving.length > 0) yield { waitMs: secondLookMs };
  const second = leaving.length > 0 ? yield* readNamed(run, leaving) : first;
  const decided: Decided[] = [];
  for (const one of named) {
    decided.push(yield* decide(run, one, leaves(one.id) ? second : first, approval));
    yield { waitMs: 0 };
  }
  const keys = decided.flatMap((one) => (one.type === 'Work' ? [one.key] : []));
  const isOpen = (key: string): boolean => run.deps.onDemand.endingOf(key) === undefined;
  while (run.deps.clock.monotonic() < begun + longestWaitMs && keys.some(isOpen)) yield { waitMs: lookAgainMs };
  return decided.map((one) => (one.type === 'Answer' ? one.result : resultFor(run, one)));
}

/** What direct reads say of some people. */
interface Readings {
  readonly of: (id: string) => Reading;
  readonly user: (id: string) => DirectoryUser | undefined;
  readonly isUncertain: (id: string) => boolean;
  readonly run: CycleRun;
  readonly readAt: number;
}

async function* readNamed(run: CycleRun, named: readonly NamedUser[]): Steps<Readings> {
  const ids = named.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const { scope } = run.configuration.spec;
  const asked = run.deps.clock.monotonic();
  const open =
    scope.type === 'All'
      ? undefined
      : yield* openScope(run, { scope, resolved: (yield* resolveScope(run)).resolved }, ids.length, run.memberships);
  const assignments = open && (yield* readAssignmentsOf(run, open, ids));
  const users = ids.length === 0 ? new Map<string, DirectoryUser>() : yield* readUsers(run, ids);
  const withAssignments = assignments === undefined ? run : { ...run, memberships: assignments.memberships };
  return {
    run: withAssignments,
    readAt: Math.min(...ids.map((id) => assignments?.readAtOf(id) ?? asked), Number.POSITIVE_INFINITY),
    user: (id) => users.get(id),
    isUncertain: (id) => disagree(assignments, users.get(id)),
    of: (id) => readingOf(users.get(id), (user) => evaluate(withAssignments, user, projectionOf(run, id))),
  };
}

async function* decide(run: CycleRun, { user, id }: NamedUser, readings: Readings, approval: Approval): Steps<Decided> {
  if (id === undefined) return answer(user, 'Failed', 'UserNotFound');
  const existing = projectionOf(run, id);
  const reading = readings.of(id);
  if (readings.isUncertain(id)) return answer(user, 'Failed', 'SourceReadIncomplete');
  if (existing && isGoing(existing)) return answer(user, 'Failed', 'Deleting');
  switch (reading.type) {
    case 'Unclear':
      return answer(user, 'Skipped', reading.reason);
    case 'Gone':
    case 'Leaving':
      if (!existing) return reading.type === 'Gone' ? answer(user, 'Failed', 'UserNotFound') : answer(user, 'Skipped', reading.skipped);
      return yield* leave(readings, { user, existing, reading, approval });
    case 'Present':
    case 'Ignored':
      return yield* stay(readings, { user, id, approval });
  }
}

/** A named user who leaves: the removal is carried out under the request, unless the person changes hands or the removal was rejected. */
async function* leave(
  { run, user: read, readAt }: Readings,
  {
    user,
    existing,
    reading,
    approval,
  }: { readonly user: string; readonly existing: UserProjection; readonly reading: Reading; readonly approval: Approval },
): Steps<Decided> {
  const id = existing.spec.source.objectId;
  const reason = leavingReason(reading) ?? 'Unassigned';
  const evidence = evidenceOf(run, reason, read(id));
  if (existing.spec.rejected === true && existing.spec.evidence === evidence) return answer(user, 'Skipped', 'DeletionsRejected');
  const wanted = yield* wantedByOthers(run, [{ sourceId: id, reason }]);
  const { spec } = run.configuration;
  const action = wanted.has(id) ? 'Retain' : removalAction({ ...spec, limits: run.pair.spec.limits }, existing, reason);
  const plans = spec.mode === 'Plan';
  const removed = remove(
    existing,
    spec.mode,
    { reason, action },
    { evidence, judgement: plans ? { type: 'Planned', held: false } : { type: 'Held' } },
  );
  return yield* write(run, { user, existing, readAt, spec: plans ? removed : approve(removed, approval) });
}

/** A named user who is in scope: projected as in a cycle, with what has to pass the guard approved by the request. */
async function* stay(
  { run, user: read, readAt }: Readings,
  { user, id, approval }: { readonly user: string; readonly id: string; readonly approval: Approval },
): Steps<Decided> {
  const found = read(id);
  if (found === undefined) return answer(user, 'Failed', 'UserNotFound');
  yield* call(run, () => projectReading(run, found, projectionOf(run, id)));
  const existing = projectionOf(run, id);
  if (existing === undefined) {
    const skipped = run.findings.skipped.get(id) === 'IgnoredByMapping' ? 'IgnoredByMapping' : 'RecordRefused';
    return answer(user, skipped === 'IgnoredByMapping' ? 'Skipped' : 'Failed', skipped);
  }
  const proposed = run.findings.blocks.get(existing.metadata.name);
  const former = trustedSpec(existing.spec);
  const planned = { type: 'Planned', held: false } as const;
  const { mode } = run.configuration.spec;
  const converted = run.findings.conversions.get(existing.metadata.name);
  if (converted !== undefined) {
    const judged = convertedSpec(existing.spec, converted, mode === 'Plan' ? planned : { type: 'Held' });
    const decided = mode === 'Plan' ? judged : approve(judged, approval);
    return yield* write(run, { user, existing, readAt, spec: decided });
  }
  const spec =
    proposed === undefined
      ? (run.findings.creations.get(existing.metadata.name)?.spec.read() ?? former)
      : mode === 'Plan'
        ? block(former, proposed.desired.read(), proposed.evidence, planned)
        : stageBlock(former, proposed.desired.read(), proposed.evidence);
  if (mode === 'Plan') return yield* write(run, { user, existing, readAt, spec });
  const created = withCreation(run, existing, spec, approval);
  // What was staged by an earlier reading, and this one does not say, waits on: the request is no answer to it.
  return yield* write(run, { user, existing, readAt, spec: proposed === undefined ? created : approve(created, approval) });
}

/** The creation of a named user passes the limit on creations; one that was rejected stays so. */
function withCreation(run: CycleRun, { status }: UserProjection, spec: UnsealedSpec, { token }: Approval): UnsealedSpec {
  const limit = run.configuration.spec.deprovisioning.guard.creations;
  const allowance = creationAllowance({ spec: sealSpec(spec), status }, limit).type;
  if (hasAccount({ status }) || allowance === 'Allowed' || allowance === 'Rejected') return spec;
  return { ...spec, creation: { verdict: 'Approved', token } };
}

/** Writes the record, confirms it by the direct read, and puts it ahead of everything. */
async function* write(
  run: CycleRun,
  {
    user,
    existing,
    readAt,
    spec,
  }: { readonly user: string; readonly existing: UserProjection; readonly readAt: number; readonly spec: UnsealedSpec },
): Steps<Decided> {
  const { deps, configurationKey } = run;
  const key = keyString(existing.metadata);
  deps.onDemand.expect(key, { configurationKey, since: deps.clock.monotonic() });
  yield* call(run, () => writeProjection(run, deps.projections.lister.get(existing.metadata) ?? existing, spec));
  deps.confirmations.confirm(configurationKey, key, { revision: sealSpec(spec).revision, rules: run.revision, readAt, by: 'DirectRead' });
  deps.tracker.requestRecheck(key);
  deps.enqueue.projection(key, { priority: priorities.onDemand });
  return { type: 'Work', user, key, linked: existing.status.targetUser?.objectId };
}

function resultFor(run: CycleRun, { user, key, linked }: Extract<Decided, { type: 'Work' }>): UserResult {
  const ending = run.deps.onDemand.endingOf(key);
  if (ending !== undefined) return { user, result: resultOf(ending), reason: ending.reason };
  const link = run.deps.projections.lister.get(parseKey(key))?.status.targetUser?.objectId;
  // Invited, and not visible yet: the rest is written as soon as it is.
  if (link !== undefined && link !== linked) return { user, result: 'Created', reason: 'WaitingForReplication' };
  return { user, result: 'Failed', reason: run.deps.onDemand.obstacleOf(key) };
}
