import { compileExpression, type Expression } from '../expression/expression.ts';
import { lineAndColumn } from '../expression/errors.ts';
import { conform } from './conform.ts';
import type { MappingSpec } from './default-mappings.ts';
import type { CompiledMapping } from './evaluate.ts';
import { sourceRefusal } from './source-attributes.ts';
import { targetAttribute } from './target-attributes.ts';

/** What is wrong with a mapping, for a condition. */
export interface MappingProblem {
  readonly reason: 'InvalidMapping' | 'InvalidExpression';
  readonly message: string;
}

/** "column 8", or "line 2, column 8" of a text of several lines. */
export function placeIn(text: string, position: number): string {
  const { line, column } = lineAndColumn(text, position);
  return text.includes('\n') ? `line ${line}, column ${column}` : `column ${column}`;
}

/** Compiles an expression that stands in the spec at `path`; what is wrong is told with path and column. */
export function compileAt(path: string, text: string): Expression | MappingProblem {
  const result = compileExpression(text, { refusalOf: sourceRefusal, selectUniqueValue: false });
  if (result.ok) return result.expression;
  const { message, position } = result.error;
  return { reason: 'InvalidExpression', message: `${path}: ${placeIn(text, position)}: ${message}` };
}

/** Whether the target and its constants are what the directory takes. */
function checkTarget(mapping: MappingSpec, path: string): MappingProblem | undefined {
  const invalid = (field: string, what: string): MappingProblem => ({ reason: 'InvalidMapping', message: `${path}${field}: ${what}` });
  const rules = targetAttribute(mapping.target);
  if ('refusal' in rules) return invalid('', `${mapping.target} cannot be synchronized: ${rules.refusal}`);
  for (const field of ['constant', 'defaultValue'] as const) {
    const given = mapping[field];
    const conforming = given === undefined ? undefined : conform(mapping.target, given);
    if (conforming && 'problem' in conforming) return invalid(`.${field}`, conforming.problem);
  }
  if (mapping.whenNull === 'Clear' && rules.required === true)
    return invalid('.whenNull', `the directory does not let ${mapping.target} be emptied; use whenNull: Keep`);
  return undefined;
}

/** Checks one mapping and makes it ready to be evaluated. */
export function compileMapping(mapping: MappingSpec): CompiledMapping | MappingProblem {
  const path = `spec.attributeMappings[target=${mapping.target}]`;
  if (mapping.target === 'manager') {
    const direct = mapping.source === 'manager' && mapping.expression === undefined && mapping.constant === undefined;
    return direct ? mapping : { reason: 'InvalidMapping', message: `${path}: the manager can only come from source: manager` };
  }
  const problem = checkTarget(mapping, path);
  if (problem) return problem;
  if (mapping.source !== undefined) {
    const refusal = mapping.source === 'manager' ? 'the manager can only go to target: manager' : sourceRefusal(mapping.source);
    if (refusal !== undefined) return { reason: 'InvalidMapping', message: `${path}.source: ${refusal}` };
  }
  if (mapping.expression === undefined) return mapping;
  const compiled = compileAt(`${path}.expression`, mapping.expression);
  return 'reason' in compiled ? compiled : { ...mapping, compiled };
}
