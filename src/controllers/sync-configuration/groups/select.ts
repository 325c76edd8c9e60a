import { call, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import { ensureMemberships } from '../read/groups-round.ts';

/** A name of the selection as it was resolved. */
export interface ResolvedGroup {
  readonly displayName: string;
  readonly id: string;
}

/** The source groups that are selected, by id, and the names among them. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly resolved: readonly ResolvedGroup[];
}

/**
 * The groups that spec.groups selects. A name is resolved once, and its id kept; one that cannot be found, or that several groups have, is left out with
 * a warning: nobody and nothing is removed because of it.
 */
export async function* selectGroups(run: CycleRun): Steps<Selection> {
  const known = new Map(run.configuration.status.resolvedGroups?.map(({ displayName, id }) => [displayName, id]));
  const ids = new Set<string>();
  const resolved: ResolvedGroup[] = [];
  for (const [index, entry] of (run.configuration.spec.groups?.select ?? []).entries()) {
    if (entry.id !== undefined) ids.add(entry.id.toLowerCase());
    else if (entry.scopeGroups === true) for (const id of yield* scopeGroups(run)) ids.add(id);
    else if (entry.displayName !== undefined) {
      const { displayName } = entry;
      const id = known.get(displayName) ?? (yield* findGroup(run, displayName, `spec.groups.select[${index}]`));
      if (id === undefined) continue;
      ids.add(id);
      resolved.push({ displayName, id });
    }
  }
  return { ids, resolved };
}

/** All groups of the scope. Those that are assigned to an application are known once its assignments have been read. */
async function* scopeGroups(run: CycleRun): Steps<readonly string[]> {
  if (run.configuration.spec.scope.application !== undefined) yield* ensureMemberships(run);
  const ids = [...run.findings.scope.groups.map(({ id }) => id), ...run.findings.applicationGroups.keys()];
  return ids.map((id) => id.toLowerCase());
}

async function* findGroup(run: CycleRun, name: string, field: string): Steps<string | undefined> {
  const found = yield* call(run, () => run.session.source.findGroupsByName(name, readOptions(run)));
  yield { waitMs: 0 };
  const [group] = found;
  if (group !== undefined && found.length === 1) return group.id;
  const what =
    group === undefined
      ? 'the source has no group of this displayName. Correct it, or name the group by id.'
      : `${found.length} groups have the same displayName. Name the group by id.`;
  const reason = group === undefined ? ('ScopeNameNotFound' as const) : ('ScopeNameAmbiguous' as const);
  run.findings.warn({ reason, message: `${field}: ${what} It is left out, and the others go on.` });
  return undefined;
}
