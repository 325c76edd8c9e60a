import type { GroupProjection } from '../../../../../src/api/kinds.ts';
import { countGroups } from '../../../../../src/controllers/sync-configuration/groups/counts.ts';
import { groupRecordWith } from '../../group-projection/support.ts';
import { configurationWith, Site } from '../../support.ts';
import { selectingIds } from './support.ts';

const none = { selected: 0, synced: 0, pending: 0, failed: 0, conflict: 0, skipped: 0, staged: 0, planned: 0 };

describe('G3 the numbers of groups', () => {
  it('G3 say nothing of a configuration that projects none, and has none left', () => {
    const { deps } = new Site();
    expect(countGroups(deps, configurationWith())).toBeUndefined();
    expect(countGroups(deps, configurationWith(selectingIds(['g'])))).toEqual(none);
  });

  it.each<[keyof typeof none, GroupProjection['status']['state']]>([
    ['synced', 'Provisioned'],
    ['pending', 'Pending'],
    ['failed', 'Failed'],
    ['conflict', 'Conflict'],
    ['skipped', 'Skipped'],
    ['staged', 'Staged'],
    ['planned', 'Planned'],
  ])('G3 count as %s who is %s', (word, state) => {
    const site = new Site();
    site.groups.put(groupRecordWith({ status: { state } }));
    expect(countGroups(site.deps, configurationWith())).toEqual({ ...none, selected: 1, [word]: 1 });
  });

  it('G3 count nobody of another configuration, and as selected nobody who is to go', () => {
    const site = new Site();
    site.groups.put(groupRecordWith({ spec: { syncConfigurationRef: { name: 'other' } }, metadata: { name: 'other' } }));
    site.groups.put(groupRecordWith({ spec: { lifecycle: 'Removed' }, status: { state: 'Retained' } }));
    expect(countGroups(site.deps, configurationWith())).toEqual(none);
  });
});
