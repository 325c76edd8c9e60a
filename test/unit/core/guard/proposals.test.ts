import fc from 'fast-check';
import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { isUnexecuted, Tally, type Counted, type Proposals } from '../../../../src/core/guard/proposals.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { ready, recordWith } from '../support.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const old = '2026-01-01T00:00:00Z';
const recent = '2026-01-01T00:00:01Z';
const softDelete: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } };
const block: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Block' } };
const retain: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Retain' } };
const staged: Partial<UnsealedSpec> = {
  lifecycle: 'RemovalStaged',
  removal: { reason: 'Unassigned', action: 'SoftDelete' },
  evidence: 'e',
};
const disabled: Partial<UnsealedSpec> = { attributes: { accountEnabled: false } };
const blockedByUs: Partial<UserProjectionStatus> = { targetUser: { objectId: 'account', signInBlockedAt: old } };
const refused: Partial<UserProjectionStatus> = { refusedAttributes: [{ name: 'accountEnabled' }] };
const deleted: Partial<UserProjectionStatus> = { targetUser: { objectId: 'account', deletedAt: old } };
const toMember: Partial<UnsealedSpec> = { memberStrategy: 'InviteAsGuest' };
const passed = (at: string): Partial<UnsealedSpec> => ({ conversion: { verdict: 'Passed', at } });
const guest: Partial<UserProjectionStatus> = { targetUser: { objectId: 'account', origin: 'Created', userType: 'Guest' } };
const converted: Partial<UserProjectionStatus> = { targetUser: { ...guest.targetUser, objectId: 'account', convertedAt: old } };
const nobody = { leaving: new Set<string>(), blocked: new Set<string>() };

function countRecords(records: readonly UserProjection[], proposals: Proposals, windowStart: number): Counted {
  const tally = new Tally(proposals, windowStart);
  for (const record of records) tally.add(record);
  return tally.counted;
}

const none: Counted = { recent: 0, overdue: 0, awaiting: 0, staged: 0 };

describe('I3 what the guard counts of one record', () => {
  it.each<[string, Partial<UnsealedSpec>, Partial<UserProjectionStatus>, Partial<Counted>]>([
    ['who is there', {}, {}, {}],
    ['a staged removal', staged, {}, { staged: 1 }],
    ['a staged block, of one who stays', { blockStaged: true, evidence: 'e' }, {}, { staged: 1 }],
    ['a removal that passed within the window', { ...softDelete, guardedAt: recent }, deleted, { recent: 1 }],
    ['a removal that passed before and was carried out', { ...softDelete, guardedAt: old }, deleted, {}],
    ['a removal that passed before and was not carried out', { ...softDelete, guardedAt: old }, {}, { overdue: 1 }],
    ['a block that passed within the window, of one who stays', { ...disabled, guardedAt: recent }, blockedByUs, { recent: 1 }],
    ['a block that passed before and was carried out', { ...disabled, guardedAt: old }, blockedByUs, {}],
    ['a block that passed before and was not carried out', { ...disabled, guardedAt: old }, {}, { overdue: 1 }],
    ['a block that passed before and that the directory refused', { ...disabled, guardedAt: old }, refused, {}],
    [
      'a block that the directory refused among others',
      { ...disabled, guardedAt: old },
      { refusedAttributes: [{ name: 'jobTitle' }, { name: 'accountEnabled' }] },
      {},
    ],
    ['a conversion that passed within the window', { ...toMember, ...passed(recent) }, guest, { recent: 1 }],
    ['a conversion that passed before and was carried out', { ...toMember, ...passed(old) }, converted, {}],
    ['a conversion that passed before and was not carried out', { ...toMember, ...passed(old) }, guest, { overdue: 1 }],
    ['a conversion that passed before, of one who is deleted', { ...toMember, ...passed(old) }, deleted, {}],
    ['a removal that was approved: not counted', { ...softDelete, approvedToken: 't' }, {}, {}],
    ['who is let go', { ...retain, guardedAt: old }, {}, {}],
    ['a removal found at the act', softDelete, { state: 'Staged', ...ready('AwaitingGuard') }, { awaiting: 1 }],
    ['a creation found at the act: not counted', {}, { targetUser: undefined as never, state: 'Staged', ...ready('AwaitingGuard') }, {}],
    ['a block found at the act', disabled, { state: 'Staged', ...ready('AwaitingGuard') }, { awaiting: 1 }],
  ])('%s', (_, spec, status, expected) => {
    expect(countRecords([recordWith({ spec, status })], nobody, start)).toEqual({ ...none, ...expected });
  });

  const mixed = [
    { ...softDelete, guardedAt: recent },
    staged,
    { blockStaged: true, evidence: 'e' } as const,
    { ...disabled, guardedAt: old },
    {},
  ];

  it.each(mixed)('who leaves is proposed, and not counted here: %j', (spec) => {
    const record = recordWith({ spec, status: ready('AwaitingGuard') });
    expect(countRecords([record], { ...nobody, leaving: new Set([record.metadata.name]) }, start)).toEqual(none);
  });

  it.each(mixed)('who is to be blocked is proposed, and not counted here: %j', (spec) => {
    const record = recordWith({ spec, status: ready('AwaitingGuard') });
    const counted = countRecords([record], { ...nobody, blocked: new Set([record.metadata.name]) }, start);
    expect(counted).toEqual(none);
  });

  it('every record once, whatever else there is', () => {
    const any = fc.constantFrom<Partial<UnsealedSpec>>(...mixed);
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (specs) => {
        const records = specs.map((spec, index) => recordWith({ spec, metadata: { name: `r${index}` } }));
        const sum = records.map((record) => countRecords([record], nobody, start)).reduce(add, none);
        expect(countRecords(records, nobody, start)).toEqual(sum);
      }),
    );
  });
});

function add(a: Counted, b: Counted): Counted {
  return {
    recent: a.recent + b.recent,
    overdue: a.overdue + b.overdue,
    awaiting: a.awaiting + b.awaiting,
    staged: a.staged + b.staged,
  };
}

describe('what was to be taken and is not yet', () => {
  it.each<[string, Partial<UnsealedSpec>, Partial<UserProjectionStatus>, boolean]>([
    ['a deletion', softDelete, {}, true],
    ['a deletion of one whose block was refused', softDelete, refused, true],
    ['a block in place of a deletion', block, {}, true],
    ['a block in place of a deletion, done', block, blockedByUs, false],
    ['a block in place of a deletion, refused', block, refused, false],
    ['who is let go', retain, {}, false],
    ['who is let go with a block in the desired state', { ...retain, ...disabled }, {}, false],
    ['a block', disabled, {}, true],
    ['a block, done', disabled, { state: 'Blocked' }, false],
    ['a block, refused', disabled, refused, false],
    ['a block, and something else refused', disabled, { refusedAttributes: [{ name: 'mail' }] }, true],
    ['no block', { attributes: { accountEnabled: true } }, {}, false],
    ['nothing said about sign-in', {}, {}, false],
  ])('%s', (_, spec, status, expected) => expect(isUnexecuted(recordWith({ spec, status }))).toBe(expected));
});
