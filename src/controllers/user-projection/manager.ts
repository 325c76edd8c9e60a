import type { UserProjection } from '../../api/kinds.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { ManagerChange } from '../../core/lifecycle/writes.ts';
import { referableAccount } from '../../core/projection/account.ts';
import { managerKey } from '../../core/projection/claims.ts';
import { isPreview } from '../../core/projection/preview.ts';
import { projectionIndexes, type Dependencies } from '../shared/dependencies.ts';
import type { Work } from './work.ts';

/**
 * The record of the manager that a projection wants: whichever configuration projects that person, for a person has one account in a
 * target (I15). One with an account comes before those without.
 */
export function managerProjection(deps: Dependencies, projection: UserProjection): UserProjection | undefined {
  const key = managerKey(projection.spec);
  if (key === undefined) return undefined;
  const records = deps.projections.lister.byIndex(projectionIndexes.person, key).filter((record) => !isPreview(record));
  return records.find((record) => referableAccount(record) !== undefined) ?? records[0];
}

/** Object id in the target of the manager that a projection wants; undefined while that person has no account there. */
export function resolveManager(deps: Dependencies, projection: UserProjection): string | undefined {
  const planned = plannedManager(deps, projection);
  if (planned !== undefined && isFoundMissing(planned)) return undefined;
  return referableAccount(managerProjection(deps, projection)) ?? plannedAccount(planned);
}

/** Whether a plan has found the account to be lost to a conflict, or deleted: it is nobody's manager, whatever was known of it before. */
function isFoundMissing({ status: { state, plan } }: UserProjection): boolean {
  return state === 'Conflict' || (state === 'Planned' && plan?.operation === 'None' && plan.objectId === undefined);
}

/** The record of the manager in the same plan. */
function plannedManager(deps: Dependencies, { spec }: UserProjection): UserProjection | undefined {
  const key = managerKey(spec);
  if (key === undefined || spec.mode !== 'Plan') return undefined;
  const records = deps.projections.lister.byIndex(projectionIndexes.person, key);
  return records.find((record) => record.spec.syncConfigurationRef.name === spec.syncConfigurationRef.name);
}

/** The account that a plan would make, bring back or link: by its object id, or by that of the source user while it has none. */
function plannedAccount(record: UserProjection | undefined): string | undefined {
  if (record?.status.state !== 'Planned' || record.spec.lifecycle !== 'Present') return undefined;
  const { plan } = record.status;
  return plan?.objectId ?? (plan?.operation === 'Create' ? `source:${record.spec.source.objectId}` : undefined);
}

/**
 * Carries out a manager change. `Later`: one of the two accounts is not visible yet. A refusal of the manager alone is returned and
 * leaves the rest of the pass as it is (C10, I12).
 */
export async function applyManager(work: Work, id: string, change: ManagerChange): Promise<'Done' | 'Unchanged' | 'Later' | 'Refused'> {
  try {
    if (change.type === 'Set') await work.target.setManager(id, change.managerId, work.options);
    else if (change.type === 'Clear') await work.target.clearManager(id, work.options);
    else return 'Unchanged';
  } catch (error) {
    if (directoryFailure(error, 'NotFound', 'ReferenceNotReady')) return 'Later';
    const refusal = directoryFailure(error, 'Forbidden', 'AttributeRefused', 'InvalidRequest', 'ObjectConflict');
    if (!refusal) throw error;
    const others = (work.done.refused ?? []).filter(({ name }) => name !== 'manager');
    work.done.refused = [...others, { name: 'manager', code: refusal.code, message: refusal.message }];
    return 'Refused';
  }
  work.done.written.push('manager');
  work.steps.push('ReferenceResolution');
  return 'Done';
}
