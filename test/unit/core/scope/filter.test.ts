import type { AttributeValue } from '../../../../src/api/attributes.ts';
import { compileFilters, describeClause, type FilterProblem, type ScopeFilter } from '../../../../src/core/scope/filter.ts';

type Clause = Parameters<typeof compileFilters>[0][number]['clauses'][number];

const compiled = (...filters: readonly (readonly Clause[])[]): ScopeFilter =>
  compileFilters(
    filters.map((clauses, index) => ({ name: `filter-${index}`, clauses })),
    () => undefined,
  ) as ScopeFilter;
const reading = (attributes: Readonly<Record<string, AttributeValue | null>>) => (name: string) => attributes[name] ?? null;

function passes(operator: Clause['operator'], operand: string | undefined, value: AttributeValue | null): boolean | null {
  const clause = { attribute: 'x', operator, ...(operand === undefined ? {} : { value: operand }) };
  return compiled([clause]).passes(reading({ x: value }));
}

describe('E5 operators', () => {
  it.each<[Clause['operator'], string | undefined, AttributeValue | null, boolean]>([
    ['Equals', 'Sales', 'Sales', true],
    ['Equals', 'Sales', 'sales', false],
    ['Equals', 'true', true, true],
    ['Equals', 'True', true, true],
    ['Equals', 'True', false, false],
    ['Equals', 'True', 'true', false],
    ['NotEquals', 'False', true, true],
    ['NotEquals', 'False', false, false],
    ['In', 'True,Yes', true, true],
    ['In', 'FALSE', true, false],
    ['NotIn', 'True,Yes', true, false],
    ['NotIn', 'False', true, true],
    ['Includes', 'rue', true, true],
    ['NotEquals', 'Sales', 'Research', true],
    ['NotEquals', 'Sales', 'Sales', false],
    ['NotEquals', 'Sales', null, false],
    ['Includes', 'ale', 'Sales', true],
    ['Includes', 'x', 'Sales', false],
    ['EndsWith', 'les', 'Sales', true],
    ['EndsWith', 'Sa', 'Sales', false],
    ['GreaterThan', '9', '10', true],
    ['GreaterThan', '10', '10', false],
    ['GreaterThan', '1', 'ten', false],
    ['GreaterThan', '9007199254740993', '9007199254740994', true],
    ['GreaterThanOrEquals', '10', '10', true],
    ['IsTrue', undefined, true, true],
    ['IsTrue', undefined, 'True', true],
    ['IsTrue', undefined, false, false],
    ['IsTrue', undefined, null, false],
    ['IsFalse', undefined, false, true],
    ['IsFalse', undefined, null, false],
    ['IsNull', undefined, null, true],
    ['IsNull', undefined, '', true],
    ['IsNull', undefined, 'x', false],
    ['IsNotNull', undefined, 'x', true],
    ['IsNotNull', undefined, '', false],
    ['In', 'US,CA', 'CA', true],
    ['In', 'US,CA', 'FR', false],
    ['In', 'US,CA', null, false],
    ['NotIn', 'US,CA', 'FR', true],
    ['NotIn', 'US,CA', 'CA', false],
    ['NotIn', 'US,CA', null, false],
    ['RegexMatch', 'DE|FR', 'FR', true],
    ['RegexMatch', 'DE|FR', 'FRX', false],
    ['RegexMatch', 'fr', 'FR', false],
    ['RegexMatch', '.*', null, false],
    ['RegexMatch', '.*', '', false],
    ['NotRegexMatch', 'DE|FR', 'IT', true],
    ['NotRegexMatch', 'DE|FR', 'FR', false],
    ['NotRegexMatch', 'DE|FR', null, false],
    ['GreaterThan', '1', '9'.repeat(2000), false],
    ['Equals', 'a', ['a'], false],
    ['IsNotNull', undefined, ['a'], false],
    ['IsNull', undefined, ['a'], false],
    ['IsNull', undefined, [], true],
  ])('%s %s on %j: %s', (operator, operand, value, expected) => {
    expect(passes(operator, operand, value)).toBe(expected);
  });
});

describe('E5 filters', () => {
  const sales: Clause = { attribute: 'department', operator: 'Equals', value: 'Sales' };
  const french: Clause = { attribute: 'country', operator: 'Equals', value: 'FR' };

  it('lets everybody pass without any', () => {
    expect(compiled().passes(reading({}))).toBe(true);
  });

  it('joins clauses by and, filters by or', () => {
    const both = reading({ department: 'Sales', country: 'FR' });
    const one = reading({ department: 'Sales', country: 'DE' });
    expect([compiled([sales, french]).passes(both), compiled([sales, french]).passes(one)]).toEqual([true, false]);
    expect([compiled([sales], [french]).passes(one), compiled([sales], [french]).passes(reading({}))]).toEqual([true, false]);
  });

  it('tells what it reads and how each clause came out', () => {
    const filter = compiled([sales, french], [sales]);
    expect(filter.attributes).toEqual(['department', 'country']);
    expect(filter.explain(reading({ department: 'Sales' })).map(({ passed }) => passed)).toEqual([true, false, true]);
  });

  it('explains each clause without any value of the user', () => {
    const filter = compiled([sales, french, { attribute: 'jobTitle', operator: 'IsNull' }]);
    const lines = filter.explain(reading({ department: 'secret', jobTitle: 'secret' })).map(describeClause);
    expect(lines).toEqual([
      'filter-0: department Equals "Sales": false',
      'filter-0: country Equals "FR": false, there is no value',
      'filter-0: jobTitle IsNull: false',
    ]);
  });

  it('explains a clause that is too large to decide, whichever way it asks', () => {
    for (const operator of ['RegexMatch', 'NotRegexMatch'] as const) {
      const filter = compiled([{ attribute: 'x', operator, value: '(a|b|ab)*c'.repeat(20) }]);
      const [result] = filter.explain(reading({ x: 'ab'.repeat(200_000) }));
      expect(result).toMatchObject({ passed: false, because: 'TooLarge' });
    }
  });

  it.each([
    ['deparment', 'did you mean department?'],
    ['physicalDeliveryOfficeName', 'did you mean officeLocation?'],
    ['skills', 'kept outside the directory'],
  ])('refuses %s, which cannot be read', (attribute, message) => {
    const problem = compileFilters([{ name: 'f', clauses: [{ attribute, operator: 'IsNotNull' }] }]) as FilterProblem;
    expect(problem.message).toContain(message);
  });

  it('tells where a pattern is wrong', () => {
    const clauses: Clause[] = [{ attribute: 'city', operator: 'RegexMatch', value: 'a(b' }];
    expect(compileFilters([{ name: 'f', clauses }])).toMatchObject({
      reason: 'InvalidFilter',
      filter: 0,
      clause: 0,
      position: 1,
      message: expect.stringMatching(/^spec\.scope\.filters\[name=f\]\.clauses\[0\]\.value: column \d+: RegexMatch: /) as string,
    });
  });

  it.each(['manager', 'userType', 'proxyAddresses', 'employeeHireDate', 'appRoleAssignments'])('refuses %s by name', (attribute) => {
    const problem = compileFilters([{ name: 'f', clauses: [{ attribute, operator: 'IsNotNull' }] }]) as FilterProblem;
    expect(problem).toMatchObject({ reason: 'InvalidFilter', message: expect.stringContaining(attribute) as string });
  });

  it('refuses to compare what is no whole number', () => {
    const problem = compileFilters([{ name: 'f', clauses: [{ attribute: 'employeeId', operator: 'GreaterThan', value: '1.5' }] }]);
    expect(problem).toMatchObject({ reason: 'InvalidFilter' });
  });
});
