import type { RestingAct } from '../../core/evaluation/still-holds.ts';
import { durationMs } from '../../core/duration.ts';
import { priorities } from '../../ports/reconcile.ts';
import { evaluationRevisionOf } from '../shared/compiled.ts';
import { asksForDeprovisioning } from '../shared/deprovisioning.ts';
import { Deferred } from '../shared/write-gate.ts';
import type { Work } from './work.ts';

/** A deletion or block rests on a reading that is not older than this when its pass begins. */
const harmConfirmedMs = 30_000;
/**
 * The answers of the target may take so much longer until it is carried out: one that takes 20 seconds for each would otherwise find every reading too
 * old, and nobody would ever be blocked there. Longer than this the permission of the target is not fresh either (access-gate).
 */
const slowTargetMs = 45_000;
/** A record that waits for a reading asks again after this time. */
export const askAgainMs = 60_000;

/**
 * Whether a reading of the source that is recent enough has confirmed what is about to be done (I11), by the rules of now: within seconds for
 * a deletion or a block, within the interval for an invitation or a restore. If not, the configuration is asked to read this person again.
 */
export function confirmedBySource(work: Work, act: RestingAct): boolean {
  const { deps, projection, configurationKey, key, startedAt } = work;
  const { lifecycle, removal, revision, source } = projection.spec;
  const configuration = deps.configurations.lister.get(work.configuration.metadata) ?? work.configuration;
  // A removal with its configuration rests on the deletion of the configuration as it stands now, whatever the source says.
  if (lifecycle === 'Removed' && removal?.reason === 'ConfigurationDeleted')
    return configuration.metadata.deletionTimestamp !== undefined && asksForDeprovisioning(configuration);
  const harm = act === 'Delete' || act === 'Purge' || act === 'Block';
  const oldestMs = harm ? harmConfirmedMs : Math.max(harmConfirmedMs, durationMs(configuration.spec.interval));
  const now = deps.clock.monotonic();
  const since = now - oldestMs - Math.min(now - startedAt, slowTargetMs);
  const rules = evaluationRevisionOf(configuration);
  if (deps.confirmations.isConfirmed(configurationKey, key, { revision, rules, since, by: harm ? 'DirectRead' : 'AnyReading' }))
    return true;
  deps.confirmations.ask(configurationKey, { sourceId: source.objectId, projectionKey: key, act }, now);
  deps.enqueue.configuration(configurationKey, { priority: harm ? priorities.removal : priorities.create });
  return false;
}

/** The work waits for a reading of the source, which puts the record back into the queue. */
export function awaitingSource(): Deferred {
  return new Deferred('AwaitingSource', askAgainMs);
}

/** The guard has not judged what is about to be done: the person is decided about in a cycle that comes at once (I3). */
export function proposeToGuard({ deps, configurationKey, projection }: Work): void {
  deps.confirmations.reconsider(configurationKey, projection.spec.source.objectId);
  deps.tracker.requestCycle(configurationKey);
  deps.enqueue.configuration(configurationKey, { priority: priorities.removal });
}
