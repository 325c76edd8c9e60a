import type { CallNode, ExpressionNode } from './ast.ts';
import { asBigInteger } from './values.ts';
import { intervals } from './dates/calendar.ts';
import { parseDate } from './dates/text.ts';
import { CompileFailure } from './errors.ts';
import type { FunctionSpec, Parameter, ParameterKind } from './functions/spec.ts';
import { foreignFunctions, functions } from './functions/table.ts';
import { didYouMean, suggest } from './suggest.ts';

/** What an expression is checked against. */
export interface CheckOptions {
  /** Why a source attribute cannot be read, undefined when it can; left out: any name is taken. */
  readonly refusalOf?: (name: string) => string | undefined;
  /** Attributes that refer to other objects and have no value to work with; `manager` unless told otherwise. */
  readonly references?: ReadonlySet<string>;
  /** False where there are no values of the target to choose against. */
  readonly selectUniqueValue?: boolean;
}

const managerAlone: ReadonlySet<string> = new Set(['manager']);

function refuse(
  node: ExpressionNode,
  message: string,
  more: { readonly expected?: string; readonly suggestion?: string | undefined } = {},
): never {
  const { expected, suggestion } = more;
  throw new CompileFailure({
    message: `${message}${didYouMean(suggestion)}`,
    position: node.position,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** The parameter that an argument is for; repeated ones come around again. */
export function parameterAt(spec: FunctionSpec, index: number): Parameter | undefined {
  const { parameters, repeats } = spec;
  if (index < parameters.length || repeats === undefined) return parameters[index];
  return parameters[parameters.length - repeats + ((index - parameters.length) % repeats)];
}

/** How a function is called, for messages and documentation. */
export function signature({ name, parameters, repeats }: FunctionSpec): string {
  const shown = parameters.map((parameter) => (parameter.optional === true ? `[${parameter.name}]` : parameter.name));
  return `${name}(${[...shown, ...(repeats === undefined ? [] : ['...'])].join(', ')})`;
}

/** The arguments as the function's parameters stand, whatever was left out without a comma or added as an empty end. */
export function alignArguments(spec: FunctionSpec, node: CallNode): readonly ExpressionNode[] {
  const args = [...node.args];
  while (spec.repeats === undefined && args.length > spec.parameters.length && args.at(-1)?.kind === 'empty') args.pop();
  if (spec.shortForm?.count === args.length) args.splice(spec.shortForm.leavesOut, 0, { kind: 'empty', position: node.position });
  return args;
}

function specOf(node: CallNode): FunctionSpec {
  const spec = functions.get(node.name);
  if (spec !== undefined) return spec;
  const foreign = foreignFunctions.get(node.name);
  if (foreign !== undefined) refuse(node, `the function ${node.name} is not available: ${foreign}`);
  return refuse(node, `there is no function ${node.name}`, { suggestion: suggest(node.name, functions.keys()) });
}

function checkCount(spec: FunctionSpec, node: CallNode, args: readonly ExpressionNode[]): void {
  const { parameters, repeats } = spec;
  const expected = signature(spec);
  const tooMany = repeats === undefined && args.length > parameters.length;
  if (tooMany)
    refuse(args[parameters.length] ?? node, `${spec.name} takes at most ${parameters.length} arguments: ${expected}`, { expected });
  for (const [index, parameter] of parameters.entries()) {
    if (parameter.optional !== true && (args[index]?.kind ?? 'empty') === 'empty') {
      refuse(args[index] ?? node, `argument ${index + 1} (${parameter.name}) of ${spec.name} is missing: ${expected}`, { expected });
    }
  }
  if (repeats === 2 && (args.length % 2 === 1 || args.length < parameters.length)) {
    refuse(args.at(-1) ?? node, `${spec.name} takes its keys and values in pairs, so an even number of arguments: ${expected}`, {
      expected,
    });
  }
}

/** Values that are written out are checked at once. */
function checkLiteral(kind: ParameterKind, text: string): string | undefined {
  if (kind === 'integer') return asBigInteger(text) === null ? 'a whole number' : undefined;
  if (kind === 'interval') return intervals.some((interval) => interval === text) ? undefined : `one of ${intervals.join(', ')}`;
  if (kind === 'date')
    return text === '' || parseDate(text) !== null ? undefined : 'a date such as 2026-01-31, 2026-01-31T08:00:00Z or 1/31/2026';
  return undefined;
}

class Checker {
  readonly #options: CheckOptions;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  /** `kind` says what the place takes. */
  check(node: ExpressionNode, kind: ParameterKind, place: string): void {
    switch (node.kind) {
      case 'attribute':
        this.#attribute(node.name, node);
        break;
      case 'call':
        this.#call(node, false);
        break;
      case 'comparison':
        if (kind !== 'condition') refuse(node, `a comparison stands only as the condition of IIF and CBool, not as ${place}`);
        this.check(node.left, 'value', 'a side of a comparison');
        this.check(node.right, 'value', 'a side of a comparison');
        break;
      case 'keyword':
        this.#keyword(node.name, node, kind, place);
        break;
      case 'text':
      case 'number': {
        const expected = checkLiteral(kind, node.kind === 'text' ? node.value : node.text);
        if (expected !== undefined) refuse(node, `${place} must be ${expected}`, { expected });
        break;
      }
      case 'empty':
        break;
    }
  }

  root(node: ExpressionNode): void {
    if (node.kind === 'call' && node.name === 'SelectUniqueValue') this.#call(node, true);
    else this.check(node, 'result', 'the whole expression');
  }

  #attribute(name: string, node: ExpressionNode): void {
    const { refusalOf, references = managerAlone } = this.#options;
    if (references.has(name))
      refuse(node, `${name} refers to another object and has no value to work with`, { expected: 'an attribute with a value' });
    const refusal = refusalOf?.(name);
    if (refusal !== undefined) refuse(node, refusal);
  }

  #keyword(name: string, node: ExpressionNode, kind: ParameterKind, place: string): void {
    const compares = name === 'vbTextCompare' || name === 'vbBinaryCompare';
    if (compares && kind !== 'compare') refuse(node, `${name} belongs into the fourth argument of InStr, not into ${place}`);
    if (!compares && kind !== 'result') refuse(node, `${name} belongs into a result of IIF or Switch, not into ${place}`);
  }

  #call(node: CallNode, outermost: boolean): void {
    const spec = specOf(node);
    if (node.name === 'SelectUniqueValue') {
      if (!outermost)
        refuse(node, 'SelectUniqueValue stands outside every other function', { expected: 'a function other than SelectUniqueValue' });
      if (this.#options.selectUniqueValue === false)
        refuse(node, 'SelectUniqueValue cannot be used here: no attribute that is written to another tenant has to be unique');
    }
    const args = alignArguments(spec, node);
    checkCount(spec, node, args);
    for (const [index, arg] of args.entries()) {
      const parameter = parameterAt(spec, index);
      const place = `argument ${index + 1} (${parameter?.name ?? ''}) of ${spec.name}`;
      this.check(arg, parameter?.kind ?? 'value', place);
    }
  }
}

/** Checks a parsed expression as a whole; throws {@link CompileFailure} at the first thing that is wrong. */
export function checkExpression(node: ExpressionNode, options: CheckOptions): void {
  new Checker(options).root(node);
}
