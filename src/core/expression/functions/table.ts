import { dateFunctions } from './dates.ts';
import { generatedFunctions } from './generated.ts';
import { listFunctions } from './lists.ts';
import { logicFunctions } from './logic.ts';
import { numberFunctions } from './numbers.ts';
import { replaceFunction } from './replace.ts';
import { roleFunctions } from './roles.ts';
import type { FunctionSpec } from './spec.ts';
import { textFunctions } from './text.ts';

/** Every function of the language by its name, which the checker, the evaluator and the documentation share. */
export const functions: ReadonlyMap<string, FunctionSpec> = new Map(
  [
    ...textFunctions,
    ...listFunctions,
    ...logicFunctions,
    ...numberFunctions,
    ...dateFunctions,
    ...generatedFunctions,
    ...roleFunctions,
    replaceFunction,
  ]
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .map((spec) => [spec.name, spec]),
);

/** Functions that Entra has for itself, and what stands in their place here. */
export const foreignFunctions: ReadonlyMap<string, string> = new Map([
  ['AltSecIdFromNetId', 'Entra keeps it for its matching attribute; matching here is not an expression'],
]);
