import { attributesOf, type CallNode, type ComparisonNode, type ExpressionNode, type KeywordNode, type NumberNode } from './ast.ts';
import { Call, type Compilation } from './call.ts';
import { alignArguments, parameterAt } from './check.ts';
import { compareValues } from './compare.ts';
import { EvaluationFailure, FlowSignal } from './errors.ts';
import { functions } from './functions/table.ts';
import type { Evaluator } from './scope.ts';
import { asBigInteger, asNumber, fromBigInteger, isEmpty, isList } from './values.ts';

const signals = {
  IgnoreAttributeFlow: new FlowSignal('IgnoreAttributeFlow'),
  IgnoreObjectFlow: new FlowSignal('IgnoreObjectFlow'),
} as const;

function compileNumber({ text }: NumberNode): Evaluator {
  const integer = asBigInteger(text);
  const value = integer === null ? asNumber(text) : fromBigInteger(integer);
  // A number too long to be one is its digits.
  const constant = value ?? text;
  return () => constant;
}

function compileKeyword({ name }: KeywordNode): Evaluator {
  if (name === 'vbTextCompare' || name === 'vbBinaryCompare') return () => name;
  const signal = signals[name];
  return () => {
    throw signal;
  };
}

/** A comparison in which either side has no value fails, whatever the operator. */
function compileComparison(node: ComparisonNode, compilation: Compilation): Evaluator {
  const { operator, position } = node;
  const left = compileNode(node.left, compilation);
  const right = compileNode(node.right, compilation);
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    if (isEmpty(a) || isEmpty(b) || a === null || b === null) return false;
    if (isList(a) || isList(b)) {
      const inputs = attributesOf(node);
      throw new EvaluationFailure({ message: `several values cannot be compared; read from ${inputs.join(', ')}`, position, inputs });
    }
    return compareValues(operator, a, b);
  };
}

function compileCall(node: CallNode, compilation: Compilation): Evaluator {
  const spec = functions.get(node.name);
  if (spec === undefined) throw new RangeError(`the checker lets no unknown function pass: ${node.name}`);
  const nodes = alignArguments(spec, node);
  const args = nodes.map((arg) => (arg.kind === 'empty' ? undefined : compileNode(arg, compilation)));
  const names = nodes.map((_, index) => parameterAt(spec, index)?.name ?? '');
  const call = new Call({ ...node, args: nodes }, args, names, compilation);
  return call.bounded(spec.build(call));
}

/** Compiles a checked expression to closures. */
export function compileNode(node: ExpressionNode, compilation: Compilation): Evaluator {
  switch (node.kind) {
    case 'attribute': {
      const { name, position } = node;
      return (scope) => scope.read(name, position);
    }
    case 'text': {
      const { value } = node;
      return () => value;
    }
    case 'number':
      return compileNumber(node);
    case 'keyword':
      return compileKeyword(node);
    case 'empty':
      return () => null;
    case 'call':
      return compileCall(node, compilation);
    case 'comparison':
      return compileComparison(node, compilation);
  }
}
