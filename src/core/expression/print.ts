import type { ExpressionNode } from './ast.ts';

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The expression on one line in the one form that everything is printed in; parsing it gives the same tree again. */
export function printExpression(node: ExpressionNode): string {
  switch (node.kind) {
    case 'attribute':
      return `[${node.name}]`;
    case 'text':
      return quote(node.value);
    case 'number':
      return node.text;
    case 'keyword':
      return node.name;
    case 'empty':
      return '';
    case 'call':
      return `${node.name}(${node.args.map(printExpression).join(', ')})`;
    case 'comparison':
      return `${printExpression(node.left)} ${node.operator} ${printExpression(node.right)}`;
  }
}
