import { readFileSync, writeFileSync } from 'node:fs';
import { signature } from '../src/core/expression/check.ts';
import type { Example, FunctionSpec } from '../src/core/expression/functions/spec.ts';
import { functions } from '../src/core/expression/functions/table.ts';

const page = new URL('../docs/mapping.md', import.meta.url);
const begin = '<!-- functions: begin -->';
const end = '<!-- functions: end -->';

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

/** The page as it is and as it should be. */
export function mappingDocs(): { readonly current: string; readonly text: string } {
  const current = readFileSync(page, 'utf8');
  const from = current.indexOf(begin);
  const to = current.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/mapping.md must hold ${begin} and ${end}`);
  const sections = [...functions.values()].map(sectionOf).join('\n\n');
  return { current, text: `${current.slice(0, from + begin.length)}\n\n${sections}\n\n${current.slice(to)}` };
}

if (import.meta.main) writeFileSync(page, mappingDocs().text);
