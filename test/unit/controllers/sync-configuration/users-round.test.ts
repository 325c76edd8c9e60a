import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { projectionName, type UserProjection } from '../../../../src/api/kinds.ts';
import { groupsRound } from '../../../../src/controllers/sync-configuration/read/groups-round.ts';
import { fullUsersRound, incrementalUsersRound } from '../../../../src/controllers/sync-configuration/read/users-round.ts';
import type { DirectoryUser, GroupChange, UserChange } from '../../../../src/ports/directory.ts';
import { sourceUser } from '../../../support/fake-source.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { recordWith } from '../../core/support.ts';
import { cycleRun, finish, type RunOptions, type TestRun } from '../../../support/cycle-run.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a round of users keeps ids, not users, however many pages it has', () => {
  const pages = 60;
  const perPage = 100;

  /** A source of `pages` pages, and the most of their items that were alive at once, looked at half-way and before the last page. */
  function watched<T extends object>(pageOf: (page: number) => readonly T[]): { next: () => Promise<readonly T[]>; most: () => number } {
    const alive: WeakRef<T>[] = [];
    let page = 0;
    let most = 0;
    return {
      next: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        if (page === pages / 2 || page === pages - 1) {
          collectGarbage();
          most = Math.max(most, alive.filter((ref) => ref.deref() !== undefined).length);
        }
        page += 1;
        const items = pageOf(page);
        alive.push(...items.map((item) => new WeakRef(item)));
        return items;
      },
      most: () => most,
    };
  }

  const named = (page: number): readonly UserChange[] =>
    Array.from({ length: perPage }, (_, index) => ({ type: 'Present', complete: true, user: sourceUser(`u${page}-${index}`) }));
  /** Everybody twice. */
  const replayed = (page: number): readonly UserChange[] => named(page % (pages / 2));

  function users(pageOf: (page: number) => readonly UserChange[], options: Partial<RunOptions>): TestRun & { most: () => number } {
    const source = watched(pageOf);
    let page = 0;
    const usersDelta = async (): Promise<{ changes: readonly UserChange[]; next?: string; watermark?: string }> => {
      page += 1;
      return { changes: await source.next(), ...(page < pages ? { next: `p${page}` } : { watermark: 'end' }) };
    };
    return { ...cycleRun({ source: { usersDelta }, onRecord: () => undefined, ...options }), most: source.most };
  }

  it.each([
    ['of changes', named, 'Incremental'],
    ['of changes that come twice', replayed, 'Incremental'],
    ['over everybody', named, 'Full'],
    ['over everybody, twice', replayed, 'Full'],
  ] as const)('%s', async (_, pageOf, kind) => {
    const { run, most } = users(pageOf, { kind });
    await finish(kind === 'Full' ? fullUsersRound(run) : incrementalUsersRound(run, 'first', new Set()));
    expect(run.findings.usersRead).toBe(pages * perPage);
    expect(most()).toBeLessThanOrEqual(2 * perPage);
  });

  it.each(['Full', 'Incremental'] as const)('of changes of groups, in a cycle that is %s', async (kind) => {
    const source = watched<GroupChange>((page) =>
      Array.from({ length: perPage }, (_, index) => ({ type: 'Present', id: 'g', added: [`u${page}-${index}`], removed: [] })),
    );
    let page = 0;
    const groupsDelta = async (): Promise<{ changes: readonly GroupChange[]; next?: string; watermark?: string }> => {
      page += 1;
      return { changes: await source.next(), ...(page < pages ? { next: `p${page}` } : { watermark: 'end' }) };
    };
    const { run } = cycleRun({
      kind,
      scope: { type: 'Assigned' },
      groups: [{ id: 'g' }],
      source: { groupsDelta, groupMembers: () => Promise.resolve({ items: [] }) },
    });
    await finish(groupsRound(run, 'first'));
    expect(source.most()).toBeLessThanOrEqual(2 * perPage);
  });
});

describe('the last word of a round about somebody counts, however the round is cut into pages', () => {
  const names = ['ana', 'ben', 'cem', 'dia'] as const;
  /** These have an account; who is new is created. */
  const known = ['ana', 'ben'];
  interface Word {
    readonly name: (typeof names)[number];
    readonly says: 'Enabled' | 'Blocked' | 'Incomplete' | 'SoftDeleted' | 'HardDeleted';
  }

  const word: fc.Arbitrary<Word> = fc.record({
    name: fc.constantFrom(...names),
    says: fc.constantFrom('Enabled', 'Blocked', 'Incomplete', 'SoftDeleted', 'HardDeleted'),
  });
  const isPresent = ({ says }: Word): boolean => says !== 'SoftDeleted' && says !== 'HardDeleted';

  function change({ name, says }: Word): UserChange {
    if (says === 'SoftDeleted' || says === 'HardDeleted') return { type: says, id: name };
    if (says === 'Incomplete') return { type: 'Present', complete: false, user: { id: name, attributes: {} } };
    return { type: 'Present', complete: true, user: userAs(name, says) };
  }

  function userAs(name: string, says: 'Enabled' | 'Blocked'): DirectoryUser {
    const accountEnabled = says === 'Enabled';
    return { ...sourceUser(name, { accountEnabled, jobTitle: says }), accountEnabled };
  }

  /** Runs a round over pages of these words and gives what it collected. */
  async function outcome(kind: 'Full' | 'Incremental', pages: readonly (readonly Word[])[]): Promise<object> {
    const words = pages.flat();
    /** What a direct read shows at the end: as the last word says, enabled where it says nothing. */
    const last = new Map(words.map((each) => [each.name as string, each]));
    const getUsers = (ids: readonly string[]): Promise<ReadonlyMap<string, DirectoryUser>> => {
      const there = ids.filter((id) => isPresent(last.get(id) ?? { name: 'ana', says: 'Enabled' }));
      return Promise.resolve(new Map(there.map((id) => [id, userAs(id, last.get(id)?.says === 'Blocked' ? 'Blocked' : 'Enabled')])));
    };
    let page = 0;
    const usersDelta = (): Promise<{ changes: readonly UserChange[]; next?: string; watermark?: string }> => {
      const changes = (pages[page] ?? []).map(change);
      page += 1;
      return Promise.resolve({ changes, ...(page < pages.length ? { next: `p${page}` } : { watermark: 'end' }) });
    };
    const { run, records } = cycleRun({ kind, source: { usersDelta, getUsers } });
    for (const name of known) records.set(name, await provisioned(name));
    await finish(kind === 'Full' ? fullUsersRound(run) : incrementalUsersRound(run, 'first', new Set()));
    const stays = (id: string): boolean => isPresent(last.get(id) ?? { name: 'ana', says: 'Enabled' });
    return {
      announcedGone: [...run.findings.announcedGone].sort(),
      inScope: [...run.findings.inScope].sort(),
      // Of who is created on the way it depends on the pages whether there is somebody yet to be blocked.
      blocks: known.filter((id) => run.findings.blocks.has(projectionName('staff', id))),
      candidates: known.filter((id) => run.findings.candidates.has(projectionName('staff', id))),
      titles: known.filter(stays).map((id) => [id, records.get(id)?.spec.attributes?.jobTitle]),
      created: [...records.keys()].filter(stays).sort(),
    };
  }

  async function provisioned(name: string): Promise<UserProjection> {
    const { run, records } = cycleRun({
      source: {
        usersDelta: () => Promise.resolve({ changes: [change({ name: name as Word['name'], says: 'Enabled' })], watermark: 'end' }),
      },
    });
    await finish(fullUsersRound(run));
    const made = records.get(name);
    if (!made) throw new Error(`no record of ${name}`);
    return { ...made, status: { ...made.status, state: 'Provisioned', targetUser: { objectId: `account-${name}` } } };
  }

  it.each(['Full', 'Incremental'] as const)('in a cycle that is %s', async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 10 }),
        fc.array(fc.nat({ max: 10 }), { maxLength: 4 }),
        async (words, cuts) => {
          const bounds = [...new Set([0, ...cuts.filter((cut) => cut < words.length), words.length])].sort((a, b) => a - b);
          const pages = bounds.slice(1).map((to, index) => words.slice(bounds[index], to));
          expect(await outcome(kind, pages)).toEqual(await outcome(kind, [words]));
        },
      ),
      { numRuns: 80 },
    );
  });
});

test.each(['Full', 'Incremental'] as const)(
  'a page of 999 people who take long to decide about gives way to the rest of the process, in a cycle that is %s',
  async (kind) => {
    let time = 0;
    let turn = 0;
    let longest = 0;
    const clock = {
      now: (): number => time,
      monotonic: (): number => time,
      setTimer: (_: number, fire: () => void): { cancel: () => void } => {
        setImmediate(() => {
          turn = time;
          fire();
        });
        return { cancel: () => undefined };
      },
    };
    const changes = Array.from({ length: 999 }, (_, index): UserChange => ({
      type: 'Present',
      complete: true,
      user: sourceUser(`u${index}`),
    }));
    const { run } = cycleRun({
      kind,
      clock,
      source: { usersDelta: () => Promise.resolve({ changes, watermark: 'end' }) },
      onRecord: () => {
        time += 5;
        longest = Math.max(longest, time - turn);
      },
    });
    await finish(kind === 'Full' ? fullUsersRound(run) : incrementalUsersRound(run, 'first', new Set()));
    expect(time).toBe(999 * 5);
    expect(longest).toBeLessThanOrEqual(25);
  },
);

describe('I4 somebody of whom a delta tells no more, and whom no read shows', () => {
  const minute = 60_000;
  const clock = new VirtualClock();
  const timestamp = (fromNowMs: number): string => new Date(clock.now() + fromNowMs).toISOString();

  /** What the round makes of a record of that age, which was waited for so long. */
  async function left(ageMs: number, waitedMs: number): Promise<{ readonly removal: boolean; readonly waits: boolean }> {
    const unconfirmed = [{ id: 'u', since: timestamp(-waitedMs) }];
    const { run, records } = cycleRun({
      clock,
      kind: 'Incremental',
      status: { watermark: { unconfirmed } },
      source: { usersDelta: () => Promise.resolve({ changes: [], watermark: 'end' }), getUsers: () => Promise.resolve(new Map()) },
    });
    const name = projectionName('staff', 'u');
    records.set(
      'u',
      recordWith({ metadata: { name, creationTimestamp: timestamp(-ageMs) }, spec: { source: { tenantId: 'hub', objectId: 'u' } } }),
    );
    await finish(incrementalUsersRound(run, 'link', new Set()));
    return { removal: run.findings.candidates.has(name), waits: run.findings.unconfirmed.has('u') };
  }

  it.each<[string, number, number, { readonly removal: boolean; readonly waits: boolean }]>([
    ['is to go, by a record of an hour', 60 * minute, minute, { removal: true, waits: false }],
    ['is waited for, by a record of a minute', minute, minute, { removal: false, waits: true }],
    ['is waited for no longer than reads can be behind', minute, 11 * minute, { removal: true, waits: false }],
    ['is to go then, by a record from ahead of a clock that was set back', -15 * minute, 11 * minute, { removal: true, waits: false }],
  ])('%s', async (_, ageMs, waitedMs, expected) => {
    expect(await left(ageMs, waitedMs)).toEqual(expected);
  });
});
