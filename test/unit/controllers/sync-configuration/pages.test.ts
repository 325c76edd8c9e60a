import type { CycleRun, Steps } from '../../../../src/controllers/sync-configuration/cycle-run.ts';
import { groupsRound } from '../../../../src/controllers/sync-configuration/read/groups-round.ts';
import { readMemberships } from '../../../../src/controllers/sync-configuration/read/scope-reader.ts';
import { fullUsersRound, incrementalUsersRound } from '../../../../src/controllers/sync-configuration/read/users-round.ts';
import type { GroupChange, SourceDirectory, UserChange } from '../../../../src/ports/directory.ts';
import { sourceUser } from '../../../support/fake-source.ts';
import { cycleRun, finish } from '../../../support/cycle-run.ts';

/** A page as a test says it: names of what is in it, and where it leads; without `next` it is the last. */
interface ScriptedPage {
  readonly items: readonly string[];
  readonly next?: string;
}
type Script = (link: string | undefined) => ScriptedPage;

const linkOf = (request: object): string | undefined => ('link' in request ? String(request.link) : undefined);
const ended = (next: string | undefined): { next: string } | { watermark: string } =>
  next === undefined ? { watermark: 'end' } : { next };

const userPage = (script: Script): Partial<SourceDirectory> => ({
  usersDelta: (request) => {
    const { items, next } = script(linkOf(request));
    const changes = items.map((id): UserChange => ({ type: 'Present', complete: true, user: sourceUser(id) }));
    return Promise.resolve({ changes, ...ended(next) });
  },
});
const groupPage = (script: Script): Partial<SourceDirectory> => ({
  groupsDelta: (request) => {
    const { items, next } = script(linkOf(request));
    const changes = items.map((id): GroupChange => ({ type: 'Present', id: 'g', added: [id], removed: [] }));
    return Promise.resolve({ changes, ...ended(next) });
  },
  groupMembers: () => Promise.resolve({ items: [] }),
});

const runOf = (kind: CycleRun['kind'], scope: object, source: Partial<SourceDirectory>): CycleRun =>
  cycleRun({ kind, scope, source, groups: [{ id: 'g' }] }).run;

/** Every read that goes page by page. */
const reads: Readonly<Record<string, (script: Script) => Steps<unknown>>> = {
  'all users': (script) => fullUsersRound(runOf('Full', {}, userPage(script))),
  'changes of users': (script) => incrementalUsersRound(runOf('Incremental', {}, userPage(script)), 'first', new Set()),
  'a first delta of groups': (script) => groupsRound(runOf('Full', { type: 'Assigned' }, groupPage(script)), undefined),
  'changes of groups': (script) => groupsRound(runOf('Incremental', { type: 'Assigned' }, groupPage(script)), 'first'),
  'members of a group': (script) =>
    readMemberships(runOf('Full', { type: 'Assigned' }, { groupMembers: (request) => Promise.resolve(plain(script(linkOf(request)))) })),
  'assignments of an application': (script) =>
    readMemberships(
      runOf(
        'Full',
        { type: 'Assigned', application: { servicePrincipalId: 'app' } },
        {
          groupMembers: () => Promise.resolve({ items: [] }),
          applicationAssignments: (request) => {
            const { items, ...more } = plain(script(linkOf(request)));
            return Promise.resolve({ items: items.map((principalId) => ({ principalId, principalType: 'User' })), ...more });
          },
        },
      ),
    ),
};
const plain = ({ items, next }: ScriptedPage): { items: readonly string[]; next?: string } => ({
  items,
  ...(next === undefined ? {} : { next }),
});

describe.each(Object.entries(reads))('I14 a read of %s', (_, read) => {
  /** Reads `pages` pages of two, then ends. */
  const pagesOf = (pages: number): Script => {
    let page = 0;
    return () => {
      page += 1;
      return { items: [`a${page}`, `b${page}`], ...(page < pages ? { next: `page-${page}` } : {}) };
    };
  };

  it('gives the runtime its turn after each page', async () => {
    const { pauses } = await finish(read(pagesOf(25)));
    expect(pauses.filter(({ waitMs }) => waitMs === 0).length).toBeGreaterThanOrEqual(25);
  });

  it.each([
    ['its own address', (link: string | undefined): string => link ?? 'first'],
    ['one that was followed before', (link: string | undefined): string => (link === 'b' ? 'a' : link === 'a' ? 'b' : 'a')],
  ])('ends as incomplete at a link that is %s', async (__, next) => {
    let requests = 0;
    const script: Script = (link) => {
      requests += 1;
      if (requests > 100) throw new Error('it goes on for ever');
      return { items: [`u${requests}`], next: next(link) };
    };
    await expect(finish(read(script))).rejects.toMatchObject({ reason: 'SourceReadIncomplete', stalled: false });
    expect(requests).toBeLessThan(5);
  });

  it.each([
    ['with nothing in them', []],
    ['with what was read before', ['same']],
  ])('ends as incomplete after a thousand pages %s', async (__, items) => {
    let requests = 0;
    const script: Script = () => {
      requests += 1;
      if (requests > 1500) throw new Error('it goes on for ever');
      return { items, next: `link-${requests}` };
    };
    await expect(finish(read(script))).rejects.toMatchObject({ reason: 'SourceReadIncomplete' });
    expect(requests).toBeLessThanOrEqual(1001);
  });

  it('takes 999 pages without anything new for what they are', async () => {
    let requests = 0;
    const script: Script = () => {
      requests += 1;
      return requests <= 999 ? { items: [], next: `link-${requests}` } : { items: ['late'] };
    };
    await finish(read(script));
    expect(requests).toBe(1000);
  });
});
