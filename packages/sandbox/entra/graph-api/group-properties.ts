import type { GroupRecord } from '../state/group-table.ts';
import type { Json } from '../types.ts';
import { GraphFault } from './graph-fault.ts';

const read: Readonly<Record<string, (group: GroupRecord) => Json>> = {
  id: (group) => group.id,
  createdByAppId: (group) => group.createdByAppId,
  deletedDateTime: (group) => (group.deletedAt === null ? null : new Date(group.deletedAt).toISOString()),
  description: (group) => group.description,
  displayName: (group) => group.displayName,
  groupTypes: (group) => group.groupTypes,
  isManagementRestricted: (group) => group.isManagementRestricted,
  mail: (group) => group.proxyAddresses[0]?.replace(/^smtp:/i, '') ?? null,
  mailEnabled: (group) => group.mailEnabled,
  mailNickname: (group) => group.mailNickname,
  proxyAddresses: (group) => group.proxyAddresses,
  // A known limitation: a deleted security group does not say that it is one.
  securityEnabled: (group) => group.securityEnabled && group.deletedAt === null,
  uniqueName: (group) => group.uniqueName,
  visibility: (group) => group.visibility,
  isAssignableToRole: (group) => group.isAssignableToRole,
  membershipRule: (group) => group.membershipRule,
  onPremisesSyncEnabled: (group) => group.onPremisesSyncEnabled,
};

/** Names of everything that a group has. */
export const everyProperty: readonly string[] = Object.keys(read);

/** What Graph returns of a group without $select. */
const defaultSelect = everyProperty.filter((name) => !['isAssignableToRole', 'isManagementRestricted', 'createdByAppId'].includes(name));

/** 400 for names that no group has. */
export function checkGroupSelect(names: readonly string[]): void {
  const unknown = names.find((name) => read[name] === undefined);
  if (unknown !== undefined) {
    throw new GraphFault(400, 'BadRequest', `Could not find a property named '${unknown}' on type 'microsoft.graph.group'.`);
  }
}

/** A group with the selected properties, the usual ones without a selection; the id always. */
export function renderGroup(group: GroupRecord, select: readonly string[] | undefined): Record<string, Json> {
  const body: Record<string, Json> = {};
  for (const name of select ?? defaultSelect) {
    const value = read[name];
    if (value !== undefined) body[name] = value(group);
  }
  body.id = group.id;
  return body;
}
