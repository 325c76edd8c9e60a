import { kinds, apiGroup, type GroupProjection, type SyncConfiguration, type TenantPair, type UserProjection } from './api/kinds.ts';
import type { KubeObject } from './api/meta.ts';
import type { OperatorConfig } from './config.ts';
import { Confirmations } from './controllers/shared/confirmations.ts';
import { CycleTracker } from './controllers/shared/cycle-tracker.ts';
import type { Dependencies } from './controllers/shared/dependencies.ts';
import { configurationIndexFunctions, groupIndexFunctions, pairIndexFunctions, projectionFiling } from './controllers/shared/indexes.ts';
import { OnDemand } from './controllers/shared/on-demand.ts';
import { PairSessions } from './controllers/shared/pair-sessions.ts';
import { GroupMemory } from './controllers/shared/group-memory.ts';
import { HeldSeats } from './controllers/shared/held-seats.ts';
import { looksAfterConfiguration, looksAfterPair } from './controllers/shared/looked-after.ts';
import { readShareOf } from './controllers/shared/read-share.ts';
import { visibilities } from './controllers/shared/visibilities.ts';
import { inWholeNamespaces } from './controllers/shared/whole-namespaces.ts';
import { groupProjectionReconciler } from './controllers/group-projection/controller.ts';
import { syncConfigurationReconciler } from './controllers/sync-configuration/controller.ts';
import { tenantPairReconciler } from './controllers/tenant-pair/controller.ts';
import { secretsReconciler } from './controllers/tenant-pair/watch-secrets.ts';
import { explain } from './controllers/user-projection/explain.ts';
import { userProjectionReconciler } from './controllers/user-projection/controller.ts';
import { changeHandlers, resumeEverything } from './controllers/wiring/wiring.ts';
import { durationMs } from './core/duration.ts';
import { groupOf } from './core/projection/groups.ts';
import { asWorkedWith } from './core/projection/preview.ts';
import type { Cloud } from './graph/clouds.ts';
import { createDirectoryFactory } from './graph/factory.ts';
import { Controller, type ControllerOptions } from './kube/controller.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { KubeHttp } from './kube/http.ts';
import { Informer, type InformerOptions } from './kube/informer.ts';
import { identityOf, leaseTiming } from './kube/lease.ts';
import { Manager, type SyncedSource } from './kube/manager.ts';
import { PackedEntries } from './kube/packed/packed-entries.ts';
import { controllerRateLimits } from './kube/rate-limiter.ts';
import { KubeLinks } from './kube/links.ts';
import { KubeNotes } from './kube/notes.ts';
import { KubeSecretReader, KubeServiceAccountTokens } from './kube/secrets.ts';
import { Shards } from './kube/shards.ts';
import type { Clock, Random } from './ports/clock.ts';
import type { HttpFetch } from './ports/http.ts';
import type { Logger } from './ports/logger.ts';
import type { Reconcile } from './ports/reconcile.ts';
import { keyString } from './ports/resources.ts';
import { EndpointServer, healthHandlers, metricsHandlers } from './telemetry/http-server.ts';
import { jsonLinesProvisioningLog } from './telemetry/provisioning-log.ts';
import type { Metrics } from './telemetry/registry.ts';
import { registerResourceMetrics } from './telemetry/resource-metrics.ts';
import { graphMetrics, operatorMetrics, runtimeMetrics } from './telemetry/runtime-metrics.ts';

/** What the operator gets from its surroundings: a process, a demo, or a test with a clock of its own. */
export interface OperatorSurroundings {
  readonly config: OperatorConfig;
  readonly kube: { readonly fetch: HttpFetch; readonly baseUrl: string; readonly namespace: string };
  readonly clouds: readonly Cloud[];
  readonly fetchForCloud: (cloud: Cloud) => HttpFetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Takes the provisioning log, line by line. */
  readonly writeLine: (line: string) => void;
  readonly hostname: string;
  readonly version: string;
}

/** A running operator. */
export interface Operator {
  start(): Promise<void>;
  /** Finishes what is under way, gives the leases back and stops; never rejects. */
  stop(): Promise<void>;
  readonly ready: boolean;
  /** Ports in use, once started. */
  readonly ports: { readonly metrics: number; readonly health: number };
}

const stopDeadlineMs = 25_000;
const requestTimeoutMs = 30_000;
const hourMs = 3_600_000;

/** The same work at the same time, by controller. */
const concurrency = { pair: 4, credentials: 1, configuration: 4, group: 8 };
/** Projections wait for Graph most of the time: as many as use the quota up, within what a process bears. */
const projectionsAtOnce = { least: 16, most: 256 };

/** Puts the operator together. Nothing runs before {@link Operator.start}. */
export function createOperator(surroundings: OperatorSurroundings): Operator {
  const { config, clock, random, logger, metrics } = surroundings;
  const runtime = runtimeMetrics(metrics);
  const http = new KubeHttp({
    fetch: surroundings.kube.fetch,
    baseUrl: surroundings.kube.baseUrl,
    userAgent: `tenantsync/${surroundings.version}`,
    timeoutMs: requestTimeoutMs,
    clock,
    metrics: runtime,
  });
  const informer = <T extends KubeObject>(
    kind: { kind: string; plural: string },
    indexes: Readonly<Record<string, (object: T) => readonly string[]>>,
    kept: Partial<Pick<InformerOptions<T, string>, 'entries' | 'fieldOwners' | 'seenAs'>> = {},
  ): Informer<T> => {
    const type = { group: apiGroup, version: 'v1alpha1', ...kind };
    const made = new Informer<T>({ type, http, indexes, ...kept, clock, random, logger });
    if (config.watchNamespaces.length === 0) made.watch({});
    for (const namespace of config.watchNamespaces) made.watch({ namespace });
    return made;
  };
  const pairs = informer<TenantPair>(kinds.tenantPair, pairIndexFunctions);
  const configurations = informer<SyncConfiguration>(kinds.syncConfiguration, configurationIndexFunctions, { seenAs: asWorkedWith });
  const projections = informer<UserProjection>(kinds.userProjection, projectionFiling.indexes, {
    entries: new PackedEntries(projectionFiling),
    fieldOwners: 'Dropped',
  });
  const groups = informer<GroupProjection>(kinds.groupProjection, groupIndexFunctions, { fieldOwners: 'Dropped' });
  const events = new EventRecorder({ http, reportingInstance: surroundings.hostname, clock, random, logger });
  const shards = new Shards({
    http,
    namespace: config.leaderElectionNamespace ?? surroundings.kube.namespace,
    shards: config.shards,
    identity: identityOf(surroundings.hostname, random),
    timing: { ...leaseTiming, ...config.leaderElection },
    clock,
    random,
    logger,
    metrics: runtime,
    onAcquired: (shard) => {
      logger.info('Shard acquired', { shard });
      directories.shareReads();
      resumeEverything(deps);
    },
    onLost: (shard) => {
      logger.warn('Shard lost', { shard });
      directories.shareReads();
      // Whoever holds it now moves things on: what this process remembers of them is forgotten.
      deps.groupMemory.readings.endAll();
      for (const configuration of deps.configurations.lister.list()) deps.enqueue.configuration(keyString(configuration.metadata));
    },
  });
  const graph = graphMetrics(metrics);
  const directories = createDirectoryFactory({
    clouds: surroundings.clouds,
    fetchForCloud: surroundings.fetchForCloud,
    clock,
    random,
    logger,
    metrics: graph,
    quotaShare: config.graphQuotaShare,
    readShare: (budget) => readShareOf(pairs.store.list(), budget, shards),
    serviceAccountTokens: new KubeServiceAccountTokens(http, { expirationSeconds: 3600 }),
  });
  const sessions = new PairSessions();
  const controller = (
    name: string,
    workers: ControllerOptions['concurrency'],
    reconcile: Reconcile,
    keys: () => Iterable<string>,
  ): Controller =>
    new Controller({
      name,
      reconcile,
      concurrency: workers,
      timeoutMs: 5 * 60_000,
      resync: { intervalMs: 10 * hourMs, keys },
      rateLimits: controllerRateLimits,
      clock,
      random,
      logger,
      metrics: runtime,
    });
  const keysOf = (store: { list(): readonly KubeObject[] }) => () => store.list().map((object) => keyString(object.metadata));
  const pairController = controller('tenantpair', concurrency.pair, (key, context) => reconcilers.pair(key, context), keysOf(pairs.store));
  const credentialsController = controller(
    'credentials',
    concurrency.credentials,
    (key, context) => reconcilers.credentials(key, context),
    () => [],
  );
  const configurationController = controller(
    'syncconfiguration',
    concurrency.configuration,
    (key, context) => reconcilers.configuration(key, context),
    keysOf(configurations.store),
  );
  const projectionController = controller(
    'userprojection',
    () => Math.min(projectionsAtOnce.most, Math.max(projectionsAtOnce.least, sessions.inFlight())),
    (key, context) => reconcilers.projection(key, context),
    () => projections.store.keys(),
  );
  const groupController = controller(
    'groupprojection',
    concurrency.group,
    (key, context) => reconcilers.group(key, context),
    keysOf(groups.store),
  );
  const deps: Dependencies = {
    clock,
    random,
    logger,
    events,
    metrics: operatorMetrics(metrics),
    provisioningLog: jsonLinesProvisioningLog(surroundings.writeLine, random),
    directories,
    secrets: new KubeSecretReader(http),
    notes: new KubeNotes(http, { namespace: surroundings.kube.namespace, name: 'tenantsync-guard' }),
    links: new KubeLinks(http, surroundings.kube.namespace),
    shards,
    pairs: { lister: pairs.store, writer: pairs.client },
    configurations: { lister: configurations.store, writer: configurations.client },
    projections: { lister: projections.store, writer: projections.client },
    groups: { lister: groups.store, writer: groups.client },
    enqueue: {
      pair: pairController.enqueue,
      credentials: credentialsController.enqueue,
      configuration: configurationController.enqueue,
      projection: projectionController.enqueue,
      group: groupController.enqueue,
    },
    sessions,
    tracker: new CycleTracker(),
    confirmations: new Confirmations(),
    seats: new HeldSeats(),
    groupMemory: new GroupMemory(),
    invitationsInDoubt: new Set(),
    onDemand: new OnDemand(),
    explain: (hypothesis) => explain(deps, hypothesis),
    visibilityOf: visibilities(),
    settings: {
      identityNamespaces: config.identityNamespaces ?? [surroundings.kube.namespace],
      secretPollMs: config.secretPollMs,
      replicationWindowMs: config.replicationWindowMs,
      installationId: config.installationId,
      deciders: config.deciders,
    },
  };
  const informers = [pairs, configurations, projections, groups];
  const reconcilers = {
    pair: inWholeNamespaces(informers, tenantPairReconciler(deps)),
    credentials: secretsReconciler(deps),
    configuration: inWholeNamespaces(informers, syncConfigurationReconciler(deps)),
    projection: inWholeNamespaces(informers, userProjectionReconciler(deps)),
    group: inWholeNamespaces(informers, groupProjectionReconciler(deps)),
  };
  const changed = changeHandlers(deps);
  pairs.onChange(({ old, current }, { initial }) => {
    if (old?.metadata.generation !== current?.metadata.generation) directories.shareReads();
    changed.pair(old, current, initial);
  });
  configurations.onChange(({ old, current }, { initial }) => changed.configuration(old, current, initial));
  projections.onChange(({ old, current }, { initial }) => changed.projection(old, current, initial));
  groups.onChange(({ old, current }, { initial }) => changed.group(old, current, initial));
  registerResourceMetrics(metrics, {
    pairs: () => pairs.store.list().filter((pair) => looksAfterPair(deps, pair)),
    configurations: () => configurations.store.list().filter((configuration) => looksAfterConfiguration(deps, configuration)),
    intervalMs: ({ spec }) => durationMs(spec.interval),
    cycleProgress: (key) => deps.tracker.progress(key),
    records: {
      inState: (key, state) => projections.store.count(groupOf(key, `State/${state}`)),
      drifted: (key) => projections.store.count(groupOf(key, 'Drifted')),
    },
    credentialExpiry: (pair, side) => deps.sessions.get(keyString(pair.metadata))?.[side].credentialExpiresAt,
  });
  return assemble(surroundings, {
    informers,
    shards,
    controllers: [pairController, credentialsController, configurationController, projectionController, groupController],
    events,
  });
}

interface Parts {
  readonly informers: readonly SyncedSource[];
  readonly shards: Shards;
  readonly controllers: readonly Controller[];
  readonly events: EventRecorder;
}

function assemble(surroundings: OperatorSurroundings, parts: Parts): Operator {
  const { config, clock, logger, metrics } = surroundings;
  const metricsServer = config.metricsBindAddress && new EndpointServer('metrics', config.metricsBindAddress, metricsHandlers(metrics));
  const healthServer =
    config.healthProbeBindAddress &&
    new EndpointServer(
      'health',
      config.healthProbeBindAddress,
      healthHandlers({
        get ready() {
          return manager.ready;
        },
        stuck: () => manager.stuck(),
      }),
    );
  const manager: Manager = new Manager({
    servers: [metricsServer, healthServer].filter((server) => server !== undefined),
    informers: parts.informers,
    leases: parts.shards,
    controllers: parts.controllers,
    afterwards: [{ name: 'events', stop: (deadlineMs) => parts.events.stop(deadlineMs) }],
    stopDeadlineMs,
    clock,
    logger,
  });
  return {
    start: () => manager.start(),
    stop: () => manager.stop(),
    get ready() {
      return manager.ready;
    },
    get ports() {
      return { metrics: metricsServer?.port ?? 0, health: healthServer?.port ?? 0 };
    },
  };
}
