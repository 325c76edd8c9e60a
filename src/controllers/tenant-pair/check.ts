import type { TenantPair } from '../../api/kinds.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { hashOf } from '../../core/hash.ts';
import { excessWarnings } from '../../core/limits/limits.ts';
import { blockConditions, blockWarnings, probeDueInMs } from '../../core/preflight/blocked-invitations.ts';
import { enforcementAfter, refusedWarnings, showDueInMs, writesWanted } from '../../core/preflight/enforce.ts';
import { activeEntraJob } from '../../core/preflight/entra-jobs.ts';
import { evaluatePreflight } from '../../core/preflight/evaluate.ts';
import type { PreflightFacts } from '../../core/preflight/facts.ts';
import type { Holding } from '../../core/preflight/holding.ts';
import { licenceWarnings, p1Licences } from '../../core/preflight/licences.ts';
import { mayReadContacts } from '../../core/preflight/permissions.ts';
import { pauseWarnings, waitWarnings, type Pause } from '../../core/preflight/pauses.ts';
import type { DesiredCondition } from '../../core/status/conditions.ts';
import { steadied } from '../../core/status/steady.ts';
import { directoryWait, waitUntil } from '../../core/wire/times.ts';
import { jitter } from '../../ports/clock.ts';
import { priorities, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { configurationIndexes, groupIndexes, type Dependencies } from '../shared/dependencies.ts';
import { blockKept, invitationBlock, wakeProbe } from '../shared/invitations.ts';
import { tenantsKey } from '../shared/indexes.ts';
import type { PairSession, Reads } from '../shared/pair-sessions.ts';
import { countBeyond } from '../shared/seats.ts';
import { recordFacts } from '../shared/skeleton.ts';
import { tellWritten, writesDue, writeSettings } from './enforce.ts';
import { gatherFacts } from './gather.ts';
import { openSession } from './open-session.ts';
import { endSession, holdingFor, letGo, refusePair, resumeAll } from './standing.ts';
import { checkedStatus, sayChecking, throttledStatus, reportPair } from './status.ts';
import { keepSeen, wasSeenBefore } from './user-sync.ts';
import { duplicateProblem } from './validate.ts';
import { watchSecrets } from './watch-secrets.ts';

/** How often a pair is checked anew. */
export const recheckMs = 5 * 60_000;
const retryMs = 60_000;
/** A server that has just started may refuse for a moment what it allows. */
const deniedRetryMs = 5_000;
/** Settings that were just written are read again. */
const readAgainMs = 1_000;
/** Conditions of a pair that can work, as far as it depends on the pair itself. */
const abilities = ['SourceConnected', 'TargetConnected', 'PermissionsGranted'];

/** Checks both tenants and says what was found; the pair acts from then on if it may, and if no other pair does between them. */
export async function checkPair(deps: Dependencies, seen: TenantPair, signal: AbortSignal): Promise<ReconcileResult> {
  const pair = await sayChecking(deps, seen, signal);
  const opened = await openSession(deps, pair, signal);
  watchSecrets(deps, pair);
  if ('reason' in opened) {
    const running = deps.sessions.get(keyString(pair.metadata));
    if (opened.reason === 'SecretAccessDenied' && running?.secretDenied === false) {
      running.secretDenied = true;
      return { requeueAfterMs: deniedRetryMs };
    }
    await endSession(deps, pair, opened, signal);
    return { requeueAfterMs: retryMs };
  }
  opened.secretDenied = false;
  const asked = deps.clock.monotonic();
  try {
    const facts = await gatherFacts({
      pair,
      session: opened,
      configurations: deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)),
      now: deps.clock.now(),
      cloudEndpoint: (cloud) => deps.directories.cloudEndpoint(cloud),
      options: { signal, priority: priorities.onDemand },
    });
    // A check that a shutdown has cut short has found nothing.
    if (signal.aborted) return {};
    const checked = { seen, pair, opened, facts, asked };
    return (await enforce(deps, checked, signal)) ?? (await conclude(deps, checked, signal));
  } catch (error) {
    const failure = directoryFailure(error, 'Throttled');
    if (!failure) throw error;
    const now = deps.clock.now();
    await reportPair(deps, pair, throttledStatus(pair, waitWarnings(pausesOf(opened), failure, now)), signal);
    return { requeueAfterMs: Math.min(recheckMs, waitUntil(failure.retryAt ?? now + 5000, now, directoryWait)) };
  }
}

interface Checked {
  /** As it was before anything of this check was written. */
  readonly seen: TenantPair;
  readonly pair: TenantPair;
  readonly opened: PairSession;
  readonly facts: PreflightFacts;
  /** Monotonic time before the first read. */
  readonly asked: number;
}

/** Whether the pair can work, as far as it depends on the pair itself. */
const isAble = (conditions: readonly DesiredCondition[]): boolean =>
  abilities.every((type) => conditions.find((condition) => condition.type === type)?.status === 'True');

/**
 * Writes the access settings that a pair enforces, where something is to be written: as the one that acts between its tenants, from before the first
 * of them. The result says when they are read again; undefined: there was nothing to write.
 */
async function enforce(
  deps: Dependencies,
  { seen, pair, opened, facts }: Checked,
  signal: AbortSignal,
): Promise<ReconcileResult | undefined> {
  if (pair.metadata.deletionTimestamp !== undefined || !isAble(evaluatePreflight(facts).conditions)) return undefined;
  const due = writesDue(deps, { pair, session: opened, facts });
  if (due.length === 0) return undefined;
  const obstacle = await takeTenants(deps, seen, holdingFor(deps, seen, { ready: true, able: true }), signal);
  if (obstacle !== undefined) return obstacle;
  if (await wasSeenBefore(deps, pair, due, signal)) return { requeueAfterMs: readAgainMs };
  const written = await writeSettings(deps, { pair, session: opened, facts }, due, signal);
  return written ? { requeueAfterMs: readAgainMs } : undefined;
}

const maxUsersOf = ({ spec }: TenantPair): number | undefined => spec.limits?.maxUsers;
const licencesOf = ({ licences: { source } }: PreflightFacts): number | undefined => source && p1Licences(source).units;

/** Carries out the consequences of a check that came to its end. */
async function conclude(deps: Dependencies, checked: Checked, signal: AbortSignal): Promise<ReconcileResult> {
  const { seen, pair, opened, facts, asked } = checked;
  const found = evaluatePreflight(facts);
  const result = { ...found, conditions: steadied(found.conditions, pair.status.conditions) };
  const able = isAble(result.conditions);
  const holding = holdingFor(deps, seen, { ready: result.ready, able });
  const obstacle = result.ready ? await takeTenants(deps, seen, holding, signal) : undefined;
  if (obstacle !== undefined) return obstacle;
  const ready = result.conditions[0];
  const was = hashOf([opened.verdict, opened.entraJob]);
  opened.verdict = result.ready || !ready ? { ready: true } : { ready: false, reason: ready.reason, message: ready.message };
  opened.entraJob = activeEntraJob(result.access.entraJob);
  noteTenants(opened, facts);
  deps.sessions.noteReads(keyString(pair.metadata), readsIn(facts, deps.clock.now()));
  noteGroupSync(deps, pair, opened, { facts, asked });
  opened.pool?.whenLeftOut(() => deps.enqueue.pair(keyString(pair.metadata)));
  opened.accessCheckedAt = asked;
  deps.sessions.set(keyString(pair.metadata), opened);
  const block = invitationBlock(deps, pair.spec.target.tenantId);
  const now = deps.clock.now();
  const wanted = writesWanted(facts, pair.spec.crossTenantAccess, pair.status.enforcement);
  const { enforcement, untold } = enforcementAfter(facts, pair.status.enforcement, wanted, now);
  for (const write of untold) tellWritten(deps, pair, write);
  await keepSeen(deps, pair, enforcement, signal);
  const warnings = [
    ...(facts.enforces ? refusedWarnings(enforcement) : []),
    ...blockWarnings(block),
    ...pauseWarnings(pausesOf(opened)),
    ...excessWarnings(pair.spec.limits, countBeyond(deps, pair, maxUsersOf(pair))),
    ...licenceWarnings(facts.licences, countBeyond(deps, pair, licencesOf(facts))),
  ];
  const conditions = [...result.conditions, ...blockConditions(block)];
  const reads = deps.sessions.readsOf(keyString(pair.metadata));
  const shown = { result: { ...result, conditions, ...(enforcement && { enforcement }) }, holding, warnings, reads };
  await reportPair(deps, pair, checkedStatus(pair, shown), signal);
  letGo(deps, seen, holding);
  if (was !== hashOf([opened.verdict, opened.entraJob])) resumeAll(deps, pair);
  if (result.ready) wakeProbe(deps, pair);
  const probeInMs = block === undefined ? recheckMs : Math.max(retryMs, probeDueInMs(block, now));
  const usualMs = result.ready && isWhole(facts) ? Math.min(recheckMs, probeInMs) : retryMs;
  return { requeueAfterMs: jitter(deps.random, Math.min(usualMs, showDueInMs(enforcement, now)), 0.1) };
}

/** What a check has read, with its time. */
function readsIn({ source, target, sourceAccess, targetAccess }: PreflightFacts, now: number): Reads {
  const isRead = (side: PreflightFacts['source']): boolean => side.type === 'Connected' && side.defaultDomain !== '';
  return {
    ...(isRead(source) ? { source: now } : {}),
    ...(isRead(target) ? { target: now } : {}),
    ...(sourceAccess && targetAccess ? { access: now } : {}),
  };
}

/** What the session knows of the tenants from a check. */
function noteTenants(session: PairSession, { source, target, applications }: PreflightFacts): void {
  session.sourceDomains = new Set(source.type === 'Connected' ? source.verifiedDomains : []);
  const working = applications.filter(({ leftOut }) => leftOut === undefined);
  session.readsContacts = target.type === 'Connected' && [target, ...working].every(({ granted }) => mayReadContacts(granted));
}

/** What the target says of groups counts from now on; where it has changed, the groups of the pair are looked at. */
function noteGroupSync(
  deps: Dependencies,
  pair: TenantPair,
  session: PairSession,
  { facts, asked }: { readonly facts: PreflightFacts; readonly asked: number },
): void {
  if (facts.groupSync === undefined) return;
  const was = session.groupAccess?.allowed;
  session.groupAccess = { allowed: facts.groupSync.allowed, checkedAt: asked };
  if (was === facts.groupSync.allowed) return;
  for (const { metadata } of deps.groups.lister.byIndex(groupIndexes.tenants, tenantsKey(pair))) {
    deps.groupMemory.requestLook(keyString(metadata));
    deps.enqueue.group(keyString(metadata), { priority: priorities.update });
  }
}

/** No application of the target is left out. */
const isWhole = ({ applications }: PreflightFacts): boolean => applications.every(({ leftOut }) => leftOut === undefined);

/**
 * Makes the pair the one that acts between its tenants, and records it before anything is done there. Undefined: it is. Other pairs may
 * have been checked at the same time, and what one of them did may still be under way: then it is not, and the result says when to look
 * again.
 */
async function takeTenants(
  deps: Dependencies,
  pair: TenantPair,
  holding: Holding,
  signal: AbortSignal,
): Promise<ReconcileResult | undefined> {
  const duplicate = duplicateProblem(deps, pair);
  if (duplicate) return refusePair(deps, pair, duplicate, signal);
  const waitMs = deps.sessions.act(tenantsKey(pair), keyString(pair.metadata), deps.clock.monotonic());
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  if (pair.status.holdsTenantsSince !== undefined) return undefined;
  // A pair that begins to act goes on with what is known of its target: no invitation has to find it out once more.
  const block = await blockKept(deps, pair.spec.target.tenantId, signal);
  await recordFacts(deps.pairs, pair.metadata, { ...holding, ...(block && { invitationsBlocked: { ...block } }) }, { signal });
  return undefined;
}

function pausesOf(session: Pick<PairSession, 'source' | 'target'>): readonly Pause[] {
  return (['source', 'target'] as const).flatMap((side) => session[side].quota.pauses().map((pause) => ({ side, ...pause })));
}
