import type { SyncConfiguration } from '../../api/kinds.ts';

/** Whether the deletion of a configuration is to take its people out of the target; otherwise it deletes nobody (A10). */
export function asksForDeprovisioning({ spec }: SyncConfiguration): boolean {
  return spec.deprovisioning.onConfigurationDeletion === 'Deprovision';
}
