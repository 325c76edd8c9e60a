import type { AttributeValue } from './attributes.ts';

export interface DirectoryIdentity {
  readonly signInType?: string | null;
  readonly issuer?: string | null;
  readonly issuerAssignedId?: string | null;
}

/** A user as read from a directory, in Graph's names. A property that was not selected is absent; one without a value is null. */
export interface DirectoryUser {
  readonly id: string;
  readonly userPrincipalName?: string | null;
  readonly mail?: string | null;
  readonly accountEnabled?: boolean | null;
  readonly userType?: string | null;
  readonly creationType?: string | null;
  readonly externalUserState?: string | null;
  readonly identities?: readonly DirectoryIdentity[] | null;
  readonly otherMails?: readonly string[] | null;
  readonly proxyAddresses?: readonly string[] | null;
  readonly deletedDateTime?: string | null;
  /** Every selected property by its Graph name, extension attributes flattened as `extensionAttribute1` ... `extensionAttribute15`. */
  readonly attributes: Readonly<Record<string, AttributeValue | null>>;
  /** Object id of the manager; null: has none; undefined: was not read. */
  readonly managerId?: string | null;
}

/** Changes of one user: a value to set, or null to clear it. Names are Graph's; collections are replaced as a whole. */
export type UserPatch = Readonly<Record<string, AttributeValue | null>>;
