import type { DirectoryFailure, ObstacleKind } from '../../core/errors/directory-error.ts';
import { errorFacts, type ErrorFacts } from './body.ts';
import { type CallKind, type ErrorRule, errorRules, knownCodes } from './table.ts';

/** An answer that is not a success, with what is known about the request. */
export interface ErrorAnswer {
  readonly call: CallKind;
  readonly status: number;
  /** The parsed body; undefined when there was none or it was not JSON. */
  readonly body: unknown;
  /** `request-id` header. */
  readonly requestId?: string | undefined;
  /** Epoch milliseconds, from Retry-After or our own backoff. */
  readonly retryAt?: number | undefined;
  /** Whether the request could change something. */
  readonly write: boolean;
  /** Names of the properties that the request carried, in Graph's spelling. */
  readonly sent?: readonly string[] | undefined;
  /** Object id that the request was about: never taken for the conflicting one. */
  readonly objectId?: string | undefined;
}

const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const extensionObject = 'onpremisesextensionattributes';
const spelling = new Map(knownCodes.map((code) => [code.toLowerCase(), code]));

/** What an error answer means: the first row of the table that fits, `Unclassified` if none does. No text of the service is passed on. */
export function classify(answer: ErrorAnswer): DirectoryFailure {
  const facts = errorFacts(answer.body);
  const rule = errorRules.find(
    (candidate) => fits(candidate, answer, facts) && !(candidate.kind === 'NotFound' && isAboutAnother(facts, answer)),
  );
  const { kind, reason, message } = ofContact(answer.call, facts, rule ?? unclassified);
  const requestId = answer.requestId ?? facts.requestId;
  return {
    kind,
    reason,
    code: specificCode(facts, rule),
    message,
    status: answer.status,
    ...(requestId === undefined ? {} : { requestId }),
    ...(answer.retryAt === undefined ? {} : { retryAt: answer.retryAt }),
    ...(answer.write && kind === 'Unavailable' ? { outcomeUnknown: true } : {}),
    ...namedBy(facts, answer, { kind, reason }),
  };
}

const unclassified = {
  kind: 'Unclassified',
  reason: 'GraphError',
  message: 'Graph answered in a way that the operator does not know.',
} as const;

/** How the object in the way is called where it is a contact: in a target, or in words, which are not documented. Not "contact your administrator". */
const contactTarget = /^(org)?contact_/i;
const contactText =
  /\b(org|mail|external|existing)[ -]?contacts?\b|\b(org)?contact_[0-9a-f]{8}-|\bcontact (object|with the same|already|that)\b|\btype '?(org)?contact\b/i;

/** An invitation or a value that a mail contact stands in the way of has a reason of its own (D5). */
function ofContact(call: ErrorAnswer['call'], facts: ErrorFacts, rule: Pick<ErrorRule, 'kind' | 'reason' | 'message'>): typeof rule {
  if (rule.kind !== 'ObjectConflict' || (call !== 'invite' && call !== 'update')) return rule;
  if (!facts.targets.some((target) => contactTarget.test(target)) && !contactText.test(facts.text)) return rule;
  return { ...rule, reason: 'ContactExists', message: 'A mail contact of the target holds the address. Remove the contact there.' };
}

/** What the answer names: the object in the way, and the attributes that are refused. */
function namedBy(
  facts: ErrorFacts,
  { objectId, sent = [] }: ErrorAnswer,
  { kind, reason }: Pick<ErrorRule, 'kind' | 'reason'>,
): Pick<DirectoryFailure, 'conflictingObjectId' | 'conflictingObjectKind' | 'attributes'> {
  const conflicting = kind === 'ObjectConflict' || reason === 'InternalUserExists' ? conflictingObject(facts, objectId) : undefined;
  const known = reason === 'InternalUserExists' ? 'User' : reason === 'ContactExists' ? 'Contact' : conflicting?.kind;
  const attributes = kind === 'AttributeRefused' || kind === 'ObjectConflict' ? refusedAttributes(facts, sent) : [];
  return {
    ...(conflicting === undefined ? {} : { conflictingObjectId: conflicting.id }),
    ...(conflicting === undefined || known === undefined ? {} : { conflictingObjectKind: known }),
    ...(attributes.length === 0 ? {} : { attributes }),
  };
}

function fits(rule: ErrorRule, answer: ErrorAnswer, facts: ErrorFacts): boolean {
  if (rule.calls !== undefined && !rule.calls.includes(answer.call)) return false;
  if (rule.status !== undefined && !rule.status.some((status) => statusFits(status, answer.status))) return false;
  if (rule.codes !== undefined && !facts.codes.some((code) => rule.codes?.some((known) => known.toLowerCase() === code.toLowerCase()))) {
    return false;
  }
  return rule.text?.test(facts.text) ?? true;
}

/** Whether a "not there" names another object than the one that was asked for: it is an answer to somebody else's request. */
function isAboutAnother(facts: ErrorFacts, { objectId }: ErrorAnswer): boolean {
  const named = /\bResource '([0-9a-f-]{36})'/i.exec(facts.text)?.[1];
  return objectId !== undefined && named !== undefined && named.toLowerCase() !== objectId.toLowerCase();
}

function statusFits(expected: number | '3xx' | '4xx' | '5xx', status: number): boolean {
  return typeof expected === 'number' ? expected === status : Math.floor(status / 100) === Number.parseInt(expected, 10);
}

/** The code that decided, else the innermost known one. */
function specificCode(facts: ErrorFacts, rule: ErrorRule | undefined): string {
  const lower = facts.codes.map((code) => code.toLowerCase());
  const decided = rule?.codes?.find((code) => lower.includes(code.toLowerCase()));
  if (decided !== undefined) return decided;
  const known = lower.find((code) => spelling.has(code));
  return (known === undefined ? undefined : spelling.get(known)) ?? 'Other';
}

const kinds: Readonly<Record<string, ObstacleKind>> = { user: 'User', contact: 'Contact', orgcontact: 'Contact', group: 'Group' };

/** `User_<guid>` in a target, else the first object id in the messages, other than our own. */
function conflictingObject(facts: ErrorFacts, own: string | undefined): { readonly id: string; readonly kind?: ObstacleKind } | undefined {
  for (const target of facts.targets) {
    const name = /^([A-Za-z]+)_/.exec(target)?.[1];
    const id = name === undefined ? undefined : guid.exec(target)?.[0].toLowerCase();
    if (name === undefined || id === undefined || id === own?.toLowerCase()) continue;
    const kind = kinds[name.toLowerCase()];
    return { id, ...(kind === undefined ? {} : { kind }) };
  }
  const ids = [...facts.text.matchAll(new RegExp(guid, 'gi'))].map((match) => match[0].toLowerCase());
  const found = ids.find((id) => id !== own?.toLowerCase());
  return found === undefined ? undefined : { id: found };
}

/** Those of the names we sent that the answer names; so nothing of the answer itself is shown. */
function refusedAttributes(facts: ErrorFacts, sent: readonly string[]): readonly string[] {
  const words = new Set(`${facts.targets.join(' ')} ${facts.text}`.toLowerCase().match(/[a-z0-9_]+/g) ?? []);
  // The fifteen extension attributes are refused under the name of the object that holds them.
  const named = (name: string): boolean =>
    words.has(name.toLowerCase()) || (name.startsWith('extensionAttribute') && words.has(extensionObject));
  return sent.filter(named);
}
