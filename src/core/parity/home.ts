import { domainOf } from '../matching/domain.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';

/** The domain in the name of an external account, `user_contoso.com#EXT#@…`, without a number behind it; undefined for other names. */
function domainInName(userPrincipalName: string): string | undefined {
  const [home, ...rest] = userPrincipalName.split(/#EXT#/i);
  if (home === undefined || rest.length === 0 || !home.includes('_')) return undefined;
  return home.slice(home.lastIndexOf('_') + 1).toLowerCase();
}

/**
 * Whether an account of the target is that of somebody from these domains (lower case): an external one, by its name or its address. Which tenant
 * a person signs in to is in no property that may be read.
 */
export function isFrom(domains: ReadonlySet<string>, { userPrincipalName, attributes }: DirectoryUser): boolean {
  const inName = domainInName(userPrincipalName ?? '');
  if (inName === undefined) return false;
  const mail = attributes.mail;
  return domains.has(inName) || domains.has(inName.replace(/\d+$/, '')) || (typeof mail === 'string' && domains.has(domainOf(mail)));
}
