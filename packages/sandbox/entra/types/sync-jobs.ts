import type { JsonObject } from './json.ts';

/** A cross-tenant synchronization job of Entra itself, to be made in the source tenant. */
export interface NewSyncJob {
  readonly targetTenantId: string;
  /** Name of its enterprise application. */
  readonly displayName?: string;
  /** Object id of the enterprise application's service principal. */
  readonly servicePrincipalId?: string;
  /** Everybody, or who is assigned to the application: users, and direct members of groups. Default: the assigned. */
  readonly syncAll?: boolean;
  /** Rows of the user mapping, in place of the default ones of the same target. */
  readonly rows?: readonly JsonObject[];
  /** `scope` of the user mapping; default: internal people. */
  readonly scope?: JsonObject | null;
  /** So many deletions in one cycle are held back. Default: no limit. */
  readonly deletionThreshold?: number;
  /** Default: Azure2Azure, cross-tenant synchronization. */
  readonly templateId?: string;
}

/** A job as its admin sees it in the portal. It is made stopped. */
export interface SyncJob {
  readonly id: string;
  readonly servicePrincipalId: string;
  readonly state: 'Active' | 'Disabled' | 'Paused';
  /** Ids of live target accounts by source user: whom the engine believes to keep there. */
  readonly links: ReadonlyMap<string, string>;
  /** Cycles that have run. */
  readonly cycles: number;
  /** Starts it; the first cycle runs at once. */
  start(): void;
  /** Stops it: nobody is deleted. */
  pause(): void;
}
