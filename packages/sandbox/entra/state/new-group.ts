import type { GroupRecord } from './group-table.ts';

/** A group as it is made: a static security group unless it says otherwise, seen by reads at once. */
export function newGroup(id: string, given: Partial<GroupRecord> & Pick<GroupRecord, 'displayName'>): GroupRecord {
  return { ...usual(given.displayName), ...given, id, deletedAt: null, shownUntil: 0, late: new Map(), former: undefined };
}

const usual = (displayName: string): Omit<GroupRecord, 'id' | 'displayName' | 'deletedAt' | 'shownUntil' | 'late' | 'former'> => ({
  description: null,
  mailNickname: displayName.replaceAll(/[^A-Za-z0-9]/g, ''),
  uniqueName: null,
  securityEnabled: true,
  mailEnabled: false,
  visibility: null,
  proxyAddresses: [],
  groupTypes: [],
  membershipRule: null,
  isAssignableToRole: null,
  isManagementRestricted: null,
  onPremisesSyncEnabled: null,
  createdByAppId: null,
  members: new Set(),
  visibleAt: 0,
});
