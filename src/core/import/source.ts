import type { ExpressionNode } from '../expression/ast.ts';
import { parseText } from './expression.ts';
import { quoted, type Trouble } from './problem.ts';
import type { EntraSource } from './schema.ts';
import { treeDiffers } from './tree.ts';

/** What a mapping takes its value from, in Entra's names. */
export type Reading =
  | { readonly kind: 'None' }
  | { readonly kind: 'Attribute'; readonly name: string }
  | { readonly kind: 'Constant'; readonly value: string }
  | { readonly kind: 'Expression'; readonly text: string; readonly ast: ExpressionNode };

const exportAgain = 'let Entra write both anew: open the mapping in the portal, save it, and export the job again';

/** A tree of one attribute or one text is a direct or constant mapping, whatever type it is said to be. */
function readingOf(text: string, ast: ExpressionNode): Reading {
  if (ast.kind === 'attribute') return { kind: 'Attribute', name: ast.name };
  if (ast.kind === 'text') return { kind: 'Constant', value: ast.value };
  return { kind: 'Expression', text, ast };
}

function readConstant({ name, expression }: EntraSource): Reading | Trouble {
  if (name !== null) return { kind: 'Constant', value: name };
  const parsed = parseText(expression ?? '');
  if ('ast' in parsed && parsed.ast.kind === 'text') return { kind: 'Constant', value: parsed.ast.value };
  return { what: 'the constant is no text in double quotes', wayOut: 'correct it in the export' };
}

/** Whether a text is the name of an attribute alone, as it is or in brackets. */
const isName = (expression: string | undefined, name: string): boolean =>
  expression === undefined || [name, `[${name}]`].includes(expression);

function readAttribute({ type, name, expression }: EntraSource): Reading | Trouble {
  const bare = said(name);
  const text = said(expression);
  if (bare !== undefined && isName(text, bare)) return { kind: 'Attribute', name: bare };
  const parsed = parseText(text ?? '');
  if ('what' in parsed) return parsed;
  const reading = readingOf(text ?? '', parsed.ast);
  // Without a type, the text alone says what it is.
  if (type === null && reading.kind === 'Expression') return reading;
  if (bare === undefined || (reading.kind === 'Attribute' && sameName(bare, reading.name))) return reading;
  const what = `the source is said to be ${quoted(bare)} and ${quoted(text ?? '')}, which is not the same`;
  return { what, wayOut: exportAgain };
}

const said = (text: string | null): string | undefined => (text === null || text.trim() === '' ? undefined : text.trim());
const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function readFunction(source: EntraSource): Reading | Trouble {
  const { expression, name, at } = source;
  if (expression === null || expression === '') {
    const what = `the text of the expression with the function ${quoted(name ?? '')} is missing`;
    return { what, wayOut: 'export the job again: Entra writes the text beside the parameters, from which it cannot be told for certain' };
  }
  const parsed = parseText(expression);
  if ('what' in parsed) return parsed;
  const isCall = parsed.ast.kind === 'call' && name !== null;
  if (isCall && treeDiffers(parsed.ast, at)) {
    const what = `the text ${quoted(expression)} and the parameters beside it do not say the same`;
    return { what, wayOut: exportAgain };
  }
  return readingOf(expression, parsed.ast);
}

/** What a source says, or why that cannot be told. */
export function readSourceOf(source: EntraSource | undefined): Reading | Trouble {
  if (source === undefined) return { kind: 'None' };
  switch ((source.type ?? 'Attribute').toLowerCase()) {
    case 'attribute':
      return readAttribute(source);
    case 'constant':
      return readConstant(source);
    case 'function':
      return readFunction(source);
    default:
      return { what: `the source type ${quoted(source.type ?? '')} is not known`, wayOut: 'it is one of Attribute, Constant, Function' };
  }
}
