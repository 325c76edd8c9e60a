import type { AttributeValue } from '../../api/attributes.ts';
import { FilterBudget, FilterPatterns } from '../expression/regex/filter-pattern.ts';
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
  /** Why a clause does not hold whatever it compares with; with TooLarge it is not known to fail either. */
  readonly because?: 'NoValue' | 'SeveralValues' | 'TooLarge';
}

export interface ScopeFilter {
  /** Source attributes that the filters read. */
  readonly attributes: readonly string[];
  /**
   * True when any filter passes for certain, or there is none (E5); false when every filter fails for certain. Null: undecided,
   * because patterns and values are together larger than an evaluation may take.
   */
  passes(attribute: AttributeSource): boolean | null;
  /** Every clause of every filter. */
  explain(attribute: AttributeSource): readonly ClauseResult[];
}

/** What is wrong with a filter, for a condition. */
export interface FilterProblem {
  readonly reason: 'InvalidFilter';
  /** With the path in the spec. */
  readonly message: string;
  /** The same without any path. */
  readonly problem: string;
  /** Which filter and which of its clauses, from 0. */
  readonly filter: number;
  readonly clause: number;
  /** Offset in the value of the clause, from 0, where one is known. */
  readonly position?: number;
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
  /** The same, those without a pattern first: what one of them decides costs nothing. */
  readonly asked: readonly CompiledClause[];
}

type AttributeCheck = (name: string) => string | undefined;

/** What is wrong with one clause: in which of its fields, and where in that. */
interface ClauseProblem {
  readonly field: 'attribute' | 'value';
  readonly problem: string;
  readonly position?: number;
}

function compileOne(spec: ClauseSpec, patterns: FilterPatterns, refusalOf: AttributeCheck): CompiledClause | ClauseProblem {
  const refusal = refusalOf(spec.attribute);
  if (refusal !== undefined) return { field: 'attribute', problem: refusal };
  const test = compileClause(spec.operator, spec.value ?? '', patterns);
  if (typeof test === 'function') return { spec, test };
  return { ...test, field: 'value', problem: `${spec.operator}: ${test.problem}` };
}

function filterProblem(filters: readonly FilterSpec[], filter: number, clause: number, found: ClauseProblem): FilterProblem {
  const { field, problem, position } = found;
  const name = filters[filter]?.name ?? '';
  const place = position === undefined ? '' : `${placeIn(filters[filter]?.clauses[clause]?.value ?? '', position)}: `;
  return {
    reason: 'InvalidFilter',
    message: `spec.scope.filters[name=${name}].clauses[${clause}].${field}: ${place}${problem}`,
    problem,
    filter,
    clause,
    ...(position === undefined ? {} : { position }),
  };
}

function explainClause(filter: string, { spec, test }: CompiledClause, attribute: AttributeSource, budget: FilterBudget): ClauseResult {
  const value = attribute(spec.attribute);
  const result = test(value, budget);
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

/** Whether all clauses hold: one that fails for certain decides, whatever is undecided beside it. */
function filterPasses({ asked }: CompiledFilter, attribute: AttributeSource, budget: FilterBudget): boolean | null {
  let result: boolean | null = true;
  for (const { spec, test } of asked) {
    const holds = test(attribute(spec.attribute), budget);
    if (holds === false) return false;
    if (holds === null) result = null;
  }
  return result;
}

function anyPasses(filters: readonly CompiledFilter[], attribute: AttributeSource): boolean | null {
  if (filters.length === 0) return true;
  const budget = new FilterBudget();
  let result: boolean | null = false;
  for (const filter of filters) {
    const passes = filterPasses(filter, attribute, budget);
    if (passes === true) return true;
    if (passes === null) result = null;
  }
  return result;
}

const hasPattern = ({ spec }: CompiledClause): boolean => spec.operator === 'RegexMatch' || spec.operator === 'NotRegexMatch';

/**
 * Checks and compiles scoping filters. `refusalOf` says why an attribute may not be used; without it, what a directory does not
 * have is refused too.
 */
export function compileFilters(filters: readonly FilterSpec[], refusalOf: AttributeCheck = filterRefusal): ScopeFilter | FilterProblem {
  const patterns = new FilterPatterns();
  const compiled: CompiledFilter[] = [];
  for (const [index, { name, clauses: specs }] of filters.entries()) {
    const clauses: CompiledClause[] = [];
    for (const [at, spec] of specs.entries()) {
      const clause = compileOne(spec, patterns, refusalOf);
      if ('problem' in clause) return filterProblem(filters, index, at, clause);
      clauses.push(clause);
    }
    const asked = [...clauses.filter((clause) => !hasPattern(clause)), ...clauses.filter(hasPattern)];
    compiled.push({ name, clauses, asked });
  }
  return {
    attributes: [...new Set(filters.flatMap((filter) => filter.clauses.map((clause) => clause.attribute)))],
    passes: (attribute) => anyPasses(compiled, attribute),
    explain: (attribute) => {
      const budget = new FilterBudget();
      return compiled.flatMap(({ name, clauses }) => clauses.map((clause) => explainClause(name, clause, attribute, budget)));
    },
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
