import { strings } from './replica.ts';
import type { TenantState } from './tenant-state.ts';

/**
 * Who holds an address as a proxy address, other than the user `exceptId`: `User_<id>`, `Group_<id>` or `Contact_<id>`.
 * Soft-deleted users count only where the tenant's settings say so.
 */
export function addressOwner(tenant: TenantState, address: string, exceptId: string | undefined): string | undefined {
  const wanted = address.toLowerCase();
  const isIt = (proxy: string): boolean => proxy.replace(/^smtp:/i, '').toLowerCase() === wanted;
  for (const user of tenant.users.primary.withAddress(wanted)) {
    if (user.id === exceptId || !strings(user.properties.proxyAddresses).some(isIt)) continue;
    if (user.deletedAt === null || tenant.settings.invitations.deletedAddressesBlock) return `User_${user.id}`;
  }
  for (const group of tenant.groups.groups.values()) {
    if (group.deletedAt === null && group.proxyAddresses.some(isIt)) return `Group_${group.id}`;
  }
  const contact = tenant.contactWithAddress(wanted);
  return contact === undefined ? undefined : `Contact_${contact.id}`;
}
