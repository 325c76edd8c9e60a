import { templateInJobId } from './ids.ts';
import type { EntraJob } from './job.ts';
import { quoted, type Problem } from './problem.ts';
import type { EntraObjectMapping, EntraRule, EntraSchema } from './schema.ts';
import { problemAt } from './untrusted.ts';

/** The mappings that count. */
export interface ChosenMappings {
  readonly users: EntraObjectMapping | undefined;
  /** Enabled or not. */
  readonly groups: EntraObjectMapping | undefined;
  /** Mappings that synchronize nothing, by their number. */
  readonly helpers: number;
  /** Disabled mappings of people or others, by name. */
  readonly disabled: readonly string[];
}

const entraNames = ['azure active directory', 'microsoft entra id'];
const isEntra = (directory: string): boolean => directory === '' || entraNames.includes(directory.toLowerCase());
const isTarget = (directory: string): boolean => directory === '' || directory.toLowerCase().endsWith('(target tenant)');

const hasMatchingRow = ({ rows }: EntraObjectMapping): boolean =>
  rows.some(({ target }) => target.toLowerCase() === 'alternativesecurityids');

const isBetween = (rule: EntraRule): boolean => isEntra(rule.sourceDirectory) && isTarget(rule.targetDirectory);

/** Names of directories that no job between tenants has. */
function strangeDirectories(schema: EntraSchema): readonly string[] {
  const names = schema.rules.flatMap(({ sourceDirectory, targetDirectory }) => [sourceDirectory, targetDirectory]);
  return [...new Set(names)].filter((directory) => !isEntra(directory) && !isTarget(directory)).sort();
}

/** The template that the schema, or else its job, is made of; empty when neither says. */
function templateOf(schema: EntraSchema, job: EntraJob | undefined): string {
  const told = [templateInJobId(schema.id), templateInJobId(job?.id ?? ''), job?.templateId ?? ''];
  return told.find((template) => template !== '') ?? '';
}

/**
 * Why the schema is not that of a job between tenants. It is one by the template in its id or its job; without either, by its directories
 * and the matching row that only such jobs have.
 */
export function notCrossTenant(schema: EntraSchema, job: EntraJob | undefined): Problem | undefined {
  const template = templateOf(schema, job);
  const strange = strangeDirectories(schema);
  const directories = strange.map(quoted).join(' and ');
  const between = strange.length === 0 ? '' : `, between the directories ${directories}`;
  const refuse = (what: string): Problem =>
    problemAt(schema.at, { what, wayOut: 'export the job of a cross-tenant configuration, whose id begins with Azure2Azure' });
  if (template !== '' && template.toLowerCase() !== 'azure2azure')
    return refuse(`it is no job between tenants, but one of ${quoted(template)}${between}`);
  if (template !== '')
    return strange.length > 0 ? refuse(`the id says Azure2Azure, and the directories ${directories} say otherwise`) : undefined;
  const fits = schema.rules.some((rule) => rule.sourceDirectory !== '' && isBetween(rule) && rule.mappings.some(hasMatchingRow));
  return fits ? undefined : refuse(`nothing in it says that it is a job between tenants${between}`);
}

const isKind = ({ source, target }: EntraObjectMapping, kind: 'user' | 'group'): boolean =>
  source.toLowerCase() === kind && target.toLowerCase() === kind;

const labelOf = ({ name, source, target }: EntraObjectMapping): string => (name === '' ? `${source} to ${target}` : name);

function chooseUsers(users: readonly EntraObjectMapping[], schema: EntraSchema, problems: Problem[]): EntraObjectMapping | undefined {
  const [first, ...more] = users.filter(({ enabled }) => enabled);
  const disabled = users.find(({ enabled }) => !enabled);
  if (first === undefined) {
    const what =
      disabled === undefined
        ? 'there is no mapping of users'
        : `the mapping ${quoted(labelOf(disabled))} of users is disabled, so that nobody is synchronized`;
    problems.push(problemAt(disabled?.at ?? schema.at, { what, wayOut: 'export the job as it runs' }));
  }
  for (const other of more) {
    const what = `there is a second enabled mapping of users, ${quoted(labelOf(other))}`;
    problems.push(problemAt(other.at, { what, wayOut: 'disable or remove one of them in the export' }));
  }
  return first;
}

function checkDisposition(mapping: EntraObjectMapping, problems: Problem[]): void {
  if (mapping.disposition === '' || mapping.disposition.toLowerCase() === 'normal') return;
  const what = `the disposition ${quoted(mapping.disposition)} of ${quoted(labelOf(mapping))} has no equal here`;
  problems.push(problemAt(mapping.at, { what, wayOut: 'set it to Normal in the export if that is meant' }));
}

const isReal = ({ source, unsynchronized }: EntraObjectMapping): boolean => source !== '' && !unsynchronized;

/** Rules that are not from a tenant to another: what runs in them cannot be taken over. */
function checkRules(rules: readonly EntraRule[], problems: Problem[]): void {
  for (const { at } of rules.filter(({ hasOnPremisesScope }) => hasOnPremisesScope)) {
    const what = 'it is scoped by containers or groups of an on-premises directory';
    problems.push(problemAt(at, { what, wayOut: 'this belongs to cloud sync, not to a job between tenants' }));
  }
  for (const rule of rules.filter((each) => !isBetween(each))) {
    const from = `from ${quoted(rule.sourceDirectory)} to ${quoted(rule.targetDirectory)}`;
    for (const mapping of rule.mappings.filter((each) => isReal(each) && each.enabled)) {
      const what = `the mapping ${quoted(labelOf(mapping))} goes ${from}, which is not from a tenant to another`;
      problems.push(problemAt(mapping.at, { what, wayOut: 'disable it in the export' }));
    }
  }
}

/** Finds the mappings of people and groups among all others. */
export function chooseMappings(schema: EntraSchema, problems: Problem[]): ChosenMappings {
  checkRules(schema.rules, problems);
  const all = schema.rules.flatMap(({ mappings }) => mappings);
  const real = schema.rules.filter(isBetween).flatMap(({ mappings }) => mappings.filter(isReal));
  const users = chooseUsers(
    real.filter((mapping) => isKind(mapping, 'user')),
    schema,
    problems,
  );
  const groups = real.filter((mapping) => isKind(mapping, 'group'));
  const enabledGroups = groups.filter(({ enabled }) => enabled);
  for (const other of enabledGroups.slice(1))
    problems.push(
      problemAt(other.at, { what: `there is a second enabled mapping of groups, ${quoted(labelOf(other))}`, wayOut: 'remove one of them' }),
    );
  const others = real.filter((mapping) => !isKind(mapping, 'user') && !isKind(mapping, 'group'));
  for (const other of others.filter(({ enabled }) => enabled)) {
    const what = `the mapping ${quoted(labelOf(other))} synchronizes ${quoted(other.source)} to ${quoted(other.target)}, which is not done here`;
    problems.push(problemAt(other.at, { what, wayOut: 'disable it in the export' }));
  }
  for (const mapping of [users, enabledGroups[0]]) if (mapping !== undefined) checkDisposition(mapping, problems);
  return {
    users,
    groups: enabledGroups[0] ?? groups[0],
    helpers: all.filter((mapping) => !isReal(mapping)).length,
    disabled: [...real.filter((mapping) => isKind(mapping, 'user')), ...others]
      .filter(({ enabled }) => !enabled)
      .map(labelOf)
      .sort(),
  };
}
