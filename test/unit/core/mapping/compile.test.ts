import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import { compileMappings, type MappingProblem, type Mappings } from '../../../../src/core/mapping/compile.ts';
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

function compiled(attributeMappings: readonly MappingSpec[], defaultAttributeMappings = false): Mappings {
  const result = compileMappings({ attributeMappings, defaultAttributeMappings });
  if ('message' in result) throw new Error(result.message);
  return result;
}

const problem = (attributeMappings: readonly MappingSpec[]) =>
  compileMappings({ attributeMappings, defaultAttributeMappings: false }) as MappingProblem;

const ana = (attributes: DirectoryUser['attributes'] = {}, more: Partial<DirectoryUser> = {}) => internal('ana', { attributes, ...more });

describe('C1 mappings', () => {
  it('starts from Entra’s default set', () => {
    const mappings = compiled([], true);
    const user = ana({ displayName: 'Ana', jobTitle: 'Engineer', accountEnabled: true, mobilePhone: '1' }, { managerId: 'boss' });
    expect(mappings.evaluate(user)).toEqual({
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
    expect(mappings.evaluate(ana({ jobTitle: 'Engineer', city: 'Lyon' })).attributes).toMatchObject({ jobTitle: 'Guest worker' });
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
    expect(compiled([entry]).evaluate(ana(attributes))).toEqual({ attributes: {}, onCreate: {}, clear: [], ...(expected as object) });
  });

  it.each([
    [false, null, []],
    [true, null, ['manager']],
    [true, 'boss', []],
  ])('C5 manager with propagateRemoval %s, manager %s', (propagateRemoval, managerId, clear) => {
    const mappings = compiled([mapping('manager', { source: 'manager', propagateRemoval })]);
    expect(mappings.evaluate(ana({}, { managerId })).clear).toEqual(clear);
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

describe('what cannot be mapped', () => {
  it.each<[string, MappingSpec, string, string]>([
    ['C7 a target that cannot be written', mapping('photo', { source: 'photo' }), 'InvalidMapping', 'photo'],
    ['a boolean that is none', mapping('accountEnabled', { constant: 'maybe' }), 'InvalidMapping', '"true" or "false"'],
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
