import type { CallNode, ExpressionNode } from '../expression/ast.ts';
import { compileExpression, readExpression } from '../expression/expression.ts';
import { foreignFunctions, functions } from '../expression/functions/table.ts';
import { printExpression } from '../expression/print.ts';
import { didYouMean, suggest } from '../expression/suggest.ts';
import { placeIn } from '../mapping/check.ts';
import { sourceRefusal } from '../mapping/source-attributes.ts';
import { differenceOf, isListHere, sourceNamed, type Named } from './names.ts';
import { longestMessage, quoted, visible, type Trouble } from './problem.ts';

/** An expression in Graph's names, on one line. */
export interface Translated {
  readonly expression: string;
  /** What is to be said about its parts. */
  readonly differences: readonly string[];
}

/** How the attributes of a kind of objects are named, and which of them an expression may read. */
export interface Attributes {
  readonly named: (entra: string) => Named;
  readonly refusalOf: (name: string) => string | undefined;
}

const userAttributes: Attributes = { named: sourceNamed, refusalOf: sourceRefusal };

/** Parses the text of an export, or says where it is broken. */
export function parseText(expression: string): { readonly ast: ExpressionNode } | Trouble {
  const read = readExpression(expression);
  if ('ast' in read) return read;
  const { message, position } = read.error;
  return {
    what: `syntax, ${placeIn(expression, position)}: ${visible(message, longestMessage)}`,
    wayOut: 'correct the expression in the export',
  };
}

const item = (node: ExpressionNode): CallNode => ({
  kind: 'call',
  name: 'Item',
  args: [node, { kind: 'number', text: '1', position: node.position }],
  position: node.position,
});

/** Renames what an expression reads, and collects every function and attribute that is not known. */
class Renaming {
  readonly troubles: Trouble[] = [];
  readonly differences = new Set<string>();
  readonly #text: string;
  readonly #attributes: Attributes;

  constructor(text: string, attributes: Attributes) {
    this.#text = text;
    this.#attributes = attributes;
  }

  rename(node: ExpressionNode, inItem: 'InItem' | 'Elsewhere'): ExpressionNode {
    switch (node.kind) {
      case 'attribute':
        return this.#attribute(node, inItem);
      case 'call': {
        this.#function(node);
        const within = (index: number): 'InItem' | 'Elsewhere' => (node.name === 'Item' && index === 0 ? 'InItem' : 'Elsewhere');
        return { ...node, args: node.args.map((arg, index) => this.rename(arg, within(index))) };
      }
      case 'comparison':
        return { ...node, left: this.rename(node.left, 'Elsewhere'), right: this.rename(node.right, 'Elsewhere') };
      default:
        return node;
    }
  }

  #attribute(node: Extract<ExpressionNode, { kind: 'attribute' }>, inItem: 'InItem' | 'Elsewhere'): ExpressionNode {
    const named = this.#attributes.named(node.name);
    if ('what' in named) {
      this.#refuse(node, named);
      return node;
    }
    const difference = differenceOf(node.name);
    if (difference !== undefined) this.differences.add(difference);
    const renamed = { ...node, name: named.name };
    if (!isListHere(named.name)) return renamed;
    this.differences.add(`${visible(node.name)} is a list here, of which Item takes the one number`);
    return inItem === 'InItem' ? renamed : item(renamed);
  }

  #function(node: CallNode): void {
    if (functions.has(node.name)) return;
    const foreign = foreignFunctions.get(node.name);
    const why =
      foreign === undefined
        ? `there is no function ${quoted(node.name)}`
        : `the function ${quoted(node.name)} is not available: ${foreign}`;
    const suggestion = foreign === undefined ? didYouMean(suggest(node.name, functions.keys())) : '';
    this.#refuse(node, { what: `${why}${suggestion}`, wayOut: 'write the expression with the functions of docs/mapping.md' });
  }

  #refuse(node: ExpressionNode, trouble: Trouble): void {
    this.troubles.push({ ...trouble, what: `${placeIn(this.#text, node.position)}: ${trouble.what}` });
  }
}

/** Translates a parsed expression: all unknown names in it are told, else the first other fault. */
export function translate(text: string, ast: ExpressionNode, attributes: Attributes = userAttributes): Translated | readonly Trouble[] {
  const renaming = new Renaming(text, attributes);
  const expression = printExpression(renaming.rename(ast, 'Elsewhere'));
  if (renaming.troubles.length > 0) return renaming.troubles;
  const compiled = compileExpression(expression, { refusalOf: attributes.refusalOf, selectUniqueValue: false });
  if (compiled.ok) return { expression, differences: [...renaming.differences].sort() };
  const { message, position } = compiled.error;
  const shown = expression === text ? '' : ` (in ${quoted(expression)})`;
  return [
    {
      what: `${placeIn(expression, position)}${shown}: ${visible(message, longestMessage)}`,
      wayOut: 'correct the expression in the export',
    },
  ];
}
