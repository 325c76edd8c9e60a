import type { Decision } from '../../core/lifecycle/decide.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { isGoneForGood, isPurgeable, purges } from '../../core/purge/purge.ts';
import type { Outcome } from './outcome.ts';
import { awaitingSource, confirmedBySource } from './rests-on-source.ts';
import { limitsOf, type Work } from './work.ts';

/**
 * Purges the account that a cycle has let pass, if it is still in the recycle bin and ours, its person gone for good, and a direct read of the source and
 * of its recycle bin says so once more (A12, I11). Undefined: it is not to be, and the record is handled as ever. Rejects with Deferred, DirectoryError or KubeError.
 */
export async function purge(work: Work, decision: Decision): Promise<Outcome | undefined> {
  const { spec } = work.configuration;
  const record = { spec: work.projection.spec, status: work.status };
  const found = decision.do === 'Settle' && decision.state === 'SoftDeleted' && decision.reason === 'UserDeleted';
  const allowed = purges(spec) && isPurgeable(record, { ...spec, limits: limitsOf(work) }) && isGoneForGood(work.status);
  const objectId = work.status.targetUser?.objectId;
  if (!found || !allowed || objectId === undefined) return undefined;
  if (!(await isOurTombstone(work, objectId))) return undefined;
  if (!confirmedBySource(work, 'Purge')) throw awaitingSource();
  try {
    await work.target.purgeUser(objectId, work.options);
  } catch (error) {
    // Gone or restored meanwhile, or purged by an attempt whose answer was lost: the next full cycle finds out which.
    if (directoryFailure(error, 'NotFound')) return undefined;
    throw error;
  }
  work.steps.push('EntryExportDelete');
  return { state: 'Purged', reason: 'PurgedAfterSource', action: 'delete', status: 'success', warnings: [] };
}

/** Whether the account was last deleted by us: one that somebody has restored and deleted since is theirs to purge (A7). */
async function isOurTombstone({ target, options, status, deps }: Work, objectId: string): Promise<boolean> {
  const found = await target.getDeletedUser(objectId, ['deletedDateTime'], options);
  // A time that is missing is not near any other.
  const apart = Date.parse(found?.deletedDateTime ?? '') - Date.parse(status.targetUser?.deletedAt ?? '');
  return Math.abs(apart) < deps.settings.replicationWindowMs;
}
