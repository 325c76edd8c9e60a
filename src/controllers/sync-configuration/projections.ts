import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import { groupOf, type RecordGroup } from '../../core/projection/groups.ts';
import { keyString, type Subject } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { CycleRun } from './cycle-run.ts';

export interface Whose {
  readonly deps: Pick<Dependencies, 'projections'>;
  readonly configurationKey: string;
}

/** Whose records of people and of groups are asked. */
export interface WhoseAll extends Whose {
  readonly deps: Pick<Dependencies, 'projections' | 'groups'>;
}

/** Whose records the decisions of a run rest on: of a preview those of the configuration that is previewed. */
export function liveOf({ deps, live }: { readonly deps: Whose['deps']; readonly live: SyncConfiguration }): Whose {
  return { deps, configurationKey: keyString(live.metadata) };
}

/** Source ids of those who have a record that a run decides on; of a preview also of whom it alone knows. */
export function peopleDecidedOn(run: Pick<CycleRun, 'deps' | 'live' | 'configurationKey'>): ReadonlySet<string> {
  const ids = new Set<string>();
  const live = liveOf(run);
  for (const whose of live.configurationKey === run.configurationKey ? [run] : [live, run])
    for (const { id } of peopleOf(whose, 'All')) ids.add(id);
  return ids;
}

/** The projections of a configuration that are in a group, each as the store has it when its turn comes. */
export function projectionsOf({ deps, configurationKey }: Whose, group: RecordGroup): Iterable<UserProjection> {
  return deps.projections.lister.each(groupOf(configurationKey, group));
}

/** How many projections of a configuration are in a group. */
export function countOf({ deps, configurationKey }: Whose, group: RecordGroup): number {
  return deps.projections.lister.count(groupOf(configurationKey, group));
}

/**
 * Accounts that were there before their records, where a first cycle may just have found them. Later on whoever is restored counts as found as well, and
 * would hide those who leave.
 */
export function foundBy(run: Pick<CycleRun, 'deps' | 'live' | 'kind'>): number {
  return run.kind === 'Initial' ? countOf(liveOf(run), 'Found') : 0;
}

/** The source id of whom the records of a configuration know by a user principal name, in any case. */
export function idByName(whose: Whose, name: string): string | undefined {
  for (const { spec } of projectionsOf(whose, 'All'))
    if (spec.source.userPrincipalName?.toLowerCase() === name.toLowerCase()) return spec.source.objectId;
  return undefined;
}

/** The projections of a configuration that are in a group, by source id: for a look at all that reads few. */
export function peopleOf({ deps, configurationKey }: Whose, group: RecordGroup): Iterable<Subject<UserProjection>> {
  return deps.projections.lister.subjects(groupOf(configurationKey, group));
}
