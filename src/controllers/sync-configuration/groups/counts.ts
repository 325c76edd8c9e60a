import type { SyncConfigurationStatus } from '../../../api/generated.ts';
import type { SyncConfiguration } from '../../../api/kinds.ts';
import { keyString } from '../../../ports/resources.ts';
import { groupIndexes, type Dependencies } from '../../shared/dependencies.ts';

type Groups = Required<NonNullable<SyncConfigurationStatus['groups']>>;

/** Number of groups by state; undefined where a configuration projects none and has none left. */
export function countGroups(deps: Pick<Dependencies, 'groups'>, { metadata, spec }: SyncConfiguration): Groups | undefined {
  const records = deps.groups.lister.byIndex(groupIndexes.configuration, keyString(metadata));
  if (records.length === 0 && spec.groups === undefined) return undefined;
  const inState = (...states: readonly (typeof records)[number]['status']['state'][]): number =>
    records.filter(({ status }) => states.includes(status.state)).length;
  return {
    selected: records.filter((record) => record.spec.lifecycle === 'Present').length,
    synced: inState('Provisioned'),
    pending: inState('Pending'),
    failed: inState('Failed'),
    conflict: inState('Conflict'),
    skipped: inState('Skipped'),
    staged: inState('Staged'),
    planned: inState('Planned'),
  };
}

/** How many groups of a configuration are called otherwise in the target than was written. */
export function driftedGroups({
  deps,
  configurationKey,
}: {
  readonly deps: Pick<Dependencies, 'groups'>;
  readonly configurationKey: string;
}): number {
  const records = deps.groups.lister.byIndex(groupIndexes.configuration, configurationKey);
  return records.filter(({ status }) => (status.drift?.length ?? 0) > 0).length;
}
