import type { StepResult } from '../core/status/steps.ts';
/** One provisioning event in the vocabulary of Entra's provisioning log. Object ids and names of attributes only (F2). */
export interface ProvisioningEvent {
  /** What it is about; a person unless it is said. */
  readonly subject?: 'Group';
  readonly at: number;
  readonly namespace: string;
  readonly configuration: string;
  readonly cycleId: string | undefined;
  readonly changeId: string;
  readonly action: 'create' | 'update' | 'delete' | 'disable' | 'restore' | 'stagedDelete' | 'other';
  readonly status: 'success' | 'failure' | 'skipped' | 'warning';
  readonly durationMs: number;
  readonly source: { readonly tenantId: string; readonly objectId: string };
  readonly target: { readonly tenantId: string; readonly objectId: string | undefined };
  readonly modifiedAttributes: readonly string[];
  readonly reason: string;
  readonly errorCode: string | undefined;
  readonly recommendedAction: string | undefined;
  readonly steps: readonly StepResult[];
  /** Field manager that approved the operation, for staged ones. */
  readonly approvedBy: string | undefined;
}

/** Access settings of one side of a pair that were written, or refused to be (B8): settings and their values, no names. */
export interface SettingsEvent {
  readonly at: number;
  readonly namespace: string;
  readonly pair: string;
  /** The tenant whose settings they are, and the one towards which. */
  readonly tenantId: string;
  readonly partnerTenantId: string;
  readonly status: 'success' | 'failure';
  readonly changes: readonly { readonly setting: string; readonly from: string; readonly to: string }[];
  readonly reason: string;
  /** Of a failure. */
  readonly errorCode: string | undefined;
  readonly recommendedAction: string | undefined;
}

/** Where provisioning events go beside the resources: one JSON line each, in the shape of provisioningObjectSummary. */
export interface ProvisioningLog {
  write(event: ProvisioningEvent): void;
  writeSettings(event: SettingsEvent): void;
}
