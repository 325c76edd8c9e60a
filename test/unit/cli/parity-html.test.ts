import { parityHtml } from '../../../src/cli/client/parity-html.ts';
import type { Parity } from '../../../src/core/parity/parity.ts';

const zero: Parity = {
  configuration: 'staff',
  summary: 'Zero differences: for all 2 people the accounts are what this configuration would make.',
  differences: 0,
  people: 2,
  accounts: 2,
  onlyHere: [],
  onlyThere: [],
  attributes: [],
  undecided: [],
  anchors: 0,
  notCompared: [],
};
const about = { at: '2026-01-05T10:00:00.000Z', version: '0.1.0' };

describe('G7 a comparison as HTML', () => {
  it('begins with the sentence, and is one file without scripts or anything from elsewhere', () => {
    const html = parityHtml(zero, about);
    expect(html).toContain('<p><strong>Zero differences: for all 2 people');
    expect(html).toContain('Entra&#39;s job may not be read with the credentials of the pair.');
    expect(html).not.toMatch(/<script|src=|href=|https?:/);
    expect(html.match(/<p class="dim">None\.<\/p>/g)).toHaveLength(4);
  });

  it('shows groups where there are any', () => {
    const change = { sourceObjectId: 'group-1', operation: 'Update', attributes: ['displayName'], addMembers: 3, removeMembers: 1 };
    const groups = {
      same: 1,
      anchors: 0,
      changes: [change],
      conflicts: [{ sourceObjectId: 'group-2', reason: 'GroupNameTaken' }],
      undecided: [],
    };
    const html = parityHtml({ ...zero, groups }, about);
    expect(html).toContain('Groups that would be made or changed (1), are in a conflict (1)');
    for (const text of ['group-1', 'displayName', 'group-2', 'docs/runbooks/GroupNameTaken.md']) expect(html).toContain(text);
    expect(parityHtml(zero, about)).not.toContain('Group of the source');
  });

  it('shows what was found, and takes values of a directory as text', () => {
    const html = parityHtml(
      {
        ...zero,
        job: { jobId: 'Azure2Azure.a.1', state: 'Runs', counts: 12 },
        onlyHere: [{ sourceObjectId: 'person-1', operation: 'Create' }],
        onlyThere: [{ targetObjectId: 'account-1', why: 'NotInPlan' }],
        attributes: [
          {
            attribute: 'department',
            accounts: 40,
            examples: [
              {
                targetObjectId: 'account-2',
                sourceObjectId: 'person-2',
                from: '<script>alert(1)</script>',
                to: '"x"',
                entraWrote: { at: '2026-01-04T10:00:00Z', action: 'update', value: '<b>' },
              },
            ],
          },
        ],
        undecided: [{ sourceObjectId: 'person-3', state: 'Conflict', reason: 'InternalUserExists' }],
        notCompared: ['showInAddressList'],
      },
      about,
    );
    expect(html).not.toMatch(/<script|<b>/);
    for (const text of [
      'Entra&#39;s job Azure2Azure.a.1 runs, and counts 12 people as synchronized.',
      '<td>person-1</td><td>Create</td>',
      '<td>account-1</td><td>-</td><td>nobody in the plan has it: it would be left alone</td>',
      '<td>department</td><td>40</td><td>account-2</td><td>person-2</td><td>&lt;script&gt;alert(1)&lt;/script&gt;</td><td>&quot;x&quot;</td>',
      'update, 2026-01-04T10:00:00Z, &lt;b&gt;',
      'docs/runbooks/InternalUserExists.md',
      'not to be read by anybody: showInAddressList.',
    ])
      expect(html).toContain(text);
  });
});
