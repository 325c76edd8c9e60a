import { badRequest } from '../api-error.ts';

/** Whether a set of labels (or of field values) is selected. */
export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;

const name = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const forms: readonly [RegExp, (key: string, values: string) => LabelMatcher][] = [
  [new RegExp(`^(${name})\\s+in\\s*\\(([^()]*)\\)$`), (key, values) => anyOf(key, splitValues(values))],
  [new RegExp(`^(${name})\\s+notin\\s*\\(([^()]*)\\)$`), (key, values) => negated(anyOf(key, splitValues(values)))],
  [new RegExp(`^(${name})\\s*!=\\s*([-A-Za-z0-9_.]*)$`), (key, value) => negated(anyOf(key, [value]))],
  [new RegExp(`^(${name})\\s*==?\\s*([-A-Za-z0-9_.]*)$`), (key, value) => anyOf(key, [value])],
  [new RegExp(`^!\\s*(${name})$`), (key) => (labels) => labels?.[key] === undefined],
  [new RegExp(`^(${name})$`), (key) => (labels) => labels?.[key] !== undefined],
];

/** Parses a label selector (equality and set form); undefined when it selects everything. */
export function parseLabelSelector(text: string): LabelMatcher | undefined {
  const parts = splitRequirements(text);
  if (parts.length === 0) return undefined;
  const matchers = parts.map((part) => requirement(part, text));
  return (labels) => matchers.every((matches) => matches(labels));
}

function requirement(part: string, whole: string): LabelMatcher {
  for (const [form, build] of forms) {
    const match = form.exec(part);
    if (match) return build(match[1] ?? '', match[2] ?? '');
  }
  throw badRequest(`unable to parse requirement: "${whole}": found '${part}', expected: a label requirement`);
}

/** Splits at commas outside of parentheses. */
function splitRequirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function splitValues(text: string): string[] {
  return text.split(',').map((value) => value.trim());
}

function anyOf(key: string, values: readonly string[]): LabelMatcher {
  const wanted = new Set(values);
  return (labels) => {
    const value = labels?.[key];
    return value !== undefined && wanted.has(value);
  };
}

function negated(matcher: LabelMatcher): LabelMatcher {
  return (labels) => !matcher(labels);
}
