import type { SyncConfiguration } from '../../api/kinds.ts';
import { hashOf } from '../../core/hash.ts';
import { defaultMappingsVersion } from '../../core/mapping/default-mappings.ts';

/** Hash of everything the evaluation of users depends on: when it changes, everybody is evaluated anew (E3). */
export function evaluationRevision(configuration: SyncConfiguration): string {
  const { scope, attributeMappings, defaultAttributeMappings, mode, invitation, matching, restore, targetActions } = configuration.spec;
  return hashOf({
    scope,
    attributeMappings: attributeMappings ?? [],
    defaults: defaultAttributeMappings ? defaultMappingsVersion : 0,
    mode,
    targetActions: [...targetActions].sort(),
    address: invitation.address,
    addressExpression: invitation.addressExpression,
    anchor: matching.anchor?.attribute,
    // What a conflict is mended by must be tried at once.
    adoption: matching.adoption,
    reconcileProxies: restore.reconcileProxies,
  });
}
