import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { annotations } from '../../../../src/api/kinds.ts';
import { userProjectionReconciler } from '../../../../src/controllers/user-projection/controller.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { keyString } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { account, configurationWith, minute, type SiteOptions } from '../support.ts';
import { Cycles } from '../cycles.ts';
import { People } from '../people.ts';

const upn = (id: string): string => `${id}@contoso.com`;
type Kind = 'Provision' | 'Explain';

/** A configuration of these people, who have their accounts, in a target that shows the accounts. */
class Asking {
  readonly world: Cycles;
  #requests = 0;

  constructor(people: People, options: Omit<SiteOptions, 'source' | 'records'> = {}) {
    const accounts = [...people.users.keys()].map((id) => ({ ...account(), id: `account-${id}` }));
    this.world = new Cycles(people, { accounts, ...options });
  }

  async begin(): Promise<this> {
    await this.world.begin();
    return this;
  }

  /** Makes a request, and lets the process work until it is answered; the answer as `user result reason`. */
  async ask(kind: Kind, value: string): Promise<readonly string[]> {
    const { site } = this.world;
    const annotation = kind === 'Provision' ? annotations.provisionUsers : annotations.explainUsers;
    this.world.edit({}, { [annotation]: value });
    const reconcile = userProjectionReconciler(site.deps);
    for (let looks = 0; looks < 80; looks += 1) {
      await this.world.reconcile();
      for (const { metadata } of site.projections.list()) {
        const key = keyString(metadata);
        if (!site.deps.onDemand.isExpected(key)) continue;
        site.target.during = () => undefined;
        await reconcile(key, { signal: new AbortController().signal, logger: silentLogger, reconcileId: 'r' });
      }
      if (this.answer(kind)?.token === value.slice(0, value.indexOf(':'))) break;
      await site.clock.advance(250);
    }
    return (this.answer(kind)?.results ?? []).map(({ user, result, reason }) => [user, result, reason].join(' '));
  }

  answer(kind: Kind) {
    const { status } = this.world.configuration;
    return kind === 'Provision' ? status.lastHandledProvisionUsers : status.lastHandledExplainUsers;
  }

  provision(...users: readonly string[]): Promise<readonly string[]> {
    return this.ask('Provision', `p${(this.#requests += 1)}:${users.map(upn).join(',')}`);
  }

  async explain(...users: readonly string[]): Promise<readonly string[]> {
    const written = (): string => [...this.world.site.target.writes, ...this.world.site.projections.writes.map(({ name }) => name)].join();
    const before = written();
    const answer = await this.ask('Explain', `e${(this.#requests += 1)}:${users.map(upn).join(',')}`);
    if (written() !== before) throw new Error(`an explanation has written: ${written()}`);
    return answer;
  }

  /** The steps of the explanation of the first user: `Import Found`. */
  get steps(): readonly string[] {
    const [first] = this.world.configuration.status.lastHandledExplainUsers?.results ?? [];
    return (first?.decisions ?? []).map(({ step, outcome }) => `${step ?? ''} ${outcome ?? ''}`);
  }
}

const assigned = (scope: Partial<SyncConfigurationSpec['scope']>): SyncConfigurationSpec['scope'] => ({
  type: 'Assigned',
  includeNestedGroups: false,
  ...scope,
});
const guard = (more: object) => ({
  deprovisioning: {
    ...configurationWith().spec.deprovisioning,
    guard: { threshold: 1, percent: 100, minimum: 10, window: '24h', ...more },
  },
});

describe('E4 provision-users', () => {
  it('invites a newcomer, whom no cycle has seen, and finds nothing to do for who is there', async () => {
    const asking = await new Asking(new People('u0', 'u1')).begin();
    asking.world.people.add('u2');
    expect(await asking.provision('u2', 'u0')).toEqual([
      'u2@contoso.com Created UserCreated',
      expect.stringMatching(/^u0@contoso.com (Updated|Unchanged) /),
    ]);
    expect(asking.world.site.target.writes[0]).toBe('invite u2@contoso.com');
    expect(asking.answer('Provision')?.completedAt).toBeDefined();
  });

  it('removes who has left under the request, though the guard would stage them, after a second look', async () => {
    const asking = await new Asking(new People('u0', 'u1'), { configuration: guard({}) }).begin();
    asking.world.people.users.delete('u0');
    const answer = await asking.provision('u0');
    expect(asking.world.record('u0').spec).toMatchObject({ lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } });
    expect(answer).toEqual(['u0@contoso.com Deleted UserDeleted']);
  });

  it('blocks who was disabled under the request, though the guard would stage them', async () => {
    const asking = await new Asking(new People('u0', 'u1'), { configuration: guard({}) }).begin();
    asking.world.people.add('u0', { accountEnabled: false });
    await asking.provision('u0');
    expect(asking.world.standings()).toEqual(['u0 Present disabled', 'u1 Present']);
    expect(asking.world.site.target.writes.join()).toContain('accountEnabled');
  });

  it('passes the limit on creations for who is named', async () => {
    const asking = await new Asking(new People('u0'), { configuration: guard({ creations: 1 }) }).begin();
    for (const id of ['u1', 'u2']) asking.world.people.add(id);
    await asking.provision('u1', 'u2');
    expect(asking.world.site.target.writes.filter((write) => write.startsWith('invite'))).toHaveLength(2);
  });

  it.each([
    ['whom nobody knows', 'nobody', 'Failed UserNotFound'],
    ['who is out of scope and has no record', 'guest', 'Skipped NotInternalMember'],
  ])('says so of somebody %s', async (_, id, answer) => {
    const asking = await new Asking(new People('u0')).begin();
    const { people } = asking.world;
    people.add('guest');
    people.set({ ...(people.users.get('guest') ?? { id: 'guest', attributes: {} }), userType: 'Guest' });
    expect(await asking.provision(id)).toEqual([`${upn(id)} ${answer}`]);
  });

  it('writes nothing to a tenant in Plan mode', async () => {
    const asking = await new Asking(new People('u0', 'u1')).begin();
    asking.world.edit({ mode: 'Plan' });
    await asking.world.settle();
    asking.world.people.add('u2');
    asking.world.people.users.delete('u0');
    asking.world.people.add('u1', { accountEnabled: false });
    const before = asking.world.site.target.writes.length;
    expect(await asking.provision('u2', 'u0', 'u1')).toHaveLength(3);
    expect(asking.world.site.target.writes).toHaveLength(before);
  });

  it('lets who leaves this scope and is wanted by another configuration change hands', async () => {
    const people = new People('u0', 'u1');
    people.join('g', 'u0', 'u1');
    const asking = await new Asking(people, { configuration: { scope: assigned({ groups: [{ id: 'g' }] }) } }).begin();
    asking.world.site.configurations.put(configurationWith({ scope: assigned({ users: [{ id: 'u0' }] }) }, { name: 'other' }));
    people.quit('g', 'u0');
    await asking.provision('u0');
    expect(asking.world.record('u0').spec.removal).toEqual({ reason: 'Unassigned', action: 'Retain' });
  });

  it('answers within its time though the work has not ended, and says what it waits for', async () => {
    const asking = await new Asking(new People('u0')).begin();
    asking.world.people.add('u1');
    asking.world.site.target.retryAt = asking.world.site.clock.now() + 10 * minute;
    const [answer] = await asking.provision('u1');
    expect(answer).toMatch(/^u1@contoso.com Failed /);
  });

  it('fails for all when the source cannot be read', async () => {
    const asking = await new Asking(new People('u0')).begin();
    asking.world.people.refused.set('findUserByPrincipalName u0@contoso.com', refusal('Forbidden'));
    expect((await asking.provision('u0'))[0]).toMatch(/^u0@contoso.com Failed /);
  });

  it('refuses what is no request, once, and a token that was used before for others', async () => {
    const asking = await new Asking(new People('u0', 'u1')).begin();
    expect(await asking.ask('Provision', 'nothing')).toEqual([]);
    expect(asking.answer('Provision')?.message).toContain('no token');
    await asking.ask('Provision', `one:${upn('u0')}`);
    await asking.ask('Provision', `one:${upn('u1')}`);
    const refused = asking.world.site.events.filter(({ reason }) => reason === 'RequestRefused');
    expect(refused.map(({ note }) => note)).toEqual([expect.stringContaining('no token'), expect.stringContaining('answered before')]);
  });

  it.each([
    ['repeated for others', (name: string) => [`${name}:${upn('u0')}`, `${name}:${upn('u1')}`]],
    ['without users', (name: string) => [`${name}:`]],
    ['taken for the token', (name: string) => [name]],
    ['among too many users', (name: string) => [`one:${Array.from({ length: 21 }, (_, index) => `${index}${name}`).join(',')}`]],
  ])('says in no event what somebody has written into a request: a name that is %s', async (_, requests) => {
    const asking = await new Asking(new People('u0', 'u1')).begin();
    for (const request of requests('maria.secret@contoso.com')) await asking.ask('Provision', request);
    const notes = asking.world.site.events.filter(({ reason }) => reason === 'RequestRefused').map(({ note }) => note);
    expect(notes).toHaveLength(1);
    expect(notes.join('\n')).not.toMatch(/maria|contoso/i);
  });

  it('is answered at once while the configuration is suspended', async () => {
    const asking = await new Asking(new People('u0')).begin();
    asking.world.edit({ suspend: true });
    expect(await asking.provision('u0')).toEqual(['u0@contoso.com Failed Suspended']);
  });
});

describe('F5 explain-users', () => {
  it('explains who is there, who is new, who leaves and who is unknown, and writes nothing', async () => {
    const asking = await new Asking(new People('u0', 'u1')).begin();
    asking.world.people.add('u2');
    asking.world.people.users.delete('u1');
    expect(await asking.explain('u0', 'u2', 'u1', 'nobody')).toEqual([
      expect.stringMatching(/^u0@contoso.com (Updated|Unchanged) /),
      expect.stringMatching(/^u2@contoso.com Created /),
      expect.stringMatching(/^u1@contoso.com (Deleted|Skipped|Unchanged|Failed) /),
      'nobody@contoso.com Failed UserNotFound',
    ]);
    expect(asking.steps.slice(0, 2)).toEqual(['Import Found', 'Scoping Assigned']);
  });

  it('names the entry, the group and the path by which somebody is assigned, and each filter', async () => {
    const people = new People('u0', 'u1');
    for (const id of ['u0', 'u1']) people.add(id, { department: 'Here' });
    people.join('g', 'h');
    people.join('h', 'u0');
    const scope = assigned({
      includeNestedGroups: true,
      groups: [{ id: 'g' }],
      users: [{ id: 'u1' }],
      filters: [{ name: 'here', clauses: [{ attribute: 'department', operator: 'NotEquals', value: 'Left' }] }],
    });
    const asking = await new Asking(people, { configuration: { scope } }).begin();
    await asking.explain('u0');
    expect(asking.steps).toEqual(expect.arrayContaining(['Scoping Assigned', 'Scoping FilterPassed']));
    expect(JSON.stringify(asking.answer('Explain'))).toContain('group g > group h');
    await asking.explain('u1');
    expect(JSON.stringify(asking.answer('Explain'))).toContain('spec.scope.users[0]');
    people.add('u2');
    expect(await asking.explain('u2')).toEqual(['u2@contoso.com Skipped NotInScope']);
  });

  it('says what holds somebody back: the guard, a pause, the quota, Plan mode', async () => {
    const asking = await new Asking(new People('u0', 'u1'), { configuration: guard({ creations: 1 }) }).begin();
    asking.world.people.add('u0', { accountEnabled: false });
    await asking.explain('u0');
    expect(JSON.stringify(asking.answer('Explain'))).toContain('AwaitingGuard');
    asking.world.people.add('u2');
    await asking.explain('u2');
    expect(JSON.stringify(asking.answer('Explain'))).toContain('AwaitingGuard');
    asking.world.edit({ mode: 'Plan' });
    await asking.world.settle();
    await asking.explain('u2');
    expect(JSON.stringify(asking.answer('Explain'))).toContain('Planned');
  });

  it('says that the pair is not ready, where it is not', async () => {
    const asking = await new Asking(new People('u0')).begin();
    asking.world.site.session.verdict = { ready: false, reason: 'CredentialsRejected', message: 'Refused.' };
    expect((await asking.explain('u0'))[0]).toMatch(/^u0@contoso.com Failed /);
  });
});
