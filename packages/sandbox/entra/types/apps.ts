import type { JsonObject } from './json.ts';

/** An application with its service principal and grants in one tenant. */
export interface AppOptions {
  readonly appId?: string;
  readonly displayName?: string;
  /** Application permissions by name, such as User.Read.All. */
  readonly permissions: readonly string[];
  readonly secrets?: readonly { readonly value: string; /** Epoch milliseconds. */ readonly expiresAt?: number }[];
  /** PEM certificates whose keys may sign client assertions. */
  readonly certificates?: readonly string[];
  readonly federatedCredentials?: readonly FederatedCredential[];
  /** Directory roles of the service principal, by display name. */
  readonly directoryRoles?: readonly string[];
}

export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  /** Default: the cloud's exchange audience. */
  readonly audience?: string;
  /** Public key to check signatures with; unchecked without it. JWK or PEM. */
  readonly publicKey?: JsonObject | string;
}

export interface App {
  readonly appId: string;
  /** Object id of the service principal. */
  readonly servicePrincipalId: string;
  readonly permissions: ReadonlySet<string>;
  /** False: token requests end with AADSTS65001. */
  consented: boolean;
  /** Takes effect with the next token. */
  grant(...permissions: readonly string[]): void;
  revoke(...permissions: readonly string[]): void;
  setDirectoryRoles(...roles: readonly string[]): void;
  addSecret(value: string, expiresAt?: number): void;
  removeSecret(value: string): void;
  addCertificate(pem: string): void;
  addFederatedCredential(credential: FederatedCredential): void;
  removeFederatedCredentials(): void;
  /** Refuses all tokens issued so far with 401 InvalidAuthenticationToken. */
  revokeTokens(): void;
  /** Removes the application from the tenant (AADSTS700016). */
  remove(): void;
}
