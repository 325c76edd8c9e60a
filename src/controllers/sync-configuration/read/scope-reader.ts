import type { SyncConfiguration } from '../../../api/kinds.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import type { DirectoryGroup } from '../../../ports/directory.ts';
import { call, CycleFailure, readOptions, type CycleRun, type ReadContext, type Steps } from '../cycle-run.ts';
import type { ResolvedScope } from '../findings.ts';
import { Memberships } from './memberships.ts';
import { readPages } from './pages.ts';

/** Makes sure that a group is there and can be read in full: a group that is not must never look like an empty one (E6). */
async function* checkGroup(run: ReadContext, id: string): Steps<void> {
  try {
    yield* requireReadable(run, id, yield* call(run, () => run.session.source.getGroup(id, readOptions(run))));
  } catch (error) {
    throw unreadable(error, id);
  }
}

async function* requireReadable(run: ReadContext, id: string, group: DirectoryGroup | undefined): Steps<void> {
  if (!group) throw groupDeleted(id);
  if (group.visibility !== 'HiddenMembership') return;
  const granted = yield* call(run, () => run.session.source.grantedPermissions({ ...readOptions(run), fresh: true }));
  if (granted.includes('Member.Read.Hidden')) return;
  throw new CycleFailure(
    'ScopeGroupHidden',
    `Scope group ${id} hides its members and the application lacks Member.Read.Hidden: its members cannot be read. Grant the permission or use another group.`,
  );
}

export function groupDeleted(id: string): CycleFailure {
  return new CycleFailure(
    'ScopeGroupDeleted',
    `Scope group ${id} does not exist in the source any more. Nobody is deleted because of that: restore the group, or remove it from spec.scope.groups.`,
  );
}

function unreadable(error: unknown, id: string): unknown {
  const failure = directoryFailure(error, 'Forbidden');
  return failure
    ? new CycleFailure(
        'ScopeGroupUnreadable',
        `Scope group ${id} cannot be read: the application lacks the permission. Nobody is deleted because of that. ${failure.message}`,
        { cause: error },
      )
    : error;
}

type Scope = SyncConfiguration['spec']['scope'];

/** Reads who is in a group; what has to be left out is counted in `fresh`. */
async function* readMembers(run: ReadContext, groupId: string, nested: boolean, fresh: Memberships): Steps<Set<string>> {
  const members = new Set<string>();
  try {
    yield* readPages(run, {
      what: `the members of group ${groupId}`,
      start: { groupId, nested },
      read: (request) => run.session.source.groupMembers(request, readOptions(run)),
      take: ({ items, unusable = [] }) => {
        const known = members.size;
        fresh.unusable += unusable.length;
        for (const id of items) members.add(id);
        return members.size - known;
      },
    });
    return members;
  } catch (error) {
    if (directoryFailure(error, 'NotFound')) throw groupDeleted(groupId);
    throw unreadable(error, groupId);
  }
}

interface Assigned {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** Principals assigned to the enterprise application: users, and groups that count like scope groups. */
async function* readApplication(run: ReadContext, servicePrincipalId: string, fresh: Memberships): Steps<Assigned> {
  const users = new Set<string>();
  const groups = new Set<string>();
  yield* readPages(run, {
    what: 'the assignments of the application',
    start: { servicePrincipalId },
    read: (request) => run.session.source.applicationAssignments(request, readOptions(run)),
    take: ({ items, unusable = [] }) => {
      const known = users.size + groups.size;
      fresh.unusable += unusable.length;
      for (const { principalId, principalType } of items) {
        if (principalType === 'User') users.add(principalId);
        else if (principalType === 'Group') groups.add(principalId);
      }
      return users.size + groups.size - known;
    },
  });
  return { users, groups };
}

/** Reads who is assigned completely and directly, past any delta. */
export function readMemberships(run: CycleRun): Steps<Memberships> {
  return readAssignments(run, run.configuration.spec.scope, run.findings.scope);
}

/** Reads who is assigned by a scope whose names have been resolved. */
export async function* readAssignments(run: ReadContext, scope: Scope, resolved: ResolvedScope): Steps<Memberships> {
  const { fresh, groupIds } = yield* readPrincipals(run, scope, resolved);
  for (const id of groupIds) {
    yield* checkGroup(run, id);
    yield { waitMs: 0 };
    fresh.addGroup(id, yield* readMembers(run, id, scope.includeNestedGroups, fresh));
  }
  fresh.complete = true;
  return fresh;
}

interface Principals {
  /** What was read: users who are assigned one by one, so far. */
  readonly fresh: Memberships;
  /** Groups whose members are assigned. */
  readonly groupIds: ReadonlySet<string>;
}

async function* readPrincipals(run: ReadContext, scope: Scope, resolved: ResolvedScope): Steps<Principals> {
  const fresh = new Memberships();
  for (const user of resolved.users) fresh.users.add(user.id);
  const groupIds = new Set(resolved.groups.map((group) => group.id));
  if (scope.application) {
    const assigned = yield* readApplication(run, scope.application.servicePrincipalId, fresh);
    for (const id of assigned.users) fresh.users.add(id);
    for (const id of assigned.groups) groupIds.add(id);
  }
  return { fresh, groupIds };
}

/** Who is assigned, of some people or of all (`memberships.complete`). */
export interface AssignmentReading {
  readonly memberships: Memberships;
  /** People who were not there when they were asked for their groups: nothing is known of their assignments. */
  readonly unseen: ReadonlySet<string>;
  /** Monotonic time before the first read: what it says is as old as that. */
  readonly readAt: number;
}

/** Whether of two reads of one person one is behind: a person who is there was not there when asked for the groups. Nothing follows from them. */
export function disagree(assignments: AssignmentReading | undefined, user: { readonly id: string } | undefined): boolean {
  return user !== undefined && assignments?.unseen.has(user.id) === true;
}

/** People asked for their groups in one step. */
const peopleInStep = 200;
const pageSize = 999;
const batchSize = 20;

/**
 * Reads who of some people is assigned. They are asked for the groups that they are in, unless reading all members takes fewer requests: with large
 * scope groups that would last for minutes, and whoever has come back meanwhile would still look away.
 */
export async function* readAssignmentsOf(
  run: ReadContext,
  scope: Scope,
  resolved: ResolvedScope,
  ids: readonly string[],
): Steps<AssignmentReading> {
  const readAt = run.deps.clock.monotonic();
  const principals = yield* readPrincipals(run, scope, resolved);
  const some = asksEach(principals, resolved, ids.length) ? yield* readMembershipsOf(run, scope, principals, ids) : undefined;
  if (some !== undefined) return { readAt, ...some };
  return { readAt, memberships: yield* readAssignments(run, scope, resolved), unseen: new Set() };
}

/** Whether it takes fewer requests to ask people for their groups, and whether those are there, than groups for their members. */
function asksEach({ groupIds }: Principals, { groups }: ResolvedScope, people: number): boolean {
  const sizes = new Map(groups.map(({ id, members }) => [id, members ?? 0]));
  const pages = [...groupIds].reduce((sum, id) => sum + Math.max(1, Math.ceil((sizes.get(id) ?? 0) / pageSize)), 0);
  return Math.ceil(people / batchSize) + Math.ceil(groupIds.size / batchSize) <= groupIds.size + pages;
}

/** The memberships of some people; undefined where the application may not ask for them. */
async function* readMembershipsOf(
  run: ReadContext,
  scope: Scope,
  { fresh, groupIds }: Principals,
  ids: readonly string[],
): Steps<Pick<AssignmentReading, 'memberships' | 'unseen'> | undefined> {
  const groupsOf = new Map<string, ReadonlySet<string>>();
  try {
    for (let from = 0; from < ids.length; from += peopleInStep) {
      const some = ids.slice(from, from + peopleInStep);
      for (const [id, groups] of yield* call(run, () => run.session.source.groupsOf(some, readOptions(run)))) groupsOf.set(id, groups);
      yield { waitMs: 0 };
    }
  } catch (error) {
    if (directoryFailure(error, 'Forbidden')) return undefined;
    throw error;
  }
  // A group that was deleted before it was asked for its members is in nobody's list.
  yield* checkGroups(run, [...groupIds]);
  for (const groupId of groupIds) fresh.addGroup(groupId, []);
  const doubtful = new Set<string>();
  for (const [id, groups] of groupsOf) {
    for (const groupId of groups) {
      if (!groupIds.has(groupId)) continue;
      if (scope.includeNestedGroups) fresh.add(groupId, id);
      else doubtful.add(groupId);
    }
  }
  // Somebody is in these, or in a group within them, which does not count.
  for (const groupId of doubtful) fresh.addGroup(groupId, yield* readMembers(run, groupId, false, fresh));
  return { memberships: fresh, unseen: new Set(ids.filter((id) => !groupsOf.has(id))) };
}

async function* checkGroups(run: ReadContext, ids: readonly string[]): Steps<void> {
  for (let from = 0; from < ids.length; from += peopleInStep) {
    const some = ids.slice(from, from + peopleInStep);
    const groups = yield* call(run, () => run.session.source.getGroups(some, readOptions(run)));
    for (const id of some) yield* requireReadable(run, id, groups.get(id));
    yield { waitMs: 0 };
  }
}

/** Whether changes of the assignment can be followed by delta: direct members of groups, no application. */
export function followsByDelta(run: ReadContext): boolean {
  const { scope } = run.configuration.spec;
  return scope.type === 'Assigned' && !scope.includeNestedGroups && scope.application === undefined;
}
