import type { JsonObject } from '../types.ts';

/** What the engine remembers of a person. */
export interface Link {
  readonly targetId: string;
  /** Version of the source user at the last write: only a change of the person brings the next one. */
  sourceVersion: number;
  /** The engine has deleted the account itself, at this time. */
  deletedAt: number | null;
  /** Sign-in was blocked in an earlier cycle: who leaves then is not deleted. */
  blocked: boolean;
}

/** One run of a job. Times in epoch milliseconds. */
export interface Execution {
  readonly began: number;
  readonly ended: number;
  readonly exported: number;
  readonly entitled: number;
}

/** One line of the provisioning log: something that the engine did to an account. */
export interface LogLine {
  readonly id: string;
  readonly at: number;
  readonly action: 'create' | 'update' | 'delete';
  readonly sourceId: string;
  readonly targetId: string;
  readonly changes: readonly { readonly name: string; readonly from: string | null; readonly to: string | null }[];
}

/** A synchronization job on a service principal of the source tenant. */
export interface SyncJobState {
  readonly id: string;
  readonly templateId: string;
  readonly servicePrincipalId: string;
  readonly targetTenantId: string;
  readonly schema: JsonObject;
  /** Settings that stand among the secrets, by key. */
  readonly secrets: Record<string, string>;
  readonly links: Map<string, Link>;
  state: 'Active' | 'Disabled' | 'Paused';
  quarantine: { readonly reason: string; readonly since: number } | undefined;
  readonly log: LogLine[];
  executions: number;
  lastExecution: Execution | undefined;
  /** Raised by each start, so that a cycle that was due before a pause does not run after it. */
  generation: number;
}

/** How often a job runs: Entra's fixed interval. */
export const jobIntervalMs = 40 * 60_000;
