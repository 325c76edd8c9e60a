import type { SyncConfiguration } from '../../api/kinds.ts';

/** Whether the deletion of a configuration is to take its people out of the target; otherwise it deletes nobody (A10). A preview has none. */
export function asksForDeprovisioning({ spec }: SyncConfiguration): boolean {
  return spec.previewOf === undefined && spec.deprovisioning.onConfigurationDeletion === 'Deprovision';
}
