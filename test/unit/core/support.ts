import type { DirectoryUser } from '../../../src/api/directory-user.ts';

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
