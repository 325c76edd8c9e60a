import type { TargetGroup } from '../../../../src/api/directory-group.ts';
import type { GroupProjectionStatus } from '../../../../src/api/generated.ts';
import { contentOf, decideGroup, type GroupDecision, type GroupFacts } from '../../../../src/core/groups/decide.ts';

const anchor = 'tenantsync-1-default-t-g';
const adoptedAnchor = 'tenantsync-1a-default-t-g';
const attributes = { displayName: 'Falcon', mailNickname: 'falcon' };
const live: TargetGroup = {
  id: 'target',
  ...attributes,
  uniqueName: anchor,
  mailEnabled: false,
  dynamic: false,
  roleAssignable: false,
  managementRestricted: false,
  onPremises: false,
};
const other: TargetGroup = { ...live, id: 'other', uniqueName: null };
const link = (more: object = {}): GroupProjectionStatus => ({
  observedGeneration: 1,
  state: 'Provisioned',
  targetGroup: { objectId: 'target', origin: 'Created', ...more },
});
const fresh: GroupProjectionStatus = { observedGeneration: -1, state: 'Pending' };
const spec = (change: Partial<GroupFacts['spec']> = {}): GroupFacts['spec'] => ({
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: 's', objectId: 'g' },
  target: { tenantId: 't' },
  mode: 'Apply',
  lifecycle: 'Present',
  attributes,
  revision: 'new',
  ...change,
});
const removal = (action: 'SoftDelete' | 'Retain', more: Partial<GroupFacts['spec']> = {}): GroupFacts['spec'] =>
  spec({ lifecycle: 'Removed', removal: { reason: 'Unassigned', action }, ...more });
const approved = removal('SoftDelete', { approvedToken: 'token' });
const facts = (change: Partial<GroupFacts> = {}): GroupFacts => ({
  live: undefined,
  deleted: undefined,
  namesakes: [],
  nicknamed: [],
  spec: spec(),
  status: fresh,
  anchors: [anchor, adoptedAnchor],
  adoption: 'Adopt',
  claimedByOther: false,
  hasRoom: true,
  drift: 'Ignore',
  writtenRecently: false,
  ...change,
});
const keep = (change: Partial<Extract<GroupDecision, { do: 'Keep' }>> = {}): GroupDecision => ({
  do: 'Keep',
  group: live,
  origin: 'Created',
  rename: {},
  nameTaken: false,
  drifted: [],
  ...change,
});
const adopt = (change: Partial<Extract<GroupDecision, { do: 'Adopt' }>> = {}): GroupDecision => ({
  do: 'Adopt',
  group: other,
  rename: {},
  nameTaken: false,
  ...change,
});
const conflict = (reason: string, objectId?: string): object => ({
  do: 'Conflict',
  reason,
  ...(objectId === undefined ? {} : { objectId }),
});

const rows: readonly (readonly [what: string, given: Partial<GroupFacts>, decision: object])[] = [
  // Wanted, and nothing there.
  ['nothing is there: made', {}, { do: 'Create' }],
  ['nothing is there, and no room: held back', { hasRoom: false }, { do: 'Skip' }],
  ['another group has the name: a conflict, never an adoption', { namesakes: [other] }, conflict('GroupNameTaken', 'other')],
  ['it cannot be named: a failure', { spec: { ...spec(), attributes: undefined } as unknown as GroupFacts['spec'] }, { do: 'Fail' }],
  [
    'a creation whose answer was lost: made again, which makes it once',
    { status: { ...fresh, intent: { operation: 'Create', at: '' } } },
    { do: 'Create' },
  ],
  ['linked, gone and written a moment ago: waited for', { status: link(), writtenRecently: true }, { do: 'Wait' }],
  ['linked and gone for certain: made anew', { status: link() }, { do: 'Create' }],
  // Recognised by the mail nickname.
  ['another group has the nickname: taken over', { nicknamed: [other], namesakes: [other] }, adopt()],
  [
    'another group has the nickname, and another name: renamed as well',
    { nicknamed: [{ ...other, displayName: 'Old' }] },
    adopt({ group: { ...other, displayName: 'Old' }, rename: { displayName: 'Falcon' } }),
  ],
  [
    'a third one has the name: taken over under its own',
    { nicknamed: [{ ...other, displayName: 'Old' }], namesakes: [{ ...other, id: 'third' }] },
    adopt({ group: { ...other, displayName: 'Old' }, nameTaken: true }),
  ],
  [
    'the nickname, and adoption is Ignore: a conflict',
    { nicknamed: [other], adoption: 'Ignore' },
    conflict('ExistingGroupNotAdopted', 'other'),
  ],
  ['several have the nickname: a conflict', { nicknamed: [other, { ...other, id: 'third' }] }, conflict('GroupAmbiguous', 'other')],
  ['the nickname, and an owner: a conflict', { nicknamed: [{ ...other, uniqueName: 'x' }] }, conflict('GroupNotOurs', 'other')],
  ['the nickname, and roles: a conflict', { nicknamed: [{ ...other, roleAssignable: true }] }, conflict('GroupRoleAssignable', 'other')],
  ['the nickname, and mail: a conflict', { nicknamed: [{ ...other, mailEnabled: true }] }, conflict('GroupMailEnabled', 'other')],
  ['the nickname, and a rule: a conflict', { nicknamed: [{ ...other, dynamic: true }] }, conflict('GroupDynamic', 'other')],
  ['the nickname, on premises: a conflict', { nicknamed: [{ ...other, onPremises: true }] }, conflict('GroupOnPremises', 'other')],
  ['the nickname, and no room: held back', { nicknamed: [other], hasRoom: false }, { do: 'Skip' }],
  ['nobody has the nickname: made', { nicknamed: [] }, { do: 'Create' }],
  [
    'taken over before: kept',
    { live: { ...live, uniqueName: adoptedAnchor } },
    keep({ group: { ...live, uniqueName: adoptedAnchor }, origin: 'Adopted' }),
  ],
  [
    'taken over a moment ago, which reads do not show: waited for',
    { live: { ...live, uniqueName: null }, status: link({ origin: 'Adopted' }), writtenRecently: true },
    { do: 'Wait' },
  ],
  [
    'taken over long ago, and without an anchor: a conflict',
    { live: { ...live, uniqueName: null }, status: link({ origin: 'Adopted' }) },
    conflict('GroupNotOurs', 'target'),
  ],
  // In the recycle bin.
  ['deleted by us: restored', { status: link({ deletedAt: '2026' }), deleted: live }, { do: 'Restore', group: live }],
  [
    'a restore whose answer was lost: once more',
    { status: { ...link(), intent: { operation: 'Restore', at: '' } }, deleted: live },
    { do: 'Restore', group: live },
  ],
  ['deleted by somebody else: a conflict', { status: link(), deleted: live }, conflict('GroupDeletedInTarget', 'target')],
  ['deleted by nobody knows whom: a conflict', { deleted: live }, conflict('GroupDeletedInTarget', 'target')],
  ['restored by us, which shows late: waited for', { status: link(), deleted: live, writtenRecently: true }, { do: 'Wait' }],
  // There.
  ['ours: kept', { live, status: link() }, keep()],
  ['found by its anchor: adopted', { live }, keep({ origin: 'Adopted' })],
  ['found after a creation whose answer was lost: ours', { live, status: { ...fresh, intent: { operation: 'Create', at: '' } } }, keep()],
  ['found by its anchor, and adoption is Ignore: a conflict', { live, adoption: 'Ignore' }, conflict('ExistingGroupNotAdopted', 'target')],
  ['ours, and adoption is Ignore: kept', { live, adoption: 'Ignore', status: link() }, keep()],
  [
    'made by us, answer lost, adoption Ignore: kept',
    { live, adoption: 'Ignore', status: { ...fresh, intent: { operation: 'Create', at: '' } } },
    keep(),
  ],
  ['of another anchor: a conflict', { live: { ...live, uniqueName: 'x' }, status: link() }, conflict('GroupNotOurs', 'target')],
  ['without an anchor: a conflict', { live: { ...live, uniqueName: null }, status: link() }, conflict('GroupNotOurs', 'target')],
  ['assignable to roles', { live: { ...live, roleAssignable: true }, status: link() }, conflict('GroupRoleAssignable', 'target')],
  ['dynamic', { live: { ...live, dynamic: true }, status: link() }, conflict('GroupDynamic', 'target')],
  ['mail-enabled', { live: { ...live, mailEnabled: true }, status: link() }, conflict('GroupMailEnabled', 'target')],
  ['synchronized from on premises', { live: { ...live, onPremises: true }, status: link() }, conflict('GroupOnPremises', 'target')],
  ['restricted', { live: { ...live, managementRestricted: true }, status: link() }, conflict('GroupRestricted', 'target')],
  ['claimed by an older configuration', { live, status: link(), claimedByOther: true }, conflict('ClaimedByOtherConfiguration')],
  // Names.
  [
    'the source has another name: renamed',
    { live: { ...live, displayName: 'Old' }, status: link() },
    keep({ group: { ...live, displayName: 'Old' }, rename: { displayName: 'Falcon' } }),
  ],
  [
    'the new name is taken: only the nickname',
    { live: { ...live, displayName: 'Old', mailNickname: 'old' }, status: link(), namesakes: [other] },
    keep({ group: { ...live, displayName: 'Old', mailNickname: 'old' }, rename: { mailNickname: 'falcon' }, nameTaken: true }),
  ],
  [
    'the only one of that name is ours: renamed',
    { live: { ...live, displayName: 'falcon' }, status: link(), namesakes: [live] },
    keep({ group: { ...live, displayName: 'falcon' }, rename: { displayName: 'Falcon' } }),
  ],
  [
    'the target has another name, and the source says nothing new: left',
    { live: { ...live, displayName: 'Theirs' }, status: { ...link(), appliedRevision: 'new' } },
    keep({ group: { ...live, displayName: 'Theirs' } }),
  ],
  [
    'the target has another name, and something else of the record has changed: left',
    { live: { ...live, displayName: 'Theirs' }, status: { ...link(), appliedRevision: 'old', appliedContent: contentOf(attributes) } },
    keep({ group: { ...live, displayName: 'Theirs' } }),
  ],
  [
    'other names were applied last: renamed',
    { live: { ...live, displayName: 'Old' }, status: { ...link(), appliedRevision: 'new', appliedContent: 'other' } },
    keep({ group: { ...live, displayName: 'Old' }, rename: { displayName: 'Falcon' } }),
  ],
  // Drift.
  [
    'changed in the target, and drift is reported: left, and said',
    { live: { ...live, displayName: 'Theirs' }, status: { ...link(), appliedRevision: 'new' }, drift: 'Report' },
    keep({ group: { ...live, displayName: 'Theirs' }, drifted: ['displayName'] }),
  ],
  [
    'changed in the target, and drift is corrected: set back',
    { live: { ...live, displayName: 'Theirs', mailNickname: 'x' }, status: { ...link(), appliedRevision: 'new' }, drift: 'Correct' },
    keep({ group: { ...live, displayName: 'Theirs', mailNickname: 'x' }, rename: { displayName: 'Falcon', mailNickname: 'falcon' } }),
  ],
  [
    'changed in the target, and another group has the name by now: left, and said',
    { live: { ...live, displayName: 'Theirs' }, status: { ...link(), appliedRevision: 'new' }, drift: 'Correct', namesakes: [other] },
    keep({ group: { ...live, displayName: 'Theirs' }, nameTaken: true, drifted: ['displayName'] }),
  ],
  [
    'written a moment ago, which reads do not show: no drift',
    { live: { ...live, displayName: 'Old' }, status: { ...link(), appliedRevision: 'new' }, drift: 'Correct', writtenRecently: true },
    keep({ group: { ...live, displayName: 'Old' } }),
  ],
  [
    'renamed by the source: no drift',
    { live: { ...live, displayName: 'Old' }, status: link(), drift: 'Report' },
    keep({ group: { ...live, displayName: 'Old' }, rename: { displayName: 'Falcon' } }),
  ],
  // Not wanted any more.
  ['staged: nothing', { live, status: link(), spec: spec({ lifecycle: 'RemovalStaged' }) }, { do: 'Nothing' }],
  ['staged, and gone: forgotten', { status: link(), spec: spec({ lifecycle: 'RemovalStaged' }) }, { do: 'Forget' }],
  [
    'staged, and written a moment ago: nothing',
    { status: link(), spec: spec({ lifecycle: 'RemovalStaged' }), writtenRecently: true },
    { do: 'Nothing' },
  ],
  ['let go', { live, status: link(), spec: removal('Retain') }, { do: 'Release' }],
  ['to be let go, and gone: forgotten', { status: link(), spec: removal('Retain') }, { do: 'Forget' }],
  ['a deletion that nobody approved: nothing', { live, status: link(), spec: removal('SoftDelete') }, { do: 'Nothing' }],
  ['approved: deleted', { live, status: link(), spec: approved }, { do: 'Delete', group: live }],
  [
    'approved, and it carries roles by now: a conflict',
    { live: { ...live, roleAssignable: true }, status: link(), spec: approved },
    conflict('GroupRoleAssignable', 'target'),
  ],
  [
    'approved, and not ours: a conflict',
    { live: { ...live, uniqueName: 'x' }, status: link(), spec: approved },
    conflict('GroupNotOurs', 'target'),
  ],
  [
    'a deletion whose answer was lost: once more',
    { live, status: { ...link({ deletedAt: '2026' }), intent: { operation: 'Delete', at: '' } }, spec: approved },
    { do: 'Delete', group: live },
  ],
  [
    'deleted, which shows late: waited for',
    { live, status: link({ deletedAt: '2026' }), spec: approved, writtenRecently: true },
    { do: 'Wait' },
  ],
  ['deleted, and restored by somebody: let go', { live, status: link({ deletedAt: '2026' }), spec: approved }, { do: 'Release' }],
  ['in the recycle bin: nothing', { deleted: live, status: link({ deletedAt: '2026' }), spec: approved }, { do: 'Nothing' }],
  [
    'in the recycle bin by a deletion whose answer was lost: noted',
    { deleted: live, status: { ...link(), intent: { operation: 'Delete', at: '' } }, spec: approved },
    { do: 'Deleted', group: live },
  ],
  [
    'in the recycle bin, and somebody else has put it there: forgotten',
    { deleted: live, status: link(), spec: approved },
    { do: 'Forget' },
  ],
  [
    'in the recycle bin by a deletion whose answer was lost, and wanted again: restored',
    { deleted: live, status: { ...link(), intent: { operation: 'Delete', at: '' } } },
    { do: 'Restore', group: live },
  ],
  ['gone, which may be a lag: waited for', { status: link(), spec: approved, writtenRecently: true }, { do: 'Wait' }],
  ['gone for good: forgotten', { status: link({ deletedAt: '2026' }), spec: approved }, { do: 'Forget' }],
];

describe('G3 what is done about a group', () => {
  test.each(rows)('%s', (_, given, decision) => {
    expect(decideGroup(facts(given))).toEqual(decision);
  });
});
