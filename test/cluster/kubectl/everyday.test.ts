import type { UserProjection } from '../../../src/api/kinds.ts';
import { until } from '../../support/until.ts';
import { Kubectl } from './support/kubectl.ts';
import { events, normalised, table } from './support/normalise.ts';
import { Site } from './support/site.ts';

const namespace = 'everyday';
const kubectl = new Kubectl();
let site: Site;
let ana: string;

beforeAll(async () => {
  await kubectl.prepare(namespace);
  site = new Site(kubectl, namespace);
  ana = site.person('Ana');
  for (const name of ['Bo', 'Cleo']) site.person(name);
  await site.start();
  await site.apply(site.manifest());
  await ok('wait', '--for=condition=Ready', 'synccfg/contoso-staff', '--timeout=60s');
});

afterAll(async () => {
  await site.stop();
  await kubectl.empty(namespace);
  kubectl.close();
});

const ok = (...args: string[]): Promise<string> => kubectl.ok(...args, '-n', namespace);

/** Waits until every projection is in the state. */
const untilAll = (state: string): Promise<string> =>
  ok('wait', 'uproj', '--all', `--for=jsonpath={.status.state}=${state}`, '--timeout=60s');

describe('F1 kubectl get', () => {
  beforeAll(() => untilAll('Provisioned'));

  test.each([
    ['tpair', []],
    ['tenantpairs', ['-o', 'wide']],
    ['synccfg', []],
    ['syncconfigurations', ['-o', 'wide']],
    ['uproj', []],
    ['userprojections', ['-o', 'wide']],
  ])('%s %j shows how it stands', async (kind, more) => {
    expect(table(await ok('get', kind, ...more))).toMatchSnapshot();
  });

  test('tenantsync shows the kinds that people write; all shows none', async () => {
    const names = (await ok('get', 'tenantsync', '-o', 'name')).trim().split('\n');
    expect([...new Set(names.map((name) => name.split('/')[0]))].sort()).toEqual([
      'syncconfiguration.tenantsync.dev',
      'tenantpair.tenantsync.dev',
    ]);
    expect(await ok('get', 'all', '-o', 'name')).not.toContain('tenantsync.dev');
  });

  test('finds users by the fields one looks them up by', async () => {
    const [first] = (await kubectl.json<{ items: UserProjection[] }>('get', 'uproj', '-n', namespace)).items;
    const { objectId, userPrincipalName } = first?.spec.source ?? { objectId: '', userPrincipalName: '' };
    const found = async (selector: string): Promise<number> =>
      (await ok('get', 'uproj', '--field-selector', selector, '-o', 'name')).split('\n').filter((line) => line !== '').length;
    expect(await found(`spec.source.objectId=${objectId}`)).toBe(1);
    expect(await found(`spec.source.userPrincipalName=${userPrincipalName ?? ''}`)).toBe(1);
    expect(await found('spec.syncConfigurationRef.name=contoso-staff')).toBe(3);
    expect(await found('status.state=Provisioned')).toBe(3);
    expect(await found('status.state!=Provisioned')).toBe(0);
  });

  test('shows nobody by name', async () => {
    for (const more of [[], ['-o', 'wide']]) expect(await ok('get', 'uproj', ...more)).not.toMatch(/ana|bo@|cleo|contoso\.com/i);
  });
});

describe('F2 kubectl describe', () => {
  test('of a pair shows what was checked', async () => {
    const text = normalised(await ok('describe', 'tpair', 'contoso-to-fabrikam'));
    expect(text.slice(0, text.indexOf('\nEvents:'))).toMatchSnapshot();
  });

  test.each(['tpair/contoso-to-fabrikam', 'synccfg/contoso-staff'])('of %s ends with what happened to it', async (resource) => {
    expect(events(await ok('describe', resource))).toMatchSnapshot();
  });

  test('and kubectl events tell the same', async () => {
    expect(await ok('events', '--for', 'syncconfiguration.tenantsync.dev/contoso-staff')).toContain('CycleCompleted');
  });
});

describe('E4 a request by annotation', () => {
  test('is echoed when it has been handled, which kubectl can wait for', async () => {
    for (const [resource, token] of [
      ['tpair/contoso-to-fabrikam', 'check-1'],
      ['synccfg/contoso-staff', 'sync-1'],
    ] as const) {
      await ok('annotate', resource, `tenantsync.dev/requested-at=${token}`);
      const said = await ok('wait', resource, `--for=jsonpath={.status.lastHandledReconcileAt}=${token}`, '--timeout=60s');
      expect(said).toContain('condition met');
    }
  });

  test('of a sync brings a hire into the target', async () => {
    const id = site.person('Dora');
    await ok('annotate', '--overwrite', 'synccfg/contoso-staff', 'tenantsync.dev/requested-at=sync-2');
    await ok('wait', 'synccfg/contoso-staff', '--for=jsonpath={.status.lastHandledReconcileAt}=sync-2', '--timeout=60s');
    await ok('wait', `uproj/contoso-staff-${id}`, '--for=condition=Ready', '--timeout=60s');
    expect(site.spoke.users().some(({ properties }) => properties.displayName === 'Dora')).toBe(true);
  });
});

describe('D2 a user who cannot be synchronized', () => {
  test('is found by state, and kubectl describe says why', async () => {
    site.spoke.createUser({ userPrincipalName: 'eve@fabrikam.com', properties: { displayName: 'Eve', mail: 'eve@contoso.com' } });
    const eve = `uproj/contoso-staff-${site.person('Eve')}`;
    await ok('annotate', '--overwrite', 'synccfg/contoso-staff', 'tenantsync.dev/requested-at=sync-3');
    await ok('wait', 'synccfg/contoso-staff', '--for=jsonpath={.status.lastHandledReconcileAt}=sync-3', '--timeout=60s');
    await ok('wait', eve, '--for=condition=Stalled', '--timeout=60s');
    expect(table(await ok('get', 'uproj', '--field-selector', 'status.state=Conflict'))).toMatchSnapshot();
    const told = async (): Promise<string> => events(await ok('describe', eve));
    await until('the event', async () => (await told()).includes('InternalUserExists'));
    expect(await told()).toMatchSnapshot();
  });
});

describe('suspend', () => {
  test('by kubectl patch stops the work and keeps Ready, with the reason Suspended', async () => {
    await ok('patch', 'synccfg', 'contoso-staff', '--type=merge', '-p', '{"spec":{"suspend":true}}');
    await ok('wait', 'synccfg/contoso-staff', '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=Suspended', '--timeout=60s');
    expect(await ok('get', 'synccfg', 'contoso-staff', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')).toBe('True');
    await ok('patch', 'synccfg', 'contoso-staff', '--type=json', '-p', '[{"op":"replace","path":"/spec/suspend","value":false}]');
    await ok('wait', 'synccfg/contoso-staff', '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=Succeeded', '--timeout=60s');
  });
});

describe('A10 kubectl delete', () => {
  test('--dry-run=server deletes nothing', async () => {
    expect(await ok('delete', 'synccfg', 'contoso-staff', '--dry-run=server')).toContain('(server dry run)');
    expect(await ok('get', 'synccfg', 'contoso-staff', '-o', 'jsonpath={.metadata.deletionTimestamp}')).toBe('');
  });

  test('of a projection waits for the finalizer, and its record comes back while the user is in scope', async () => {
    const name = `uproj/contoso-staff-${ana}`;
    const before = await ok('get', name, '-o', 'jsonpath={.metadata.uid}');
    expect(await ok('get', name, '-o', 'jsonpath={.metadata.finalizers}')).toBe('["tenantsync.dev/target-user"]');
    await ok('delete', name, '--timeout=60s');
    await ok('annotate', '--overwrite', 'synccfg/contoso-staff', 'tenantsync.dev/restarted-at=again-1');
    await ok('wait', 'synccfg/contoso-staff', '--for=jsonpath={.status.lastHandledRestartAt}=again-1', '--timeout=60s');
    await ok('wait', name, '--for=condition=Ready', '--timeout=60s');
    expect(await ok('get', name, '-o', 'jsonpath={.metadata.uid}')).not.toBe(before);
  });

  test('of the configuration and the pair takes their records along and leaves every account', async () => {
    const accounts = site.spoke.users().length;
    await ok('delete', 'synccfg', 'contoso-staff', '--timeout=60s');
    await ok('delete', 'tpair', 'contoso-to-fabrikam', '--timeout=60s');
    await ok('wait', 'uproj', '--all', '--for=delete', '--timeout=60s');
    expect(await ok('get', 'tenantsync', '-o', 'name')).toBe('');
    expect(site.spoke.users()).toHaveLength(accounts);
  });
});
