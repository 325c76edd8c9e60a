/** One provisioning event in the vocabulary of Entra's provisioning log. Object ids and names of attributes only (F2). */
export interface ProvisioningEvent {
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
  readonly steps: readonly string[];
  /** Field manager that approved the operation, for staged ones. */
  readonly approvedBy: string | undefined;
}

/** Where provisioning events go beside the resources: one JSON line each, in the shape of provisioningObjectSummary. */
export interface ProvisioningLog {
  write(event: ProvisioningEvent): void;
}
