import { escaped, htmlTable, page, section } from './html.ts';
import type { GroupStanding } from './groups.ts';
import type { Whereabouts } from './people.ts';
import type { Report } from './report.ts';
import { ago } from './table.ts';

/** One bar for each state, as wide as its share. */
function bars(states: Report['states'], what: string): string {
  const most = Math.max(1, ...states.map(({ count }) => count));
  const height = 26;
  const rows = states.map(({ state, count }, index) => {
    const y = index * height;
    const bad = state === 'Failed' || state === 'Conflict' || state === 'failed' || state === 'conflict';
    const width = Math.max(1, Math.round((count / most) * 420));
    return `<text x="0" y="${y + 17}" fill="currentColor">${escaped(state)}</text><rect x="130" y="${y + 4}" width="${width}" height="16" rx="2" fill="${bad ? '#cf222e' : '#2da44e'}"/><text x="${136 + width}" y="${y + 17}" fill="currentColor">${count}</text>`;
  });
  const size = Math.max(height, states.length * height);
  return `<svg role="img" aria-label="${escaped(what)} by state" width="640" height="${size}" viewBox="0 0 640 ${size}" font-size="14">${rows.join('')}</svg>`;
}

const runbook = (reason: string): string => `docs/runbooks/${reason}.md`;

type Section = (report: Report) => string;

const noPeople = (report: Report): string =>
  report.people === 'NotReadable' ? 'The people are not shown: whoever made this report may not read UserProjections.' : 'Nobody.';
const person = ({ user, sourceObjectId }: Whereabouts): string => user ?? sourceObjectId;
const place = ({ namespace, configuration }: { readonly namespace: string; readonly configuration: string }): string =>
  `${namespace}/${configuration}`;

const resources: Section = ({ at, resources: all }) =>
  section(
    'Pairs and configurations',
    htmlTable(
      ['Kind', 'Name', 'Ready', 'Reason', 'In scope', 'Synced', 'Failed', 'Last cycle', 'What it says'],
      all.map(({ kind, namespace, name, ready, reason, users, lastCycleAt, message }) => {
        const counts = [users?.inScope, users?.synced, users?.failed].map((count) => String(count ?? '-'));
        return [kind, `${namespace}/${name}`, ready, reason, ...counts, ago(lastCycleAt, Date.parse(at)), message];
      }),
      'There are none.',
    ),
  );

const states: Section = (report) =>
  section('People by state', report.states.length === 0 ? `<p class="dim">Nobody.</p>` : bars(report.states, 'People'));

/** Reasons of a group that somebody may have to do something about. */
const reasonsOf = ({ reason, isProblem, waits, warnings }: GroupStanding): readonly string[] => [
  ...(isProblem || waits !== undefined ? [reason] : []),
  ...warnings.map((warning) => warning.reason),
];

function groupRow(one: GroupStanding): readonly string[] {
  const { wanted, present, waiting, foreign } = one.members ?? {};
  const members = wanted === undefined ? '-' : `${present ?? 0} of ${wanted}`;
  const others = [waiting, foreign].map((count) => String(count ?? '-'));
  const says = [one.message, ...one.warnings.map(({ message }) => message)].join(' ');
  const when = [one.waits ?? '-', one.conflictingObjectId ?? '-', one.nextAttemptAt ?? '-'];
  return [one.group, place(one), one.state, members, ...others, ...when, says, reasonsOf(one).map(runbook).join(' ')];
}

const groups: Section = ({ groups: all }) => {
  if (all === undefined) return '';
  const head = [
    'Group',
    'Configuration',
    'State',
    'Members',
    'Waiting',
    'Foreign',
    'Waits for a decision',
    'In the way',
    'Next attempt',
    'What it says',
    'Runbook',
  ];
  const unread = 'The groups are not shown: whoever made this report may not read GroupProjections.';
  return section(
    `Groups (${all.states.reduce((sum, { count }) => sum + count, 0)})`,
    bars(all.states, 'Groups') + htmlTable(head, all.standings.map(groupRow), unread),
  );
};

const staged: Section = (report) =>
  section(
    `Waiting for a decision (${report.staged.length})`,
    htmlTable(
      ['Person', 'Configuration', 'What', 'Account', 'Since'],
      report.staged.map((one) => [person(one), place(one), one.why, one.targetObjectId ?? '-', one.since ?? '-']),
      noPeople(report),
    ),
  );

const problems: Section = (report) =>
  section(
    `Failures and conflicts (${report.problems.length})`,
    htmlTable(
      ['Person', 'Configuration', 'State', 'Reason', 'What it says', 'In the way', 'Next attempt', 'Runbook'],
      report.problems.map((one) => {
        const { state, reason, message, conflictingObjectId, conflictingObjectKind = '', nextAttemptAt = '-' } = one;
        const inTheWay = conflictingObjectId === undefined ? '-' : `${conflictingObjectKind} ${conflictingObjectId}`.trim();
        return [person(one), place(one), state, reason, message, inTheWay, nextAttemptAt, runbook(reason)];
      }),
      noPeople(report),
    ),
  );

const warned: Section = (report) =>
  section(
    'Warnings',
    htmlTable(
      ['Resource', 'Warning', 'What it says', 'Runbook'],
      report.resources.flatMap(({ kind, namespace, name, warnings }) =>
        warnings.map(({ reason, message }) => [`${kind} ${namespace}/${name}`, reason, message, runbook(reason)]),
      ),
      'There are none.',
    ),
  );

const decisions: Section = (report) =>
  section(
    'Decisions',
    htmlTable(
      ['Configuration', 'Decision', 'State', 'By', 'At', 'Set'],
      report.decisions.map((one) => [place(one), one.decision, one.state ?? '-', one.by ?? '-', one.at ?? '-', one.token ?? '-']),
      'None waits, and none was made.',
    ),
  );

const cycles: Section = (report) =>
  section(
    'Cycles',
    htmlTable(
      ['Configuration', 'Kind', 'Result', 'Ended', 'Operations'],
      report.cycles.map(({ configuration, kind, result, completedAt, operations }) => [
        configuration,
        kind,
        result,
        completedAt,
        operations,
      ]),
      'There were none.',
    ),
  );

const happened: Section = (report) =>
  section(
    'What happened',
    htmlTable(
      ['Time', 'Configuration', 'Person', 'Action', 'Status', 'Why', 'Approved by', 'Cycle', 'Attributes'],
      report.happened.map((one) => [
        one.at,
        place(one),
        one.user,
        one.action,
        one.status,
        one.reason ?? '',
        one.approvedBy ?? '-',
        one.cycleId ?? '-',
        one.attributes?.join(', ') ?? '',
      ]),
      noPeople(report),
    ),
  );

const sections: readonly Section[] = [resources, states, groups, staged, problems, warned, decisions, cycles, happened];

/** A report as one file of HTML. */
export function reportHtml(report: Report, version: string): string {
  const { title, at } = report;
  return page({ title, at, version }, sections.map((one) => one(report)).join('\n'));
}
