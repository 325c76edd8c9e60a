import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import type { MappingProblem } from '../../../../src/core/mapping/check.ts';
import { compileMappings, type Mappings } from '../../../../src/core/mapping/compile.ts';
import type { MappingSpec } from '../../../../src/core/mapping/default-mappings.ts';
import { internal } from '../support.ts';

const mapping = (target: string, more: Partial<MappingSpec> = {}): MappingSpec => ({
  target,
  apply: 'Always',
  authority: 'Source',
  whenNull: 'Keep',
  propagateRemoval: false,
  ...more,
});

const invitation = { address: 'UserPrincipalName' } as const;
type Invitation = Parameters<typeof compileMappings>[0]['invitation'];
const moment = { now: Date.parse('2026-01-05T08:00:00Z'), defaultDomain: 'contoso.com' };

function compiled(attributeMappings: readonly MappingSpec[], defaultAttributeMappings = false, address: Invitation = invitation): Mappings {
  const result = compileMappings({ attributeMappings, defaultAttributeMappings, invitation: address });
  if ('message' in result) throw new Error(result.message);
  return result;
}

const problem = (attributeMappings: readonly MappingSpec[]) =>
  compileMappings({ attributeMappings, defaultAttributeMappings: false, invitation }) as MappingProblem;

const ana = (attributes: DirectoryUser['attributes'] = {}, more: Partial<DirectoryUser> = {}) => internal('ana', { attributes, ...more });

describe('C1 mappings', () => {
  it('starts from Entra’s default set', () => {
    const mappings = compiled([], true);
    const user = ana({ displayName: 'Ana', jobTitle: 'Engineer', accountEnabled: true, mobilePhone: '1' }, { managerId: 'boss' });
    expect(mappings.evaluate(user, moment)).toEqual({
      attributes: { displayName: 'Ana', jobTitle: 'Engineer', accountEnabled: true, showInAddressList: true },
      onCreate: { userType: 'Member' },
      clear: [],
      managerSourceId: 'boss',
    });
    expect(mappings.hasManager).toBe(true);
    expect(mappings.sourceAttributes).not.toContain('manager');
  });

  it('replaces entries of the default set by target, and drops those without any source', () => {
    const mappings = compiled([mapping('jobTitle', { constant: 'Guest worker' }), mapping('city'), mapping('manager')], true);
    expect(mappings.evaluate(ana({ jobTitle: 'Engineer', city: 'Lyon' }), moment).attributes).toMatchObject({ jobTitle: 'Guest worker' });
    expect(mappings.targetAttributes).not.toContain('city');
    expect(mappings.hasManager).toBe(false);
  });

  it.each<[string, MappingSpec, DirectoryUser['attributes'], unknown]>([
    ['direct', mapping('officeLocation', { source: 'city' }), { city: 'Lyon' }, { attributes: { officeLocation: 'Lyon' } }],
    ['constant', mapping('companyName', { constant: 'Contoso' }), {}, { attributes: { companyName: 'Contoso' } }],
    ['boolean constant', mapping('accountEnabled', { constant: 'False' }), {}, { attributes: { accountEnabled: false } }],
    [
      'only at creation',
      mapping('jobTitle', { source: 'jobTitle', apply: 'OnCreate' }),
      { jobTitle: 'Engineer' },
      { onCreate: { jobTitle: 'Engineer' } },
    ],
    [
      'default value at creation',
      mapping('jobTitle', { source: 'jobTitle', defaultValue: 'Staff' }),
      {},
      { onCreate: { jobTitle: 'Staff' } },
    ],
    [
      'no default where there is a value',
      mapping('jobTitle', { source: 'jobTitle', defaultValue: 'Staff' }),
      { jobTitle: 'X' },
      { attributes: { jobTitle: 'X' } },
    ],
    ['null is kept', mapping('jobTitle', { source: 'jobTitle' }), { jobTitle: null }, {}],
    ['null is cleared', mapping('jobTitle', { source: 'jobTitle', whenNull: 'Clear' }), { jobTitle: '' }, { clear: ['jobTitle'] }],
    [
      'null of a creation mapping is not cleared',
      mapping('jobTitle', { source: 'jobTitle', whenNull: 'Clear', apply: 'OnCreate' }),
      {},
      {},
    ],
  ])('%s', (_, entry, attributes, expected) => {
    expect(compiled([entry]).evaluate(ana(attributes), moment)).toEqual({
      attributes: {},
      onCreate: {},
      clear: [],
      ...(expected as object),
    });
  });

  it.each([
    [false, null, []],
    [true, null, ['manager']],
    [true, 'boss', []],
  ])('C5 manager with propagateRemoval %s, manager %s', (propagateRemoval, managerId, clear) => {
    const mappings = compiled([mapping('manager', { source: 'manager', propagateRemoval })]);
    expect(mappings.evaluate(ana({}, { managerId }), moment).clear).toEqual(clear);
  });

  it('tells which attributes it reads and writes, and whose word counts', () => {
    const mappings = compiled([
      mapping('officeLocation', { source: 'city', authority: 'WhenEmpty' }),
      mapping('companyName', { constant: 'x' }),
    ]);
    expect(mappings.sourceAttributes).toEqual(['city']);
    expect(mappings.targetAttributes).toEqual(['companyName', 'officeLocation']);
    expect(mappings.authorityOf('officeLocation')).toBe('WhenEmpty');
    expect(mappings.authorityOf('elsewhere')).toBe('Source');
  });
});

describe('C2 expressions', () => {
  it.each<[string, MappingSpec, DirectoryUser['attributes'], unknown]>([
    [
      'give values',
      mapping('displayName', { expression: 'Append([displayName], " (Contoso)")' }),
      { displayName: 'Ana' },
      { attributes: { displayName: 'Ana (Contoso)' } },
    ],
    [
      'give canonical values',
      mapping('accountEnabled', { expression: 'Not([accountEnabled])' }),
      { accountEnabled: true },
      { attributes: { accountEnabled: false } },
    ],
    [
      'give numbers as text',
      mapping('employeeId', { expression: 'Count([proxyAddresses])' }),
      { proxyAddresses: ['a', 'b'] },
      { attributes: { employeeId: '2' } },
    ],
    [
      'that give nothing leave the default for creation',
      mapping('jobTitle', { expression: 'Left([jobTitle], 3)', defaultValue: 'Staff' }),
      {},
      { onCreate: { jobTitle: 'Staff' } },
    ],
    ['that give nothing clear', mapping('jobTitle', { expression: 'Left([jobTitle], 3)', whenNull: 'Clear' }), {}, { clear: ['jobTitle'] }],
    [
      'drop an attribute',
      mapping('jobTitle', { expression: 'IgnoreFlowIfNullOrEmpty([jobTitle])', whenNull: 'Clear', defaultValue: 'Staff' }),
      {},
      {},
    ],
    [
      'leave a user as they are',
      mapping('jobTitle', { expression: 'IIF([city] = "Lyon", IgnoreObjectFlow, "x")' }),
      { city: 'Lyon' },
      { ignored: true },
    ],
    ['read the object id', mapping('employeeId', { expression: 'Left([id], 3)' }), {}, { attributes: { employeeId: 'ana' } }],
    [
      'know the default domain',
      mapping('companyName', { expression: 'Append("at ", DefaultDomain())' }),
      {},
      { attributes: { companyName: 'at contoso.com' } },
    ],
  ])('%s', (_, entry, attributes, expected) => {
    expect(compiled([entry]).evaluate(ana(attributes), moment)).toEqual({
      attributes: {},
      onCreate: {},
      clear: [],
      ...(expected as object),
    });
  });

  it.each<[string, MappingSpec, DirectoryUser['attributes'], string]>([
    ['the evaluation', mapping('jobTitle', { expression: 'FormatDateTime([city], , "yyyy", "yy")' }), { city: 'secret' }, 'city'],
    ['the type', mapping('accountEnabled', { source: 'city' }), { city: 'secret' }, 'accountEnabled takes true or false; read from city'],
    [
      'the length',
      mapping('usageLocation', { source: 'country' }),
      { country: 'secret' },
      'has 6 characters, and usageLocation takes at most 2; read from country',
    ],
    ['the values', mapping('userType', { source: 'city' }), { city: 'secret' }, 'only Member, Guest; read from city'],
  ])('a failure of %s fails that attribute alone and names its inputs, never a value', (_, entry, attributes, message) => {
    const mapped = compiled([entry, mapping('companyName', { constant: 'Contoso' })]).evaluate(ana(attributes), moment);
    expect(mapped.attributes).toEqual({ companyName: 'Contoso' });
    expect(mapped.failures).toEqual([{ target: entry.target, message: expect.stringContaining(message) as string }]);
    expect(JSON.stringify(mapped)).not.toContain('secret');
  });

  it('I7 draws the same for the same user and target, and something else for others', () => {
    const guids = compiled([mapping('department', { expression: 'Guid()' }), mapping('jobTitle', { expression: 'Guid()' })]);
    const [once, again, other] = [ana(), ana(), ana({}, { id: 'ben' })].map((user) => guids.evaluate(user, moment).attributes);
    expect(again).toEqual(once);
    expect(new Set([once?.department, once?.jobTitle, other?.department, other?.jobTitle]).size).toBe(4);
    expect(guids.volatile).toBe(true);
  });

  it('reads what expressions read', () => {
    const mappings = compiled([mapping('companyName', { expression: 'Join("-", [city], [state])' })], false, {
      ...invitation,
      addressExpression: 'ToLower([mail])',
    });
    expect(mappings.sourceAttributes).toEqual(['city', 'mail', 'state']);
    expect(mappings.volatile).toBe(false);
  });

  it.each<[string, string, DirectoryUser['attributes'], unknown]>([
    ['an address', 'ToLower([mail])', { mail: 'ANA@contoso.com' }, { address: 'ana@contoso.com' }],
    ['nothing', 'ToLower([mail])', {}, { address: undefined }],
    ['what is no address', 'ToLower([city])', { city: 'Lyon' }, { failure: 'the value is not an address; read from city' }],
    ['that the user is left', 'IIF([city] = "Lyon", IgnoreObjectFlow, [mail])', { city: 'Lyon' }, { ignored: true }],
  ])('D6 an address expression gives %s', (_, addressExpression, attributes, expected) => {
    expect(compiled([], false, { ...invitation, addressExpression }).invitedAddress(ana(attributes), moment)).toEqual(expected);
  });

  it('D6 a wrong address expression is refused by its field', () => {
    expect(compileMappings({ defaultAttributeMappings: true, invitation: { ...invitation, addressExpression: 'ToLower([mail]' } })).toEqual(
      {
        reason: 'InvalidExpression',
        message: expect.stringContaining('spec.invitation.addressExpression: column') as string,
      },
    );
  });
});

describe('what cannot be mapped', () => {
  it.each<[string, MappingSpec, string, string]>([
    ['C7 a target that cannot be written', mapping('photo', { source: 'photo' }), 'InvalidMapping', 'photo'],
    ['C7 a target that is misspelt', mapping('jobTitel', { source: 'jobTitle' }), 'InvalidMapping', 'did you mean jobTitle?'],
    [
      'C7 a target under its name in Entra',
      mapping('telephoneNumber', { constant: '1' }),
      'InvalidMapping',
      'did you mean businessPhones?',
    ],
    ['a source that is misspelt', mapping('jobTitle', { source: 'jobTitel' }), 'InvalidMapping', 'did you mean jobTitle?'],
    ['a source that is not tracked', mapping('jobTitle', { source: 'skills' }), 'InvalidMapping', 'kept outside the directory'],
    ['the manager as a value', mapping('jobTitle', { source: 'manager' }), 'InvalidMapping', 'target: manager'],
    ['a constant that is too long', mapping('usageLocation', { constant: 'France' }), 'InvalidMapping', 'at most 2'],
    ['a constant that is not among the values', mapping('userType', { constant: 'Admin' }), 'InvalidMapping', 'only Member, Guest'],
    [
      'a default value that is too long',
      mapping('employeeId', { source: 'employeeId', defaultValue: 'x'.repeat(17) }),
      'InvalidMapping',
      '.defaultValue',
    ],
    [
      'C2 a misspelt function, with mapping and column',
      mapping('displayName', { expression: 'Append(Apend([displayName], "a"), "b")' }),
      'InvalidExpression',
      'spec.attributeMappings[target=displayName].expression: column 8: there is no function Apend; did you mean Append?',
    ],
    [
      'C2 a misspelt attribute on a further line',
      mapping('displayName', { expression: 'Append(\n  [displayNam], "b")' }),
      'InvalidExpression',
      'line 2, column 3: there is no source attribute displayNam; did you mean displayName?',
    ],
    ['C2 a reference', mapping('jobTitle', { expression: 'ToUpper([manager])' }), 'InvalidExpression', 'refers to another object'],
    [
      'C2 SelectUniqueValue',
      mapping('mailNickname', { expression: 'SelectUniqueValue([mailNickname], [givenName])' }),
      'InvalidExpression',
      'SelectUniqueValue cannot be used here',
    ],
    ['a manager from elsewhere', mapping('manager', { expression: 'ToUpper([mail])' }), 'InvalidMapping', 'source: manager'],
    ['a boolean that is none', mapping('accountEnabled', { constant: 'maybe' }), 'InvalidMapping', 'takes true or false'],
    [
      'clearing what must have a value',
      mapping('displayName', { source: 'displayName', whenNull: 'Clear' }),
      'InvalidMapping',
      'whenNull: Keep',
    ],
  ])('%s', (_, entry, reason, message) => {
    expect(problem([entry])).toEqual({ reason, message: expect.stringContaining(message) as string });
  });
});

describe('bounds of all mappings together', () => {
  it('fails the mappings at which the work for one user is used up, and none before', () => {
    const heavy = Array.from({ length: 15 }, (_, n) =>
      mapping(`extensionAttribute${n + 1}`, { expression: 'Replace([city], , "a.*b|a", , "", , )' }),
    );
    const mapped = compiled([mapping('companyName', { constant: 'Contoso' }), ...heavy]).evaluate(ana({ city: 'a'.repeat(250) }), moment);
    expect(mapped.attributes.companyName).toBe('Contoso');
    expect(mapped.failures?.length).toBeGreaterThan(5);
    expect(mapped.failures?.length).toBeLessThan(15);
    expect(mapped.failures?.[0]?.message).toContain('more work than it may');
  });

  it('refuses more targets than a record holds', () => {
    const many = Array.from({ length: 129 }, (_, n) => mapping(`extension_${'a'.repeat(32)}_x${n}`, { constant: 'x' }));
    expect(problem(many)).toEqual({ reason: 'InvalidMapping', message: expect.stringContaining('129 targets; at most 128') as string });
  });
});
