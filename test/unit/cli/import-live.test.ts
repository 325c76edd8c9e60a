import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createEntra, type App, type Entra, type SyncJob, type Tenant } from '@tenantsync/sandbox/entra';
import { runImport } from '../../../src/cli/import.ts';
import { builtInClouds } from '../../../src/graph/clouds.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { Metrics } from '../../../src/telemetry/registry.ts';
import { graphMetrics } from '../../../src/telemetry/runtime-metrics.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'live-'));
afterAll(() => rmSync(folder, { recursive: true }));

const secret = 'read-only-canary';
const reads = ['Synchronization.Read.All', 'Application.Read.All'];
let clock: VirtualClock;
let entra: Entra;
let contoso: Tenant;
let fabrikam: Tenant;
let reader: App;
let job: SyncJob;

beforeEach(() => {
  clock = new VirtualClock();
  entra = createEntra({ clock, random: seededRandom(3) });
  contoso = entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
  fabrikam = entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam' });
  reader = contoso.registerApp({ permissions: reads, secrets: [{ value: secret }] });
  job = contoso.createSyncJob({ targetTenantId: fabrikam.tenantId, deletionThreshold: 40, displayName: 'To Fabrikam' });
  const ana = contoso.createUser({ userPrincipalName: 'ana@contoso.com' });
  contoso.assign(job.servicePrincipalId, ana.id);
  for (let index = 0; index < 150; index += 1)
    contoso.assign(job.servicePrincipalId, contoso.createGroup({ displayName: `G ${index}` }).id);
});

interface Ran {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

async function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const streams = { input: Readable.from([]), output: new PassThrough(), errors: new PassThrough() };
  const collected = { output: '', errors: '' };
  streams.output.on('data', (chunk: Buffer) => (collected.output += chunk.toString()));
  streams.errors.on('data', (chunk: Buffer) => (collected.errors += chunk.toString()));
  const way = {
    clouds: builtInClouds,
    fetchForCloud: () => entra.fetch,
    clock,
    random: seededRandom(4),
    logger: silentLogger,
    metrics: graphMetrics(new Metrics()),
  };
  const running = runImport(args, streams, { environment, way });
  let open = true;
  const end = (): void => void (open = false);
  running.then(end, end);
  await clock.advanceUntil(() => !open, 600_000);
  const status = await running;
  await new Promise((resolve) => setImmediate(resolve));
  return { status, ...collected };
}

const fileWith = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const signedIn = (...more: readonly string[]): readonly string[] => [
  ...['--from-tenant', contoso.tenantId, '--client-id', reader.appId],
  ...['--client-secret-file', fileWith('secret', `${secret}\n`), ...more],
];

/** The same answers as files, as somebody with another tool would export them. */
async function exported(): Promise<readonly string[]> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: reader.appId,
    client_secret: secret,
    scope: 'https://graph.microsoft.com/.default',
  });
  const token = await entra.fetch(`https://login.microsoftonline.com/${contoso.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  const get = async (path: string, name: string): Promise<string> => {
    const url = `https://graph.microsoft.com/v1.0/servicePrincipals/${job.servicePrincipalId}/${path}`;
    const answer = await entra.fetch(url, { method: 'GET', headers: { authorization: `Bearer ${bearer}` } });
    return fileWith(name, await answer.text());
  };
  return [
    await get(`synchronization/jobs/${job.id}/schema`, 'schema.json'),
    ...['--job', await get(`synchronization/jobs/${job.id}`, 'job.json')],
    ...['--secrets', await get('synchronization/secrets', 'secrets.json')],
    ...['--assignments', await get('appRoleAssignedTo?$top=999', 'assignments.json')],
  ];
}

describe('G7 tenantsync import --from-tenant', () => {
  it('makes the same manifests as the exported files, and changes nothing', async () => {
    job.start();
    const live = await run(signedIn('--name', 'to-fabrikam'));
    expect([live.status, live.errors.split('\n').filter((line) => !line.includes('to fill in') && line !== '')]).toEqual([0, []]);
    const offline = await run([...(await exported()), '--name', 'to-fabrikam']);
    expect(live.output).toBe(offline.output);
    expect(live.output).toContain(`tenantId: ${contoso.tenantId}`);
    expect(live.output).toContain(`tenantId: ${fabrikam.tenantId}`);
    expect(live.output).toContain('threshold: 40');
    expect(live.output.match(/^ *- \{? *id: |^ *id: /gm)?.length).toBe(151);
    expect(live.output).toContain('the state of the Entra job is Active');
    expect(contoso.log.writes()).toEqual([]);
    expect(`${live.output}${live.errors}`).not.toContain(secret);
  });

  it('takes expressions that nest as deep as Entra lets them', async () => {
    const attribute = { type: 'Attribute', name: 'displayName', expression: '[displayName]', parameters: [] };
    let source: Record<string, unknown> = attribute;
    for (let depth = 0; depth < 60; depth += 1)
      source = {
        type: 'Function',
        name: 'ToUpper',
        expression: `ToUpper(${String(source.expression)})`,
        parameters: [{ key: 'source', value: source }],
      };
    job = contoso.createSyncJob({
      targetTenantId: fabrikam.tenantId,
      rows: [{ targetAttributeName: 'displayName', source: source as never, flowType: 'Always', matchingPriority: 0 }],
    });
    const { status, errors } = await run(signedIn('--job', job.id));
    expect([status, errors.includes('GraphUnavailable')]).toEqual([0, false]);
  });

  it('takes the application and its secret from the environment too', async () => {
    const environment = { TENANTSYNC_IMPORT_CLIENT_ID: reader.appId, TENANTSYNC_IMPORT_CLIENT_SECRET: secret };
    expect((await run(['--from-tenant', contoso.tenantId], environment)).status).toBe(0);
  });

  it('lists the jobs where there are several, and takes the one that is named', async () => {
    const other = contoso.createSyncJob({ targetTenantId: contoso.tenantId, displayName: 'Another' });
    other.start();
    const { status, output, errors } = await run(signedIn());
    expect([status, output]).toEqual([2, '']);
    expect(errors).toContain('say which with --job');
    expect(errors).toContain(`${job.id}  stopped  "To Fabrikam"`);
    expect(errors).toContain(`${other.id}  runs  "Another"`);
    const named = await run(signedIn('--job', job.id.toUpperCase()));
    expect([named.status, named.output.includes(fabrikam.tenantId)]).toEqual([0, true]);
    expect((await run(signedIn('--job', 'Azure2Azure.x.y'))).errors).toContain('there is no job "Azure2Azure.x.y"');
  });

  it('goes on without what may not be read, and says what follows', async () => {
    const forbidden = { effect: 'status', status: 403, code: 'Authorization_RequestDenied', times: Infinity } as const;
    entra.faults.add({ ...forbidden, match: { operation: 'GET /servicePrincipals/{id}/synchronization/secrets' } });
    entra.faults.add({ ...forbidden, match: { operation: 'GET /servicePrincipals/{id}/appRoleAssignedTo' } });
    const { status, output, errors } = await run(signedIn('--target-tenant', fabrikam.tenantId));
    expect(status).toBe(0);
    expect(errors).toContain('the list of settings may not be read');
    expect(errors).toContain('the list of assignments may not be read');
    expect(output).toContain(`servicePrincipalId: ${job.servicePrincipalId}`);
  });

  it.each<[string, () => readonly string[], number, string]>([
    ['no credentials', () => ['--from-tenant', contoso.tenantId, '--client-id', reader.appId], 2, 'a secret is never a flag'],
    ['no application', () => ['--from-tenant', contoso.tenantId], 2, '--client-id'],
    ['an application that is no id', () => ['--from-tenant', contoso.tenantId, '--client-id', 'x'], 2, 'is not an id'],
    ['a secret as a flag', () => signedIn(`--client-secret=${secret}`), 2, '--client-secret'],
    ['a file beside it', () => signedIn('schema.json'), 2, 'schema.json is too much'],
    ['files of a job beside it', () => signedIn('--secrets', 'x.json'), 2, '--secrets: it is read from the tenant'],
    ['credentials for files', () => ['schema.json', '--client-id', reader.appId], 2, '--client-id: it is for a job that is read'],
    ['a cloud that nobody knows', () => signedIn('--cloud', 'Moon'), 2, 'known are Global'],
    ['a certificate without its key', () => [...signedIn().slice(0, 4), '--client-certificate-file', fileWith('c', 'x')], 2, 'private key'],
    ['an empty file', () => [...signedIn().slice(0, 4), '--client-secret-file', fileWith('e', ' \n')], 2, 'is empty'],
    ['a file that is not there', () => [...signedIn().slice(0, 4), '--client-secret-file', join(folder, 'none')], 2, 'ENOENT'],
    ['a wrong secret', () => [...signedIn().slice(0, 4), '--client-secret-file', fileWith('w', 'wrong')], 1, 'CredentialsRejected'],
  ])('refuses %s', async (_, args, status, says) => {
    const ran = await run(args());
    expect([ran.status, ran.output]).toEqual([status, '']);
    expect(ran.errors).toContain(says);
    expect(ran.errors).not.toContain(secret);
  });

  it('says what is missing where jobs may not be read, and where there are none', async () => {
    reader.revoke('Synchronization.Read.All');
    const ran = await run(signedIn());
    expect([ran.status, ran.output]).toEqual([1, '']);
    expect(ran.errors).toContain('GraphForbidden');
    const empty = entra.addTenant({ displayName: 'Empty', initialDomain: 'empty' });
    reader = empty.registerApp({ permissions: reads, secrets: [{ value: secret }] });
    contoso = empty;
    expect((await run(signedIn())).errors).toContain('there is no enterprise application');
  });
});
