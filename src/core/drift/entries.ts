import type { UserProjectionStatus } from '../../api/generated.ts';

type Drift = NonNullable<UserProjectionStatus['drift']>;

/** As many attributes as a status holds. */
const mostEntries = 128;

/**
 * `status.drift` for the attributes that differ now: since when is kept of those that differed before. Undefined: none differs. `at` is the time as
 * status shows it.
 */
export function driftEntries(attributes: readonly string[], former: Drift | undefined, at: string): Drift | undefined {
  if (attributes.length === 0) return undefined;
  const since = new Map((former ?? []).map((entry) => [entry.attribute, entry.since]));
  return attributes.slice(0, mostEntries).map((attribute) => ({ attribute, since: since.get(attribute) ?? at }));
}

/** Whether a record shows exactly these attributes as different already. */
export function showsDrift({ drift }: Pick<UserProjectionStatus, 'drift'>, attributes: readonly string[]): boolean {
  const wanted = attributes.slice(0, mostEntries);
  const shown = new Set((drift ?? []).map(({ attribute }) => attribute));
  return shown.size === wanted.length && wanted.every((attribute) => shown.has(attribute));
}
