import fc from 'fast-check';
import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import { identityKind } from '../../../../src/core/scope/identity-kind.ts';
import { guest, internal } from '../support.ts';

const federated = (issuer: string) => [{ signInType: 'federated', issuer }];
const own = [{ signInType: 'userPrincipalName', issuer: 'fabrikam.onmicrosoft.com', issuerAssignedId: 'x' }];
const unsaid = { creationType: null, externalUserState: null };

describe('B7 internal or external', () => {
  it.each<[string, DirectoryUser, string]>([
    ['a plain member', internal('a'), 'Internal'],
    ['an internal guest', internal('a', { userType: 'Guest' }), 'Internal'],
    ['a member federated with its own domain', internal('a', { identities: federated('contoso.com') }), 'Internal'],
    ['a member who signed up with a verified address', internal('a', { creationType: 'EmailVerified' }), 'Internal'],
    ['a local account', internal('a', { creationType: 'LocalAccount' }), 'Internal'],
    ['an invited guest', guest('a'), 'External'],
    ['an invited member', guest('a', { userType: 'Member' }), 'External'],
    ['an invited guest who has not redeemed', guest('a', { externalUserState: 'PendingAcceptance', identities: [] }), 'External'],
    [
      'an invited member who has not redeemed',
      guest('a', { userType: 'Member', externalUserState: 'PendingAcceptance', identities: own }),
      'External',
    ],
    ['#EXT# in small letters', guest('a', { userPrincipalName: 'ana_contoso.com#ext#@fabrikam.onmicrosoft.com' }), 'External'],
    ['invited long ago, without creationType', guest('a', { creationType: null }), 'External'],
    ['a guest made by sharing', guest('a', unsaid), 'External'],
    ['a guest made by sharing, since made a member', guest('a', { ...unsaid, userType: 'Member' }), 'External'],
    ['a guest made by sharing, without userType', guest('a', { ...unsaid, userType: null }), 'External'],
    ['a guest made by sharing who has not signed in', guest('a', { ...unsaid, userType: 'Guest', identities: own }), 'External'],
    ['a guest whose identities were not read', guest('a', { ...unsaid, userType: 'Guest', identities: null }), 'External'],
    ['a guest who signed up', guest('a', { ...unsaid, creationType: 'SelfServiceSignUp' }), 'External'],
    [
      'a guest who signed up with a social account',
      guest('a', { ...unsaid, creationType: 'SelfServiceSignUp', identities: federated('google.com') }),
      'External',
    ],
    ['a guest with a one-time passcode', guest('a', { ...unsaid, identities: federated('mail') }), 'External'],
    ['a member with an external name and nothing else', guest('a', { ...unsaid, userType: 'Member', identities: own }), 'Ambiguous'],
    ['an external name and nothing else, not even userType', guest('a', { ...unsaid, userType: null, identities: null }), 'Ambiguous'],
    [
      'an external name, invited, then converted',
      guest('a', { userType: 'Member', externalUserState: null, identities: own }),
      'Ambiguous',
    ],
    ['an external name, signed up with an address of the tenant', guest('a', { ...unsaid, creationType: 'EmailVerified' }), 'Ambiguous'],
    ['invited, with a name of its own', internal('a', { creationType: 'Invitation' }), 'Ambiguous'],
    ['signed up from outside, with a name of its own', internal('a', { creationType: 'SelfServiceSignUp' }), 'Ambiguous'],
    ['an invitation state, with a name of its own', internal('a', { externalUserState: 'Accepted' }), 'Ambiguous'],
    ['another directory’s identity, with a name of its own', internal('a', { identities: federated('ExternalAzureAD') }), 'Ambiguous'],
    ['a Google identity, with a name of its own', internal('a', { identities: federated('google.com') }), 'Ambiguous'],
  ])('%s', (_, user, kind) => {
    expect(identityKind(user)).toBe(kind);
  });

  const evidence = fc.record({
    userType: fc.constantFrom('Member', 'Guest', null, undefined),
    creationType: fc.constantFrom('Invitation', 'SelfServiceSignUp', 'EmailVerified', 'LocalAccount', '', null, undefined),
    externalUserState: fc.constantFrom('Accepted', 'PendingAcceptance', '', null, undefined),
    identities: fc.constantFrom(
      own,
      [...own, ...federated('ExternalAzureAD')],
      federated('mail'),
      federated('contoso.com'),
      [],
      null,
      undefined,
    ),
  });
  const defined = (record: Record<string, unknown>): Partial<DirectoryUser> =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

  it('never takes an account with a name of its own for external, whatever else is on it', () => {
    fc.assert(fc.property(evidence, (record) => expect(identityKind(internal('a', defined(record)))).not.toBe('External')));
  });

  it('never takes a member for external without an external identity or the state of an invitation', () => {
    fc.assert(
      fc.property(evidence, (record) => {
        const user = guest('a', { ...defined(record), userType: 'Member', externalUserState: null, identities: own });
        expect(identityKind(user)).toBe('Ambiguous');
      }),
    );
  });

  it('never takes an account for internal that has evidence of another tenant', () => {
    fc.assert(
      fc.property(evidence, fc.boolean(), (record, named) => {
        const user = named ? guest('a', defined(record)) : internal('a', { ...defined(record), externalUserState: 'Accepted' });
        expect(identityKind(user)).not.toBe('Internal');
      }),
    );
  });

  it('does not change its mind when evidence that says nothing is added', () => {
    fc.assert(
      fc.property(evidence, (record) => {
        const user = guest('a', defined(record));
        const silent = {
          ...user,
          ...(user.creationType == null ? { creationType: null } : {}),
          ...(user.externalUserState == null ? { externalUserState: '' } : {}),
        };
        expect(identityKind(silent)).toBe(identityKind(user));
      }),
    );
  });
});
