import type { ExpressionNode } from '../expression/ast.ts';
import { sourceTypeOf } from './schema.ts';
import { entries, member, objectShape, present, text, type Placed } from './untrusted.ts';

/** Empty arguments are lost in the tree, and an empty text may be. */
const isSaid = (node: ExpressionNode): boolean => node.kind !== 'empty' && !(node.kind === 'text' && node.value === '');

const typeOf = (tree: Placed): string => (sourceTypeOf(tree) ?? 'Attribute').toLowerCase();
const nameOf = (tree: Placed): string => text(member(tree, 'name')) ?? '';

/** The sources in the parameters of a node, without empty constants; undefined when they are not all there to be compared. */
function childrenOf(tree: Placed): readonly Placed[] | undefined {
  const unshaped: never[] = [];
  const parameters = entries(member(tree, 'parameters'), unshaped).map((parameter) => member(parameter, 'value'));
  if (parameters.some((parameter) => !present(parameter) || !objectShape(parameter, unshaped))) return undefined;
  return parameters.filter((parameter) => !(typeOf(parameter) === 'constant' && nameOf(parameter) === ''));
}

/**
 * Whether a tree of parameters says something else than the text of its expression. What the tree cannot say, or does not say, as in
 * exports that were cut off or written by hand, is no difference.
 */
export function treeDiffers(node: ExpressionNode, tree: Placed): boolean {
  switch (node.kind) {
    case 'attribute':
      return typeOf(tree) !== 'attribute' || nameOf(tree).toLowerCase() !== node.name.toLowerCase();
    case 'text':
      return typeOf(tree) !== 'constant' || nameOf(tree) !== node.value;
    case 'number':
      return typeOf(tree) !== 'constant' || nameOf(tree) !== node.text;
    case 'call': {
      if (typeOf(tree) !== 'function' || nameOf(tree) !== node.name) return true;
      const children = childrenOf(tree);
      const args = node.args.filter(isSaid);
      if (children === undefined || (children.length === 0 && args.length > 0)) return false;
      return children.length !== args.length || args.some((arg, index) => differsAt(arg, children[index]));
    }
    // How a tree writes a comparison or a keyword is not published.
    case 'comparison':
    case 'keyword':
    case 'empty':
      return false;
  }
}

const differsAt = (node: ExpressionNode, tree: Placed | undefined): boolean => tree === undefined || treeDiffers(node, tree);
