import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import { groupOf, type RecordGroup } from '../../core/projection/groups.ts';
import { visitAll } from '../../ports/clock.ts';
import { keyString, type ObjectMeta, type Subject } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { CycleRun } from './cycle-run.ts';

export interface Whose {
  readonly deps: Pick<Dependencies, 'projections'>;
  readonly configurationKey: string;
}

/** Whose records of people and of groups are asked. */
export interface WhoseAll extends Walked {
  readonly deps: Pick<Dependencies, 'projections' | 'groups' | 'clock'>;
}

/** Whose records the decisions of a run rest on: of a preview those of the configuration that is previewed. */
export function liveOf<D extends Whose['deps']>({
  deps,
  live,
}: {
  readonly deps: D;
  readonly live: SyncConfiguration;
}): Whose & { readonly deps: D } {
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

/** Whose records are walked over, giving way to the rest of the process meanwhile. */
export interface Walked extends Whose {
  readonly deps: Pick<Dependencies, 'projections' | 'clock'>;
}

/** A record by its name and whom it is about. */
export interface NamedRecord {
  readonly metadata: Pick<ObjectMeta, 'namespace' | 'name' | 'uid'>;
  readonly sourceId: string;
}

/** Visits the projections of a configuration that are in a group. */
export async function visitProjections(whose: Walked, group: RecordGroup, visit: (record: UserProjection) => void): Promise<void> {
  await visitAll(whose.deps.clock, projectionsOf(whose, group), visit);
}

/**
 * The projections of a configuration that are in a group and for which `belongs` holds, by name: the records of a whole tenant would fill the heap of the
 * image, so that each is taken from the store again when its turn comes.
 */
export async function namesIn(
  whose: Walked,
  group: RecordGroup,
  belongs: (record: UserProjection) => boolean = () => true,
): Promise<readonly NamedRecord[]> {
  const names: NamedRecord[] = [];
  await visitProjections(whose, group, (record) => {
    const { namespace, name, uid } = record.metadata;
    if (belongs(record)) names.push({ metadata: { namespace, name, uid }, sourceId: record.spec.source.objectId });
  });
  return names;
}

/** The source id of whom the records of a configuration know by a user principal name, in any case. */
export async function idByName(whose: Walked, name: string): Promise<string | undefined> {
  let id: string | undefined;
  await visitProjections(whose, 'All', ({ spec }) => {
    if (spec.source.userPrincipalName?.toLowerCase() === name.toLowerCase()) id ??= spec.source.objectId;
  });
  return id;
}

/** The projections of a configuration that are in a group, by source id: for a look at all that reads few. */
export function peopleOf({ deps, configurationKey }: Whose, group: RecordGroup): Iterable<Subject<UserProjection>> {
  return deps.projections.lister.subjects(groupOf(configurationKey, group));
}
