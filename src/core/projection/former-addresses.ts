import type { UserProjection } from '../../api/kinds.ts';
import { hasAccount } from './account.ts';
import type { DesiredContent } from './standing.ts';

/** An address that a person had before, and when the source was first seen to have another one. */
export type FormerAddress = NonNullable<DesiredContent['formerAddresses']>[number];

/** As many as a record keeps: the last ones. */
const most = 4;

/** The person's own addresses as a spec has them. What an expression made of them is none: a mistake there would be everybody's address. */
function ownAddresses({ source, invitedAddress, attributes }: DesiredContent): readonly string[] {
  const mail = invitedAddress !== undefined && attributes?.mail === invitedAddress ? invitedAddress : undefined;
  return [source.userPrincipalName, mail].filter((address) => address !== undefined);
}

/**
 * What a person who has no account yet was called before: whoever waits (for a seat, an approval, the end of a plan) may be renamed meanwhile, and
 * an account that was there under the former address would become a second one (I1). Nothing of it is kept once an account is linked.
 */
export function formerAddressesKept(
  record: Pick<UserProjection, 'spec' | 'status'>,
  desired: DesiredContent,
  now: string,
): Pick<DesiredContent, 'formerAddresses'> {
  if (hasAccount(record) || record.spec.lifecycle !== 'Present') return {};
  const taken = new Set([...ownAddresses(desired), desired.invitedAddress ?? ''].map((address) => address.toLowerCase()));
  const kept: FormerAddress[] = [];
  const given = ownAddresses(record.spec).map((address) => ({ address, until: now }));
  for (const former of [...given, ...(record.spec.formerAddresses ?? [])]) {
    const name = former.address.toLowerCase();
    if (taken.has(name)) continue;
    taken.add(name);
    kept.push(former);
  }
  return kept.length === 0 ? {} : { formerAddresses: kept.slice(0, most) };
}

/**
 * Every address at which an account of the person may be found: the invited one, those of the person, those of an invitation whose answer was lost, and those that
 * they had before.
 */
export function searchableAddresses({ spec, status }: Pick<UserProjection, 'spec' | 'status'>): readonly string[] {
  const { invitedAddress, source, attributes, formerAddresses = [] } = spec;
  const mail = typeof attributes?.mail === 'string' ? attributes.mail : undefined;
  const all = [invitedAddress, status.intent?.address, source.userPrincipalName, mail, ...formerAddresses.map(({ address }) => address)];
  return [...new Set(all.flatMap((address) => (address === undefined ? [] : [address.toLowerCase()])))];
}
