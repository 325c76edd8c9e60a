import type { DirectoryUser } from '../../../src/api/directory-user.ts';
import { apiVersion, type UserProjection } from '../../../src/api/kinds.ts';
import type { Condition } from '../../../src/api/meta.ts';
import { sealSpec, type UnsealedSpec } from '../../../src/core/projection/sealed-spec.ts';

export const sourceTenantId = '11111111-1111-4111-8111-111111111111';
export const sourceObjectId = '22222222-2222-4222-8222-222222222222';

/** A B2B user as the target shows it, invited as ana@contoso.com. */
export function guest(id: string, more: Partial<DirectoryUser> = {}): DirectoryUser {
  return {
    id,
    userPrincipalName: 'ana_contoso.com#EXT#@fabrikam.onmicrosoft.com',
    creationType: 'Invitation',
    externalUserState: 'Accepted',
    identities: [
      { signInType: 'federated', issuer: 'ExternalAzureAD' },
      { signInType: 'userPrincipalName', issuer: 'fabrikam.onmicrosoft.com' },
    ],
    attributes: {},
    ...more,
  };
}

/** A user of a tenant's own. */
export function internal(id: string, more: Partial<DirectoryUser> = {}): DirectoryUser {
  return {
    id,
    userPrincipalName: 'ana@fabrikam.com',
    userType: 'Member',
    creationType: null,
    externalUserState: null,
    identities: [{ signInType: 'userPrincipalName', issuer: 'fabrikam.onmicrosoft.com' }],
    attributes: {},
    ...more,
  };
}

export const targetTenantId = '33333333-3333-4333-8333-333333333333';

/** A spec as the operator may have written it, of somebody who is to be present. */
export function specWith(more: Partial<UnsealedSpec> = {}): UserProjection['spec'] {
  return sealSpec({
    syncConfigurationRef: { name: 'staff' },
    source: { tenantId: sourceTenantId, objectId: sourceObjectId },
    target: { tenantId: targetTenantId },
    mode: 'Apply',
    lifecycle: 'Present',
    invitedAddress: 'ana@contoso.com',
    attributes: {},
    ...more,
  });
}

/** A record, sealed, that has been handled and is linked to the account `account`. */
export function recordWith(
  given: {
    readonly spec?: Partial<UnsealedSpec>;
    readonly status?: Partial<UserProjection['status']>;
    readonly metadata?: Partial<UserProjection['metadata']>;
  } = {},
): UserProjection {
  return {
    apiVersion,
    kind: 'UserProjection',
    metadata: {
      name: `staff-${sourceObjectId}`,
      namespace: 'identity',
      uid: 'uid',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...given.metadata,
    },
    spec: specWith(given.spec),
    status: { observedGeneration: 1, state: 'Provisioned', targetUser: { objectId: 'account', origin: 'Created' }, ...given.status },
  };
}

/** A condition Ready with a reason. */
export function ready(reason: string, status: 'True' | 'False' | 'Unknown' = 'False'): { readonly conditions: Condition[] } {
  return { conditions: [{ type: 'Ready', status, reason, message: reason, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
}
