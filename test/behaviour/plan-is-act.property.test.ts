/* eslint-disable jest/no-standalone-expect -- a run is asserted by its class, inside of the property */
import fc from 'fast-check';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { UserProjection } from '../../src/api/kinds.ts';
import { annotations } from '../../src/api/kinds.ts';
import { condition } from '../support/scene.ts';
import { World } from '../support/world.ts';
import { realCluster } from '../support/real-kubernetes/cluster.ts';

interface Person {
  readonly enabled: boolean;
  readonly department: string;
  readonly title: string | undefined;
  readonly phone: string | undefined;
  readonly manager: number | undefined;
  /** What the target has of this person before the first cycle. */
  readonly found: 'Nothing' | 'Guest' | 'Internal';
  /** What happens to the person, or to the account, between the first cycle and the preview. */
  readonly then: 'Nothing' | 'Disabled' | 'DeletedBySource' | 'DeletedInTarget' | 'EditedInTarget' | 'BlockedInTarget' | 'Left' | 'Renamed';
}

const person: fc.Arbitrary<Person> = fc.record({
  enabled: fc.constantFrom(true, true, true, false),
  department: fc.constantFrom('Sales', 'Research'),
  title: fc.constantFrom(undefined, 'Clerk', 'Chief'),
  phone: fc.constantFrom(undefined, '+49 170 1234567'),
  manager: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  found: fc.constantFrom('Nothing', 'Nothing', 'Nothing', 'Nothing', 'Guest', 'Internal'),
  then: fc.constantFrom(
    'Nothing',
    'Nothing',
    'Nothing',
    'Disabled',
    'DeletedBySource',
    'DeletedInTarget',
    'EditedInTarget',
    'BlockedInTarget',
    'Left',
    'Renamed',
  ),
});

const mapping = fc.constantFrom<JsonObject>(
  { target: 'companyName', constant: 'Contoso' },
  { target: 'jobTitle', source: 'department' },
  { target: 'jobTitle' },
  { target: 'displayName', expression: 'Append([displayName], " (Contoso)")' },
  { target: 'department', source: 'department', authority: 'WhenEmpty' },
  { target: 'mobilePhone', source: 'mobilePhone', whenNull: 'Clear' },
  { target: 'userType', constant: 'Member', apply: 'Always' },
  { target: 'userType', constant: 'Guest', apply: 'OnCreate' },
  { target: 'accountEnabled' },
  { target: 'manager' },
);

interface Spec {
  readonly scope: 'All' | 'Half' | 'Sales' | 'Titled' | 'Nobody';
  readonly mappings: readonly JsonObject[];
  readonly actions: readonly string[];
  readonly deprovisioning: JsonObject;
  readonly adoption: 'Adopt' | 'Ignore';
}

const spec: fc.Arbitrary<Spec> = fc.record({
  scope: fc.constantFrom('All', 'All', 'Half', 'Sales', 'Titled', 'Nobody'),
  mappings: fc.uniqueArray(mapping, { maxLength: 3, selector: ({ target }) => target }),
  actions: fc.constantFrom(
    ['Create', 'Update', 'Delete'],
    ['Create', 'Update', 'Delete'],
    ['Update', 'Delete'],
    ['Create', 'Delete'],
    ['Create', 'Update'],
  ),
  deprovisioning: fc.record({
    action: fc.constantFrom('SoftDelete', 'SoftDelete', 'Block', 'Retain'),
    disabledUsers: fc.constantFrom('Retain', 'SoftDelete'),
    adoptedUsers: fc.constantFrom('SoftDelete', 'Retain'),
    guard: fc.record({ threshold: fc.constantFrom(2, 3, 500), minimum: fc.constantFrom(1, 10) }),
  }),
  adoption: fc.constantFrom('Adopt', 'Ignore'),
});

describe('I13 G8 plan is act', () => {
  // eslint-disable-next-line jest/expect-expect -- the property expects
  it('I13 G8 applying what was previewed does exactly that, in 200 worlds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 6 }), spec, spec, async (people, from, after) => {
        // What a configuration owed that did not update is done as soon as it does, before anybody is decided about anew.
        const before = { ...from, actions: [...new Set([...from.actions, 'Update'])] };
        const world = new World({ flags: ['--replication-window', '1m'] });
        try {
          await new Run(world, people).compare(before, after);
        } finally {
          await world.end();
        }
      }),
      {
        // A real API server takes seconds for each world.
        numRuns: realCluster === undefined ? 200 : 3,
        seed: Number(process.env.SEED ?? 20_261_126),
        endOnFailure: true,
        interruptAfterTimeLimit: 280_000,
        markInterruptAsFailure: true,
      },
    );
  }, 300_000);
});

type Account = Readonly<Record<string, string>>;

/** Attributes that the mappings of this test write, and that are read back. */
const compared = ['accountEnabled', 'companyName', 'department', 'displayName', 'jobTitle', 'mobilePhone', 'userType'];

class Run {
  readonly #world: World;
  readonly #ids: readonly string[];
  readonly #people: readonly Person[];
  readonly #group: string;

  constructor(world: World, people: readonly Person[]) {
    this.#world = world;
    this.#people = people;
    this.#ids = people.map((each, index) => {
      const { id } = world.hub.createUser({
        userPrincipalName: `user${index}@contoso.com`,
        properties: {
          displayName: `User ${index}`,
          accountEnabled: each.enabled,
          department: each.department,
          ...(each.title === undefined ? {} : { jobTitle: each.title }),
          ...(each.phone === undefined ? {} : { mobilePhone: each.phone }),
        },
      });
      if (each.found === 'Guest') world.spoke.createExternalUser({ address: `user${index}@contoso.com` });
      if (each.found === 'Internal')
        world.spoke.createUser({
          userPrincipalName: `own${index}@fabrikam.com`,
          properties: { displayName: 'Own', mail: `user${index}@contoso.com` },
        });
      return id;
    });
    for (const [index, { manager }] of people.entries()) {
      const id = manager === undefined || manager === index ? undefined : this.#ids[manager];
      if (id !== undefined) world.hub.setManager(this.#ids[index] ?? '', id);
    }
    this.#group = world.hub.createGroup({ displayName: 'Half', members: this.#ids.filter((_, index) => index % 2 === 0) }).id;
  }

  #spec({ scope, mappings, actions, deprovisioning, adoption }: Spec): JsonObject {
    const filter = (attribute: string, operator: string, value?: string): JsonObject => ({
      type: 'All',
      filters: [{ name: 'filter', clauses: [{ attribute, operator, ...(value === undefined ? {} : { value }) }] }],
    });
    const scopes: Record<Spec['scope'], JsonObject> = {
      All: { type: 'All' },
      Half: { type: 'Assigned', groups: [{ id: this.#group }] },
      Sales: filter('department', 'Equals', 'Sales'),
      Titled: filter('jobTitle', 'IsNotNull'),
      Nobody: filter('department', 'Equals', 'Nowhere'),
    };
    return {
      interval: '40m',
      scope: scopes[scope],
      attributeMappings: mappings,
      targetActions: actions,
      deprovisioning,
      matching: { adoption },
    };
  }

  async compare(before: Spec, after: Spec): Promise<void> {
    const world = this.#world;
    await world.begin(this.#spec(before));
    await this.#quiet();
    this.#happen();
    await world.sync();
    await this.#quiet();
    await world.sync();
    world.applyConfiguration({ ...this.#spec(after), previewOf: { name: 'staff' } }, 'next');
    await world.until('the preview', () => world.configuration('next').status.lastCycle?.planned !== undefined);
    await world.run(75_000);
    const said = this.#ids.map((id) => world.projection(id, 'next'));
    const planned = world.configuration('next').status.lastCycle?.planned;
    const was = this.#accounts();
    world.applyConfiguration(this.#spec(after));
    await world.until('it is applied', () => world.configuration().status.observedGeneration === world.configuration().metadata.generation);
    await this.#quiet();
    const staged = world.configuration().status.stagedDeletions !== undefined;
    expect(planned?.guard?.result ?? 'Passed').toBe(staged && (planned?.guard?.count ?? 0) > 0 ? 'Staged' : 'Passed');
    await this.#approve();
    const is = this.#accounts();
    const changes = [...new Set([...was.keys(), ...is.keys()])].filter((id) => JSON.stringify(was.get(id)) !== JSON.stringify(is.get(id)));
    const foreseen = said.flatMap((record, index) => this.#happened(record, this.#ids[index] ?? '', { was, is }));
    expect(foreseen.toSorted()).toEqual(changes.toSorted());
  }

  /** Lets all pauses pass that a settled world has. */
  async #quiet(): Promise<void> {
    await this.#world.run(75_000);
  }

  #happen(): void {
    const { hub, spoke } = this.#world;
    for (const [index, { then }] of this.#people.entries()) {
      const id = this.#ids[index] ?? '';
      const account = this.#world.account(id)?.id;
      if (then === 'Disabled') hub.updateUser(id, { accountEnabled: false });
      if (then === 'DeletedBySource') hub.softDelete(id);
      if (then === 'Left') hub.updateUser(id, { department: 'Left' });
      if (then === 'Renamed') hub.updateUser(id, { displayName: `Other ${index}` });
      if (account === undefined) continue;
      if (then === 'DeletedInTarget') spoke.softDelete(account);
      if (then === 'EditedInTarget') spoke.updateUser(account, { jobTitle: 'Edited' });
      if (then === 'BlockedInTarget') spoke.updateUser(account, { accountEnabled: false });
    }
  }

  async #approve(): Promise<void> {
    const world = this.#world;
    const token = world.configuration().status.stagedDeletions?.token;
    if (token === undefined) return;
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: token });
    await world.until('it is approved', () => world.configuration().status.lastHandledDeletionDecision?.token === token);
    await this.#quiet();
  }

  /** Every account of the target as far as it is compared, live or deleted. */
  #accounts(): ReadonlyMap<string, Account> {
    const { spoke } = this.#world;
    const shown = (value: unknown): string => (typeof value === 'string' || typeof value === 'boolean' ? String(value) : '');
    const accountOf = (user: ReturnType<typeof spoke.users>[number], state: string): Account => ({
      ...Object.fromEntries(compared.map((name) => [name, shown(user.properties[name])])),
      manager: user.managerId ?? '',
      state,
    });
    return new Map([
      ...spoke.users().map((user) => [user.id, accountOf(user, 'live')] as const),
      ...spoke.deletedUsers().map((user) => [user.id, accountOf(user, 'deleted')] as const),
    ]);
  }

  /** Asserts that what was said of one person is what happened, and gives the accounts that it foresaw a change of. */
  #happened(
    record: UserProjection | undefined,
    id: string,
    { was, is }: { readonly was: ReadonlyMap<string, Account>; readonly is: ReadonlyMap<string, Account> },
  ): readonly string[] {
    const plan = record?.status.plan;
    const now = this.#world.projection(id);
    if (plan === undefined) {
      const reason = record && condition({ status: record.status })?.reason;
      if (reason !== undefined) expect(now && condition({ status: now.status })?.reason).toBe(reason);
      return [];
    }
    if (plan.operation === 'None') return [];
    const account = plan.objectId ?? now?.status.targetUser?.objectId ?? '';
    const [from, to] = [was.get(account), is.get(account)];
    expect([plan.operation, from?.state ?? 'none', to?.state]).toEqual([
      plan.operation,
      stateBefore[plan.operation],
      stateAfter[plan.operation],
    ]);
    const changed: Record<string, string> = { ...from };
    for (const { attribute, from: old = '', to: wanted = '' } of plan.changes ?? []) {
      if (attribute !== 'manager' && !compared.includes(attribute)) continue;
      if (plan.operation !== 'Create') expect([attribute, old]).toEqual([attribute, from?.[attribute]]);
      changed[attribute] = this.#accountFor(wanted);
    }
    if (plan.operation === 'Create') return this.#created(account, { changed, to });
    expect({ ...changed, state: stateAfter[plan.operation] }).toEqual(to);
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [account];
  }

  #created(account: string, { changed, to }: { readonly changed: Account; readonly to: Account | undefined }): readonly string[] {
    const rest = { ...Object.fromEntries([...compared, 'manager'].map((name) => [name, ''])), accountEnabled: 'true', ...changed };
    expect({ ...rest, state: 'live' }).toEqual({ ...to, ...(changed.displayName === undefined ? { displayName: '' } : {}) });
    return [account];
  }

  /** The manager for whom the same plan makes an account. */
  #accountFor(value: string): string {
    const source = /^source:(.*)$/.exec(value)?.[1];
    return source === undefined ? value : (this.#world.projection(source)?.status.targetUser?.objectId ?? '');
  }
}

const stateBefore = { Create: 'none', Update: 'live', Disable: 'live', Delete: 'live', Restore: 'deleted', None: 'live' } as const;
const stateAfter = { Create: 'live', Update: 'live', Disable: 'live', Delete: 'deleted', Restore: 'live', None: 'live' } as const;
