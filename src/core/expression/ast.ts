/** Offsets count UTF-16 units from the start of the expression, as JavaScript does. */
interface Placed {
  readonly position: number;
}

export interface AttributeNode extends Placed {
  readonly kind: 'attribute';
  readonly name: string;
}

export interface TextNode extends Placed {
  readonly kind: 'text';
  readonly value: string;
}

/** A bare number as it was written: decimal, or hexadecimal after `&H`. */
export interface NumberNode extends Placed {
  readonly kind: 'number';
  readonly text: string;
}

export const keywords = ['IgnoreAttributeFlow', 'IgnoreObjectFlow', 'vbTextCompare', 'vbBinaryCompare'] as const;

export interface KeywordNode extends Placed {
  readonly kind: 'keyword';
  readonly name: (typeof keywords)[number];
}

/** An argument that was left out between two commas. */
export interface EmptyNode extends Placed {
  readonly kind: 'empty';
}

export interface CallNode extends Placed {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly ExpressionNode[];
}

export const comparisonOperators = ['=', '<>', '>', '>=', '<', '<='] as const;

export type ComparisonOperator = (typeof comparisonOperators)[number];

export interface ComparisonNode extends Placed {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
}

export type ExpressionNode = AttributeNode | TextNode | NumberNode | KeywordNode | EmptyNode | CallNode | ComparisonNode;

/** Names of the attributes that a node reads, each once, in the order of their first appearance. */
export function attributesOf(node: ExpressionNode): readonly string[] {
  const names = new Set<string>();
  const visit = (part: ExpressionNode): void => {
    if (part.kind === 'attribute') names.add(part.name);
    else if (part.kind === 'call') part.args.forEach(visit);
    else if (part.kind === 'comparison') {
      visit(part.left);
      visit(part.right);
    }
  };
  visit(node);
  return [...names];
}
