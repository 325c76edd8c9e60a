import { hashOf } from '../../../core/hash.ts';
import { countUnusable, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import { peopleOf } from '../projections.ts';
import type { Memberships } from './memberships.ts';
import { endless, readPages } from '../../shared/pages.ts';
import { knownGroups } from './scope-names.ts';
import { followsByDelta, groupDeleted, readMemberships } from './scope-reader.ts';

const groupsPerDelta = 50;

/** Takes in one change of a group's members. */
type Take = (groupId: string, userId: string, member: boolean) => void;

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
  // Without a link, as where it did not fit into the status, everything is read.
  if (run.kind === 'Incremental') return yield* watermark === undefined ? completeRound(run) : incrementalRound(run, watermark);
  const links: string[] = [];
  // The links are taken before the members are read, so that no change falls between the two.
  for (const ids of chunks(
    run.findings.scope.groups.map((group) => group.id),
    groupsPerDelta,
  )) {
    links.push(yield* drainDelta(run, { groupIds: ids }, () => undefined));
  }
  const fresh = yield* readMemberships(run);
  adopt(run, fresh);
  return { touched: new Set(), watermark: links.join('\n') };
}

/** Nested groups and applications have no usable delta, and a link may be missing: everything is read, and compared with what was known. */
async function* completeRound(run: CycleRun): Steps<GroupsRound> {
  const fresh = yield* readMemberships(run);
  const touched = new Set<string>();
  if (run.kind === 'Incremental') {
    const { complete } = run.memberships;
    const known = complete ? run.memberships.everybody() : projectedIds(run);
    for (const id of fresh.everybody()) if (!complete || !run.memberships.isAssigned(id)) touched.add(id);
    for (const id of known) if (!complete || !fresh.isAssigned(id)) touched.add(id);
  }
  adopt(run, fresh);
  return { touched, watermark: undefined };
}

function projectedIds(run: CycleRun): readonly string[] {
  return Array.from(peopleOf(run, 'All'), ({ id }) => id);
}

async function* incrementalRound(run: CycleRun, watermark: string): Steps<GroupsRound> {
  const known = run.memberships.complete;
  const touched = new Set<string>();
  const left = new Set<string>();
  /** Who joined which group, while the members are not known. */
  const joined = new Map<string, Set<string>>();
  const links: string[] = [];
  const take: Take = (groupId, userId, member) => {
    touched.add(userId);
    if (!member) left.add(userId);
    if (known && member) run.memberships.add(groupId, userId);
    else if (known) run.memberships.remove(groupId, userId);
    else if (member) joined.set(groupId, (joined.get(groupId) ?? new Set()).add(userId));
    else joined.get(groupId)?.delete(userId);
  };
  for (const link of watermark === '' ? [] : watermark.split('\n')) {
    links.push(yield* drainDelta(run, { link }, take));
  }
  if (touched.size > 0) {
    if (!known) yield* ensureMemberships(run);
    // What was read after the change knows of a removal already, but may be behind an addition.
    for (const [groupId, ids] of joined) for (const id of ids) run.memberships.add(groupId, id);
    for (const id of left) if (!run.memberships.isAssigned(id)) run.findings.announceGone(id);
    adoptCounts(run);
  }
  return { touched, watermark: links.join('\n') };
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
  take: Take,
): Steps<string> {
  const seen = new Set<string>();
  let unusable = 0;
  const last = yield* readPages(run, {
    what: 'the changes of groups',
    start: first,
    read: (request) => run.session.source.groupsDelta(request, readOptions(run)),
    take: (page) => {
      const known = seen.size;
      run.findings.hear(page.changes.length + (page.unusable?.length ?? 0));
      unusable += page.unusable?.length ?? 0;
      for (const change of page.changes) {
        if (change.type === 'Deleted') throw groupDeleted(change.id);
        for (const userId of change.added) take(change.id, userId, true);
        for (const userId of change.removed) take(change.id, userId, false);
        for (const id of [change.id, ...change.added, ...change.removed]) seen.add(id);
      }
      return seen.size - known;
    },
  });
  if (last.watermark === undefined) throw endless('the changes of groups');
  countUnusable(run, hashOf(first), unusable);
  return last.watermark;
}

/** Takes over a complete read. A group that went from some people to none is remembered for the guard. */
export function adopt(run: CycleRun, fresh: Memberships): void {
  run.memberships.become(fresh);
  countUnusable(run, 'assignments', fresh.unusable);
  adoptCounts(run);
}

/** Takes over what a read has found of some people. A group that has lost the last of them is remembered for the guard. */
export function adoptSome(run: CycleRun, userIds: readonly string[], read: Memberships): void {
  run.memberships.correct(userIds, read);
  adoptCounts(run);
}

function adoptCounts(run: CycleRun): void {
  if (!run.memberships.complete) return;
  const sizes = new Map(run.memberships.sizes());
  const groups = run.findings.scope.groups.map((group) => {
    const members = sizes.get(group.id) ?? 0;
    if (members === 0 && (group.members ?? 0) > 0) run.findings.findEmptied();
    return { ...group, members };
  });
  for (const { id } of groups) sizes.delete(id);
  const before = new Map(knownGroups(run).map(({ id, members }) => [id, members ?? 0]));
  for (const [id, members] of sizes) {
    if (members === 0 && (before.get(id) ?? 0) > 0) run.findings.findEmptied();
  }
  run.findings.findApplicationGroups(sizes);
  run.findings.resolve({ ...run.findings.scope, groups });
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
