import { findCondition } from '../../src/core/status/conditions.ts';
import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const conditionOf = (type: string) => findCondition(world.configuration().status.conditions, type);

describe('C2 expressions', () => {
  it('C2 computes attributes from the whole current user, also when only another attribute changed', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { department: 'Sales', country: 'FR' });
    await provisioned(world, [ana, ...staff(world)], {
      attributeMappings: [
        { target: 'displayName', expression: 'Append([displayName], " (Contoso)")' },
        { target: 'companyName', expression: 'Switch([country], "Contoso", "FR", "Contoso France")' },
        { target: 'extensionAttribute3', expression: 'Join("/", [department], DefaultDomain())' },
      ],
    });
    expect(world.account(ana.id)?.properties).toMatchObject({ displayName: 'Ana (Contoso)', companyName: 'Contoso France' });
    expect(world.account(ana.id)?.properties.onPremisesExtensionAttributes).toMatchObject({ extensionAttribute3: 'Sales/contoso.com' });
    world.hub.updateUser(ana.id, { department: 'Research' });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.properties).toMatchObject({ companyName: 'Contoso France', department: 'Research' });
    expect(world.account(ana.id)?.properties.onPremisesExtensionAttributes).toMatchObject({ extensionAttribute3: 'Research/contoso.com' });
  });

  it('C2 stalls on a bad expression, names mapping and column, touches nobody, and goes on once it is mended', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const attributeMappings = [{ target: 'displayName', expression: 'Append(Apend([displayName], "a"), "b")' }];
    world.applyConfiguration({ attributeMappings });
    await world.until('stalled', () => conditionOf('Stalled')?.status === 'True');
    expect(conditionOf('Stalled')).toMatchObject({
      reason: 'InvalidExpression',
      message: expect.stringContaining('attributeMappings[target=displayName].expression: column 8: there is no function Apend') as string,
    });
    await world.run(60 * 60_000);
    expect(world.spoke.log.writes()).toEqual([]);
    world.applyConfiguration({ attributeMappings: [{ target: 'displayName', expression: 'Append([displayName], "!")' }] });
    await world.until('written', () => world.account(ana.id)?.properties.displayName === 'Ana!');
    expect(conditionOf('Stalled')).toBeUndefined();
  });

  it('C2 C10 a value that cannot be computed fails that attribute of that user alone, and creates nobody with a wrong one', async () => {
    world = new World({ settings: unfriendly });
    const colleagues = staff(world);
    const ana = hire(world, 'ana', { country: 'FR', city: 'Lyon' });
    const attributeMappings = [{ target: 'usageLocation', source: 'country' }];
    await provisioned(world, [ana, ...colleagues], { attributeMappings });
    world.hub.updateUser(ana.id, { country: 'France', city: 'Paris' });
    const ben = hire(world, 'ben', { country: 'Italy' });
    await nextCycleSettled(world);
    await untilState(world, ben, 'Conflict');
    expect(world.account(ana.id)?.properties).toMatchObject({ usageLocation: 'FR', country: 'France', city: 'Paris' });
    expect(world.projection(ana.id)?.status.warnings).toEqual([
      {
        reason: 'MappingFailed',
        message: 'usageLocation: the value has 6 characters, and usageLocation takes at most 2; read from country',
      },
    ]);
    expect(reasonOf(world, ben)).toBe('MappingFailed');
    expect(world.accountsOf('ben@contoso.com')).toEqual([]);
    world.hub.updateUser(ben.id, { country: 'IT' });
    await nextCycleSettled(world);
    await untilState(world, ben, 'Provisioned');
    expect(world.account(ben.id)?.properties.usageLocation).toBe('IT');
  });

  it('C2 leaves alone whom an expression says to leave, without removing anybody', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { city: 'Lyon' });
    const attributeMappings = [{ target: 'jobTitle', expression: 'IIF([city] = "Rome", IgnoreObjectFlow, [jobTitle])' }];
    await provisioned(world, [ana, ...staff(world)], { attributeMappings });
    world.hub.updateUser(ana.id, { city: 'Rome', department: 'Sales' });
    hire(world, 'ben', { city: 'Rome' });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.properties).toMatchObject({ city: 'Lyon' });
    expect(world.accountsOf('ben@contoso.com')).toEqual([]);
    expect(world.configuration().status.lastCycle?.skipped).toMatchObject({ IgnoredByMapping: 2 });
    world.hub.updateUser(ana.id, { city: 'Bari' });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.properties).toMatchObject({ city: 'Bari', department: 'Sales' });
  });

  it('I7 writes nothing while nothing has changed, with expressions of time and chance and changes that are announced again', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], {
      interval: '30m',
      attributeMappings: [
        { target: 'department', expression: 'FormatDateTime(Now(), , "M/d/yyyy h:mm:ss tt", "yyyy-MM-dd HH:mm:ss")' },
        { target: 'extensionAttribute1', expression: 'Guid()' },
      ],
    });
    const before = world.account(ana.id)?.properties;
    expect(before?.department).toMatch(/^2026-01-05 08:/);
    world.hub.log.reset();
    await world.run(3 * 60 * 60_000);
    expect(world.spoke.log.writes()).toEqual([]);
    // A full cycle looks at the clock again, and at nothing else.
    await world.restart();
    await world.run(20 * 60_000);
    expect(world.account(ana.id)?.properties.department).toMatch(/^2026-01-05 11:/);
    expect(world.account(ana.id)?.properties.onPremisesExtensionAttributes).toEqual(before?.onPremisesExtensionAttributes);
  });

  it('D6 invites the address that an expression gives', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { mail: 'ana.perez@contoso.com' });
    await provisioned(world, [ana], {
      invitation: { addressExpression: 'Coalesce([mail], [userPrincipalName])' },
    });
    expect(world.accountsOf('ana.perez@contoso.com')).toHaveLength(1);
    expect(world.projection(ana.id)?.spec.invitedAddress).toBe('ana.perez@contoso.com');
  });
});

describe('E5 patterns in filters', () => {
  it('E5 decides by patterns over the whole value, and refuses what cannot be matched in bounded time by column', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { country: 'FR' });
    const ben = hire(world, 'ben', { country: 'FRX' });
    const filter = (value: string) => ({
      scope: { type: 'All', filters: [{ name: 'europe', clauses: [{ attribute: 'country', operator: 'RegexMatch', value }] }] },
    });
    await provisioned(world, [ana], filter('DE|FR'));
    expect(world.projection(ben.id)).toBeUndefined();
    world.applyConfiguration(filter('(?=F)FR'));
    await world.until('stalled', () => conditionOf('Stalled')?.status === 'True');
    expect(conditionOf('Stalled')).toMatchObject({
      reason: 'InvalidFilter',
      message: expect.stringContaining('filters[name=europe].clauses[0].value: column 1: RegexMatch: look-ahead') as string,
    });
    expect(world.account(ana.id)).toBeDefined();
  });
});
