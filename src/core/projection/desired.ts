import type { SyncConfigurationSpec, UserProjectionSpec } from '../../api/generated.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { hashOf } from '../hash.ts';
import type { Mappings } from '../mapping/compile.ts';

/** The identity of the pair a configuration works on. */
export interface PairIdentity {
  readonly sourceTenantId: string;
  readonly targetTenantId: string;
}

export type UnsealedSpec = Omit<UserProjectionSpec, 'revision'>;

/** The hash that covers a whole projection spec, so that a change by anybody else is noticed. */
export function projectionRevision(spec: UnsealedSpec): string {
  return hashOf({ ...spec, revision: undefined });
}

/** The spec with its revision. */
export function sealSpec(spec: UnsealedSpec): UserProjectionSpec {
  return { ...spec, revision: projectionRevision(spec) };
}

/** The spec without what somebody else may have put into it: who it is about is immutable, what should be there is evaluated anew. */
export function trustedSpec(spec: UserProjectionSpec): UnsealedSpec {
  const { revision, ...whole } = spec;
  if (projectionRevision(whole) === revision) return whole;
  const { syncConfigurationRef, source, target, mode, lifecycle } = spec;
  return { syncConfigurationRef, source, target, mode, lifecycle };
}

/** Whether the spec is as the operator wrote it. */
export function isUntampered(spec: UserProjectionSpec): boolean {
  return projectionRevision(spec) === spec.revision;
}

/** The address that is invited for a user (D6); undefined when the user has none. */
export function invitedAddress(invitation: SyncConfigurationSpec['invitation'], user: DirectoryUser): string | undefined {
  const address = invitation.address === 'Mail' ? user.mail : user.userPrincipalName;
  return address === null || address === '' ? undefined : address;
}

/** The projection spec of a user who is to be present. */
export function presentSpec(input: {
  readonly configuration: { readonly name: string; readonly spec: SyncConfigurationSpec };
  readonly pair: PairIdentity;
  readonly user: DirectoryUser;
  readonly mappings: Mappings;
}): UnsealedSpec {
  const { configuration, pair, user, mappings } = input;
  const mapped = mappings.evaluate(user);
  const address = invitedAddress(configuration.spec.invitation, user);
  return {
    syncConfigurationRef: { name: configuration.name },
    source: {
      tenantId: pair.sourceTenantId,
      objectId: user.id,
      ...(typeof user.userPrincipalName === 'string' ? { userPrincipalName: user.userPrincipalName } : {}),
    },
    target: { tenantId: pair.targetTenantId },
    mode: configuration.spec.mode,
    lifecycle: 'Present',
    ...(address === undefined ? {} : { invitedAddress: address }),
    ...(user.accountEnabled === false ? { sourceDisabled: true } : {}),
    attributes: mapped.attributes,
    ...(Object.keys(mappings.otherAuthorities).length > 0 ? { authorities: hashOf(mappings.otherAuthorities) } : {}),
    ...(mapped.clear.length > 0 ? { clear: mapped.clear } : {}),
    ...(Object.keys(mapped.onCreate).length > 0 ? { onCreate: mapped.onCreate } : {}),
    ...(mapped.managerSourceId === undefined ? {} : { manager: { sourceObjectId: mapped.managerSourceId } }),
  };
}
