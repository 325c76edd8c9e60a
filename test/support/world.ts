import { createEntra, type App, type Entra, type SandboxUser, type SettingsOverride, type Tenant } from '@tenantsync/sandbox/entra';
import { createKubernetes, type JsonObject, type KubeObject, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import { projectionName, type SyncConfiguration, type TenantPair, type UserProjection } from '../../src/api/kinds.ts';
import { loadConfig } from '../../src/config.ts';
import { builtInClouds } from '../../src/graph/clouds.ts';
import { createOperator, type Operator } from '../../src/operator.ts';
import type { HttpFetch } from '../../src/ports/http.ts';
import { silentLogger, type Logger } from '../../src/ports/logger.ts';
import { Metrics } from '../../src/telemetry/registry.ts';
import { crds } from './crds.ts';
import { readThrough } from './ignored-field.ts';
import { sourcePermissions, targetPermissions } from './permissions.ts';
import { Killable } from './process.ts';
import { lintStatuses } from './status-lint.ts';
import { realCluster } from './real-kubernetes/cluster.ts';
import type { RealKubernetes } from './real-kubernetes/real-kubernetes.ts';
import { seededRandom, VirtualClock } from './virtual-clock.ts';

export const namespace = 'identity';
export const operatorNamespace = 'tenantsync-system';
/** With it the whole suite runs an operator of single namespaces. */
const scope = { TENANTSYNC_WATCH_NAMESPACES: process.env.TENANTSYNC_WATCH_NAMESPACES };

export { crds };

export interface WorldOptions {
  readonly seed?: number;
  readonly settings?: SettingsOverride;
  readonly flags?: readonly string[];
  readonly logger?: Logger;
  /** A world whose tenants and clock this one shares: another installation, with applications and a cluster of its own. */
  readonly beside?: World;
}

/** What an unfriendly world does all the time: latency, replication lag, throttling and repeated deltas. */
export const unfriendly: SettingsOverride = {
  latency: { min: 20, max: 300 },
  replication: {
    policies: { min: 0, max: 4000 },
    reads: { min: 0, max: 4000 },
    advanced: { min: 500, max: 8000 },
    delta: { min: 0, max: 5000 },
  },
  delta: { pageSize: { min: 3, max: 20 }, emptyPageRate: 0.1, repeatRate: 0.1, replayRate: 0.2 },
  throttling: { enabled: true, scale: 0.2 },
};

/** Nine in ten requests of an hour in which nothing else happens are renewals, and a third of a suite's time: where no test is about them, they are rare. */
const rareRenewals = ['--leader-election-lease-duration=60s', '--leader-election-renew-deadline=40s', '--leader-election-retry-period=15s'];
/** The Secrets of a pair are looked at rarely, for the same reason. */
const rareLooks = ['--secret-poll-interval=24h'];
/** As often as usual, for a world whose test is about Secrets that change. */
export const usualLooks: readonly string[] = ['--secret-poll-interval=10s'];
/** The timing of client-go, for a world whose test is about Leases. */
export const usualRenewals: readonly string[] = [
  '--leader-election-lease-duration=15s',
  '--leader-election-renew-deadline=10s',
  '--leader-election-retry-period=2s',
];

interface RunningOperator {
  readonly operator: Operator;
  readonly process: Killable;
}

/** Two tenants, a Kubernetes API and the real operator between them, on one virtual clock. */
export class World {
  readonly clock: VirtualClock;
  readonly entra: Entra;
  readonly hub: Tenant;
  readonly spoke: Tenant;
  readonly hubApp: App;
  readonly spokeApp: App;
  kube: Kubernetes;
  readonly provisioningLog: string[] = [];
  metrics = new Metrics();
  readonly #options: WorldOptions;
  readonly #seed: number;
  #running: RunningOperator | undefined;
  #starts = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.#seed = options.seed ?? 1;
    const { beside } = options;
    this.clock = beside?.clock ?? new VirtualClock();
    this.entra =
      beside?.entra ??
      createEntra({ clock: this.clock, random: seededRandom(this.#seed), ...(options.settings ? { settings: options.settings } : {}) });
    this.hub = beside?.hub ?? this.entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso', domains: ['contoso.com'] });
    this.spoke = beside?.spoke ?? this.entra.addTenant({ displayName: 'Fabrikam', initialDomain: 'fabrikam', domains: ['fabrikam.com'] });
    this.hubApp = this.hub.registerApp({ permissions: sourcePermissions, secrets: [{ value: 'hub-secret' }] });
    this.spokeApp = this.spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: 'spoke-secret' }] });
    if (!beside) this.allowSync();
    this.kube = this.#cluster();
    this.#secrets();
  }

  #cluster(): Kubernetes {
    if (realCluster !== undefined) return this.#realCluster(realCluster);
    return createKubernetes({
      clock: this.clock,
      random: seededRandom(this.#seed + 1),
      crds: crds(),
      namespaces: [namespace, operatorNamespace],
    });
  }

  /** The same on a real API server, where the runner has started one: its answers take real time, for which the clock waits. */
  #realCluster(cluster: NonNullable<typeof realCluster>): RealKubernetes {
    const made = cluster({
      clock: this.clock,
      random: seededRandom(this.#seed + 1),
      onActivity: () => void (this.clock.activity += 1),
      crds: crds(),
      namespaces: [namespace, operatorNamespace],
    });
    this.clock.outside = made.quiet;
    return made;
  }

  #secrets(): void {
    this.secret('hub-app', { clientSecret: 'hub-secret' });
    this.secret('spoke-app', { clientSecret: 'spoke-secret' });
  }

  /** The cluster is lost with everything in it; an empty one takes its place. The tenants stay as they are. */
  loseCluster(): void {
    this.killOperator();
    this.kube.close();
    this.kube = this.#cluster();
    this.#secrets();
  }

  /** Sets both sides so that synchronization is allowed and consent suppressed. */
  allowSync(): void {
    this.hub.policies.setPartner(this.spoke.tenantId, { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } });
    this.spoke.policies.setPartner(this.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } });
    this.spoke.policies.setUserSync(this.hub.tenantId, true);
  }

  secret(name: string, data: Readonly<Record<string, string>>): void {
    this.kube.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      type: 'Opaque',
      stringData: undefined,
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    });
  }

  pairSpec(overrides: JsonObject = {}): JsonObject {
    return {
      source: {
        tenantId: this.hub.tenantId,
        credentials: { clientSecret: { clientId: this.hubApp.appId, secretRef: { name: 'hub-app', key: 'clientSecret' } } },
      },
      target: {
        tenantId: this.spoke.tenantId,
        credentials: { clientSecret: { clientId: this.spokeApp.appId, secretRef: { name: 'spoke-app', key: 'clientSecret' } } },
      },
      ...overrides,
    };
  }

  applyPair(overrides: JsonObject = {}, name = 'hub-to-spoke'): KubeObject {
    return this.kube.apply({
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'TenantPair',
      metadata: { name, namespace },
      spec: this.pairSpec(overrides),
    });
  }

  applyConfiguration(overrides: JsonObject = {}, name = 'staff'): KubeObject {
    return this.kube.apply({
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'SyncConfiguration',
      metadata: { name, namespace },
      spec: { tenantPairRef: { name: 'hub-to-spoke' }, mode: 'Apply', interval: '5m', scope: { type: 'All' }, ...overrides },
    });
  }

  annotate(kind: string, name: string, annotations: Readonly<Record<string, string>>): void {
    this.kube.patch({ kind, name, namespace }, { metadata: { annotations } });
  }

  pair(name = 'hub-to-spoke'): TenantPair {
    return this.#get('TenantPair', name) as unknown as TenantPair;
  }

  configuration(name = 'staff'): SyncConfiguration {
    return this.#get('SyncConfiguration', name) as unknown as SyncConfiguration;
  }

  projection(sourceId: string, configuration = 'staff'): UserProjection | undefined {
    return this.kube.get({ kind: 'UserProjection', name: projectionName(configuration, sourceId), namespace }) as unknown as
      UserProjection | undefined;
  }

  projections(): readonly UserProjection[] {
    return this.kube.list('UserProjection') as unknown as UserProjection[];
  }

  #get(kind: string, name: string): KubeObject {
    const found = this.kube.get({ kind, name, namespace });
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  }

  /** The live account in the spoke that the projection of a source user is linked to. */
  account(sourceId: string): SandboxUser | undefined {
    const id = this.projection(sourceId)?.status.targetUser?.objectId;
    const user = id === undefined ? undefined : this.spoke.user(id);
    return user && this.spoke.users().includes(user) ? user : undefined;
  }

  /** Live B2B accounts of the spoke with the address. */
  accountsOf(address: string): readonly SandboxUser[] {
    return this.spoke.usersByAddress(address);
  }

  /** A new process of the operator; the former one must have been stopped or killed. */
  async startOperator(flags: readonly string[] = []): Promise<void> {
    const process = new Killable();
    this.#starts += 1;
    this.metrics = new Metrics();
    const operator = createOperator({
      config: loadConfig(
        [
          '--metrics-bind-address',
          '0',
          '--health-probe-bind-address',
          '0',
          ...rareRenewals,
          ...rareLooks,
          ...(this.#options.flags ?? []),
          ...flags,
        ],
        scope,
      ),
      kube: { fetch: process.fetch(readThrough(this.#connect(process))), baseUrl: this.kube.url, namespace: operatorNamespace },
      clouds: builtInClouds,
      fetchForCloud: () => process.fetch(this.entra.fetch),
      clock: process.clock(this.clock),
      random: seededRandom(this.#seed * 1000 + this.#starts),
      logger: this.#options.logger ?? silentLogger,
      metrics: this.metrics,
      writeLine: (line) => this.provisioningLog.push(line),
      hostname: 'operator',
      version: 'test',
    });
    this.#running = { operator, process };
    void operator.start();
    await this.clock.settle();
  }

  /** The way of a process to the API server. */
  #connect(process: Killable): HttpFetch {
    if (!('connect' in this.kube)) return this.kube.fetch;
    const { fetch, cut } = (this.kube as RealKubernetes).connect();
    process.onKill(cut);
    return fetch;
  }

  /** The way to the API server of whoever is not the operator: a person with a command. */
  connection(): HttpFetch {
    return 'connect' in this.kube ? (this.kube as RealKubernetes).connect('Administrator').fetch : this.kube.fetch;
  }

  /** Ends the process in an orderly way. */
  async stopOperator(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    let stopped = false;
    void running.operator.stop().then(() => {
      stopped = true;
    });
    await this.clock.advanceUntil(() => stopped, 60_000);
    running.process.kill();
  }

  /** Ends the process at once, wherever it is. */
  killOperator(): void {
    this.#running?.process.kill();
    this.#running = undefined;
  }

  get running(): boolean {
    return this.#running?.process.isAlive() === true;
  }

  /** Lets virtual time pass. */
  run(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Lets time pass until `done`; fails with what it waited for. */
  async until(what: string, done: () => boolean, limitMs = 30 * 60_000): Promise<void> {
    if (!(await this.clock.advanceUntil(done, limitMs))) throw new Error(`waited in vain for: ${what}\n${this.describe()}`);
  }

  /** Waits until the configuration has completed a cycle that began after now. */
  async nextCycle(name = 'staff', limitMs = 60 * 60_000): Promise<void> {
    const before = this.configuration(name).status.lastCycle?.id;
    await this.until(`a cycle of ${name}`, () => this.configuration(name).status.lastCycle?.id !== before, limitMs);
  }

  /** Asks for a cycle now and waits for the echo. */
  async sync(name = 'staff'): Promise<void> {
    const token = `sync-${this.clock.now()}-${this.kube.resourceVersion}`;
    this.annotate('SyncConfiguration', name, { 'tenantsync.dev/requested-at': token });
    await this.until(`the requested cycle of ${name}`, () => this.configuration(name).status.lastHandledReconcileAt === token);
  }

  /** Asks for a full cycle and waits for the echo. */
  async restart(name = 'staff'): Promise<void> {
    const token = `restart-${this.clock.now()}-${this.kube.resourceVersion}`;
    this.annotate('SyncConfiguration', name, { 'tenantsync.dev/restarted-at': token });
    await this.until(`the requested restart of ${name}`, () => this.configuration(name).status.lastHandledRestartAt === token);
  }

  /** Pair, default configuration and operator, up to the end of the initial cycle. */
  async begin(configuration: JsonObject = {}): Promise<void> {
    this.applyPair();
    this.applyConfiguration(configuration);
    await this.startOperator();
    await this.until('the initial cycle', () => this.configuration().status.lastCycle?.id !== undefined);
  }

  /** The state in a few lines, for failures. */
  describe(): string {
    const lines = this.kube
      .list('TenantPair')
      .concat(this.kube.list('SyncConfiguration'))
      .map((object) => `${object.kind} ${object.metadata.name ?? ''} ${JSON.stringify(object.status)}`);
    const users = this.projections()
      .slice(0, 5)
      .map(({ metadata, spec, status }) => `${metadata.name} ${spec.lifecycle} ${JSON.stringify(status)}`);
    return [...lines, ...users].join('\n').slice(0, 6000);
  }

  /** Ends the world. Rejects if a status breaks the conventions (test/support/status-lint.ts). */
  async end(): Promise<void> {
    await this.stopOperator();
    await this.clock.settle();
    const problems = lintStatuses(this);
    this.kube.close();
    if (problems.length > 0) throw new Error(`statuses break the conventions:\n${problems.join('\n')}`);
  }
}
