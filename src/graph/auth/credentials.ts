import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import type { TenantConnection } from '../../ports/directory.ts';
import { KubeError, type ObjectKey, type ServiceAccountTokens } from '../../ports/resources.ts';
import type { Cloud } from '../clouds.ts';
import { identityTransport, type IdentityTransportOptions, type Observation } from './identity-transport.ts';
import { unusableCredentials } from './token-errors.ts';

/** A token as @azure/identity gives it: `expiresOnTimestamp` by this machine's real clock. */
export interface TokenSource {
  getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

export interface CredentialContext {
  readonly cloud: Cloud;
  readonly transport: Omit<IdentityTransportOptions, 'origins'>;
  readonly serviceAccountTokens: ServiceAccountTokens;
  readonly federatedTokenFile: string | undefined;
}

/**
 * The credential of one connection, for one token: a new one each time, because the library keeps tokens of its own that outlive a refusal.
 * Always for exactly this tenant and this application; never a chain that picks an identity by itself. Throws a DirectoryError when the
 * credentials cannot be used as they are.
 */
export function credentialFor(connection: TenantConnection, context: CredentialContext, seen: Observation): TokenSource {
  const { tenantId, credentials: spec } = connection;
  const { cloud } = context;
  const origins = [cloud.authorityHost, ...cloud.loginHosts];
  const common = { retryOptions: { maxRetries: 0 }, redirectOptions: { maxRetries: 0 } };
  const options = {
    ...common,
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: !cloud.builtIn,
    httpClient: identityTransport({ ...context.transport, origins }, seen),
  };
  switch (spec.type) {
    case 'ClientSecret':
      return new ClientSecretCredential(tenantId, spec.clientId, spec.secret, options);
    case 'ClientCertificate':
      return guarded(
        'SecretInvalid',
        () =>
          new ClientCertificateCredential(
            tenantId,
            spec.clientId,
            { certificate: `${spec.privateKeyPem.trim()}\n${spec.certificatePem.trim()}\n` },
            options,
          ),
      );
    case 'WorkloadIdentity': {
      const account = spec.serviceAccount;
      if (account !== undefined) {
        // The library asks twice for one token request.
        let once: Promise<string> | undefined;
        const getAssertion = (): Promise<string> => (once ??= assertion(context, account, seen));
        return new ClientAssertionCredential(tenantId, spec.clientId, getAssertion, options);
      }
      const file = context.federatedTokenFile;
      return guarded(
        'ServiceAccountTokenFailed',
        () =>
          new WorkloadIdentityCredential({
            ...options,
            tenantId,
            clientId: spec.clientId,
            ...(file === undefined ? {} : { tokenFilePath: file }),
          }),
      );
    }
    case 'ManagedIdentity':
      return new ManagedIdentityCredential({ clientId: spec.clientId, ...common, httpClient: identityTransport(context.transport, seen) });
  }
}

/** The token of a named ServiceAccount, for the audience that federated credentials of this cloud expect. */
async function assertion(context: CredentialContext, account: ObjectKey, seen: Observation): Promise<string> {
  try {
    const { token } = await context.serviceAccountTokens.request(account, context.cloud.federationAudience);
    return token;
  } catch (error) {
    const transient = !(error instanceof KubeError) || ['Unavailable', 'TooManyRequests', 'Conflict'].includes(error.kind);
    seen.failure = unusableCredentials(
      'ServiceAccountTokenFailed',
      'Kubernetes gave no token for the ServiceAccount. Check that it exists and that the operator may request its tokens (rbac.serviceAccountTokens and rbac.credentialNamespaces of the chart).',
      transient,
    );
    throw seen.failure;
  }
}

function guarded(reason: 'SecretInvalid' | 'ServiceAccountTokenFailed', make: () => TokenSource): TokenSource {
  try {
    return make();
  } catch {
    const message =
      reason === 'SecretInvalid'
        ? 'The certificate or its key cannot be read. Both must be PEM, as in a kubernetes.io/tls Secret.'
        : 'The operator has no identity of its own here: no projected ServiceAccount token (AZURE_FEDERATED_TOKEN_FILE).';
    throw unusableCredentials(reason, message, false);
  }
}
