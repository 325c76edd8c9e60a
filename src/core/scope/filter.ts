import type { AttributeValue } from '../../api/attributes.ts';
import type { SyncConfigurationSpec } from '../../api/generated.ts';

type FilterSpec = NonNullable<SyncConfigurationSpec['scope']['filters']>[number];
type ClauseSpec = FilterSpec['clauses'][number];
type AttributeSource = (name: string) => AttributeValue | null;

/** How one clause came out: for status, events and explanations. Values are never repeated. */
export interface ClauseResult {
  readonly filter: string;
  readonly attribute: string;
  readonly operator: string;
  readonly passed: boolean;
}

export interface ScopeFilter {
  /** Source attributes that the filters read. */
  readonly attributes: readonly string[];
  /** True when any filter passes, or there is none (E5). */
  passes(attribute: AttributeSource): boolean;
  /** Every clause of every filter. */
  explain(attribute: AttributeSource): readonly ClauseResult[];
}

/** What is wrong with a filter, for a condition. */
export interface FilterProblem {
  readonly reason: 'InvalidFilter' | 'FeatureNotAvailable';
  readonly message: string;
}

/** Attributes that Entra does not filter by, and why. */
const unusable: Readonly<Record<string, string>> = {
  manager: 'references cannot be compared',
  userType: 'only internal members are ever in scope',
  appRoleAssignments: 'assignments belong under scope',
  proxyAddresses: 'attributes with several values cannot be compared',
  otherMails: 'attributes with several values cannot be compared',
  businessPhones: 'attributes with several values cannot be compared',
  employeeHireDate: 'dates cannot be compared',
  employeeLeaveDateTime: 'dates cannot be compared',
  createdDateTime: 'dates cannot be compared',
};

type Comparison = (value: string | boolean, operand: string) => boolean;

/** A null or empty attribute fails every clause but IsNull; text is compared with case, numbers are whole. */
const comparisons: Readonly<Record<Exclude<ClauseSpec['operator'], 'IsNull' | 'RegexMatch' | 'NotRegexMatch'>, Comparison>> = {
  Equals: (value, operand) => String(value) === operand,
  NotEquals: (value, operand) => String(value) !== operand,
  In: (value, operand) => operand.includes(String(value)),
  NotIn: (value, operand) => !operand.includes(String(value)),
  Includes: (value, operand) => String(value).includes(operand),
  EndsWith: (value, operand) => String(value).endsWith(operand),
  GreaterThan: (value, operand) => compareIntegers(value, operand, (a, b) => a > b),
  GreaterThanOrEquals: (value, operand) => compareIntegers(value, operand, (a, b) => a >= b),
  IsTrue: (value) => String(value).toLowerCase() === 'true',
  IsFalse: (value) => String(value).toLowerCase() === 'false',
  IsNotNull: () => true,
};

function compareIntegers(value: string | boolean, operand: string, compare: (a: bigint, b: bigint) => boolean): boolean {
  const pattern = /^[0-9]+$/;
  const text = String(value);
  return pattern.test(text) && pattern.test(operand) && compare(BigInt(text), BigInt(operand));
}

function checkClause(filter: FilterSpec, clause: ClauseSpec, index: number): FilterProblem | undefined {
  const where = `spec.scope.filters[name=${filter.name}].clauses[${index}]`;
  if (Object.hasOwn(unusable, clause.attribute)) {
    return {
      reason: 'InvalidFilter',
      message: `${where}.attribute: ${clause.attribute} cannot be used in a scoping filter: ${unusable[clause.attribute]}`,
    };
  }
  if (clause.operator === 'RegexMatch' || clause.operator === 'NotRegexMatch') {
    return {
      reason: 'FeatureNotAvailable',
      message: `${where}.operator: ${clause.operator} is not available in this version; use In, Equals, Includes or EndsWith`,
    };
  }
  if (clause.operator.startsWith('GreaterThan') && !/^[0-9]+$/.test(clause.value ?? '')) {
    return { reason: 'InvalidFilter', message: `${where}.value: ${clause.operator} compares whole numbers; write digits only` };
  }
  return undefined;
}

function evaluateClause(clause: ClauseSpec, attribute: AttributeSource): boolean {
  const value = attribute(clause.attribute);
  const empty = value === null || value === '' || typeof value === 'object';
  if (clause.operator === 'IsNull') return empty;
  if (empty || clause.operator === 'RegexMatch' || clause.operator === 'NotRegexMatch') return false;
  return comparisons[clause.operator](value, clause.value ?? '');
}

/** Checks and compiles the scoping filters of a configuration. */
export function compileFilters(filters: readonly FilterSpec[]): ScopeFilter | FilterProblem {
  for (const filter of filters) {
    for (const [index, clause] of filter.clauses.entries()) {
      const problem = checkClause(filter, clause, index);
      if (problem) return problem;
    }
  }
  return {
    attributes: [...new Set(filters.flatMap((filter) => filter.clauses.map((clause) => clause.attribute)))],
    passes: (attribute) =>
      filters.length === 0 || filters.some((filter) => filter.clauses.every((clause) => evaluateClause(clause, attribute))),
    explain: (attribute) =>
      filters.flatMap((filter) =>
        filter.clauses.map((clause) => ({
          filter: filter.name,
          attribute: clause.attribute,
          operator: clause.operator,
          passed: evaluateClause(clause, attribute),
        })),
      ),
  };
}
