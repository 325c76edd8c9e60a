import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import { addressesOf } from '../../../../src/core/matching/addresses.ts';

describe('D3 the addresses by which an account may be known', () => {
  test.each<[string, Partial<DirectoryUser>, readonly string[]]>([
    ['none', { userPrincipalName: null, mail: '', otherMails: null, proxyAddresses: null }, []],
    ['the one in the name of an external account', { userPrincipalName: 'ann_b_contoso.com#EXT#@fabrikam.com' }, ['ann_b@contoso.com']],
    ['the name of an account of its own tenant', { userPrincipalName: 'Ann_B@fabrikam.com' }, ['ann_b@fabrikam.com']],
    ['a name that has no address before its mark', { userPrincipalName: 'ann#EXT#@fabrikam.com' }, ['ann#ext#@fabrikam.com']],
    ['mail and others, each once', { mail: 'Ann@contoso.com', otherMails: ['ann@CONTOSO.com', 'a@x.com'] }, ['ann@contoso.com', 'a@x.com']],
    ['proxies, without what they are for', { proxyAddresses: ['SMTP:Ann@contoso.com', 'smtp:a@x.com'] }, ['ann@contoso.com', 'a@x.com']],
  ])('%s', (_, user, expected) => {
    expect(addressesOf({ id: 'a', attributes: {}, ...user })).toEqual(expected);
  });
});
