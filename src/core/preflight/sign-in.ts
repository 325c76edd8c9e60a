import type { TenantPairSpec } from '../../api/generated.ts';
import { timestamp } from '../duration.ts';

type Credentials = TenantPairSpec['source']['credentials'];

/** The application that credentials sign in as; undefined where they name none. */
export function clientIdOf({ workloadIdentity, clientSecret, clientCertificate, managedIdentity }: Credentials): string | undefined {
  return (workloadIdentity ?? clientSecret ?? clientCertificate ?? managedIdentity)?.clientId;
}

/** By what an application proves itself, as a sentence names it. */
function proofOf({ clientSecret, clientCertificate, workloadIdentity }: Credentials): string {
  if (clientSecret) return `key ${clientSecret.secretRef.key} of Secret ${clientSecret.secretRef.name}`;
  if (clientCertificate) return `the certificate in Secret ${clientCertificate.secretRef.name}`;
  if (workloadIdentity === undefined) return 'a managed identity';
  const account = workloadIdentity.serviceAccountName;
  return account === undefined ? "the operator's own ServiceAccount" : `ServiceAccount ${account}`;
}

/** A tenant of a pair and the application that asks it, as messages name them. */
export const applicationNamed = (
  side: 'source' | 'target',
  { tenantId, credentials }: { readonly tenantId: string; readonly credentials: Credentials },
): string => `${side} tenant ${tenantId}, application ${clientIdOf(credentials) ?? 'unknown'}`;

/** How a side of a pair signs in. */
export interface SignIn {
  /** Tenant, application, and what it signs in with. */
  readonly named: string;
  /** When that ends, as a sentence; undefined where it does not tell. */
  readonly expiry: string | undefined;
}

/** How a side of a pair signs in; times in epoch milliseconds. */
export function signInOf(
  side: 'source' | 'target',
  tenant: Parameters<typeof applicationNamed>[1],
  { expiresAt, now }: { readonly expiresAt: number | undefined; readonly now: number },
): SignIn {
  const ends = expiresAt !== undefined && expiresAt <= now ? 'expired' : 'expires';
  return {
    named: `${applicationNamed(side, tenant)}, ${proofOf(tenant.credentials)}`,
    expiry: expiresAt === undefined ? undefined : `The certificate ${ends} at ${timestamp(expiresAt)}.`,
  };
}

/** A sentence about a tenant, with its name before it. */
export const about = (named: string, message: string): string => `${named.charAt(0).toUpperCase()}${named.slice(1)}: ${message}`;
