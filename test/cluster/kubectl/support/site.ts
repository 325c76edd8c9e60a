import { KubeConfig } from '@kubernetes/client-node';
import { createEntra, type App, type Entra, type Tenant } from '@tenantsync/sandbox/entra';
import { loadConfig } from '../../../../src/config.ts';
import { builtInClouds } from '../../../../src/graph/clouds.ts';
import { kubeTransport, type KubeTransport } from '../../../../src/kube/transport.ts';
import { createOperator, type Operator } from '../../../../src/operator.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { systemClock, systemRandom } from '../../../../src/system.ts';
import { Metrics } from '../../../../src/telemetry/registry.ts';
import { sourcePermissions, targetPermissions } from '../../../support/permissions.ts';
import { controlPlane } from '../../support/control-plane.ts';
import type { Kubectl } from './kubectl.ts';

interface Connected {
  readonly tenant: Tenant;
  readonly app: App;
}

/** Two simulated tenants, and the operator on the machine's own time against the real API server. */
export class Site {
  readonly namespace: string;
  readonly hub: Tenant;
  readonly spoke: Tenant;
  readonly #kubectl: Kubectl;
  readonly #entra: Entra;
  readonly #apps: Readonly<Record<'hub' | 'spoke', Connected>>;
  #running: { readonly operator: Operator; readonly transport: KubeTransport } | undefined;

  constructor(kubectl: Kubectl, namespace: string) {
    this.#kubectl = kubectl;
    this.namespace = namespace;
    this.#entra = createEntra({ clock: systemClock, random: systemRandom });
    this.hub = this.#entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
    this.spoke = this.#entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam', domains: ['fabrikam.com'] });
    const app = (tenant: Tenant, permissions: readonly string[]): Connected => ({
      tenant,
      app: tenant.registerApp({ permissions, secrets: [{ value: 'secret' }] }),
    });
    this.#apps = { hub: app(this.hub, sourcePermissions), spoke: app(this.spoke, targetPermissions) };
    this.hub.policies.setPartner(this.spoke.tenantId, { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } });
    this.spoke.policies.setPartner(this.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } });
    this.spoke.policies.setUserSync(this.hub.tenantId, true);
  }

  async start(): Promise<void> {
    const config = new KubeConfig();
    config.loadFromFile(controlPlane().kubeconfig);
    const transport = kubeTransport(config, systemClock);
    const operator = createOperator({
      config: loadConfig(['--metrics-bind-address', '0', '--health-probe-bind-address', '0', '--watch-namespaces', this.namespace], {}),
      kube: { fetch: transport.fetch, baseUrl: transport.baseUrl, namespace: this.namespace },
      clouds: builtInClouds,
      fetchForCloud: () => this.#entra.fetch,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      metrics: new Metrics(),
      writeLine: () => undefined,
      hostname: 'operator-0',
      version: 'test',
    });
    this.#running = { operator, transport };
    await operator.start();
  }

  async stop(): Promise<void> {
    await this.#running?.operator.stop();
    await this.#running?.transport.close();
    this.#running = undefined;
  }

  /** The Secrets, the pair and the configuration, as a user would write them down. */
  manifest(configuration = ''): string {
    return `${this.#secret('hub')}---\n${this.#secret('spoke')}---\n${this.pair()}---\n${this.configuration(configuration)}`;
  }

  #secret(name: 'hub' | 'spoke'): string {
    return `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}-app, namespace: ${this.namespace}}\nstringData: {clientSecret: secret}\n`;
  }

  pair(more = ''): string {
    const side = (name: 'hub' | 'spoke'): string => {
      const { tenant, app } = this.#apps[name];
      return `{tenantId: ${tenant.tenantId}, credentials: {clientSecret: {clientId: ${app.appId}, secretRef: {name: ${name}-app, key: clientSecret}}}}`;
    };
    return `apiVersion: tenantsync.dev/v1alpha1
kind: TenantPair
metadata: {name: contoso-to-fabrikam, namespace: ${this.namespace}}
spec:
  source: ${side('hub')}
  target: ${side('spoke')}
${more}`;
  }

  configuration(more = '', name = 'contoso-staff'): string {
    return `apiVersion: tenantsync.dev/v1alpha1
kind: SyncConfiguration
metadata: {name: ${name}, namespace: ${this.namespace}}
spec:
  tenantPairRef: {name: contoso-to-fabrikam}
  mode: Apply
  scope: {type: All}
${more}`;
  }

  async apply(manifest: string): Promise<void> {
    const said = await this.#kubectl.run(['apply', '--server-side', '-f', '-'], manifest);
    if (said.code !== 0) throw new Error(said.err);
  }

  /** A member of the hub. */
  person(name: string): string {
    return this.hub.createUser({ userPrincipalName: `${name.toLowerCase()}@contoso.com`, properties: { displayName: name } }).id;
  }
}
