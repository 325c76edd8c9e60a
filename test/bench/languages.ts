import { compileMappings, type Mappings } from '../../src/core/mapping/compile.ts';
import type { MappingSpec } from '../../src/core/mapping/default-mappings.ts';
import { sourceValue } from '../../src/core/mapping/evaluate.ts';
import type { DirectoryUser } from '../../src/api/directory-user.ts';
import { compileFilters, type ScopeFilter } from '../../src/core/scope/filter.ts';
import type { ClauseSpec } from '../../src/core/scope/operators.ts';

const expression = (target: string, text: string): MappingSpec => ({
  target,
  expression: text,
  apply: 'Always',
  authority: 'Source',
  whenNull: 'Keep',
  propagateRemoval: false,
});

/** What organisations write most: a marked name, a company by country, an address part, a cleaned-up number, a joined name. */
const typical = [
  expression('displayName', 'Append([displayName], " (Contoso)")'),
  expression('companyName', 'Switch([country], "Contoso", "DE", "Contoso GmbH", "FR", "Contoso SA", "US", "Contoso Inc.")'),
  expression('extensionAttribute1', 'ToLower(Replace([userPrincipalName], , "@.*$", , "", , ))'),
  expression('department', 'IIF(IsNullOrEmpty([department]), "Contoso", Join("/", "Contoso", [department]))'),
  expression('mailNickname', 'NormalizeDiacritics(StripSpaces(Join(".", [givenName], [surname])))'),
];

const clause = (attribute: string, operator: ClauseSpec['operator'], value?: string): ClauseSpec => ({
  attribute,
  operator,
  ...(value === undefined ? {} : { value }),
});

/** Ten clauses that all hold, so that none is passed over. */
const clauses = [
  clause('department', 'Equals', 'Sales'),
  clause('country', 'In', 'DE,FR,US'),
  clause('jobTitle', 'NotEquals', 'Contractor'),
  clause('displayName', 'Includes', 'Pé'),
  clause('mail', 'EndsWith', '@contoso.com'),
  clause('employeeId', 'GreaterThan', '1000'),
  clause('accountEnabled', 'IsTrue'),
  clause('city', 'IsNotNull'),
  clause('faxNumber', 'IsNull'),
  clause('state', 'NotIn', 'XX,YY'),
];

function people(count: number): readonly DirectoryUser[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    userPrincipalName: `ana.perez${index}@contoso.com`,
    mail: `ana.perez${index}@contoso.com`,
    accountEnabled: true,
    managerId: null,
    attributes: {
      accountEnabled: true,
      businessPhones: [`+33 1 ${index}`],
      city: 'Lyon',
      country: index % 2 === 0 ? 'FR' : 'DE',
      department: 'Sales',
      displayName: `Ana Pérez ${index}`,
      employeeId: String(2000 + index),
      faxNumber: null,
      givenName: 'Ana María',
      jobTitle: 'Engineer',
      mail: `ana.perez${index}@contoso.com`,
      mailNickname: `ana.perez${index}`,
      officeLocation: 'B7',
      postalCode: '69001',
      preferredLanguage: 'fr-FR',
      state: 'Rhône',
      streetAddress: '1 rue de la République',
      surname: `Pérez ${index}`,
      userPrincipalName: `ana.perez${index}@contoso.com`,
    },
  }));
}

/** Median of `rounds` rounds over all people, in microseconds for one. */
function microseconds(users: readonly DirectoryUser[], rounds: number, work: (user: DirectoryUser) => unknown): number {
  const each: number[] = [];
  let kept: unknown;
  for (let round = 0; round < rounds; round += 1) {
    const begin = process.hrtime.bigint();
    for (const user of users) kept = work(user);
    each.push(Number(process.hrtime.bigint() - begin) / 1000 / users.length);
  }
  if (kept === undefined) throw new Error('nothing was computed');
  return each.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}

/** One row for the mappings, one for the filters, each with the figure promised. */
export function measureLanguages(): readonly Readonly<Record<string, string | number | boolean>>[] {
  const users = people(10_000);
  const invitation = { address: 'UserPrincipalName' } as const;
  const mappings = compileMappings({ defaultAttributeMappings: true, attributeMappings: typical, invitation }) as Mappings;
  const filter = compileFilters([{ name: 'ten', clauses }]) as ScopeFilter;
  const pattern = compileFilters([
    { name: 'ten', clauses: [...clauses.slice(1), clause('employeeId', 'RegexMatch', '([1-9][0-9]{3,4})')] },
  ]) as ScopeFilter;
  const moment = { now: Date.parse('2026-01-05T08:00:00Z'), defaultDomain: 'contoso.com' };
  const passing = users.filter((user) => filter.passes((name) => sourceValue(user, name))).length;
  if (passing !== users.length) throw new Error(`only ${passing} pass the filter`);
  const row = (what: string, promised: number, work: (user: DirectoryUser) => unknown) => {
    const figure = microseconds(users, 31, work);
    return { what, 'microseconds for a user': Number(figure.toFixed(2)), promised, held: figure <= promised };
  };
  return [
    row('default mappings and five expressions', 20, (user) => mappings.evaluate(user, moment)),
    row('filter of ten clauses', 2, (user) => filter.passes((name) => sourceValue(user, name))),
    row('filter of ten clauses, one a pattern', 2, (user) => pattern.passes((name) => sourceValue(user, name))),
  ];
}
