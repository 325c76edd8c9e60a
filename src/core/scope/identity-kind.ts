import type { DirectoryUser } from '../../api/directory-user.ts';

/**
 * Whose account it is: of the tenant it is in (Internal), or of another one (External). Ambiguous when the evidence contradicts
 * itself, as it does for accounts that were converted; nothing is ever written on ambiguous evidence (B7). Evidence that is missing
 * contradicts nothing: an account made by sharing a file has neither an invitation nor a state of one.
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

/** How accounts of other tenants come to be; null says nothing. Source: Graph's user resource, property creationType. */
const externalCreations = new Set(['invitation', 'selfservicesignup']);
/** Accounts of the tenant's own: signed up with a verified address of it, or local to it. */
const internalCreations = new Set(['emailverified', 'localaccount']);

/** Judges from UPN, creationType, externalUserState, identities and, where these leave it open, userType. */
export function identityKind(user: DirectoryUser): IdentityKind {
  const creation = (user.creationType ?? '').toLowerCase();
  const externalName = (user.userPrincipalName ?? '').toUpperCase().includes('#EXT#');
  const external = externalCreations.has(creation) || (user.externalUserState ?? '') !== '' || hasExternalIdentity(user);
  if (!externalName) return external ? 'Ambiguous' : 'Internal';
  if (internalCreations.has(creation) || isConverted(user)) return 'Ambiguous';
  return external || user.userType?.toLowerCase() === 'guest' ? 'External' : 'Ambiguous';
}

/** Names of what speaks for internal or external, for an explanation: values are not repeated. */
export function identityEvidence(user: DirectoryUser): readonly string[] {
  const creation = (user.creationType ?? '').toLowerCase();
  const external = (user.userPrincipalName ?? '').toUpperCase().includes('#EXT#');
  return [
    `userPrincipalName ${external ? 'with' : 'without'} #EXT#`,
    ...(externalCreations.has(creation) ? ['creationType of an external user'] : []),
    ...(internalCreations.has(creation) ? ['creationType of an internal user'] : []),
    ...((user.externalUserState ?? '') === '' ? [] : ['externalUserState']),
    ...(hasExternalIdentity(user) ? ['an identity of another directory'] : []),
    ...(external ? ['userType'] : []),
  ];
}

/**
 * A member that keeps an external name but has neither an external identity nor the state of an invitation: what a conversion leaves
 * behind.
 */
function isConverted(user: DirectoryUser): boolean {
  const member = user.userType?.toLowerCase() === 'member';
  return member && Array.isArray(user.identities) && !hasExternalIdentity(user) && (user.externalUserState ?? '') === '';
}

/** The identity provider of an external account; undefined while its invitation has not been redeemed. */
export function identityProvider(user: DirectoryUser): string | undefined {
  return (user.identities ?? []).find((identity) => identity.signInType === 'federated')?.issuer ?? undefined;
}
