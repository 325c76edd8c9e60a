import type { TenantPairSpec } from '../../api/generated.ts';

/** What a target says of inbound group synchronization: yes, no, no such setting (undefined), or a setting that nobody has made (null), which is a no. */
export type GroupSync = boolean | null | undefined;

/** Whether groups may be written to a target, or the reason why not. People are not concerned by it. */
export function groupSyncRefusal(
  allowed: GroupSync,
  withoutGroupPolicy: TenantPairSpec['crossTenantAccess']['withoutGroupPolicy'],
): 'GroupSyncNotAllowed' | 'GroupSyncUnknown' | undefined {
  if (allowed === undefined) return withoutGroupPolicy === 'Accept' ? undefined : 'GroupSyncUnknown';
  return allowed === true ? undefined : 'GroupSyncNotAllowed';
}
