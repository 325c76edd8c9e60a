import type { DirectoryUser } from '../../api/directory-user.ts';

const isText = (value: string | null | undefined): value is string => typeof value === 'string' && value !== '';

/** The address in the name of an external account: `user_contoso.com#EXT#@…` is user@contoso.com, for no domain has an underscore. */
function invitedName(userPrincipalName: string): string {
  const [home = ''] = userPrincipalName.split(/#EXT#/i);
  const at = home.lastIndexOf('_');
  return at < 0 || home.length === userPrincipalName.length ? userPrincipalName : `${home.slice(0, at)}@${home.slice(at + 1)}`;
}

/** Every address by which an account may be known, in lower case: what a search for the account of a person would find it by. */
export function addressesOf({ userPrincipalName, mail, otherMails, proxyAddresses }: DirectoryUser): readonly string[] {
  const proxies = (proxyAddresses ?? []).map((address) => address.replace(/^smtp:/i, ''));
  const name = isText(userPrincipalName) ? invitedName(userPrincipalName) : undefined;
  return [...new Set([name, mail, ...(otherMails ?? []), ...proxies].filter(isText).map((address) => address.toLowerCase()))];
}
