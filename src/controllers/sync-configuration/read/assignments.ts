import { directoryFailure } from '../../../core/errors/directory-error.ts';
import { call, readOptions, type ReadContext, type Steps } from '../cycle-run.ts';
import type { ResolvedScope } from '../findings.ts';
import { Memberships } from './memberships.ts';
import { readAssignments, readMembers, readPrincipals, requireReadable, type Principals, type Scope } from './scope-reader.ts';

/** Who of some people is assigned, or of all (`memberships.complete`). */
export interface AssignmentReading {
  readonly memberships: Memberships;
  /** People who were not there when they were asked for their groups: nothing is known of their assignments. */
  readonly unseen: ReadonlySet<string>;
  /** When what it says of a person was asked, or later where it could not be asked of the person alone (monotonic). */
  readonly readAtOf: (userId: string) => number;
}

/** Whether of two reads of one person one is behind: a person who is there was not there when asked for the groups. Nothing follows from them. */
export function disagree(assignments: AssignmentReading | undefined, user: { readonly id: string } | undefined): boolean {
  return user !== undefined && assignments?.unseen.has(user.id) === true;
}

/** A scope that was looked at, so that it can be asked about people, some at a time. */
export interface OpenScope {
  readonly scope: Scope;
  readonly resolved: ResolvedScope;
  readonly principals: Principals;
  /** Who is assigned directly, as remembered or read, of whatever age. */
  readonly known: Memberships | undefined;
  /** All assignments as this look has read them, and when it began to. */
  whole: { readonly memberships: Memberships; readonly readAt: number } | undefined;
  /** Direct members of groups that were in doubt. */
  readonly members: Map<string, ReadonlySet<string>>;
}

const pageSize = 999;
const batchSize = 20;
const groupsInStep = 200;
/** A reading of everything counts for each person while it is not older; then each is asked alone. */
const youngMs = 10_000;

/**
 * Looks at a scope about which so many people are to be asked: whom it assigns, and that its groups are there, however long that takes. Where
 * it takes fewer requests than asking the people, all members are read.
 */
export async function* openScope(
  run: ReadContext,
  { scope, resolved }: { readonly scope: Scope; readonly resolved: ResolvedScope },
  people: number,
  known: Memberships | undefined,
): Steps<OpenScope> {
  const principals = yield* readPrincipals(run, scope, resolved);
  const open: OpenScope = {
    scope,
    resolved,
    principals,
    known: known?.complete === true ? known : undefined,
    whole: undefined,
    members: new Map(),
  };
  if (asksEach(principals, resolved, people)) yield* checkGroups(run, [...principals.groupIds]);
  else yield* readWhole(run, open);
  return open;
}

async function* readWhole(run: ReadContext, open: OpenScope): Steps<Memberships> {
  const readAt = run.deps.clock.monotonic();
  const memberships = yield* readAssignments(run, open.scope, open.resolved);
  open.whole = { memberships, readAt };
  return memberships;
}

/** Whether it takes fewer requests to ask people for their groups, and whether those are there, than groups for their members. */
function asksEach({ groupIds }: Principals, { groups }: ResolvedScope, people: number): boolean {
  const sizes = new Map(groups.map(({ id, members }) => [id, members ?? 0]));
  const pages = [...groupIds].reduce((sum, id) => sum + Math.max(1, Math.ceil((sizes.get(id) ?? 0) / pageSize)), 0);
  return Math.ceil(people / batchSize) + Math.ceil(groupIds.size / batchSize) <= groupIds.size + pages;
}

/** A group that was deleted before people are asked for their groups would be in nobody's list. */
async function* checkGroups(run: ReadContext, ids: readonly string[]): Steps<void> {
  for (let from = 0; from < ids.length; from += groupsInStep) {
    const some = ids.slice(from, from + groupsInStep);
    const groups = yield* call(run, () => run.session.source.getGroups(some, readOptions(run)));
    for (const id of some) yield* requireReadable(run, id, groups.get(id));
    yield { waitMs: 0 };
  }
}

/**
 * Reads who of some people, one batch of them at best, is assigned now. Each is asked for the groups that they are in: with large scope groups
 * a reading of all members lasts for minutes, and whoever has come back meanwhile would still look away.
 */
export async function* readAssignmentsOf(run: ReadContext, open: OpenScope, ids: readonly string[]): Steps<AssignmentReading> {
  const { whole } = open;
  const { clock } = run.deps;
  if (whole && clock.monotonic() - whole.readAt <= youngMs) return wholeReading(whole.memberships, whole.readAt);
  const readAt = clock.monotonic();
  let groupsOf: ReadonlyMap<string, ReadonlySet<string>>;
  try {
    groupsOf = yield* call(run, () => run.session.source.groupsOf(ids, readOptions(run)));
  } catch (error) {
    if (!directoryFailure(error, 'Forbidden')) throw error;
    // The application may not ask: what the groups say is all there is, and it was read to the end just now.
    const memberships = whole?.memberships ?? (yield* readWhole(run, open));
    return wholeReading(memberships, clock.monotonic());
  }
  const { memberships, doubted } = yield* decide(run, open, groupsOf);
  const laterAt = clock.monotonic();
  return {
    memberships,
    unseen: new Set(ids.filter((id) => !groupsOf.has(id))),
    readAtOf: (id) => (doubted.has(id) ? laterAt : readAt),
  };
}

const wholeReading = (memberships: Memberships, readAt: number): AssignmentReading => ({
  memberships,
  unseen: new Set(),
  readAtOf: () => readAt,
});

/** What the groups of people say of their assignments. */
async function* decide(
  run: ReadContext,
  open: OpenScope,
  groupsOf: ReadonlyMap<string, ReadonlySet<string>>,
): Steps<{ readonly memberships: Memberships; readonly doubted: ReadonlySet<string> }> {
  const { scope, principals } = open;
  const memberships = new Memberships();
  for (const id of principals.fresh.users) memberships.users.add(id);
  for (const groupId of principals.groupIds) memberships.addGroup(groupId, []);
  const doubted = new Set<string>();
  for (const [id, groups] of groupsOf) {
    const among = [...groups].filter((groupId) => principals.groupIds.has(groupId));
    const direct = open.whole?.memberships ?? open.known;
    for (const groupId of among) {
      // Where direct members count, somebody may be in it by another group: who was known to be a member is one still.
      if (scope.includeNestedGroups || direct?.isMember(groupId, id) === true) memberships.add(groupId, id);
      else {
        doubted.add(id);
        if ((yield* membersOf(run, open, groupId)).has(id)) memberships.add(groupId, id);
      }
    }
  }
  return { memberships, doubted };
}

/** The direct members of a group, read once for all who are asked about. */
async function* membersOf(run: ReadContext, { members }: OpenScope, groupId: string): Steps<ReadonlySet<string>> {
  const known = members.get(groupId);
  if (known) return known;
  const read = yield* readMembers(run, groupId, false, new Memberships());
  members.set(groupId, read);
  return read;
}
