import type { DirectoryUser } from '../../api/directory-user.ts';

/**
 * Whose account it is: of the tenant it is in (Internal), or of another one (External). Ambiguous when the evidence contradicts
 * itself, as it does for accounts that were converted; nothing is ever written on ambiguous evidence (B7).
 */
export type IdentityKind = 'Internal' | 'External' | 'Ambiguous';

/** Properties to read of every user and account: who it is, and whose. */
export const identityProperties = [
  'id',
  'userPrincipalName',
  'mail',
  'accountEnabled',
  'userType',
  'creationType',
  'externalUserState',
  'identities',
] as const;

/** True when a sign-in identity of the account belongs to another directory or provider. */
function hasExternalIdentity(user: DirectoryUser): boolean {
  return (user.identities ?? []).some(
    (identity) => identity.signInType === 'federated' && externalIssuers.has((identity.issuer ?? '').toLowerCase()),
  );
}

const externalIssuers = new Set(['externalazuread', 'microsoftaccount', 'mail', 'google.com', 'facebook.com']);

/** Judges from UPN, creationType, externalUserState and identities together. */
export function identityKind(user: DirectoryUser): IdentityKind {
  const externalName = (user.userPrincipalName ?? '').toUpperCase().includes('#EXT#');
  const invited = user.creationType === 'Invitation';
  const invitationState = (user.externalUserState ?? '') !== '';
  const externalIdentity = hasExternalIdentity(user);
  if (!externalName && !invited && !invitationState && !externalIdentity) return 'Internal';
  if (externalName && (invited || invitationState)) return 'External';
  return 'Ambiguous';
}

/** The identity provider of an external account; undefined while its invitation has not been redeemed. */
export function identityProvider(user: DirectoryUser): string | undefined {
  return (user.identities ?? []).find((identity) => identity.signInType === 'federated')?.issuer ?? undefined;
}
