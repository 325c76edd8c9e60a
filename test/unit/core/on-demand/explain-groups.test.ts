import { concerns, groupStep, type GroupOfPerson } from '../../../../src/core/on-demand/explain-groups.ts';
import { groupRecordWith, linked, sourceGroup, type GroupGiven } from '../../controllers/group-projection/support.ts';
import { ready } from '../support.ts';

const live = { type: 'Live', account: 'a1' } as const;
const facts = (given: GroupGiven, more: Partial<Omit<GroupOfPerson, 'record'>> = {}): GroupOfPerson => ({
  record: groupRecordWith({ ...given, status: { state: 'Provisioned', ...linked, ...given.status } }),
  inSource: 'In',
  inTarget: 'NotIn',
  standing: live,
  ...more,
});
const left = { inSource: 'NotIn', inTarget: 'In' } as const;
const waits = { stagedRemovals: { count: 1, evidence: 'e', since: '2026-01-05T08:00:00Z' } };
const rejected: GroupGiven['spec'] = { memberRemovals: { verdict: 'Rejected', evidence: 'e' } };
const keeping: GroupGiven['spec'] = { members: { membership: 'Direct', propagateRemovals: false, exclusive: false } };

describe('F5 G3 a person and a group', () => {
  it.each<[string, GroupOfPerson]>([
    ['Member', facts({}, { inTarget: 'In' })],
    ['Member', facts({ status: { state: 'Conflict', ...ready('GroupDynamic', 'False') } }, { inTarget: 'In' })],
    ['GroupNameTaken', facts({ status: { state: 'Conflict', targetGroup: undefined as never, ...ready('GroupNameTaken', 'False') } })],
    ['Progressing', facts({ status: { state: 'Pending', targetGroup: undefined as never } })],
    ['RemovalStaged', facts({ spec: { lifecycle: 'RemovalStaged' }, status: { state: 'Staged', ...ready('RemovalStaged', 'False') } })],
    ['SourceGroupHidden', facts({ status: { state: 'Conflict', ...ready('SourceGroupHidden', 'False') } }, { inSource: 'Unknown' })],
    ['Undecided', facts({}, { inSource: 'Unknown', inTarget: 'In' })],
    ['Undecided', facts({}, { inTarget: 'Unknown' })],
    ['Planned', facts({ spec: { mode: 'Plan' }, status: { state: 'Planned' } })],
    ['Progressing', facts({})],
    ['MembersNotAdded', facts({ status: { warnings: [{ reason: 'MembersNotAdded', message: 'Later.' }] } })],
    ['AccountExpected', facts({}, { standing: { type: 'Expected' } })],
    ['NoAccount', facts({}, { standing: { type: 'HeldBack' } })],
    ['NotInScope', facts({}, { standing: { type: 'None' } })],
    ['Kept', facts({ spec: keeping }, left)],
    ['MemberRemovalsStaged', facts({ status: { state: 'Staged', ...waits } }, left)],
    ['MemberRemovalsRejected', facts({ spec: rejected }, left)],
    ['WouldRemove', facts({}, left)],
  ])('%s', (outcome, given) => {
    expect(concerns(given)).toBe(true);
    expect(groupStep(given)).toMatchObject({ step: 'Groups', outcome });
    expect(groupStep(given).detail).toContain(sourceGroup);
  });

  it('have nothing to do with each other where the person is on neither side', () => {
    expect(concerns(facts({}, { inSource: 'NotIn' }))).toBe(false);
    expect(concerns(facts({}, { inSource: 'NotIn', inTarget: 'Unknown' }))).toBe(false);
  });
});
