import { annotations, type SyncConfiguration, type TenantPair, type UserProjection } from '../../api/kinds.ts';
import { isCreationStaged } from '../../core/guard/creations.ts';
import { isStaged } from '../../core/projection/groups.ts';
import { isPurgeHeld } from '../../core/purge/purge.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { sleep, type Clock, type Random } from '../../ports/clock.ts';
import { ClientError, PassingError, type Cluster } from './cluster.ts';
import { plain } from './table.ts';

/** Where a command tells of its progress, and what it may ask. */
export interface Terminal {
  /** Lines of the result. */
  readonly say: (line: string) => void;
  /** Progress, which is no result. */
  readonly note: (line: string) => void;
  /** Asks a question; undefined where nobody is there to answer. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

export interface Around {
  readonly cluster: Cluster;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
}

/** How long to wait for what was asked for, in milliseconds; `Nothing`: not at all. */
export type Waiting = { readonly type: 'Nothing' } | { readonly type: 'Until'; readonly timeoutMs: number };

const pollMs = 1000;
/** How long a decision about one set may take before that about the next is written. */
const takeUpMs = 10 * 60_000;

/** A resource to look at again and again, until `done` gives the line that says so. */
interface Awaited<T> {
  readonly timeoutMs: number;
  readonly look: () => Promise<T>;
  readonly done: (seen: T) => string | undefined;
}

/** Rejects with status 3 when the time is over, saying how the resource stands. */
export async function until<T extends SyncConfiguration | TenantPair>({ clock, terminal }: Around, awaited: Awaited<T>): Promise<string> {
  const end = clock.monotonic() + awaited.timeoutMs;
  for (let told = ''; ;) {
    const seen = await unlessPassing(awaited.look);
    const result = seen instanceof PassingError ? undefined : awaited.done(seen);
    if (result !== undefined) return result;
    const now = seen instanceof PassingError ? seen.message : standingOf(seen);
    if (now !== told) terminal.note(now);
    told = now;
    if (clock.monotonic() >= end) throw new ClientError(`Timed out. ${now}`, 3);
    await sleep(clock, Math.min(pollMs, end - clock.monotonic()));
  }
}

/** What was asked for goes on though the cluster cannot be asked about it for a moment. */
async function unlessPassing<T>(look: () => Promise<T>): Promise<T | PassingError> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof PassingError) return error;
    throw error;
  }
}

/** How a resource stands, in one line. */
export function standingOf({ status }: SyncConfiguration | TenantPair): string {
  const ready = findCondition(status.conditions, 'Ready');
  // While the cycle is all that there is to say, Ready says more of it.
  const at = ready?.reason === 'Progressing' || !('currentCycle' in status) ? '' : cycleOf(status.currentCycle);
  return `Ready=${ready?.status ?? 'Unknown'} ${ready?.reason ?? 'Progressing'}: ${plain(ready?.message ?? 'not looked at yet.')}${at}`;
}

function cycleOf(cycle: SyncConfiguration['status']['currentCycle']): string {
  const { kind = '', phase, usersRead = 0, written = 0, pending = 0 } = cycle ?? {};
  return phase === undefined
    ? ''
    : ` Cycle ${kind}: ${phase}, ${usersRead} users read, ${written} of ${written + pending} changes carried out.`;
}

const requests = {
  sync: { annotation: annotations.requestedAt, answered: 'lastHandledReconcileAt' },
  restart: { annotation: annotations.restartedAt, answered: 'lastHandledRestartAt' },
} as const;

/** Asks for a cycle (`sync`) or for one that reads everything (`restart`), and waits for its end. */
export async function request(around: Around, what: keyof typeof requests, name: string, waiting: Waiting): Promise<void> {
  const { cluster, terminal, random } = around;
  const { annotation, answered } = requests[what];
  const token = random.uuid();
  const before = await cluster.patch<SyncConfiguration>('syncConfiguration', name, { metadata: { annotations: { [annotation]: token } } });
  if (waiting.type === 'Nothing') {
    terminal.say(`SyncConfiguration ${name}: asked for.`);
    return;
  }
  const line = await until(around, {
    timeoutMs: waiting.timeoutMs,
    look: () => cluster.get<SyncConfiguration>('syncConfiguration', name),
    done: (seen) => (seen.status[answered] === token ? cycleLine(name, { before, seen }) : undefined),
  });
  terminal.say(line);
}

function cycleLine(name: string, { before, seen }: { readonly before: SyncConfiguration; readonly seen: SyncConfiguration }): string {
  const { lastCycle } = seen.status;
  if (findCondition(seen.status.conditions, 'Ready')?.reason === 'Suspended') {
    throw new ClientError(`SyncConfiguration ${name} is suspended, so that no cycle runs: kubectl tenantsync resume ${name}`);
  }
  if (lastCycle === undefined || lastCycle.id === before.status.lastCycle?.id) {
    throw new ClientError(`SyncConfiguration ${name}: no cycle was run. ${standingOf(seen)}`);
  }
  const done = Object.entries(lastCycle.operations ?? {}).filter(([, count]) => count > 0);
  const what = done.map(([operation, count]) => `${operation} ${count}`).join(', ') || 'nothing to do';
  if (lastCycle.result === 'Failed' || lastCycle.result === 'Stopped') {
    throw new ClientError(`SyncConfiguration ${name}: the cycle ${lastCycle.result.toLowerCase()}. ${standingOf(seen)}`);
  }
  return `SyncConfiguration ${name}: ${lastCycle.result ?? 'done'}, ${what}. ${standingOf(seen)}`;
}

type Answered = NonNullable<SyncConfiguration['status']['lastHandledExplainUsers']>;

const aboutUsers = {
  provision: { annotation: annotations.provisionUsers, answered: 'lastHandledProvisionUsers' },
  explain: { annotation: annotations.explainUsers, answered: 'lastHandledExplainUsers' },
} as const;

/** Has a configuration provision users, or explain what it would do with them, and gives its answer. */
export async function askAbout(
  around: Around,
  what: keyof typeof aboutUsers,
  { configuration, users }: { readonly configuration: string; readonly users: readonly string[] },
  timeoutMs: number,
): Promise<Answered> {
  const { cluster, random } = around;
  const { annotation, answered } = aboutUsers[what];
  const strange = users.find((user) => /[,:]/.test(user));
  if (strange !== undefined) throw new ClientError(`${JSON.stringify(strange)} is no user principal name and no object id.`, 2);
  const token = random.uuid();
  const value = `${token}:${users.join(',')}`;
  await cluster.patch('syncConfiguration', configuration, { metadata: { annotations: { [annotation]: value } } });
  let answer: Answered = {};
  await until(around, {
    timeoutMs,
    look: () => cluster.get<SyncConfiguration>('syncConfiguration', configuration),
    done: ({ status }) => {
      answer = status[answered] ?? {};
      return answer.token === token ? 'answered' : undefined;
    },
  });
  if (answer.message !== undefined) throw new ClientError(`SyncConfiguration ${configuration}: ${plain(answer.message)}`);
  return answer;
}

/** The answer about users, in words. */
export function answerLines(configuration: string, { results = [] }: Answered): readonly string[] {
  return results.flatMap(({ user = '', result = '', reason = '', decisions = [] }) => [
    `${plain(user)}, by configuration ${configuration}: ${result}${reason === '' ? '' : ` (${reason})`}`,
    ...decisions.map(({ step = '', outcome = '', detail = '' }) => `  ${step.padEnd(9)} ${outcome.padEnd(18)} ${plain(detail)}`.trimEnd()),
  ]);
}

/** A resource that can be paused, as named on the command line: `NAME`, `synccfg/NAME`, `pair/NAME`. */
export interface Named {
  readonly kind: 'tenantPair' | 'syncConfiguration';
  readonly name: string;
}

const kindNames: Readonly<Record<string, Named['kind']>> = {
  pair: 'tenantPair',
  tenantpair: 'tenantPair',
  tenantpairs: 'tenantPair',
  tpair: 'tenantPair',
  synccfg: 'syncConfiguration',
  syncconfiguration: 'syncConfiguration',
  syncconfigurations: 'syncConfiguration',
};

export function named(text: string): Named {
  const slash = text.indexOf('/');
  if (slash < 0) return { kind: 'syncConfiguration', name: text };
  const kind = kindNames[text.slice(0, slash).toLowerCase()];
  if (kind === undefined) throw new ClientError(`${text.slice(0, slash)} is no kind: use tenantpair/NAME or syncconfiguration/NAME.`, 2);
  return { kind, name: text.slice(slash + 1) };
}

/** Pauses or resumes a pair or configuration, and waits until the operator has seen it. */
export async function pause(
  around: Around,
  { kind, name }: Named,
  { suspend, waiting }: { readonly suspend: boolean; readonly waiting: Waiting },
): Promise<void> {
  const { cluster, terminal } = around;
  await cluster.patch(kind, name, { spec: { suspend } });
  const shown = `${kind === 'tenantPair' ? 'TenantPair' : 'SyncConfiguration'} ${name}`;
  if (waiting.type === 'Nothing') {
    terminal.say(
      suspend ? `${shown} is suspended: once the operator has seen it, nothing is written to a tenant for it.` : `${shown} goes on.`,
    );
    return;
  }
  await until(around, {
    timeoutMs: waiting.timeoutMs,
    look: () => cluster.get<SyncConfiguration | TenantPair>(kind, name),
    done: ({ status }) => {
      const reason = findCondition(status.conditions, 'Ready')?.reason;
      return reason !== undefined && (reason === 'Suspended') === suspend ? reason : undefined;
    },
  });
  terminal.say(suspend ? `${shown} is suspended: nothing is written to a tenant for it.` : `${shown} goes on.`);
}

const resumed = (kind: Named['kind'], name: string): string => (kind === 'tenantPair' ? `tenantpair/${name}` : name);

/** Waits until a pair or configuration is Ready for what its spec says now. */
export async function waitForReady(around: Around, { kind, name }: Named, timeoutMs: number): Promise<void> {
  const { cluster, terminal } = around;
  const line = await until(around, {
    timeoutMs,
    look: () => cluster.get<SyncConfiguration | TenantPair>(kind, name),
    done: (seen) => {
      const ready = findCondition(seen.status.conditions, 'Ready');
      const stalled = findCondition(seen.status.conditions, 'Stalled')?.status === 'True';
      const current = seen.status.observedGeneration === seen.metadata.generation;
      if (seen.spec.suspend && ready?.reason === 'Suspended')
        throw new ClientError(
          `${name} is suspended, so that there is nothing to wait for: kubectl tenantsync resume ${resumed(kind, name)}`,
        );
      if (current && stalled) throw new ClientError(`${name} will not become ready by itself. ${standingOf(seen)}`);
      return current && ready?.status === 'True' ? standingOf(seen) : undefined;
    },
  });
  terminal.say(`${name}: ${line}`);
}

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

/** A set that waits for a decision. */
interface StagedSet {
  readonly of: keyof typeof meaning;
  readonly token: string;
  readonly count: number;
  /** Share of the live accounts, where accounts are taken away. */
  readonly percent: number | undefined;
}

function stagedSets({ stagedDeletions, stagedCreations, stagedPurges }: SyncConfiguration['status']): readonly StagedSet[] {
  const sets = [
    { of: 'Deletions', ...stagedDeletions },
    { of: 'Creations', percent: undefined, ...stagedCreations },
    { of: 'Purges', percent: undefined, ...stagedPurges },
  ] as const;
  return sets.flatMap(({ of, token, count = 0, percent }) => (token === undefined ? [] : [{ of, token, count, percent }]));
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
    terminal.say(`${set.count} in all${share}. ${meaning[set.of][what]}`);
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
async function stagedLines(cluster: Cluster, configuration: string, { of }: StagedSet): Promise<readonly string[]> {
  let records: readonly UserProjection[];
  try {
    records = await cluster.list<UserProjection>('userProjection');
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return [`(The people are not shown. ${error.message})`];
  }
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
