import { readFileSync } from 'node:fs';
import { compileAt } from '../../../../src/core/mapping/check.ts';
import { isSourceAttribute, sourceRefusal, sourceType } from '../../../../src/core/mapping/source-attributes.ts';
import { targetAttribute } from '../../../../src/core/mapping/target-attributes.ts';
import { defaultMappings } from '../../../../src/core/mapping/default-mappings.ts';

/** Properties of a user with their types, from the metadata of Microsoft Graph. */
const properties = JSON.parse(readFileSync(new URL('../../../data/graph-user-properties.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const types = { String: 'Edm.String', Boolean: 'Edm.Boolean', StringList: 'Collection(Edm.String)', Date: 'Edm.DateTimeOffset' };

/** Graph's type of a target, or why it is none. */
function targetOf(name: string): string {
  const rules = targetAttribute(name);
  return 'refusal' in rules ? rules.refusal : types[rules.type];
}

/** Graph's type of a source, or why it is none. */
function sourceOf(name: string): string {
  const type = sourceType(name);
  return type === undefined ? (sourceRefusal(name) ?? '') : types[type];
}

test.each(Object.keys(properties))('C7 %s is a target of Graph’s type, or refused for a reason of its own', (name) => {
  const refusedByName = 'refusal' in targetAttribute(name) && !targetOf(name).includes('not a user attribute');
  expect(refusedByName || targetOf(name) === properties[name]).toBe(true);
});

test.each(Object.keys(properties))('C1 %s is a source of Graph’s type, or refused by name', (name) => {
  expect(sourceOf(name) === properties[name] || sourceOf(name).includes(name)).toBe(true);
});

test.each(defaultMappings.filter(({ target }) => target !== 'manager'))(
  'C1 the default mapping of $target can be carried out',
  (mapping) => {
    expect(targetAttribute(mapping.target)).toHaveProperty('type');
    expect(mapping.source === undefined || isSourceAttribute(mapping.source)).toBe(true);
  },
);

test.each(['extensionAttribute1', 'extensionAttribute15', `extension_${'0a'.repeat(16)}_costCenter`])(
  'C6 %s is source and target',
  (name) => {
    expect(isSourceAttribute(name)).toBe(true);
    expect(targetAttribute(name)).toHaveProperty('type', 'String');
  },
);

test.each(['extensionAttribute0', 'extensionAttribute16', 'extension_abc_x', 'toString', '__proto__', ''])('C7 %j is neither', (name) => {
  expect(isSourceAttribute(name)).toBe(false);
  expect(targetAttribute(name)).toHaveProperty('refusal');
});

test.each<[string, string]>([
  ['telephoneNumber', 'did you mean businessPhones?'],
  ['objectId', 'did you mean id?'],
  ['mobile', 'did you mean mobilePhone?'],
  ['photo', 'photos are not synchronized'],
  ['customSecurityAttributes', 'custom security attributes are not synchronized'],
  ['appRoleAssignments', 'role assignments of an application are not attributes of the user'],
  ['displayNam', 'did you mean displayName?'],
])('C1 an expression is told of %s what a source is told', (name, why) => {
  const problem = { reason: 'InvalidExpression', message: `spec.x: column 8: ${sourceRefusal(name) ?? ''}` };
  expect(compileAt('spec.x', `Append([${name}], "x")`)).toEqual(problem);
  expect(problem.message).toContain(why);
});

test('C6 an expression reads directory extensions', () => {
  expect(compileAt('spec.x', `[extension_${'0a'.repeat(16)}_costCenter]`)).toHaveProperty('attributes');
});
