import type { DirectoryUser } from '../../../api/directory-user.ts';
import { apiVersion, projectionName, type UserProjection } from '../../../api/kinds.ts';
import { timestamp } from '../../../core/duration.ts';
import { leavingReason, readingOf, type Reading } from '../../../core/evaluation/evaluate-user.ts';
import { removalAction } from '../../../core/lifecycle/removal-policy.ts';
import { sourceValue } from '../../../core/mapping/evaluate.ts';
import {
  actionStep,
  assignmentStep,
  expectedResult,
  filterSteps,
  importStep,
  mappingSteps,
  matchingStep,
  type Assignment,
  type ExplainedStep,
} from '../../../core/on-demand/explain.ts';
import type { UserResult } from '../../../core/on-demand/result.ts';
import { isUntampered, sealSpec, trustedSpec, type UnsealedSpec } from '../../../core/projection/sealed-spec.ts';
import { present, presentWithSignInUndecided, remove } from '../../../core/projection/transitions.ts';
import type { Conjecture } from '../../shared/explainer.ts';
import type { ResultPage } from '../../../ports/directory.ts';
import { call, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import { evaluate } from '../project.ts';
import { projectionOf } from '../records.ts';
import type { ResolvedScope } from '../findings.ts';
import { openScope, readAssignmentsOf, type AssignmentReading } from '../read/assignments.ts';
import { resolveScope } from '../read/scope-names.ts';
import { readUsers } from '../read/users-round.ts';
import { explainGroups } from './explain-groups.ts';
import { findNamed, type NamedUser } from './named-users.ts';

/** A named user with the steps of the decision about them. */
export type ExplainedUser = UserResult & { readonly decisions: readonly ExplainedStep[] };

/** Pages of a group in which a nested one is looked for, and how deep: an explanation is no reason to read a tenant. */
const mostPages = 10;
const deepest = 8;

/**
 * Explains what provisioning named users would do now, step by step (F5): found, assigned, filtered, mapped, matched, acted on. It reads both
 * tenants and writes nothing, neither there nor to the records. Rejects like a cycle.
 */
export async function* explainUsers(run: CycleRun, users: readonly string[]): Steps<readonly ExplainedUser[]> {
  const named = yield* findNamed(run, users, 'NameOrMail');
  const ids = named.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const { scope } = run.configuration.spec;
  const resolved = scope.type === 'All' ? undefined : (yield* resolveScope(run)).resolved;
  const open = resolved && (yield* openScope(run, { scope, resolved }, ids.length, undefined));
  const assignments = open && (yield* readAssignmentsOf(run, open, ids));
  const found = ids.length === 0 ? new Map<string, DirectoryUser>() : yield* readUsers(run, ids);
  const context = assignments === undefined ? run : { ...run, memberships: assignments.memberships };
  const explained: ExplainedUser[] = [];
  for (const one of named) {
    const user = one.id === undefined ? undefined : found.get(one.id);
    explained.push(yield* explainOne(context, one, user, { resolved, assignments }));
    yield { waitMs: 0 };
  }
  return explained;
}

interface Assignments {
  readonly resolved: ResolvedScope | undefined;
  readonly assignments: AssignmentReading | undefined;
}

async function* explainOne(
  run: CycleRun,
  { user: name, id }: NamedUser,
  user: DirectoryUser | undefined,
  assigned: Assignments,
): Steps<ExplainedUser> {
  const record = id === undefined ? undefined : projectionOf(run, id);
  const imported = importStep(user);
  if (id === undefined || (user === undefined && record === undefined))
    return { user: name, result: 'Failed', reason: 'UserNotFound', decisions: [imported] };
  const scoping = user === undefined ? [] : yield* scopingSteps(run, user, assigned);
  const groups = yield* explainGroups(run, id);
  const reading = readingOf(user, (read) => evaluate(run, read, record));
  const supposed = suppose(run, reading, record);
  if (supposed === undefined) {
    const reason = 'skipped' in reading ? reading.skipped : 'reason' in reading ? reading.reason : 'IgnoredByMapping';
    return { user: name, result: 'Skipped', reason, decisions: [imported, ...scoping, ...groups] };
  }
  const conjecture = yield* call(run, () =>
    run.deps.explain({ record: supposed, configuration: run.configuration, pair: run.pair, signal: run.turn.signal }),
  );
  return {
    user: name,
    ...expectedResult(conjecture),
    decisions: [
      imported,
      ...scoping,
      ...(reading.type === 'Present' ? mappingSteps(mappingFacts(run, supposed, conjecture)) : []),
      matchingStep(conjecture.matching),
      actionStep(conjecture),
      ...groups,
    ],
  };
}

/** The record as a reading would have it written, undefined where there would be none, or nothing about it would change. */
function suppose(run: CycleRun, reading: Reading, existing: UserProjection | undefined): UserProjection | undefined {
  const former = existing && trustedSpec(existing.spec);
  const reason = leavingReason(reading);
  if (reason !== undefined && existing !== undefined) return withSpec(existing, leavingSpec(run, existing, reason));
  if (reading.type === 'Present') {
    const { desired } = reading;
    const decided = existing?.spec.creation === undefined ? {} : { creation: existing.spec.creation };
    const wanted = { ...desired, ...decided };
    const spec = reading.signIn === 'Undecided' && former ? presentWithSignInUndecided(former, wanted) : present(former, wanted);
    return existing ? withSpec(existing, spec) : newRecord(run, spec);
  }
  return reading.type === 'Ignored' || reading.type === 'Unclear' ? existing : undefined;
}

/** A removal that was decided stays as it was decided; another one is shown as it would be when the guard lets it pass. */
function leavingSpec(run: CycleRun, existing: UserProjection, reason: NonNullable<ReturnType<typeof leavingReason>>): UnsealedSpec {
  const { spec } = run.configuration;
  if (existing.spec.lifecycle !== 'Present' && existing.spec.removal?.reason === reason && isUntampered(existing.spec))
    return trustedSpec(existing.spec);
  const action = removalAction({ ...spec, limits: run.pair.spec.limits }, existing, reason);
  return remove(existing, spec.mode, { reason, action }, { evidence: '', judgement: { type: 'Planned', held: false } });
}

const withSpec = (record: UserProjection, spec: UnsealedSpec): UserProjection => ({ ...record, spec: sealSpec(spec) });

function newRecord({ deps, configuration }: CycleRun, spec: UnsealedSpec): UserProjection {
  const { namespace, name } = configuration.metadata;
  const own = projectionName(name, spec.source.objectId);
  const metadata = {
    name: own,
    namespace,
    uid: '',
    resourceVersion: '',
    generation: 1,
    creationTimestamp: timestamp(deps.clock.now()),
  };
  return { apiVersion, kind: 'UserProjection', metadata, spec: sealSpec(spec), status: { observedGeneration: -1, state: 'Pending' } };
}

function mappingFacts(run: CycleRun, { spec }: UserProjection, { decision, written }: Conjecture): Parameters<typeof mappingSteps>[0] {
  const compared = 'user' in decision || decision.do === 'Create';
  const wanted = [
    ...Object.keys(spec.attributes ?? {}),
    ...Object.keys(spec.onCreate ?? {}),
    ...(spec.clear ?? []),
    ...(spec.manager ? ['manager'] : []),
  ];
  return {
    origins: run.mappings.origins,
    wanted: new Set(wanted),
    written: compared ? new Set(written) : undefined,
    failures: spec.failedMappings ?? [],
  };
}

async function* scopingSteps(run: CycleRun, user: DirectoryUser, assigned: Assignments): Steps<readonly ExplainedStep[]> {
  const assignment = yield* assignmentOf(run, user.id, assigned);
  return [assignmentStep(assignment), ...filterSteps(run.filter.explain((name) => sourceValue(user, name)))];
}

async function* assignmentOf(run: CycleRun, id: string, { resolved, assignments }: Assignments): Steps<Assignment> {
  if (resolved === undefined || assignments === undefined) return { everybody: true, entries: [], byApplication: false, groups: [] };
  const names = new Map(resolved.users.map(({ userPrincipalName, id: known }) => [userPrincipalName ?? known, known]));
  const entries = (run.configuration.spec.scope.users ?? []).flatMap((entry, index) =>
    names.get(entry.userPrincipalName ?? entry.id ?? '') === id ? [index] : [],
  );
  const ofScope = new Set(resolved.groups.map((group) => group.id));
  const groups: Assignment['groups'][number][] = [];
  for (const groupId of assignments.memberships.groupsOf(id)) {
    const path = run.configuration.spec.scope.includeNestedGroups ? yield* pathTo(run, groupId, id) : [groupId];
    groups.push({ path, ofApplication: !ofScope.has(groupId) });
  }
  return { everybody: false, entries, byApplication: entries.length === 0 && assignments.memberships.users.has(id), groups };
}

/** The groups between a scope group and a user within it: down from the outermost, through those that the user is in too. */
async function* pathTo(run: CycleRun, groupId: string, userId: string): Steps<readonly string[]> {
  const around = (yield* call(run, () => run.session.source.groupsOf([userId], readOptions(run)))).get(userId);
  const path = [groupId];
  while (path.length < deepest) {
    const inner = yield* groupWithin(run, path.at(-1) ?? groupId, (id) => around?.has(id) === true && !path.includes(id));
    if (inner === undefined) break;
    path.push(inner);
  }
  return path;
}

type GroupsRequest = { readonly link: string } | { readonly groupId: string };

async function* groupWithin(run: CycleRun, groupId: string, isAround: (id: string) => boolean): Steps<string | undefined> {
  let request: GroupsRequest = { groupId };
  for (let pages = 0; pages < mostPages; pages += 1) {
    const current: GroupsRequest = request;
    const { items, next }: ResultPage<string> = yield* call(run, () => run.session.source.groupsInGroup(current, readOptions(run)));
    const inner = items.find(isAround);
    if (inner !== undefined || next === undefined) return inner;
    request = { link: next };
    yield { waitMs: 0 };
  }
  return undefined;
}
