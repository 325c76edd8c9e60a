import { createEntra, type App, type Entra, type SandboxUser, type Tenant } from '@tenantsync/sandbox/entra';
import { loadConfig } from '../../../../src/config.ts';
import { builtInClouds } from '../../../../src/graph/clouds.ts';
import { loadKubeConfig } from '../../../../src/kube/kubeconfig.ts';
import { kubeTransport } from '../../../../src/kube/transport.ts';
import { createOperator } from '../../../../src/operator.ts';
import type { HttpFetch } from '../../../../src/ports/http.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { systemClock, systemRandom } from '../../../../src/system.ts';
import { Metrics } from '../../../../src/telemetry/registry.ts';
import { sourcePermissions, targetPermissions } from '../../../support/permissions.ts';
import { apply } from './site.ts';

/** Two simulated tenants that allow a synchronization, on the machine's own clock. */
export class Tenants {
  readonly entra: Entra = createEntra({ clock: systemClock, random: systemRandom });
  readonly hub: Tenant = this.entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
  readonly spoke: Tenant = this.entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam', domains: ['fabrikam.com'] });
  readonly hubApp: App = this.hub.registerApp({ permissions: sourcePermissions, secrets: [{ value: 'hub-secret' }] });
  readonly spokeApp: App = this.spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: 'spoke-secret' }] });

  constructor() {
    this.hub.policies.setPartner(this.spoke.tenantId, { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } });
    this.spoke.policies.setPartner(this.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } });
    this.spoke.policies.setUserSync(this.hub.tenantId, true);
  }

  hire(count: number, prefix = 'person'): readonly SandboxUser[] {
    return Array.from({ length: count }, (_, n) => this.hub.createUser({ userPrincipalName: `${prefix}${n}@contoso.com` }));
  }

  /** Object ids of the live B2B accounts of the spoke. */
  guests(): readonly string[] {
    return this.spoke
      .users()
      .filter(({ invitedAddress }) => invitedAddress !== undefined)
      .map(({ id }) => id)
      .sort();
  }

  /** The Secrets, the pair and a configuration, in a namespace. */
  async applyTo(namespace: string, configuration: object = {}): Promise<void> {
    const side = (tenant: Tenant, app: App, name: string): object => ({
      tenantId: tenant.tenantId,
      credentials: { clientSecret: { clientId: app.appId, secretRef: { name, key: 'clientSecret' } } },
    });
    const secret = (name: string, clientSecret: string): object => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData: { clientSecret },
    });
    await apply({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        secret('hub-app', 'hub-secret'),
        secret('spoke-app', 'spoke-secret'),
        {
          apiVersion: 'tenantsync.dev/v1alpha1',
          kind: 'TenantPair',
          metadata: { name: 'hub-to-spoke', namespace },
          spec: { source: side(this.hub, this.hubApp, 'hub-app'), target: side(this.spoke, this.spokeApp, 'spoke-app') },
        },
        {
          apiVersion: 'tenantsync.dev/v1alpha1',
          kind: 'SyncConfiguration',
          metadata: { name: 'staff', namespace },
          spec: { tenantPairRef: { name: 'hub-to-spoke' }, mode: 'Apply', interval: '1m', scope: { type: 'All' }, ...configuration },
        },
      ],
    });
  }
}

export interface RunningOperator {
  readonly stop: () => Promise<void>;
}

/** The operator of this checkout with somebody's kubeconfig; `around` stands between it and the API server. */
export async function runOperator(
  tenants: Tenants,
  kubeconfig: string,
  flags: readonly string[],
  around: (fetch: HttpFetch) => HttpFetch = (fetch) => fetch,
): Promise<RunningOperator> {
  const kube = kubeTransport(loadKubeConfig({ file: kubeconfig, environment: {} }), systemClock);
  const operator = createOperator({
    config: loadConfig(['--metrics-bind-address', '0', '--health-probe-bind-address', '0', ...flags], {}),
    kube: { fetch: around(kube.fetch), baseUrl: kube.baseUrl, namespace: kube.namespace ?? 'default' },
    clouds: builtInClouds,
    fetchForCloud: () => tenants.entra.fetch,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: new Metrics(),
    writeLine: () => undefined,
    hostname: 'operator',
    version: 'test',
  });
  await operator.start();
  return {
    stop: async () => {
      await operator.stop();
      await kube.close();
    },
  };
}
