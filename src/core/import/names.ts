import { didYouMean, suggest } from '../expression/suggest.ts';
import { directoryNames, sourceAttributeNames, sourceRefusal } from '../mapping/source-attributes.ts';
import { targetAttribute, targetAttributeNames } from '../mapping/target-attributes.ts';
import { quoted, type Trouble } from './problem.ts';

/** An attribute in Graph's spelling, or why it is none. */
export type Named = { readonly name: string } | Trouble;

/** What only Entra's engine has, and why a mapping cannot read it. */
const engineOnly: ReadonlyMap<string, string> = new Map([
  ['issoftdeleted', "it is a state of Entra's engine; here deprovisioning follows from scope"],
  ['alternativesecurityids', 'Microsoft Graph does not let it be read; matching is built in'],
  ['netid', 'Microsoft Graph does not let it be read; matching is built in'],
  ['c', 'it can be the name of a country or its code; name country or usageLocation'],
  ['passwordprofile.password', 'passwords cannot be read'],
]);

const directoryExtension = /^extension_/i;

/** Built-in names count without case, as exports have several spellings of them. */
const graphNames: ReadonlyMap<string, string> = new Map([
  ...[...sourceAttributeNames, ...targetAttributeNames, 'manager'].map((name) => [name.toLowerCase(), name] as const),
  ...Object.entries(directoryNames).map(([entra, graph]) => [entra.toLowerCase(), graph] as const),
]);

/** The name that Graph has for an attribute of Entra's mappings; directory extensions count with case, and are the same. */
function graphNameOf(name: string): string {
  return directoryExtension.test(name) ? name : (graphNames.get(name.toLowerCase()) ?? name);
}

const exported = [...sourceAttributeNames, ...Object.keys(directoryNames)];

/** As long as the name of an attribute may be in a manifest. */
const longestName = 128;

const tooLong = (entra: string): Trouble => ({
  what: `the name ${quoted(entra)} has more than ${longestName} characters`,
  wayOut: 'map an attribute with a shorter name',
});

/** A source attribute by the name that the export has for it. */
export function sourceNamed(entra: string): Named {
  if (entra.length > longestName) return tooLong(entra);
  const engine = engineOnly.get(entra.toLowerCase());
  if (engine !== undefined)
    return { what: `the source attribute ${quoted(entra)} cannot be read: ${engine}`, wayOut: 'map another attribute' };
  const name = graphNameOf(entra);
  if (name === 'manager') return { name };
  const refusal = sourceRefusal(name);
  if (refusal === undefined) return { name };
  const known = name === entra ? didYouMean(suggest(entra, exported)) : '';
  const why = refusal.startsWith('there is no source attribute') ? `there is no source attribute ${quoted(entra)}${known}` : refusal;
  return {
    what: why.includes(quoted(entra)) ? why : `the source attribute ${quoted(entra)}: ${why}`,
    wayOut: 'map an attribute that Microsoft Graph has',
  };
}

/** A target attribute by the name that the export has for it. */
export function targetNamed(entra: string): Named {
  if (entra.length > longestName) return tooLong(entra);
  const name = graphNameOf(entra);
  if (name === 'manager') return { name };
  const rules = targetAttribute(name);
  if (!('refusal' in rules)) return { name };
  const also = name === entra ? '' : ` (${name} here)`;
  return { what: `the target ${quoted(entra)}${also} cannot be synchronized: ${rules.refusal}`, wayOut: 'remove the mapping' };
}

/** What is to be said about an attribute whose meaning is not quite the same. */
export function differenceOf(entra: string): string | undefined {
  return entra.toLowerCase() === 'originaluserprincipalname'
    ? 'originalUserPrincipalName differs from userPrincipalName only for guests, who are never in scope'
    : undefined;
}

/** Whether an attribute has several values with Graph where Entra's mappings see one. */
export const isListHere = (name: string): boolean => name === 'businessPhones';
