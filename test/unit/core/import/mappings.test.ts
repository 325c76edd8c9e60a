import { imported } from '../../../support/import-run.ts';
import {
  attribute,
  constant,
  direct,
  engineRows,
  expression,
  row,
  rows2026,
  schemaOf,
  without,
  withRows,
  type Json,
  type Row,
} from '../../../support/entra-job.ts';
import { defaultMappings } from '../../../../src/core/mapping/default-mappings.ts';
import { compileMappings } from '../../../../src/core/mapping/compile.ts';

const of = (...rows: readonly Row[]) => imported({ schema: schemaOf([...engineRows, ...rows]) });
const lenient = (...rows: readonly Row[]) => imported({ schema: schemaOf([...engineRows, ...rows]) }, { strictness: 'Lenient' });

test("G7 Entra's default rows become our default set, and every one is listed", () => {
  const { spec } = imported({ schema: schemaOf(rows2026) });
  const defaults = { apply: 'Always', authority: 'Source', whenNull: 'Keep', propagateRemoval: false } as const;
  const effective = (spec.attributeMappings ?? []).map((mapping) => ({ ...defaults, ...mapping }));
  expect(effective).toEqual([...defaultMappings].sort((a, b) => (a.target < b.target ? -1 : 1)));
  expect(spec.defaultAttributeMappings).toBe(false);
});

test.each([
  ['physicalDeliveryOfficeName', 'officeLocation', 'officeLocation'],
  ['telephoneNumber', 'businessPhones', 'businessPhones'],
  ['mobile', 'mobilePhone', 'mobilePhone'],
  ['facsimileTelephoneNumber', 'faxNumber', 'faxNumber'],
  ['co', 'country', 'country'],
  ['l', 'city', 'city'],
  ['st', 'state', 'state'],
  ['sn', 'surname', 'surname'],
  ['title', 'jobTitle', 'jobTitle'],
  ['AccountEnabled', 'accountEnabled', 'accountEnabled'],
  ['MOBILE', 'mobilePhone', 'mobilePhone'],
  ['usageLocation', 'usageLocation', 'usageLocation'],
  ['userType', 'userType', 'userType'],
  ['extensionAttribute15', 'extensionAttribute15', 'extensionAttribute15'],
  ['businessPhones', 'businessPhones', 'businessPhones'],
])('G7 %s is %s as a source and %s as a target', (entra, source, target) => {
  expect(of(direct(entra)).spec.attributeMappings).toEqual([{ target, source }]);
});

test.each([
  ['dirSyncEnabled', 'onPremisesSyncEnabled'],
  ['objectId', 'id'],
  ['originalUserPrincipalName', 'userPrincipalName'],
  ['immutableId', 'onPremisesImmutableId'],
  ['lastDirSyncDateTime', 'onPremisesLastSyncDateTime'],
  ['userState', 'externalUserState'],
  ['userStateChangedOn', 'externalUserStateChangeDateTime'],
  ['refreshTokensValidFromDateTime', 'signInSessionsValidFromDateTime'],
  ['onPremisesSecurityIdentifier', 'onPremisesSecurityIdentifier'],
  ['sAMAccountName', 'onPremisesSamAccountName'],
])('G7 %s can be a source, as %s, and no target', (entra, source) => {
  expect(of(row(entra, attribute('city'))).problems).toHaveLength(1);
  expect(of(row('extensionAttribute2', attribute(entra))).spec.attributeMappings).toEqual([{ target: 'extensionAttribute2', source }]);
});

test.each([
  ['IsSoftDeleted', 'a state of Entra'],
  ['alternativeSecurityIds', 'matching is built in'],
  ['netId', 'matching is built in'],
  ['appRoleAssignments', 'role assignments'],
  ['passwordProfile.password', 'passwords'],
  ['c', 'name country or usageLocation'],
  ['employeeIds', 'there is no source attribute "employeeIds"; did you mean employeeId?'],
  ['Extension_0d4f8a6b2c1e49738b5d6e7f8091a2b3_x', 'there is no source attribute'],
])('G7 %s cannot be a source, directly or in an expression', (entra, why) => {
  const problems = [...of(row('city', attribute(entra))).problems, ...of(row('city', expression(`ToUpper([${entra}])`))).problems];
  expect(problems).toHaveLength(2);
  for (const problem of problems) expect(problem).toContain(why);
});

test.each([
  ['proxyAddresses', 'Exchange owns it'],
  ['otherMails', 'the directory computes it'],
  ['objectId', 'the directory sets it itself'],
  ['appRoles', 'not a user attribute'],
  ['sponsors', 'refers to other objects'],
])('G7 %s cannot be a target', (entra, why) => {
  const { problems } = of(row(entra, attribute('city')));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`attributeMappings[3] (${entra}): the target "${entra}"`);
  expect(problems[0]).toContain(why);
});

type Source = Json | null;
const cases: readonly (readonly [string, string, Source, Json, object])[] = [
  ['a constant', 'companyName', constant('Contoso'), {}, { constant: 'Contoso' }],
  ['a constant with quotes inside', 'companyName', constant('"Contoso"'), {}, { constant: '"Contoso"' }],
  [
    'a constant of which the text alone is there',
    'companyName',
    { type: 'Constant', expression: '"a \\"b\\""' },
    {},
    { constant: 'a "b"' },
  ],
  ['an empty constant', 'companyName', constant(''), {}, {}],
  ['a boolean in quotes', 'showInAddressList', { type: 'Constant', name: '"True"' }, {}, { constant: 'true' }],
  ['a boolean with a capital', 'accountEnabled', constant('False'), {}, { constant: 'false' }],
  ['a default value', 'city', attribute('city'), { defaultValue: 'Lyon' }, { source: 'city', defaultValue: 'Lyon' }],
  [
    'a default of a boolean',
    'accountEnabled',
    attribute('accountEnabled'),
    { defaultValue: 'True' },
    { source: 'accountEnabled', defaultValue: 'true' },
  ],
  ['a default of null', 'city', attribute('city'), { defaultValue: null }, { source: 'city' }],
  ['an empty default', 'city', attribute('city'), { defaultValue: '' }, { source: 'city' }],
  ['a default that is not there', 'city', attribute('city'), { defaultValue: undefined }, { source: 'city' }],
  ['no source', 'city', null, {}, {}],
  ['an empty source', 'city', {}, {}, {}],
  ['a source of nulls', 'city', { expression: null, name: null, parameters: null, type: 'Attribute' }, {}, {}],
  ['no source, with a default', 'city', null, { defaultValue: 'Lyon' }, { constant: 'Lyon', authority: 'WhenEmpty' }],
  ['ObjectAddOnly', 'city', attribute('city'), { flowType: 'ObjectAddOnly' }, { source: 'city', apply: 'OnCreate' }],
  ['AttributeAddOnly', 'city', attribute('city'), { flowType: 'attributeaddonly' }, { source: 'city', authority: 'WhenEmpty' }],
  ['AttributeAddOnly by its number', 'city', attribute('city'), { flowType: 4 }, { source: 'city', authority: 'WhenEmpty' }],
  ['ValueAddOnly', 'city', attribute('city'), { flowType: 'ValueAddOnly' }, { source: 'city' }],
  ['no flow type', 'city', attribute('city'), { flowType: null, flowBehavior: null }, { source: 'city' }],
  ['FlowAlways', 'city', attribute('city'), { flowBehavior: 'FlowAlways' }, { source: 'city' }],
  ['a name without text', 'city', { name: 'city' }, {}, { source: 'city' }],
  ['a text without name', 'city', { expression: '[l]' }, {}, { source: 'city' }],
  ['a function without a type', 'city', { expression: 'ToUpper( [l] )' }, {}, { expression: 'ToUpper([city])' }],
  ['a function that is an attribute', 'city', { type: 'Function', name: '', expression: '[l]' }, {}, { source: 'city' }],
  ['a function that is a text', 'city', { type: 'Function', name: '', expression: '"Lyon"' }, {}, { constant: 'Lyon' }],
  [
    'telephoneNumber in an expression',
    'mobile',
    expression('Left([telephoneNumber],3)'),
    {},
    { expression: 'Left(Item([businessPhones], 1), 3)' },
  ],
  ['telephoneNumber in Item', 'mobile', expression('Item([telephoneNumber], 1)'), {}, { expression: 'Item([businessPhones], 1)' }],
  ['a name within a text', 'city', expression('Append([l], "[mobile]")'), {}, { expression: 'Append([city], "[mobile]")' }],
  ['empty arguments', 'city', expression('Switch([l], , "a", "b")'), {}, { expression: 'Switch([city], , "a", "b")' }],
  ['a comparison', 'city', expression('IIF([co]="DE","x",[l])'), {}, { expression: 'IIF([country] = "DE", "x", [city])' }],
];

test.each(cases)('G7 %s is taken over', (_, target, source, more, mapping) => {
  const { spec, problems } = of(row(target, source, more));
  expect(problems).toEqual([]);
  const written = target === 'mobile' ? 'mobilePhone' : target;
  expect(spec.attributeMappings).toEqual([{ target: written, ...mapping }]);
});

const longName = `extension_0d4f8a6b2c1e49738b5d6e7f8091a2b3_${'x'.repeat(90)}`;

const refused: readonly (readonly [string, Row, string])[] = [
  ['an unknown function', row('city', expression('CityOf([l])')), 'column 1: there is no function "CityOf"'],
  ["a function of Entra's own", row('city', expression('AltSecIdFromNetId([l])')), 'the function "AltSecIdFromNetId" is not available'],
  ['a syntax error', row('city', { type: 'Function', name: 'Append', expression: 'Append([l], ' }), 'syntax, column 13'],
  ['too few arguments', row('city', expression('Append([l])')), 'column 1 (in "Append([city])"): argument 2 (suffix) of Append is missing'],
  [
    'a pattern that cannot be',
    row('city', expression('Replace([city], , "(a", , "", , )')),
    'column 20: Replace: argument 3 (regexPattern)',
  ],
  ['SelectUniqueValue', row('city', expression('SelectUniqueValue([city], [state])')), 'SelectUniqueValue cannot be used here'],
  ['a name and a text that differ', row('city', { ...attribute('city'), expression: '[state]' }), 'is said to be "city" and "[state]"'],
  [
    'a tree that differs',
    row('city', { ...expression('Join(" ", [city], [state])'), parameters: expression('Join(" ", [state], [city])').parameters }),
    'do not say the same',
  ],
  ['a tree of another function', row('city', { ...expression('ToUpper([city])'), name: 'ToLower' }), 'do not say the same'],
  [
    'a function without its text',
    row('city', { ...expression('ToUpper([city])'), expression: null }),
    'the text of the expression with the function "ToUpper" is missing',
  ],
  ['an unknown type', row('city', { ...attribute('city'), type: 'Magic' }), 'the source type "Magic" is not known'],
  ['an unknown flow type', direct('city', { flowType: 'Never' }), 'the flow type "Never" is not known'],
  ['an unknown flow behavior', direct('city', { flowBehavior: 'Never' }), 'the flow behavior "Never" is not known'],
  ['a list that only grows', direct('telephoneNumber', { flowType: 'MultiValueAddOnly' }), 'cannot be kept for a list'],
  ['a constant that is too long', row('employeeId', constant('x'.repeat(17))), 'the constant: the value has 17 characters'],
  ['a default that is too long', direct('employeeId', { defaultValue: 'x'.repeat(17) }), 'the default value: the value has 17 characters'],
  ['a constant of 1,025 characters', row('streetAddress', constant('x'.repeat(1025))), 'the constant has more than 1024 characters'],
  ['a user type that is none', row('userType', constant('Robot')), 'userType takes only Member, Guest'],
  ['a boolean that is none', row('showInAddressList', constant('perhaps')), 'showInAddressList takes true or false'],
  ['the manager by an expression', row('manager', expression('ToUpper([manager])')), 'the manager is not taken directly'],
  ['the manager only at creation', direct('manager', { flowType: 'ObjectAddOnly' }), 'a manager can only flow always'],
  ['a manager by default', direct('manager', { defaultValue: 'x' }), 'a manager has no default value'],
  ['the manager in another place', row('city', attribute('manager')), 'the reference "manager" cannot go to "city"'],
  ['another reference as the manager', row('manager', attribute('city')), 'the reference "city" cannot go to "manager"'],
  ['the manager inside an expression', row('city', expression('Append([manager], "x")')), 'manager refers to another object'],
  ['a target with a name that is too long', row(longName, attribute('city')), 'has more than 128 characters'],
  ['a source with a name that is too long', row('city', attribute(longName)), 'has more than 128 characters'],
  ['a target without a name', row('', attribute('city')), 'the mapping names no target'],
];

test.each(refused)('G7 %s is refused with its place, and left out with lenience', (_, bad, message) => {
  const { problems } = of(bad, direct('state'));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^schema\.json: synchronizationRules\[0\]\.objectMappings\[0\]\.attributeMappings\[3\]/);
  expect(problems[0]).toContain(message);
  if (bad.targetAttributeName === '') return;
  const { spec, remarks } = lenient(bad, direct('state'));
  expect(spec.attributeMappings).toEqual([{ target: 'state', source: 'state' }]);
  expect(remarks.filter((remark) => remark.startsWith('cannot be: '))).toEqual([expect.stringContaining(message)]);
});

test('G7 every unknown name of an expression is told', () => {
  const { problems } = of(row('city', expression('Foo([bar], Baz([qux]))')));
  expect(problems.map((problem) => /"(\w+)"/.exec(problem)?.[1])).toEqual(['Foo', 'bar', 'Baz', 'qux']);
});

test('G7 two rows for one target are refused, in whatever spelling, unless they say the same', () => {
  expect(of(direct('mobile'), row('mobilePhone', attribute('city'))).problems).toEqual([
    expect.stringContaining('2 rows differ for the target "mobilePhone"'),
  ]);
  expect(of(direct('mobile'), direct('mobilePhone')).spec.attributeMappings).toEqual([{ target: 'mobilePhone', source: 'mobilePhone' }]);
});

test('G7 more targets than a manifest takes are refused', () => {
  const many = Array.from({ length: 129 }, (_, index) => row(`extension_0d4f8a6b2c1e49738b5d6e7f8091a2b3_a${index}`, attribute('city')));
  expect(of(...many).problems).toEqual([expect.stringContaining('there are 129 mappings; at most 128')]);
  expect(of(...many.slice(1)).problems).toEqual([]);
});

describe('G7 the rows that Entra decides by are never left out:', () => {
  const strictly = (rows: readonly Row[]) => {
    const both = [imported({ schema: schemaOf(rows) }), imported({ schema: schemaOf(rows) }, { strictness: 'Lenient' })];
    expect(both[0]?.problems).toEqual(both[1]?.problems);
    return both[0]?.problems;
  };

  test.each([
    ['missing', without(rows2026, 'alternativeSecurityIds'), 'the matching row, alternativeSecurityIds, is missing'],
    [
      'from elsewhere',
      withRows(rows2026, row('alternativeSecurityIds', attribute('mail'), { matchingPriority: 1 })),
      'the matching row is not the default one',
    ],
    [
      'without priority',
      withRows(rows2026, row('alternativeSecurityIds', expression('AltSecIdFromNetId([netId])'))),
      'the matching row is not the default one',
    ],
    [
      'with a second one',
      withRows(rows2026, direct('mail', { matchingPriority: 2 })),
      'the matching attribute "mail" cannot be taken over',
    ],
  ])('matching %s', (_, rows, message) => {
    expect(strictly(rows)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['negated', row('IsSoftDeleted', expression('Not([IsSoftDeleted])'))],
    ['constant', row('IsSoftDeleted', constant('False'))],
    ['none', row('IsSoftDeleted', null)],
    ['at creation alone', direct('IsSoftDeleted', { flowType: 'ObjectAddOnly' })],
  ])('IsSoftDeleted %s', (_, changed) => {
    expect(strictly(withRows(rows2026, changed))).toEqual([expect.stringContaining('what the job does with leavers cannot be told')]);
  });

  test.each([
    ['a constant', constant('a@contoso.com'), 'a constant cannot be the address'],
    ['an unknown function', expression('UpnOf([mail])'), 'there is no function "UpnOf"'],
    ['an unknown attribute', attribute('upn'), 'there is no source attribute "upn"'],
    ['a name and a text that differ', { ...attribute('mail'), expression: '[userPrincipalName]' }, 'is said to be "mail"'],
  ])('the invited address from %s', (_, source, message) => {
    expect(strictly(withRows(rows2026, row('userPrincipalName', source)))).toEqual([expect.stringContaining(message)]);
  });
});

test.each([
  ['itself', attribute('userPrincipalName'), { address: 'UserPrincipalName' }],
  ['mail', attribute('mail'), { address: 'Mail' }],
  ['another attribute', attribute('physicalDeliveryOfficeName'), { addressExpression: '[officeLocation]' }],
  ['an expression', expression('Append([mailNickname],"@contoso.com")'), { addressExpression: 'Append([mailNickname], "@contoso.com")' }],
  ['nothing', null, { address: 'UserPrincipalName' }],
])('G7 the row userPrincipalName from %s says who is invited', (_, source, invitation) => {
  const { spec } = imported({ schema: schemaOf(withRows(rows2026, row('userPrincipalName', source))) });
  expect(spec.invitation).toEqual(invitation);
  expect(compileMappings(spec as unknown as Parameters<typeof compileMappings>[0])).not.toHaveProperty('reason');
});

test('G7 a job without the row IsSoftDeleted keeps leavers, as what it does with them is not known', () => {
  const { spec, remarks } = imported({ schema: schemaOf(without(rows2026, 'IsSoftDeleted')) });
  expect(spec.deprovisioning).toMatchObject({ action: 'Retain' });
  expect(remarks).toContainEqual(expect.stringContaining('the job has no row IsSoftDeleted'));
});
