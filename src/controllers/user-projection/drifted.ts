import type { UserProjectionStatus } from '../../api/generated.ts';
import { driftPolicy } from '../../core/drift/compare.ts';
import { driftEntries } from '../../core/drift/entries.ts';
import type { WritePlan, WrittenAccount } from '../../core/lifecycle/writes.ts';
import { omit } from '../../core/omit.ts';
import { mayBeOnItsWay } from './outcome.ts';
import type { Work } from './work.ts';

/**
 * Attributes that the target's people have changed and that still differ after what was written; undefined while it cannot be told, because a write of
 * ours may not show yet.
 */
export function differing(work: Work, account: WrittenAccount, plan: WritePlan): readonly string[] | undefined {
  if (driftPolicy(work.configuration.spec) === 'Ignore') return [];
  if (account.type === 'InUse' && plan.drifted.length > 0 && mayBeOnItsWay(work, work.status.lastWriteAt)) return undefined;
  const settled = new Set([...work.done.written, ...(work.done.refused ?? []).map(({ name }) => name)]);
  return plan.drifted.filter((name) => !settled.has(name));
}

/** The status with what differs now; as it was while that is not known. */
export function withDrift(status: UserProjectionStatus, drifted: readonly string[] | undefined, at: string): UserProjectionStatus {
  if (drifted === undefined) return status;
  const drift = driftEntries(drifted, status.drift, at);
  return { ...omit(status, 'drift'), ...(drift === undefined ? {} : { drift }) };
}
