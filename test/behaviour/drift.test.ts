import { DriftScene, listOfUsers } from '../support/drift-scene.ts';
import { condition, eventReasons, guests, spokeVersions } from '../support/scene.ts';
import type { World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('E11 drift', () => {
  let scene: DriftScene;
  let world: World;
  beforeEach(() => {
    scene = new DriftScene();
    ({ world } = scene);
  });
  afterEach(() => world.end());

  const warnings = (): readonly string[] => (world.configuration().status.warnings ?? []).map(({ reason }) => reason);
  const gauge = async (): Promise<string | undefined> => {
    const text = await world.metrics.registry.metrics();
    return /tenantsync_drifted_users\{namespace="identity",configuration="staff"\} (\d+)/.exec(text)?.[1];
  };

  it('E11 Report names attribute and time, keeps since while it lasts, counts, warns, and writes nothing to the tenant', async () => {
    await scene.begin({ policy: 'Report' });
    const { writes } = scene;
    await scene.change(0, { department: 'Elsewhere', displayName: 'Somebody' });
    await scene.passed();
    const { drift } = scene.record(0).status;
    expect(scene.drift(0)).toEqual(['department', 'displayName']);
    expect(await gauge()).toBe('1');
    await world.run(minute);
    expect(warnings()).toContain('DriftDetected');
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DriftDetected');
    await scene.passed();
    expect(scene.record(0).status.drift).toEqual(drift);
    expect(scene.pass()).toMatchObject({ result: 'Succeeded', compared: 4, drifted: 1, unseen: 0 });
    expect(scene.reason(0)).toBe('UserCreated');
    expect(scene.writes).toBe(writes);
  });

  it('E11 Report clears an attribute that agrees again, and all that goes with drift when none differs', async () => {
    await scene.begin({ policy: 'Report' });
    await scene.change(0, { department: 'Elsewhere', displayName: 'Somebody' });
    await scene.passed();
    const { drift } = scene.record(0).status;
    await scene.change(0, { department: 'Sales' });
    await scene.passed();
    expect(scene.record(0).status.drift).toEqual(drift?.filter(({ attribute }) => attribute === 'displayName'));
    await scene.change(0, { displayName: 'person 0' });
    await scene.passed();
    expect(scene.record(0).status.drift).toBeUndefined();
    expect(await gauge()).toBe('0');
    await world.run(minute);
    expect(warnings()).not.toContain('DriftDetected');
  });

  it('E11 C8 what the source changes is written, and is no drift any more', async () => {
    await scene.begin({ policy: 'Report' });
    await scene.change(0, { department: 'Elsewhere' });
    await scene.passed();
    expect(scene.drift(0)).toEqual(['department']);
    world.hub.updateUser(scene.sourceId(0), { jobTitle: 'Chief' });
    await world.until('written', () => scene.account(0).properties.jobTitle === 'Chief', hour);
    await world.run(minute);
    expect(scene.account(0).properties.department).toBe('Sales');
    expect(scene.drift(0)).toEqual([]);
  });

  it('E11 C9 Correct sets back what the source has, by authority, and nothing that is only set at creation', async () => {
    const attributeMappings = [
      { target: 'jobTitle', constant: 'Staff', authority: 'WhenEmpty' },
      { target: 'companyName', constant: 'Contoso', apply: 'OnCreate' },
      { target: 'country', constant: 'DE', authority: 'Target' },
      { target: 'accountEnabled', source: 'accountEnabled', authority: 'MostRestrictive' },
    ];
    await scene.begin({ policy: 'Correct' }, { attributeMappings });
    const theirs = { jobTitle: 'Chief', companyName: 'Else', country: 'FR', officeLocation: 'Rome', accountEnabled: false };
    await scene.change(0, { department: 'Elsewhere', ...theirs });
    await scene.change(1, { jobTitle: null, department: null });
    await world.until('it is set back', () => scene.account(0).properties.department === 'Sales', 2 * hour);
    await scene.passed();
    expect(scene.account(0).properties).toMatchObject(theirs);
    expect(scene.account(1).properties).toMatchObject({ jobTitle: 'Staff', department: 'Research' });
    expect([scene.drift(0), scene.drift(1)]).toEqual([[], []]);
    const [last] = scene.record(0).status.history ?? [];
    expect(last).toMatchObject({ action: 'update', modifiedAttributes: expect.arrayContaining(['department']) as string[] });
    const after = spokeVersions(world);
    await scene.passed();
    expect(spokeVersions(world)).toBe(after);
  });

  it('E11 Correct says what the directory refuses to set back, and does not try again and again', async () => {
    await scene.begin({ policy: 'Correct' }, { attributeMappings: [{ target: 'mobilePhone', constant: '+49 1' }] });
    world.spoke.setPrivileged(scene.account(0).id, true);
    await scene.change(0, { mobilePhone: '+49 2', department: 'Elsewhere' });
    await world.until('the rest is set back', () => scene.account(0).properties.department === 'Sales', 2 * hour);
    await scene.passed();
    expect(scene.record(0).status.refusedAttributes?.map(({ name }) => name)).toEqual(['mobilePhone']);
    const { writes } = scene;
    await scene.passed();
    await scene.passed();
    expect(scene.writes).toBe(writes);
    expect(scene.account(0).properties.mobilePhone).toBe('+49 2');
  });

  it('E11 I3 Correct blocks again whom the source has blocked, and the guard counts it', async () => {
    await scene.begin({ policy: 'Correct' });
    world.hub.updateUser(scene.sourceId(0), { accountEnabled: false });
    await world.until('blocked', () => scene.account(0).properties.accountEnabled === false, hour);
    await world.run(30 * minute);
    await scene.change(0, { accountEnabled: true });
    await world.until('blocked again', () => scene.account(0).properties.accountEnabled === false, 2 * hour);
    await world.until('said', () => scene.record(0).status.state === 'Blocked');
    const blocked = world.pair().status.guard?.windows?.reduce((sum, window) => sum + window.blocked, 0);
    expect(blocked).toBe(2);
  });

  it('E11 I3 more blocks than the guard lets through wait for a decision, and the rest is set back', async () => {
    await scene.begin({ policy: 'Correct' }, { deprovisioning: { guard: { threshold: 3, percent: 100 } } });
    for (const index of [0, 1]) world.hub.updateUser(scene.sourceId(index), { accountEnabled: false });
    await world.until('blocked', () => guests(world).filter(({ properties }) => properties.accountEnabled === false).length === 2, hour);
    await world.run(30 * minute);
    for (const index of [0, 1]) world.spoke.updateUser(scene.account(index).id, { accountEnabled: true, department: 'Elsewhere' });
    await world.until('it waits', () => world.configuration().status.stagedDeletions?.count === 2, 2 * hour);
    await scene.passed();
    await scene.passed();
    expect([0, 1].map((index) => scene.account(index).properties.accountEnabled)).toEqual([true, true]);
    expect([0, 1].map((index) => scene.account(index).properties.department)).toEqual(['Sales', 'Research']);
    expect(condition(world.configuration())?.reason).toBe('DeletionsStaged');
    const token = world.configuration().status.stagedDeletions?.token ?? '';
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/approve-deletions': token });
    await world.until('approved', () => [0, 1].every((index) => scene.account(index).properties.accountEnabled === false), hour);
  });

  it('E11 E10 Plan mode reports and corrects nothing', async () => {
    await scene.begin({ policy: 'Correct' });
    world.applyConfiguration({ mode: 'Plan', interval: '10m', drift: { policy: 'Correct', interval: '20m' } });
    await world.until('planned', () => scene.record(0).status.state === 'Planned', hour);
    await scene.change(0, { department: 'Elsewhere' });
    const { writes } = scene;
    await scene.passed();
    await scene.passed();
    expect(scene.drift(0)).toEqual(['department']);
    expect(scene.account(0).properties.department).toBe('Elsewhere');
    expect(scene.writes).toBe(writes);
    expect(scene.record(0).status.state).toBe('Planned');
  });

  it('E11 without Update among the actions Correct only reports', async () => {
    const more = { targetActions: ['Create', 'Update', 'Delete'] };
    await scene.begin({ policy: 'Correct' }, more);
    world.applyConfiguration({ interval: '10m', drift: { policy: 'Correct', interval: '20m' }, targetActions: ['Create', 'Delete'] });
    await scene.passed();
    await scene.change(0, { department: 'Elsewhere' });
    await scene.passed();
    await scene.passed();
    expect(scene.drift(0)).toEqual(['department']);
    expect(scene.account(0).properties.department).toBe('Elsewhere');
  });

  it('E11 with Ignore again what was reported is forgotten, and nobody is asked', async () => {
    await scene.begin({ policy: 'Report' });
    await scene.change(0, { department: 'Elsewhere' });
    await scene.passed();
    world.applyConfiguration({ interval: '10m', drift: { policy: 'Ignore' } });
    await world.until('forgotten', () => scene.drift(0).length === 0 && scene.pass() === undefined, hour);
    world.spoke.log.reset();
    await world.run(3 * hour);
    expect(world.spoke.log.entries().filter(({ path }) => listOfUsers.test(path))).toEqual([]);
    expect(await gauge()).toBe('0');
  });
});
