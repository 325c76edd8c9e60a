import { formerAddressesKept } from '../../../../src/core/projection/former-addresses.ts';
import { trustedSpec, type UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import { recordWith, specWith } from '../support.ts';

const now = '2026-02-03T00:00:00Z';
const before = '2026-02-01T00:00:00Z';
const named = (userPrincipalName: string, more: Partial<UnsealedSpec> = {}): UnsealedSpec => {
  const spec = trustedSpec(specWith({ invitedAddress: userPrincipalName, attributes: { mail: userPrincipalName }, ...more }));
  return { ...spec, source: { ...spec.source, userPrincipalName } };
};
const waiting = (spec: UnsealedSpec) => recordWith({ spec, status: { state: 'Skipped', targetUser: undefined as never } });

describe('I1 what somebody without an account was called before', () => {
  it.each<[string, UnsealedSpec, UnsealedSpec, readonly string[]]>([
    ['nothing changed', named('ana@contoso.com'), named('ana@contoso.com'), []],
    ['another case is no other address', named('Ana@contoso.com'), named('ana@contoso.com'), []],
    ['renamed', named('ana@contoso.com'), named('ana.b@contoso.com'), ['ana@contoso.com']],
    [
      'renamed twice',
      named('ana.b@contoso.com', { formerAddresses: [{ address: 'ana@contoso.com', until: before }] }),
      named('ana.c@contoso.com'),
      ['ana.b@contoso.com', 'ana@contoso.com'],
    ],
    [
      'renamed and back',
      named('ana.b@contoso.com', { formerAddresses: [{ address: 'ana@contoso.com', until: before }] }),
      named('ana@contoso.com'),
      ['ana.b@contoso.com'],
    ],
    [
      'another mail, which was invited',
      named('ana@contoso.com', { invitedAddress: 'a@mail.contoso.com', attributes: { mail: 'a@mail.contoso.com' } }),
      named('ana@contoso.com', { invitedAddress: 'b@mail.contoso.com', attributes: { mail: 'b@mail.contoso.com' } }),
      ['a@mail.contoso.com'],
    ],
    [
      'an expression that made everybody the same address, mended',
      named('ana@contoso.com', { invitedAddress: 'everybody@contoso.com' }),
      named('ana@contoso.com'),
      [],
    ],
  ])('%s', (_what, old, wanted, addresses) => {
    const { formerAddresses = [] } = formerAddressesKept(waiting(old), contentOf(wanted), now);
    expect(formerAddresses.map(({ address }) => address)).toEqual(addresses);
  });

  it('is known with the time until which it was so', () => {
    const old = named('ana.b@contoso.com', { formerAddresses: [{ address: 'ana@contoso.com', until: before }] });
    expect(formerAddressesKept(waiting(old), contentOf(named('ana.c@contoso.com')), now)).toEqual({
      formerAddresses: [
        { address: 'ana.b@contoso.com', until: now },
        { address: 'ana@contoso.com', until: before },
      ],
    });
  });

  it('is four addresses at most, the last ones', () => {
    const former = ['d', 'c', 'b', 'a'].map((name) => ({ address: `${name}@contoso.com`, until: before }));
    const { formerAddresses = [] } = formerAddressesKept(
      waiting(named('e@contoso.com', { formerAddresses: former })),
      contentOf(named('f@contoso.com')),
      now,
    );
    expect(formerAddresses.map(({ address }) => address[0])).toEqual(['e', 'd', 'c', 'b']);
  });

  it('is forgotten where there is an account', () => {
    const record = recordWith({ spec: named('ana@contoso.com', { formerAddresses: [{ address: 'a@contoso.com', until: before }] }) });
    expect(formerAddressesKept(record, contentOf(named('ana.b@contoso.com')), now)).toEqual({});
  });
});
