import { readFileSync, writeFileSync } from 'node:fs';
import { signature } from '../src/core/expression/check.ts';
import type { Example, FunctionSpec } from '../src/core/expression/functions/spec.ts';
import { functions } from '../src/core/expression/functions/table.ts';
import { rulesOf, targetAttributeNames } from '../src/core/mapping/target-attributes.ts';

const page = new URL('../docs/mapping.md', import.meta.url);

function shown(value: Example['gives']): string {
  if (value instanceof RegExp) return `a text that matches \`${value.source}\``;
  if (typeof value === 'object' && value !== null && 'flow' in value) return `\`${value.flow}\``;
  return `\`${JSON.stringify(value)}\``;
}

function exampleOf({ expression, attributes = {}, now, existingTargetValues, defaultDomain, gives }: Example): string {
  const given = [
    ...Object.entries(attributes).map(([name, value]) => `${name} \`${JSON.stringify(value)}\``),
    ...(now === undefined ? [] : [`the time \`${now}\``]),
    ...(existingTargetValues === undefined ? [] : [`the taken values \`${JSON.stringify(existingTargetValues)}\``]),
    ...(defaultDomain === undefined ? [] : [`the domain \`${JSON.stringify(defaultDomain)}\``]),
  ];
  const conditions = given.length === 0 ? '' : ` with ${given.join(', ')}`;
  return `Example: \`${expression}\`${conditions} gives ${shown(gives)}.`;
}

const sectionOf = (spec: FunctionSpec): string =>
  [`### ${spec.name}`, `\`${signature(spec)}\``, spec.summary, spec.nulls, exampleOf(spec.example)].join('\n\n');

/** Puts generated text between its two marks. */
function between(text: string, name: string, generated: string): string {
  const begin = `<!-- ${name}: begin -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(`<!-- ${name}: end -->`);
  if (from < 0 || to < from) throw new Error(`docs/mapping.md must hold the marks of ${name}`);
  return `${text.slice(0, from + begin.length)}\n\n${generated}\n\n${text.slice(to)}`;
}

function rowOf(name: string): string {
  const { type, maxLength, values, sensitive, required, writeOnly } = rulesOf(name);
  const notes = [
    values === undefined ? undefined : values.join(', '),
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    required === true ? 'cannot be emptied' : undefined,
    sensitive === true ? 'sensitive' : undefined,
    writeOnly === true ? 'cannot be read back' : undefined,
    name === 'businessPhones' ? 'one number' : undefined,
  ].filter((note) => note !== undefined);
  return `| \`${name}\` | ${{ String: 'text', Boolean: 'boolean', StringList: 'list' }[type]} | ${notes.join('; ')} |`;
}

function targetTable(): string {
  const names = [...targetAttributeNames, 'extensionAttribute1', `extension_${'0'.repeat(32)}_name`];
  const rows = names
    .map(rowOf)
    .map((row) =>
      row.replace('`extensionAttribute1`', '`extensionAttribute1` to `15`').replace(/extension_0+_name/, 'extension_<id>_<name>'),
    );
  return ['| Target | Type | Rules |', '| --- | --- | --- |', ...rows, '| `manager` | reference | from `source: manager` alone |'].join(
    '\n',
  );
}

/** The page as it is and as it should be. */
export function mappingDocs(): { readonly current: string; readonly text: string } {
  const current = readFileSync(page, 'utf8');
  const sections = [...functions.values()].map(sectionOf).join('\n\n');
  return { current, text: between(between(current, 'targets', targetTable()), 'functions', sections) };
}

if (import.meta.main) writeFileSync(page, mappingDocs().text);
