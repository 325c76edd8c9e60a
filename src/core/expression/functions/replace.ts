import type { Call } from '../call.ts';
import { Pattern } from '../regex/pattern.ts';
import { PatternFailure } from '../regex/failure.ts';
import { parseReplacement, type Replacement } from '../regex/replacement.ts';
import type { Evaluator, Scope } from '../scope.ts';
import { suggest } from '../suggest.ts';
import { optional, parameter, type FunctionSpec } from './spec.ts';

const at = { source: 0, old: 1, pattern: 2, group: 3, replacement: 4, other: 5, template: 6 } as const;

const modes =
  'give oldValue with replacementValue or template, or regexPattern with replacementValue, or regexPattern and regexGroupName with replacementValue or replacementAttributeName';

/** All the patterns of one expression may be this large together. */
const largest = 1_000;

/** Work of one step of the regular expression engine, compared with handling a character. */
const share = 2;

function compilePattern(call: Call): Pattern {
  const written = call.literal(at.pattern) ?? call.refuse(at.pattern, 'must be a text in quotes');
  try {
    const pattern = new Pattern(written, largest - call.compilation.patternSize);
    call.compilation.patternSize += pattern.cost;
    return pattern;
  } catch (error) {
    if (error instanceof PatternFailure) return call.refuse(at.pattern, `cannot be used: ${error.message}`, error.offset);
    throw error;
  }
}

function groupIndex(call: Call, pattern: Pattern): number {
  const name = call.literal(at.group) ?? call.refuse(at.group, 'must be a text in quotes');
  const index = pattern.group(name);
  if (index !== undefined) return index;
  const suggestion = suggest(name, pattern.groupNames);
  return call.refuse(
    at.group,
    `is not a group of the pattern; its named groups are ${pattern.groupNames.join(', ') || 'none'}`,
    undefined,
    suggestion,
  );
}

/** The replacement with its `${group}` references; one that is not written out is taken as it comes. */
function replacementOf(call: Call, pattern: Pattern): (scope: Scope) => Replacement {
  const parse = (text: string): Replacement =>
    parseReplacement(text, pattern, (name, offset) =>
      call.refuse(at.replacement, `refers to \${${name}}, which is not a group of the pattern`, offset, suggest(name, pattern.groupNames)),
    );
  const written = call.literal(at.replacement);
  if (written !== undefined) {
    const parsed = parse(written);
    return () => parsed;
  }
  return (scope) => [{ kind: 'text', text: call.text(at.replacement, scope) ?? '' }];
}

/** Matches within the work that an evaluation may do, to a result that is not too long. */
const limitsOf = (call: Call, scope: Scope, pattern: Pattern): Parameters<Pattern['replace']>[2] => ({
  spend: (length) => call.spend(scope, Math.ceil((length * pattern.size) / share)),
  allow: (length) => call.allow(length),
});

function replaceMatches(call: Call): Evaluator {
  const pattern = compilePattern(call);
  const replacement = replacementOf(call, pattern);
  return (scope) => {
    const source = call.text(at.source, scope);
    if (source === null) return null;
    return pattern.replace(source, replacement(scope), limitsOf(call, scope, pattern));
  };
}

function replaceGroup(call: Call): Evaluator {
  const pattern = compilePattern(call);
  const group = groupIndex(call, pattern);
  return (scope) => {
    const source = call.text(at.source, scope);
    if (source === null) return null;
    const replacement = call.text(at.replacement, scope) ?? '';
    return pattern.replaceGroup(source, group, replacement, limitsOf(call, scope, pattern));
  };
}

function extractFromOther(call: Call): Evaluator {
  const pattern = compilePattern(call);
  const group = groupIndex(call, pattern);
  return (scope) => {
    const source = call.text(at.source, scope);
    if (source !== null && source !== '') return source;
    const other = call.text(at.other, scope);
    return other === null ? null : pattern.extract(other, group, limitsOf(call, scope, pattern));
  };
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let index = text.indexOf(part); index >= 0; index = text.indexOf(part, index + part.length)) count += 1;
  return count;
}

/** All occurrences of one text by another, within bounds. */
function replaceText(call: Call, scope: Scope, text: string, by: string): string {
  const old = call.text(at.old, scope);
  if (old === null || old === '') return call.fail(at.old, 'is empty');
  call.spend(scope, text.length);
  call.allow(text.length + occurrences(text, old) * (by.length - old.length));
  return text.replaceAll(old, () => by);
}

function build(call: Call): Evaluator {
  const given = Object.entries(at)
    // An empty text can only be a replacement: elsewhere it says as little as nothing.
    .filter(([, index]) => index > 0 && call.has(index) && (index === at.replacement || call.literal(index) !== ''))
    .map(([name]) => name)
    .join('+');
  switch (given) {
    case 'old+replacement':
      return (scope) => {
        const source = call.text(at.source, scope);
        return source === null ? null : replaceText(call, scope, source, call.text(at.replacement, scope) ?? '');
      };
    case 'old+template':
      return (scope) => {
        const source = call.text(at.source, scope);
        return source === null ? null : replaceText(call, scope, call.text(at.template, scope) ?? '', source);
      };
    case 'pattern+replacement':
      return replaceMatches(call);
    case 'pattern+group+replacement':
      return replaceGroup(call);
    case 'pattern+group+other':
      return extractFromOther(call);
    default:
      return call.refuseWhole(`these arguments do not go together; ${modes}`);
  }
}

/** Replace, which does five things depending on the arguments that are given. */
export const replaceFunction: FunctionSpec = {
  name: 'Replace',
  parameters: [
    parameter('source', 'text'),
    optional('oldValue', 'text'),
    optional('regexPattern', 'literal'),
    optional('regexGroupName', 'literal'),
    optional('replacementValue', 'text'),
    optional('replacementAttributeName', 'text'),
    optional('template', 'text'),
  ],
  summary:
    'The source with parts of it replaced. **oldValue and replacementValue**: every occurrence, with case. **oldValue and template**: the template with every occurrence in it replaced by the source. **regexPattern and replacementValue**: every match; `${name}` stands for a group. **regexPattern, regexGroupName and replacementValue**: only the part of every match that the group holds. **regexPattern, regexGroupName and replacementAttributeName**: the source if it has a value, else what the group holds in the other attribute, null if the pattern does not match.',
  nulls: 'A source of null gives null (in the last form: counts as without a value); a replacement of null replaces by nothing.',
  example: {
    expression: 'Replace([mobilePhone], , "\\\\+(?<country>\\\\d+) (?<number>.*)", , "${number}", , )',
    attributes: { mobilePhone: '+49 30 1234' },
    gives: '30 1234',
  },
  build,
};
