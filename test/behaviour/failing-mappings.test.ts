import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { findCondition } from '../../src/core/status/conditions.ts';
import { approve, hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

let world: World;
beforeEach(() => {
  world = new World({ settings: unfriendly });
});
afterEach(() => world.end());

/** Fails for whoever has something in extensionAttribute1 that is no date, and says what the source says for the others. */
const fragile = {
  target: 'accountEnabled',
  expression: 'IIF(IsPresent(CDate([extensionAttribute1])), [accountEnabled], [accountEnabled])',
};
const breakFor = (user: SandboxUser): SandboxUser =>
  world.hub.updateUser(user.id, { onPremisesExtensionAttributes: { extensionAttribute1: 'never' } });
const mendFor = (user: SandboxUser): SandboxUser =>
  world.hub.updateUser(user.id, { onPremisesExtensionAttributes: { extensionAttribute1: null } });

const ignoring = { target: 'jobTitle', expression: 'IIF([city] = "Rome", IgnoreObjectFlow, [jobTitle])' };
const inSales = {
  type: 'All',
  filters: [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }],
};
const guarded = { guard: { threshold: 3, percent: 100 } };
const enabled = (user: SandboxUser): unknown => world.account(user.id)?.properties.accountEnabled;

describe('a mapping of accountEnabled that fails', () => {
  it('A4 does not keep a user enabled who is blocked in the source', async () => {
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { attributeMappings: [fragile] });
    world.hub.updateUser(ana.id, { accountEnabled: false });
    breakFor(ana);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(enabled(ana)).toBe(false);
    expect(reasonOf(world, ana)).toBe('MappingFailed');
  });

  it('A5 does not forget that a user was blocked, so that being unassigned still retains the account', async () => {
    const ana = hire(world, 'ana', { department: 'Sales' });
    const people = [ana, ...Array.from({ length: 12 }, (_, n) => hire(world, `colleague${n}`))];
    const group = world.hub.createGroup({ displayName: 'Everybody', members: people.map(({ id }) => id) });
    await provisioned(world, people, { scope: { type: 'Assigned', groups: [{ id: group.id }] }, attributeMappings: [fragile] });
    world.hub.updateUser(ana.id, { accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    world.hub.updateUser(ana.id, { accountEnabled: true });
    breakFor(ana);
    await nextCycleSettled(world);
    expect(enabled(ana)).toBe(false);
    world.hub.removeMember(group.id, ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Retained');
    expect(world.account(ana.id)).toBeDefined();
  });

  it('E7 a rejected block stays rejected, and is asked about again before it is ever carried out', async () => {
    const people = Array.from({ length: 20 }, (_, n) => hire(world, `person${n}`));
    await provisioned(world, people, { attributeMappings: [fragile], deprovisioning: guarded });
    const [ana, ...rest] = people.slice(0, 3);
    if (!ana) throw new Error('nobody');
    for (const user of [ana, ...rest]) world.hub.updateUser(user.id, { accountEnabled: false });
    await nextCycleSettled(world);
    const token = world.configuration().status.stagedDeletions?.token ?? '';
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/reject-deletions': token });
    await world.run(30 * minute);
    breakFor(ana);
    await nextCycleSettled(world);
    mendFor(ana);
    await nextCycleSettled(world);
    await world.run(10 * minute);
    expect(world.projection(ana.id)?.status.state).not.toBe('Blocked');
    expect(enabled(ana)).toBe(true);
  });
});

describe('IgnoreObjectFlow for a user', () => {
  it('E7 who waited for approval to be removed and is back in scope: approving does not remove them', async () => {
    const people = Array.from({ length: 20 }, (_, n) => hire(world, `person${n}`, { department: 'Sales' }));
    await provisioned(world, people, { scope: inSales, attributeMappings: [ignoring], deprovisioning: guarded });
    const leaving = people.slice(0, 4);
    for (const user of leaving) world.hub.updateUser(user.id, { department: 'Other' });
    await nextCycleSettled(world);
    expect(world.configuration().status.stagedDeletions?.count).toBe(4);
    const [ana] = leaving;
    if (!ana) throw new Error('nobody');
    world.hub.updateUser(ana.id, { department: 'Sales', city: 'Rome' });
    await nextCycleSettled(world);
    expect(world.configuration().status.stagedDeletions?.count).toBe(3);
    approve(world);
    await world.run(20 * minute);
    expect(world.account(ana.id)?.properties).toMatchObject({ department: 'Sales' });
    expect(leaving.slice(1).map(({ id }) => world.account(id))).toEqual([undefined, undefined, undefined]);
    expect(reasonOf(world, ana)).toBe('IgnoredByMapping');
  });

  it('E7 whose block waited for approval and who is enabled again: approving does not block them', async () => {
    const people = Array.from({ length: 20 }, (_, n) => hire(world, `person${n}`));
    await provisioned(world, people, { attributeMappings: [ignoring], deprovisioning: guarded });
    const blocked = people.slice(0, 4);
    for (const user of blocked) world.hub.updateUser(user.id, { accountEnabled: false });
    await nextCycleSettled(world);
    const [ana] = blocked;
    if (!ana) throw new Error('nobody');
    world.hub.updateUser(ana.id, { accountEnabled: true, city: 'Rome' });
    await nextCycleSettled(world);
    approve(world);
    await world.run(20 * minute);
    expect(blocked.map(enabled)).toEqual([true, false, false, false]);
  });

  it('I11 whose record somebody has changed: it is written anew, and nothing reaches the target', async () => {
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { attributeMappings: [ignoring] });
    world.hub.updateUser(ana.id, { city: 'Rome' });
    await nextCycleSettled(world);
    const name = world.projection(ana.id)?.metadata.name ?? '';
    world.kube.patch({ kind: 'UserProjection', name, namespace: 'identity' }, { spec: { attributes: { jobTitle: 'Changed' } } });
    await world.run(20 * minute);
    expect(world.account(ana.id)?.properties.jobTitle).toBeUndefined();
    expect(reasonOf(world, ana)).toBe('IgnoredByMapping');
  });
});

describe('values that a record cannot hold', () => {
  it('E8 an address of one user that is too long fails that user alone; everybody else goes on', async () => {
    const ana = hire(world, 'ana');
    const addressExpression = 'Append(Join("", [city], [streetAddress]), [userPrincipalName])';
    await provisioned(world, [ana, ...staff(world)], { invitation: { addressExpression } });
    world.hub.updateUser(ana.id, { streetAddress: 'x'.repeat(1020) });
    const zoe = hire(world, 'zoe');
    await nextCycleSettled(world);
    await untilState(world, zoe, 'Provisioned');
    expect(world.projection(ana.id)?.status.warnings?.[0]?.message).toContain('invitation: the value is not an address; read from city');
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  const ofLength = (length: number): string => `${'x'.repeat(length - '@contoso.com'.length)}@contoso.com`;

  it.each<[string, object, (address: string) => Parameters<typeof hire>[2]]>([
    ['userPrincipalName', {}, () => ({})],
    ['mail', { address: 'Mail' }, (mail) => ({ mail })],
    ['mail', { addressExpression: 'Append([mail], "")' }, (mail) => ({ mail })],
  ])(
    'I8 an address in %s (%j) of 320 characters is invited, and one of 321 fails its user alone and says so',
    async (attribute, invitation, at) => {
      const inName = attribute === 'userPrincipalName';
      const person = (name: string, length: number) =>
        hire(world, inName ? (ofLength(length).split('@')[0] ?? '') : name, {
          mail: `${name}@contoso.com`,
          ...at(ofLength(length)),
          displayName: name,
          mailNickname: name,
        });
      const colleagues = Array.from({ length: 4 }, (_, n) => hire(world, `colleague${n}`, { mail: `colleague${n}@contoso.com` }));
      const [short, long] = [person('short', 320), person('long', 321)];
      await provisioned(world, colleagues, { invitation });
      await world.run(60 * 60_000);
      expect(world.projection(short.id)?.status.state).toBe('Provisioned');
      expect(world.projection(long.id)?.status.state).toBe('Conflict');
      expect(reasonOf(world, long)).toBe('MappingFailed');
      expect(JSON.stringify(world.projection(long.id)?.spec.failedMappings)).toContain(
        `the value is not an address; read from ${attribute}`,
      );
      expect(world.accountsOf(ofLength(321))).toEqual([]);
    },
  );

  it('C10 more failures than a status holds are summed up, and the user is still blocked and recorded', async () => {
    const targets = 'companyName faxNumber employeeType mobilePhone department employeeId givenName jobTitle officeLocation postalCode'
      .concat(' preferredLanguage state streetAddress surname country mailNickname usageLocation ageGroup')
      .split(' ')
      .concat(Array.from({ length: 15 }, (_, n) => `extensionAttribute${n + 1}`));
    const ana = hire(world, 'ana');
    const attributeMappings = [{ target: 'city' }, ...targets.map((target) => ({ target, expression: 'CDate([city])' }))];
    await provisioned(world, [ana, ...staff(world)], { attributeMappings });
    world.hub.updateUser(ana.id, { city: 'nonsense', displayName: 'Ana New', accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)?.properties).toMatchObject({ displayName: 'Ana New', accountEnabled: false });
    expect(world.projection(ana.id)?.status.warnings).toHaveLength(30);
    expect(world.projection(ana.id)?.status.warnings?.at(-1)?.message).toBe('4 more, named in spec.failedMappings');
  });

  it('C7 names the extensions when the source does not know what it is asked for', async () => {
    const name = `extension_${'a'.repeat(32)}_grade`;
    await provisioned(world, [hire(world, 'ana'), ...staff(world)]);
    world.applyConfiguration({ attributeMappings: [{ target: 'jobTitle', source: name }] });
    await world.run(10 * minute);
    expect(findCondition(world.configuration().status.conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'RequestInvalid',
      message: expect.stringContaining(`must have these extensions: ${name}`) as string,
    });
  });
});

describe('expressions of time', () => {
  it('C2 see the present as soon as what they read has changed', async () => {
    const ana = hire(world, 'ana', { employeeLeaveDateTime: '2027-06-01T00:00:00Z' });
    const expression = 'IIF(DateDiff("s", Now(), [employeeLeaveDateTime]) < 0, "False", [accountEnabled])';
    await provisioned(world, [ana, ...staff(world)], { interval: '30m', attributeMappings: [{ target: 'accountEnabled', expression }] });
    await world.run(2 * hour);
    world.hub.updateUser(ana.id, { employeeLeaveDateTime: '2026-01-05T09:00:00Z' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(enabled(ana)).toBe(false);
  });

  it('C2 see the present in every full cycle', async () => {
    const ana = hire(world, 'ana', { employeeLeaveDateTime: '2026-01-05T09:00:00Z' });
    const expression = 'IIF(DateDiff("s", Now(), [employeeLeaveDateTime]) < 0, "False", [accountEnabled])';
    await provisioned(world, [ana, ...staff(world)], { interval: '30m', attributeMappings: [{ target: 'accountEnabled', expression }] });
    await world.run(2 * hour);
    expect(enabled(ana)).toBe(true);
    await world.restart();
    await untilState(world, ana, 'Blocked');
  });
});
