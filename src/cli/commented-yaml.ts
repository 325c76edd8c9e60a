import { dump } from 'js-yaml';
import { plainOf, type Item, type Member, type Part, type Plain, type Remark } from '../core/import/commented.ts';

/** Comments are broken at this width, values never. */
const width = 120;
/** A comment stands behind its value where the line stays shorter than this. */
const trailingWidth = 150;

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** The JSON of a value, with everything escaped that an editor would not show as it is; JSON is YAML. */
function escaped(plain: Plain): string {
  return JSON.stringify(plain).replace(unseen, (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`);
}

/** A value on one line, quoted where any version of YAML would take it for something else. */
function inline(plain: Plain): string {
  const line = dump([plain], { flowLevel: 0, lineWidth: -1 }).trimEnd().slice(1, -1);
  return line.search(unseen) === -1 ? line : escaped(plain);
}

/** One remark as lines of a comment; what follows the first is indented. */
function commentLines({ kind, text }: Remark, pad: string): readonly string[] {
  const room = Math.max(40, width - pad.length - 4);
  const lines: string[] = [];
  let line = `${kind}:`;
  for (const word of text.replaceAll(/\s+/g, ' ').split(' ')) {
    if (line.length + word.length + 1 > room && line !== '') {
      lines.push(line);
      line = `  ${word}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${pad}# ${each}`);
}

const before = (remarks: readonly Remark[], pad: string): readonly string[] => remarks.flatMap((each) => commentLines(each, pad));

/** A line with its value; one short remark stands behind it, all others before it. */
function valueLines(line: string, remarks: readonly Remark[], pad: string): readonly string[] {
  const [only, ...more] = remarks;
  const behind = only === undefined || more.length > 0 ? '' : ` # ${only.kind}: ${only.text.replaceAll(/\s+/g, ' ')}`;
  if (behind !== '' && line.length + behind.length <= trailingWidth) return [`${line}${behind}`];
  return [...before(remarks, pad), line];
}

const isEmpty = (part: Part): boolean => part.kind !== 'Value' && Object.keys(plainOf(part)).length === 0;

function memberLines({ name, part, remarks }: Member, pad: string): readonly string[] {
  if (part === undefined) return before(remarks, pad);
  if (part.kind === 'Value') return valueLines(`${pad}${name}: ${inline(part.value)}`, remarks, pad);
  const inner = partLines(part, `${pad}  `);
  if (isEmpty(part)) return [...before(remarks, pad), ...inner, `${pad}${name}: ${part.kind === 'List' ? '[]' : '{}'}`];
  return [...before(remarks, pad), `${pad}${name}:`, ...inner];
}

function itemLines({ part, remarks }: Item, pad: string): readonly string[] {
  if (part === undefined) return before(remarks, pad);
  if (part.kind === 'Value') return valueLines(`${pad}- ${inline(part.value)}`, remarks, pad);
  const inner = partLines(part, `${pad}  `);
  const first = inner.findIndex((line) => !line.trimStart().startsWith('#'));
  const lines = inner.map((line, index) => (index === first ? `${pad}- ${line.slice(pad.length + 2)}` : line));
  return [...before(remarks, pad), ...lines];
}

function partLines(part: Part, pad: string): readonly string[] {
  switch (part.kind) {
    case 'Map':
      return part.members.flatMap((member) => memberLines(member, pad));
    case 'List':
      return part.items.flatMap((item) => itemLines(item, pad));
    case 'Value':
      return [`${pad}${inline(part.value)}`];
  }
}

/** Manifests as YAML documents, with the remarks as comments: one on its line, several before it. */
export function commentedYaml(remarks: readonly Remark[], parts: readonly Part[]): string {
  const documents = parts.map((part) => partLines(part, '').join('\n'));
  return `${[...before(remarks, ''), documents.join('\n---\n')].join('\n')}\n`;
}
