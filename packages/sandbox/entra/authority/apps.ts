import { X509Certificate } from 'node:crypto';
import type { Random } from '../../../../src/ports/clock.ts';
import type { App, AppOptions, FederatedCredential } from '../types.ts';

export interface Secret {
  readonly value: string;
  readonly expiresAt: number | undefined;
}

/** An application registered in one tenant. */
export class RegisteredApp implements App {
  readonly appId: string;
  readonly servicePrincipalId: string;
  readonly permissions: Set<string>;
  readonly directoryRoles: Set<string>;
  readonly secrets: Secret[];
  readonly certificates: X509Certificate[];
  readonly federatedCredentials: FederatedCredential[];
  consented = true;
  /** Tokens of an earlier generation are refused. */
  generation = 0;
  #registry: AppRegistry;

  constructor(options: AppOptions, ids: { appId: string; servicePrincipalId: string }, registry: AppRegistry) {
    this.appId = ids.appId;
    this.servicePrincipalId = ids.servicePrincipalId;
    this.permissions = new Set(options.permissions);
    this.directoryRoles = new Set(options.directoryRoles);
    this.secrets = (options.secrets ?? []).map(({ value, expiresAt }) => ({ value, expiresAt }));
    this.certificates = (options.certificates ?? []).map((pem) => new X509Certificate(pem));
    this.federatedCredentials = [...(options.federatedCredentials ?? [])];
    this.#registry = registry;
  }

  grant(...permissions: readonly string[]): void {
    for (const permission of permissions) this.permissions.add(permission);
  }

  revoke(...permissions: readonly string[]): void {
    for (const permission of permissions) this.permissions.delete(permission);
  }

  setDirectoryRoles(...roles: readonly string[]): void {
    this.directoryRoles.clear();
    for (const role of roles) this.directoryRoles.add(role);
  }

  addSecret(value: string, expiresAt?: number): void {
    this.secrets.push({ value, expiresAt });
  }

  removeSecret(value: string): void {
    const at = this.secrets.findIndex((secret) => secret.value === value);
    if (at >= 0) this.secrets.splice(at, 1);
  }

  addCertificate(pem: string): void {
    this.certificates.push(new X509Certificate(pem));
  }

  addFederatedCredential(credential: FederatedCredential): void {
    this.federatedCredentials.push(credential);
  }

  removeFederatedCredentials(): void {
    this.federatedCredentials.length = 0;
  }

  revokeTokens(): void {
    this.generation += 1;
  }

  remove(): void {
    this.#registry.remove(this.appId);
  }
}

/** The applications known in one tenant, by client id. */
export class AppRegistry {
  #apps = new Map<string, RegisteredApp>();
  #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  register(options: AppOptions): RegisteredApp {
    const appId = (options.appId ?? this.#random.uuid()).toLowerCase();
    const app = new RegisteredApp(options, { appId, servicePrincipalId: this.#random.uuid() }, this);
    this.#apps.set(appId, app);
    return app;
  }

  get(appId: string): RegisteredApp | undefined {
    return this.#apps.get(appId.toLowerCase());
  }

  remove(appId: string): void {
    this.#apps.delete(appId);
  }
}
