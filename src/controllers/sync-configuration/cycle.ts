import type { SyncConfigurationStatus } from '../../api/generated.ts';
import { keptLinks, type DeltaLinks } from '../../core/cycle/watermark.ts';
import { timestamp } from '../../core/duration.ts';
import { omit } from '../../core/omit.ts';
import type { RecordGroup } from '../../core/projection/groups.ts';
import { priorities } from '../../ports/reconcile.ts';
import { parseKey } from '../../ports/resources.ts';
import { permitsUserSync } from '../../core/preflight/sync-permission.ts';
import { endPermission, userSyncCleared } from '../shared/access-gate.ts';
import { recordFacts } from '../shared/skeleton.ts';
import { call, CycleFailure, inSteps, type CycleRun, type Steps } from './cycle-run.ts';
import { admitCreations } from './creations.ts';
import { keepLinks, recallLinks } from './links.ts';
import { peopleOf } from './projections.ts';
import { projectGroups, type GroupLinks } from './groups/project-groups.ts';
import { groupsRound } from './read/groups-round.ts';
import { resolveScope } from './read/scope-names.ts';
import { fullUsersRound, incrementalUsersRound } from './read/users-round.ts';
import { guardAndMark } from './remove/guard-round.ts';
import { followPurges } from './remove/purges.ts';
import { addUnseen } from './remove/removals.ts';

/** More would not fit into the status; the watermark then stays where it is. */
const mostUnconfirmed = 1000;

const redemptionCleared = 'Automatic redemption is not set on both sides any more. Nothing is written and nothing is deleted.';

/** What a cycle hands over when everything up to its watermark is recorded in projections. */
export interface CycleEnd {
  readonly watermark: NonNullable<SyncConfigurationStatus['watermark']>;
}

/**
 * A cycle: check, read, evaluate, project, guard, mark (docs/architecture.md, "A cycle"). Creations and updates are projected while
 * reading; removals and blocks only when the whole round was read without an error, as one set. Between steps the caller looks at
 * the resource anew and drops the cycle when it has changed. Rejects with CycleFailure, DirectoryError or KubeError; then nothing
 * was removed that had not been marked.
 */
export async function* runCycle(run: CycleRun): Steps<CycleEnd> {
  yield* checkAccess(run);
  run.findings.enter('Reading');
  const takenAt = timestamp(run.deps.clock.now());
  const names = yield* resolveScope(run);
  run.findings.resolve(names.resolved);
  run.findings.warn(...names.warnings);
  for (const user of run.findings.scope.users) run.memberships.users.add(user.id);
  const recalled = yield* recallLinks(run);
  const previous = recalled.links;
  const groups = yield* groupsRound(run, previous.groups);
  const incrementalFrom = previous.users;
  const users =
    incrementalFrom === undefined
      ? yield* fullUsersRound(run)
      : yield* incrementalUsersRound(run, incrementalFrom, new Set([...groups.touched, ...names.found]));
  if (incrementalFrom === undefined) await addUnseen(run);
  yield* guardAndMark(run);
  yield* admitCreations(run);
  if (run.looksAtAccounts) yield* followPurges(run);
  if (run.kind === 'Full' && run.looksAtAccounts) yield* recheckTarget(run);
  const projected = yield* projectGroups(run, previous.projectedGroups);
  const unconfirmed = stillOpen(run).map(([id, since]) => ({ id, since: timestamp(since) }));
  if (unconfirmed.length > mostUnconfirmed)
    throw new CycleFailure(
      'SourceReadIncomplete',
      'The source announces many changes that it does not show yet. Nothing is deleted; the round is repeated.',
    );
  const links = await keepLinks(run, { users, groups: groups.watermark, projectedGroups: projected.projectedGroups }, recalled);
  return {
    watermark: {
      takenAt,
      revision: run.revision,
      ...linksThatFit(run, { users: links.users, groups: links.groups }, { ...projected, projectedGroups: links.projectedGroups }),
      ...(links.projectedGroups === undefined ? {} : { projectedGroups: links.projectedGroups }),
      ...(projected.projectedGroupIds === undefined ? {} : { projectedGroupIds: projected.projectedGroupIds }),
      ...(unconfirmed.length > 0 ? { unconfirmed } : {}),
    },
  };
}

/** Whom the next cycles look at again. A record that the cluster refuses may wait for the next full one: of those there may be many. */
function stillOpen({ findings: { unconfirmed, skipped } }: CycleRun): readonly (readonly [string, number])[] {
  const all = [...unconfirmed];
  return all.length <= mostUnconfirmed ? all : all.filter(([id]) => skipped.get(id) !== 'RecordRefused');
}

/** The links as far as the status can hold them; of the others there is a warning. */
function linksThatFit(run: CycleRun, links: DeltaLinks, projected: GroupLinks): Pick<CycleEnd['watermark'], 'users' | 'groups'> {
  const { spec, status } = run.configuration;
  const kept = keptLinks(links, Buffer.byteLength(JSON.stringify({ spec, status: omit(status, 'watermark'), projected })));
  for (const name of ['users', 'groups'] as const) {
    if (links[name] === undefined || kept[name] !== undefined) continue;
    run.findings.warn({
      reason: 'DeltaLinkTooLong',
      message: `The delta link of the ${name} is too long for the status. ${name === 'users' ? 'Each cycle reads everybody.' : 'Each cycle reads all members.'}`,
    });
  }
  return {
    ...(kept.users === undefined ? {} : { users: kept.users }),
    ...(kept.groups === undefined ? {} : { groups: kept.groups }),
  };
}

/** Reads the access settings of both sides anew: the target's administrator can stop the sync at any time (B1). */
async function* checkAccess(run: CycleRun): Steps<void> {
  const { session, pair, deps } = run;
  const options = { signal: run.turn.signal, priority: priorities.onDemand };
  const asked = deps.clock.monotonic();
  const sameCloud = pair.spec.source.cloud === pair.spec.target.cloud;
  const [source, target] = yield* call(run, () =>
    Promise.all([
      session.source.syncAccess(pair.spec.target.tenantId, options),
      session.target.syncAccess(pair.spec.source.tenantId, options),
    ]),
  );
  session.accessCheckedAt = asked;
  const allowed = permitsUserSync(target.userSyncInboundAllowed, pair.spec.crossTenantAccess.withoutSyncPolicy);
  const redeemed = !sameCloud || (source.automaticConsent.outboundAllowed && target.automaticConsent.inboundAllowed);
  if (allowed && redeemed) return;
  const failure = allowed
    ? new CycleFailure('AutomaticRedemptionOff', redemptionCleared, { stopped: true })
    : new CycleFailure('UserSyncNotAllowed', userSyncCleared, { stopped: true });
  endPermission(deps, pair, session, failure);
  throw failure;
}

/**
 * A full cycle also looks at every account: gone by hand, restored by hand, purged. One that was asked for by a restart begins
 * anew with whoever has failed.
 */
async function* recheckTarget(run: CycleRun): Steps<void> {
  const restarted = run.answers.restartedAt !== undefined && run.answers.restartedAt !== run.configuration.status.lastHandledRestartAt;
  const groups: readonly RecordGroup[] = restarted ? ['Rechecked', 'State/Failed'] : ['Rechecked'];
  const due = groups.flatMap((group) => Array.from(peopleOf(run, group), ({ key }) => key));
  if (restarted) {
    const waiting = due.filter((key) => run.deps.projections.lister.get(parseKey(key))?.status.nextAttemptAt !== undefined);
    const anew = { attempts: 0, nextAttemptAt: timestamp(run.deps.clock.now()) };
    yield* inSteps(run, waiting, async (key) => {
      const record = run.deps.projections.lister.get(parseKey(key));
      if (record) await recordFacts(run.deps.projections, record.metadata, anew, { signal: run.turn.signal });
    });
  }
  for (const key of due) {
    await run.breathe(() => {
      run.deps.tracker.requestRecheck(key);
      run.deps.enqueue.projection(key, { priority: priorities.background });
    });
  }
}
