import { anchorPrefix, formatAnchor, parseAnchor } from '../../../../src/core/matching/anchor.ts';
import { matchAccount, type Match, type MatchInput } from '../../../../src/core/matching/match.ts';
import { guest, internal, sourceObjectId, sourceTenantId } from '../support.ts';

const attribute = 'extensionAttribute15';
const other = '44444444-4444-4444-8444-444444444444';
const mine = formatAnchor({ sourceTenantId, sourceObjectId });
const mineDeleted = formatAnchor({ sourceTenantId, sourceObjectId, deletedAt: 1 });
const theirs = formatAnchor({ sourceTenantId, sourceObjectId: other });
const withAnchor = (id: string, value: string, more = {}) => guest(id, { attributes: { [attribute]: value }, ...more });

function match(input: Partial<MatchInput>): Match {
  return matchAccount({
    sourceTenantId,
    sourceObjectId,
    address: 'ana@contoso.com',
    verifiedDomains: new Set(['contoso.com']),
    anchorAttribute: attribute,
    installation: 'default',
    live: [],
    deleted: [],
    isExcluded: () => false,
    boundTo: () => undefined,
    ...input,
  });
}

const google = [{ signInType: 'federated', issuer: 'google.com' }];
const contradictory = { userType: 'Member', creationType: null, externalUserState: null, identities: [] };
const conflict = (reason: string, objectId: string) => ({ type: 'Conflict', reason, objectId });
const bound = (sameAddress: boolean) => () => ({ sourceObjectId: other, sameAddress });

describe('matching a source user with accounts of the target', () => {
  it.each<[string, Partial<MatchInput>, unknown]>([
    ['nobody', {}, { type: 'None' }],
    ['B11 one that is excluded, and nobody else', { live: [guest('a')], isExcluded: () => true }, { type: 'Excluded', objectId: 'a' }],
    [
      'B11 one that is excluded beside another',
      { live: [guest('a'), guest('b')], isExcluded: ({ id }) => id === 'a' },
      { type: 'Found', user: guest('b'), by: 'Address' },
    ],
    [
      'B11 one that is excluded beside a tombstone of ours',
      { live: [guest('a')], deleted: [withAnchor('b', mineDeleted)], isExcluded: ({ id }) => id === 'a' },
      { type: 'Excluded', objectId: 'a' },
    ],
    [
      'B11 I1 a tombstone of ours that is excluded',
      { deleted: [withAnchor('b', mineDeleted)], isExcluded: () => true },
      { type: 'Excluded', objectId: 'b' },
    ],
    [
      'B11 A7 a tombstone of the person that somebody else has made, and that is excluded',
      { deleted: [withAnchor('b', mine)], isExcluded: () => true },
      { type: 'Excluded', objectId: 'b' },
    ],
    [
      'B11 a tombstone of the address alone that is excluded',
      { deleted: [guest('b')], isExcluded: () => true },
      { type: 'Excluded', objectId: 'b' },
    ],
    [
      'B11 a tombstone that is excluded, of somebody else who had the address',
      { deleted: [guest('b')], boundTo: bound(false), isExcluded: () => true },
      { type: 'None' },
    ],
    [
      'B11 a tombstone that is excluded beside one of ours that is not',
      { deleted: [withAnchor('a', mine), withAnchor('b', mineDeleted)], isExcluded: ({ id }) => id === 'a' },
      { type: 'Restorable', user: withAnchor('b', mineDeleted) },
    ],
    ['D1 one B2B account by address', { live: [guest('a')] }, { type: 'Found', user: guest('a'), by: 'Address' }],
    [
      'D1 one that has not redeemed',
      { live: [guest('a', { externalUserState: 'PendingAcceptance', identities: [] })] },
      expect.objectContaining({ type: 'Found' }),
    ],
    ['G9 one by anchor', { live: [withAnchor('a', mine)] }, expect.objectContaining({ type: 'Found', by: 'Anchor' })],
    [
      'G9 the anchor decides among several',
      { live: [guest('b'), withAnchor('a', mine)] },
      expect.objectContaining({ type: 'Found', by: 'Anchor' }),
    ],
    [
      'G9 the anchor also where the address is in no verified domain',
      { live: [withAnchor('a', mine)], verifiedDomains: new Set() },
      expect.objectContaining({ type: 'Found' }),
    ],
    [
      'G9 a deletion mark that was undone by hand',
      { live: [withAnchor('a', mineDeleted)] },
      expect.objectContaining({ type: 'Found', by: 'Anchor' }),
    ],
    ['two with our anchor', { live: [withAnchor('a', mine), withAnchor('b', mine)] }, conflict('DuplicateTargetUsers', 'a')],
    [
      'our anchor on an internal user',
      { live: [internal('a', { attributes: { [attribute]: mine } })] },
      conflict('AmbiguousIdentity', 'a'),
    ],
    ['D1 the anchor of another person', { live: [withAnchor('a', theirs)] }, conflict('AddressBelongsToAnotherUser', 'a')],
    [
      'the anchor counts only where one is configured',
      { live: [withAnchor('a', theirs)], anchorAttribute: undefined } as unknown as Partial<MatchInput>,
      expect.objectContaining({ type: 'Found', by: 'Address' }),
    ],
    ['D1 linked to another source user', { live: [guest('a')], boundTo: bound(false) }, conflict('AddressBelongsToAnotherUser', 'a')],
    [
      'D3 linked to another source user of the same address',
      { live: [guest('a')], boundTo: bound(true) },
      conflict('DuplicateSourceUsers', 'a'),
    ],
    ['D1 another identity provider', { live: [guest('a', { identities: google })] }, conflict('IdentityProviderMismatch', 'a')],
    [
      'D1 an address outside the verified domains',
      { live: [guest('a')], verifiedDomains: new Set(['other.com']) },
      conflict('IdentityProviderMismatch', 'a'),
    ],
    ['D2 an internal user', { live: [internal('a')] }, conflict('InternalUserExists', 'a')],
    ['D2 an internal user beside a B2B account', { live: [guest('b'), internal('a')] }, conflict('InternalUserExists', 'a')],
    ['B7 contradictory evidence', { live: [guest('a', contradictory)] }, conflict('AmbiguousIdentity', 'a')],
    ['D3 two accounts', { live: [guest('a'), guest('b')] }, conflict('DuplicateTargetUsers', 'a')],
    ['G9 a tombstone with our deletion mark', { deleted: [withAnchor('a', mineDeleted)] }, expect.objectContaining({ type: 'Restorable' })],
    ['two of them', { deleted: [withAnchor('a', mineDeleted), withAnchor('b', mineDeleted)] }, conflict('DuplicateTargetUsers', 'a')],
    ['A7 a tombstone with our anchor and no deletion mark', { deleted: [withAnchor('a', mine)] }, conflict('DeletedInTarget', 'a')],
    ['A7 a tombstone by address', { deleted: [guest('a')] }, conflict('DeletedInTarget', 'a')],
    ['D1 a tombstone of another person', { deleted: [withAnchor('a', theirs)] }, { type: 'None' }],
    ['D1 a tombstone linked to another source user', { deleted: [guest('a')], boundTo: bound(false) }, { type: 'None' }],
    ['D2 a tombstone of an internal user', { deleted: [internal('a')] }, { type: 'None' }],
    ['A7 live comes before deleted', { live: [guest('a')], deleted: [guest('b')] }, expect.objectContaining({ type: 'Found' })],
    [
      'A6 a live account besides our tombstone',
      { live: [guest('a')], deleted: [withAnchor('b', mineDeleted)] },
      conflict('RestoreConflict', 'a'),
    ],
    [
      'A6 our live account besides our tombstone',
      { live: [withAnchor('a', mine)], deleted: [withAnchor('b', mineDeleted)] },
      expect.objectContaining({ type: 'Found' }),
    ],
  ])('%s', (_, input, expected) => {
    expect(match(input)).toEqual(expected);
  });

  it('compares ids and domains without regard to case', () => {
    const upper = match({ sourceObjectId: sourceObjectId.toUpperCase(), address: 'Ana@CONTOSO.com', live: [withAnchor('a', mine)] });
    expect(upper).toMatchObject({ type: 'Found', by: 'Anchor' });
    expect(match({ address: 'Ana@CONTOSO.com', live: [guest('a')] })).toMatchObject({ type: 'Found', by: 'Address' });
  });
});

describe('the anchor', () => {
  it('reads what it writes', () => {
    expect(parseAnchor(mine)).toEqual({ sourceTenantId, sourceObjectId });
    expect(parseAnchor(mineDeleted)).toEqual({ sourceTenantId, sourceObjectId, deletedAt: 1 });
  });

  it('is readable whatever the clock gives', () => {
    expect(parseAnchor(formatAnchor({ sourceTenantId, sourceObjectId, deletedAt: 1767601239393.7988 }))?.deletedAt).toBe(1767601239393);
  });

  it('begins alike for all values of one person, which is how it is searched for', () => {
    const prefix = anchorPrefix(sourceTenantId.toUpperCase(), sourceObjectId);
    expect([mine, mineDeleted].every((value) => value.startsWith(prefix))).toBe(true);
    expect(theirs.startsWith(prefix)).toBe(false);
  });

  it.each([undefined, null, '', 'x', `${mine}x`, `x${mine}`, `${mine}:deleted:`, true])('is not %j', (value) => {
    expect(parseAnchor(value)).toBeUndefined();
  });
});
