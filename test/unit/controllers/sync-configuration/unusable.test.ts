import { groupsRound } from '../../../../src/controllers/sync-configuration/read/groups-round.ts';
import { fullUsersRound } from '../../../../src/controllers/sync-configuration/read/users-round.ts';
import type { SourceDirectory } from '../../../../src/ports/directory.ts';
import { cycleRun, finish, type RunOptions, type TestRun } from '../../../support/cycle-run.ts';
import { sourceUser } from '../../../support/fake-source.ts';

const entries = (count: number) => Array.from({ length: count }, () => ({ reason: 'NotAnId' }));

/** How many entries were counted as left out. */
const leftOut = ({ run }: TestRun): number => [...run.findings.skipped.values()].filter((reason) => reason === 'RecordRefused').length;

const source: Partial<SourceDirectory> = {
  usersDelta: (request) =>
    Promise.resolve(
      'link' in request
        ? { changes: [], watermark: 'end', unusable: entries(1) }
        : { changes: [{ type: 'Present', user: sourceUser('u'), complete: true }], next: 'second', unusable: entries(2) },
    ),
  groupsDelta: () => Promise.resolve({ changes: [], watermark: 'end', unusable: entries(4) }),
  groupMembers: () => Promise.resolve({ items: ['u'], unusable: entries(8) }),
  applicationAssignments: () => Promise.resolve({ items: [], unusable: entries(16) }),
};

function assigned(scope: RunOptions['scope'], kind: 'Full' | 'Incremental'): TestRun {
  return cycleRun({ source, kind, scope: { type: 'Assigned', ...scope }, groups: scope?.groups ? [{ id: 'g' }] : [] });
}

describe('I8 entries that no object can have sent are counted, and nobody else is affected', () => {
  it('of users, on whatever page', async () => {
    const made = cycleRun({ source });
    await finish(fullUsersRound(made.run));
    expect(leftOut(made)).toBe(3);
    expect(made.records.has('u')).toBe(true);
  });

  it('of groups and their members', async () => {
    const made = assigned({ groups: [{ id: 'g' }] }, 'Full');
    await finish(groupsRound(made.run, undefined));
    expect(leftOut(made)).toBe(4 + 8);
    expect(made.run.memberships.isAssigned('u')).toBe(true);
  });

  it('of changes of groups, by each link', async () => {
    const made = assigned({ groups: [{ id: 'g' }] }, 'Incremental');
    await finish(groupsRound(made.run, 'one\ntwo'));
    expect(leftOut(made)).toBe(4 + 4);
  });

  it('of the assignments of an application, once however often they are read', async () => {
    const made = assigned({ application: { servicePrincipalId: 'a' } }, 'Full');
    await finish(groupsRound(made.run, undefined));
    await finish(groupsRound(made.run, undefined));
    expect(leftOut(made)).toBe(16);
  });

  it('as none where there are none', async () => {
    const made = cycleRun({ source: { usersDelta: () => Promise.resolve({ changes: [], watermark: 'end' }) } });
    await finish(fullUsersRound(made.run));
    expect(leftOut(made)).toBe(0);
  });
});
