import fc from 'fast-check';
import { adoptedGroupAnchor, groupAnchor } from '../../../../src/core/groups/anchor.ts';
import { compileNaming, type Naming, type SourceGroup } from '../../../../src/core/groups/names.ts';

const id = '7C1E0000-0000-0000-0000-00000000000a';
const group = (change: Partial<SourceGroup> = {}): SourceGroup => ({
  id,
  displayName: 'Project Falcon',
  mailNickname: 'falcon',
  description: 'Flies.',
  ...change,
});
const naming = (spec: Parameters<typeof compileNaming>[0] = {}): Naming => {
  const compiled = compileNaming(spec);
  if ('reason' in compiled) throw new Error(compiled.message);
  return compiled;
};
const problem = (spec: Parameters<typeof compileNaming>[0]): string => {
  const compiled = compileNaming(spec);
  return 'reason' in compiled ? `${compiled.reason} ${compiled.message}` : '';
};
const moment = { now: 0 };

describe('G3 the name of a group', () => {
  test.each([
    ['Project Falcon', 'ProjectFalcon'],
    ['Überblick (Süd), Büro.1', 'UberblickSudBuro1'],
    ['日本', 'group-7c1e0000'],
    ['a@b"c;d:e<f>g', 'abcdefg'],
  ])('is that of the source, and the mail nickname what of it one can have: %s', (displayName, mailNickname) => {
    expect(naming().name(group({ displayName }), moment)).toEqual({ displayName, mailNickname });
  });

  test('comes from expressions where there are some', () => {
    const spec = { displayNameExpression: 'Append([displayName], " (Contoso)")', mailNicknameExpression: 'Append("c-", [mailNickname])' };
    expect(naming(spec).name(group(), moment)).toEqual({ displayName: 'Project Falcon (Contoso)', mailNickname: 'c-falcon' });
  });

  test.each([
    ['no name', {}, { displayName: null }, 'the display name is no text of 1 to 256 characters; read from displayName'],
    ['an empty one', {}, { displayName: '  ' }, 'the display name is no text'],
    ['one that is too long', {}, { displayName: 'x'.repeat(257) }, 'the display name is no text'],
    ['a nickname with a blank', { mailNicknameExpression: '[displayName]' }, {}, 'the mail nickname is no text of 1 to 64 characters'],
    ['no nickname', { mailNicknameExpression: '[mailNickname]' }, { mailNickname: null }, 'read from mailNickname'],
    ['an expression that fails', { displayNameExpression: 'Mid([displayName], [mailNickname], 2)' }, {}, 'read from displayName'],
    ['an expression that ignores', { displayNameExpression: 'IgnoreAttributeFlow' }, {}, 'the display name is no text'],
  ])('cannot be told of %s, which says what it was read from and no value', (_, spec, change, failure) => {
    const named = naming(spec).name(group(change), moment);
    expect(named).toEqual({ failure: expect.stringContaining(failure) as string });
    expect(JSON.stringify(named)).not.toContain('Falcon');
  });

  test('is refused where the expression is none, with its place', () => {
    expect(problem({ displayNameExpression: 'Append([jobTitle], "x")' })).toContain(
      'InvalidExpression spec.groups.displayNameExpression: column 8: a group has no jobTitle here; use id, displayName, mailNickname, description',
    );
    expect(problem({ mailNicknameExpression: 'Append([displayName],\n' })).toMatch(
      /^InvalidExpression spec.groups.mailNicknameExpression: line 2/,
    );
    expect(problem({ displayNameExpression: 'Append([displayName], Now())' })).toContain('time and chance would rename the groups');
  });

  test('is one that a directory takes, whatever the source calls it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (displayName) => {
        const named = naming().name(group({ displayName }), moment);
        if ('failure' in named) return;
        expect(named.displayName.length).toBeLessThanOrEqual(256);
        expect(named.mailNickname).toMatch(/^[!-~]{1,64}$/);
        expect(named.mailNickname).not.toMatch(/[@()\\[\]";:<>,. ]/);
      }),
    );
  });
});

test('G3 the anchor names installation, tenant and group, in one case, and fits into a key', () => {
  const anchor = groupAnchor('x'.repeat(32), { tenantId: id, objectId: id });
  expect(adoptedGroupAnchor('x'.repeat(32), { tenantId: id, objectId: id }).length).toBeLessThanOrEqual(128);
  expect(adoptedGroupAnchor('west', { tenantId: id, objectId: id })).toBe(`tenantsync-1a-west-${id.toLowerCase()}-${id.toLowerCase()}`);
  expect(groupAnchor('west', { tenantId: id, objectId: id })).toBe(`tenantsync-1-west-${id.toLowerCase()}-${id.toLowerCase()}`);
  expect(anchor).toMatch(/^[a-z0-9-]{1,128}$/);
});
