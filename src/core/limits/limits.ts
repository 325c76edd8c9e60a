import type { TenantPairSpec, UserProjectionSpec, UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';

/** The bounds that the target's side sets above all configurations of a pair (B11). */
export type Limits = NonNullable<TenantPairSpec['limits']>;
/** The name of one of them, as its field is called. */
export type Limit = NonNullable<UserProjectionStatus['limitedBy']>;
export type UserType = NonNullable<Limits['userTypes']>[number];

/**
 * Whether a user of the target is never to be touched: named by object id or, in any case, by user principal name. A deleted user has the
 * object id without dashes in front of that name: whoever restores it would touch it.
 */
export function isExcluded(
  limits: Limits | undefined,
  { id, userPrincipalName }: { readonly id: string; readonly userPrincipalName?: string | null },
): boolean {
  const name = userPrincipalName?.toLowerCase();
  const mark = id.replaceAll('-', '').toLowerCase();
  const names = [id.toLowerCase(), name, name?.startsWith(mark) === true ? name.slice(mark.length) : name];
  return limits?.excludedTargetUsers?.some((excluded) => names.includes(excluded.toLowerCase())) === true;
}

/** Whether an account may be created with this user type, or changed to it. */
export function allowsUserType(limits: Limits | undefined, userType: string): boolean {
  return limits?.userTypes?.some((allowed) => allowed === userType) ?? true;
}

/** The user type that the account of a person is created with. */
export function createdUserType({ onCreate, attributes }: Pick<UserProjectionSpec, 'onCreate' | 'attributes'>): UserType {
  return (onCreate?.userType ?? attributes?.userType) === 'Guest' ? 'Guest' : 'Member';
}

const texts: Readonly<Record<Limit, string>> = {
  maxUsers: 'The pair has as many accounts as limits.maxUsers of the TenantPair allows: one is created when another one goes.',
  userTypes: 'limits.userTypes of the TenantPair does not name the user type that the account would have.',
  allowDelete: 'limits.allowDelete of the TenantPair is false: the account is let go as it is.',
  excludedTargetUsers: 'limits.excludedTargetUsers of the TenantPair names the account: it is never touched.',
};

/** What a limit means for one person. */
export function limitMessage(limit: Limit): string {
  return texts[limit];
}

/** The warning of a pair that has more accounts than it may: they were there before the limit, and nobody is deleted by one. */
export function excessWarnings(limits: Limits | undefined, live: number): readonly { readonly reason: Reason; readonly message: string }[] {
  if (limits?.maxUsers === undefined || live <= limits.maxUsers) return [];
  const message = `limits.maxUsers is ${limits.maxUsers}, and the pair has ${live} live account(s). Nobody is deleted because of that; nobody is created before ${live - limits.maxUsers + 1} of them have gone.`;
  return [{ reason: 'LimitReached', message }];
}
