import type { AttributeValue } from '../../../../src/api/attributes.ts';
import { compileFilters, type FilterProblem, type ScopeFilter } from '../../../../src/core/scope/filter.ts';

type Clause = Parameters<typeof compileFilters>[0][number]['clauses'][number];

const compiled = (...filters: readonly (readonly Clause[])[]): ScopeFilter =>
  compileFilters(filters.map((clauses, index) => ({ name: `filter-${index}`, clauses }))) as ScopeFilter;
const reading = (attributes: Readonly<Record<string, AttributeValue | null>>) => (name: string) => attributes[name] ?? null;

function passes(operator: Clause['operator'], operand: string | undefined, value: AttributeValue | null): boolean {
  const clause = { attribute: 'x', operator, ...(operand === undefined ? {} : { value: operand }) };
  return compiled([clause]).passes(reading({ x: value }));
}

describe('E5 operators', () => {
  it.each<[Clause['operator'], string | undefined, AttributeValue | null, boolean]>([
    ['Equals', 'Sales', 'Sales', true],
    ['Equals', 'Sales', 'sales', false],
    ['Equals', 'true', true, true],
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

  it.each(['manager', 'userType', 'proxyAddresses', 'employeeHireDate', 'appRoleAssignments'])('refuses %s by name', (attribute) => {
    const problem = compileFilters([{ name: 'f', clauses: [{ attribute, operator: 'IsNotNull' }] }]) as FilterProblem;
    expect(problem).toEqual({ reason: 'InvalidFilter', message: expect.stringContaining(attribute) as string });
  });

  it('refuses to compare what is no whole number', () => {
    const problem = compileFilters([{ name: 'f', clauses: [{ attribute: 'x', operator: 'GreaterThan', value: '1.5' }] }]);
    expect(problem).toMatchObject({ reason: 'InvalidFilter' });
  });
});
