import { isObject, listOf } from '../json.ts';

type Step = (values: readonly unknown[]) => unknown[];

/** Finds values in an object. */
export type JsonPath = (object: unknown) => unknown[];

const grammar =
  /\.([A-Za-z0-9_$-]+(?:\\\.[A-Za-z0-9_$/-]+)*)|\['([^']*)'\]|\["([^"]*)"\]|\[(-?\d+)\]|\[\*\]|\.\*|\[\?\(@((?:\.[A-Za-z0-9_-]+)+)\s*(==|!=)\s*(["'])(.*?)\7\)\]/y;

/** Compiles the subset of JSONPath that printer columns use: members, indices, wildcards and equality filters. Undefined when it is more. */
export function compileJsonPath(text: string): JsonPath | undefined {
  const source = text.startsWith('.') || text.startsWith('[') ? text : `.${text}`;
  const steps: Step[] = [];
  const scanner = new RegExp(grammar);
  while (scanner.lastIndex < source.length) {
    const match = scanner.exec(source);
    if (!match) return undefined;
    steps.push(stepOf(match));
  }
  return (object) => steps.reduce<unknown[]>((values, step) => step(values), [object]);
}

function stepOf(match: RegExpExecArray): Step {
  const [, dotted, single, double, index, filterPath, operator, , wanted] = match;
  const name = dotted?.replaceAll('\\.', '.') ?? single ?? double;
  if (name !== undefined) return (values) => values.flatMap((value) => (isObject(value) && value[name] !== undefined ? [value[name]] : []));
  if (index !== undefined) return (values) => values.flatMap((value) => listOf(value).slice(Number(index)).slice(0, 1));
  if (filterPath === undefined)
    return (values) =>
      values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : []));
  const inner = compileJsonPath(filterPath);
  const matches = (item: unknown): boolean => (inner?.(item)[0] === wanted) === (operator === '==');
  return (values) => values.flatMap((value) => listOf(value).filter(matches));
}
