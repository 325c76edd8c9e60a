import { Kubectl, type Said } from './support/kubectl.ts';
import { Site } from './support/site.ts';

const namespace = 'plugin';
const kubectl = new Kubectl();
const site = new Site(kubectl, namespace);
let leaver: string;

const plugin = (...args: readonly string[]): Promise<Said> => kubectl.run(['tenantsync', ...args, '-n', namespace]);

beforeAll(async () => {
  kubectl.installPlugin();
  await kubectl.prepare(namespace);
  leaver = site.person('Ana');
  site.person('Bo');
  await site.start();
  await site.apply(site.manifest('  deprovisioning: {guard: {threshold: 1}}\n'));
  await kubectl.ok('wait', '--for=condition=Ready', 'synccfg/contoso-staff', '--timeout=60s', '-n', namespace);
  await kubectl.ok('wait', 'uproj', '--all', '--for=condition=Ready', '--timeout=60s', '-n', namespace);
});

afterAll(async () => {
  await site.stop();
  await kubectl.empty(namespace);
  kubectl.close();
});

describe('F5 kubectl tenantsync, under that name and with the real kubectl,', () => {
  test('is found as a plugin', async () => {
    expect((await kubectl.run(['plugin', 'list'])).out).toContain('kubectl-tenantsync');
  });

  test('shows how everything stands, with flags of kubectl before the verb as well', async () => {
    const { code, out } = await kubectl.run(['tenantsync', '-n', namespace, 'status', '-o', 'wide']);
    expect(code).toBe(0);
    expect(out).toMatch(/SyncConfiguration +contoso-staff +True +Succeeded +2 +2 +0/);
  });

  test('says where somebody stands, and why somebody is not there', async () => {
    expect(await plugin('who', leaver)).toMatchObject({ code: 0, out: expect.stringContaining('state     Provisioned') as string });
    const nobody = await plugin('who', 'nobody@contoso.com');
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('No source knows anybody of that name.') as string });
    expect(await plugin('explain', leaver)).toMatchObject({ code: 0, out: expect.stringContaining('spec.scope.type is All') as string });
  });

  test('hands its exit status on: 2 for wrong use, 3 when the time is over', async () => {
    expect((await plugin('status', '--nonsense')).code).toBe(2);
    await site.stop();
    const late = await plugin('sync', 'contoso-staff', '--timeout', '1s');
    expect([late.code, late.err]).toEqual([3, expect.stringContaining('Timed out.')]);
    await site.start();
  });

  test('approves a staged set under the name that the cluster knows', async () => {
    site.hub.softDelete(leaver);
    expect(await plugin('sync', 'contoso-staff')).toMatchObject({ code: 0, out: expect.stringContaining('DeletionsStaged') as string });
    const waiting = await plugin('decisions');
    expect(waiting.out).toMatch(/waits \(1 staged\) +1 Deleted/);
    expect((await plugin('approve', 'contoso-staff')).code).toBe(2);
    expect(await plugin('approve', 'contoso-staff', '--yes')).toMatchObject({ code: 0 });
    const who = await kubectl.json<{ status: { userInfo: { username: string } } }>('auth', 'whoami');
    await kubectl.ok(
      'wait',
      `uproj/contoso-staff-${leaver}`,
      '--for=jsonpath={.status.state}=SoftDeleted',
      '--timeout=60s',
      '-n',
      namespace,
    );
    expect((await plugin('history', '--action', 'delete')).out).toContain(`${who.status.userInfo.username} (unverified)`);
  });
});
