import { compileFilters, filterRefusal } from '../scope/filter.ts';
import { entraOperators, unary, type ClauseSpec, type FilterSpec, type Operator } from '../scope/operators.ts';
import { placeIn } from '../mapping/check.ts';
import { remark, type Remark } from './commented.ts';
import { sourceNamed } from './names.ts';
import { longestMessage, quoted, visible, type Problem, type Trouble } from './problem.ts';
import type { EntraClause, EntraFilter, EntraFilterGroup } from './schema.ts';
import { problemAt } from './untrusted.ts';

/** A filter as it is written, with what is to be said about it and about each of its clauses. */
export interface TakenFilter {
  readonly name: string;
  readonly clauses: readonly { readonly clause: ClauseSpec; readonly remarks: readonly Remark[] }[];
  readonly remarks: readonly Remark[];
}

export interface TakenFilters {
  /** Empty: no filters, everybody in scope passes. */
  readonly filters: readonly TakenFilter[];
  readonly remarks: readonly Remark[];
}

/** Entra's operators without case; blank, line and hyphen are the same, as their spelling in exports is not published. */
const spelling = (operator: string): string =>
  operator
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
const operators: ReadonlyMap<string, Operator> = new Map([...entraOperators].map(([entra, ours]) => [spelling(entra), ours]));

/**
 * The clause of the default filter, which drops external users. Only internal members are ever in scope here, so that it holds for
 * everybody and can be left out. Source: reference of Entra's cross-tenant template.
 */
function isDefault({ attribute, operator, values }: EntraClause): boolean {
  const none = values.length === 1 && values[0]?.toLowerCase() === 'none';
  return attribute.toLowerCase() === 'alternativesecurityids' && operators.get(spelling(operator)) === 'Equals' && none;
}

/** A filter of nothing else lets everybody pass. */
const letsEverybodyPass = ({ clauses }: EntraFilterGroup): boolean => clauses.length > 0 && clauses.every(isDefault);

const longestValue = 1024;

function operandOf(operator: Operator, { operator: entra, values }: EntraClause): { readonly value?: string } | Trouble {
  const [first, ...more] = values;
  if (unary.has(operator)) {
    if (values.every((each) => each === '')) return {};
    return { what: `the operator ${quoted(entra)} takes no value`, wayOut: 'remove the value' };
  }
  if (first === undefined) return { what: `the operator ${quoted(entra)} has no value to compare with`, wayOut: 'give it one' };
  if (more.length > 0) {
    const what = `the operator ${quoted(entra)} has ${values.length} values; what that means is not published`;
    return { what, wayOut: 'write one clause with REGEX MATCH, or one filter for each value' };
  }
  if (first.length > longestValue) return { what: `the value has more than ${longestValue} characters`, wayOut: 'divide it' };
  return { value: first };
}

function attributeOf(entra: string): { readonly name: string } | Trouble {
  const wayOut = 'filter by another attribute, or assign a group in place of the filter';
  if (entra.toLowerCase() === 'telephonenumber')
    return { what: `${quoted(entra)} cannot be used in a filter: with Microsoft Graph it is a list`, wayOut };
  const named = sourceNamed(entra);
  if ('what' in named) return { what: named.what, wayOut };
  const refusal = filterRefusal(named.name);
  return refusal === undefined ? named : { what: `${quoted(entra)}: ${refusal}`, wayOut };
}

/** One clause, or everything that stands against it. */
function takeClause(entra: EntraClause): { readonly clause: ClauseSpec; readonly remarks: readonly Remark[] } | readonly Trouble[] {
  const operator = operators.get(spelling(entra.operator));
  const named = attributeOf(entra.attribute);
  const operand = operator === undefined ? unknown(entra.operator) : operandOf(operator, entra);
  const found = [named, operand].flatMap((part) => ('what' in part ? [part] : []));
  if (operator === undefined || 'what' in named || 'what' in operand) return found;
  const clause = { attribute: named.name, operator, ...operand };
  const compiled = compileFilters([{ name: 'one', clauses: [clause] }]);
  if ('problem' in compiled) {
    const { problem, position } = compiled;
    const place = position === undefined ? '' : `${placeIn(clause.value ?? '', position)}: `;
    return [{ what: `${place}${visible(problem, longestMessage)}`, wayOut: 'correct the value in the export' }];
  }
  const renamed = named.name === entra.attribute ? '' : `, ${visible(entra.attribute)} is ${named.name} here`;
  return { clause, remarks: [remark('taken over', `${visible(entra.operator)}${renamed}`)] };
}

const unknown = (operator: string): Trouble => ({
  what: `the operator ${quoted(operator)} has no equal here`,
  wayOut: 'use another operator, or assign a group in place of the filter',
});

const longestFilterName = 128;
const mostFilters = 50;

/** Names of filters are unique here, and have 1 to 128 characters. */
function uniqueName(given: string, taken: Set<string>): string {
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? '' : ` (${count})`;
    const name = `${given
      .toWellFormed()
      .slice(0, longestFilterName - suffix.length)
      .toWellFormed()}${suffix}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

const smsRemark = 'Entra drops people who sign in with a text message by it, and here they are in scope';

function takeGroup(group: EntraFilterGroup, name: string, problems: Problem[]): TakenFilter {
  const label = group.name ?? name;
  if (group.clauses.length === 0) {
    const what = `the filter ${quoted(label)} has no clauses; what that means is not published`;
    problems.push(problemAt(group.at, { what, wayOut: 'remove it in the export, or give it clauses' }, label));
  }
  if (group.clauses.length > mostFilters) {
    const what = `the filter ${quoted(label)} has ${group.clauses.length} clauses; at most ${mostFilters} can be taken over`;
    problems.push(problemAt(group.at, { what, wayOut: 'divide it' }, label));
  }
  const clauses = group.clauses.flatMap((clause) => {
    if (isDefault(clause)) return [];
    const taken = takeClause(clause);
    if ('clause' in taken) return [taken];
    problems.push(...taken.map((trouble) => problemAt(clause.at, trouble, `filter ${label}`)));
    return [];
  });
  const dropped = group.clauses.some(isDefault)
    ? [remark('note', `the clause alternativeSecurityIds EQUALS None is left out: only internal members are ever in scope; ${smsRemark}`)]
    : [];
  const renamed =
    group.name === name
      ? []
      : [remark('note', group.name === undefined ? 'the filter has no name in the export' : `called ${quoted(group.name)} in the export`)];
  return { name, clauses, remarks: [...renamed, ...dropped] };
}

/** Filters that have no equal: what they drop early, Entra never takes away, and categories are not published. */
function refuseOthers(filter: EntraFilter, problems: Problem[]): void {
  const others = [...filter.inputFilterGroups.filter((group) => !letsEverybodyPass(group)), ...filter.categoryFilterGroups];
  for (const { at, name } of others) {
    const what = `the filter ${quoted(name ?? '')} is of a kind that has no equal here (inputFilterGroups, categoryFilterGroups)`;
    problems.push(problemAt(at, { what, wayOut: 'write it among the scoping filters of the job' }, name));
  }
}

/** All patterns of a configuration are bounded together. */
function checkTogether(filter: EntraFilter, filters: readonly TakenFilter[], problems: Problem[]): void {
  const specs: readonly FilterSpec[] = filters.map(({ name, clauses }) => ({ name, clauses: clauses.map(({ clause }) => clause) }));
  const compiled = compileFilters(specs);
  if ('problem' in compiled)
    problems.push(problemAt(filter.at, { what: visible(compiled.problem, longestMessage), wayOut: 'use fewer patterns, or shorter ones' }));
  if (filters.length > mostFilters)
    problems.push(
      problemAt(filter.at, {
        what: `there are ${filters.length} filters; at most ${mostFilters} can be taken over`,
        wayOut: 'join some of them',
      }),
    );
}

/**
 * Takes the scoping filters over, whole or not at all: to leave a clause out would add people, to leave a filter out would delete some.
 * Filters are OR-ed, so that one that lets everybody pass leaves none of them an effect.
 */
export function takeFilters(filter: EntraFilter, problems: Problem[]): TakenFilters {
  const before = problems.length;
  refuseOthers(filter, problems);
  const names = new Set<string>();
  const filters = filter.groups.map((group, index) => takeGroup(group, uniqueName(group.name ?? `filter ${index + 1}`, names), problems));
  if (problems.length === before) checkTogether(filter, filters, problems);
  const open = filter.groups.find(letsEverybodyPass);
  const whole = [...filter.groups, ...filter.inputFilterGroups].find(letsEverybodyPass);
  if (open === undefined) {
    const early = whole === undefined ? [] : [defaultRemark(whole)];
    const pattern = filters.some(({ clauses }) => clauses.some(({ clause }) => clause.operator.endsWith('RegexMatch')));
    return { filters, remarks: [...early, ...(pattern ? [patternRemark] : [])] };
  }
  const moot = filter.groups.filter((group) => group !== open && !letsEverybodyPass(group));
  const others = moot.map(({ name }) => quoted(name ?? '')).join(', ');
  const never = remark('note', `filters are OR-ed, so that beside it these have no effect, in Entra too: ${others}`);
  return { filters: [], remarks: [defaultRemark(open), ...(moot.length === 0 ? [] : [never])] };
}

const defaultRemark = ({ name }: EntraFilterGroup): Remark =>
  remark(
    'note',
    `the filter ${quoted(name ?? '')}, alternativeSecurityIds EQUALS None, is left out: it lets every internal member pass, and nobody else is ever in scope; ${smsRemark}`,
  );

const patternRemark = remark('note', 'a pattern has to match the whole value here, as the examples of Entra read');
