import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { evaluateCase, type CaseWorld } from '../core/evaluation-case.ts';
import { caretLines } from '../core/expression/errors.ts';
import { readInput } from './read-input.ts';

export const evaluateHelp = `Usage: tenantsync evaluate < cases.jsonl
       tenantsync evaluate --expression TEXT [--attributes FILE]

Evaluates expressions and scoping filters without any tenant or cluster.

Without flags: JSON Lines on standard input, each {"id", "expression" or "filter", "attributes", "now"?,
"existingTargetValues"?, "defaultDomain"?}, where an id is text or a number; JSON Lines on standard output, in the same order, each
{"id", "value"} or {"id", "error": {"message", "position"?}}.

  --expression TEXT   evaluate this one and print its value as JSON
  --attributes FILE   JSON object with the attributes of a user (- for standard input); without it no attribute has a value
`;

/** Where the command reads and writes. */
export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
}

/** One line of input as one line of output. Never throws. */
export function evaluateLine(line: string, world: CaseWorld): string {
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch (error) {
    return JSON.stringify({ id: null, error: { message: `not JSON: ${(error as Error).message}` } });
  }
  const given = typeof input === 'object' && input !== null && 'id' in input ? input.id : null;
  // Nothing else is repeated: an id that is nested deep could not be written.
  const id = typeof given === 'string' || typeof given === 'number' ? given : null;
  try {
    return JSON.stringify({ id, ...evaluateCase(input, world) });
  } catch (error) {
    return JSON.stringify({ id, error: { message: `cannot be evaluated: ${(error as Error).message}` } });
  }
}

async function evaluateStream({ input, output }: Streams, world: CaseWorld): Promise<number> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    if (!output.write(`${evaluateLine(line, world)}\n`)) await once(output, 'drain');
  }
  return 0;
}

async function evaluateOne(expression: string, file: string | undefined, streams: Streams, world: CaseWorld): Promise<number> {
  let attributes: unknown;
  try {
    const text =
      file === undefined
        ? '{}'
        : file === '-'
          ? (await readInput(streams.input, Number.POSITIVE_INFINITY)).toString('utf8')
          : readFileSync(file, 'utf8');
    attributes = JSON.parse(text);
  } catch (error) {
    streams.errors.write(`tenantsync evaluate: --attributes: ${file ?? ''}: ${(error as Error).message}\n`);
    return 2;
  }
  const result = evaluateCase({ expression, attributes }, world);
  if ('value' in result) {
    streams.output.write(`${JSON.stringify(result.value)}\n`);
    return 0;
  }
  const { message, position } = result.error;
  streams.errors.write(`${position === undefined ? '' : `${caretLines(expression, position)}\n`}tenantsync evaluate: ${message}\n`);
  return 1;
}

/** Runs the command. Resolves with the exit status: 1 when the one expression has no value, 2 when the command is not right. */
export async function runEvaluate(args: readonly string[], streams: Streams, world: CaseWorld): Promise<number> {
  let values: { expression?: string; attributes?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { expression: { type: 'string' }, attributes: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }));
  } catch (error) {
    streams.errors.write(`tenantsync evaluate: ${(error as Error).message}\n`);
    return 2;
  }
  if (values.help === true) {
    streams.output.write(evaluateHelp);
    return 0;
  }
  if (values.expression !== undefined) return evaluateOne(values.expression, values.attributes, streams, world);
  if (values.attributes === undefined) return evaluateStream(streams, world);
  streams.errors.write('tenantsync evaluate: --attributes goes with --expression\n');
  return 2;
}
