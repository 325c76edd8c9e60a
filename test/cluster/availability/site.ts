import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEntra, serveHttps, type Entra, type EntraServer, type SandboxUser, type Tenant } from '@tenantsync/sandbox/entra';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { kubeTransport, type KubeTransport } from '../../../src/kube/transport.ts';
import { systemClock, systemRandom } from '../../../src/system.ts';
import { sourcePermissions, targetPermissions } from '../../support/permissions.ts';
import { until } from '../../support/until.ts';
import { crds } from '../../support/world.ts';
import { controlPlane } from '../support/control-plane.ts';
import { Replica } from './replica.ts';

interface Lease {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly holderIdentity?: string };
}

/** One hub, some spokes, and replicas of the operator as processes, in namespaces of their own on the real API server. */
export class Site {
  readonly namespace = `availability-${randomUUID().slice(0, 8)}`;
  readonly entra: Entra;
  readonly hub: Tenant;
  readonly spokes: readonly Tenant[];
  readonly replicas: Replica[] = [];
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'tenantsync-availability-'));
  readonly #kube: KubeTransport;
  readonly #shards: number;
  #server: EntraServer | undefined;

  constructor(options: { readonly spokes: number; readonly shards: number }) {
    this.#kube = kubeTransport(loadKubeConfig({ file: controlPlane().kubeconfig, environment: {} }), systemClock);
    this.#shards = options.shards;
    // Everything takes a moment, so that work is under way whenever a replica dies.
    const settings = { latency: { min: 50, max: 250 }, replication: { reads: { min: 0, max: 1500 }, advanced: { min: 200, max: 2000 } } };
    this.entra = createEntra({ clock: systemClock, random: systemRandom, settings });
    this.hub = this.entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
    this.spokes = Array.from({ length: options.spokes }, (_, n) =>
      this.entra.addTenant({ displayName: `Fabrikam ${n}`, initialDomain: `fabrikam${n}`, domains: [`fabrikam${n}.com`] }),
    );
  }

  /** Creates namespace, Secrets, pairs and configurations. */
  async open(): Promise<void> {
    this.#server = await serveHttps(this.entra);
    writeFileSync(path.join(this.#folder, 'ca.pem'), this.#server.caPem);
    const cloud = { authorityHost: this.#server.url, graphHost: this.#server.url, caBundleFile: path.join(this.#folder, 'ca.pem') };
    writeFileSync(path.join(this.#folder, 'clouds.json'), JSON.stringify({ simulated: cloud }));
    for (const crd of crds()) await this.#request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    await this.#request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
    const hubApp = this.hub.registerApp({ permissions: sourcePermissions, secrets: [{ value: 'hub-secret' }] });
    await this.#secret('hub', 'hub-secret');
    for (const [n, spoke] of this.spokes.entries()) {
      this.hub.policies.setPartner(spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: true } });
      spoke.policies.setPartner(this.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
      spoke.policies.setUserSync(this.hub.tenantId, true);
      const app = spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: 'spoke-secret' }] });
      await this.#secret(`spoke-${n}`, 'spoke-secret');
      await this.#create('tenantpairs', 'TenantPair', `to-${n}`, {
        source: this.#side(this.hub, hubApp.appId, 'hub'),
        target: this.#side(spoke, app.appId, `spoke-${n}`),
      });
      await this.#create('syncconfigurations', 'SyncConfiguration', `staff-${n}`, {
        tenantPairRef: { name: `to-${n}` },
        mode: 'Apply',
        interval: '1m',
        scope: { type: 'All' },
      });
    }
  }

  /** Starts a further replica, behind a proxy of its own to the API server. */
  async start(): Promise<Replica> {
    const replica = await Replica.start({
      name: `replica-${this.replicas.length}`,
      folder: this.#folder,
      namespace: this.namespace,
      shards: this.#shards,
      kubeconfig: controlPlane().kubeconfig,
    });
    this.replicas.push(replica);
    return replica;
  }

  hire(count: number, prefix: string): readonly SandboxUser[] {
    return Array.from({ length: count }, (_, n) => this.hub.createUser({ userPrincipalName: `${prefix}${n}@contoso.com` }));
  }

  /** Asks for a cycle of every configuration now. */
  async requestCycles(): Promise<void> {
    for (const n of this.spokes.keys()) {
      await this.#request('PATCH', `${this.#collection('syncconfigurations')}/staff-${n}`, {
        metadata: { annotations: { 'tenantsync.dev/requested-at': randomUUID() } },
      });
    }
  }

  /** Name of the replica that each Lease of a shard names as its holder. */
  async holders(): Promise<Readonly<Record<string, string>>> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${this.namespace}/leases`;
    const { items } = (await this.#request('GET', path)) as { readonly items: readonly Lease[] };
    const nameOf = (identity: string | undefined): string => this.replicas.find((replica) => replica.identity === identity)?.name ?? '';
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, nameOf(spec?.holderIdentity)]));
  }

  /** How many accounts a person of the hub has in a spoke. */
  accounts(spoke: Tenant, user: SandboxUser): number {
    return spoke.usersByAddress(user.properties.userPrincipalName as string).length;
  }

  /** Invitations that took effect, by address: more than one is a person who was invited twice. */
  invitedTwice(): readonly string[] {
    return this.spokes.flatMap((spoke) => {
      const counts = new Map<string, number>();
      for (const { operation, body, status } of spoke.log.writes()) {
        if (operation !== 'POST /invitations' || status >= 300) continue;
        const { invitedUserEmailAddress: address } = JSON.parse(body ?? '{}') as { readonly invitedUserEmailAddress: string };
        counts.set(address, (counts.get(address) ?? 0) + 1);
      }
      return [...counts].filter(([, count]) => count > 1).map(([address]) => address);
    });
  }

  /** Waits until something is so; gives how long it took, in milliseconds. Fails with what it waited for and what the replicas said. */
  until(what: string, done: () => boolean | Promise<boolean>, patienceMs: number): Promise<number> {
    return until(what, done, patienceMs, async () => `${JSON.stringify(await this.holders())}\n${this.#logs()}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
    await this.#request('DELETE', `/api/v1/namespaces/${this.namespace}`);
    await this.#server?.close();
    await this.#kube.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #logs(): string {
    return this.replicas.map(({ name, log }) => `${name}:\n${log.slice(-3000)}`).join('\n');
  }

  #collection(plural: string): string {
    return `/apis/tenantsync.dev/v1alpha1/namespaces/${this.namespace}/${plural}`;
  }

  #side(tenant: Tenant, clientId: string, secret: string): object {
    const credentials = { clientSecret: { clientId, secretRef: { name: secret, key: 'clientSecret' } } };
    return { tenantId: tenant.tenantId, cloud: 'simulated', credentials };
  }

  #secret(name: string, clientSecret: string): Promise<unknown> {
    return this.#request('POST', `/api/v1/namespaces/${this.namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      stringData: { clientSecret },
    });
  }

  #create(plural: string, kind: string, name: string, spec: object): Promise<unknown> {
    return this.#request('POST', this.#collection(plural), { apiVersion: 'tenantsync.dev/v1alpha1', kind, metadata: { name }, spec });
  }

  async #request(method: string, path: string, body?: object): Promise<unknown> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    // The kinds are served a moment after they were made.
    for (let tries = 1; ; tries += 1) {
      const response = await this.#kube.fetch(`${this.#kube.baseUrl}${path}`, {
        method,
        headers: { 'content-type': contentType, accept: 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok || (response.status === 409 && path.endsWith('customresourcedefinitions'))) return JSON.parse(text);
      if (response.status !== 404 || tries === 40) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
