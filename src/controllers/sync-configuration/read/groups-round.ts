import { readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import type { Memberships } from './memberships.ts';
import { endless, readPages } from './pages.ts';
import { followsByDelta, groupDeleted, readMemberships } from './scope-reader.ts';

const groupsPerDelta = 50;

interface Membership {
  readonly groupId: string;
  readonly userId: string;
  readonly member: boolean;
}

/** What the groups' part of a round came to. */
export interface GroupsRound {
  /** Users whose assignment may have changed. */
  readonly touched: ReadonlySet<string>;
  /** Opaque delta links, one in a line; undefined when changes are not followed by delta. */
  readonly watermark: string | undefined;
}

/** Reads the assignments: all of them in a full round, their changes in an incremental one. */
export async function* groupsRound(run: CycleRun, watermark: string | undefined): Steps<GroupsRound> {
  if (run.configuration.spec.scope.type === 'All') return { touched: new Set(), watermark: undefined };
  if (!followsByDelta(run)) return yield* completeRound(run);
  if (run.kind === 'Incremental') return yield* incrementalRound(run, watermark);
  const links: string[] = [];
  // The links are taken before the members are read, so that no change falls between the two.
  for (const ids of chunks(
    run.resolvedScope.groups.map((group) => group.id),
    groupsPerDelta,
  )) {
    links.push(yield* drainDelta(run, { groupIds: ids }, []));
  }
  const fresh = yield* readMemberships(run);
  adopt(run, fresh);
  return { touched: new Set(), watermark: links.join('\n') };
}

/** Nested groups and applications have no usable delta: everything is read, and compared with what was known. */
async function* completeRound(run: CycleRun): Steps<GroupsRound> {
  const fresh = yield* readMemberships(run);
  const touched = new Set<string>();
  if (run.kind === 'Incremental') {
    const everybody = new Set([...allAssigned(fresh), ...(run.memberships.complete ? allAssigned(run.memberships) : projectedIds(run))]);
    for (const id of everybody) if (!run.memberships.complete || fresh.isAssigned(id) !== run.memberships.isAssigned(id)) touched.add(id);
  }
  adopt(run, fresh);
  return { touched, watermark: undefined };
}

function projectedIds(run: CycleRun): readonly string[] {
  return run.deps.projections.lister.byIndex('configuration', run.configurationKey).map((projection) => projection.spec.source.objectId);
}

function allAssigned(memberships: Memberships): readonly string[] {
  return [...memberships.users, ...[...memberships.groups.values()].flatMap((members) => [...members])];
}

async function* incrementalRound(run: CycleRun, watermark: string | undefined): Steps<GroupsRound> {
  const changes: Membership[] = [];
  const links: string[] = [];
  for (const link of watermark === undefined || watermark === '' ? [] : watermark.split('\n')) {
    links.push(yield* drainDelta(run, { link }, changes));
  }
  if (changes.length > 0) {
    const known = run.memberships.complete;
    if (!known) yield* ensureMemberships(run);
    for (const { groupId, userId, member } of changes) {
      const members = run.memberships.groups.get(groupId);
      if (member) members?.add(userId);
      // What was read after the change knows of the removal already; a replayed one must not undo it.
      else if (known) members?.delete(userId);
    }
    for (const { userId, member } of changes) if (!member && !run.memberships.isAssigned(userId)) run.announcedGone.add(userId);
    adoptCounts(run);
  }
  return { touched: new Set(changes.map((change) => change.userId)), watermark: links.join('\n') };
}

/** Reads who is assigned unless it is known. */
export async function* ensureMemberships(run: CycleRun): Steps<void> {
  if (run.configuration.spec.scope.type === 'All' || run.memberships.complete) return;
  adopt(run, yield* readMemberships(run));
}

/** Follows one delta round to its end and returns the link of the next. */
async function* drainDelta(
  run: CycleRun,
  first: { readonly link: string } | { readonly groupIds: readonly string[] },
  changes: Membership[],
): Steps<string> {
  const seen = new Set<string>();
  const last = yield* readPages(run, {
    what: 'the changes of groups',
    start: first,
    read: (request) => run.session.source.groupsDelta(request, readOptions(run)),
    take: (page) => {
      const known = seen.size;
      for (const change of page.changes) {
        if (change.type === 'Deleted') throw groupDeleted(change.id);
        for (const userId of change.added) changes.push({ groupId: change.id, userId, member: true });
        for (const userId of change.removed) changes.push({ groupId: change.id, userId, member: false });
        for (const id of [change.id, ...change.added, ...change.removed]) seen.add(id);
      }
      return seen.size - known;
    },
  });
  if (last.watermark === undefined) throw endless('the changes of groups');
  return last.watermark;
}

/** Takes over a complete read. A group that went from some people to none is remembered for the guard. */
export function adopt(run: CycleRun, fresh: Memberships): void {
  run.memberships.clear();
  for (const id of fresh.users) run.memberships.users.add(id);
  for (const [id, members] of fresh.groups) run.memberships.groups.set(id, members);
  run.memberships.complete = true;
  adoptCounts(run);
}

function adoptCounts(run: CycleRun): void {
  if (!run.memberships.complete) return;
  const groups = run.resolvedScope.groups.map((group) => {
    const members = run.memberships.groups.get(group.id)?.size ?? 0;
    if (members === 0 && (group.members ?? 0) > 0) run.emptied = true;
    return { ...group, members };
  });
  const named = new Set(groups.map((group) => group.id));
  run.applicationGroups.clear();
  for (const [id, members] of run.memberships.groups) {
    if (named.has(id)) continue;
    const before = run.configuration.status.resolvedScope?.groups?.find((group) => group.id === id)?.members ?? 0;
    if (members.size === 0 && before > 0) run.emptied = true;
    run.applicationGroups.set(id, members.size);
  }
  run.resolvedScope = { ...run.resolvedScope, groups };
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
