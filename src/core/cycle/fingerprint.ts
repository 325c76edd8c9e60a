import type { SyncConfigurationSpec } from '../../api/generated.ts';
import { hashOf } from '../hash.ts';
import { defaultMappingsVersion } from '../mapping/default-mappings.ts';

/** What one field adds to the fingerprint: named values, or nothing. */
type Part<T> = (value: T) => Readonly<Record<string, unknown>>;
/** A choice for every field, those of a later version included: a field that is forgotten does not compile. */
type Choices<T> = { readonly [K in keyof T]-?: Part<T[K]> };

const nothing = (): Readonly<Record<string, unknown>> => ({});

function each<T extends object>(choices: Choices<T>): Part<T> {
  const names = Object.keys(choices) as (keyof T)[];
  return (value) => Object.assign({}, ...names.map((name) => choices[name](value[name]))) as Readonly<Record<string, unknown>>;
}

/** Names and forms in here are hashed: a change of one is a full cycle of every configuration at the upgrade. */
const choices = {
  tenantPairRef: nothing,
  mode: (mode) => ({ mode }),
  // Immutable: another one comes with a status of its own.
  previewOf: nothing,
  suspend: nothing,
  interval: nothing,
  fullInterval: nothing,
  scope: (scope) => ({ scope }),
  defaultAttributeMappings: (wanted) => ({ defaults: wanted ? defaultMappingsVersion : 0 }),
  attributeMappings: (attributeMappings) => ({ attributeMappings: attributeMappings ?? [] }),
  matching: each<SyncConfigurationSpec['matching']>({
    // What a conflict is mended by must be tried at once.
    adoption: (adoption) => ({ adoption }),
    anchor: (anchor) => ({ anchor: anchor?.attribute }),
  }),
  targetActions: (actions) => ({ targetActions: [...actions].sort() }),
  invitation: each<SyncConfigurationSpec['invitation']>({
    address: (address) => ({ address }),
    addressExpression: (addressExpression) => ({ addressExpression }),
    sendInvitationMessage: nothing,
    redirectUrl: nothing,
  }),
  memberStrategy: (memberStrategy) => (memberStrategy === 'InviteAsMember' ? {} : { memberStrategy }),
  // Looked at when an account is.
  memberConversionDelay: nothing,
  // What leaving means is decided when somebody leaves.
  deprovisioning: nothing,
  restore: each({ reconcileProxies: (reconcileProxies) => ({ reconcileProxies }) }),
  quarantine: nothing,
  drift: nothing,
  // Nobody is evaluated by it; but whoever changes it does not wait for the next interval.
  groups: (groups) => (groups === undefined ? {} : { groups }),
} satisfies Choices<SyncConfigurationSpec>;

/** Hash of everything the evaluation of people depends on: when it changes, everybody is evaluated anew (E3). */
export function evaluationRevision(spec: SyncConfigurationSpec): string {
  return hashOf(each<SyncConfigurationSpec>(choices)(spec));
}
