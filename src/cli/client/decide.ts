import { annotations, type GroupProjection, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import { stagedOfGroup } from '../../core/groups/staged.ts';
import { isCreationStaged } from '../../core/guard/creations.ts';
import { isStaged } from '../../core/projection/groups.ts';
import { isPurgeHeld } from '../../core/purge/purge.ts';
import { until, type Around, type Terminal, type Waiting } from './act.ts';
import { ClientError, type Cluster } from './cluster.ts';
import { groupName, stagedText } from './groups.ts';
import { plain } from './table.ts';

/** How long a decision about one set may take before that about the next is written. */
const takeUpMs = 10 * 60_000;

type Deciding = 'approve' | 'reject';

const annotationOf = { approve: annotations.approveDeletions, reject: annotations.rejectDeletions } as const;

const decisionOf = { approve: 'Approved', reject: 'Rejected' } as const;

/** What a decision about a staged set means. */
const meaning = {
  Deletions: {
    approve: 'These accounts will be removed or blocked.',
    reject: 'These accounts stay as they are, until the person or the scope changes.',
  },
  Creations: {
    approve: 'These people will be invited.',
    reject: 'These people are not invited, until they or the scope change.',
  },
  Purges: {
    approve: 'These accounts, which are deleted already, will be deleted for good.',
    reject: 'These accounts are left to the recycle bin of the target.',
  },
} as const;

const meaningOfGroups = {
  approve: 'Groups lose these members, or are deleted.',
  reject: 'Groups stay as they are, until their members change.',
} as const;

/** A set that waits for a decision. */
interface StagedSet {
  readonly of: keyof typeof meaning;
  readonly token: string;
  readonly count: number;
  /** Share of the live accounts, where accounts are taken away. */
  readonly percent: number | undefined;
  /** Groups are among what is staged. */
  readonly hasGroups: boolean;
}

function stagedSets({ stagedDeletions, stagedCreations, stagedPurges }: SyncConfiguration['status']): readonly StagedSet[] {
  const byReason = stagedDeletions?.byReason;
  const sets = [
    { of: 'Deletions', ...stagedDeletions, hasGroups: (byReason?.GroupRemoved ?? 0) + (byReason?.MemberRemoved ?? 0) > 0 },
    { of: 'Creations', percent: undefined, hasGroups: false, ...stagedCreations },
    { of: 'Purges', percent: undefined, hasGroups: false, ...stagedPurges },
  ] as const;
  return sets.flatMap(({ of, token, count = 0, percent, hasGroups }) =>
    token === undefined ? [] : [{ of, token, count, percent, hasGroups }],
  );
}

export interface DecisionOptions {
  readonly yes: boolean;
  readonly waiting: Waiting;
}

/** Shows each staged set, asks, writes the decision about exactly this set, and waits until it was taken up. */
export async function decide(around: Around, what: Deciding, name: string, options: DecisionOptions): Promise<void> {
  const { cluster, terminal } = around;
  const sets = stagedSets((await cluster.get<SyncConfiguration>('syncConfiguration', name)).status);
  if (sets.length === 0) terminal.say(`SyncConfiguration ${name}: nothing waits for a decision.`);
  const user = sets.length === 0 ? undefined : await cluster.whoAmI();
  const decider = user === undefined ? {} : { [annotations.decidedBy]: user };
  for (const [index, set] of sets.entries()) {
    for (const line of await stagedLines(cluster, name, set)) terminal.say(line);
    const share = set.percent === undefined ? '' : `, ${set.percent} % of the live accounts`;
    const groups = set.hasGroups ? ` ${meaningOfGroups[what]}` : '';
    terminal.say(`${set.count} in all${share}. ${meaning[set.of][what]}${groups}`);
    if (!options.yes) await confirmed(terminal, what, set.count);
    await cluster.patch('syncConfiguration', name, { metadata: { annotations: { [annotationOf[what]]: set.token, ...decider } } });
    // The annotation takes one decision: the next would be written over this one before anybody has seen it.
    const isLast = index === sets.length - 1;
    const waiting = isLast || options.waiting.type === 'Until' ? options.waiting : { type: 'Until' as const, timeoutMs: takeUpMs };
    terminal.say(await takenUp(around, { what, name, set, waiting }));
  }
}

async function confirmed(terminal: Terminal, what: Deciding, count: number): Promise<void> {
  const answer = await terminal.ask(`${what} these ${count}? [y/N] `);
  if (answer === undefined) throw new ClientError(`Nobody is there to be asked: add --yes to ${what} without a question.`, 2);
  if (!/^y(es)?$/i.test(answer.trim())) throw new ClientError('Nothing was decided.');
}

interface Decided {
  readonly what: Deciding;
  readonly name: string;
  readonly set: StagedSet;
  readonly waiting: Waiting;
}

/** Waits until a decision was taken up. Gives the line that says so. */
async function takenUp(around: Around, { what, name, set, waiting }: Decided): Promise<string> {
  if (waiting.type === 'Nothing') return `SyncConfiguration ${name}: decided.`;
  let gone = 0;
  return until(around, {
    timeoutMs: waiting.timeoutMs,
    look: () => around.cluster.get<SyncConfiguration>('syncConfiguration', name),
    done: ({ status }) => {
      const last = status.lastHandledDeletionDecision;
      if (last?.token === set.token) {
        if (last.decision !== undefined && last.decision !== decisionOf[what])
          throw new ClientError(`Somebody else has decided about this set: it was ${last.decision.toLowerCase()}.`);
        return last.state === 'Done' ? `SyncConfiguration ${name}: ${decisionOf[what]}.` : undefined;
      }
      const now = stagedSets(status).find(({ of }) => of === set.of);
      if (now !== undefined && now.token !== set.token)
        throw new ClientError(`The set has changed meanwhile, and nothing was decided. Look again: kubectl tenantsync ${what} ${name}`);
      // The operator writes a decision down before the set goes: without one, nobody will decide about a set that stays away.
      gone = now === undefined ? gone + 1 : 0;
      if (gone >= 3) throw new ClientError(`The set is not staged any more, and nothing was decided. Look at: kubectl tenantsync status`);
      return undefined;
    },
  });
}

/** The staged set by reason and name; by number alone for whoever may not read records. */
async function stagedLines(cluster: Cluster, configuration: string, set: StagedSet): Promise<readonly string[]> {
  const groups = set.of === 'Deletions' && set.hasGroups ? await shown('groups', () => groupLines(cluster, configuration)) : [];
  return [...(await shown('people', () => peopleLines(cluster, configuration, set))), ...groups];
}

async function shown(what: 'people' | 'groups', lines: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await lines();
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return [`(The ${what} are not shown. ${error.message})`];
  }
}

/** What of groups waits: each with how many people would leave it. */
async function groupLines(cluster: Cluster, configuration: string): Promise<readonly string[]> {
  const records = await cluster.list<GroupProjection>('groupProjection');
  const lines = records
    .filter(({ spec }) => spec.syncConfigurationRef.name === configuration)
    .flatMap((record) => {
      const staged = stagedOfGroup(record);
      return staged === undefined ? [] : [`  ${groupName(record)}: ${stagedText(staged)}`];
    });
  return lines.length === 0 ? [] : [`${lines.length} × Group:`, ...lines.toSorted()];
}

async function peopleLines(cluster: Cluster, configuration: string, { of }: StagedSet): Promise<readonly string[]> {
  const records = await cluster.list<UserProjection>('userProjection');
  const staged = records.filter((record) => record.spec.syncConfigurationRef.name === configuration && waitsIn[of](record));
  const why = ({ spec }: UserProjection): string => (of === 'Deletions' ? harmOf(spec) : of === 'Creations' ? 'Create' : 'Purge');
  const groups = new Map<string, string[]>();
  for (const record of staged) {
    const { userPrincipalName, objectId } = record.spec.source;
    groups.set(why(record), [...(groups.get(why(record)) ?? []), plain(userPrincipalName ?? objectId)]);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([reason, people]) => [`${people.length} × ${reason}:`, ...people.toSorted().map((person) => `  ${person}`)]);
}

/** Whether a record is of a staged set. */
const waitsIn: Readonly<Record<StagedSet['of'], (record: UserProjection) => boolean>> = {
  Deletions: isStaged,
  Creations: isCreationStaged,
  Purges: isPurgeHeld,
};

function harmOf({ lifecycle, removal, blockStaged, memberStrategy }: UserProjection['spec']): string {
  if (lifecycle === 'RemovalStaged') return `${removal?.action ?? 'removal'}, ${removal?.reason ?? ''}`;
  return blockStaged === true ? 'Block, source user disabled' : `Convert, ${memberStrategy ?? 'InviteAsMember'}`;
}
