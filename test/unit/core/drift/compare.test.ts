import type { AttributeValue } from '../../../../src/api/attributes.ts';
import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { compareAccount, comparedProperties, driftPolicy, isComparable, type Comparing } from '../../../../src/core/drift/compare.ts';
import type { Authority } from '../../../../src/core/mapping/compile.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import { omit } from '../../../../src/core/omit.ts';
import { contentRevision } from '../../../../src/core/projection/desired.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import { guest, internal, recordWith, sourceObjectId, sourceTenantId, specWith } from '../support.ts';

const now = Date.parse('2026-05-04T12:00:00Z');
const minute = 60_000;
const at = (offset: number): string => new Date(now + offset).toISOString();
const anchor = 'extensionAttribute15';
const ours = formatAnchor({ sourceTenantId, sourceObjectId, installation: 'default' });

const comparing: Comparing = {
  mappings: { authorityOf: () => 'Source' },
  anchor: undefined,
  installation: 'default',
  limits: undefined,
  readAt: now,
  replicationWindowMs: 10 * minute,
};

interface Given {
  readonly spec?: Partial<UnsealedSpec>;
  readonly status?: Partial<UserProjection['status']>;
  readonly metadata?: Partial<UserProjection['metadata']>;
  readonly applied?: boolean;
}

/** The record of a person with an account that agreed when it was written last. */
function record({ spec, status, metadata, applied = true }: Given = {}): UserProjection {
  const wanted = { attributes: { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: true }, ...spec };
  const appliedContent = applied ? contentRevision(contentOf(specWith(wanted))) : 'another';
  return recordWith({
    spec: wanted,
    status: {
      state: 'Provisioned',
      observedGeneration: 1,
      appliedContent,
      targetUser: { objectId: 'account', origin: 'Created' },
      ...status,
    },
    metadata: { generation: 1, ...metadata },
  });
}

const account = (values: Readonly<Record<string, AttributeValue | null>> = {}, more: Partial<DirectoryUser> = {}): DirectoryUser => {
  const attributes = { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: true, ...values };
  return guest('account', { attributes, accountEnabled: attributes.accountEnabled, ...more });
};

describe('what a configuration does about drift', () => {
  it.each([
    ['Ignore', 'Apply', ['Update'], 'Ignore'],
    ['Report', 'Apply', ['Update'], 'Report'],
    ['Report', 'Plan', ['Update'], 'Report'],
    ['Correct', 'Apply', ['Create', 'Update'], 'Correct'],
    ['Correct', 'Plan', ['Create', 'Update'], 'Report'],
    ['Correct', 'Apply', ['Create', 'Delete'], 'Report'],
  ] as const)('E11 %s in mode %s with the actions %j: %s', (policy, mode, targetActions, expected) => {
    expect(driftPolicy({ drift: { policy, interval: '1h' }, mode, targetActions })).toBe(expected);
  });

  it('E11 a list is asked for the evidence of whose an account is, for what is mapped and for the anchor, each once', () => {
    const properties = comparedProperties({ targetAttributes: ['jobTitle', 'mail'] }, anchor);
    expect(properties).toEqual(expect.arrayContaining(['id', 'identities', 'creationType', 'jobTitle', anchor]));
    expect(new Set(properties).size).toBe(properties.length);
    expect(properties).not.toContain('manager');
  });
});

describe('whose account is compared', () => {
  it.each<[string, Given, boolean]>([
    ['one in use', {}, true],
    ['one that is blocked', { status: { state: 'Blocked' } }, true],
    ['one whose block waits', { status: { state: 'Staged' }, spec: { blockStaged: true, evidence: 'e' } }, true],
    ['one in Plan mode', { status: { state: 'Planned' }, spec: { mode: 'Plan' } }, true],
    ['one whose removal was rejected', { spec: { rejected: true, evidence: 'e' } }, true],
    ['one let go', { status: { state: 'Retained' } }, false],
    ['one released by an earlier record', { status: { targetUser: { objectId: 'account', releasedAt: at(-minute) } } }, false],
    ['one that we deleted', { status: { state: 'SoftDeleted' } }, false],
    ['one found deleted', { status: { targetUser: { objectId: 'account', foundDeletedAt: at(-minute) } } }, false],
    ['one purged', { status: { state: 'Purged' } }, false],
    ['one in a conflict', { status: { state: 'Conflict' } }, false],
    ['one that fails', { status: { state: 'Failed' } }, false],
    ['of another configuration', { status: { state: 'Skipped' } }, false],
    ['of somebody whose removal waits', { status: { state: 'Staged' }, spec: { lifecycle: 'RemovalStaged' } }, false],
    ['of somebody who left', { spec: { lifecycle: 'Removed' } }, false],
    ['of somebody who is left alone', { spec: { ignored: true } }, false],
    ['with a write under way', { status: { intent: { operation: 'Delete', at: at(-minute) } } }, false],
    ['just invited', { status: { targetUser: { objectId: 'account', unfinished: true } } }, false],
    ['with something new to be written', { applied: false }, false],
    ['of a record that was not handled yet', { metadata: { generation: 2 } }, false],
    ['of a record that is being deleted', { metadata: { deletionTimestamp: at(-minute) } }, false],
    ['written a moment ago', { status: { lastWriteAt: at(-9 * minute) } }, false],
    ['written before the replication window', { status: { lastWriteAt: at(-10 * minute) } }, true],
    ['written by a clock that was ahead', { status: { lastWriteAt: at(3 * 60 * minute) } }, false],
  ])('E11 %s', (_, given, expected) => {
    expect(isComparable(record(given), comparing)).toBe(expected);
  });

  it('E11 nobody without an account', () => {
    const { status, ...rest } = record();
    expect(isComparable({ ...rest, status: omit(status, 'targetUser') }, comparing)).toBe(false);
  });
});

describe('what a list says of an account', () => {
  const differs = (...attributes: string[]) => ({ type: 'Compared', attributes });
  it.each<[string, Given, DirectoryUser, ReturnType<typeof differs>]>([
    ['it agrees', {}, account(), differs()],
    ['values differ, in order', {}, account({ jobTitle: 'Chief', displayName: 'Anna' }), differs('displayName', 'jobTitle')],
    ['a value is gone', {}, account({ jobTitle: null }), differs('jobTitle')],
    ['sign-in was blocked', {}, account({ accountEnabled: false }), differs('accountEnabled')],
    ['what nobody maps', {}, account({ city: 'Rome' }), differs()],
    ['a value stands that is to be empty', { spec: { clear: ['city'] } }, account({ city: 'Rome' }), differs('city')],
    ['what is only set at creation', { spec: { onCreate: { companyName: 'Contoso' } } }, account({ companyName: 'Else' }), differs()],
    ['what the directory refused', { status: { refusedAttributes: [{ name: 'jobTitle' }] } }, account({ jobTitle: 'Chief' }), differs()],
    [
      'sign-in was opened',
      { spec: { attributes: { accountEnabled: false } }, status: { targetUser: { objectId: 'account', signInBlockedAt: at(-minute) } } },
      account(),
      differs('accountEnabled'),
    ],
    ['a block that is still owed', { spec: { attributes: { accountEnabled: false } } }, account(), differs()],
    ['a block whose decision waits', { spec: { blockStaged: true, evidence: 'e' } }, account({ accountEnabled: false }), differs()],
    [
      'what is written and never read',
      { spec: { attributes: { showInAddressList: true } } },
      account({ showInAddressList: false }),
      differs(),
    ],
  ])('E11 %s', (_, given, user, expected) => {
    expect(compareAccount(record(given), user, comparing)).toEqual(expected);
  });

  it.each<[Authority, AttributeValue | null, string[]]>([
    ['Source', 'Chief', ['jobTitle']],
    ['Target', 'Chief', []],
    ['WhenEmpty', 'Chief', []],
    ['WhenEmpty', null, ['jobTitle']],
  ])('C9 with authority %s and %j in the target: %j', (authority, jobTitle, attributes) => {
    const mappings = { authorityOf: () => authority };
    expect(compareAccount(record(), account({ jobTitle }), { ...comparing, mappings })).toEqual({ type: 'Compared', attributes });
  });

  it('C9 with MostRestrictive a block of the target is no drift, and the end of a block of the source is', () => {
    const mappings = { authorityOf: () => 'MostRestrictive' as const };
    const blocked = {
      spec: { attributes: { accountEnabled: false } },
      status: { targetUser: { objectId: 'account', signInBlockedAt: at(-1) } },
    };
    expect(compareAccount(record(), account({ accountEnabled: false }), { ...comparing, mappings })).toEqual(differs());
    expect(compareAccount(record(blocked), account(), { ...comparing, mappings })).toEqual(differs('accountEnabled'));
  });

  it.each<[string, DirectoryUser]>([
    ['internal', internal('account')],
    ['of which it cannot be told', account({}, { userPrincipalName: 'ana@fabrikam.com' })],
  ])('I2 an account that looks %s proves nothing', (_, user) => {
    expect(compareAccount(record(), user, comparing)).toEqual({ type: 'Doubtful' });
  });

  const person = { sourceTenantId, sourceObjectId: '99999999-9999-4999-8999-999999999999' };
  it.each<[string, string | null, ReturnType<typeof differs> | { type: 'Doubtful' }]>([
    ['ours', ours, differs()],
    ['ours in an older form', formatAnchor({ sourceTenantId, sourceObjectId }), differs()],
    ['gone', null, differs(anchor)],
    ['some text', 'something', differs(anchor)],
    ['another installation', formatAnchor({ sourceTenantId, sourceObjectId, installation: 'other' }), { type: 'Doubtful' }],
    ['another person', formatAnchor({ ...person, installation: 'default' }), { type: 'Doubtful' }],
  ])('I15 an anchor that says %s', (_, value, expected) => {
    expect(compareAccount(record(), account({ [anchor]: value }), { ...comparing, anchor })).toEqual(expected);
  });
});
