import type { Parity, ParityExample } from '../../core/parity/parity.ts';
import { escaped, htmlTable, page, section } from './html.ts';

const wrote = ({ entraWrote }: ParityExample): string =>
  entraWrote === undefined ? '-' : [entraWrote.action, entraWrote.at, entraWrote.value ?? ''].filter(Boolean).join(', ');

function jobOf({ job }: Parity): string {
  if (job === undefined) return "Entra's job may not be read with the credentials of the pair.";
  const counts = job.counts === undefined ? '' : `, and counts ${job.counts} people as synchronized`;
  return `Entra's job ${job.jobId} ${job.state === 'Runs' ? 'runs' : 'is stopped'}${counts}.`;
}

const unreadOf = ({ notCompared }: Parity): string =>
  notCompared.length === 0 ? '' : ` Written along with other changes, and not to be read by anybody: ${notCompared.join(', ')}.`;

const figures = (parity: Parity): string =>
  `<p><strong>${escaped(parity.summary)}</strong></p><p>${parity.people} people of the plan have an account; ${parity.accounts} accounts of the source's people are in the target. ${escaped(jobOf(parity))}${escaped(unreadOf(parity))}</p>`;

const here = ({ onlyHere }: Parity): string =>
  section(
    `People whom this configuration would have, and who have no account (${onlyHere.length})`,
    htmlTable(
      ['Person', 'What would be done'],
      onlyHere.map(({ sourceObjectId, operation }) => [sourceObjectId, operation]),
      'None.',
    ),
  );

const there = ({ onlyThere }: Parity): string =>
  section(
    `Accounts whose people this configuration would not have (${onlyThere.length})`,
    htmlTable(
      ['Account', 'Person', 'Why', 'Entra wrote'],
      onlyThere.map((one) => [
        one.targetObjectId,
        one.sourceObjectId ?? '-',
        one.why === 'WouldBeDeleted' ? 'it would be deleted' : 'nobody in the plan has it: it would be left alone',
        wrote(one),
      ]),
      'None.',
    ),
  );

const changes = ({ attributes }: Parity): string =>
  section(
    `Attributes that would change (${attributes.length})`,
    htmlTable(
      ['Attribute', 'Accounts', 'For example', 'Person', 'From', 'To', 'Entra wrote'],
      attributes.flatMap(({ attribute, accounts, examples }) =>
        examples.map((one, index) => [
          ...(index === 0 ? [attribute, String(accounts)] : ['', '']),
          one.targetObjectId,
          one.sourceObjectId ?? '-',
          one.from ?? '',
          one.to ?? '',
          wrote(one),
        ]),
      ),
      'None.',
    ),
  );

const undecided = ({ undecided: all }: Parity): string =>
  section(
    `People who cannot be decided about (${all.length})`,
    htmlTable(
      ['Person', 'State', 'Reason', 'Runbook'],
      all.map(({ sourceObjectId, state, reason }) => [sourceObjectId, state, reason, `docs/runbooks/${reason}.md`]),
      'None.',
    ),
  );

const groups = ({ groups: found }: Parity): string =>
  found === undefined
    ? ''
    : section(
        `Groups that would be made or changed (${found.changes.length}), are in a conflict (${found.conflicts.length}), or cannot be decided about (${found.undecided.length})`,
        htmlTable(
          ['Group of the source', 'What would be done', 'Attributes', 'Members added', 'Members removed', 'Runbook'],
          [
            ...found.changes.map((one) => [
              one.sourceObjectId,
              one.operation,
              one.attributes.join(', '),
              String(one.addMembers),
              String(one.removeMembers),
              '',
            ]),
            ...found.conflicts.map((one) => [one.sourceObjectId, 'nothing', '', '', '', `docs/runbooks/${one.reason}.md`]),
            ...found.undecided.map((one) => [one.sourceObjectId, one.state, '', '', '', `docs/runbooks/${one.reason}.md`]),
          ],
          'None.',
        ),
      );

/** A comparison as one file of HTML. */
export function parityHtml(parity: Parity, { at, version }: { readonly at: string; readonly version: string }): string {
  const title = `TenantSync: ${parity.configuration} compared with Entra`;
  return page({ title, at, version }, [figures, here, there, changes, undecided, groups].map((one) => one(parity)).join('\n'));
}
