import type { SourceDirectory } from '../../../../src/ports/directory.ts';
import { refusal } from '../../../support/fake-target.ts';
import { minute } from '../support.ts';
import { accountsOf, GroupSite, persons, sourceGroup, type GroupSiteOptions } from './support.ts';

const second = 1000;
const hour = 60 * minute;

/** A source that sends one person on each page, takes its time for it, and keeps in order what it was asked for. */
class SlowSource {
  readonly asked: string[] = [];
  /** Called at each page, which may be refused by it. */
  during: (link: string) => void = () => undefined;
  readonly #given: GroupSite;
  readonly #pageMs: number;

  constructor(given: GroupSite, pageMs: number) {
    this.#given = given;
    this.#pageMs = pageMs;
    this.answer({});
  }

  /** Answers so from now on, as another session of the pair would. */
  answer(others: Partial<SourceDirectory>): void {
    const { session } = this.#given.site;
    Object.assign(session, { source: { ...session.source, groupMembers: this.#page, ...others } });
  }

  readonly #page: SourceDirectory['groupMembers'] = async (request) => {
    const link = 'link' in request ? request.link : '0';
    this.asked.push(link);
    await this.#given.site.clock.advance(this.#pageMs);
    this.during(link);
    const members = persons(20).filter((person) => this.#given.people.groups.get(sourceGroup)?.has(person) === true || person === 'p20');
    const from = Number(link);
    return { items: members.slice(from, from + 1), ...(from + 1 < members.length ? { next: String(from + 1) } : {}) };
  };
}

/** A group of that many people, whose source takes 25 s for each of them. */
function slow(people: number, options: GroupSiteOptions = {}, pageMs = 25 * second): { given: GroupSite; source: SlowSource } {
  const given = new GroupSite({ people: persons(people), members: [], ...options });
  for (const person of persons(people)) given.people.add(person);
  given.people.join(sourceGroup, 'p20');
  return { given, source: new SlowSource(given, pageMs) };
}

/** Passes until one has come to its end, at the times that they ask for. Gives how many there were. */
async function toTheEnd(given: GroupSite, most = 60): Promise<number> {
  for (let passes = 1; passes <= most; passes += 1) {
    const { requeueAfterMs } = await given.reconcile();
    if (given.record.status.observedGeneration === given.record.metadata.generation) return passes;
    await given.site.clock.advance(requeueAfterMs ?? 0);
  }
  return Number.POSITIVE_INFINITY;
}

const pages = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

describe('I14 a group whose members take longer to read than one pass has', () => {
  it('I14 gives way after a minute, goes on at the page that follows, and comes to its end', async () => {
    const { given, source } = slow(10);
    const begun = given.site.clock.monotonic();
    expect((await given.reconcile()).requeueAfterMs).toBe(0);
    expect(given.site.clock.monotonic() - begun).toBeLessThan(2 * minute);
    expect(given.record.status).toMatchObject({ state: 'Pending' });
    expect(given.reason).toBe('Progressing');
    expect(await toTheEnd(given)).toBeGreaterThan(1);
    expect(source.asked).toEqual(pages(11));
    expect(given.members).toEqual([...accountsOf(persons(10))].sort());
    expect(given.reason).toBe('Succeeded');
  });

  it.each([
    ['throttled', refusal('Throttled'), 5 * minute],
    ['not answered', refusal('Unavailable'), second],
  ] as const)('I14 waits where it is %s in the midst, and goes on where it was', async (_, error, waitMs) => {
    const { given, source } = slow(6, {}, second);
    const refused = Object.assign(error, { failure: { ...error.failure, retryAt: given.site.clock.now() + 4 * second + 5 * minute } });
    source.during = (link) => {
      if (link === '3' && source.asked.filter((each) => each === '3').length === 1) throw refused;
    };
    expect((await given.reconcile()).requeueAfterMs).toBe(waitMs);
    await given.site.clock.advance(waitMs);
    await toTheEnd(given);
    expect(source.asked).toEqual(['0', '1', '2', '3', '3', '4', '5', '6']);
    expect(given.members).toHaveLength(6);
  });

  it('I14 and is led in a circle fails with a reason and a time, and nobody is taken out', async () => {
    const { given } = slow(4, { members: accountsOf(persons(4)) });
    Object.assign(given.site.session.source, {
      groupMembers: () => Promise.resolve({ items: ['p9'], next: 'again' }),
    });
    expect(await toTheEnd(given)).toBeLessThan(10);
    expect([given.record.status.state, given.reason]).toEqual(['Failed', 'SourceReadIncomplete']);
    expect(given.record.status.nextAttemptAt).toBeDefined();
    expect(given.target.writes).toEqual([]);
  });

  it('I14 says that it has not come on for long, and goes on by itself', async () => {
    const { given, source } = slow(6, {}, second);
    let isThrottled = true;
    source.during = () => {
      if (isThrottled) throw refusal('Throttled', { retryAt: given.site.clock.now() + hour });
    };
    const begun = given.site.clock.monotonic();
    while (given.reason !== 'NoProgress' && given.site.clock.monotonic() - begun < 24 * hour)
      await given.site.clock.advance((await given.reconcile()).requeueAfterMs ?? 0);
    expect(given.site.clock.monotonic() - begun).toBeLessThan(3 * hour);
    expect(given.site.events.map(({ reason }) => reason)).toEqual(['NoProgress']);
    isThrottled = false;
    await given.site.clock.advance(hour);
    await toTheEnd(given);
    expect(given.reason).toBe('Succeeded');
  });

  it('I14 is not silent where each reading ends with a link that is refused: what was read before is no progress', async () => {
    const { given, source } = slow(10, {}, 25 * second);
    source.during = (link) => {
      if (link === '5') throw refusal('InvalidRequest');
    };
    const begun = given.site.clock.monotonic();
    while (given.reason !== 'NoProgress' && given.reason !== 'RequestInvalid' && given.site.clock.monotonic() - begun < 24 * hour)
      await given.site.clock.advance((await given.reconcile()).requeueAfterMs ?? 0);
    expect(given.site.clock.monotonic() - begun).toBeLessThan(3 * hour);
  });

  it('I14 is not read once more where its members cannot be put in at once', async () => {
    const { given, source } = slow(10);
    given.target.fail('addMembers', refusal('Throttled', { retryAt: given.site.clock.now() + 20 * minute }));
    await toTheEnd(given);
    expect(source.asked).toEqual(pages(11));
    expect(given.members).toHaveLength(10);
  });

  it.each<[string, (given: GroupSite) => void]>([
    ['something was asked for', (given) => given.deps.groupMemory.requestLook(given.key)],
    ['an attempt was asked for', (given) => given.deps.groupMemory.requestAttempt(given.key)],
    ['a look was due', (given) => given.deps.groupMemory.lookAgainAt(given.key, given.site.clock.monotonic())],
  ])('I14 is looked at once more where %s after its reading had begun', async (_, ask) => {
    const { given, source } = slow(10);
    await given.reconcile();
    given.people.quit(sourceGroup, 'p1');
    ask(given);
    await toTheEnd(given);
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(true);
    source.asked.length = 0;
    for (let passes = 0; passes < 10; passes += 1) await given.reconcile();
    expect(source.asked.slice(0, 1)).toEqual(['0']);
    expect(given.members).not.toContain('a1');
  });

  it('I14 and is suspended meanwhile does not say that it has not come on', async () => {
    const { given } = slow(10);
    await given.reconcile();
    given.configurationChanges('Now', { suspend: true });
    await given.site.clock.advance(5 * hour);
    await given.reconcile();
    given.configurationChanges('Now', { suspend: false });
    await toTheEnd(given);
    expect(given.site.events.map(({ reason }) => reason)).not.toContain('NoProgress');
    expect(given.members).toHaveLength(10);
  });

  it.each<[string, (given: GroupSite, source: SlowSource) => unknown]>([
    ['the spec of its record changes', (given) => given.rewrite({ attributes: { displayName: 'Eagle', mailNickname: 'Eagle' } })],
    ['the pair has another session', (_, source) => source.answer({})],
    ['the shard was lost', (given) => given.deps.groupMemory.readings.endAll()],
    ['it is a day old', (given) => given.site.clock.advance(25 * hour)],
    [
      'its link is refused',
      (_, source) =>
        (source.during = (link) => {
          if (link === '3' && source.asked.filter((each) => each === '0').length === 1) throw refusal('InvalidRequest');
        }),
    ],
  ])('I14 is read from its first page where %s', async (_, change) => {
    const { given, source } = slow(10);
    await given.reconcile();
    expect(source.asked).toEqual(pages(3));
    await change(given, source);
    await toTheEnd(given);
    expect(source.asked.filter((link) => link === '0')).toHaveLength(2);
    expect(source.asked.slice(-11)).toEqual(pages(11));
    expect(given.members).toHaveLength(10);
  });
});

describe('I11 members who have left a group that is read for long', () => {
  it('I11 are asked for directly before they are taken out: who has come back meanwhile stays', async () => {
    const { given, source } = slow(12, { members: accountsOf(persons(12)) });
    given.people.quit(sourceGroup, 'p1', 'p2');
    source.during = (link) => {
      if (link === '8') given.people.join(sourceGroup, 'p1');
    };
    await toTheEnd(given);
    expect(given.target.written('removeMembers')).toEqual(['removeMembers made-1 a2']);
    expect(given.members).toContain('a1');
  });

  it('I11 stay while the source cannot be asked for them', async () => {
    const { given } = slow(12, { members: accountsOf(persons(12)) });
    given.people.quit(sourceGroup, 'p2');
    given.people.refused.set('groupsOf p2', refusal('Forbidden'));
    await toTheEnd(given);
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.state).toBe('Failed');
  });

  it('I11 of a group that is read within a pass are confirmed by a second reading of the whole', async () => {
    const { given, source } = slow(12, { members: accountsOf(persons(12)) }, 10);
    given.people.quit(sourceGroup, 'p1', 'p2');
    source.during = () => {
      if (source.asked.length === 11) given.people.join(sourceGroup, 'p1');
    };
    await toTheEnd(given);
    expect(source.asked.filter((link) => link === '0')).toHaveLength(2);
    expect(given.members).toContain('a1');
    expect(given.members).not.toContain('a2');
  });
});
