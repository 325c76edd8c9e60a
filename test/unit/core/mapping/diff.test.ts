import type { Attributes } from '../../../../src/api/attributes.ts';
import type { Authority } from '../../../../src/core/mapping/compile.ts';
import { diffAttributes, splitPatch, writeOnlyValues, type DiffInput } from '../../../../src/core/mapping/diff.ts';
import { guest } from '../support.ts';

function diff(attributes: Attributes, current: DiffInput['current']['attributes'], more: Partial<DiffInput> = {}) {
  return diffAttributes({
    attributes,
    clear: [],
    current: guest('a', { attributes: current }),
    authorityOf: () => 'Source',
    writeOnlyApplied: true,
    refused: new Set(),
    ...more,
  });
}

describe('A2 the smallest patch', () => {
  it.each<[string, Attributes, DiffInput['current']['attributes'], unknown]>([
    ['nothing for what agrees', { jobTitle: 'Engineer', accountEnabled: true }, { jobTitle: 'Engineer', accountEnabled: true }, {}],
    ['what differs', { jobTitle: 'Architect', city: 'Lyon' }, { jobTitle: 'Engineer', city: 'Lyon' }, { jobTitle: 'Architect' }],
    ['what is missing', { jobTitle: 'Engineer' }, { jobTitle: null }, { jobTitle: 'Engineer' }],
    ['nothing for another case of an address', { mail: 'Ana@contoso.com' }, { mail: 'ana@contoso.com' }, {}],
    ['nothing for what is not mapped', {}, { jobTitle: 'Engineer' }, {}],
    ['nothing for further phones that the target does not keep', { businessPhones: ['1'] }, { businessPhones: ['1', '2'] }, {}],
    ['sign-in too', { accountEnabled: false }, { accountEnabled: true }, { accountEnabled: false }],
  ])('%s', (_, attributes, current, expected) => {
    expect(diff(attributes, current)).toEqual(expected);
  });

  it('C1 empties what is to be cleared, once, and never the manager here', () => {
    const clear = ['jobTitle', 'city', 'manager'];
    expect(diff({}, { jobTitle: 'Engineer', city: null }, { clear })).toEqual({ jobTitle: null });
  });

  it('C10 leaves out what was refused', () => {
    expect(diff({ mail: 'a@b.c', city: 'Lyon' }, {}, { refused: new Set(['mail']) })).toEqual({ city: 'Lyon' });
    expect(diff({}, { mobilePhone: '1' }, { clear: ['mobilePhone'], refused: new Set(['mobilePhone']) })).toEqual({});
  });
});

describe('C4 what cannot be read back', () => {
  const attributes = { showInAddressList: true, city: 'Lyon' };
  it.each<[string, DiffInput['current']['attributes'], boolean, unknown]>([
    ['is no cause of a write by itself', { city: 'Lyon', showInAddressList: false }, true, {}],
    ['goes along with others', { city: 'Rome' }, true, { city: 'Lyon', showInAddressList: true }],
    ['is written when it was not applied yet', { city: 'Lyon' }, false, { showInAddressList: true }],
  ])('%s', (_, current, writeOnlyApplied, expected) => {
    expect(diff(attributes, current, { writeOnlyApplied })).toEqual(expected);
  });

  it('is remembered by its desired values', () => {
    expect(writeOnlyValues(attributes)).toEqual({ showInAddressList: true });
  });
});

describe('C9 authority', () => {
  it.each<[Authority, DiffInput['current']['attributes'], unknown]>([
    ['Source', { jobTitle: 'Mine' }, { jobTitle: 'Engineer' }],
    ['Target', { jobTitle: null }, {}],
    ['WhenEmpty', { jobTitle: null }, { jobTitle: 'Engineer' }],
    ['WhenEmpty', { jobTitle: 'Mine' }, {}],
  ])('%s over %j', (authority, current, expected) => {
    expect(diff({ jobTitle: 'Engineer' }, current, { authorityOf: () => authority })).toEqual(expected);
  });

  it.each([
    [true, false, {}],
    [false, true, { accountEnabled: false }],
    [true, true, {}],
    [false, false, {}],
  ])('MostRestrictive: source %s, target %s', (source, target, expected) => {
    expect(diff({ accountEnabled: source }, { accountEnabled: target }, { authorityOf: () => 'MostRestrictive' })).toEqual(expected);
  });

  it('Target keeps what the source would clear', () => {
    expect(diff({}, { jobTitle: 'Mine' }, { clear: ['jobTitle'], authorityOf: () => 'Target' })).toEqual({});
  });
});

describe('C10 taking a refused patch apart', () => {
  it('sends the plain together and each sensitive one alone', () => {
    expect(splitPatch({ city: 'Lyon', mail: 'a@b.c', jobTitle: null, accountEnabled: false })).toEqual([
      { city: 'Lyon', jobTitle: null },
      { mail: 'a@b.c' },
      { accountEnabled: false },
    ]);
    expect(splitPatch({ mail: 'a@b.c' })).toEqual([{ mail: 'a@b.c' }]);
    expect(splitPatch({ city: 'Lyon' })).toEqual([{ city: 'Lyon' }]);
  });
});
