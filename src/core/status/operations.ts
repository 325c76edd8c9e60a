import type { SyncConfigurationStatus } from '../../api/generated.ts';

/** What was done, by action: of people, and of groups. */
export type Operations = Pick<NonNullable<NonNullable<SyncConfigurationStatus['history']>[number]>, 'operations' | 'groupOperations'>;

/** What a cycle has done, in words: `create 2, update 1; groups: addMembers 20`. Empty where it was nothing. */
export function operationsText({ operations = {}, groupOperations = {} }: Operations): string {
  const inWords = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([operation, count]) => `${operation} ${count}`)
      .join(', ');
  const groups = inWords(groupOperations);
  return [inWords(operations), groups === '' ? '' : `groups: ${groups}`].filter((text) => text !== '').join('; ');
}
