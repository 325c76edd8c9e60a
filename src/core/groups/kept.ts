import { hashOf } from '../hash.ts';

/** Two people of one group have the same mark once in four billion pairs: then somebody stays in it who could go. */
const markLength = 8;
const mostMarks = 32_768;
const everybody = '*';

const markOf = (account: string): string => hashOf(account.toLowerCase()).slice(0, markLength);

/** The members that a group had before it was taken over, as its status keeps them: a mark for each. Of more than it can keep all are meant. */
export function keptOf(accounts: readonly string[]): string {
  if (accounts.length > mostMarks) return everybody;
  return [...new Set(accounts.map(markOf))].sort().join('');
}

/** Whether a member was in the group before it was taken over. */
export function keeperOf(kept: string): (account: string) => boolean {
  if (kept === everybody) return () => true;
  const marks = new Set(kept.match(new RegExp(`.{${markLength}}`, 'g')));
  return (account) => marks.has(markOf(account));
}
