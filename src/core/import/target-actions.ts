import { quoted, type Problem } from './problem.ts';
import type { EntraObjectMapping } from './schema.ts';
import { member, problemAt } from './untrusted.ts';

const actions: ReadonlyMap<string, string> = new Map([
  ['add', 'Create'],
  ['update', 'Update'],
  ['delete', 'Delete'],
]);

/** What may be done in the target. A job that does not say it is not guessed at: the guess could delete people. */
export function takeTargetActions({ at, flowTypes }: EntraObjectMapping, problems: Problem[]): readonly string[] {
  const wayOut = 'write the actions of the portal (Create is Add) as in "Add, Update, Delete"';
  const refuse = (what: string): readonly string[] => {
    problems.push(problemAt(member(at, 'flowTypes'), { what, wayOut }));
    return [];
  };
  if (flowTypes === undefined) return refuse('the target object actions are missing');
  const words = flowTypes
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '' && word !== 'none');
  const unknown = words.filter((word) => !actions.has(word));
  if (unknown.length > 0) return refuse(`the target object action ${unknown.map(quoted).join(', ')} is not known`);
  return [...actions].filter(([word]) => words.includes(word)).map(([, action]) => action);
}
