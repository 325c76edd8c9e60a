import type { GroupProjection, SyncConfiguration } from '../../../src/api/kinds.ts';
import { groupsReport } from '../../../src/cli/client/groups.ts';
import { reportHtml } from '../../../src/cli/client/report-html.ts';
import { reportOf } from '../../../src/cli/client/report.ts';
import { configurationWith } from '../controllers/support.ts';
import { groupRecordWith, type GroupGiven } from '../controllers/group-projection/support.ts';
import { ready } from '../core/support.ts';

const counted: SyncConfiguration = {
  ...configurationWith(),
  status: { ...configurationWith().status, groups: { selected: 3, synced: 1, conflict: 2, failed: 0 } },
};
const group = (displayName: string, given: GroupGiven): GroupProjection =>
  groupRecordWith({ ...given, spec: { attributes: { displayName, mailNickname: 'x' }, ...given.spec } });
const records = [
  group('Well', { status: { state: 'Provisioned', members: { wanted: 3, present: 2, waiting: 1, foreign: 4 } } }),
  group('Staged', {
    status: {
      state: 'Staged',
      ...ready('MemberRemovalsStaged', 'False'),
      stagedRemovals: { count: 7, evidence: 'e', since: '2026-01-05T08:00:00Z' },
    },
  }),
  group('<b>Taken', { status: { state: 'Conflict', ...ready('GroupNameTaken', 'False'), conflictingObjectId: 'theirs' } }),
];
const found = { pairs: [], configurations: [counted], records: [], groups: records };
const html = (groups: typeof records | undefined): string => reportHtml(reportOf({ ...found, groups }, 'staff', 0), '0.1.0');

describe('F5 G3 groups in a report', () => {
  test('are listed with state and members, problems first, then what waits', () => {
    const report = groupsReport([counted], records);
    expect(report?.names).toBe('Named');
    expect(report?.states).toEqual([
      { state: 'Conflict', count: 1 },
      { state: 'Provisioned', count: 1 },
      { state: 'Staged', count: 1 },
    ]);
    expect(report?.standings).toMatchObject([
      { group: '<b>Taken', state: 'Conflict', reason: 'GroupNameTaken', conflictingObjectId: 'theirs' },
      { group: 'Staged', waits: '7 member(s) would leave it' },
      { group: 'Well', members: { wanted: 3, present: 2 } },
    ]);
  });

  test('name the runbook of each problem, and show what somebody has written as text', () => {
    const page = html(records);
    expect(page).toContain('Groups (3)');
    expect(page).toContain('<td>&lt;b&gt;Taken</td><td>identity/staff</td><td>Conflict</td>');
    expect(page).toContain('docs/runbooks/GroupNameTaken.md');
    expect(page).toContain('docs/runbooks/MemberRemovalsStaged.md');
    expect(page).toContain('<td>2 of 3</td><td>1</td><td>4</td>');
  });

  test('are numbers alone for whoever may not read their records', () => {
    const page = html(undefined);
    expect(page).toContain('Groups (3)');
    expect(page).toContain('may not read GroupProjections');
    expect(page).not.toContain('Taken');
  });

  test('are not there where none are projected', () => {
    expect(html([])).not.toContain('Groups (');
    expect(groupsReport([configurationWith()], undefined)).toBeUndefined();
  });
});
