import type { SyncConfiguration } from '../../../api/kinds.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import type { DirectoryGroup } from '../../../ports/directory.ts';
import { call, CycleFailure, readOptions, type CycleRun, type ReadContext, type Steps } from '../cycle-run.ts';
import type { ResolvedScope } from '../findings.ts';
import { Memberships } from './memberships.ts';
import { readPages } from './pages.ts';

/** Makes sure that a group is there and can be read in full: a group that is not must never look like an empty one (E6). */
async function* checkGroup(run: ReadContext, id: string): Steps<DirectoryGroup> {
  let group: DirectoryGroup | undefined;
  try {
    group = yield* call(run, () => run.session.source.getGroup(id, readOptions(run)));
  } catch (error) {
    throw unreadable(error, id);
  }
  if (!group) throw groupDeleted(id);
  if (group.visibility === 'HiddenMembership') {
    const granted = yield* call(run, () => run.session.source.grantedPermissions({ ...readOptions(run), fresh: true }));
    if (!granted.includes('Member.Read.Hidden')) {
      throw new CycleFailure(
        'ScopeGroupHidden',
        `Scope group ${id} hides its members and the application lacks Member.Read.Hidden: its members cannot be read. Grant the permission or use another group.`,
      );
    }
  }
  return group;
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

async function* readMembers(run: ReadContext, groupId: string, nested: boolean): Steps<Set<string>> {
  const members = new Set<string>();
  try {
    yield* readPages(run, {
      what: `the members of group ${groupId}`,
      start: { groupId, nested },
      read: (request) => run.session.source.groupMembers(request, readOptions(run)),
      take: ({ items }) => {
        const known = members.size;
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
async function* readApplication(run: ReadContext, servicePrincipalId: string): Steps<Assigned> {
  const users = new Set<string>();
  const groups = new Set<string>();
  yield* readPages(run, {
    what: 'the assignments of the application',
    start: { servicePrincipalId },
    read: (request) => run.session.source.applicationAssignments(request, readOptions(run)),
    take: ({ items }) => {
      const known = users.size + groups.size;
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
export async function* readAssignments(
  run: ReadContext,
  scope: SyncConfiguration['spec']['scope'],
  resolved: ResolvedScope,
): Steps<Memberships> {
  const fresh = new Memberships();
  for (const user of resolved.users) fresh.users.add(user.id);
  const groupIds = new Set(resolved.groups.map((group) => group.id));
  if (scope.application) {
    const assigned = yield* readApplication(run, scope.application.servicePrincipalId);
    for (const id of assigned.users) fresh.users.add(id);
    for (const id of assigned.groups) groupIds.add(id);
  }
  for (const id of groupIds) {
    yield* checkGroup(run, id);
    yield { waitMs: 0 };
    fresh.addGroup(id, yield* readMembers(run, id, scope.includeNestedGroups));
  }
  fresh.complete = true;
  return fresh;
}

/** Whether changes of the assignment can be followed by delta: direct members of groups, no application. */
export function followsByDelta(run: ReadContext): boolean {
  const { scope } = run.configuration.spec;
  return scope.type === 'Assigned' && !scope.includeNestedGroups && scope.application === undefined;
}
