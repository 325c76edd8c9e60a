import { execFileSync } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fullUsersRound, incrementalUsersRound } from '../../src/controllers/sync-configuration/read/users-round.ts';
import type { DirectoryUser, UserChange } from '../../src/ports/directory.ts';
import { systemClock } from '../../src/system.ts';
import { cycleRun, finish, type RunOptions } from '../support/cycle-run.ts';
import { sourceUser } from '../support/fake-source.ts';
import { pairBecomesReady, takeOver } from './looking.ts';
import { nodeFlags } from './sites.ts';

/** What reading costs the process: its memory, and how long it attends to nothing else. */
export interface ReadingFigures {
  readonly what: string;
  readonly people: number;
  readonly seconds: number;
  readonly 'peak RSS MB': number;
  readonly 'longest stall ms': number;
  /** The same in processor time, so that what else the machine does does not count. */
  readonly 'of it busy ms': number;
}

const pageSize = 999;
const text = (index: number, length: number): string => `${index}-`.padEnd(length, 'abcdefghij');

/** A thousand letters that differ from those of everybody else from the first on. */
const slow = (index: number): string => index.toString(2).replaceAll('0', 'a').replaceAll('1', 'b').padEnd(1000, 'abaabbb');

/** The attribute that hostile patterns are about is long. */
function person(index: number, version: string): DirectoryUser {
  const names = [
    'displayName',
    'givenName',
    'surname',
    'jobTitle',
    'department',
    'city',
    'state',
    'country',
    'streetAddress',
    'postalCode',
  ];
  const attributes = Object.fromEntries(
    names.map((name) => [name, name === 'streetAddress' ? slow(index) : `${version} ${text(index, 40)}`]),
  );
  return sourceUser(`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, {
    ...attributes,
    accountEnabled: true,
    userType: 'Member',
  });
}

/** A source of so many people, a page after a few milliseconds. */
function source(people: number, version: string): RunOptions['source'] {
  let from = 0;
  return {
    usersDelta: async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const first = from;
      from += pageSize;
      const changes = Array.from({ length: Math.min(pageSize, people - first) }, (_, index): UserChange => ({
        type: 'Present',
        complete: true,
        user: person(first + index, version),
      }));
      return { changes, ...(from < people ? { next: `p${from}` } : { watermark: 'end' }) };
    },
  };
}

/** Patterns that are slow to reject, on values that they nearly match. */
const hostile = {
  name: 'hostile',
  clauses: Array.from({ length: 50 }, (_, index) => ({
    attribute: 'streetAddress',
    operator: 'NotRegexMatch' as const,
    value: `[ab]*a[ab]{14}z${index}`,
  })),
};

const scenarios: Readonly<Record<string, (people: number) => Promise<void>>> = {
  changes: async (people) => {
    const { run } = cycleRun({ clock: systemClock, kind: 'Incremental', source: source(people, 'new'), onRecord: () => undefined });
    await finish(incrementalUsersRound(run, 'first', new Set()));
  },
  unchanged: async (people) => {
    const first = cycleRun({ clock: systemClock, source: source(people, 'same') });
    await finish(fullUsersRound(first.run));
    stalls.reset();
    busy.reset();
    const second = cycleRun({ clock: systemClock, source: source(people, 'same') });
    for (const [id, record] of first.records) second.records.set(id, record);
    await finish(fullUsersRound(second.run));
    if (second.run.findings.writes !== 0) throw new Error('something was written');
  },
  'hostile filter': async (people) => {
    const { run } = cycleRun({
      clock: systemClock,
      scope: { filters: [hostile] },
      source: source(people, 'new'),
      onRecord: () => undefined,
    });
    await finish(fullUsersRound(run));
  },
  'a pair becomes ready': (people) => pairBecomesReady(people, beginLooking),
  'a shard is taken over': (people) => takeOver(people, beginLooking),
};

/** What came before, such as making the records, does not count. */
function beginLooking(): void {
  stalls.reset();
  busy.reset();
}

const stalls = monitorEventLoopDelay({ resolution: 5 });
const busy = {
  longest: 0,
  last: 0,
  look(): void {
    const { user, system } = process.threadCpuUsage();
    busy.longest = Math.max(busy.longest, user + system - busy.last);
    busy.last = user + system;
  },
  reset(): void {
    busy.look();
    busy.longest = 0;
  },
};

async function measureHere(what: string, people: number): Promise<ReadingFigures> {
  const began = performance.now();
  stalls.enable();
  busy.reset();
  const ticking = setInterval(() => busy.look(), 1);
  await scenarios[what]?.(people);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clearInterval(ticking);
  stalls.disable();
  return {
    what,
    people,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    'peak RSS MB': Math.round(process.resourceUsage().maxRSS / 1024),
    'longest stall ms': Math.round(stalls.max / 1e6),
    'of it busy ms': Math.round(busy.longest / 1000),
  };
}

/** Each scenario in a process of its own; the first with the flags of the image. */
export function measureReading(people: number): readonly ReadingFigures[] {
  const file = new URL(import.meta.url).pathname;
  const runs: readonly (readonly [string, number, readonly string[]])[] = [
    ['changes', people, nodeFlags],
    ['unchanged', people, ['--max-old-space-size=2048']],
    ['hostile filter', pageSize, nodeFlags],
    ['a pair becomes ready', people, ['--max-old-space-size=2048']],
    ['a shard is taken over', people, ['--max-old-space-size=2048']],
  ];
  return runs.map(([what, count, flags]) => {
    const printed = execFileSync(process.execPath, [...flags, file, what, String(count)], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return JSON.parse(printed) as ReadingFigures;
  });
}

if (import.meta.main) {
  const [, , what = '', people = ''] = process.argv;
  process.stdout.write(JSON.stringify(await measureHere(what, Number(people))));
}
