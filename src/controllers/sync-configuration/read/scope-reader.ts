import type { SyncConfiguration } from '../../../api/kinds.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import type { DirectoryGroup } from '../../../ports/directory.ts';
import { call, CycleFailure, readOptions, type CycleRun, type ReadContext, type Steps } from '../cycle-run.ts';
import type { ResolvedScope } from '../findings.ts';
import { Memberships } from './memberships.ts';
import { readPages } from '../../shared/pages.ts';

/** Makes sure that a group is there and can be read in full: a group that is not must never look like an empty one (E6). */
async function* checkGroup(run: ReadContext, id: string): Steps<void> {
  try {
    yield* requireReadable(run, id, yield* call(run, () => run.session.source.getGroup(id, readOptions(run))));
  } catch (error) {
    throw unreadable(error, id);
  }
}

export async function* requireReadable(run: ReadContext, id: string, group: DirectoryGroup | undefined): Steps<void> {
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

export type Scope = SyncConfiguration['spec']['scope'];

/** Reads who is in a group; what has to be left out is counted in `fresh`. */
export async function* readMembers(run: ReadContext, groupId: string, nested: boolean, fresh: Memberships): Steps<Set<string>> {
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

/** Whom a scope assigns: users one by one, and the members of groups. */
export interface Principals {
  /** What was read: users who are assigned one by one, so far. */
  readonly fresh: Memberships;
  /** Groups whose members are assigned. */
  readonly groupIds: ReadonlySet<string>;
}

export async function* readPrincipals(run: ReadContext, scope: Scope, resolved: ResolvedScope): Steps<Principals> {
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

/** Whether changes of the assignment can be followed by delta: direct members of groups, no application. */
export function followsByDelta(run: ReadContext): boolean {
  const { scope } = run.configuration.spec;
  return scope.type === 'Assigned' && !scope.includeNestedGroups && scope.application === undefined;
}
