import type { UserProjection } from '../../api/kinds.ts';
import { projectionName } from '../../api/kinds.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { Work } from './work.ts';

/** The account of a projection that others may refer to: there as far as is known, and neither deleted nor let go. */
function referableAccount(projection: UserProjection | undefined): string | undefined {
  const state = projection?.status.state;
  // An account in conflict is deleted, or not ours to build on.
  if (state === 'SoftDeleted' || state === 'Purged' || state === 'Retained' || state === 'Conflict') return undefined;
  return projection?.status.targetUser?.objectId;
}

/** The projection of the manager that a projection wants. */
export function managerProjection(deps: Dependencies, projection: UserProjection): UserProjection | undefined {
  const { manager, syncConfigurationRef } = projection.spec;
  if (!manager) return undefined;
  const name = projectionName(syncConfigurationRef.name, manager.sourceObjectId);
  return deps.projections.lister.get({ namespace: projection.metadata.namespace, name });
}

/** Object id in the target of the manager that a projection wants; undefined while that person has no account there. */
export function resolveManager(deps: Dependencies, projection: UserProjection): string | undefined {
  return referableAccount(managerProjection(deps, projection));
}

/** What has to be done about the manager, given who it is now in the target (undefined: not read). */
export type ManagerChange =
  /** `managerId`: the one wanted, who is in place. */
  | { readonly type: 'None'; readonly managerId?: string }
  | { readonly type: 'Set'; readonly managerId: string }
  | { readonly type: 'Clear' }
  | { readonly type: 'NotProjected' };

/** A manager who has no account leaves the one in the target in place; removal is propagated only when asked (C5). */
export function managerChange(work: Work, currentManagerId: string | null | undefined): ManagerChange {
  const { spec } = work.projection;
  if (!work.mappings.hasManager) return { type: 'None' };
  if (spec.manager) {
    const managerId = resolveManager(work.deps, work.projection);
    if (managerId === undefined) return { type: 'NotProjected' };
    // What was applied once is not set back before the source changes (C8), or another account takes the manager's place.
    const applied = work.status.appliedRevision === spec.revision && work.status.targetUser?.managerId === managerId;
    return applied || managerId === currentManagerId ? { type: 'None', managerId } : { type: 'Set', managerId };
  }
  return spec.clear?.includes('manager') === true && typeof currentManagerId === 'string' ? { type: 'Clear' } : { type: 'None' };
}

/** Carries out a manager change. `Later`: one of the two accounts is not visible yet. */
export async function applyManager(work: Work, id: string, change: ManagerChange): Promise<'Done' | 'Unchanged' | 'Later'> {
  try {
    if (change.type === 'Set') await work.target.setManager(id, change.managerId, work.options);
    else if (change.type === 'Clear') await work.target.clearManager(id, work.options);
    else return 'Unchanged';
    work.steps.push('ReferenceResolution');
    return 'Done';
  } catch (error) {
    if (directoryFailure(error, 'NotFound', 'ReferenceNotReady')) return 'Later';
    throw error;
  }
}
