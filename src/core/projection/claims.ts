import type { TenantPair, UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../status/conditions.ts';
import { isReleased } from './account.ts';

/** The value under which all projections of one person in one target are indexed. */
export function personKey(spec: UserProjection['spec']): string {
  return personKeyOf(spec.source.tenantId, spec.source.objectId, spec.target.tenantId);
}

export function personKeyOf(sourceTenant: string, person: string, targetTenant: string): string {
  return `${sourceTenant}/${person}/${targetTenant}`.toLowerCase();
}

/** Whether a record was made for the tenants that its pair connects now: nobody is acted on for another pair of tenants (I15). */
export function isOfPair({ source, target }: UserProjection['spec'], pair: Pick<TenantPair, 'spec'>): boolean {
  return sameId(source.tenantId, pair.spec.source.tenantId) && sameId(target.tenantId, pair.spec.target.tenantId);
}

const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Older claims first; ties by namespace and name (B5). */
function byAge(a: UserProjection, b: UserProjection): number {
  const left = [a.metadata.creationTimestamp, a.metadata.namespace, a.metadata.name];
  const right = [b.metadata.creationTimestamp, b.metadata.namespace, b.metadata.name];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** Whether a record has no account and says that none is to be made for the address that it names: others are not held up by it. */
export function standsDown({ status }: UserProjection): boolean {
  if (status.targetUser !== undefined || status.intent !== undefined) return false;
  return status.state === 'Skipped' || findCondition(status.conditions, 'Ready')?.reason === 'AddressNotVerified';
}

/** The projection that owns the person among all projections of that person: the oldest that has not let go. */
export function claimOwner(projections: readonly UserProjection[]): UserProjection | undefined {
  return projections.filter((projection) => !isReleased(projection) && projection.metadata.deletionTimestamp === undefined).sort(byAge)[0];
}

/** The person key of the manager that a projection wants, in its own target; undefined when it wants none. */
export function managerKey({ source, target, manager }: UserProjection['spec']): string | undefined {
  return manager && `${source.tenantId}/${manager.sourceObjectId}/${target.tenantId}`.toLowerCase();
}
