import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { CallOptions, CandidateQuery, DirectoryUser } from '../../ports/directory.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost } from '../quota/costs.ts';
import { idOf, wholeUser } from './evidence.ts';
import { allItems } from './lists.ts';
import { anyOf, literal, query } from './odata.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Graph allows 15 expressions joined by `or`. */
const maxExpressions = 15;

/**
 * Where to search: among live users, or among soft-deleted ones (whose path needs the cast). `initialDomain` is the tenant's `*.onmicrosoft.com`
 * domain, from which the names of invited users are built; deleted users are not looked for by name, since deletion changes it.
 */
export type CandidatePlace =
  { readonly among: 'live'; readonly initialDomain: () => Promise<string | undefined> } | { readonly among: 'deleted' };

/** Accounts that may be a person's, each once: by the anchor, and by the addresses; with the properties of `select`. */
export async function findCandidates(
  client: GraphClient,
  place: CandidatePlace,
  { select, ...search }: CandidateQuery & { readonly select: readonly string[] },
  options: CallOptions,
): Promise<readonly DirectoryUser[]> {
  const found = new Map<string, DirectoryUser>();
  const run = async (filter: string, advanced: boolean): Promise<void> => {
    const base = place.among === 'live' ? '/users' : '/directory/deletedItems/microsoft.graph.user';
    const path = `${base}${query({ $filter: filter, $select: selectList(select), $count: advanced ? 'true' : undefined })}`;
    const operation = place.among === 'live' ? 'users.find' : 'deletedUsers.find';
    const cost = readCost(place.among === 'live' ? 'users' : 'other', { select: true });
    const items = await allItems(client, { operation, kind: 'read', method: 'GET', target: { path }, cost, advanced }, options);
    for (const item of items) found.set(idOf(item), directoryUser(wholeUser(item, select), idOf(item), select, false));
  };

  if (search.anchor !== undefined) await byAnchor(search.anchor, run);
  const addresses = unique(search.addresses);
  const domain = place.among === 'live' && addresses.length > 0 ? await place.initialDomain() : undefined;
  for (const filter of addressFilters(addresses, domain)) await run(filter, false);
  return [...found.values()];
}

/**
 * Searches for values that begin with the anchor's. The fifteen extension attributes are filtered through the index only, which needs the advanced
 * form; directory extensions (`extension_<application>_<name>`) are not. A service that cannot compare beginnings there is asked for the exact value:
 * that misses accounts with something appended, but finds the others.
 */
async function byAnchor(
  anchor: NonNullable<CandidateQuery['anchor']>,
  run: (filter: string, advanced: boolean) => Promise<void>,
): Promise<void> {
  const advanced = /^extensionAttribute\d+$/.test(anchor.attribute);
  const property = advanced ? `onPremisesExtensionAttributes/${anchor.attribute}` : anchor.attribute;
  try {
    await run(`startsWith(${property},${literal(anchor.value)})`, advanced);
  } catch (error) {
    if (directoryFailure(error, 'InvalidRequest')?.code !== 'Request_UnsupportedQuery') throw error;
    await run(anyOf(anchor.whole.map((value) => `${property} eq ${literal(value)}`)), advanced);
  }
}

/** Filters that together look for all addresses, each within Graph's limit of expressions. */
function addressFilters(addresses: readonly string[], initialDomain: string | undefined): readonly string[] {
  const filters: string[] = [];
  let current: string[] = [];
  for (const address of addresses) {
    const expressions = addressExpressions(address, initialDomain);
    if (current.length + expressions.length > maxExpressions) {
      filters.push(anyOf(current));
      current = [];
    }
    current.push(...expressions);
  }
  return current.length === 0 ? filters : [...filters, anyOf(current)];
}

function addressExpressions(address: string, initialDomain: string | undefined): readonly string[] {
  return [
    `mail eq ${literal(address)}`,
    `otherMails/any(x:x eq ${literal(address)})`,
    // The primary address has the prefix in capitals; filters compare it as it is.
    `proxyAddresses/any(x:x eq ${literal(`SMTP:${address}`)})`,
    `proxyAddresses/any(x:x eq ${literal(`smtp:${address}`)})`,
    ...(initialDomain === undefined ? [] : [`userPrincipalName eq ${literal(externalName(address, initialDomain))}`]),
  ];
}

/** The name that the tenant gives to an invited address: `user@contoso.com` becomes `user_contoso.com#EXT#@<initial domain>`. */
export function externalName(address: string, initialDomain: string): string {
  return `${address.replaceAll('@', '_')}#EXT#@${initialDomain}`;
}

/** Addresses without duplicates; the first spelling stays. */
function unique(addresses: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) if (address !== '' && !seen.has(address.toLowerCase())) seen.set(address.toLowerCase(), address);
  return [...seen.values()];
}
