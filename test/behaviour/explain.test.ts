import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { hire, provisioned } from '../support/people.ts';
import { hire as hireMany, replicated, spokeVersions } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const patient = { interval: '24h', fullInterval: '72h' };

describe('F5 explain-users', () => {
  let world: World;
  let requests = 0;
  afterEach(() => world.end());

  interface Explained {
    readonly result: string;
    readonly steps: readonly string[];
    readonly detail: (step: string) => string;
  }

  /** The explanations of these users, within 15 seconds; neither tenant nor any record changes by them. */
  async function explain(...users: readonly (SandboxUser | undefined | string)[]): Promise<readonly Explained[]> {
    const token = `t${(requests += 1)}`;
    const names = users.map((user) => (typeof user === 'string' ? user : (user?.id ?? '')));
    const before = [spokeVersions(world), JSON.stringify(world.projections())];
    world.annotate('SyncConfiguration', 'staff', { [annotations.explainUsers]: `${token}:${names.join(',')}` });
    const answered = () => world.configuration().status.lastHandledExplainUsers;
    await world.until('it is answered', () => answered()?.token === token, 15_000);
    expect([spokeVersions(world), JSON.stringify(world.projections())]).toEqual(before);
    return (answered()?.results ?? []).map(({ result, reason, decisions = [] }) => ({
      result: `${result ?? ''} ${reason ?? ''}`,
      steps: decisions.map(({ step, outcome }) => `${step ?? ''} ${outcome ?? ''}`),
      detail: (step) =>
        decisions
          .filter((decision) => decision.step === step)
          .map(({ detail }) => detail)
          .join('\n'),
    }));
  }

  async function company(count = 6, configuration: JsonObject = {}): Promise<readonly SandboxUser[]> {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, count);
    await provisioned(world, people, { ...patient, ...configuration });
    return people;
  }

  it('F5 says of a user who is there what would change, by name alone, and that nothing holds it back', async () => {
    const [ana] = await company();
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Secret Agent' });
    await replicated(world);
    const [explained] = await explain(ana);
    expect(explained).toMatchObject({
      result: 'Updated Planned',
      steps: ['Import Found', 'Scoping Assigned', 'Mapping Mapped', 'Matching Linked', 'Action WouldUpdate'],
    });
    expect(explained?.detail('Mapping')).toContain('jobTitle from source jobTitle: would be written');
    expect(explained?.detail('Mapping')).toContain('displayName from source displayName: stays');
    expect(explained?.detail('Matching')).toContain(world.account(ana?.id ?? '')?.id ?? '-');
    expect(explained?.detail('Action')).toContain('Would be written');
    expect(JSON.stringify(world.configuration().status.lastHandledExplainUsers)).not.toContain('Secret Agent');
    expect(world.projection(ana?.id ?? '')?.status.state).toBe('Provisioned');
  });

  it('F5 says of a newcomer that an account would be created, and makes no record', async () => {
    await company(3);
    const nora = hire(world, 'nora', { jobTitle: 'Clerk' });
    await replicated(world);
    const [explained] = await explain('NORA@contoso.com');
    expect(explained).toMatchObject({ result: 'Created Planned' });
    expect(explained?.steps).toEqual(['Import Found', 'Scoping Assigned', 'Mapping Mapped', 'Matching NotFound', 'Action WouldCreate']);
    expect(world.projection(nora.id)).toBeUndefined();
  });

  it('F5 says by which entry, group and nested group somebody is assigned, and which clause keeps somebody out', async () => {
    world = new World({ settings: unfriendly });
    const [ana, eva, ida, uma] = hireMany(world, 4);
    const outer = world.hub.createGroup({ displayName: 'Outer' });
    const inner = world.hub.createGroup({ displayName: 'Inner' });
    world.hub.addMember(outer.id, inner.id);
    world.hub.addMember(inner.id, eva?.id ?? '');
    world.hub.addMember(outer.id, ida?.id ?? '');
    await replicated(world);
    await world.begin({
      ...patient,
      scope: {
        type: 'Assigned',
        includeNestedGroups: true,
        users: [{ id: ana?.id ?? '' }],
        groups: [{ id: outer.id }],
        filters: [
          {
            name: 'sales',
            clauses: [
              { attribute: 'department', operator: 'Equals', value: 'Sales' },
              { attribute: 'displayName', operator: 'IsNotNull' },
            ],
          },
        ],
      },
    });
    await world.run(60_000);
    const [byEntry, byNested, byGroup, outside] = await explain(ana, eva, ida, uma);
    expect(byEntry?.detail('Scoping')).toContain('By spec.scope.users[0].');
    expect(byNested?.detail('Scoping')).toContain(`By group ${outer.id} > group ${inner.id}.`);
    expect(byGroup?.detail('Scoping')).toContain(`By group ${outer.id}.`);
    expect(byNested).toMatchObject({ result: 'Skipped FilteredOut', steps: ['Import Found', 'Scoping Assigned', 'Scoping FilterFailed'] });
    expect(byNested?.detail('Scoping')).toContain('sales: department Equals "Sales": false; sales: displayName IsNotNull: true');
    expect(byGroup?.steps.slice(0, 3)).toEqual(['Import Found', 'Scoping Assigned', 'Scoping FilterPassed']);
    expect(outside).toMatchObject({ result: 'Skipped NotInScope', steps: expect.arrayContaining(['Scoping Unassigned']) as string[] });
  });

  it('F5 says what holds an act back: the guard, a limit, a conflict', async () => {
    const people = await company(6, { deprovisioning: { guard: { threshold: 1, percent: 100, creations: 6 } } });
    const [ana, eva] = people;
    world.hub.softDelete(ana?.id ?? '');
    world.hub.updateUser(eva?.id ?? '', { accountEnabled: false });
    const lea = hire(world, 'lea');
    world.spoke.createUser({ userPrincipalName: 'lea@fabrikam.com', properties: { mail: 'lea@contoso.com' } });
    const nora = hire(world, 'nora');
    await replicated(world);
    const [leaver, blocked, conflict, newcomer] = await explain(ana, eva, lea, nora);
    expect(leaver?.result).toBe('Skipped AwaitingGuard');
    expect(leaver?.detail('Action')).toContain('Held back by guard: AwaitingGuard');
    expect(leaver?.detail('Import')).toContain('no user');
    expect(blocked?.result).toBe('Skipped AwaitingGuard');
    expect(conflict).toMatchObject({
      result: 'Failed InternalUserExists',
      steps: expect.arrayContaining(['Matching InternalUserExists']) as string[],
    });
    expect(newcomer?.result).toBe('Skipped AwaitingGuard');
    await world.sync();
    await world.until('they wait', () => world.configuration().status.stagedDeletions?.count === 2);
    await world.run(120_000);
    const [staged] = await explain(ana);
    expect(staged?.result).toBe('Skipped RemovalStaged');
    world.applyPair({ limits: { maxUsers: 6 } });
    await world.run(60_000);
    world.applyConfiguration({ ...patient });
    await world.run(60_000);
    const ida = hire(world, 'ida');
    await replicated(world);
    const [limited] = await explain(ida);
    expect(limited?.result).toBe('Skipped LimitReached');
    expect(limited?.detail('Action')).toContain('limits.maxUsers of the TenantPair');
  });

  it('F5 B5 says that another configuration has the person', async () => {
    const [ana] = await company(2);
    world.applyConfiguration({ ...patient, scope: { type: 'Assigned' } }, 'younger');
    await world.until('it has begun', () => world.configuration('younger').status.lastCycle !== undefined);
    world.applyConfiguration({ ...patient, suspend: false, scope: { type: 'Assigned', users: [{ id: ana?.id ?? '' }] } }, 'younger');
    world.annotate('SyncConfiguration', 'younger', { [annotations.explainUsers]: `t:${ana?.id ?? ''}` });
    const answered = () => world.configuration('younger').status.lastHandledExplainUsers;
    await world.until('it is answered', () => answered()?.token === 't', 30_000);
    expect(answered()?.results).toMatchObject([{ result: 'Skipped', reason: 'ClaimedByOtherConfiguration' }]);
  });

  it('F5 says who is unknown, an outsider, or whose mapping fails', async () => {
    world = new World({ settings: unfriendly });
    const attributeMappings = [{ target: 'companyName', expression: 'FormatDateTime([city], , "yyyy-MM-dd", "yyyy")' }];
    await provisioned(world, [hire(world, 'ana', { city: '2026-01-05' })], { ...patient, attributeMappings });
    const outsider = world.hub.createExternalUser({ address: 'x@elsewhere.com' });
    const nora = hire(world, 'nora', { city: 'no date' });
    await replicated(world);
    const [unknown, external, failing] = await explain('nobody@contoso.com', outsider, nora);
    expect(unknown).toMatchObject({ result: 'Failed UserNotFound', steps: ['Import NotFound'] });
    expect(external?.result).toBe('Skipped NotInternalMember');
    expect(external?.steps[0]).toBe('Import NotInternalMember');
    expect(failing?.result).toBe('Failed MappingFailed');
    expect(failing?.detail('Mapping')).toContain('companyName: ');
    expect(failing?.detail('Mapping')).not.toContain('no date');
  });

  it('F5 what is explained is what provisioning then does', async () => {
    const [ana, eva, ida] = await company();
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
    world.hub.updateUser(eva?.id ?? '', { department: 'Legal' });
    await replicated(world);
    const explained = await explain(ana, eva, ida);
    expect(explained.map(({ result }) => result.split(' ')[0])).toEqual(['Updated', 'Updated', 'Unchanged']);
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.provisionUsers]: `p:${[ana, eva, ida].map((user) => user?.id).join(',')}`,
    });
    await world.until('it is done', () => world.configuration().status.lastHandledProvisionUsers?.token === 'p', 15_000);
    const done = world.configuration().status.lastHandledProvisionUsers?.results ?? [];
    expect(done.map(({ result }) => result)).toEqual(['Updated', 'Updated', 'Unchanged']);
  });

  it('F5 a request for too many is refused, and one while suspended says so', async () => {
    const [ana] = await company(2);
    const many = Array.from({ length: 21 }, (_, index) => `u${index}@contoso.com`);
    expect(await explain(...many)).toEqual([]);
    expect(world.configuration().status.lastHandledExplainUsers?.message).toContain('at most 20');
    world.applyConfiguration({ ...patient, suspend: true });
    await world.run(60_000);
    expect((await explain(ana))[0]?.result).toBe('Failed Suspended');
  });
});
