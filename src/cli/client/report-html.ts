import type { Whereabouts } from './people.ts';
import type { Report } from './report.ts';
import { ago, plain } from './table.ts';

/** Text for HTML: everything in a report may have been written by somebody else. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return plain(text).replaceAll(/[&<>"']/g, (found) => entities[found] ?? '');
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d5dae0;vertical-align:top}th{font-weight:600}
code{font-family:ui-monospace,monospace;font-size:.92em}.dim{color:#59636e}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}.dim{color:#8b949e}}`;

function htmlTable(head: readonly string[], rows: readonly (readonly string[])[], otherwise: string): string {
  if (rows.length === 0) return `<p class="dim">${escaped(otherwise)}</p>`;
  const cells = (tag: 'th' | 'td', row: readonly string[]): string => row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table>`;
}

/** One bar for each state, as wide as its share. */
function bars(states: Report['states']): string {
  const most = Math.max(1, ...states.map(({ count }) => count));
  const height = 26;
  const rows = states.map(({ state, count }, index) => {
    const y = index * height;
    const bad = state === 'Failed' || state === 'Conflict' || state === 'failed' || state === 'conflict';
    const width = Math.max(1, Math.round((count / most) * 420));
    return `<text x="0" y="${y + 17}" fill="currentColor">${escaped(state)}</text><rect x="130" y="${y + 4}" width="${width}" height="16" rx="2" fill="${bad ? '#cf222e' : '#2da44e'}"/><text x="${136 + width}" y="${y + 17}" fill="currentColor">${count}</text>`;
  });
  const size = Math.max(height, states.length * height);
  return `<svg role="img" aria-label="People by state" width="640" height="${size}" viewBox="0 0 640 ${size}" font-size="14">${rows.join('')}</svg>`;
}

const section = (title: string, content: string): string => `<section><h2>${escaped(title)}</h2>${content}</section>`;

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
  section('People by state', report.states.length === 0 ? `<p class="dim">Nobody.</p>` : bars(report.states));

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
        const { state, reason, message, conflictingObjectId = '-', nextAttemptAt = '-' } = one;
        return [person(one), place(one), state, reason, message, conflictingObjectId, nextAttemptAt, runbook(reason)];
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
      ['Time', 'Configuration', 'Person', 'Action', 'Status', 'Why', 'Attributes'],
      report.happened.map((one) => [
        one.at,
        place(one),
        one.user,
        one.action,
        one.status,
        one.reason ?? '',
        one.attributes?.join(', ') ?? '',
      ]),
      noPeople(report),
    ),
  );

const sections: readonly Section[] = [resources, states, staged, problems, warned, decisions, cycles, happened];

/** A report as one file of HTML: no script, nothing from elsewhere. */
export function reportHtml(report: Report, version: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(report.title)}</title><style>${style}</style></head>
<body><h1>${escaped(report.title)}</h1><p class="dim">As it was at ${escaped(report.at)}; tenantsync ${escaped(version)}.</p>
${sections.map((one) => one(report)).join('\n')}
</body></html>`;
}
