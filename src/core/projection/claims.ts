import type { UserProjection } from '../../api/kinds.ts';

/** The value under which all projections of one person in one target are indexed. */
export function personKey(spec: UserProjection['spec']): string {
  return `${spec.source.tenantId}/${spec.source.objectId}/${spec.target.tenantId}`.toLowerCase();
}

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

/** The projection that owns the person among all projections of that person: the oldest that has not let go. */
export function claimOwner(projections: readonly UserProjection[]): UserProjection | undefined {
  return projections
    .filter((projection) => projection.status.state !== 'Retained' && projection.metadata.deletionTimestamp === undefined)
    .sort(byAge)[0];
}
