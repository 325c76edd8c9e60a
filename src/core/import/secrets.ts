import { contextOf, isGuid, type Context } from './ids.ts';
import { listed } from './job.ts';
import type { Problem } from './problem.ts';
import { has, member, problemAt, text, truth, type Placed } from './untrusted.ts';

/** The settings of a job that stand among its secrets alone. No other value of that file is kept, so that none can be printed. */
export interface EntraSecrets {
  readonly context: Context;
  readonly targetTenantId: string | undefined;
  readonly syncAll: boolean | undefined;
  readonly deletionThreshold: DeletionThreshold;
  readonly skipsOutOfScopeDeletions: boolean;
}

export type DeletionThreshold =
  | { readonly kind: 'Count'; readonly count: number }
  | { readonly kind: 'Off' }
  /** Not in the file, or not to be read. */
  | { readonly kind: 'Unknown' };

/** Whether a value has the shape of secrets. */
export const isSecrets = (of: Placed): boolean => listed(of, []).some((entry) => has(entry, 'key') && !has(entry, 'principalId'));

const mostRemovals = 1_000_000;

function thresholdOf(settings: string | undefined): DeletionThreshold {
  if (settings === undefined) return { kind: 'Unknown' };
  let value: unknown;
  try {
    value = JSON.parse(settings);
  } catch {
    return { kind: 'Unknown' };
  }
  const of: Placed = { file: '', path: '', value };
  const enabled = truth(member(of, 'DeleteThresholdEnabled'));
  if (enabled === undefined) return { kind: 'Unknown' };
  if (!enabled) return { kind: 'Off' };
  const count = Number(text(member(of, 'DeleteThresholdValue')) ?? Number.NaN);
  return Number.isInteger(count) && count >= 1 && count <= mostRemovals ? { kind: 'Count', count } : { kind: 'Unknown' };
}

export function readSecrets(of: Placed, problems: Problem[]): EntraSecrets {
  const list = listed(of, problems);
  const find = (key: string): Placed | undefined => list.find((entry) => text(member(entry, 'key'))?.toLowerCase() === key.toLowerCase());
  const value = (key: string): string | undefined => {
    const found = find(key);
    const given = found === undefined ? null : text(member(found, 'value'));
    return given === null || given === '' ? undefined : given;
  };
  // Messages name the key and repeat no value: whatever stands there is a secret.
  const refuse = (key: string, what: string, wayOut: string): void => void problems.push(problemAt(find(key) ?? of, { what, wayOut }, key));
  const companyId = value('CompanyId');
  if (companyId !== undefined && !isGuid(companyId))
    refuse('CompanyId', 'it is not the id of a tenant', 'give the answer of GET .../synchronization/secrets as it is');
  const authentication = value('AuthenticationType');
  if (authentication !== undefined && authentication.toLowerCase() !== 'syncpolicy')
    refuse('AuthenticationType', 'it is not that of cross-tenant synchronization', 'give the secrets of the job that the schema is of');
  const syncAll = find('SyncAll');
  if (value('SyncAll') !== undefined && syncAll !== undefined && truth(member(syncAll, 'value')) === undefined)
    refuse('SyncAll', 'it is neither true nor false', 'give the answer of GET .../synchronization/secrets as it is');
  return {
    context: contextOf(of),
    targetTenantId: companyId?.toLowerCase(),
    syncAll: syncAll === undefined ? undefined : truth(member(syncAll, 'value')),
    deletionThreshold: thresholdOf(value('SyncNotificationSettings')),
    skipsOutOfScopeDeletions: value('SkipOutOfScopeDeletions')?.toLowerCase() === 'true',
  };
}
