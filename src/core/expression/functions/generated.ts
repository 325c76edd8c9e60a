import type { Call } from '../call.ts';
import type { Scope } from '../scope.ts';
import { lowerInvariant } from './casing.ts';
import { always, direct, optional, parameter, type FunctionSpec } from './spec.ts';

const digits = '0123456789';
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lowers = capitals.toLowerCase();
const specials = '!#$%&()*+,-./:;<=>?@[]^_{|}~';
const longest = 256;

function pick(from: readonly string[], scope: Scope): string {
  return from[Math.min(from.length - 1, Math.floor(scope.context.random() * from.length))] ?? '';
}

function shuffled(characters: string[], scope: Scope): string {
  for (let index = characters.length - 1; index > 0; index -= 1) {
    const other = Math.min(index, Math.floor(scope.context.random() * (index + 1)));
    [characters[index], characters[other]] = [characters[other] ?? '', characters[index] ?? ''];
  }
  return characters.join('');
}

function randomString(call: Call, scope: Scope): string {
  const length = call.integer(0, scope) ?? call.fail(0, 'has no value');
  if (length < 1 || length > longest) call.fail(0, `is not between 1 and ${longest}`);
  const avoided = new Set(call.text(5, scope) ?? '');
  const classes = [digits, specials, capitals, lowers].map((all) => Array.from(all).filter((character) => !avoided.has(character)));
  const any = classes.flat();
  if (any.length === 0) call.fail(5, 'leaves no character');
  const characters: string[] = [];
  for (const [index, allowed] of classes.entries()) {
    const least = call.integer(index + 1, scope) ?? 0;
    if (least < 0 || characters.length + least > length) call.fail(index + 1, 'together with the others does not fit the length');
    if (least > 0 && allowed.length === 0) call.fail(5, 'leaves no character of a kind that is demanded');
    for (let count = 0; count < least; count += 1) characters.push(pick(allowed, scope));
  }
  while (characters.length < length) characters.push(pick(any, scope));
  return shuffled(characters, scope);
}

function guid(scope: Scope): string {
  const digit = (limit = 16, from = 0): string => (from + Math.min(limit - 1, Math.floor(scope.context.random() * limit))).toString(16);
  const run = (length: number): string => Array.from({ length }, () => digit()).join('');
  return `${run(8)}-${run(4)}-4${run(3)}-${digit(4, 8)}${run(3)}-${run(12)}`;
}

function selectUniqueValue(call: Call, scope: Scope): string {
  const taken = new Set((scope.context.existingTargetValues ?? []).map(lowerInvariant));
  for (let index = 0; index < call.count; index += 1) {
    const candidate = call.text(index, scope);
    if (candidate !== null && candidate !== '' && !taken.has(lowerInvariant(candidate))) return candidate;
  }
  return call.failWhole(`none of the ${call.count} candidates is free`);
}

/** Functions whose value comes from outside the source user: chance, the target, the tenant. */
export const generatedFunctions: readonly FunctionSpec[] = [
  {
    name: 'DefaultDomain',
    parameters: [],
    summary: 'The default domain of the source tenant.',
    nulls: 'Null when it is not known.',
    example: { expression: 'Join("@", "ana", DefaultDomain())', defaultDomain: 'contoso.com', gives: 'ana@contoso.com' },
    build: direct((_, scope) => scope.context.defaultDomain ?? null),
  },
  {
    name: 'Guid',
    parameters: [],
    summary: 'A random identifier, another one at every evaluation: use it with `apply: OnCreate`.',
    nulls: 'Takes no arguments.',
    example: { expression: 'Guid()', gives: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/ },
    volatile: always,
    build: direct((_, scope) => guid(scope)),
  },
  {
    name: 'RandomString',
    parameters: [
      parameter('length', 'integer'),
      parameter('minimumNumbers', 'integer'),
      parameter('minimumSpecialCharacters', 'integer'),
      parameter('minimumCapital', 'integer'),
      parameter('minimumLowerCase', 'integer'),
      optional('charactersToAvoid', 'text'),
    ],
    summary: `Random characters with at least so many of each kind, in random order; at most ${longest}. Another text at every evaluation: use it with \`apply: OnCreate\`.`,
    nulls: 'A minimum of null counts as 0.',
    example: { expression: 'RandomString(12, 2, 0, 2, 2, "0O!#$%&()*+,-./:;<=>?@[]^_{|}~")', gives: /^[1-9A-NP-Za-z]{12}$/ },
    volatile: always,
    build: direct(randomString),
  },
  {
    name: 'SelectUniqueValue',
    parameters: [parameter('rule1', 'value'), parameter('rule2', 'value')],
    repeats: 1,
    summary:
      'The first of the candidates that no other object of the target has, compared without case. Stands outside every other function and is evaluated when the account is created; no free candidate fails the user.',
    nulls: 'Candidates that are null or empty are passed over.',
    example: {
      expression: 'SelectUniqueValue(Append([givenName], ".a"), Append([givenName], ".b"))',
      attributes: { givenName: 'ana' },
      existingTargetValues: ['Ana.A'],
      gives: 'ana.b',
    },
    volatile: always,
    build: direct(selectUniqueValue),
  },
];
