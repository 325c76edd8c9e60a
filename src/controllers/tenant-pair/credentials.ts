import { createHash } from 'node:crypto';
import type { TenantPairSpec } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { CredentialSpec } from '../../ports/directory.ts';
import { KubeError, type SecretReader } from '../../ports/resources.ts';

type Credentials = TenantPairSpec['source']['credentials'];

/** Credentials ready for use with a fingerprint that changes with their content, or why there are none. */
export type ResolvedCredentials =
  | { readonly type: 'Resolved'; readonly credentials: CredentialSpec; readonly fingerprint: string }
  | { readonly type: 'Unresolved'; readonly reason: Reason; readonly message: string };

export interface CredentialContext {
  readonly secrets: SecretReader;
  readonly namespace: string;
  /** Where the spec has the credentials. */
  readonly place: string;
  /** The credentials as a sentence names them. */
  readonly named: string;
  readonly identityNamespaces: readonly string[];
  readonly signal: AbortSignal;
}

const unresolved = (reason: Reason, message: string): ResolvedCredentials => ({ type: 'Unresolved', reason, message });

/** Hash of the content of credentials: nothing else of it is kept. */
const fingerprintOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

const resolved = (credentials: CredentialSpec): ResolvedCredentials => ({
  type: 'Resolved',
  credentials,
  fingerprint: fingerprintOf(credentials),
});

async function readKeys(
  context: CredentialContext,
  name: string,
  keys: readonly string[],
): Promise<readonly string[] | ResolvedCredentials> {
  const where = context.named;
  let secret: Awaited<ReturnType<SecretReader['get']>>;
  try {
    secret = await context.secrets.get({ namespace: context.namespace, name }, context.signal);
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'Forbidden') throw error;
    return unresolved(
      'SecretAccessDenied',
      `The operator may not read Secret ${name}, named by ${where}, in namespace ${context.namespace}. Add the namespace to rbac.credentialNamespaces of the chart, and the name to rbac.secretNames if that is set.`,
    );
  }
  if (!secret)
    return unresolved('SecretNotFound', `Secret ${name}, named by ${where}, does not exist in namespace ${context.namespace}. Create it.`);
  const values: string[] = [];
  for (const key of keys) {
    const value = secret.data[key];
    if (value === undefined)
      return unresolved(
        'SecretKeyMissing',
        `Secret ${name}, named by ${where}, has no key ${key}. Add it, or correct the key in ${context.place}.`,
      );
    const text = Buffer.from(value).toString('utf8').trim();
    if (text === '') return unresolved('SecretInvalid', `Key ${key} of Secret ${name}, named by ${where}, is empty.`);
    values.push(text);
  }
  return values;
}

/** Reads what a side of a TenantPair signs in with. Rejects only when Kubernetes cannot be read. */
export async function resolveCredentials(spec: Credentials, context: CredentialContext): Promise<ResolvedCredentials> {
  if (spec.clientSecret) {
    const values = await readKeys(context, spec.clientSecret.secretRef.name, [spec.clientSecret.secretRef.key]);
    if ('type' in values) return values;
    return resolved({ type: 'ClientSecret', clientId: spec.clientSecret.clientId, secret: values[0] ?? '' });
  }
  if (spec.clientCertificate) {
    const values = await readKeys(context, spec.clientCertificate.secretRef.name, ['tls.crt', 'tls.key']);
    if ('type' in values) return values;
    return resolved({
      type: 'ClientCertificate',
      clientId: spec.clientCertificate.clientId,
      certificatePem: values[0] ?? '',
      privateKeyPem: values[1] ?? '',
    });
  }
  const account = spec.workloadIdentity?.serviceAccountName;
  if (spec.workloadIdentity && account !== undefined) {
    return resolved({
      type: 'WorkloadIdentity',
      clientId: spec.workloadIdentity.clientId,
      serviceAccount: { namespace: context.namespace, name: account },
    });
  }
  if (!context.identityNamespaces.includes(context.namespace)) {
    return unresolved(
      'IdentityNotAllowed',
      `TenantPairs in namespace ${context.namespace} may not use the operator's own identity. Name a serviceAccountName, use a Secret, or add the namespace to --identity-namespaces.`,
    );
  }
  if (spec.workloadIdentity) return resolved({ type: 'WorkloadIdentity', clientId: spec.workloadIdentity.clientId });
  return resolved({ type: 'ManagedIdentity', clientId: spec.managedIdentity?.clientId ?? '' });
}
