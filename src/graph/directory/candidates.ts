import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { CallOptions, CandidateQuery, DirectoryUser, FoundAccounts } from '../../ports/directory.ts';
import type { GraphCall } from '../http/call.ts';
import type { GraphClient } from '../http/client.ts';
import { type Cost, readCost } from '../quota/costs.ts';
import { type BatchPart, batchSize, sendBatch, worstOf } from './batch.ts';
import { idOf, wholeUser } from './evidence.ts';
import { collection, type Json } from './json.ts';
import { allItems } from './lists.ts';
import { anyOf, literal, query } from './odata.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Graph allows 15 expressions joined by `or`. */
const maxExpressions = 15;

type Place = 'live' | 'deleted' | 'contacts';

/** One question of a search. */
interface Question {
  readonly among: Place;
  readonly filter: string;
  readonly advanced: boolean;
  /** Asked instead where the service cannot compare beginnings. */
  readonly instead?: string;
}

/**
 * Accounts that may be a person's, by the anchor and by the addresses, with the properties of `select`: all questions in one batch.
 * `initialDomain` is the tenant's `*.onmicrosoft.com` domain, from which the names of invited users are built; deleted users are not looked for by
 * name, since deletion changes it.
 */
export async function findCandidates(
  client: GraphClient,
  { select, ...search }: CandidateQuery & { readonly select: readonly string[]; readonly initialDomain: () => Promise<string | undefined> },
  options: CallOptions,
): Promise<FoundAccounts> {
  const addresses = unique(search.addresses);
  const domain = addresses.length > 0 ? await search.initialDomain() : undefined;
  const questions = [
    ...(search.anchor === undefined ? [] : [anchorQuestion('live', search.anchor), anchorQuestion('deleted', search.anchor)]),
    ...addressFilters(addresses, domain).map((filter): Question => ({ among: 'live', filter, advanced: false })),
    ...addressFilters(addresses, undefined).map((filter): Question => ({ among: 'deleted', filter, advanced: false })),
    ...(search.contactAddress === undefined ? [] : [contactQuestion(search.contactAddress)]),
  ];
  const found = { live: new Map<string, DirectoryUser>(), deleted: new Map<string, DirectoryUser>() };
  let contactId: string | undefined;
  const take = (among: Place, items: readonly Json[]): void => {
    if (among === 'contacts') contactId ??= items.map(idOf)[0];
    else for (const item of items) found[among].set(idOf(item), directoryUser(wholeUser(item, select), idOf(item), select, false));
  };
  for (let from = 0; from < questions.length; from += batchSize) {
    const some = questions.slice(from, from + batchSize);
    const answers = await sendBatch(
      client,
      'users.find',
      some.map((question) => partOf(question, select)),
      options,
    );
    const unsupported = some.filter((question, index) => question.instead !== undefined && isUnsupported(answers[index]));
    const failure = worstOf(answers.filter((answer, index) => !isUnsupported(answer) && !isContactRefused(some[index], answer)));
    if (failure !== undefined) throw failure;
    for (const [index, question] of some.entries()) {
      const answer = answers[index];
      if (answer === undefined || !('object' in answer)) continue;
      const { items, next } = answer.object;
      take(question.among, items);
      if (next !== undefined && question.among !== 'contacts')
        take(question.among, await allItems(client, callOf(question, { link: next }), options));
    }
    for (const { instead = '', ...question } of unsupported) {
      const path = pathOf({ ...question, filter: instead }, select);
      take(question.among, await allItems(client, callOf(question, { path }), options));
    }
  }
  return {
    live: [...found.live.values()],
    deleted: [...found.deleted.values()],
    ...(contactId === undefined ? {} : { contactId }),
  };
}

/** A mail contact that holds an address; see {@link TargetDirectory.findContact}. */
export async function findContact(client: GraphClient, address: string, options: CallOptions): Promise<string | undefined> {
  const question = contactQuestion(address);
  try {
    const answer = await client.send(callOf(question, { path: pathOf(question, []) }), options);
    return collection(answer.body).items.map(idOf)[0];
  } catch (error) {
    if (directoryFailure(error, 'Forbidden') === undefined) throw error;
    return undefined;
  }
}

/** Contacts are not what the search is for: an application that may not read them goes without. */
const isContactRefused = (question: Question | undefined, answer: unknown): boolean =>
  question?.among === 'contacts' && directoryFailure(answer, 'Forbidden') !== undefined;

function contactQuestion(address: string): Question {
  const filter = anyOf([
    `mail eq ${literal(address)}`,
    `proxyAddresses/any(x:x eq ${literal(`SMTP:${address}`)})`,
    `proxyAddresses/any(x:x eq ${literal(`smtp:${address}`)})`,
  ]);
  return { among: 'contacts', filter, advanced: false };
}

const paths: Readonly<Record<Place, string>> = {
  live: '/users',
  deleted: '/directory/deletedItems/microsoft.graph.user',
  contacts: '/contacts',
};

const isUnsupported = (answer: unknown): boolean => directoryFailure(answer, 'InvalidRequest')?.code === 'Request_UnsupportedQuery';

function pathOf({ among, filter, advanced }: Question, select: readonly string[]): string {
  const $select = among === 'contacts' ? 'id' : selectList(select);
  return `${paths[among]}${query({ $filter: filter, $select, $count: advanced ? 'true' : undefined })}`;
}

const costOf = ({ among }: Question): Cost => readCost(among === 'live' ? 'users' : 'other', { select: true });

const partOf = (question: Question, select: readonly string[]): BatchPart<ReturnType<typeof collection>> => ({
  path: pathOf(question, select),
  cost: costOf(question),
  advanced: question.advanced,
  parse: collection,
});

function callOf(question: Question, target: GraphCall['target']): GraphCall {
  return { operation: 'users.find', kind: 'read', method: 'GET', target, cost: costOf(question), advanced: question.advanced };
}

/**
 * Asks for values that begin with the anchor's. The fifteen extension attributes are filtered through the index only, which needs the advanced
 * form; directory extensions (`extension_<application>_<name>`) are not. A service that cannot compare beginnings there is asked for the exact value:
 * that misses accounts with something appended, but finds the others.
 */
function anchorQuestion(among: Place, anchor: NonNullable<CandidateQuery['anchor']>): Question {
  const advanced = /^extensionAttribute\d+$/.test(anchor.attribute);
  const property = advanced ? `onPremisesExtensionAttributes/${anchor.attribute}` : anchor.attribute;
  return {
    among,
    advanced,
    filter: `startsWith(${property},${literal(anchor.value)})`,
    instead: anyOf(anchor.whole.map((value) => `${property} eq ${literal(value)}`)),
  };
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
