import type { MappingSpec } from '../../../../src/core/mapping/default-mappings.ts';
import type { DesiredContent } from '../../../../src/core/projection/standing.ts';
import { compileMappings, type Mappings } from '../../../../src/core/mapping/compile.ts';
import { desiredContent, type PresentInput } from '../../../../src/core/projection/desired.ts';
import { internal } from '../support.ts';

const begin = Date.parse('2026-01-05T08:00:00.250Z');
const dayMs = 86_400_000;
const mapping = (target: string, expression: string): MappingSpec => ({
  target,
  expression,
  apply: 'Always',
  authority: 'Source',
  whenNull: 'Keep',
  propagateRemoval: false,
});

function spec(
  expressions: Readonly<Record<string, string>>,
  more: Partial<PresentInput> & { readonly at?: number },
): DesiredContent | undefined {
  const invitation = { address: 'UserPrincipalName' } as const;
  const attributeMappings = Object.entries(expressions).map(([target, expression]) => mapping(target, expression));
  const mappings = compileMappings({
    defaultAttributeMappings: false,
    attributeMappings,
    invitation,
  }) as Mappings;
  return desiredContent({
    configuration: {
      name: 'staff',
      spec: {
        mode: 'Apply',
        memberStrategy: 'InviteAsMember',
        invitation,
        attributeMappings,
      } as unknown as PresentInput['configuration']['spec'],
    },
    pair: { sourceTenantId: 'source', targetTenantId: 'target' },
    user: internal('ana', { attributes: { city: 'Lyon' } }),
    mappings,
    moment: { now: more.at ?? begin },
    ...more,
  });
}

const now = { department: 'Now()', companyName: '[city]' };

test('records no time where no expression depends on it', () => {
  expect(spec({ companyName: 'ToUpper([city])' }, {})).not.toHaveProperty('evaluatedAt');
});

test('I7 Now() stays what it was while nothing else changes', () => {
  const first = spec(now, {});
  expect(first).toMatchObject({ attributes: { department: '1/5/2026 8:00:00 AM' }, evaluatedAt: '2026-01-05T08:00:00Z' });
  expect(spec(now, { existing: first, at: begin + dayMs })).toEqual(first);
});

test('Now() is the time of the change when something that is read changes, whatever comes of it', () => {
  const first = spec(now, {});
  const moved = internal('ana', { attributes: { city: 'Paris' } });
  expect(spec(now, { existing: first, at: begin + dayMs, user: moved })).toMatchObject({
    attributes: { department: '1/6/2026 8:00:00 AM', companyName: 'Paris' },
    evaluatedAt: '2026-01-06T08:00:00Z',
  });
  const same = { department: 'Now()', companyName: 'Left([city], 0)' };
  const evaluated = spec(same, { existing: spec(same, {}), at: begin + dayMs, user: moved });
  expect(evaluated).toMatchObject({ evaluatedAt: '2026-01-06T08:00:00Z' });
});

test.each([
  ['everybody is evaluated anew', now, { anew: true }],
  ['the mapping is another one', { ...now, companyName: 'ToUpper([city])' }, {}],
])('Now() is the present when %s', (_, expressions, more) => {
  expect(spec(expressions, { existing: spec(now, {}), at: begin + dayMs, ...more })).toMatchObject({ evaluatedAt: '2026-01-06T08:00:00Z' });
});

test('I7 a block that is not in the record yet does not move the time', () => {
  const first = spec(now, {});
  const existing = first && { ...first, attributes: {}, blockStaged: true };
  expect(spec(now, { existing, at: begin + dayMs })).toEqual(first);
});

test('A4 a mapping of accountEnabled that fails does not unblock whom the source blocks', () => {
  const user = internal('ana', { accountEnabled: false, attributes: { city: 'Lyon' } });
  const failing = { accountEnabled: 'CDate([city])' };
  expect(spec(failing, { user })?.attributes).toEqual({ accountEnabled: false });
  expect(spec(failing, {})?.attributes).toEqual({});
});

test('C2 IgnoreObjectFlow leaves the user as they are', () => {
  expect(spec({ department: 'IIF([city] = "Lyon", IgnoreObjectFlow, "x")' }, {})).toBeUndefined();
});

test('C2 names what could not be computed, without its value', () => {
  const result = spec({ usageLocation: '[city]' }, {});
  expect(result?.failedMappings).toEqual([
    { target: 'usageLocation', message: 'the value has 4 characters, and usageLocation takes at most 2; read from city' },
  ]);
  expect(result?.attributes).toEqual({});
});

describe('D7 D8 the strategy', () => {
  const user = internal('ana', { attributes: { accountEnabled: true } });
  const wanted = (memberStrategy: 'InviteAsMember' | 'InviteAsGuest' | 'AddressListOnly') =>
    spec(
      {},
      {
        user,
        configuration: { name: 'staff', spec: { mode: 'Apply', memberStrategy } as unknown as PresentInput['configuration']['spec'] },
      },
    );

  it('has the last word on the user type, the address list and, where nobody is to sign in, on that', () => {
    expect(wanted('InviteAsMember')).not.toHaveProperty('memberStrategy');
    expect(wanted('InviteAsGuest')).toMatchObject({
      memberStrategy: 'InviteAsGuest',
      attributes: { showInAddressList: true },
      onCreate: { userType: 'Guest' },
    });
    expect(wanted('AddressListOnly')).toMatchObject({
      memberStrategy: 'AddressListOnly',
      attributes: { showInAddressList: true, accountEnabled: false },
      onCreate: { userType: 'Guest' },
    });
  });
});
