import type { DirectoryUser } from '../../api/directory-user.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { Decision } from '../../core/lifecycle/decide.ts';
import { isExcluded } from '../../core/limits/limits.ts';
import { anchorOwner } from '../../core/matching/anchor.ts';
import { isGoneForGood, isOurTombstone, isPurgeable, purges } from '../../core/purge/purge.ts';
import { act } from './act.ts';
import { accountSelect } from './search.ts';
import type { Outcome } from './outcome.ts';
import { awaitingSource, confirmedBySource } from './rests-on-source.ts';
import { limitsOf, type Work } from './work.ts';

/**
 * Purges the account that a cycle has let pass, if it is still in the recycle bin and ours, its person gone for good, and a direct read of the source and
 * of its recycle bin says so once more (A12, I11). An account that somebody has deleted since is theirs, and said to be. Undefined: it is not to be, and
 * the record is handled as ever. Rejects with Deferred, DirectoryError or KubeError.
 */
export async function purge(work: Work, decision: Decision): Promise<Outcome | undefined> {
  const objectId = work.status.targetUser?.objectId;
  if (objectId === undefined || !isDue(work, decision)) return undefined;
  const tombstone = await work.target.getDeletedUser(objectId, [...accountSelect(work), 'deletedDateTime'], work.options);
  if (tombstone === undefined || isExcluded(limitsOf(work), tombstone)) return undefined;
  if (!isOurs(work, tombstone)) return act(work, { do: 'Settle', state: 'SoftDeleted', reason: 'DeletedInTarget' });
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

/** Whether the record as it stands now, and what was decided about its account, still ask for the purge that the guard has let pass. */
function isDue(work: Work, decision: Decision): boolean {
  const { spec } = work.configuration;
  const record = { spec: work.projection.spec, status: work.status };
  const found = decision.do === 'Settle' && decision.state === 'SoftDeleted' && decision.reason === 'UserDeleted';
  const { guardedAt, heldAt } = work.status.sourcePurge ?? {};
  const passed = isGoneForGood(work.status) && guardedAt !== undefined && heldAt === undefined;
  return found && passed && purges(spec) && isPurgeable(record, { ...spec, limits: limitsOf(work) });
}

/** Whether the account was last deleted by us, and is still that of the person. */
function isOurs({ configuration, projection, deps, status }: Work, tombstone: DirectoryUser): boolean {
  const attribute = configuration.spec.matching.anchor?.attribute;
  const value = attribute === undefined ? undefined : tombstone.attributes[attribute];
  const owner = anchorOwner(value, projection.spec.source, deps.settings.installationId);
  return isOurTombstone(tombstone, { deletedAt: status.targetUser?.deletedAt }, owner);
}
