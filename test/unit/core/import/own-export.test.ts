import fc from 'fast-check';
import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { entraCases } from '../../../support/entra-cases.ts';
import { entraExport } from '../../../support/entra-export.ts';
import { contoso, fabrikam, pascalCased, type Json } from '../../../support/entra-job.ts';
import { imported, type Exported, type Imported } from '../../../support/import-run.ts';

const options = {
  sourceTenant: contoso,
  targetTenant: fabrikam,
  name: 'contoso',
  servicePrincipal: '5b0d6c1f-3e2a-4d88-9a47-0c1e2f3a4b5c',
};
const taken = entraCases.filter(({ name }) => !['broken', 'other-application', 'everything-wrong', 'lenient'].includes(name));

const again = (first: Imported): Imported => imported(entraExport(first), options);

describe("G7 an import of Entra's export of an imported job is the same manifest:", () => {
  test.each(taken)('$name', ({ files }) => {
    const first = imported(files, options);
    expect(first.problems).toEqual([]);
    const second = again(first);
    expect(second.problems).toEqual([]);
    expect(second.spec).toEqual(first.spec);
    expect(second.pair.target).toEqual(first.pair.target);
  });
});

const texts = [
  'Append([displayName], " (Contoso)")',
  'Join(", ", [surname], [givenName])',
  'IIF([country] = "DE", "Berlin", [city])',
  'Switch([extensionAttribute4], "true", "hidden", "false")',
  'Replace(Item([businessPhones], 1), , "[()\\\\s-]+", , "", , )',
  'Mid([officeLocation], 1, 8)',
  'IgnoreFlowIfNullOrEmpty([mobilePhone])',
];

type Mapping = NonNullable<SyncConfigurationSpec['attributeMappings']>[number];

const targets = ['city', 'companyName', 'department', 'extensionAttribute1', 'jobTitle', 'mobilePhone', 'officeLocation', 'state'];
const sources = ['city', 'department', 'employeeId', 'extensionAttribute9', 'faxNumber', 'mobilePhone', 'officeLocation', 'businessPhones'];
const constants = ['true', 'Contoso', 'NO', '  x', '"in quotes"', 'a\\b', '[city]', '#', '- a: b'];

const value: fc.Arbitrary<Partial<Mapping>> = fc.oneof(
  fc.record({ source: fc.constantFrom(...sources) }),
  fc.record({ expression: fc.constantFrom(...texts) }),
  fc.record({ constant: fc.constantFrom(...constants) }),
);
const when: fc.Arbitrary<Partial<Mapping>> = fc.constantFrom({}, { apply: 'OnCreate' }, { authority: 'WhenEmpty' });

const mapping = fc.record({ target: fc.constantFrom(...targets), value, when }).map(({ target, value: from, when: at }) => {
  // A constant that fills an empty target is a default value in Entra, without a flow type of its own.
  return { target, ...from, ...at };
});
const mappings = fc.uniqueArray(fc.oneof(mapping, fc.record({ target: fc.constantFrom(...targets) })), {
  selector: ({ target }) => target,
});

const clause = fc.oneof(
  fc.record({
    attribute: fc.constantFrom('city', 'officeLocation', 'faxNumber', 'extensionAttribute3'),
    operator: fc.constantFrom('Equals', 'NotEquals', 'In', 'NotIn', 'Includes', 'EndsWith', 'RegexMatch', 'NotRegexMatch'),
    value: fc.stringMatching(/^[A-Za-z ,#:-]{1,20}$/),
  }),
  fc.record({
    attribute: fc.constantFrom('accountEnabled', 'onPremisesSyncEnabled'),
    operator: fc.constantFrom('IsTrue', 'IsFalse', 'IsNull', 'IsNotNull'),
  }),
  fc.record({
    attribute: fc.constant('employeeId'),
    operator: fc.constantFrom('GreaterThan', 'GreaterThanOrEquals'),
    value: fc.nat().map(String),
  }),
);
const filters = fc.uniqueArray(
  fc.record({ name: fc.string({ minLength: 1, maxLength: 128 }), clauses: fc.array(clause, { minLength: 1, maxLength: 4 }) }),
  {
    selector: ({ name }) => name,
    maxLength: 4,
  },
);
const id = fc.uuid({ version: 4 });
const people = fc.uniqueArray(id, { minLength: 1, maxLength: 5 }).map((ids) => [...ids].sort().map((each) => ({ id: each })));
const scope = fc.oneof(
  fc.constant({ type: 'All' }),
  fc.record({ type: fc.constant('Assigned'), users: people, groups: people, includeNestedGroups: fc.constant(false) }),
);

const manifest = fc.record({
  who: scope,
  filters,
  mappings,
  actions: fc.subarray(['Create', 'Update', 'Delete']),
  address: fc.constantFrom(
    { address: 'UserPrincipalName' },
    { address: 'Mail' },
    { addressExpression: 'Append([mailNickname], "@contoso.com")' },
  ),
  threshold: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
  action: fc.constantFrom('SoftDelete', 'Retain'),
  minutes: fc.integer({ min: 1, max: 59 }),
});

test('G7 whatever manifest of this kind, the import of the job that it says gives it again', () => {
  fc.assert(
    fc.property(manifest, ({ who, filters: by, mappings: rows, actions, address, threshold, action, minutes }) => {
      const spec = {
        tenantPairRef: { name: 'contoso' },
        mode: 'Plan',
        interval: `${minutes}m`,
        scope: { ...who, ...(by.length === 0 ? {} : { filters: by }) },
        defaultAttributeMappings: false,
        attributeMappings: [...rows].sort((a, b) => (a.target < b.target ? -1 : 1)),
        matching: { adoption: 'Adopt' },
        targetActions: actions,
        invitation: address,
        deprovisioning: {
          action,
          disabledUsers: 'Retain',
          adoptedUsers: 'SoftDelete',
          ...(threshold === undefined ? {} : { guard: { threshold } }),
        },
      } as unknown as Imported['spec'];
      const pair = { target: { tenantId: fabrikam } } as unknown as Imported['pair'];
      const result = imported(entraExport({ pair, spec }), options);
      expect(result.problems).toEqual([]);
      expect(result.spec).toEqual(spec);
    }),
    { numRuns: 200 },
  );
});

/** The same JSON with the members of every object, and the entries of every list that means a set, in another order. */
function shuffled(json: unknown, turn: () => number): unknown {
  if (Array.isArray(json)) {
    const entries = json.map((entry) => shuffled(entry, turn));
    // What has keys, such as parameters, counts in its order; filters keep theirs for people.
    const isSet = json.every(
      (entry) => typeof entry === 'object' && entry !== null && ('targetAttributeName' in entry || 'principalId' in entry),
    );
    return isSet
      ? entries
          .map((entry) => ({ entry, at: turn() }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry)
      : entries;
  }
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .map((entry) => ({ entry, at: turn() }))
      .sort((a, b) => a.at - b.at)
      .map(({ entry: [name, member] }) => [name, shuffled(member, turn)]),
  );
}

/** What means the same: empty defaults, blanks between actions, expressions on several lines, annotations that nobody knows. */
function respelt(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(respelt);
  if (typeof json !== 'object' || json === null) return json;
  const members = Object.entries(json).map(([name, member]) => {
    if (name === 'defaultValue' && (member === '' || member === null)) return [name, member === '' ? null : ''];
    if (name === 'flowTypes' && typeof member === 'string') return [name, member.split(',').reverse().join(' ,  ')];
    return [name, respelt(member)];
  });
  return { ...(Object.fromEntries(members) as Json), '@odata.etag': 'x', unknownProperty: [{}] };
}

const changed = (files: Exported, change: (json: unknown) => unknown): Exported =>
  Object.fromEntries(
    Object.entries(files).map(([kind, json]) => [kind, json instanceof Uint8Array ? json : change(json)]),
  ) as unknown as Exported;

describe('G7 what means nothing in an export changes nothing in the manifest:', () => {
  test('the order of members, rows and assignments', () => {
    fc.assert(
      fc.property(fc.constantFrom(...taken), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), ({ files }, turns) => {
        const turn = (): number => Number(turns.next().value);
        expect(
          imported(
            changed(files, (json) => shuffled(json, turn)),
            options,
          ),
        ).toEqual(imported(files, options));
      }),
      { numRuns: 60 },
    );
  });

  test.each(taken)('the spelling of defaults and actions, and what nobody knows: $name', ({ files }) => {
    expect(imported(changed(files, respelt), options)).toEqual(imported(files, options));
  });

  test.each(taken)("the names of PowerShell's objects: $name", ({ files }) => {
    expect(imported(changed(files, pascalCased), options)).toEqual(imported(files, options));
  });
});
