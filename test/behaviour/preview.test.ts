import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { UserProjectionStatus } from '../../src/api/generated.ts';
import { condition, events, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('G8 a change seen before it is made', () => {
  let world: World;
  let people: readonly SandboxUser[];
  afterEach(() => world.end());

  const live = { interval: '40m' };
  const id = (index: number): string => people[index]?.id ?? '';
  const planOf = (index: number): UserProjectionStatus['plan'] => world.projection(id(index), 'next')?.status.plan;
  const reasonOf = (index: number): string | undefined => condition({ status: world.projection(id(index), 'next')?.status ?? {} })?.reason;
  const planned = () => world.configuration('next').status.lastCycle?.planned;
  const preview = (spec: JsonObject, name = 'next'): void =>
    void world.applyConfiguration({ ...live, ...spec, previewOf: { name: 'staff' } }, name);
  /** What must stay as it is: the target, and every record of the live configuration. */
  const untouched = (): string =>
    JSON.stringify([
      spokeVersions(world),
      world
        .projections()
        .filter(({ spec }) => spec.syncConfigurationRef.name === 'staff')
        .map(({ metadata }) => metadata.resourceVersion),
    ]);
  /** Waits until the preview has said of everybody what it has to say. */
  async function previewed(name = 'next'): Promise<void> {
    await world.until('the preview', () => {
      const { status, metadata } = world.configuration(name);
      return status.observedGeneration === metadata.generation && status.lastCycle?.planned !== undefined;
    });
    await world.run(minute);
  }

  async function company(count: number, spec: JsonObject = {}, settings = unfriendly): Promise<void> {
    world = new World({ settings });
    people = hire(world, count);
    await replicated(world);
    await world.begin({ ...live, ...spec });
    await world.until('everybody is there', () => guests(world).length === count);
    await world.run(20 * minute);
  }

  it('G8 says for each person what would change, from what to what, and touches neither the target nor the configuration', async () => {
    await company(12);
    const before = untouched();
    preview({
      attributeMappings: [
        { target: 'companyName', constant: 'Contoso' },
        { target: 'jobTitle', source: 'department' },
      ],
    });
    await previewed();
    expect(planOf(0)).toMatchObject({
      operation: 'Update',
      changes: [{ attribute: 'companyName', to: 'Contoso' }, { attribute: 'jobTitle', to: 'Sales' }, { attribute: 'showInAddressList' }],
      objectId: world.account(id(0))?.id ?? '',
    });
    expect(planned()).toMatchObject({ update: 12, guard: { result: 'Passed', count: 0, percent: 0 } });
    await world.run(2 * hour);
    expect(untouched()).toBe(before);
    expect(world.hub.log.writes()).toEqual([]);
    expect(world.projections().filter(({ spec, status }) => spec.previewOf !== undefined && status.targetUser !== undefined)).toEqual([]);
  });

  it('G8 shows who would leave and who would come, and the verdict of the guard', async () => {
    await company(12);
    preview({
      scope: { type: 'All', filters: [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }] },
    });
    await previewed();
    expect([planOf(0)?.operation, planOf(1)?.operation]).toEqual(['None', 'Delete']);
    expect(planned()).toMatchObject({ none: 6, delete: 6, guard: { result: 'Staged', count: 6, percent: 50 } });
    expect(world.configuration('next').status.stagedDeletions).toBeUndefined();
    expect(condition(world.configuration('next'))).toMatchObject({ status: 'True', reason: 'Succeeded' });
    // The other way round: the configuration lacks whom the preview has.
    world.applyConfiguration({ ...live, scope: { type: 'Assigned', users: [{ id: id(0) }] } }, 'few');
    await world.nextCycle('few');
    world.applyConfiguration({ ...live, previewOf: { name: 'few' } }, 'many');
    await previewed('many');
    expect(world.configuration('many').status.lastCycle?.planned).toMatchObject({ skipped: { ClaimedByOtherConfiguration: 12 } });
  });

  it('G8 a removal follows the policy of the preview', async () => {
    await company(12);
    const scope = { type: 'Assigned', users: people.slice(0, 10).map((person) => ({ id: person.id })) };
    preview({ scope, deprovisioning: { action: 'Block' } });
    preview({ scope, deprovisioning: { action: 'Retain' } }, 'retain');
    await previewed();
    await previewed('retain');
    expect(planOf(11)).toMatchObject({ operation: 'Disable', changes: [{ attribute: 'accountEnabled', from: 'true', to: 'false' }] });
    expect(planned()).toMatchObject({ none: 10, disable: 2, guard: { result: 'Passed', count: 2, percent: 17 } });
    expect(world.projection(id(11), 'retain')?.status.plan).toEqual({ operation: 'None', objectId: world.account(id(11))?.id ?? '' });
  });

  it('G8 mode: Apply changes nothing about a preview, and previewOf cannot be taken away', async () => {
    await company(6);
    const before = untouched();
    preview({ mode: 'Plan', deprovisioning: { action: 'SoftDelete' }, scope: { type: 'Assigned', users: [{ id: id(0) }] } });
    await previewed();
    preview({ mode: 'Apply', scope: { type: 'Assigned', users: [{ id: id(1) }] } });
    await previewed();
    await world.run(2 * hour);
    expect(untouched()).toBe(before);
    expect(() => world.applyConfiguration({ ...live, mode: 'Apply' }, 'next')).toThrow(/previewOf is immutable/);
    expect(() => world.applyConfiguration({ ...live, previewOf: { name: 'other' } }, 'next')).toThrow(/previewOf is immutable/);
  });

  it('G8 a preview of itself, of a preview, of another pair or of nothing is refused by name', async () => {
    await company(3);
    preview({});
    world.applyPair({}, 'other-pair');
    world.applyConfiguration({ ...live, previewOf: { name: 'next' } }, 'second');
    world.applyConfiguration({ ...live, tenantPairRef: { name: 'other-pair' }, previewOf: { name: 'staff' } }, 'elsewhere');
    world.applyConfiguration({ ...live, previewOf: { name: 'absent' } }, 'early');
    await world.run(2 * minute);
    const ready = (name: string) => condition(world.configuration(name));
    expect(ready('second')).toMatchObject({
      reason: 'InvalidPreview',
      message: expect.stringContaining('SyncConfiguration next is a preview of staff') as string,
    });
    expect(ready('elsewhere')).toMatchObject({
      reason: 'InvalidPreview',
      message: expect.stringContaining('TenantPair hub-to-spoke') as string,
    });
    expect(ready('early')).toMatchObject({
      status: 'False',
      reason: 'PreviewedConfigurationNotFound',
      message: expect.stringContaining('absent') as string,
    });
    expect(() => world.applyConfiguration({ ...live, previewOf: { name: 'itself' } }, 'itself')).toThrow(
      /names this SyncConfiguration itself/,
    );
    expect(world.projections().filter(({ spec }) => ['second', 'elsewhere', 'early'].includes(spec.syncConfigurationRef.name))).toEqual([]);
  });

  it('G8 a preview made before its configuration waits for it, and ends with it', async () => {
    world = new World({ settings: unfriendly });
    people = hire(world, 4);
    await replicated(world);
    world.applyPair();
    preview({});
    await world.startOperator();
    await world.until('it waits', () => condition(world.configuration('next'))?.reason === 'PreviewedConfigurationNotFound');
    world.applyConfiguration(live);
    await world.until('it goes on', () => condition(world.configuration('next'))?.status === 'True');
    await world.until('everybody is there', () => guests(world).length === 4);
    await world.until('nothing is left to change', () => [0, 1, 2, 3].every((index) => planOf(index)?.operation === 'None'), hour);
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    // Under another name the people go on: nobody waits for the preview.
    world.applyConfiguration(live, 'renamed');
    await world.until('the records of the preview are gone', () => world.projections().every(({ spec }) => spec.previewOf === undefined));
    expect(condition(world.configuration('next'))?.reason).toBe('PreviewedConfigurationNotFound');
    await world.until('everybody is managed', () =>
      people.every((person) => world.projection(person.id, 'renamed')?.status.targetUser?.origin === 'Created'),
    );
    expect(guests(world)).toHaveLength(4);
  });

  it('G8 a preview claims nobody: others create, restore and remove as if it were not there', async () => {
    await company(6);
    preview({ attributeMappings: [{ target: 'companyName', constant: 'Contoso' }] });
    await previewed();
    const nora = world.hub.createUser({ userPrincipalName: 'nora@contoso.com', properties: { displayName: 'Nora' } });
    world.hub.softDelete(id(5));
    await replicated(world);
    await world.sync('next');
    await previewed();
    expect(world.projection(nora.id, 'next')?.status.plan).toMatchObject({ operation: 'Create' });
    await world.sync();
    await world.until('Nora is there', () => world.account(nora.id) !== undefined);
    await world.until('who left has gone', () => world.projection(id(5))?.status.state === 'SoftDeleted');
    await world.until('the preview knows', () => world.projection(nora.id, 'next')?.status.plan?.operation === 'Update', hour);
    expect(planOf(5)?.operation).toBe('None');
    await world.run(2 * hour);
    expect(planOf(5)).toBeUndefined();
    expect(world.pair().status.guard?.windows?.every(({ configuration }) => configuration === 'staff')).toBe(true);
  });

  it('G8 deleting the preview removes its records, at once, and nothing else', async () => {
    await company(6);
    preview({ scope: { type: 'Assigned', users: [{ id: id(0) }] }, deprovisioning: { onConfigurationDeletion: 'Deprovision' } });
    await previewed();
    const before = untouched();
    world.kube.delete({ kind: 'SyncConfiguration', name: 'next', namespace });
    await world.until('its records are gone', () => world.projections().every(({ spec }) => spec.previewOf === undefined), minute);
    await world.run(hour);
    expect(untouched()).toBe(before);
    // A name is free again for a configuration that acts.
    preview({});
    await previewed();
    world.kube.delete({ kind: 'SyncConfiguration', name: 'next', namespace });
    world.applyConfiguration(live, 'next');
    await world.until('it is claimed by the other', () => reasonOf(0) === 'ClaimedByOtherConfiguration', hour);
    expect(guests(world)).toHaveLength(6);
  });

  it('G8 tells no name and no value in events, logs or metrics', async () => {
    await company(4);
    for (const person of people) world.hub.updateUser(person.id, { jobTitle: 'Secretive' });
    preview({ attributeMappings: [{ target: 'companyName', constant: 'Confidential' }] });
    await previewed();
    await world.run(hour);
    const { body } = await world.metrics.expose();
    const told = JSON.stringify([events(world), world.provisioningLog, body]);
    expect(told).not.toMatch(/Confidential|person\d@/);
    expect(JSON.stringify(planOf(0))).toContain('Confidential');
  });

  it.each([31, 32, 33])('G8 says the same whatever is killed meanwhile (seed %s)', async (seed) => {
    world = new World({ settings: unfriendly, seed });
    people = hire(world, 20);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration(live);
    preview({
      scope: { type: 'All', filters: [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }] },
    });
    await world.startOperator();
    for (let kills = 0; kills < 5; kills += 1) {
      await world.run(2000 + 3100 * ((seed + kills) % 5));
      world.killOperator();
      await world.startOperator();
    }
    await world.until('everybody is there', () => guests(world).length === 20, 2 * hour);
    await world.run(2 * hour);
    expect(planned()).toMatchObject({ none: 10, delete: 10, guard: { result: 'Staged', count: 10, percent: 50 } });
    expect(guests(world)).toHaveLength(20);
  });

  it('G8 a suspended pair stops the preview, and it goes on with what is so then', async () => {
    await company(4);
    preview({ attributeMappings: [{ target: 'companyName', constant: 'Contoso' }] });
    await previewed();
    world.applyPair({ suspend: true });
    await world.until('it says so', () => condition(world.configuration('next'))?.reason === 'Suspended');
    world.hub.updateUser(id(0), { jobTitle: 'Engineer' });
    await world.run(hour);
    expect(planOf(0)?.attributes).not.toContain('jobTitle');
    world.applyPair();
    await world.until('both are seen', () => planOf(0)?.operation === 'Update' && planOf(1)?.operation === 'Update', hour);
    await world.until('the live one has brought the title', () => world.account(id(0))?.properties.jobTitle === 'Engineer', hour);
    await world.until('only the rest is left', () => planOf(0)?.attributes?.join() === 'companyName,showInAddressList', hour);
  });
});
