import { mappingDocs } from '../../../../scripts/generate-mapping-docs.ts';
import { functions } from '../../../../src/core/expression/functions/table.ts';
import { caretLines } from '../../../../src/core/expression/errors.ts';
import { refusalOf } from './support.ts';

const { current, text } = mappingDocs();

test('docs/mapping.md is up to date (node scripts/generate-mapping-docs.ts)', () => {
  expect(current).toBe(text);
});

test('docs/mapping.md has a section on every function', () => {
  const headings = [...current.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual([...functions.keys()]);
});

test('the error that docs/mapping.md shows is the one that is told', () => {
  const expression = 'Join(" ", [givenName], Apend([surname], "x"))';
  const { message, position } = refusalOf(expression);
  expect(current).toContain(`\`\`\`text\n${caretLines(expression, position)}\n${message}\n\`\`\``);
});

test.each([...functions.values()].filter(({ name }) => name.includes('AppRoleAssignment')))(
  'docs/mapping.md says of $name that mappings refuse what it is for',
  ({ summary }) => {
    expect(summary).toMatch(/\[appRoleAssignments\], which is refused in mappings/);
  },
);
