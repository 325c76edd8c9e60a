import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEntra, fillOrganisation, serveHttps as serveEntra, type Entra, type Tenant } from '@tenantsync/sandbox/entra';
import { serveHttps as serveKubernetes, createKubernetes, type KubeObject, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration } from '../../src/api/kinds.ts';
import { formatAnchor } from '../../src/core/matching/anchor.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { crds, namespace, operatorNamespace } from '../support/world.ts';

const readPermissions = ['User.Read.All', 'GroupMember.Read.All', 'Policy.Read.All'];
const writePermissions = ['User.Read.All', 'User.Invite.All', 'User.ReadWrite.All', 'User.DeleteRestore.All', 'Policy.Read.All'];

/** Tenants and Kubernetes in this process, over HTTPS; the operator in a process of its own. */
export interface Site {
  readonly entra: Entra;
  readonly hub: Tenant;
  readonly spoke: Tenant;
  readonly kube: Kubernetes;
  readonly people: readonly string[];
  configuration(): SyncConfiguration;
  /** Peak resident memory of the operator so far, in bytes. */
  peakRss(): number;
  stop(): Promise<void>;
}

export interface SiteOptions {
  readonly users: number;
  /** The target has everybody's account already, as after the loss of a cluster. */
  readonly linked: boolean;
  /** Groups may be written. */
  readonly groups?: boolean;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Two tenants that allow a synchronization, with the client ids of an application in each. */
export interface Tenants {
  readonly hub: Tenant;
  readonly spoke: Tenant;
  readonly apps: { readonly hub: string; readonly spoke: string };
}

export function tenants(entra: Entra): Tenants {
  const hub = entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
  const spoke = entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam', domains: ['fabrikam.com'] });
  hub.policies.setPartner(spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: true } });
  spoke.policies.setPartner(hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
  spoke.policies.setUserSync(hub.tenantId, true);
  const hubApp = hub.registerApp({ permissions: readPermissions, secrets: [{ value: 'hub-secret' }] });
  const spokeApp = spoke.registerApp({ permissions: writePermissions, secrets: [{ value: 'spoke-secret' }] });
  return { hub, spoke, apps: { hub: hubApp.appId, spoke: spokeApp.appId } };
}

/** Puts the accounts into the target that the operator itself would have made, anchors and managers included. */
export function provisionByHand(hub: Tenant, spoke: Tenant, people: readonly string[]): void {
  const made = new Map<string, string>();
  const copied = [
    'displayName',
    'givenName',
    'surname',
    'jobTitle',
    'department',
    'city',
    'state',
    'country',
    'postalCode',
    'streetAddress',
    'employeeId',
    'officeLocation',
    'preferredLanguage',
    'mailNickname',
    'businessPhones',
    'mail',
    'accountEnabled',
  ];
  for (const id of people) {
    const user = hub.user(id);
    if (!user) continue;
    const properties = Object.fromEntries(
      copied.flatMap((name) =>
        user.properties[name] === undefined || user.properties[name] === null ? [] : [[name, user.properties[name]]],
      ),
    );
    const anchor = formatAnchor({ sourceTenantId: hub.tenantId, sourceObjectId: id });
    const account = spoke.createExternalUser({
      address: user.properties.userPrincipalName as string,
      userType: 'Member',
      accepted: true,
      properties: { ...properties, onPremisesExtensionAttributes: { extensionAttribute15: anchor } },
    });
    made.set(id, account.id);
    const managerId = user.managerId === null ? undefined : made.get(user.managerId);
    if (managerId !== undefined) spoke.setManager(account.id, managerId);
  }
}

/** Secrets, pair and configuration. */
export function manifests({ hub, spoke, apps }: Tenants): readonly KubeObject[] {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  const secret = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-app`, namespace },
    data: { clientSecret: encoded(`${name}-secret`) },
  });
  const side = (tenant: Tenant, name: 'hub' | 'spoke'): object => ({
    tenantId: tenant.tenantId,
    cloud: 'bench',
    credentials: { clientSecret: { clientId: apps[name], secretRef: { name: `${name}-app`, key: 'clientSecret' } } },
  });
  return [
    secret('hub'),
    secret('spoke'),
    {
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'TenantPair',
      metadata: { name: 'hub-to-spoke', namespace },
      spec: { source: side(hub, 'hub'), target: side(spoke, 'spoke') },
    },
    {
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'SyncConfiguration',
      metadata: { name: 'staff', namespace },
      spec: {
        tenantPairRef: { name: 'hub-to-spoke' },
        mode: 'Apply',
        interval: '60m',
        scope: { type: 'All' },
        matching: { anchor: { attribute: 'extensionAttribute15' } },
      },
    },
  ];
}

/** As in the image (Dockerfile). */
export const imageEnvironment = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' };
export const nodeFlags = ['--max-semi-space-size=4', '--max-old-space-size=192'];

/** What a benchmark adds to the operator's process. */
export interface OperatorExtras {
  /** Further flags of Node. */
  readonly nodeFlags?: readonly string[];
  /** A module that is loaded first. */
  readonly preload?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Settings; the last of a name counts. */
  readonly settings?: readonly string[];
}

/** The operator as a process of its own, with the flags of the image. */
export function startOperator(folder: string, caPem: string, url: string, kubeconfig: string, extras: OperatorExtras = {}): ChildProcess {
  const caFile = join(folder, 'ca.pem');
  const cloudsFile = join(folder, 'clouds.json');
  writeFileSync(caFile, caPem);
  writeFileSync(cloudsFile, JSON.stringify({ bench: { authorityHost: url, graphHost: url, caBundleFile: caFile } }));
  const flags = [
    '--clouds-file',
    cloudsFile,
    '--leader-election-namespace',
    operatorNamespace,
    '--metrics-bind-address',
    '0',
    '--health-probe-bind-address',
    '0',
    '--log-level',
    'warn',
    ...(extras.settings ?? []),
  ];
  const program = [new URL('../../dist/main.js', import.meta.url).pathname, 'operator', ...flags];
  const preload = extras.preload === undefined ? [] : ['--import', extras.preload];
  return spawn(process.execPath, [...nodeFlags, ...(extras.nodeFlags ?? []), ...preload, ...program], {
    env: { ...process.env, ...imageEnvironment, ...extras.environment, KUBECONFIG: kubeconfig, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The simulated API server, over HTTPS, with a kubeconfig for it in a folder. */
export async function openKubernetes(
  folder: string,
): Promise<{ readonly kube: Kubernetes; readonly kubeconfig: string; readonly close: () => Promise<void> }> {
  const kube = createKubernetes({
    clock: systemClock,
    crds: crds(),
    namespaces: [namespace, operatorNamespace],
    tokens: { bench: 'admin' },
    requestLogLimit: 200_000,
  });
  const served = await serveKubernetes(kube, { token: 'bench' });
  const kubeconfig = join(folder, 'kubeconfig');
  await served.writeKubeconfig(kubeconfig);
  return {
    kube,
    kubeconfig,
    close: async () => {
      kube.close();
      await served.close();
    },
  };
}

/** Sets a site up and starts the operator on it. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const entra = createEntra({
    clock: systemClock,
    random: systemRandom,
    settings: { logLimit: 1_000_000, delta: { pageSize: { min: 200, max: 500 } } },
  });
  const made = tenants(entra);
  const { hub, spoke } = made;
  const { people } = fillOrganisation(hub, { people: options.users, seed: 11, guests: 0 });
  if (options.groups === true) {
    spoke.app(made.apps.spoke).grant('Group.ReadWrite.All');
    spoke.policies.setGroupSync(hub.tenantId, true);
  }
  if (options.linked) provisionByHand(hub, spoke, people);
  const entraServer = await serveEntra(entra);
  const { kube, kubeconfig, close: closeKubernetes } = await openKubernetes(folder);
  for (const manifest of manifests(made)) kube.apply(manifest);
  const operator = startOperator(folder, entraServer.caPem, entraServer.url, kubeconfig);
  return {
    entra,
    hub,
    spoke,
    kube,
    people,
    configuration: () => kube.get({ kind: 'SyncConfiguration', name: 'staff', namespace }) as unknown as SyncConfiguration,
    peakRss: () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${operator.pid ?? 0}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    stop: async () => {
      const ended = new Promise((resolve) => operator.once('exit', resolve));
      operator.kill('SIGTERM');
      await ended;
      await Promise.all([closeKubernetes(), entraServer.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
