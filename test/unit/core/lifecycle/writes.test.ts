import fc from 'fast-check';
import type { AttributeValue } from '../../../../src/api/attributes.ts';
import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import {
  isContentApplied,
  standingRefusals,
  writeOnlyRevision,
  writePlan,
  writtenNames,
  type WriteInput,
  type WritePlan,
  type WrittenAccount,
} from '../../../../src/core/lifecycle/writes.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import { contentRevision } from '../../../../src/core/projection/desired.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import { guest, recordWith, sourceObjectId, sourceTenantId, specWith } from '../support.ts';

interface Given {
  readonly spec?: Partial<UnsealedSpec>;
  readonly status?: Partial<UserProjectionStatus>;
  /** The desired values were brought into the target before. */
  readonly applied?: boolean;
  readonly account?: WrittenAccount['type'];
  /** What the target shows. */
  readonly shows?: Record<string, AttributeValue | null>;
  readonly manager?: string | null;
  readonly input?: Partial<WriteInput>;
}

const person = { sourceTenantId, sourceObjectId };
const anchor = { attribute: 'extensionAttribute15', value: formatAnchor({ ...person, installation: 'default' }) };
const desired = { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: true } as const;
const inPlace = { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: true, userType: 'Member', mail: 'ana@contoso.com' };

const shown = (values: Record<string, AttributeValue | null>, managerId?: string | null): DirectoryUser =>
  guest('account', {
    attributes: values,
    ...(typeof values.accountEnabled === 'boolean' ? { accountEnabled: values.accountEnabled } : {}),
    ...(managerId === undefined ? {} : { managerId }),
  });

function planOf(given: Given): WritePlan {
  const spec: Partial<UnsealedSpec> = { attributes: desired, ...given.spec };
  const appliedContent = given.applied === true ? contentRevision(contentOf(specWith(spec))) : 'another';
  const type = given.account ?? 'InUse';
  const user = shown({ ...inPlace, ...given.shows }, given.manager === undefined ? null : given.manager);
  return writePlan({
    record: recordWith({ spec, status: { appliedContent, ...given.status } }),
    account: type === 'New' ? { type } : { type, user },
    authorityOf: () => 'Source',
    hasManager: true,
    managerAccount: undefined,
    anchor: undefined,
    retryRefused: 'Remember',
    limits: undefined,
    conversion: 'Keep',
    block: 'Write',
    drift: 'Leave',
    ...given.input,
  });
}

const blockedByUs = { targetUser: { objectId: 'account', origin: 'Created', signInBlockedAt: '2026-01-01T00:00:00Z' } } as const;
const blocks: Partial<UnsealedSpec> = { attributes: { ...desired, accountEnabled: false } };

describe('A2 what is written to an account', () => {
  it.each<[string, Given, Record<string, unknown>, WritePlan['action']]>([
    ['a new one: all but what the invitation has set', { account: 'New' }, { displayName: 'Ana', jobTitle: 'Clerk' }, 'create'],
    [
      'a new one: the address only where it is another than the invited one',
      { account: 'New', spec: { attributes: { mail: 'eva@contoso.com' } } },
      { mail: 'eva@contoso.com' },
      'create',
    ],
    ['a new one: not the invited address', { account: 'New', spec: { attributes: { mail: 'ANA@contoso.com' } } }, {}, 'create'],
    [
      'C3 a new one: what is only written at creation, without the user type of the invitation',
      { account: 'New', spec: { attributes: {}, onCreate: { userType: 'Guest', department: 'Sales' } } },
      { department: 'Sales' },
      'create',
    ],
    [
      'a new one: always wins over only at creation',
      { account: 'New', spec: { onCreate: { jobTitle: 'x' } } },
      { displayName: 'Ana', jobTitle: 'Clerk' },
      'create',
    ],
    [
      'a new one that may not sign in',
      { account: 'New', spec: blocks },
      { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: false },
      'create',
    ],
    [
      'a new one: the anchor',
      { account: 'New', spec: { attributes: {} }, input: { anchor } },
      { [anchor.attribute]: anchor.value },
      'create',
    ],
    ['an unfinished one: what differs', { account: 'Unfinished', shows: { jobTitle: null } }, { jobTitle: 'Clerk' }, 'create'],
    [
      'an unfinished one: what is only written at creation too, but not the user type',
      { account: 'Unfinished', spec: { onCreate: { userType: 'Guest', department: 'Sales' } } },
      { department: 'Sales' },
      'create',
    ],
    [
      'an unfinished one: what differs although it was applied',
      { account: 'Unfinished', applied: true, shows: { jobTitle: null } },
      { jobTitle: 'Clerk' },
      'create',
    ],
    ['A6 one brought back: what differs', { account: 'Restored', shows: { jobTitle: 'Chief' } }, { jobTitle: 'Clerk' }, 'restore'],
    [
      'A6 one brought back: what differs although it was applied',
      { account: 'Restored', applied: true, shows: { jobTitle: 'Chief' } },
      { jobTitle: 'Clerk' },
      'restore',
    ],
    [
      'one brought back: not what is only written at creation',
      { account: 'Restored', spec: { onCreate: { department: 'Sales' } } },
      {},
      'restore',
    ],
    [
      'one brought back that may not sign in is still restored',
      { account: 'Restored', spec: blocks },
      { accountEnabled: false },
      'restore',
    ],
    ['A2 one in use: what differs', { shows: { jobTitle: 'Chief' } }, { jobTitle: 'Clerk' }, 'update'],
    ['A2 one in use that agrees: nothing', {}, {}, 'update'],
    ['C1 one in use: not what is only written at creation', { spec: { onCreate: { department: 'Sales' } } }, {}, 'update'],
    ['C8 one in use, applied before: what the target has changed stays', { applied: true, shows: { jobTitle: 'Chief' } }, {}, 'update'],
    [
      'C9 a value that is to be cleared',
      { spec: { clear: ['department'] }, shows: { department: 'Sales' } },
      { department: null },
      'update',
    ],
    ['A4 a block', { spec: blocks }, { accountEnabled: false }, 'disable'],
    [
      'A4 a block among other changes',
      { spec: blocks, shows: { jobTitle: 'Chief' } },
      { jobTitle: 'Clerk', accountEnabled: false },
      'disable',
    ],
    ['A4 the end of a block', { status: blockedByUs, shows: { accountEnabled: false } }, { accountEnabled: true }, 'update'],
    [
      'A4 a block although everything else was applied',
      { applied: true, spec: blocks, shows: { jobTitle: 'Chief' } },
      { accountEnabled: false },
      'disable',
    ],
    [
      'A4 the end of a block although everything else was applied',
      { applied: true, status: blockedByUs, shows: { accountEnabled: false, jobTitle: 'Chief' } },
      { accountEnabled: true },
      'update',
    ],
    ['C8 one that the target unblocked after our block', { applied: true, spec: blocks, status: blockedByUs }, {}, 'update'],
    ['C8 one that the target blocked', { applied: true, shows: { accountEnabled: false } }, {}, 'update'],
    [
      'one of whom nothing is said about sign-in',
      { applied: true, spec: { attributes: { displayName: 'Ana' } }, status: blockedByUs, shows: { accountEnabled: false } },
      {},
      'update',
    ],
  ])('%s', (_, given, patch, action) => {
    const plan = planOf(given);
    expect(plan.patch).toEqual(patch);
    expect(plan.action).toBe(action);
    expect(plan.blockWithheld).toBe(false);
  });

  it('C4 what cannot be read back is written once for each value, and along with other changes', () => {
    const spec: Partial<UnsealedSpec> = { attributes: { displayName: 'Ana', showInAddressList: true } };
    const known = { writeOnlyRevision: writeOnlyRevision({ spec: specWith(spec) }) };
    expect(planOf({ spec, status: known }).patch).toEqual({});
    expect(planOf({ spec, status: known, shows: { displayName: 'Eva' } }).patch).toEqual({ displayName: 'Ana', showInAddressList: true });
    expect(planOf({ spec, status: { writeOnlyRevision: 'another' } }).patch).toEqual({ showInAddressList: true });
    const other = { attributes: { ...spec.attributes, showInAddressList: false } };
    expect(planOf({ spec: other, status: known }).patch).toEqual({ showInAddressList: false });
    expect(writeOnlyRevision({ spec: specWith({ attributes: undefined as never }) })).not.toBe(known.writeOnlyRevision);
    // Of an adopted account it is not known: it is no cause of a write by itself.
    expect(planOf({ spec, status: {} }).patch).toEqual({});
    expect(planOf({ spec, status: known, account: 'Unfinished' }).patch).toEqual({ showInAddressList: true });
  });

  it('C9 an authority of the target keeps its value', () => {
    expect(
      planOf({ shows: { jobTitle: 'Chief' }, input: { authorityOf: (name) => (name === 'jobTitle' ? 'Target' : 'Source') } }).patch,
    ).toEqual({});
  });
});

describe('I3 a block that may not be written yet', () => {
  it.each<[string, Given, Record<string, unknown>, boolean, WritePlan['action']]>([
    ['is left out, and everything else is written', { spec: blocks, shows: { jobTitle: 'Chief' } }, { jobTitle: 'Clerk' }, true, 'disable'],
    ['is left out of a new account too', { spec: blocks, account: 'New' }, { displayName: 'Ana', jobTitle: 'Clerk' }, true, 'create'],
    ['is left out of one brought back', { spec: blocks, account: 'Restored' }, {}, true, 'restore'],
    ['holds no end of a block back', { status: blockedByUs, shows: { accountEnabled: false } }, { accountEnabled: true }, false, 'update'],
    ['is none where sign-in is blocked already', { spec: blocks, shows: { accountEnabled: false } }, {}, false, 'update'],
  ])('%s', (_, given, patch, blockWithheld, action) => {
    expect(planOf({ ...given, input: { block: 'Withhold' } })).toMatchObject({ patch, blockWithheld, action });
    expect(planOf({ ...given, input: { block: 'Withhold' } }).patch).toEqual(patch);
  });
});

describe('I7 what cannot be read back', () => {
  const shows = { accountEnabled: false, userType: 'Guest' };
  const listed = {
    targetUser: { objectId: 'account', origin: 'Created', addressListOnly: true, signInBlockedAt: '2026-01-01T00:00:00Z' },
  } as const;
  const attributes = { ...desired, showInAddressList: true };

  it.each<[string, Given]>([
    ['an opening that waits for a decision', { spec: { attributes }, status: listed, shows }],
    [
      'a block that waits for one',
      { spec: { attributes: { ...attributes, accountEnabled: false } }, shows: { accountEnabled: true }, input: { block: 'Withhold' } },
    ],
    [
      'a user type that the limits do not name',
      {
        spec: { attributes: { ...attributes, userType: 'Member' } },
        shows: { userType: 'Guest' },
        input: { limits: { allowDelete: true, userTypes: ['Guest'] } },
      },
    ],
  ])('is not written again and again along with %s', (_, given) => {
    expect(planOf(given).patch).toEqual({});
    expect(planOf({ ...given, shows: { ...given.shows, jobTitle: 'Chief' } }).patch).toEqual({
      jobTitle: 'Clerk',
      showInAddressList: true,
    });
    expect(planOf({ ...given, status: { ...given.status, writeOnlyRevision: 'another' } }).patch).toEqual({ showInAddressList: true });
  });
});

describe('I15 the anchor', () => {
  const older = formatAnchor(person);
  const others = formatAnchor({ ...person, installation: 'other' });
  const write = { [anchor.attribute]: anchor.value };

  it.each<[string, string | null, Given, Record<string, unknown>]>([
    ['is written where there is none', null, {}, write],
    ['is written although everything was applied', null, { applied: true }, write],
    ['is not written where it stands', anchor.value, {}, {}],
    ['in its older form is no cause of a write', older, {}, {}],
    ['in its older form goes along with a write', older, { shows: { jobTitle: 'Chief' } }, { jobTitle: 'Clerk', ...write }],
    ['in its older form does not go along with what is not written', older, { applied: true, shows: { jobTitle: 'Chief' } }, {}],
    ['of a deletion that was undone is written anew', formatAnchor({ ...person, installation: 'default', deletedAt: 1 }), {}, write],
    ['of another installation is nothing that this one says', others, {}, write],
    ['that says something else is written over', 'something', {}, write],
  ])('%s', (_, value, given, patch) => {
    const shows = { ...given.shows, [anchor.attribute]: value };
    expect(planOf({ ...given, shows, input: { anchor } }).patch).toEqual(patch);
  });

  it('that was refused is not written again before somebody asks', () => {
    const status = { refusedAttributes: [{ name: anchor.attribute }] };
    expect(planOf({ applied: true, status, input: { anchor } }).patch).toEqual({});
    expect(planOf({ applied: true, status, input: { anchor, retryRefused: 'Retry' } }).patch).toEqual(write);
  });

  it('that was refused holds nothing else back', () => {
    const status = { refusedAttributes: [{ name: 'mobilePhone' }] };
    expect(planOf({ applied: true, status, input: { anchor } }).patch).toEqual(write);
  });
});

describe('B11 a user type that the limits of the pair do not name', () => {
  const spec = { attributes: { ...desired, userType: 'Member' } };
  const limits = { allowDelete: true, userTypes: ['Guest'] } as const;

  it('is not written, and is named like a refusal; everything else is', () => {
    const plan = planOf({ spec, shows: { jobTitle: 'Chief', userType: 'Guest' }, input: { limits } });
    expect(plan.patch).toEqual({ jobTitle: 'Clerk' });
    expect(plan.refused).toMatchObject([{ name: 'userType', code: 'LimitReached' }]);
  });

  it('is written where they name it, or name none', () => {
    for (const named of [undefined, { allowDelete: true }, { allowDelete: true, userTypes: ['Member'] as const }])
      expect(planOf({ spec, shows: { userType: 'Guest' }, input: { limits: named } })).toMatchObject({
        patch: { userType: 'Member' },
        refused: [],
      });
  });

  it('is tried again when refusals are', () => {
    const status = { refusedAttributes: [{ name: 'userType', code: 'LimitReached' }] };
    const given: Given = { spec, status, applied: true, shows: { userType: 'Guest' } };
    expect(planOf({ ...given, input: { limits: undefined } }).patch).toEqual({});
    expect(planOf({ ...given, input: { limits: undefined, retryRefused: 'Retry' } }).patch).toEqual({ userType: 'Member' });
    expect(planOf({ ...given, input: { limits, retryRefused: 'Retry' } }).patch).toEqual({});
  });
});

describe('C10 what the directory has refused', () => {
  const spec: Partial<UnsealedSpec> = { attributes: { ...desired, mobilePhone: '1' } };
  const refused = [{ name: 'mobilePhone', code: 'x' }];
  const status = { refusedAttributes: refused };

  it.each<[string, Given, Record<string, unknown>, readonly object[]]>([
    ['stays out while the desired values stay', { spec, status, applied: true }, {}, refused],
    ['is tried with new desired values', { spec, status }, { mobilePhone: '1' }, []],
    [
      'is tried when somebody asks, and nothing else',
      { spec, status, applied: true, shows: { jobTitle: 'Chief' }, input: { retryRefused: 'Retry' } },
      { mobilePhone: '1' },
      [],
    ],
    [
      'is not tried where it has come to agree',
      { spec, status, applied: true, shows: { mobilePhone: '1' }, input: { retryRefused: 'Retry' } },
      {},
      [],
    ],
    [
      'stays out of what is brought back',
      { spec, status, applied: true, account: 'Restored', shows: { jobTitle: 'Chief' } },
      { jobTitle: 'Clerk' },
      refused,
    ],
    ['A4 is not the block: that is written', { spec: { ...spec, ...blocks }, status, applied: true }, { accountEnabled: false }, refused],
    [
      'A4 as a block is not tried again',
      { spec: blocks, status: { refusedAttributes: [{ name: 'accountEnabled' }] }, applied: true },
      {},
      [{ name: 'accountEnabled' }],
    ],
    [
      'A4 as a block is tried when somebody asks',
      { spec: blocks, status: { refusedAttributes: [{ name: 'accountEnabled' }] }, applied: true, input: { retryRefused: 'Retry' } },
      { accountEnabled: false },
      [],
    ],
  ])('%s', (_, given, patch, still) => {
    const plan = planOf(given);
    expect(plan.patch).toEqual(patch);
    expect(plan.refused).toEqual(still);
  });

  it('is remembered for the desired values that it was met with', () => {
    const applied = recordWith({ status: { ...status, appliedContent: contentRevision(contentOf(specWith())) } });
    expect(standingRefusals(applied, 'Remember')).toEqual(refused);
    expect(standingRefusals(applied, 'Retry')).toEqual([]);
    expect(standingRefusals(recordWith({ status: { ...status, appliedContent: 'another' } }), 'Remember')).toEqual([]);
    expect(standingRefusals(recordWith({ status: { appliedContent: contentRevision(contentOf(specWith())) } }), 'Remember')).toEqual([]);
  });
});

describe('C5 the manager', () => {
  const wanted: Partial<UnsealedSpec> = { manager: { sourceObjectId: 'm' } };
  const set = { type: 'Set', managerId: 'boss' };
  const same = { type: 'None', managerId: 'boss' };
  const none = { type: 'None' };
  const boss: Partial<WriteInput> = { managerAccount: 'boss' };
  const knownBoss = { targetUser: { objectId: 'account', managerId: 'boss' } };

  it.each<[string, Given, object]>([
    ['is set', { spec: wanted, input: boss }, set],
    ['is set for a new account', { spec: wanted, account: 'New', input: boss }, set],
    ['is set in place of another', { spec: wanted, manager: 'other', input: boss }, set],
    ['is set again for one brought back', { spec: wanted, account: 'Restored', status: knownBoss, input: boss }, set],
    ['is in place', { spec: wanted, manager: 'boss', input: boss }, same],
    ['who is not projected leaves the old one in place', { spec: wanted, manager: 'other' }, { type: 'NotProjected' }],
    ['C8 whom the target has changed since stays', { spec: wanted, applied: true, status: knownBoss, manager: 'other', input: boss }, same],
    [
      'who has another account now is set',
      { spec: wanted, applied: true, status: { targetUser: { objectId: 'account', managerId: 'former' } }, manager: 'former', input: boss },
      set,
    ],
    ['who arrives later is set although the rest was applied', { spec: wanted, applied: true, input: boss }, set],
    ['of new desired values is set back', { spec: wanted, status: knownBoss, manager: 'other', input: boss }, set],
    ['who is not wanted stays', { manager: 'other' }, none],
    ['who is not wanted is taken away where that is asked for', { spec: { clear: ['manager'] }, manager: 'other' }, { type: 'Clear' }],
    ['who is not there is not taken away', { spec: { clear: ['manager'] }, manager: null }, none],
    ['of a new account is not taken away', { spec: { clear: ['manager'] }, account: 'New' }, none],
    ['is not taken away for another attribute', { spec: { clear: ['department'] }, manager: 'other' }, none],
    ['is left alone where none is mapped', { spec: wanted, input: { ...boss, hasManager: false } }, none],
    [
      'who was refused is left alone',
      { spec: wanted, applied: true, status: { refusedAttributes: [{ name: 'manager' }] }, input: boss },
      none,
    ],
    [
      'who was refused is tried when somebody asks',
      { spec: wanted, applied: true, status: { refusedAttributes: [{ name: 'manager' }] }, input: { ...boss, retryRefused: 'Retry' } },
      set,
    ],
    [
      'is set although something else was refused',
      { spec: wanted, applied: true, status: { refusedAttributes: [{ name: 'mail' }] }, input: boss },
      set,
    ],
  ])('%s', (_, given, change) => {
    expect(planOf(given).manager).toEqual(change);
  });

  it('who was not read is not taken away', () => {
    const plan = writePlan({
      record: recordWith({ spec: { clear: ['manager'] } }),
      account: { type: 'InUse', user: shown(inPlace) },
      authorityOf: () => 'Source',
      hasManager: true,
      managerAccount: undefined,
      anchor: undefined,
      retryRefused: 'Remember',
      limits: undefined,
      conversion: 'Keep',
      block: 'Write',
      drift: 'Leave',
    });
    expect(plan.manager).toEqual(none);
  });

  it('is among the names of what is written, and only when it is', () => {
    expect(writtenNames(planOf({ spec: wanted, input: boss, shows: { jobTitle: 'Chief', displayName: 'x' } }))).toEqual([
      'displayName',
      'jobTitle',
      'manager',
    ]);
    expect(writtenNames(planOf({ spec: { clear: ['manager'] }, manager: 'other' }))).toEqual(['manager']);
    expect(writtenNames(planOf({ spec: wanted }))).toEqual([]);
    expect(writtenNames(planOf({ spec: wanted, manager: 'boss', input: boss }))).toEqual([]);
  });
});

describe('whether desired values were applied', () => {
  it.each<[string, Partial<UserProjectionStatus>, boolean]>([
    ['by their hash', { appliedContent: contentRevision(contentOf(specWith())) }, true],
    ['by another hash', { appliedContent: 'another', appliedRevision: specWith().revision }, false],
    ['by the revision, in an older status', { appliedRevision: specWith().revision }, true],
    ['by another revision', { appliedRevision: 'another' }, false],
    ['never', {}, false],
  ])('%s', (_, status, expected) => expect(isContentApplied(recordWith({ status }))).toBe(expected));

  it('A4 a change of sign-in alone is no change of them', () => {
    const appliedContent = contentRevision(contentOf(specWith({ attributes: desired })));
    expect(isContentApplied(recordWith({ spec: blocks, status: { appliedContent } }))).toBe(true);
  });
});

const names = ['displayName', 'jobTitle', 'department', 'mobilePhone', 'showInAddressList'] as const;
const value = fc.constantFrom('a', 'b');
const values = fc
  .record({ displayName: value, jobTitle: value, department: value, mobilePhone: value }, { requiredKeys: [] })
  .chain((texts) => fc.constantFrom({}, { showInAddressList: true }, { showInAddressList: false }).map((more) => ({ ...texts, ...more })));
const signIn = fc.constantFrom<Record<string, AttributeValue>>({}, { accountEnabled: true }, { accountEnabled: false });
const manager = fc.constantFrom('boss', 'other', undefined);

/** Any record with any account, as they come. */
const situations = fc
  .record({
    attributes: fc.tuple(values, signIn).map(([a, b]) => ({ ...a, ...b })),
    onCreate: values,
    clear: fc.subarray(['department', 'mobilePhone', 'manager']),
    wantsManager: fc.boolean(),
    shows: fc.tuple(values, fc.boolean()).map(([texts, accountEnabled]) => ({ ...texts, accountEnabled })),
    managerShown: manager,
    managerKnown: manager,
    managerAccount: fc.constantFrom('boss', undefined),
    account: fc.constantFrom<WrittenAccount['type']>('New', 'Unfinished', 'Restored', 'InUse'),
    applied: fc.boolean(),
    refused: fc.subarray(['accountEnabled', 'mobilePhone', 'manager']),
    signInBlocked: fc.boolean(),
    retryRefused: fc.constantFrom<WriteInput['retryRefused']>('Retry', 'Remember'),
    block: fc.constantFrom<WriteInput['block']>('Write', 'Withhold'),
    drift: fc.constantFrom<WriteInput['drift']>('Leave', 'Correct'),
    anchor: fc.constantFrom(anchor, undefined),
    anchorShown: fc.constantFrom(null, anchor.value, formatAnchor(person), 'something'),
    authority: fc.constantFrom('Source', 'Source', 'Target', 'WhenEmpty', 'MostRestrictive' as const),
  })
  .map((given) => {
    const spec: Partial<UnsealedSpec> = {
      attributes: given.attributes,
      // What is cleared is mapped always.
      onCreate: Object.fromEntries(Object.entries(given.onCreate).filter(([name]) => !given.clear.includes(name))),
      clear: given.clear.filter((name) => !(name in given.attributes) && !(name === 'manager' && given.wantsManager)),
      ...(given.wantsManager ? { manager: { sourceObjectId: 'm' } } : {}),
    };
    const status: Partial<UserProjectionStatus> = {
      appliedContent: given.applied ? contentRevision(contentOf(specWith(spec))) : 'another',
      refusedAttributes: given.refused.map((name) => ({ name })),
      targetUser: {
        objectId: 'account',
        ...(given.signInBlocked ? { signInBlockedAt: '2026-01-01T00:00:00Z' } : {}),
        ...(given.managerKnown === undefined ? {} : { managerId: given.managerKnown }),
      },
    };
    const user = shown({ ...given.shows, [anchor.attribute]: given.anchorShown }, given.managerShown ?? null);
    const account: WrittenAccount = given.account === 'New' ? { type: 'New' } : { type: given.account, user };
    const input = {
      account,
      authorityOf: (name: string) => (name === 'jobTitle' || name === 'accountEnabled' ? given.authority : 'Source'),
      hasManager: true,
      managerAccount: given.managerAccount,
      anchor: given.anchor,
      retryRefused: given.retryRefused,
      limits: undefined,
      conversion: 'Keep',
      block: given.block,
      drift: given.drift,
    } as const;
    return { spec, status, input };
  });

describe('D7 a guest who is to be a member', () => {
  const convert = (more: Partial<WriteInput> = {}, given: Given = {}): WritePlan =>
    planOf({ applied: true, ...given, input: { conversion: 'Convert', ...more } });

  it('is made one, whatever else was applied before', () => {
    expect(convert().patch).toMatchObject({ userType: 'Member' });
    expect(planOf({ applied: true }).patch).not.toHaveProperty('userType');
  });

  it('B11 stays a guest where the pair has no members, and where the directory has refused it', () => {
    const limits = { userTypes: ['Guest'], allowDelete: true } as const;
    expect(convert({ limits })).toMatchObject({ patch: {}, refused: [{ name: 'userType', code: 'LimitReached' }] });
    const refused = { status: { refusedAttributes: [{ name: 'userType', code: 'x', message: 'x' }] } };
    expect(convert({}, refused).patch).not.toHaveProperty('userType');
    expect(convert({ retryRefused: 'Retry' }, refused).patch).toMatchObject({ userType: 'Member' });
  });

  it('D8 an account of the address list is not opened before that is decided', () => {
    const listed = {
      targetUser: { objectId: 'account', origin: 'Created', addressListOnly: true, signInBlockedAt: '2026-01-01T00:00:00Z' },
    } as const;
    const opened = { attributes: { ...desired, accountEnabled: true } };
    const given: Given = { status: listed, shows: { accountEnabled: false } };
    expect(planOf({ ...given, spec: opened }).patch).not.toHaveProperty('accountEnabled');
    const passed = { ...opened, conversion: { verdict: 'Passed', at: '2026-01-01T00:00:00Z' } } as const;
    expect(planOf({ ...given, spec: passed }).patch).toMatchObject({ accountEnabled: true });
  });
});

describe('the write plan of any record', () => {
  it('I13 is the same in a plan as in an act', () => {
    fc.assert(
      fc.property(situations, ({ spec, status, input }) => {
        const planned = writePlan({ ...input, record: recordWith({ spec: { ...spec, mode: 'Plan' }, status }) });
        expect(writePlan({ ...input, record: recordWith({ spec, status }) })).toEqual(planned);
      }),
      { numRuns: 500 },
    );
  });

  it('I7 is empty when it has been carried out', () => {
    fc.assert(
      fc.property(situations, ({ spec, status, input }) => {
        const first = writePlan({ ...input, record: recordWith({ spec, status }) });
        const after = carriedOut(recordWith({ spec, status }), input.account, first);
        const second = writePlan({
          ...input,
          record: recordWith({ spec, status: after.status }),
          account: { type: 'InUse', user: after.user },
          retryRefused: 'Remember',
        });
        expect(writtenNames(second)).toEqual([]);
        // What waited for the guard goes on waiting, and nothing else begins to.
        expect(second.blockWithheld && !first.blockWithheld).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('E11 sets back what it names as drift, and only that, beside what is written anyhow', () => {
    fc.assert(
      fc.property(situations, ({ spec, status, input }) => {
        const record = recordWith({ spec, status });
        const left = writePlan({ ...input, record, drift: 'Leave' });
        const corrected = writePlan({ ...input, record, drift: 'Correct' });
        expect(corrected.drifted).toEqual(left.drifted);
        expect(left.drifted.filter((name) => name in left.patch)).toEqual([]);
        const withheld = corrected.blockWithheld && !left.blockWithheld ? ['accountEnabled'] : [];
        const more = Object.keys(corrected.patch).filter((name) => !(name in left.patch) && name !== 'showInAddressList');
        // An anchor in an older form goes along.
        expect([...more.filter((name) => name !== anchor.attribute), ...withheld].sort()).toEqual(left.drifted);
        expect(input.account.type === 'InUse' || left.drifted.length === 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('I2 writes what is desired, cleared or the anchor, and nothing else', () => {
    fc.assert(
      fc.property(situations, ({ spec, status, input }) => {
        const { patch } = writePlan({ ...input, record: recordWith({ spec, status }) });
        const allowed = { ...spec.onCreate, ...spec.attributes, [anchor.attribute]: anchor.value };
        for (const [name, written] of Object.entries(patch))
          expect(written === null ? spec.clear?.includes(name) === true : allowed[name] === written).toBe(true);
        expect(Object.keys(patch).every((name) => ([...names, 'accountEnabled', anchor.attribute] as string[]).includes(name))).toBe(true);
        expect(input.block === 'Withhold' && patch.accountEnabled === false).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

/** The account and the status after a plan was carried out as acting does. */
function carriedOut(
  record: ReturnType<typeof recordWith>,
  account: WrittenAccount,
  plan: WritePlan,
): { user: DirectoryUser; status: Partial<UserProjectionStatus> } {
  const before = account.type === 'New' ? shown({ accountEnabled: true, mail: 'ana@contoso.com' }, null) : account.user;
  const attributes: Record<string, AttributeValue | null> = { ...before.attributes, ...plan.patch };
  const managerId = plan.manager.type === 'Set' ? plan.manager.managerId : plan.manager.type === 'Clear' ? null : before.managerId;
  const known = plan.manager.type === 'None' ? plan.manager.managerId : managerId;
  const enabled = attributes.accountEnabled;
  const wanted = record.spec.attributes?.accountEnabled;
  const wasOurs = record.status.targetUser?.signInBlockedAt !== undefined;
  // A block of ours that the target's people have undone stays known (C8).
  const ours = !plan.blockWithheld && wanted !== true && (enabled === false ? wanted === false || wasOurs : wanted === false && wasOurs);
  return {
    user: { ...shown(attributes, managerId), ...(typeof enabled === 'boolean' ? { accountEnabled: enabled } : {}) },
    status: {
      appliedContent: contentRevision(contentOf(record.spec)),
      writeOnlyRevision: writeOnlyRevision(record),
      refusedAttributes: plan.refused,
      targetUser: {
        objectId: 'account',
        ...(ours ? { signInBlockedAt: '2026-01-01T00:00:00Z' } : {}),
        ...(typeof known === 'string' ? { managerId: known } : {}),
      },
    },
  };
}
