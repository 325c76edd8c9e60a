import type { SyncConfiguration } from '../../../src/api/kinds.ts';
import { Kubectl } from './support/kubectl.ts';
import { normalised, table } from './support/normalise.ts';
import { Site } from './support/site.ts';

const namespace = 'approval';
const kubectl = new Kubectl();
const site = new Site(kubectl, namespace);
const configuration = 'synccfg/contoso-staff';
const ok = (...args: string[]): Promise<string> => kubectl.ok(...args, '-n', namespace);
const until = (what: string): Promise<string> => ok('wait', configuration, `--for=${what}`, '--timeout=60s');

let leaver: string;

/** Stages the removal of one person, and gives the token that a decision has to name. */
async function stage(request: string): Promise<string> {
  site.hub.softDelete(leaver);
  await ok('annotate', '--overwrite', configuration, `tenantsync.dev/requested-at=${request}`);
  await until('condition=DeletionsStaged');
  return await ok('get', configuration, '-o', 'jsonpath={.status.stagedDeletions.token}');
}

beforeAll(async () => {
  await kubectl.prepare(namespace);
  leaver = site.person('Ana');
  site.person('Bo');
  await site.start();
  await site.apply(site.manifest('  deprovisioning: {guard: {threshold: 1}}\n'));
  await until('condition=Ready');
  await ok('wait', 'uproj', '--all', '--for=condition=Ready', '--timeout=60s');
});

afterAll(async () => {
  await site.stop();
  await kubectl.empty(namespace);
  kubectl.close();
});

describe('E7 staged deletions', () => {
  let token: string;

  test('are shown, stall the configuration, and delete nobody', async () => {
    token = await stage('leave');
    expect(token).not.toBe('');
    expect(table(await ok('get', 'synccfg'))).toMatchSnapshot();
    expect(
      normalised(await ok('get', configuration, '-o', 'jsonpath={.status.conditions[?(@.type=="Stalled")].message}')),
    ).toMatchSnapshot();
    expect(site.spoke.users().filter(({ properties }) => properties.displayName === 'Ana')).toHaveLength(1);
  });

  test('are not decided by another token', async () => {
    await ok('annotate', configuration, 'tenantsync.dev/approve-deletions=something-else');
    await ok('annotate', '--overwrite', configuration, 'tenantsync.dev/requested-at=wrong');
    await until('jsonpath={.status.lastHandledReconcileAt}=wrong');
    expect(site.spoke.users().filter(({ properties }) => properties.displayName === 'Ana')).toHaveLength(1);
  });

  test('F2 are carried out once approved, and the record says by whose hand', async () => {
    await ok('annotate', '--overwrite', configuration, `tenantsync.dev/approve-deletions=${token}`);
    await until('jsonpath={.status.lastHandledDeletionDecision.state}=Done');
    await ok('wait', `uproj/contoso-staff-${leaver}`, '--for=jsonpath={.status.state}=SoftDeleted', '--timeout=60s');
    const { status } = await kubectl.json<SyncConfiguration>('get', configuration, '-n', namespace);
    expect(status.lastHandledDeletionDecision).toMatchObject({ token, decision: 'Approved', by: 'kubectl-annotate' });
    expect(site.spoke.users().filter(({ properties }) => properties.displayName === 'Ana')).toHaveLength(0);
  });
});
