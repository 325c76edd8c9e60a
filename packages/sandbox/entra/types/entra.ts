import type { Clock, Random } from '../../../../src/ports/clock.ts';
import type { HttpFetch } from '../../../../src/ports/http.ts';
import type { EntraSettings, SettingsOverride } from '../settings.ts';
import type { Faults } from './faults.ts';
import type { RequestHook } from './requests.ts';
import type { Tenant, TenantOptions } from './tenant.ts';

/** Host names of one cloud, without scheme. Tenants of different clouds do not see each other except through B2B. */
export interface CloudHosts {
  readonly authorityHost: string;
  readonly graphHost: string;
  /** Audience of federated credentials. */
  readonly federationAudience: string;
  /** Its name in allowedCloudEndpoints. */
  readonly endpoint: string;
}

export interface EntraOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Further clouds, or other hosts for built-in ones (Global, USGov, USGovDoD, China). */
  readonly clouds?: Readonly<Record<string, CloudHosts>>;
  readonly settings?: SettingsOverride;
}

/** Any number of simulated tenants behind one transport. */
export interface Entra {
  /** The in-process transport. Rejects with TypeError for unknown hosts and for dropped requests, with the signal's reason when aborted. */
  readonly fetch: HttpFetch;
  readonly faults: Faults;
  /** Defaults of tenants added from now on. */
  readonly settings: EntraSettings;
  addTenant(options: TenantOptions): Tenant;
  tenant(tenantId: string): Tenant;
  tenants(): readonly Tenant[];
  /** Observes each request around its effect; a throw (or a promise that never settles) cuts the request off there. Returns a function that ends it. */
  intercept(hook: RequestHook): () => void;
  /** Makes a further host (host:port) answer as authority and Graph of all clouds at once; used by the HTTPS server. */
  serveAlso(host: string): void;
  /** Server time, epoch milliseconds; follows the clock's monotonic scale. */
  now(): number;
}
