import fc from 'fast-check';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { condition, guests, replicated, spokeVersions } from '../support/scene.ts';
import { World } from '../support/world.ts';

const minute = 60_000;

interface Person {
  readonly name: string;
  readonly enabled: boolean;
  readonly kind: 'Member' | 'Guest' | 'External';
  readonly properties: Readonly<Record<string, string | readonly string[] | null>>;
  /** Index of the manager among all. */
  readonly manager: number | undefined;
  readonly member: boolean;
  /** What the target has of this person before the first cycle. */
  readonly found: 'Nothing' | 'Guest' | 'Internal';
}

const text = fc.oneof(
  fc.constantFrom('Ana Pérez', "O'Neil", 'Łukasz', '李雷', ' trailing ', 'UPPER lower', 'a'),
  fc
    .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', 'X', 'Z', ' ', 'ä', 'ß', '-') })
    .filter((value) => value.trim() !== ''),
);
const person: fc.Arbitrary<Person> = fc.record({
  name: text,
  enabled: fc.boolean(),
  kind: fc.constantFrom('Member', 'Member', 'Member', 'Guest', 'External'),
  properties: fc.record(
    {
      givenName: text,
      surname: text,
      jobTitle: text,
      department: fc.constantFrom('Sales', 'Research'),
      mobilePhone: fc.constantFrom('+49 170 1234567', '+1 (425) 555-0100'),
      businessPhones: fc.constantFrom(['+49 30 1'], []),
      country: fc.constantFrom('DE', 'de'),
      preferredLanguage: fc.constantFrom('de-DE', 'EN-us'),
    },
    { requiredKeys: [] },
  ),
  manager: fc.option(fc.nat({ max: 11 }), { nil: undefined }),
  member: fc.boolean(),
  found: fc.constantFrom('Nothing', 'Nothing', 'Nothing', 'Guest', 'Internal'),
});

interface Wanted {
  readonly scope: 'All' | 'Group' | 'Filter';
  readonly mode: 'Apply' | 'Plan';
  readonly address: 'UserPrincipalName' | 'Mail';
  readonly adoption: 'Adopt' | 'Ignore';
  readonly anchor: boolean;
  readonly mappings: readonly JsonObject[];
}

const configuration: fc.Arbitrary<Wanted> = fc.record(
  {
    scope: fc.constantFrom('All', 'Group', 'Filter'),
    mode: fc.constantFrom('Apply', 'Apply', 'Plan'),
    address: fc.constantFrom('UserPrincipalName', 'Mail'),
    adoption: fc.constantFrom('Adopt', 'Ignore'),
    anchor: fc.boolean(),
    mappings: fc.constantFrom([], [{ target: 'companyName', constant: 'Contoso' }], [{ target: 'department' }]),
  },
  { requiredKeys: ['scope', 'mode', 'address', 'adoption', 'anchor', 'mappings'] },
);

describe('I7 an unchanged world', () => {
  // eslint-disable-next-line jest/expect-expect -- the property expects
  it('I7 a second cycle writes nothing to any tenant and one status to Kubernetes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 1, maxLength: 12 }),
        configuration,
        fc.integer({ min: 1, max: 1_000_000 }),
        async (people, wanted, seed) => {
          const world = new World({
            seed,
            settings: { delta: { pageSize: { min: 2, max: 5 }, repeatRate: 0.2, replayRate: 0.5, emptyPageRate: 0.2 } },
          });
          try {
            await populate(world, people, wanted);
            await secondCycle(world);
          } finally {
            await world.end();
          }
        },
      ),
      { numRuns: 15, seed: 20_260_105, endOnFailure: false, interruptAfterTimeLimit: 30_000 },
    );
  }, 60_000);
});

async function populate(world: World, people: readonly Person[], wanted: Wanted): Promise<void> {
  const ids = people.map((each, index) => {
    const address = `user${index}@contoso.com`;
    if (each.kind === 'External')
      return world.hub.createExternalUser({ address: `user${index}@elsewhere.example`, displayName: each.name }).id;
    const mail = index % 3 === 0 ? {} : { mail: address };
    return world.hub.createUser({
      userPrincipalName: address,
      userType: each.kind,
      properties: { ...each.properties, ...mail, displayName: each.name, accountEnabled: each.enabled },
    }).id;
  });
  for (const [index, each] of people.entries()) {
    const manager = each.manager === undefined ? undefined : ids[each.manager];
    if (manager !== undefined && each.manager !== index) world.hub.setManager(ids[index] ?? '', manager);
    if (each.found === 'Guest' && each.kind !== 'External') world.spoke.createExternalUser({ address: `user${index}@contoso.com` });
    if (each.found === 'Internal')
      world.spoke.createUser({
        userPrincipalName: `own${index}@fabrikam.com`,
        properties: { displayName: 'Own', mail: `user${index}@contoso.com` },
      });
  }
  const members = ids.filter((_, index) => people[index]?.member);
  const group = world.hub.createGroup({ displayName: 'Staff', members });
  const filters = [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }];
  const scopes = {
    All: { type: 'All' },
    Group: { type: 'Assigned', groups: [{ id: group.id }] },
    Filter: { type: 'All', filters },
  };
  await world.begin({
    interval: '40m',
    mode: wanted.mode,
    scope: scopes[wanted.scope],
    invitation: { address: wanted.address },
    attributeMappings: wanted.mappings,
    matching: { adoption: wanted.adoption, ...(wanted.anchor ? { anchor: { attribute: 'extensionAttribute15' } } : {}) },
  });
}

/** Waits until the first cycle's work is over, then watches a second one. */
async function secondCycle(world: World): Promise<void> {
  await world.until('nobody waits', () => world.projections().every(({ status }) => status.state !== 'Pending'));
  // The attempts of conflicting users have long pauses by now, and none falls into the second cycle.
  await world.run(39 * minute);
  await replicated(world);
  const versions = spokeVersions(world);
  const hub = world.hub.users().map((user) => `${user.id}@${user.version}`);
  const projections = world.projections().map(({ metadata }) => metadata.resourceVersion);
  const before = guests(world).length;
  world.kube.clearRequests();
  world.hub.log.reset();
  world.spoke.log.reset();
  await world.nextCycle();
  await world.run(20_000);
  expect(spokeVersions(world)).toBe(versions);
  expect(world.hub.users().map((user) => `${user.id}@${user.version}`)).toEqual(hub);
  expect(guests(world)).toHaveLength(before);
  expect([...world.hub.log.writes(), ...world.spoke.log.writes()].filter(({ operation }) => operation !== 'POST /token')).toEqual([]);
  expect(world.projections().map(({ metadata }) => metadata.resourceVersion)).toEqual(projections);
  const writes = world.kube.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases/'));
  expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PATCH /apis/tenantsync.dev/v1alpha1/namespaces/identity/syncconfigurations/staff/status',
  ]);
  expect(condition(world.configuration())?.status).toBe('True');
}
