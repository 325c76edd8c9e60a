import { conversionOf, hasInvitedAddress, type ConversionFacts } from '../../../../src/core/lifecycle/conversion.ts';
import {
  approve,
  convert,
  conversionKept,
  convertsStrategy,
  mayConvert,
  proposesBlock,
  proposesConversion,
  reject,
} from '../../../../src/core/projection/transitions.ts';
import type { Permitted } from '../../../../src/core/lifecycle/permitted.ts';
import { omit } from '../../../../src/core/omit.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import { guest, recordWith } from '../support.ts';

type RecordOptions = NonNullable<Parameters<typeof recordWith>[0]>;

const minute = 60_000;
const now = Date.parse('2026-01-05T08:00:00Z');
const at = (ms: number): string => new Date(now + ms).toISOString();
const link = { objectId: 'account', origin: 'Created', userType: 'Guest', invitedAsGuestAt: at(-2 * 60 * minute) } as const;
type Link = NonNullable<NonNullable<RecordOptions['status']>['targetUser']>;

const record = (targetUser: Partial<Link> = {}, spec: RecordOptions['spec'] = {}) =>
  recordWith({
    spec: { memberStrategy: 'InviteAsGuest', invitedAddress: 'ana@contoso.com', ...spec },
    status: { targetUser: { ...link, ...targetUser }, lastWriteAt: at(-10 * minute) },
  });
const withAddress = guest('account', { userType: 'Guest', proxyAddresses: ['smtp:other@contoso.com', 'SMTP:Ana@Contoso.com'] });
const without = guest('account', { userType: 'Guest', proxyAddresses: [] });
const decide = (facts: Partial<ConversionFacts>) =>
  conversionOf({ record: record(), user: withAddress, delayMs: 60 * minute, now, ...facts });

const updating: Permitted = { targetActions: ['Create', 'Update'], limits: undefined, signIn: 'Source' };
const notUpdating: Permitted = { ...updating, targetActions: ['Create', 'Delete'] };

describe('D7 the conversion of a guest', () => {
  it.each<[string, Partial<ConversionFacts>, object]>([
    ['waits for the address', { user: without }, { type: 'Waiting', at: now + 5 * minute }],
    [
      'looks again within a day',
      { user: without, record: { ...record(), status: { ...record().status, lastWriteAt: at(-99 * 24 * 60 * minute) } } },
      { type: 'Waiting', at: now + 24 * 60 * minute },
    ],
    ['waits for the delay from when the address is seen first', {}, { type: 'Waiting', at: now + 60 * minute, addressSeenAt: now }],
    [
      'goes on with the time that is recorded',
      { record: record({ addressSeenAt: at(-20 * minute) }) },
      { type: 'Waiting', at: now + 40 * minute, addressSeenAt: now - 20 * minute },
    ],
    [
      'is due when the delay is over',
      { record: record({ addressSeenAt: at(-60 * minute) }) },
      { type: 'Due', addressSeenAt: now - 60 * minute },
    ],
    [
      'I14 takes a time ahead of our clock for now',
      { record: record({ addressSeenAt: at(90 * minute) }) },
      { type: 'Waiting', at: now + 60 * minute, addressSeenAt: now },
    ],
    [
      'is not due while the address is gone again',
      { user: without, record: record({ addressSeenAt: at(-90 * minute) }) },
      { type: 'Waiting', at: now + 5 * minute },
    ],
    ['is none of a member', { user: { ...withAddress, userType: 'Member' } }, { type: 'None' }],
    ['is none of a guest who was adopted', { record: record({ origin: 'Adopted' }) }, { type: 'None' }],
    ['is done once', { record: record({ convertedAt: at(-minute) }) }, { type: 'None' }],
    ['is none under another strategy', { record: record({}, { memberStrategy: 'AddressListOnly' }) }, { type: 'None' }],
    [
      'is none of who was not invited for it, and is not judged',
      { record: record({ invitedAsGuestAt: undefined as never }) },
      { type: 'None' },
    ],
  ])('%s', (_, facts, expected) => {
    expect(decide(facts)).toEqual(expected);
  });

  it('knows the address in any case and form, and no other', () => {
    expect(hasInvitedAddress(withAddress, 'ANA@contoso.com')).toBe(true);
    expect(hasInvitedAddress(withAddress, 'an@contoso.com')).toBe(false);
    expect(hasInvitedAddress(withAddress, undefined)).toBe(false);
    expect(hasInvitedAddress(guest('a'), 'ana@contoso.com')).toBe(false);
  });
});

describe('D7 D8 a change of strategy', () => {
  const listed = { invitedAsGuestAt: undefined as never, addressListOnly: true, signInBlockedAt: at(-minute) };
  const opened = { attributes: { accountEnabled: true } };

  it.each<[string, ReturnType<typeof record>, boolean]>([
    ['of who was invited as a guest is none', record(), false],
    ['of a guest whom another strategy made is one', record({ invitedAsGuestAt: undefined as never }), true],
    ['of a guest who was adopted is none', record({ invitedAsGuestAt: undefined as never, origin: 'Adopted' }), false],
    ['of who is in the address list only is one when it opens', record(listed, { memberStrategy: undefined as never, ...opened }), true],
    ['of an account that is being made is none', record({ invitedAsGuestAt: undefined as never, unfinished: true }), false],
    [
      'of an account that is deleted is none',
      recordWith({
        spec: { memberStrategy: 'InviteAsGuest' },
        status: { state: 'SoftDeleted', targetUser: { objectId: 'account', origin: 'Created', userType: 'Guest', deletedAt: at(0) } },
      }),
      false,
    ],
    ['of nobody is none', recordWith({ spec: { memberStrategy: 'InviteAsGuest' }, status: { state: 'Pending' } }), false],
    [
      'of who is in the address list only is none while the person may not sign in',
      record(listed, { memberStrategy: undefined as never, attributes: { accountEnabled: false } }),
      false,
    ],
    ['of who is not in the address list only is none when sign-in opens', record({ userType: 'Member' }, opened), false],
    [
      'of who stays in the address list only, though sign-in opens, is none',
      record(listed, { memberStrategy: 'AddressListOnly', ...opened }),
      false,
    ],
    [
      'of who stays in the address list only is none',
      record(listed, { memberStrategy: 'AddressListOnly', attributes: { accountEnabled: false } }),
      false,
    ],
  ])('%s', (_, given, expected) => {
    expect(convertsStrategy(given, given.spec)).toBe(expected);
    expect(proposesConversion(given, contentOf(given.spec), updating)).toBe(expected);
    expect(proposesConversion(given, contentOf(given.spec), notUpdating)).toBe(false);
    expect(mayConvert(given)).toBe(!expected);
  });

  it('that is staged is decided about, and a rejection remembers on which evidence', () => {
    const staged = omit(record({}, { conversion: { verdict: 'Staged', evidence: 'e' } }).spec, 'revision');
    expect(approve(staged, { token: 't', by: 'anna' }).conversion).toEqual({ verdict: 'Approved', token: 't', by: 'anna' });
    expect(reject(staged).conversion).toEqual({ verdict: 'Rejected', evidence: 'e' });
    const passed = omit(record({}, { conversion: { verdict: 'Passed', at: at(0) } }).spec, 'revision');
    expect([approve(passed, { token: 't' }).conversion, reject(passed).conversion]).toEqual([passed.conversion, passed.conversion]);
  });

  it('is carried out under a verdict or an approval alone, and kept while it says something', () => {
    const waiting = record({ invitedAsGuestAt: undefined as never });
    const decided = (conversion: object) => ({ ...waiting, spec: { ...waiting.spec, conversion: conversion as never } });
    expect([mayConvert(decided({ verdict: 'Passed', at: at(0) })), mayConvert(decided({ verdict: 'Approved', token: 't' }))]).toEqual([
      true,
      true,
    ]);
    expect([mayConvert(decided({ verdict: 'Staged' })), mayConvert(decided({ verdict: 'Rejected' }))]).toEqual([false, false]);
    const content = contentOf(waiting.spec);
    expect(conversionKept(decided({ verdict: 'Rejected', evidence: 'e' }), content, updating, () => 'e')).toEqual({
      conversion: { verdict: 'Rejected', evidence: 'e' },
    });
    expect(conversionKept(decided({ verdict: 'Rejected', evidence: 'e' }), content, updating, () => 'other')).toEqual({});
    expect(
      conversionKept(decided({ verdict: 'Passed', at: at(0) }), { ...content, memberStrategy: 'AddressListOnly' }, updating, () => 'e'),
    ).toEqual({});
    expect(conversionKept(waiting, content, updating, () => 'e')).toEqual({});
    const converted = decided({ verdict: 'Passed', at: at(0) });
    const member = { ...converted, status: { ...converted.status, targetUser: { ...link, userType: 'Member' } } };
    expect(conversionKept(member, content, updating, () => 'e')).toEqual({});
    expect(convert(content, 'e', { type: 'Held' }).conversion).toEqual({ verdict: 'Staged', evidence: 'e' });
    expect(convert(content, 'e', { type: 'Planned', held: true })).toEqual(content);
  });

  it.each<['Plan' | 'Apply', 'Plan' | 'Apply', string, boolean]>([
    ['Apply', 'Plan', 'Rejected', true],
    ['Plan', 'Apply', 'Rejected', true],
    ['Plan', 'Plan', 'Rejected', true],
    ['Apply', 'Plan', 'Staged', false],
    ['Apply', 'Plan', 'Passed', false],
    ['Apply', 'Plan', 'Approved', false],
    ['Apply', 'Apply', 'Staged', true],
  ])('I13 from %s to %s, %s holds on: %s', (from, to, verdict, holds) => {
    const waiting = record({ invitedAsGuestAt: undefined as never }, { mode: from });
    const decided = { ...waiting, spec: { ...waiting.spec, conversion: { verdict, evidence: 'e' } as never } };
    const desired = { ...contentOf(waiting.spec), mode: to };
    expect(conversionKept(decided, desired, updating, () => 'e').conversion !== undefined).toBe(holds);
    // What may not be done waits for nobody; a rejection stands all the same.
    const rejected = verdict === 'Rejected';
    expect(conversionKept(decided, desired, notUpdating, () => 'e').conversion !== undefined).toBe(holds && rejected);
  });

  it('I13 rests on how the person is now while it waits: a rejection then outlives the next look', () => {
    const waiting = record({ invitedAsGuestAt: undefined as never }, { conversion: { verdict: 'Staged', evidence: 'e' } });
    const content = contentOf(waiting.spec);
    const kept = conversionKept(waiting, content, updating, () => 'changed');
    expect(kept).toEqual({ conversion: { verdict: 'Staged', evidence: 'changed' } });
    const rejected = reject({ ...waiting.spec, ...kept });
    const after = { ...waiting, spec: { ...waiting.spec, ...rejected } };
    expect(conversionKept(after, content, updating, () => 'changed').conversion).toMatchObject({ verdict: 'Rejected' });
  });

  it('I13 is not planned where it was rejected', () => {
    const planned = record({ invitedAsGuestAt: undefined as never }, { mode: 'Plan' });
    expect(mayConvert(planned)).toBe(true);
    expect(mayConvert({ ...planned, spec: { ...planned.spec, conversion: { verdict: 'Rejected', evidence: 'e' } } })).toBe(false);
  });

  it('D8 blocks who is being made without asking the guard, and nobody else', () => {
    const wanted = { ...contentOf(record().spec), memberStrategy: 'AddressListOnly', attributes: { accountEnabled: false } } as const;
    expect(proposesBlock(record({ unfinished: true }), wanted)).toBe(false);
    expect(proposesBlock(recordWith({ status: { state: 'Pending', targetUser: undefined as never } }), wanted)).toBe(false);
    expect(proposesBlock(record(), wanted)).toBe(true);
  });
});
