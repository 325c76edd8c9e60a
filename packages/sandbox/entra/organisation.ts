import data from './data/people.json' with { type: 'json' };
import type { Random } from '../../../src/ports/clock.ts';
import { seeded } from './seeded.ts';
import type { Json, Tenant } from './types.ts';

export interface OrganisationOptions {
  /** Internal members to make. */
  readonly people: number;
  /** The same seed gives the same organisation (ids apart, which come from the tenant's randomness). */
  readonly seed: number;
  /** Guests to invite besides; default: one to fifty people. */
  readonly guests?: number;
}

/** Ids of what was made. */
export interface Organisation {
  /** The head of the organisation first; every manager stands before those who report to them. */
  readonly people: readonly string[];
  readonly guests: readonly string[];
  /** Group ids by name: `All <department>`, `Country <code>`, `Managers`, and `Everyone`, which holds the department groups. */
  readonly groups: Readonly<Record<string, string>>;
}

interface Person {
  readonly given: string;
  readonly family: string;
  readonly country: (typeof data.countries)[number];
  readonly department: (typeof data.departments)[number];
}

/** People that report to one manager. */
const span = 8;

/**
 * Fills a tenant with a plausible organisation: names of ten countries with accents and apostrophes, a tree of managers, departments, some
 * people disabled, without mail, with another mail than UPN, or with attributes missing; groups by department and country; a few guests.
 */
export function fillOrganisation(tenant: Tenant, options: OrganisationOptions): Organisation {
  const random = seeded(options.seed);
  const people: string[] = [];
  const members = new Map<string, string[]>();
  const join = (group: string, id: string): void => {
    const found = members.get(group);
    if (found === undefined) members.set(group, [id]);
    else found.push(id);
  };
  const taken = new Map<string, number>();
  for (let number = 0; number < options.people; number += 1) {
    const person = draw(random);
    const managerId = number === 0 ? undefined : people[Math.floor((number - 1) / span)];
    const local = freeLocalPart(person, taken);
    const { id } = tenant.createUser({
      userPrincipalName: `${local}@${tenant.defaultDomain}`,
      ...(managerId === undefined ? {} : { managerId }),
      properties: attributes(person, { number, local, domain: tenant.defaultDomain, boss: number * span + 1 < options.people }, random),
    });
    people.push(id);
    join(`All ${person.department.name}`, id);
    join(`Country ${person.country.code}`, id);
    if (number * span + 1 < options.people) join('Managers', id);
  }
  const groups: Record<string, string> = {};
  for (const [displayName, ids] of members) groups[displayName] = tenant.createGroup({ displayName, members: ids }).id;
  const departments = Object.entries(groups).filter(([name]) => name.startsWith('All '));
  groups.Everyone = tenant.createGroup({ displayName: 'Everyone', members: departments.map(([, id]) => id) }).id;
  const guests = Array.from({ length: options.guests ?? Math.floor(options.people / 50) }, (_, number) => {
    const { given, family } = draw(random);
    const address = `${ascii(given)}.${ascii(family)}${number}@partner.example`.toLowerCase();
    return tenant.createExternalUser({ address, displayName: `${given} ${family}`, accepted: random.next() < 0.7 }).id;
  });
  return { people, guests, groups };
}

function draw(random: Random): Person {
  const country = weighted(data.countries, random);
  return {
    given: one(country.given, random),
    family: one(country.family, random),
    country,
    department: weighted(data.departments, random),
  };
}

function attributes(
  { given, family, country, department }: Person,
  place: { number: number; local: string; domain: string; boss: boolean },
  random: Random,
): Record<string, Json> {
  const { number, local, domain, boss } = place;
  const often = (rate: number, values: Record<string, Json>): Record<string, Json> => (random.next() < rate ? values : {});
  const [first = '', ...rest] = local.split('.');
  return {
    displayName: `${given} ${family}`,
    givenName: given,
    surname: family,
    accountEnabled: random.next() >= 0.03,
    companyName: 'Fabrikam',
    country: country.name,
    usageLocation: country.code,
    preferredLanguage: country.language,
    department: department.name,
    jobTitle: number === 0 ? 'Chief Executive Officer' : boss ? `Manager, ${department.name}` : one(department.titles, random),
    employeeId: String(100_000 + number),
    ...often(0.97, { mail: random.next() < 0.05 ? `${rest.join('.')}.${first}@${domain}` : `${local}@${domain}` }),
    ...often(0.9, { city: one(country.cities, random) }),
    ...often(0.6, { officeLocation: `Building ${1 + Math.floor(random.next() * 9)}/${100 + Math.floor(random.next() * 400)}` }),
    ...often(0.5, { mobilePhone: `${country.phone} 555 ${digits(random)}` }),
    ...often(0.4, { businessPhones: [`${country.phone} 444 ${digits(random)}`] }),
    ...often(0.3, { streetAddress: `${1 + Math.floor(random.next() * 200)} Example Street`, postalCode: digits(random) }),
    ...often(0.2, { onPremisesExtensionAttributes: { extensionAttribute1: `CC-${1000 + Math.floor(random.next() * 50)}` } }),
    ...often(0.1, { employeeType: 'Contractor' }),
  };
}

/** given.family in the characters that a UPN may have, apostrophes kept; numbered where it is taken. */
function freeLocalPart({ given, family }: Person, taken: Map<string, number>): string {
  const base = `${ascii(given)}.${ascii(family)}`.toLowerCase();
  const number = (taken.get(base) ?? 0) + 1;
  taken.set(base, number);
  return number === 1 ? base : `${base}${number}`;
}

const special: Readonly<Record<string, string>> = { ß: 'ss', ł: 'l', Ł: 'L', ı: 'i', ø: 'o' };

function ascii(text: string): string {
  return text
    .replaceAll(/[ßłŁıø]/g, (letter) => special[letter] ?? letter)
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9'-]/g, '');
}

function digits(random: Random): string {
  return String(10_000 + Math.floor(random.next() * 90_000));
}

function one(values: readonly string[], random: Random): string {
  return values[Math.floor(random.next() * values.length)] ?? '';
}

function weighted<T extends { readonly weight: number }>(values: readonly T[], random: Random): T {
  let left = random.next() * values.reduce((sum, each) => sum + each.weight, 0);
  const found = values.find((value) => (left -= value.weight) < 0) ?? values.at(-1);
  if (found === undefined) throw new Error('There is nothing to choose from.');
  return found;
}
