import { annotations, type SyncConfiguration, type TenantPair } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { operationsText } from '../../core/status/operations.ts';
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
  const what = operationsText(lastCycle) || 'nothing to do';
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
  const { metadata } = await cluster.patch<SyncConfiguration | TenantPair>(kind, name, { spec: { suspend } });
  const shown = `${kind === 'tenantPair' ? 'TenantPair' : 'SyncConfiguration'} ${name}`;
  if (waiting.type === 'Nothing') {
    terminal.say(
      suspend ? `${shown} is suspended: once the operator has seen it, nothing is written to a tenant for it.` : `${shown} goes on.`,
    );
    return;
  }
  const line = await until(around, {
    timeoutMs: waiting.timeoutMs,
    look: () => cluster.get<SyncConfiguration | TenantPair>(kind, name),
    done: ({ status, spec }) => {
      const ready = findCondition(status.conditions, 'Ready');
      // What stands there may still be of the spec before.
      const isSeen = ready !== undefined && (ready.observedGeneration ?? 0) >= metadata.generation;
      if (!isSeen) return undefined;
      if (suspend) return ready.reason === 'Suspended' ? pausedLine(shown) : undefined;
      if (ready.reason !== 'Suspended') return `${shown} goes on.`;
      const waitsFor = 'tenantPairRef' in spec ? spec.tenantPairRef.name : undefined;
      return waitsFor === undefined
        ? undefined
        : `${shown} goes on when its pair does, which is suspended: kubectl tenantsync resume tenantpair/${waitsFor}`;
    },
  });
  terminal.say(line);
}

const pausedLine = (shown: string): string => `${shown} is suspended: nothing is written to a tenant for it.`;

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
