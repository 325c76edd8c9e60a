import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { runbookIndex, runbookMismatches } from '../../../scripts/generate-docs.ts';
import { reasons } from '../../../src/api/reasons.ts';

const folder = new URL('../../../docs/runbooks/', import.meta.url);
const page = (name: string): string => readFileSync(new URL(`${name}.md`, folder), 'utf8');
/** In the runbook of a reason that stands in the list and is not raised yet. */
const planned = '*Planned.* This version of the operator does not raise this reason.';
const headings = [
  '## Where it appears',
  '## What the operator does meanwhile',
  '## What to check',
  '## How to mend it',
  '## How it recovers',
];

test('reasons are CamelCase words that fit a condition, each listed once', () => {
  expect(reasons.filter((reason) => !/^[A-Z][A-Za-z]{1,62}$/.test(reason))).toEqual([]);
  expect(new Set(reasons).size).toBe(reasons.length);
});

test('each reason has a runbook, and each runbook a reason', () => {
  expect(runbookMismatches()).toEqual({ missing: [], orphaned: [] });
});

test('the index lists every runbook with its first sentence', () => {
  expect(page('README')).toContain(runbookIndex());
  for (const reason of reasons) expect(page('README')).toContain(`[${reason}](${reason}.md)`);
});

test.each(reasons.map((reason) => [reason]))('the runbook of %s says what it is, what happens and what to do', (reason) => {
  const text = page(reason);
  const [title, empty, summary] = text.split('\n');
  expect({ title, empty }).toEqual({ title: `# ${reason}`, empty: '' });
  expect(summary).toMatch(/^[A-Z`].{10,}\.$/);
  const unused = text.includes(planned);
  expect(headings.filter((heading) => !text.includes(`${heading}\n\n`))).toEqual(unused ? headings : []);
});

/** Named in the code and yet never shown: a type that stands ready. */
const namedAlone: readonly string[] = [];

test('a runbook says that its reason is not raised exactly where no code raises it', () => {
  const src = new URL('../../../src/', import.meta.url);
  const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^cli\/|^api\/(reasons|generated)\.ts$/.test(path))
    .map((path) => readFileSync(new URL(path, src), 'utf8'))
    .join('\n');
  const raised = (reason: string): boolean => code.includes(`'${reason}'`) && !namedAlone.includes(reason);
  const said = (reason: string): boolean => !page(reason).includes(planned);
  expect(reasons.filter((reason) => raised(reason) !== said(reason))).toEqual([]);
});

test('runbooks link to pages that are there', () => {
  const broken = reasons.flatMap((reason) =>
    [...page(reason).matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !existsSync(new URL(target.replace(/#.*$/, ''), folder)))
      .map((target) => `${reason}: ${target}`),
  );
  expect(broken).toEqual([]);
});
