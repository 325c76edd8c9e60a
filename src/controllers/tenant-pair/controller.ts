import { annotations, finalizers, type TenantPair } from '../../api/kinds.ts';
import type { TenantPairStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../../core/duration.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { hashOf } from '../../core/hash.ts';
import { omit } from '../../core/omit.ts';
import { evaluatePreflight } from '../../core/preflight/evaluate.ts';
import { findCondition, setConditions, type DesiredCondition } from '../../core/status/conditions.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { jitter } from '../../ports/clock.ts';
import { priorities, type Reconcile, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import { configurationIndexes, pairIndexes, type Dependencies } from '../shared/dependencies.ts';
import { asksForDeprovisioning } from '../shared/deprovisioning.ts';
import { addFinalizer, removeFinalizer } from '../shared/finalizers.ts';
import { tenantsKey } from '../shared/indexes.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { emitConditionEvents, objectReference } from '../shared/report.ts';
import { resume } from '../wiring.ts';
import { resolveCredentials } from './credentials.ts';
import { gatherFacts } from './gather.ts';

/** How often a pair is checked anew. */
const recheckMs = 5 * 60_000;
const retryMs = 60_000;

interface Problem {
  readonly reason: Reason;
  readonly message: string;
  readonly stalled: boolean;
}

/** Reconciles TenantPairs: opens a session with both tenants, checks whether the work is allowed, and says so (B1, B2, B10). */
export function tenantPairReconciler(deps: Dependencies): Reconcile {
  return async (key, context) => {
    const found = deps.pairs.lister.get(parseKey(key));
    // Another replica looks after it; taking over begins with a check of every pair.
    if (found && !deps.shards.holds(deps.shards.shardOf(found.spec.target.tenantId))) {
      deps.sessions.delete(key);
      return {};
    }
    const pair = found && (await keepFinalizer(deps, found, key, context.signal));
    if (!pair || (pair.metadata.deletionTimestamp !== undefined && !holdsOn(pair))) {
      deps.sessions.delete(key);
      return {};
    }
    const problem = specProblem(deps, pair);
    if (problem) {
      deps.sessions.delete(key);
      await writeStatus(deps, pair, failedStatus(pair, problem), context.signal);
      resumeAll(deps, pair);
      return {};
    }
    if (pair.spec.suspend) {
      await writeStatus(deps, pair, suspendedStatus(pair), context.signal);
      return {};
    }
    return checkPair(deps, pair, context.signal);
  };
}

const holdsOn = (pair: TenantPair): boolean => (pair.metadata.finalizers ?? []).includes(finalizers.deprovision);

/** A pair waits for the configurations that take their people out of the target when they go, and for no others (A10). */
async function keepFinalizer(deps: Dependencies, pair: TenantPair, key: string, signal: AbortSignal): Promise<TenantPair> {
  const needed = deps.configurations.lister.byIndex(configurationIndexes.pair, key).some(asksForDeprovisioning);
  if (!needed) return removeFinalizer(deps.pairs.writer, pair, finalizers.deprovision, signal);
  // What is being deleted takes no new finalizer.
  if (pair.metadata.deletionTimestamp !== undefined) return pair;
  return addFinalizer(deps.pairs.writer, pair, finalizers.deprovision, signal);
}

/** What is wrong with the resource as written; none of it heals by itself. */
function specProblem(deps: Dependencies, pair: TenantPair): Problem | undefined {
  for (const side of ['source', 'target'] as const) {
    if (!deps.directories.clouds.includes(pair.spec[side].cloud)) {
      return {
        stalled: true,
        reason: 'UnknownCloud',
        message: `spec.${side}.cloud: ${pair.spec[side].cloud} is not known. Use one of ${deps.directories.clouds.join(', ')}, or have it defined in the operator's clouds file.`,
      };
    }
  }
  if (pair.spec.crossTenantAccess.managementPolicy === 'Enforce') {
    return {
      stalled: true,
      reason: 'FeatureNotAvailable',
      message: 'spec.crossTenantAccess.managementPolicy: Enforce is not available in this version; use Observe.',
    };
  }
  if (pair.spec.limits)
    return { stalled: true, reason: 'FeatureNotAvailable', message: 'spec.limits is not available in this version; remove it.' };
  if ((pair.spec.target.additionalCredentials?.length ?? 0) > 0) {
    return {
      stalled: true,
      reason: 'FeatureNotAvailable',
      message: 'spec.target.additionalCredentials is not available in this version; remove it.',
    };
  }
  const older = deps.pairs.lister
    .byIndex(pairIndexes.tenants, tenantsKey(pair))
    .find((other) => other.metadata.uid !== pair.metadata.uid && isOlder(other, pair));
  return older
    ? {
        stalled: true,
        reason: 'DuplicateTenantPair',
        message: `TenantPair ${keyString(older.metadata)} already connects the same two tenants. Delete one of the two.`,
      }
    : undefined;
}

function isOlder(a: TenantPair, b: TenantPair): boolean {
  if (a.metadata.creationTimestamp !== b.metadata.creationTimestamp) return a.metadata.creationTimestamp < b.metadata.creationTimestamp;
  return keyString(a.metadata) < keyString(b.metadata);
}

/** A generation that has not been checked yet says so while it is (kstatus); later checks change nothing until they are done. */
async function sayChecking(deps: Dependencies, pair: TenantPair, signal: AbortSignal): Promise<TenantPair> {
  if (pair.status.observedGeneration === pair.metadata.generation) return pair;
  const message = 'The two tenants are being checked.';
  const summary = ['Ready', 'Reconciling', 'Stalled'];
  const others = (pair.status.conditions ?? []).filter(({ type }) => !summary.includes(type)) as readonly DesiredCondition[];
  const conditions = setConditions(
    pair.status.conditions,
    [
      { type: 'Reconciling', status: 'True', reason: 'Progressing', message },
      { type: 'Ready', status: 'Unknown', reason: 'Progressing', message },
      ...others,
    ],
    { now: timestamp(deps.clock.now()), generation: pair.metadata.generation },
  );
  return deps.pairs.writer.patchStatus(pair.metadata, { conditions }, { signal });
}

async function checkPair(deps: Dependencies, seen: TenantPair, signal: AbortSignal): Promise<ReconcileResult> {
  const pair = await sayChecking(deps, seen, signal);
  const opened = await openSession(deps, pair, signal);
  if ('reason' in opened) {
    deps.sessions.delete(keyString(pair.metadata));
    await writeStatus(deps, pair, failedStatus(pair, opened), signal);
    resumeAll(deps, pair);
    return { requeueAfterMs: retryMs };
  }
  const asked = deps.clock.monotonic();
  try {
    const facts = await gatherFacts({
      pair,
      session: opened,
      configurations: deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)),
      directories: deps.directories,
      cloudEndpoint: (cloud) => deps.directories.cloudEndpoint(cloud),
      options: { signal, priority: priorities.onDemand },
    });
    // What a shutdown has cut short is no finding.
    if (signal.aborted) return {};
    const result = evaluatePreflight(facts);
    const ready = result.conditions[0];
    const was = opened.verdict;
    opened.verdict = result.ready || !ready ? { ready: true } : { ready: false, reason: ready.reason, message: ready.message };
    opened.sourceDomains = new Set(facts.source.type === 'Connected' ? facts.source.verifiedDomains : []);
    opened.accessCheckedAt = asked;
    opened.checkedAt = asked;
    deps.sessions.set(keyString(pair.metadata), opened);
    const { source, target, access } = result;
    await writeStatus(
      deps,
      pair,
      { ...baseStatus(pair), conditions: result.conditions, ...(source ? { source } : {}), ...(target ? { target } : {}), access },
      signal,
    );
    if (hashOf(was) !== hashOf(opened.verdict)) resumeAll(deps, pair);
    return { requeueAfterMs: jitter(deps.random, result.ready ? recheckMs : retryMs, 0.1) };
  } catch (error) {
    const failure = directoryFailure(error, 'Throttled');
    if (!failure) throw error;
    return { requeueAfterMs: Math.max(1000, (failure.retryAt ?? deps.clock.now() + 5000) - deps.clock.now()) };
  }
}

/** The session of the pair, made anew when the spec or a Secret has changed; or why there can be none. */
async function openSession(deps: Dependencies, pair: TenantPair, signal: AbortSignal): Promise<PairSession | Problem> {
  const context = {
    secrets: deps.secrets,
    namespace: pair.metadata.namespace,
    identityNamespaces: deps.settings.identityNamespaces,
    signal,
  };
  const source = await resolveCredentials(pair.spec.source.credentials, { ...context, side: 'source' });
  if (source.type === 'Unresolved') return { ...source, stalled: false };
  const target = await resolveCredentials(pair.spec.target.credentials, { ...context, side: 'target' });
  if (target.type === 'Unresolved') return { ...target, stalled: false };
  const fingerprint = hashOf([pair.metadata.uid, pair.spec.source, pair.spec.target, source.fingerprint, target.fingerprint]);
  const existing = deps.sessions.get(keyString(pair.metadata));
  if (existing?.fingerprint === fingerprint) return existing;
  const connection = (side: 'source' | 'target', credentials: typeof source.credentials) => ({
    side,
    tenantId: pair.spec[side].tenantId,
    cloud: pair.spec[side].cloud,
    credentials,
  });
  return {
    uid: pair.metadata.uid,
    source: deps.directories.source(connection('source', source.credentials)),
    target: deps.directories.target(connection('target', target.credentials)),
    fingerprint,
    sourceDomains: new Set(),
    verdict: { ready: false, reason: 'Progressing', message: 'The first check is under way.' },
    accessCheckedAt: Number.NEGATIVE_INFINITY,
    checkedAt: Number.NEGATIVE_INFINITY,
    accessCheck: undefined,
  };
}

type DesiredStatus = Omit<TenantPairStatus, 'conditions' | 'observedGeneration'> & { readonly conditions: readonly DesiredCondition[] };

function baseStatus(pair: TenantPair): { lastHandledReconcileAt?: string } {
  const requested = pair.metadata.annotations?.[annotations.requestedAt];
  return requested === undefined ? {} : { lastHandledReconcileAt: requested };
}

function failedStatus(pair: TenantPair, problem: Problem): DesiredStatus {
  const rest = omit(pair.status, 'conditions', 'observedGeneration');
  return {
    ...rest,
    ...baseStatus(pair),
    conditions: [
      ...(problem.stalled ? [{ type: 'Stalled', status: 'True' as const, reason: problem.reason, message: problem.message }] : []),
      { type: 'Ready', status: 'False', reason: problem.reason, message: problem.message },
    ],
  };
}

/** Suspended: Ready keeps its status and gets the reason; nothing else changes. */
function suspendedStatus(pair: TenantPair): DesiredStatus {
  const { conditions } = pair.status;
  const rest = omit(pair.status, 'conditions', 'observedGeneration');
  const others = (conditions ?? []).filter((condition) => condition.type !== 'Ready' && condition.type !== 'Reconciling');
  return {
    ...rest,
    ...baseStatus(pair),
    conditions: [
      ...(others as readonly DesiredCondition[]),
      {
        type: 'Ready',
        status: findCondition(conditions, 'Ready')?.status ?? 'Unknown',
        reason: 'Suspended',
        message: 'spec.suspend is true.',
      },
    ],
  };
}

/** What a deleted pair still waits for. */
function waitingFor(deps: Dependencies, pair: TenantPair): readonly DesiredCondition[] {
  if (pair.metadata.deletionTimestamp === undefined) return [];
  const names = deps.configurations.lister
    .byIndex(configurationIndexes.pair, keyString(pair.metadata))
    .filter(asksForDeprovisioning)
    .map(({ metadata }) => metadata.name);
  const message = `The pair goes when these SyncConfigurations have deprovisioned their people and are gone: ${names.join(', ')}. Delete them, or set deprovisioning.onConfigurationDeletion: Retain.`;
  return [{ type: 'Reconciling', status: 'True', reason: 'Deleting', message }];
}

async function writeStatus(deps: Dependencies, pair: TenantPair, desired: DesiredStatus, signal: AbortSignal): Promise<void> {
  const conditions = setConditions(pair.status.conditions, [...desired.conditions, ...waitingFor(deps, pair)], {
    now: timestamp(deps.clock.now()),
    generation: pair.metadata.generation,
  });
  const status: TenantPairStatus = { ...desired, observedGeneration: pair.metadata.generation, conditions };
  const patch = mergePatchBetween(pair.status, status);
  if (!patch) return;
  emitConditionEvents(deps.events, objectReference(pair), pair.status.conditions, conditions);
  await deps.pairs.writer.patchStatus(pair.metadata, patch, { signal });
}

/** The work of a pair follows its verdict: its configurations, and those of their projections that have something to do. */
function resumeAll(deps: Dependencies, pair: TenantPair): void {
  for (const configuration of deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)))
    resume(deps, configuration);
}
