import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { load } from 'js-yaml';
import { createEntra, fillOrganisation, serveHttps as serveEntra, type Entra, type Tenant } from '@tenantsync/sandbox/entra';
import { serveHttps as serveKubernetes, createKubernetes, type JsonObject, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import { loadConfig } from '../../config.ts';
import { builtInClouds, cloudsFromFile } from '../../graph/clouds.ts';
import { createTransport, defaultTransport } from '../../graph/transport.ts';
import { loadKubeConfig } from '../../kube/kubeconfig.ts';
import { kubeTransport } from '../../kube/transport.ts';
import { createOperator, type Operator } from '../../operator.ts';
import { packageVersion, systemClock, systemRandom } from '../../system.ts';
import { createOperatorLogger } from '../../telemetry/logger.ts';
import { Metrics } from '../../telemetry/registry.ts';
import { registerBuildInfo } from '../../telemetry/resource-metrics.ts';

export const namespace = 'identity';
/** Name under which the operator knows the simulated tenants' endpoint. */
export const cloudName = 'sandbox';

const project = new URL('../../../', import.meta.url);

/** Everything the demo runs on: tenants, Kubernetes API and the operator, over HTTPS on this machine. */
export interface Stage {
  readonly entra: Entra;
  readonly hub: Tenant;
  readonly fabrikam: Tenant;
  readonly tailspin: Tenant;
  readonly organisation: ReturnType<typeof fillOrganisation>;
  readonly kube: Kubernetes;
  readonly kubeconfigPath: string;
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

interface Ids {
  readonly tenantId: string;
  readonly appId: string;
  readonly secret: string;
}

/** Tenants and app registrations as the sample manifest names them. */
const ids = {
  contoso: { tenantId: '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11', appId: 'c0000000-0000-4000-8000-000000000001', secret: 'sandbox-contoso' },
  fabrikam: { tenantId: '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22', appId: 'f0000000-0000-4000-8000-000000000002', secret: 'sandbox-fabrikam' },
  tailspin: { tenantId: '5e6f7a8b-3c2d-4e1f-9a0b-7c8d9e0f3c33', appId: 'a0000000-0000-4000-8000-000000000003', secret: 'sandbox-tailspin' },
} satisfies Record<string, Ids>;

const readPermissions = ['User.Read.All', 'GroupMember.Read.All', 'Policy.Read.All'];
const writePermissions = [
  'User.Read.All',
  'User.Invite.All',
  'User.ReadWrite.All',
  'User.EnableDisableAccount.All',
  'User.DeleteRestore.All',
  'Policy.Read.All',
];

function addTenant(entra: Entra, name: string, label: keyof typeof ids, permissions: readonly string[]): Tenant {
  const { tenantId, appId, secret } = ids[label];
  const tenant = entra.addTenant({ displayName: name, tenantId, initialDomain: label, domains: [`${label}.com`] });
  tenant.registerApp({ appId, permissions, secrets: [{ value: secret }] });
  return tenant;
}

function trust(hub: Tenant, spoke: Tenant): void {
  hub.policies.setPartner(spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: true } });
  spoke.policies.setPartner(hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
  spoke.policies.setUserSync(hub.tenantId, true);
}

function loadYaml(path: string): unknown[] {
  const text = readFileSync(new URL(path, project), 'utf8');
  return text
    .split(/^---$/m)
    .map((part) => load(part))
    .filter((document) => document !== undefined && document !== null);
}

/** The hub and spoke sample, pointed at the simulated tenants' cloud. */
export function sampleManifests(): readonly JsonObject[] {
  return (loadYaml('manifests/samples/hub-and-spoke.yaml') as { kind: string; spec: Record<string, JsonObject> }[]).map((manifest) =>
    manifest.kind === 'TenantPair'
      ? {
          ...manifest,
          spec: {
            ...manifest.spec,
            source: { ...manifest.spec.source, cloud: cloudName },
            target: { ...manifest.spec.target, cloud: cloudName },
          },
        }
      : manifest,
  );
}

/** Starts everything but applies no manifest yet. */
export async function setStage(options: { readonly users: number; readonly logFile: string | undefined }): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-demo-'));
  const entra = createEntra({
    clock: systemClock,
    random: systemRandom,
    settings: { latency: { min: 5, max: 25 }, replication: { reads: { min: 0, max: 300 }, advanced: { min: 0, max: 500 } } },
  });
  const hub = addTenant(entra, 'Contoso', 'contoso', readPermissions);
  const fabrikam = addTenant(entra, 'Fabrikam', 'fabrikam', writePermissions);
  const tailspin = addTenant(entra, 'Tailspin Toys', 'tailspin', writePermissions);
  trust(hub, fabrikam);
  trust(hub, tailspin);
  const organisation = fillOrganisation(hub, { people: options.users, seed: 7 });
  const entraServer = await serveEntra(entra);
  const crds = readdirSync(new URL('crds/', project))
    .sort()
    .flatMap((file) => loadYaml(`crds/${file}`) as object[]);
  const kube = createKubernetes({
    clock: systemClock,
    crds,
    namespaces: [namespace, 'tenantsync-system'],
    tokens: { 'demo-token': 'admin' },
  });
  const kubeServer = await serveKubernetes(kube, { token: 'demo-token', contextName: 'tenantsync-demo' });
  const kubeconfigPath = join(folder, 'kubeconfig');
  await kubeServer.writeKubeconfig(kubeconfigPath);
  const caFile = join(folder, 'entra-ca.pem');
  writeFileSync(caFile, entraServer.caPem);
  const running = startOperator({
    cloudsFile: { [cloudName]: { authorityHost: entraServer.url, graphHost: entraServer.url, caBundleFile: caFile } },
    kubeconfigPath,
    logFile: options.logFile,
  });
  await running.operator.start();
  return {
    entra,
    hub,
    fabrikam,
    tailspin,
    organisation,
    kube,
    kubeconfigPath,
    metricsUrl: `http://127.0.0.1:${running.operator.ports.metrics}/metrics`,
    stop: async () => {
      await running.stop();
      kube.close();
      await Promise.all([kubeServer.close(), entraServer.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startOperator(options: {
  readonly cloudsFile: JsonObject;
  readonly kubeconfigPath: string;
  readonly logFile: string | undefined;
}): { readonly operator: Operator; stop(): Promise<void> } {
  const kube = kubeTransport(loadKubeConfig({ file: options.kubeconfigPath, environment: {} }), systemClock);
  const transport = createTransport(defaultTransport);
  const metrics = new Metrics();
  metrics.collectDefaults();
  registerBuildInfo(metrics, packageVersion(), process.version);
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  const operator = createOperator({
    config: loadConfig(
      [
        '--metrics-bind-address',
        '127.0.0.1:0',
        '--health-probe-bind-address',
        '127.0.0.1:0',
        '--leader-election-namespace',
        'tenantsync-system',
      ],
      {},
    ),
    kube: { fetch: kube.fetch, baseUrl: kube.baseUrl, namespace: 'tenantsync-system' },
    clouds: [...builtInClouds, ...cloudsFromFile(options.cloudsFile)],
    fetchForCloud: (cloud) => transport.fetchForCloud(cloud),
    clock: systemClock,
    random: systemRandom,
    logger: createOperatorLogger({ level: 'info', format: 'json', stream }),
    metrics,
    writeLine: (line) => lines.push(line),
    hostname: 'demo',
    version: packageVersion(),
  });
  return {
    operator,
    stop: async () => {
      await operator.stop();
      await Promise.all([kube.close(), transport.close()]);
      if (options.logFile !== undefined) writeFileSync(options.logFile, lines.join(''));
    },
  };
}

/** Secrets with the credentials that the sample manifests name. */
export function applySecrets(kube: Kubernetes): void {
  for (const label of Object.keys(ids) as (keyof typeof ids)[]) {
    kube.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${label}-app`, namespace },
      type: 'Opaque',
      data: { clientSecret: Buffer.from(ids[label].secret).toString('base64') },
    });
  }
}
