import { hashOf } from '../hash.ts';

/** Two people of one group have the same mark once in four billion pairs: then somebody stays in it who could go. */
const markLength = 8;
const mostMarks = 32_768;
const everybody = '*';

const markOf = (account: string): string => hashOf(account.toLowerCase()).slice(0, markLength);

/** Members as a status keeps them: a mark for each; undefined where they are more than it can keep. */
export function marksOf(accounts: readonly string[]): string | undefined {
  return accounts.length > mostMarks ? undefined : [...new Set(accounts.map(markOf))].sort().join('');
}

/** Whether a member is one of those. */
export function isMarked(marks: string): (account: string) => boolean {
  const known = new Set(marks.match(new RegExp(`.{${markLength}}`, 'g')));
  return (account) => known.has(markOf(account));
}

/** The members that a group had before it was taken over. Of more than a status can keep all are meant. */
export function keptOf(accounts: readonly string[]): string {
  return marksOf(accounts) ?? everybody;
}

/** Whether a member was in the group before it was taken over. */
export function keeperOf(kept: string): (account: string) => boolean {
  return kept === everybody ? () => true : isMarked(kept);
}
