import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { ApprovedWork } from '../../core/cycle/approved.ts';
import { formatDuration, timestamp } from '../../core/duration.ts';
import { approvedGroupOf } from '../../core/projection/groups.ts';
import { groupIndexes } from '../shared/dependencies.ts';
import type { WhoseAll } from './projections.ts';

type History = NonNullable<SyncConfigurationStatus['history']>;
type Entry = History[number];

/** As many cycles as status remembers. */
const historyLength = 10;

/** The history with one more cycle: the oldest that has ended goes, for what is under way is counted nowhere else. */
export function withCycle(history: History, cycle: Entry): History {
  const all = [cycle, ...history];
  if (all.length <= historyLength) return all;
  const oldest = all.findLastIndex((entry) => !isUnderWay(entry));
  return all.filter((_, at) => at !== (oldest < 1 ? all.length - 1 : oldest)).slice(0, historyLength);
}

/** The counts of a cycle of the past: what is not there was not done. */
export function withoutZeros(operations: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(operations).filter(([, count]) => count > 0));
}

/** The cycle of an approved set, as it begins: it ends when everything that was approved is carried out, has failed, or holds no more. */
export function approvedCycle(token: string, startedAt: string): Entry {
  return { id: token, kind: 'Approved', startedAt };
}

/** The history with the approved sets ended that are over: it is read off the records, so that no restart forgets it. `now` in epoch milliseconds. */
export function endApproved(whose: WhoseAll, history: History, now: number): History {
  return history.map((entry) => (isUnderWay(entry) && countOf(whose, entry)('Open') === 0 ? ended(whose, entry, now) : entry));
}

/** Whether anything of people or groups was approved under a token. */
export function hasApproved(whose: WhoseAll, token: string): boolean {
  const count = countOf(whose, { id: token });
  return (['Open', 'delete', 'disable', 'update', 'skip', 'failure'] as const).some((outcome) => count(outcome) > 0);
}

const isUnderWay = ({ kind, completedAt }: Entry): boolean => kind === 'Approved' && completedAt === undefined;

function countOf({ deps, configurationKey }: WhoseAll, { id: token = '' }: Entry) {
  return (outcome: ApprovedWork['outcome']): number => {
    const name = approvedGroupOf(configurationKey, { token, outcome });
    return deps.projections.lister.count(name) + deps.groups.lister.byIndex(groupIndexes.approved, name).length;
  };
}

function ended(whose: WhoseAll, entry: Entry, now: number): Entry {
  const count = countOf(whose, entry);
  const failure = count('failure');
  return {
    ...entry,
    result: failure > 0 ? 'EntryLevelErrors' : 'Succeeded',
    completedAt: timestamp(now),
    duration: formatDuration(Math.max(0, now - Date.parse(entry.startedAt ?? ''))),
    operations: withoutZeros({
      update: count('update'),
      disable: count('disable'),
      delete: count('delete'),
      skip: count('skip'),
      failure,
    }),
  };
}
