import type { SyncConfiguration } from '../../../src/api/kinds.ts';
import { decide } from '../../../src/cli/client/decide.ts';
import { Cluster } from '../../../src/cli/client/cluster.ts';
import { paintFor, plain, table } from '../../../src/cli/client/table.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { failure, FakeServer, json, RecordingMetrics } from '../kube/support.ts';

type Status = Partial<SyncConfiguration['status']>;

const staged: Status = { stagedDeletions: { count: 4, percent: 40, token: 'set' } };
const done: Status = { lastHandledDeletionDecision: { token: 'set', decision: 'Approved', state: 'Done' } };

/** An approval of what is staged, while the configuration is read as these, one after the other; a number is a failure. */
async function approve(...answers: readonly (Status | number)[]): Promise<{ readonly said: readonly string[]; readonly problem: unknown }> {
  const clock = new VirtualClock();
  const left = [...answers];
  const server = new FakeServer(({ method, path }) => {
    if (path.endsWith('/userprojections')) return json({ metadata: { resourceVersion: '1' }, items: [] });
    if (method === 'PATCH') return json({});
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? {};
    return typeof answer === 'number' ? failure(answer, 'ServiceUnavailable') : json({ metadata: { name: 'staff' }, status: answer });
  });
  const said: string[] = [];
  const cluster = new Cluster(server.http(clock, new RecordingMetrics()), 'identity', new AbortController().signal);
  const terminal = { say: (line: string) => void said.push(line), note: () => undefined, ask: () => Promise.resolve(undefined) };
  const waiting = { type: 'Until', timeoutMs: 600_000 } as const;
  let open = true;
  let problem: unknown;
  const deciding = decide({ cluster, terminal, clock, random: seededRandom(1) }, 'approve', 'staff', { yes: true, waiting })
    .catch((error: unknown) => void (problem = error))
    .finally(() => void (open = false));
  await clock.advanceUntil(() => !open, 20 * 60_000);
  await deciding;
  return { said, problem };
}

describe('F5 an approval that is waited for', () => {
  it('goes on though the cluster cannot be asked for a moment', async () => {
    const { said, problem } = await approve(staged, 503, 429, staged, done);
    expect(problem).toBeUndefined();
    expect(said.at(-1)).toBe('SyncConfiguration staff: Approved.');
  });

  it('ends when the set is not staged any more, and long before its time is over', async () => {
    const { problem } = await approve(staged, staged, {});
    expect(problem).toMatchObject({ status: 1, message: expect.stringContaining('nothing was decided') as string });
  });

  it('is not taken for lost where the set is away for a moment', async () => {
    expect((await approve(staged, {}, {}, staged, done)).problem).toBeUndefined();
  });

  it('ends at once where the cluster refuses', async () => {
    expect((await approve(staged, 403)).problem).toMatchObject({ status: 1 });
  });
});

describe('F5 text of somebody else', () => {
  it.each([
    ['moves the cursor', 'a\u001b[2Jb\u009b1m'],
    ['turns the direction of writing', 'ann\u202Emoc.oso\u2066tnoc\u061c'],
    ['begins a line', 'a\nb\u2028c\u0085'],
    ['hides what has no width', 'a\u200bb\ufeff'],
    ['is half a character', 'a\ud800'],
  ])('that %s is shown without that', (_, text) => {
    expect(plain(text)).toMatch(/^[\x20-\x7e]+$/);
  });

  it('is shown as it is written otherwise', () => {
    expect(plain('Zoë Ødegård 王 ‌می‌خواهم')).toBe('Zoë Ødegård 王 ‌می‌خواهم');
  });
});

describe('F5 colours', () => {
  const paint = (isTerminal: boolean, environment: NodeJS.ProcessEnv = {}) => paintFor({ isTerminal, environment });
  const rows = [[{ text: 'False', tone: 'Bad' as const }, 'staff']];

  it('are there on a terminal, and move no column', () => {
    expect(table(['READY', 'NAME'], rows, paint(true))).toEqual(['READY   NAME', '\u001b[31mFalse\u001b[0m   staff']);
  });

  it.each([
    ['in a file or pipe', paint(false)],
    ['with NO_COLOR', paint(true, { NO_COLOR: '1' })],
    ['on a dumb terminal', paint(true, { TERM: 'dumb' })],
  ])('are not there %s', (_, none) => {
    expect(table(['READY', 'NAME'], rows, none)).toEqual(['READY   NAME', 'False   staff']);
  });
});
