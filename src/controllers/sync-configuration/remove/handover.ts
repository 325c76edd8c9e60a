import type { SyncConfiguration } from '../../../api/kinds.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import { decideScope } from '../../../core/scope/decide.ts';
import { keyString } from '../../../ports/resources.ts';
import { filterOf } from '../../shared/compiled.ts';
import { configurationIndexes } from '../../shared/dependencies.ts';
import { call, CycleFailure, readOptions, type ConfirmedRemoval, type CycleRun, type Steps } from '../cycle-run.ts';
import type { ResolvedScope } from '../findings.ts';
import { compileSpec } from '../validate.ts';
import { openScope, readAssignmentsOf } from '../read/assignments.ts';
import { sourceSelect } from '../read/users-round.ts';

const readBatch = 20;

/**
 * Source ids of those who leave this scope while another configuration of the same pair has them in its own, as the source stands
 * now: their accounts change hands without a deletion (B5). A configuration that wants somebody is asked to take over soon, unless this one only plans. A scope that
 * cannot be read wants nobody: its configuration restores the account when it can read again.
 */
export async function* wantedByOthers(
  run: CycleRun,
  removals: readonly Pick<ConfirmedRemoval, 'sourceId' | 'reason'>[],
): Steps<ReadonlySet<string>> {
  const wanted = new Set<string>();
  const leaving = removals.filter(({ reason }) => reason !== 'Deleted').map(({ sourceId }) => sourceId);
  if (leaving.length === 0) return wanted;
  for (const other of run.deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(run.pair.metadata))) {
    if (!takesOver(run, other)) continue;
    const before = wanted.size;
    for (const id of yield* wantedBy(run, other, leaving)) wanted.add(id);
    if (wanted.size === before || run.configuration.spec.mode !== 'Apply') continue;
    run.deps.tracker.requestCycle(keyString(other.metadata));
    run.deps.enqueue.configuration(keyString(other.metadata));
  }
  return wanted;
}

function takesOver(run: CycleRun, other: SyncConfiguration): boolean {
  return (
    other.metadata.uid !== run.configuration.metadata.uid &&
    other.metadata.uid !== run.live.metadata.uid &&
    other.metadata.deletionTimestamp === undefined &&
    other.spec.mode === 'Apply' &&
    !other.spec.suspend &&
    // A configuration that cannot work takes nobody over.
    !('message' in compileSpec(other))
  );
}

async function* wantedBy(run: CycleRun, other: SyncConfiguration, ids: readonly string[]): Steps<readonly string[]> {
  const filter = filterOf(other);
  const resolved = resolvedScopeOf(other);
  if ('message' in filter || !resolved) return [];
  const found: string[] = [];
  try {
    const open =
      other.spec.scope.type === 'All' ? undefined : yield* openScope(run, { scope: other.spec.scope, resolved }, ids.length, undefined);
    const select = [...new Set([...sourceSelect(run), ...filter.attributes])].sort();
    for (let from = 0; from < ids.length; from += readBatch) {
      const batch = ids.slice(from, from + readBatch);
      const assigned = open && (yield* readAssignmentsOf(run, open, batch));
      const unclear = (id: string): boolean => assigned?.unseen.has(id) === true;
      const candidates = batch.filter((id) => (assigned?.memberships.isAssigned(id) ?? true) || unclear(id));
      if (candidates.length === 0) continue;
      const users = yield* call(run, () => run.session.source.getUsers(candidates, select, readOptions(run)));
      // Of a person whom one of two reads does not show nothing is known: they may be wanted, and keep the account.
      for (const user of users.values()) if (unclear(user.id) || decideScope(user, true, filter).type === 'In') found.push(user.id);
      yield { waitMs: 0 };
    }
    return found;
  } catch (error) {
    if (error instanceof CycleFailure || directoryFailure(error, 'Forbidden', 'NotFound')) return [];
    throw error;
  }
}

/** The ids behind the names of a scope, as its configuration has resolved them; undefined while it has not. */
function resolvedScopeOf({ spec, status }: SyncConfiguration): ResolvedScope | undefined {
  const known = status.resolvedScope;
  const users = (spec.scope.users ?? []).map(
    (entry) => entry.id ?? known?.users?.find((user) => user.userPrincipalName === entry.userPrincipalName)?.id,
  );
  const groups = (spec.scope.groups ?? []).map(
    (entry) => entry.id ?? known?.groups?.find((group) => group.displayName === entry.displayName)?.id,
  );
  const members = new Map(known?.groups?.map((group) => [group.id, group.members ?? 0]));
  // A user whose name is not known is left out of a scope; a group that is not known would leave out all its members.
  if (groups.includes(undefined)) return undefined;
  return {
    users: users.flatMap((id) => (id === undefined ? [] : [{ id }])),
    groups: groups.flatMap((id) => (id === undefined ? [] : [{ id, members: members.get(id) ?? 0 }])),
  };
}
