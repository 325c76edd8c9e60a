import type { SyncConfiguration } from '../../api/kinds.ts';
import { reasons } from '../../api/reasons.ts';
import { creationAllowance } from '../../core/guard/creations.ts';
import { allowanceFor } from '../../core/guard/allowance.ts';
import { decideLifecycle, type Decision } from '../../core/lifecycle/decide.ts';
import { writtenNames, type WritePlan } from '../../core/lifecycle/writes.ts';
import { withinLimits } from '../../core/limits/within-limits.ts';
import type { Mappings } from '../../core/mapping/compile.ts';
import type { Hold, Matching } from '../../core/on-demand/explain.ts';
import { timestamp } from '../../core/duration.ts';
import { findCondition } from '../../core/status/conditions.ts';
import type { TargetDirectory } from '../../ports/directory.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { mappingsOf } from '../shared/compiled.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { Conjecture, Hypothesis } from '../shared/explainer.ts';
import { invitationBlock } from '../shared/invitations.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { wouldFindSeat } from '../shared/seats.ts';
import { addressRival } from './claims.ts';
import { planFor } from './attributes.ts';
import { withManager } from './create.ts';
import { accountOf } from './finish.ts';
import { observe } from './observe.ts';
import { limitsOf, nothingDone, type Work } from './work.ts';
import { readsOf } from './write-guard.ts';

/** Says what a pass over a record would find and do, by the functions of the pass itself; nothing is written. Rejects with DirectoryError. */
export async function explain(deps: Dependencies, hypothesis: Hypothesis): Promise<Conjecture> {
  const session = deps.sessions.get(keyString(hypothesis.pair.metadata));
  if (session === undefined) {
    const decision: Decision = { do: 'Wait', reason: 'TenantPairNotReady' };
    return { matching: { type: 'NotSearched' }, decision, written: [], blocks: false, holds: [] };
  }
  const work = workOn(deps, hypothesis, session);
  const contested = work.status.targetUser === undefined && addressRival(deps, work.projection) !== undefined;
  if (contested) {
    const decision: Decision = { do: 'Conflict', reason: 'DuplicateSourceUsers' };
    return { matching: { type: 'NotSearched' }, decision, written: [], blocks: false, holds: [] };
  }
  const { decision, matching } = await decide(work);
  const plan = await writesOf(work, decision);
  const blocks = decision.do === 'Block' || plan?.patch.accountEnabled === false;
  return {
    matching,
    decision,
    written: plan === undefined ? [] : writtenNames(plan),
    blocks,
    holds: [...invitationHolds(work, decision), ...guardHolds(work, decision, blocks), ...waits(work)],
  };
}

async function decide(work: Work): Promise<{ readonly decision: Decision; readonly matching: Matching }> {
  const { spec } = work.projection;
  const observed = await observe(work);
  const limits = limitsOf(work);
  const decided = decideLifecycle({ ...observed, spec, status: work.status, configuration: { ...work.configuration.spec, limits } });
  const takesSeat = (): boolean => limits?.maxUsers === undefined || wouldFindSeat(work.deps, work.projection, limits.maxUsers);
  const linked = 'user' in observed.account ? observed.account.user.id : undefined;
  const matching: Matching =
    observed.match !== undefined
      ? { type: 'Searched', match: observed.match }
      : linked === undefined
        ? { type: 'NotSearched' }
        : { type: 'Linked', objectId: linked };
  return { decision: withinLimits(decided, { limits, spec, takesSeat }), matching };
}

async function writesOf(work: Work, decision: Decision): Promise<WritePlan | undefined> {
  switch (decision.do) {
    case 'Create':
      return planFor(work, { type: 'New' }, 'Write');
    case 'Link':
      return planFor(work, accountOf(work, await withManager(work, decision.user)), 'Write');
    case 'Update':
      return planFor(work, accountOf(work, decision.user), 'Write');
    case 'Restore':
      return planFor(work, { type: 'Restored', user: decision.user }, 'Write');
    default:
      return undefined;
  }
}

/** A target that refuses all invitations, where one would be sent. */
function invitationHolds({ deps, projection: { spec } }: Work, decision: Decision): readonly Hold[] {
  const block = decision.do === 'Create' ? invitationBlock(deps, spec.target.tenantId) : undefined;
  return block === undefined ? [] : [{ by: 'Pause', reason: 'InvitationsBlocked', until: block.nextProbeAt }];
}

/** What the guard would say at the act. */
function guardHolds({ projection, status, configuration }: Work, decision: Decision, blocks: boolean): readonly Hold[] {
  const record = { spec: projection.spec, status };
  if (decision.do === 'Create') {
    const allowance = creationAllowance(record, configuration.spec.deprovisioning.guard.creations);
    return allowance.type === 'NotJudged' ? [{ by: 'Guard', reason: 'AwaitingGuard' }] : [];
  }
  if (decision.do !== 'Delete' && !(blocks && (decision.do === 'Block' || decision.do === 'Update' || decision.do === 'Link'))) return [];
  const allowance = allowanceFor(record, decision.do === 'Delete' ? 'Delete' : 'Block', 'InUse');
  return allowance.type === 'NotJudged' ? [{ by: 'Guard', reason: 'AwaitingGuard' }] : [];
}

/** Times that the work has to wait for: of the quota, after a failure, and of Plan mode, for ever. */
function waits({ deps, projection, status, target }: Work): readonly Hold[] {
  const { nextAttemptAt } = status;
  const pauses = target.quota.pauses().map((pause): Hold => ({ by: 'Quota', reason: 'Throttled', until: timestamp(pause.until) }));
  const later = nextAttemptAt !== undefined && Date.parse(nextAttemptAt) > deps.clock.now();
  const ready = findCondition(status.conditions, 'Ready')?.reason;
  const failed = reasons.find((reason) => reason === ready) ?? 'AwaitingSource';
  return [
    ...pauses,
    ...(later ? [{ by: 'Pause', reason: failed, until: nextAttemptAt } as const] : []),
    ...(projection.spec.mode === 'Plan' ? [{ by: 'Mode', reason: 'Planned' } as const] : []),
  ];
}

function workOn(deps: Dependencies, { record, configuration, pair, signal }: Hypothesis, session: PairSession): Work {
  return {
    deps,
    key: keyString(record.metadata),
    projection: record,
    configuration,
    configurationKey: keyString(configuration.metadata),
    pair,
    session,
    mappings: compiled(configuration),
    errand: 'Due',
    target: readOnly(session.target),
    options: { signal, priority: priorities.onDemand },
    status: record.status,
    deletedAt: undefined,
    intentOver: false,
    done: nothingDone(),
    resourceVersion: record.metadata.resourceVersion,
    comparedWith: undefined,
    startedAt: deps.clock.monotonic(),
    steps: [],
    openSteps: new Set(),
  };
}

/** A configuration is explained only while it can work, so that its mappings are those of a cycle. */
function compiled(configuration: SyncConfiguration): Mappings {
  const mappings = mappingsOf(configuration);
  if ('message' in mappings) throw new Error('mappings that cannot be compiled are not explained');
  return mappings;
}

/** The target without its writes: an explanation that would write is an error of the program. */
function readOnly(target: TargetDirectory): TargetDirectory {
  const refuse = (): Promise<never> => Promise.reject(new Error('an explanation writes nothing'));
  return {
    ...readsOf(target),
    invite: refuse,
    updateUser: refuse,
    setManager: refuse,
    clearManager: refuse,
    revokeSessions: refuse,
    deleteUser: refuse,
    restoreUser: refuse,
    purgeUser: refuse,
  };
}
