import type { GroupRecord } from '../state/group-table.ts';
import type { Json } from '../types.ts';
import { GraphFault } from './graph-fault.ts';

const read: Readonly<Record<string, (group: GroupRecord) => Json>> = {
  id: (group) => group.id,
  deletedDateTime: (group) => (group.deletedAt === null ? null : new Date(group.deletedAt).toISOString()),
  description: () => null,
  displayName: (group) => group.displayName,
  groupTypes: () => [],
  mail: (group) => group.proxyAddresses[0]?.replace(/^smtp:/i, '') ?? null,
  mailEnabled: (group) => group.mailEnabled,
  mailNickname: (group) => group.displayName.replaceAll(/[^A-Za-z0-9]/g, ''),
  proxyAddresses: (group) => group.proxyAddresses,
  securityEnabled: (group) => group.securityEnabled,
  visibility: (group) => group.visibility,
  isAssignableToRole: () => null,
  membershipRule: () => null,
  onPremisesSyncEnabled: () => null,
};

/** 400 for names that no group has. */
export function checkGroupSelect(names: readonly string[]): void {
  const unknown = names.find((name) => read[name] === undefined);
  if (unknown !== undefined) {
    throw new GraphFault(400, 'BadRequest', `Could not find a property named '${unknown}' on type 'microsoft.graph.group'.`);
  }
}

/** A group with the selected properties, all without a selection; the id always. */
export function renderGroup(group: GroupRecord, select: readonly string[] | undefined): Record<string, Json> {
  const body: Record<string, Json> = {};
  for (const name of select ?? Object.keys(read)) {
    const value = read[name];
    if (value !== undefined) body[name] = value(group);
  }
  body.id = group.id;
  return body;
}
