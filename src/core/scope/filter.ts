import type { AttributeValue } from '../../api/attributes.ts';
import { placeIn } from '../mapping/check.ts';
import { sourceRefusal, sourceType } from '../mapping/source-attributes.ts';
import { compileClause, type ClauseSpec, type ClauseTest, type FilterSpec } from './operators.ts';

type AttributeSource = (name: string) => AttributeValue | number | null;

/** How one clause came out: for status, events and explanations. Values of the user are never repeated. */
export interface ClauseResult {
  readonly filter: string;
  readonly attribute: string;
  readonly operator: string;
  /** What the spec compares with; absent for operators that take nothing. */
  readonly value?: string;
  readonly passed: boolean;
  /** Why a clause failed whatever it compares with. */
  readonly because?: 'NoValue' | 'SeveralValues' | 'TooLarge';
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
  readonly reason: 'InvalidFilter';
  readonly message: string;
}

/** Why an attribute cannot be used in a scoping filter; undefined when it can. */
export function filterRefusal(name: string): string | undefined {
  const because = (why: string): string => `${name} cannot be used in a scoping filter: ${why}`;
  if (name === 'manager') return because('references cannot be compared');
  if (name === 'userType') return because('only internal members are ever in scope');
  if (name === 'appRoleAssignments') return because('assignments belong under scope');
  const type = sourceType(name);
  if (type === 'StringList') return because('attributes with several values cannot be compared');
  return type === 'Date' ? because('dates cannot be compared') : sourceRefusal(name);
}

interface CompiledClause {
  readonly spec: ClauseSpec;
  readonly test: ClauseTest;
}

interface CompiledFilter {
  readonly name: string;
  readonly clauses: readonly CompiledClause[];
}

type AttributeCheck = (name: string) => string | undefined;

function compileOne(path: string, spec: ClauseSpec, refusalOf: AttributeCheck): CompiledClause | FilterProblem {
  const refusal = refusalOf(spec.attribute);
  if (refusal !== undefined) return { reason: 'InvalidFilter', message: `${path}.attribute: ${refusal}` };
  const test = compileClause(spec.operator, spec.value);
  if (typeof test === 'function') return { spec, test };
  const place = test.position === undefined ? '' : `${placeIn(spec.value ?? '', test.position)}: `;
  return { reason: 'InvalidFilter', message: `${path}.value: ${place}${spec.operator}: ${test.problem}` };
}

function explainClause(filter: string, { spec, test }: CompiledClause, attribute: AttributeSource): ClauseResult {
  const value = attribute(spec.attribute);
  const result = test(value);
  const empty = value === null || value === '' || (typeof value === 'object' && value.length === 0);
  const because = result === null ? 'TooLarge' : empty ? 'NoValue' : typeof value === 'object' ? 'SeveralValues' : undefined;
  return {
    filter,
    attribute: spec.attribute,
    operator: spec.operator,
    ...(spec.value === undefined ? {} : { value: spec.value }),
    passed: result === true,
    ...(result === true || because === undefined ? {} : { because }),
  };
}

/**
 * Checks and compiles scoping filters. `refusalOf` says why an attribute may not be used; without it, what a directory does not
 * have is refused too.
 */
export function compileFilters(filters: readonly FilterSpec[], refusalOf: AttributeCheck = filterRefusal): ScopeFilter | FilterProblem {
  const compiled: CompiledFilter[] = [];
  for (const { name, clauses: specs } of filters) {
    const clauses: CompiledClause[] = [];
    for (const [index, spec] of specs.entries()) {
      const clause = compileOne(`spec.scope.filters[name=${name}].clauses[${index}]`, spec, refusalOf);
      if ('reason' in clause) return clause;
      clauses.push(clause);
    }
    compiled.push({ name, clauses });
  }
  return {
    attributes: [...new Set(filters.flatMap((filter) => filter.clauses.map((clause) => clause.attribute)))],
    passes: (attribute) =>
      compiled.length === 0 || compiled.some(({ clauses }) => clauses.every(({ spec, test }) => test(attribute(spec.attribute)) === true)),
    explain: (attribute) => compiled.flatMap(({ name, clauses }) => clauses.map((clause) => explainClause(name, clause, attribute))),
  };
}

const whyFailed: Readonly<Record<NonNullable<ClauseResult['because']>, string>> = {
  NoValue: 'there is no value',
  SeveralValues: 'there are several values',
  TooLarge: 'value and pattern are too large to compare',
};

/** One line for people: `sales: department Equals "Sales": false, there is no value`. */
export function describeClause({ filter, attribute, operator, value, passed, because }: ClauseResult): string {
  const comparison = value === undefined ? operator : `${operator} ${JSON.stringify(value)}`;
  return `${filter}: ${attribute} ${comparison}: ${passed}${because === undefined ? '' : `, ${whyFailed[because]}`}`;
}
