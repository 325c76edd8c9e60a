import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { condition, enabledGuests, eventReasons, events, guestIds, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('E7 the accidental deletion guard', () => {
  let world: World;
  afterEach(() => world.end());

  /** `count` people who are all provisioned. */
  async function company(count: number, guard: JsonObject = {}, more: JsonObject = {}): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly });
    const people = hire(world, count);
    await replicated(world);
    await world.begin({ ...more, deprovisioning: { guard } });
    await world.until('everybody is there', () => guests(world).length === count);
    await replicated(world);
    return people;
  }

  const leave = (people: readonly SandboxUser[]): void => {
    for (const user of people) world.hub.softDelete(user.id);
  };
  const disable = (people: readonly SandboxUser[]): void => {
    for (const user of people) world.hub.updateUser(user.id, { accountEnabled: false });
  };
  const staged = (): number => world.configuration().status.stagedDeletions?.count ?? 0;
  const token = (): string => world.configuration().status.stagedDeletions?.token ?? '';
  /** Two cycles, whatever they do. */
  const cycles = async (): Promise<void> => {
    await replicated(world);
    await world.sync();
    await replicated(world);
    await world.sync();
  };
  const decide = async (annotation: string, value = token()): Promise<void> => {
    world.annotate('SyncConfiguration', 'staff', { [annotation]: value });
    await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done');
  };

  it.each([
    { what: 'below the threshold', threshold: 3, leaving: 2, passes: true },
    { what: 'at the threshold', threshold: 3, leaving: 3, passes: false },
    { what: 'above the threshold', threshold: 3, leaving: 4, passes: false },
  ])('E7 stages removals that reach the threshold: $what', async ({ threshold, leaving, passes }) => {
    const people = await company(20, { threshold, percent: 100 });
    leave(people.slice(0, leaving));
    await cycles();
    expect(guests(world)).toHaveLength(passes ? 20 - leaving : 20);
    expect(staged()).toBe(passes ? 0 : leaving);
    expect(condition(world.configuration())).toMatchObject(passes ? { status: 'True' } : { status: 'False', reason: 'DeletionsStaged' });
    expect(condition(world.configuration(), 'Stalled')?.status).toBe(passes ? undefined : 'True');
    expect(condition(world.configuration(), 'DeletionsStaged')?.status).toBe(passes ? undefined : 'True');
    if (passes) return;
    expect(world.configuration().status.stagedDeletions).toMatchObject({ count: leaving, percent: leaving * 5 });
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DeletionsStaged');
    for (const user of people.slice(0, leaving))
      expect(world.projection(user.id)).toMatchObject({ spec: { lifecycle: 'RemovalStaged' }, status: { state: 'Staged' } });
  });

  it.each([
    { count: 10, leaving: 1, passes: true },
    { count: 10, leaving: 2, passes: false },
    { count: 9, leaving: 5, passes: true },
    { count: 11, leaving: 2, passes: true },
    { count: 11, leaving: 3, passes: false },
  ])('E7 applies the percentage from the minimum on: $leaving of $count', async ({ count, leaving, passes }) => {
    const people = await company(count);
    leave(people.slice(0, leaving));
    await cycles();
    expect(guests(world)).toHaveLength(passes ? count - leaving : count);
    expect(staged()).toBe(passes ? 0 : leaving);
  });

  it('E7 counts blocks like removals, and a staged block leaves the rest of the user in motion', async () => {
    const people = await company(10);
    leave(people.slice(0, 1));
    disable(people.slice(1, 2));
    await cycles();
    expect(staged()).toBe(2);
    expect(enabledGuests(world)).toHaveLength(10);
    const blocked = people[1]?.id ?? '';
    expect(world.projection(blocked)?.spec).toMatchObject({
      lifecycle: 'Present',
      blockStaged: true,
      attributes: { accountEnabled: true },
    });
    world.hub.updateUser(blocked, { jobTitle: 'Engineer' });
    await cycles();
    expect(world.account(blocked)?.properties).toMatchObject({ accountEnabled: true, jobTitle: 'Engineer' });
    expect(staged()).toBe(2);
  });

  it.each([
    // There is nobody left to block: the set is smaller by one.
    { how: 'purged', expected: { state: 'Skipped', reason: 'SourceDisabled', staged: 1 } },
    { how: 'deleted', expected: { state: 'Conflict', reason: 'DeletedInTarget', staged: 2 } },
  ])('E7 A7 A8 a full cycle notices the account of a staged block that somebody has $how', async ({ how, expected }) => {
    const people = await company(10, { threshold: 2, percent: 100 });
    disable(people.slice(0, 2));
    await cycles();
    expect(staged()).toBe(2);
    const [lost, kept] = people.map(({ id }) => id);
    await world.run(15 * minute);
    const account = world.account(lost ?? '')?.id ?? '';
    if (how === 'purged') world.spoke.purge(account);
    else world.spoke.softDelete(account);
    await replicated(world);
    await world.restart();
    await world.run(10 * minute);
    const status = world.projection(lost ?? '')?.status;
    expect({ state: status?.state, reason: condition({ status: status ?? {} })?.reason, staged: staged() }).toEqual(expected);
    expect(world.projection(kept ?? '')).toMatchObject({ spec: { blockStaged: true }, status: { state: 'Staged' } });
  });

  it('E7 counts what passed within the window, and no longer than that', async () => {
    const people = await company(20, { threshold: 4, percent: 100, window: '1h' }, { interval: '40m' });
    leave(people.slice(0, 3));
    await cycles();
    expect(guests(world)).toHaveLength(17);
    leave(people.slice(3, 4));
    await cycles();
    expect(staged()).toBe(1);
    expect(guests(world)).toHaveLength(17);
    await decide(annotations.rejectDeletions);
    await world.run(2 * hour);
    leave(people.slice(4, 7));
    await cycles();
    expect(staged()).toBe(0);
    expect(guests(world)).toHaveLength(14);
  });

  it.each([
    ['removals', { deprovisioning: { action: 'SoftDelete' } }, 'DELETE /users/{id}'],
    ['blocks in place of removals', { deprovisioning: { action: 'Block' } }, 'PATCH /users/{id}'],
  ])('E7 goes on counting %s that could not be carried out, however long ago they passed', async (_, { deprovisioning }, operation) => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 20);
    await replicated(world);
    const guard = { threshold: 3, percent: 100, window: '1h' };
    await world.begin({ interval: '40m', deprovisioning: { ...deprovisioning, guard } });
    await world.until('everybody is there', () => guests(world).length === 20);
    await replicated(world);
    world.entra.faults.add({ effect: 'status', status: 503, times: 1_000_000, match: { operation, tenant: world.spoke.tenantId } });
    leave(people.slice(0, 2));
    await cycles();
    await world.run(2 * hour);
    expect(enabledGuests(world)).toHaveLength(20);
    leave(people.slice(2, 3));
    await cycles();
    expect(staged()).toBe(1);
  });

  it('E7 lets many small steps not add up to what one step may not do', async () => {
    const people = await company(20, { threshold: 500, percent: 20 });
    for (const user of people.slice(0, 10)) {
      leave([user]);
      await replicated(world);
      await world.sync();
    }
    expect(guests(world).length).toBeGreaterThanOrEqual(17);
    expect(guests(world).length + staged()).toBeGreaterThanOrEqual(20);
  });

  it('E7 takes the share of the accounts before the cycle: newcomers do not make room', async () => {
    const people = await company(10);
    leave(people.slice(0, 3));
    hire(world, 40, 'new');
    await cycles();
    expect(staged()).toBe(3);
    for (const user of people.slice(0, 3)) expect(world.account(user.id)).toBeDefined();
  });

  it('E7 lets new removals join what is staged, and creations and updates go on', async () => {
    const people = await company(30, { threshold: 5, percent: 100 });
    leave(people.slice(0, 5));
    await cycles();
    const first = token();
    expect(staged()).toBe(5);
    leave(people.slice(5, 6));
    hire(world, 1, 'new');
    world.hub.updateUser(people[20]?.id ?? '', { jobTitle: 'Engineer' });
    await cycles();
    expect(staged()).toBe(6);
    expect(token()).not.toBe(first);
    expect(guests(world)).toHaveLength(31);
    expect(world.account(people[20]?.id ?? '')?.properties.jobTitle).toBe('Engineer');
  });

  it('E7 takes whoever comes back out of the staged set', async () => {
    const people = await company(20, { threshold: 2, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    const first = token();
    world.hub.restore(people[0]?.id ?? '');
    await cycles();
    expect(staged()).toBe(2);
    expect(token()).not.toBe(first);
    expect(world.projection(people[0]?.id ?? '')).toMatchObject({ spec: { lifecycle: 'Present' }, status: { state: 'Provisioned' } });
    world.hub.restore(people[1]?.id ?? '');
    world.hub.restore(people[2]?.id ?? '');
    await cycles();
    expect(world.configuration().status.stagedDeletions).toBeUndefined();
    expect(condition(world.configuration())?.status).toBe('True');
    expect(guests(world)).toHaveLength(20);
  });

  it('E7 an approval executes exactly the set', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 2));
    disable(people.slice(2, 4));
    await cycles();
    expect(staged()).toBe(4);
    const approved = token();
    await decide(annotations.approveDeletions);
    await world.until('they are gone', () => guests(world).length === 18);
    await world.until('they are blocked', () => enabledGuests(world).length === 16);
    await cycles();
    expect(guests(world)).toHaveLength(18);
    expect(enabledGuests(world)).toHaveLength(16);
    expect(world.configuration().status.stagedDeletions).toBeUndefined();
    expect(world.configuration().status.lastHandledDeletionDecision).toMatchObject({
      token: approved,
      decision: 'Approved',
      state: 'Done',
    });
    expect(condition(world.configuration())?.status).toBe('True');
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DeletionsApproved');
    const history = world.configuration().status.history ?? [];
    expect(history.find(({ kind }) => kind === 'Approved')).toMatchObject({
      id: approved,
      result: 'Succeeded',
      operations: { delete: 2, disable: 2 },
    });
    // Nobody counts in two cycles, and the log of each says which.
    const others = history.filter(({ kind }) => kind !== 'Approved').map(({ operations }) => operations);
    expect(others.reduce((sum, operations) => sum + (operations?.delete ?? 0) + (operations?.disable ?? 0), 0)).toBe(0);
    const logged = world.provisioningLog.map((line) => JSON.parse(line) as { cycleId: string; provisioningAction: string });
    const harmed = logged.filter(({ provisioningAction }) => provisioningAction === 'delete' || provisioningAction === 'disable');
    expect(harmed.map(({ cycleId }) => cycleId)).toEqual([approved, approved, approved, approved]);
  });

  it('F1 an approval of which the target refuses a part ends, and says so', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    disable(people.slice(0, 4));
    await cycles();
    expect(staged()).toBe(4);
    const refused = world.account(people[0]?.id ?? '')?.id ?? '';
    world.entra.faults.add({
      effect: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
      times: 1_000_000,
      match: { method: 'PATCH', path: new RegExp(refused), body: /"accountEnabled"/ },
    });
    await decide(annotations.approveDeletions);
    const entry = () => world.configuration().status.history?.find(({ kind }) => kind === 'Approved');
    await world.until('it has ended', () => entry()?.completedAt !== undefined, hour);
    expect(entry()).toMatchObject({ result: 'EntryLevelErrors', operations: { disable: 3, failure: 1 } });
    expect(enabledGuests(world)).toHaveLength(17);
  });

  it('F1 what was approved is a cycle of its own, which ends in the history although the operator is killed, suspended and refused', async () => {
    const guard = { threshold: 3, percent: 100 };
    const people = await company(20, guard);
    leave(people.slice(0, 4));
    await cycles();
    const approved = token();
    const underWay = () => world.configuration().status.history?.find(({ kind }) => kind === 'Approved');
    world.entra.faults.add({
      effect: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
      times: 1,
      match: { operation: 'DELETE /users/{id}' },
    });
    await decide(annotations.approveDeletions);
    world.applyConfiguration({ suspend: true, deprovisioning: { guard } });
    world.killOperator();
    await world.startOperator();
    await world.run(2 * minute);
    expect(underWay()?.id).toBe(approved);
    expect(underWay()?.completedAt !== undefined).toBe(guests(world).length === 16);
    world.applyConfiguration({ suspend: false, deprovisioning: { guard } });
    await world.until('it has ended', () => underWay()?.completedAt !== undefined);
    const { delete: deleted = 0, failure = 0 } = underWay()?.operations ?? {};
    expect(deleted + failure).toBe(4);
    expect(underWay()?.result).toBe(failure > 0 ? 'EntryLevelErrors' : 'Succeeded');
    await world.until('they are gone', () => guests(world).length === 16);
  });

  it.each([
    {
      what: 'unassigned, and deleted in the source',
      before: () => undefined,
      meanwhile: (id: string) => world.hub.purge(id),
    },
    {
      what: 'deleted in the source, and came back unassigned',
      before: (id: string) => world.hub.softDelete(id),
      meanwhile: (id: string) => world.hub.restore(id),
    },
  ])('E7 an approval counts for somebody who was $what while it was waited for', async ({ before, meanwhile }) => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 6);
    const group = world.hub.createGroup({ displayName: 'Staff' });
    for (const { id } of people) world.hub.addMember(group.id, id);
    await replicated(world);
    const scope = { type: 'Assigned', groups: [{ id: group.id }] };
    await world.begin({ scope, deprovisioning: { guard: { threshold: 1, percent: 100 } } });
    await world.until('everybody is there', () => guests(world).length === 6);
    await replicated(world);
    const leavers = people.slice(0, 2);
    for (const { id } of leavers) world.hub.removeMember(group.id, id);
    before(leavers[0]?.id ?? '');
    await cycles();
    expect(staged()).toBe(2);
    const shown = token();
    meanwhile(leavers[0]?.id ?? '');
    await cycles();
    expect(token()).toBe(shown);
    await decide(annotations.approveDeletions);
    await cycles();
    expect(staged()).toBe(0);
    expect(guests(world)).toHaveLength(4);
  });

  it('E7 what an approval let through does not count against the next', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 4));
    await cycles();
    await decide(annotations.approveDeletions);
    await world.until('they are gone', () => guests(world).length === 16);
    leave(people.slice(4, 5));
    await cycles();
    expect(staged()).toBe(0);
    expect(guests(world)).toHaveLength(15);
  });

  it('E7 refuses a token that is not of the staged set, with one event, and deletes nobody', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    const old = token();
    leave(people.slice(3, 4));
    await cycles();
    for (const value of ['nonsense', old]) {
      world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: value });
      await world.run(12 * minute);
    }
    expect(staged()).toBe(4);
    expect(guests(world)).toHaveLength(20);
    expect(world.configuration().status.lastHandledDeletionDecision).toBeUndefined();
    const refusals = events(world).filter((event) => event.reason === 'DeletionDecisionRefused');
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals[0]).toMatchObject({ type: 'Warning', kind: 'SyncConfiguration' });
    expect(refusals[0]?.note).toContain('status.stagedDeletions.token');
  });

  it('E7 a rejected set is not staged again until a user or the scope changes', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    const group = world.hub.createGroup({ displayName: 'Staff', members: people.slice(3).map((user) => user.id) });
    leave(people.slice(0, 1));
    disable(people.slice(1, 3));
    await cycles();
    expect(staged()).toBe(3);
    await decide(annotations.rejectDeletions);
    await world.until('it is ready', () => condition(world.configuration())?.status === 'True');
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DeletionsRejected');
    await cycles();
    await world.restart();
    await cycles();
    expect(world.configuration().status.stagedDeletions).toBeUndefined();
    expect(guests(world)).toHaveLength(20);
    expect(enabledGuests(world)).toHaveLength(20);
    // One of the users changes: decided anew, and never without a question, however few they are.
    world.hub.updateUser(people[1]?.id ?? '', { jobTitle: 'Engineer' });
    await cycles();
    expect(staged()).toBe(1);
    expect(enabledGuests(world)).toHaveLength(20);
    await decide(annotations.approveDeletions);
    await world.until('the block', () => enabledGuests(world).length === 19);
    expect(world.projection(people[1]?.id ?? '')?.spec.rejected).toBeUndefined();
    // The scope changes.
    world.applyConfiguration({
      deprovisioning: { guard: { threshold: 3, percent: 100 } },
      scope: { type: 'Assigned', groups: [{ id: group.id }] },
    });
    await cycles();
    // The blocked one is let go (A5), the other two are staged.
    expect(staged()).toBe(2);
    expect(guests(world)).toHaveLength(20);
    expect(enabledGuests(world)).toHaveLength(19);
  });

  it('E7 a set that was staged stays held back when the mode changes to Plan and back', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    expect(staged()).toBe(3);
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { mode: 'Plan' } });
    await cycles();
    world.kube.patch(
      { kind: 'SyncConfiguration', name: 'staff', namespace },
      { spec: { mode: 'Apply', deprovisioning: { guard: { threshold: 500 } } } },
    );
    await cycles();
    expect(staged()).toBe(3);
    expect(guests(world)).toHaveLength(20);
  });

  it('E7 removals planned in Plan mode count once when the mode becomes Apply', async () => {
    const people = await company(20, { threshold: 500, percent: 20 });
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { mode: 'Plan' } });
    await cycles();
    leave(people.slice(0, 2));
    await cycles();
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { mode: 'Apply' } });
    await cycles();
    await world.until('both are gone', () => guests(world).length === 18);
    expect(staged()).toBe(0);
  });

  it('E7 approving a staged set deletes nobody once the configuration says Retain', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    const asked = token();
    expect(asked).not.toBe('');
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { deprovisioning: { action: 'Retain' } } });
    await cycles();
    // Who is only let go waits for nobody: the set may be gone by now.
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: asked });
    await world.run(10 * 60_000);
    expect(guests(world)).toHaveLength(20);
    expect(staged()).toBe(0);
  });

  it('E7 approving a staged set deletes nobody once the configuration says Block: sign-in is blocked', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    const spec = { deprovisioning: { action: 'Block' } };
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec });
    await world.run(minute);
    await decide(annotations.approveDeletions);
    await world.run(hour);
    expect(world.spoke.deletedUsers()).toEqual([]);
    expect(guests(world)).toHaveLength(20);
    expect(enabledGuests(world)).toHaveLength(17);
    expect(staged()).toBe(0);
  });

  it('E7 what somebody else writes into a staged record is neither decided about nor acted on', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    const [victim] = people;
    const projection = world.projection(victim?.id ?? '');
    await world.stopOperator();
    world.kube.patch(
      { kind: 'UserProjection', name: projection?.metadata.name ?? '', namespace },
      { spec: { attributes: { jobTitle: 'Owner' } } },
    );
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.rejectDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
    });
    await world.startOperator();
    await world.run(20 * 60_000);
    expect(guests(world).map((user) => user.properties.jobTitle)).not.toContain('Owner');
    expect(guests(world)).toHaveLength(20);
  });

  it('E7 a token decides once: the same value does nothing to a later set', async () => {
    const people = await company(20, { threshold: 3, percent: 100 });
    leave(people.slice(0, 3));
    await cycles();
    await decide(annotations.approveDeletions);
    await world.until('they are gone', () => guests(world).length === 17);
    leave(people.slice(3, 6));
    await cycles();
    expect(staged()).toBe(3);
    await world.stopOperator();
    await world.startOperator();
    await cycles();
    expect(staged()).toBe(3);
    expect(guests(world)).toHaveLength(17);
  });

  it('E7 an emptied scope is staged always, whatever the numbers', async () => {
    const people = await company(3, { threshold: 500, percent: 100 });
    leave(people);
    await cycles();
    expect(staged()).toBe(3);
    expect(guests(world)).toHaveLength(3);
    expect(world.configuration().status.stagedDeletions?.percent).toBe(100);
  });

  it.each(['before the verdict', 'after the verdict', 'after the first mark', 'after the third mark'])(
    'E7 a crash %s does not split one set into two small ones',
    async (point) => {
      const people = await company(20, { threshold: 5, percent: 100 });
      const before = guestIds(world);
      let marks = 0;
      const cut = (): never => {
        world.killOperator();
        throw new Error('killed');
      };
      const stop = world.kube.hooks.before(({ method, path, body }) => {
        const verdict = path.endsWith('syncconfigurations/staff/status') && body?.includes('"guard"') === true;
        const mark = method === 'PATCH' && body?.includes('"RemovalStaged"') === true;
        if (verdict && point === 'before the verdict') cut();
        if (!mark) return;
        marks += 1;
        if (marks === { 'after the verdict': 1, 'after the first mark': 2, 'after the third mark': 4 }[point]) cut();
      });
      leave(people.slice(0, 5));
      await replicated(world);
      world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: 'crash' });
      await world.until('it crashed', () => !world.running, 10 * minute);
      stop();
      await world.startOperator();
      await world.until('all are staged', () => staged() === 5, 20 * minute);
      await cycles();
      expect(guestIds(world)).toEqual(before);
    },
  );

  it.each([
    ['approval', annotations.approveDeletions, 15],
    ['rejection', annotations.rejectDeletions, 20],
  ])('E7 an %s that a crash cut short is completed', async (_, annotation, left) => {
    const people = await company(20, { threshold: 5, percent: 100 });
    leave(people.slice(0, 5));
    await cycles();
    let marks = 0;
    const stop = world.kube.hooks.before(({ method, path }) => {
      if (method !== 'PATCH' || !/userprojections\/[^/]+$/.test(path)) return;
      marks += 1;
      if (marks !== 3) return;
      world.killOperator();
      throw new Error('killed');
    });
    const decided = token();
    world.annotate('SyncConfiguration', 'staff', { [annotation]: decided });
    await world.until('it crashed', () => !world.running, 10 * minute);
    stop();
    // Meanwhile another one leaves, who was not part of the decision.
    leave(people.slice(5, 6));
    await world.startOperator();
    await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done', 10 * minute);
    expect(world.configuration().status.lastHandledDeletionDecision?.token).toBe(decided);
    await world.run(4 * minute);
    expect(guests(world).length).toBeGreaterThanOrEqual(left - 1);
    for (const user of people.slice(0, 5)) expect(world.account(user.id) !== undefined).toBe(left === 20);
  });
});
