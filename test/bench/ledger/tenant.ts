/** A simulated target tenant with so many accounts that carry anchors, in a process of its own; says where it listens when it has them all. */
import { createEntra, serveHttps } from '@tenantsync/sandbox/entra';
import { systemClock, systemRandom } from '../../../src/system.ts';
import { tenants } from '../sites.ts';
import { accountId, appliedOf, formatLedgerAnchor, isEnabled, personId } from './accounts.ts';

/** Where the tenant is and how to sign in to it. */
export interface TenantPlace {
  readonly url: string;
  readonly caPem: string;
  readonly sourceTenantId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly rssMb: number;
}

const accounts = Number(process.argv[2]);
const entra = createEntra({ clock: systemClock, random: systemRandom, settings: { logLimit: 10_000 } });
const { hub, spoke, apps } = tenants(entra);
for (let index = 0; index < accounts; index += 1) {
  const anchor = { sourceTenantId: hub.tenantId, sourceObjectId: personId(index), installation: 'default' };
  spoke.createExternalUser({
    id: accountId(index),
    address: `person.${index}@contoso.com`,
    userType: 'Member',
    accepted: true,
    properties: {
      accountEnabled: isEnabled(index),
      onPremisesExtensionAttributes: { extensionAttribute15: formatLedgerAnchor(anchor, appliedOf(index)) },
    },
  });
}
const server = await serveHttps(entra);
const place: TenantPlace = {
  url: server.url,
  caPem: server.caPem,
  sourceTenantId: hub.tenantId,
  tenantId: spoke.tenantId,
  clientId: apps.spoke,
  rssMb: Math.round(process.memoryUsage().rss / 2 ** 20),
};
process.send?.(place);
process.once('disconnect', () => process.exit());
