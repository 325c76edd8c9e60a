import {
  clause,
  filterGroup,
  internalOnly,
  rows2026,
  rule,
  schema,
  schemaOf,
  scope,
  userMapping,
  type Json,
} from '../../../support/entra-job.ts';
import { imported, type Imported } from '../../../support/import-run.ts';

const withScope = (given: unknown, strictness: 'Strict' | 'Lenient' = 'Strict'): Imported =>
  imported({ schema: schemaOf(rows2026, { scope: given }) }, { strictness });
const of = (...clauses: readonly Json[]): Imported => withScope(scope(filterGroup('one', ...clauses)));

const filtersOf = ({ problems, spec }: Imported): unknown => {
  expect(problems).toEqual([]);
  return spec.scope?.filters;
};

test.each([
  ['EQUALS', 'Equals'],
  ['equals', 'Equals'],
  ['NOT EQUALS', 'NotEquals'],
  ['NOT_EQUALS', 'NotEquals'],
  ['&', 'In'],
  ['!&', 'NotIn'],
  ['Includes', 'Includes'],
  ['INCLUDES', 'Includes'],
  ['ENDS_WITH', 'EndsWith'],
  ['ENDS WITH', 'EndsWith'],
  ['REGEX MATCH', 'RegexMatch'],
  ['regex-match', 'RegexMatch'],
  ['NOT REGEX MATCH', 'NotRegexMatch'],
])('G7 the operator %s is %s', (entra, operator) => {
  expect(filtersOf(of(clause('city', entra, 'Lyon')))).toEqual([
    { name: 'one', clauses: [{ attribute: 'city', operator, value: 'Lyon' }] },
  ]);
});

test.each([
  ['Greater_Than', 'GreaterThan'],
  ['GREATER THAN', 'GreaterThan'],
  ['Greater_Than_OR_EQUALS', 'GreaterThanOrEquals'],
])('G7 the operator %s is %s, of whole numbers', (entra, operator) => {
  expect(filtersOf(of(clause('employeeId', entra, '7')))).toEqual([
    { name: 'one', clauses: [{ attribute: 'employeeId', operator, value: '7' }] },
  ]);
  expect(of(clause('employeeId', entra, '7a')).problems).toEqual([expect.stringContaining('write digits only')]);
});

test.each([
  ['IS TRUE', 'IsTrue'],
  ['IS FALSE', 'IsFalse'],
  ['IS NULL', 'IsNull'],
  ['IS NOT NULL', 'IsNotNull'],
])('G7 the operator %s is %s, without a value however that is written', (entra, operator) => {
  const expected = [{ name: 'one', clauses: [{ attribute: 'accountEnabled', operator }] }];
  const written = clause('accountEnabled', entra);
  for (const targetOperand of [null, undefined, { values: [] }, { values: null }, { values: [''] }, {}])
    expect(filtersOf(of({ ...written, targetOperand }))).toEqual(expected);
  expect(of({ ...written, targetOperand: { values: ['x'] } }).problems).toEqual([
    expect.stringContaining(`the operator "${entra}" takes no value`),
  ]);
});

test.each(['Present', 'Valid Cert Match', 'IsMemberOf', 'STARTS WITH', '', 'LESS THAN'])(
  'G7 the operator "%s" is refused by name, with lenience too',
  (entra) => {
    const given = scope(filterGroup('Sales', clause('city', entra, 'x')));
    for (const strictness of ['Strict', 'Lenient'] as const) {
      const { problems } = withScope(given, strictness);
      expect(problems).toEqual([
        expect.stringContaining(`scope.groups[0].clauses[0] (filter Sales): the operator "${entra}" has no equal here`),
      ]);
    }
  },
);

test.each([
  ['telephoneNumber', 'with Microsoft Graph it is a list'],
  ['proxyAddresses', 'attributes with several values cannot be compared'],
  ['manager', 'references cannot be compared'],
  ['appRoleAssignments', 'role assignments of an application are not attributes of the user'],
  ['userType', 'only internal members are ever in scope'],
  ['employeeHireDate', 'dates cannot be compared'],
  ['IsSoftDeleted', "a state of Entra's engine"],
  ['alternativeSecurityIds', 'matching is built in'],
  ['shoeSize', 'there is no source attribute "shoeSize"'],
  ['', 'there is no source attribute ""'],
])('G7 a filter by "%s" is refused', (attribute, why) => {
  expect(of(clause(attribute, 'EQUALS', 'x')).problems).toEqual([expect.stringContaining(why)]);
});

test.each([
  ['physicalDeliveryOfficeName', 'officeLocation'],
  ['dirSyncEnabled', 'onPremisesSyncEnabled'],
  ['mobile', 'mobilePhone'],
  ['DEPARTMENT', 'department'],
  ['objectId', 'id'],
  ['extension_0d4f8a6b2c1e49738b5d6e7f8091a2b3_CostCentre', 'extension_0d4f8a6b2c1e49738b5d6e7f8091a2b3_CostCentre'],
])('G7 a filter by %s is one by %s', (entra, attribute) => {
  expect(filtersOf(of(clause(entra, 'EQUALS', 'x')))).toEqual([{ name: 'one', clauses: [{ attribute, operator: 'Equals', value: 'x' }] }]);
});

test('G7 none, one value too many, a pattern that cannot be and a value that is too long are refused', () => {
  const bad = [
    clause('city', 'EQUALS'),
    clause('city', 'EQUALS', 'a', 'b'),
    clause('city', 'REGEX MATCH', 'a('),
    clause('city', 'EQUALS', 'x'.repeat(1025)),
  ];
  expect(of(...bad).problems).toEqual([
    expect.stringContaining('clauses[0] (filter one): the operator "EQUALS" has no value to compare with'),
    expect.stringContaining('clauses[1] (filter one): the operator "EQUALS" has 2 values'),
    expect.stringContaining('clauses[2] (filter one): column 2: RegexMatch: a parenthesis is not closed'),
    expect.stringContaining('clauses[3] (filter one): the value has more than 1024 characters'),
  ]);
});

describe('G7 the default filter, which drops external users,', () => {
  const sales = clause('department', 'EQUALS', 'Sales');

  test('is left out of a filter that has more', () => {
    expect(filtersOf(of(internalOnly, sales))).toEqual([
      { name: 'one', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] },
    ]);
  });

  test('lets everybody pass when it is a filter of its own, so that no filter remains beside it', () => {
    for (const groups of [
      [filterGroup('default', internalOnly)],
      [filterGroup('sales', sales), filterGroup('default', internalOnly)],
      [filterGroup('default', internalOnly, internalOnly), filterGroup('sales', sales)],
    ])
      expect(filtersOf(withScope(scope(...groups)))).toBeUndefined();
  });

  test('says so, with the filters that have no effect', () => {
    const { remarks } = withScope(scope(filterGroup('sales', sales), filterGroup('default', internalOnly)));
    expect(remarks).toContainEqual(expect.stringContaining('the filter "default", alternativeSecurityIds EQUALS None, is left out'));
    expect(remarks).toContainEqual(expect.stringContaining('these have no effect, in Entra too: "sales"'));
  });

  test('counts in the list of filters that drop early too, and nothing else does there', () => {
    const early = (...groups: readonly Json[]): Imported => withScope({ groups: [filterGroup('sales', sales)], inputFilterGroups: groups });
    expect(filtersOf(early(filterGroup('default', internalOnly)))).toHaveLength(1);
    expect(early(filterGroup('y')).problems).toHaveLength(1);
    expect(early(filterGroup('x', internalOnly, sales)).problems).toEqual([
      expect.stringContaining('inputFilterGroups[0] (x): the filter "x" is of a kind'),
    ]);
  });

  test.each([
    ['another value', clause('alternativeSecurityIds', 'EQUALS', 'Some')],
    ['another operator', clause('alternativeSecurityIds', 'NOT EQUALS', 'None')],
  ])('is not one with %s', (_, altered) => {
    expect(of(altered, sales).problems).toHaveLength(1);
  });
});

test.each([
  ['null', null],
  ['an empty object', {}],
  ['empty lists', { groups: [], inputFilterGroups: [], categoryFilterGroups: [] }],
  ['nulls', { groups: null, inputFilterGroups: null, categoryFilterGroups: null }],
])('G7 a scope of %s has no filters', (_, given) => {
  expect(filtersOf(withScope(given))).toBeUndefined();
});

test('G7 a filter without clauses, and one of categories, are refused', () => {
  expect(withScope(scope(filterGroup('x'))).problems).toEqual([expect.stringContaining('the filter "x" has no clauses')]);
  expect(withScope({ categoryFilterGroups: [filterGroup('c', internalOnly)] }).problems).toEqual([
    expect.stringContaining('categoryFilterGroups[0] (c): the filter "c" is of a kind that has no equal here'),
  ]);
});

test('G7 names of filters become unique, and short enough', () => {
  const given = [null, 'filter 1', 'x'.repeat(200), 'x'.repeat(200), ''].map((name) => filterGroup(name, clause('city', 'EQUALS', 'x')));
  const filters = filtersOf(withScope(scope(...given))) as readonly { readonly name: string }[];
  expect(filters.map(({ name }) => name)).toEqual(['filter 1', 'filter 1 (2)', 'x'.repeat(128), `${'x'.repeat(124)} (2)`, 'filter 5']);
});

test('G7 more filters or clauses than a manifest takes are refused', () => {
  const one = clause('city', 'EQUALS', 'x');
  const groups = Array.from({ length: 51 }, (_, index) => filterGroup(`f${index}`, one));
  expect(withScope(scope(...groups)).problems).toEqual([expect.stringContaining('there are 51 filters; at most 50')]);
  expect(withScope(scope(...groups.slice(1))).problems).toEqual([]);
  expect(of(...Array.from({ length: 51 }, () => one)).problems).toEqual([expect.stringContaining('has 51 clauses; at most 50')]);
});

test('G7 scopes of cloud sync are refused', () => {
  for (const more of [{ groupFilter: { includedGroups: ['x'] } }, { containerFilter: { includedContainers: ['x'] } }]) {
    const { problems } = imported({ schema: schema([{ ...rule(userMapping()), ...more }]) });
    expect(problems).toEqual([
      expect.stringContaining('synchronizationRules[0]: it is scoped by containers or groups of an on-premises directory'),
    ]);
  }
});
