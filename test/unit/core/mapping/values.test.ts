import type { AttributeValue } from '../../../../src/api/attributes.ts';
import { canonicalValue, sameValue } from '../../../../src/core/mapping/canonical.ts';
import { rulesOf, targetAttribute } from '../../../../src/core/mapping/target-attributes.ts';

describe('canonical values', () => {
  it.each<[string, AttributeValue | null | undefined, AttributeValue | null]>([
    ['jobTitle', 'Engineer', 'Engineer'],
    ['jobTitle', ' Engineer ', ' Engineer '],
    ['jobTitle', '', null],
    ['jobTitle', null, null],
    ['jobTitle', undefined, null],
    ['jobTitle', ['Engineer', 'Architect'], 'Engineer'],
    ['jobTitle', [], null],
    ['jobTitle', true, 'true'],
    ['accountEnabled', true, true],
    ['accountEnabled', 'False', false],
    ['accountEnabled', 'perhaps', null],
    ['accountEnabled', ['true'], null],
    ['businessPhones', ['1', '2'], ['1']],
    ['businessPhones', '1', ['1']],
    ['businessPhones', ['', '2'], ['2']],
    ['businessPhones', [], null],
  ])('%s %j: %j', (name, value, expected) => {
    expect(canonicalValue(name, value)).toEqual(expected);
  });

  it.each<[string, AttributeValue | null, AttributeValue | null, boolean]>([
    ['jobTitle', 'Engineer', 'Engineer', true],
    ['jobTitle', 'Engineer', 'engineer', false],
    ['mail', 'Ana@Contoso.com', 'ana@contoso.com', true],
    ['jobTitle', null, null, true],
    ['jobTitle', null, 'Engineer', false],
    ['businessPhones', ['1'], ['1'], true],
    ['businessPhones', ['1'], ['2'], false],
    ['businessPhones', ['1'], null, false],
    ['accountEnabled', true, false, false],
  ])('%s: %j is %j: %s', (name, a, b, expected) => {
    expect(sameValue(name, a, b)).toBe(expected);
    expect(sameValue(name, b, a)).toBe(expected);
  });
});

describe('C7 target attributes', () => {
  it.each(['displayName', 'extensionAttribute1', 'extensionAttribute15', `extension_${'0'.repeat(32)}_badge`])('accepts %s', (name) => {
    expect(targetAttribute(name)).not.toHaveProperty('refusal');
  });

  it.each([
    'photo',
    'customSecurityAttributes',
    'otherMails',
    'proxyAddresses',
    'userPrincipalName',
    'passwordProfile',
    'extensionAttribute16',
    'extension_x_badge',
    'toString',
    'nonsense',
  ])('refuses %s with a reason', (name) => {
    expect(targetAttribute(name)).toEqual({ refusal: expect.stringMatching(/\w{3}/) as string });
  });

  it('C10 knows what is refused on its own', () => {
    expect(
      ['accountEnabled', 'mail', 'mobilePhone', 'businessPhones', 'displayName'].map((name) => rulesOf(name).sensitive === true),
    ).toEqual([true, true, true, true, false]);
  });
});
