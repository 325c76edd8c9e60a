import type { Problem } from './problem.ts';
import { entries, has, member, objectShape, present, problemAt, text, truth, type Placed } from './untrusted.ts';

/** Where a target attribute gets its value from, as the export says it twice: as text, and as a tree of parameters. */
export interface EntraSource {
  readonly at: Placed;
  readonly type: string | null;
  readonly name: string | null;
  readonly expression: string | null;
}

/** One row of an object mapping. */
export interface EntraRow {
  readonly at: Placed;
  readonly target: string;
  /** Undefined: mapping type None. */
  readonly source: EntraSource | undefined;
  /** Undefined: none; the portal writes an empty text, templates null. */
  readonly defaultValue: string | undefined;
  readonly flowType: string;
  readonly flowBehavior: string;
  readonly matchingPriority: number;
}

export interface EntraClause {
  readonly at: Placed;
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly string[];
}

export interface EntraFilterGroup {
  readonly at: Placed;
  readonly name: string | undefined;
  readonly clauses: readonly EntraClause[];
}

export interface EntraFilter {
  readonly at: Placed;
  readonly groups: readonly EntraFilterGroup[];
  readonly inputFilterGroups: readonly EntraFilterGroup[];
  readonly categoryFilterGroups: readonly EntraFilterGroup[];
}

/** What becomes of one kind of objects. */
export interface EntraObjectMapping {
  readonly at: Placed;
  readonly name: string;
  readonly enabled: boolean;
  /** Undefined: the export does not say. */
  readonly flowTypes: string | undefined;
  readonly source: string;
  readonly target: string;
  readonly unsynchronized: boolean;
  readonly disposition: string;
  readonly filter: EntraFilter;
  readonly rows: readonly EntraRow[];
}

export interface EntraRule {
  readonly at: Placed;
  /** Names of the two directories; empty: the export does not say. */
  readonly sourceDirectory: string;
  readonly targetDirectory: string;
  /** Containers and groups of an on-premises directory, which only cloud sync has. */
  readonly hasOnPremisesScope: boolean;
  readonly mappings: readonly EntraObjectMapping[];
}

/** The schema of a job, of whatever application. */
export interface EntraSchema {
  readonly at: Placed;
  readonly id: string;
  readonly rules: readonly EntraRule[];
}

/** Graph's own numbers of the enumerations, as some libraries write them. */
const sourceTypes = ['Attribute', 'Constant', 'Function'];
const flowTypeNames = ['Always', 'ObjectAddOnly', 'MultiValueAddOnly', 'ValueAddOnly', 'AttributeAddOnly'];
const flowBehaviors = ['FlowWhenChanged', 'FlowAlways'];

function named(of: Placed, names: readonly string[]): string | null {
  return typeof of.value === 'number' ? (names[of.value] ?? String(of.value)) : text(of);
}

/** The type of a source in words; null: the export does not say, which means Attribute. */
export const sourceTypeOf = (source: Placed): string | null => named(member(source, 'type'), sourceTypes);

function readSource(of: Placed, problems: Problem[]): EntraSource | undefined {
  if (!objectShape(of, problems)) return undefined;
  const name = text(member(of, 'name'));
  const expression = text(member(of, 'expression'));
  const type = sourceTypeOf(of);
  const said = [name, expression].some((part) => part !== null && part !== '');
  // An empty constant is one; an object without a name and a text is how "none" is written too.
  if (!said && type?.toLowerCase() !== 'constant') return undefined;
  return name === null && expression === null ? undefined : { at: of, type, name, expression };
}

function readRow(of: Placed, problems: Problem[]): EntraRow | undefined {
  if (!objectShape(of, problems)) return undefined;
  const target = text(member(of, 'targetAttributeName'));
  if (target === null || target === '') {
    problems.push(
      problemAt(member(of, 'targetAttributeName'), { what: 'the mapping names no target', wayOut: 'export the job again, or name it' }),
    );
    return undefined;
  }
  const defaultValue = text(member(of, 'defaultValue'));
  const priority = Number(text(member(of, 'matchingPriority')) ?? 0);
  return {
    at: of,
    target,
    source: readSource(member(of, 'source'), problems),
    defaultValue: defaultValue === null || defaultValue === '' ? undefined : defaultValue,
    flowType: named(member(of, 'flowType'), flowTypeNames) ?? 'Always',
    flowBehavior: named(member(of, 'flowBehavior'), flowBehaviors) ?? 'FlowWhenChanged',
    matchingPriority: Number.isNaN(priority) ? 1 : priority,
  };
}

function readClause(of: Placed, problems: Problem[]): EntraClause | undefined {
  if (!objectShape(of, problems)) return undefined;
  const operand = member(of, 'targetOperand');
  const values = present(operand) && objectShape(operand, problems) ? valuesOf(member(operand, 'values'), problems) : [];
  return {
    at: of,
    attribute: text(member(of, 'sourceOperandName')) ?? '',
    operator: text(member(of, 'operatorName')) ?? '',
    values,
  };
}

/** The values of an operand; PowerShell writes a list of one as its entry. */
function valuesOf(of: Placed, problems: Problem[]): readonly string[] {
  const single = text(of);
  if (single !== null) return [single];
  return entries(of, problems).map((entry) => text(entry) ?? '');
}

function readGroups(of: Placed, problems: Problem[]): readonly EntraFilterGroup[] {
  return entries(of, problems).flatMap((group) => {
    if (!objectShape(group, problems)) return [];
    const name = text(member(group, 'name'));
    const clauses = entries(member(group, 'clauses'), problems).flatMap((clause) => readClause(clause, problems) ?? []);
    return [{ at: group, name: name === null || name === '' ? undefined : name, clauses }];
  });
}

function readFilter(of: Placed, problems: Problem[]): EntraFilter {
  const shaped = objectShape(of, problems);
  const groups = (name: string): readonly EntraFilterGroup[] => (shaped ? readGroups(member(of, name), problems) : []);
  return {
    at: of,
    groups: groups('groups'),
    inputFilterGroups: groups('inputFilterGroups'),
    categoryFilterGroups: groups('categoryFilterGroups'),
  };
}

const flags = ['Add', 'Update', 'Delete'];

/** What may be done, as text; flags of a number are spelt out. */
function flowTypesOf(of: Placed): string | undefined {
  if (typeof of.value === 'number') {
    const number = of.value;
    if (!Number.isInteger(number) || number < 0 || number > 7) return String(number);
    return flags.filter((_, bit) => (number & (1 << bit)) !== 0).join(',') || 'None';
  }
  const given = Array.isArray(of.value) ? (of.value as unknown[]).join(',') : text(of);
  return given === null || given.trim() === '' ? undefined : given;
}

/** The value of a metadata entry, without the quotes of the JSON text that it may be. */
function metadataOf(of: Placed, key: string): string | undefined {
  const list = entries(member(of, 'metadata'), []);
  const found = list.find((entry) => text(member(entry, 'key'))?.toLowerCase() === key.toLowerCase());
  return found === undefined ? undefined : (text(member(found, 'value')) ?? '').replaceAll('"', '').trim();
}

function readMapping(of: Placed, problems: Problem[]): EntraObjectMapping | undefined {
  if (!objectShape(of, problems)) return undefined;
  const source = text(member(of, 'sourceObjectName')) ?? '';
  const unsynchronized = metadataOf(of, 'Unsynchronized')?.toLowerCase() === 'true';
  // Nobody is synchronized by a helper, so that nothing of it can be wrong.
  const found = source === '' || unsynchronized ? [] : problems;
  return {
    at: of,
    name: text(member(of, 'name')) ?? '',
    enabled: truth(member(of, 'enabled')) ?? true,
    flowTypes: flowTypesOf(member(of, 'flowTypes')),
    source,
    target: text(member(of, 'targetObjectName')) ?? '',
    unsynchronized,
    disposition: metadataOf(of, 'Disposition') ?? 'Normal',
    filter: readFilter(member(of, 'scope'), found),
    rows: entries(member(of, 'attributeMappings'), found).flatMap((row) => readRow(row, found) ?? []),
  };
}

const includes = (of: Placed, object: string, list: string): boolean => entries(member(member(of, object), list), []).length > 0;

function readRule(of: Placed, problems: Problem[]): EntraRule | undefined {
  if (!objectShape(of, problems)) return undefined;
  return {
    at: of,
    sourceDirectory: text(member(of, 'sourceDirectoryName')) ?? '',
    targetDirectory: text(member(of, 'targetDirectoryName')) ?? '',
    hasOnPremisesScope: includes(of, 'containerFilter', 'includedContainers') || includes(of, 'groupFilter', 'includedGroups'),
    mappings: entries(member(of, 'objectMappings'), problems).flatMap((mapping) => readMapping(mapping, problems) ?? []),
  };
}

/** Whether a value has the shape of a schema. */
export const isSchema = (of: Placed): boolean => has(of, 'synchronizationRules');

/** Reads a schema; what has not the shape that it should have is told, and the rest is read on. */
export function readSchema(of: Placed, problems: Problem[]): EntraSchema {
  return {
    at: of,
    id: text(member(of, 'id')) ?? '',
    rules: entries(member(of, 'synchronizationRules'), problems).flatMap((rule) => readRule(rule, problems) ?? []),
  };
}
