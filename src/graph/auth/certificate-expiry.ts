import { X509Certificate } from 'node:crypto';
import type { CredentialSpec } from '../../ports/directory.ts';

/**
 * When the credentials expire, in epoch milliseconds: the end of the client certificate's validity. Undefined for credentials that do not tell,
 * and for a certificate that cannot be read.
 */
export function credentialExpiry(spec: CredentialSpec): number | undefined {
  if (spec.type !== 'ClientCertificate') return undefined;
  try {
    const time = Date.parse(new X509Certificate(spec.certificatePem).validTo);
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}
