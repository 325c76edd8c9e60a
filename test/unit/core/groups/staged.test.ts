import type { GroupProjection } from '../../../../src/api/kinds.ts';
import { stagedOfGroup } from '../../../../src/core/groups/staged.ts';
import { presentGroup, removeGroup, type GroupContent } from '../../../../src/core/groups/transitions.ts';
import { sealSpec } from '../../../../src/core/projection/sealed-spec.ts';

const content: GroupContent = {
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: 's', objectId: 'g' },
  target: { tenantId: 't' },
  mode: 'Apply',
};
const present = presentGroup(undefined, content);
const leaving = removeGroup(present, 'Apply', { reason: 'Unassigned', action: 'SoftDelete' });
const waiting: Partial<GroupProjection['status']> = { stagedRemovals: { count: 4, evidence: 'e', since: '2026-01-01T00:00:00Z' } };

describe('G3 what of a group waits for a decision', () => {
  test.each<[string, GroupProjection['spec'], Partial<GroupProjection['status']>, 'Deletion' | 'Members' | undefined]>([
    ['nothing', sealSpec(present), {}, undefined],
    ['members who left', sealSpec(present), { ...waiting, state: 'Staged' }, 'Members'],
    ['members who left, while the group fails to be written', sealSpec(present), { ...waiting, state: 'Failed' }, 'Members'],
    ['nothing of a group that is deleted, or not ours to write', sealSpec(present), { ...waiting, state: 'Conflict' }, undefined],
    ['the deletion', sealSpec(leaving), { state: 'Staged' }, 'Deletion'],
    ['the deletion, and its members with it', sealSpec(leaving), { ...waiting, state: 'Staged' }, 'Deletion'],
    ['nothing in a plan', sealSpec({ ...present, mode: 'Plan' as const }), { ...waiting, state: 'Planned' }, undefined],
    ['nothing that somebody else wrote', { ...sealSpec(present), lifecycle: 'RemovalStaged' }, { state: 'Staged' }, undefined],
  ])('%s', (_, spec, status, type) => {
    expect(stagedOfGroup({ spec, status: { state: 'Provisioned', ...status } })?.type).toBe(type);
  });
});
