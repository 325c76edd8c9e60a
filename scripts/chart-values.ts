import { load } from 'js-yaml';

/** A JSON schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** One value of the chart, as the comments above it describe it. */
export interface ChartValue {
  /** Path in values.yaml. */
  readonly path: readonly string[];
  readonly section: string;
  readonly description: string;
  readonly default: unknown;
  readonly schema: Schema;
}

const name = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$', maxLength: 253 };

/** What `@schema` can name. */
export const definitions: Readonly<Record<string, Schema>> = {
  object: { type: 'object' },
  objects: { type: 'array', items: { type: 'object' } },
  strings: { type: 'array', items: { type: 'string' } },
  names: { type: 'array', items: name, uniqueItems: true },
  namespacesOrAll: { type: 'array', items: { anyOf: [name, { const: '*' }] }, uniqueItems: true },
  references: { type: 'array', items: { type: 'object', properties: { name }, required: ['name'], additionalProperties: false } },
  stringMap: { type: 'object', additionalProperties: { type: 'string' } },
  optionalName: { type: 'string', pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$', maxLength: 63 },
  optionalGuid: { type: 'string', pattern: '^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$' },
  duration: { type: 'string', pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$' },
  numberOrPercent: { type: ['integer', 'string'], minimum: 0, pattern: '^([0-9]+%)?$' },
  clouds: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: {
        authorityHost: { type: 'string', pattern: '^https://' },
        graphHost: { type: 'string', pattern: '^https://' },
        audience: { type: 'string' },
        caBundleFile: { type: 'string', pattern: '^/' },
      },
      required: ['authorityHost', 'graphHost'],
      additionalProperties: false,
    },
  },
};

function inferred(value: unknown): Schema {
  if (typeof value === 'boolean' || typeof value === 'string') return { type: typeof value };
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' };
  if (Array.isArray(value)) return { type: 'array' };
  if (value === null) return {};
  throw new Error('a map needs @schema, or values of its own');
}

function schemaOf(annotation: string | undefined, value: unknown): Schema {
  if (annotation === undefined) return inferred(value);
  if (annotation.startsWith('{')) return { ...inferred(value), ...(JSON.parse(annotation) as Schema) };
  if (!Object.hasOwn(definitions, annotation)) throw new Error(`@schema ${annotation} is not defined`);
  return { $ref: `#/definitions/${annotation}` };
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((object, key) => (object as Readonly<Record<string, unknown>>)[key], values);
}

interface Comment {
  description: string | undefined;
  schema: string | undefined;
}

/** Reads one line of a comment. Gives the section it opens, if it does. */
function readComment(line: string, comment: Comment): string | undefined {
  const text = line.replace(/^\s*# ?/, '');
  if (text.startsWith('@section ')) return text.slice('@section '.length);
  if (text.startsWith('@schema ')) comment.schema = text.slice('@schema '.length);
  else if (text.startsWith('-- ')) comment.description = text.slice('-- '.length);
  else if (comment.description !== undefined) comment.description += ` ${text}`;
  return undefined;
}

/** The values of a values.yaml in the form that its head describes. Throws when one has no description. */
export function chartValues(yaml: string): readonly ChartValue[] {
  const values = load(yaml);
  const found: ChartValue[] = [];
  let section = '';
  let comment: Comment = { description: undefined, schema: undefined };
  const parents: { readonly key: string; readonly indent: number }[] = [];
  /** Lines indented deeper than this belong to a value that was described as a whole. */
  let inside = Number.POSITIVE_INFINITY;
  for (const line of yaml.split('\n')) {
    const indent = line.search(/\S/);
    if (indent < 0 || indent > inside) continue;
    inside = Number.POSITIVE_INFINITY;
    if (line.trimStart().startsWith('#')) {
      section = readComment(line, comment) ?? section;
      continue;
    }
    const key = /^\s*(\w+):/.exec(line)?.[1];
    if (key === undefined) throw new Error(`values.yaml: ${line}`);
    while ((parents.at(-1)?.indent ?? -1) >= indent) parents.pop();
    const path = [...parents.map((parent) => parent.key), key];
    if (comment.description === undefined && line.trimEnd().endsWith(':')) parents.push({ key, indent });
    else if (comment.description === undefined) throw new Error(`values.yaml: ${path.join('.')} has no description`);
    else {
      const value = valueAt(values, path);
      found.push({ path, section, description: comment.description, default: value, schema: schemaOf(comment.schema, value) });
      inside = indent;
    }
    comment = { description: undefined, schema: undefined };
  }
  return found;
}

interface Properties {
  [key: string]: Schema | Properties;
}

/** The schema of all values: a name that is not there is an error. */
export function valuesSchema(values: readonly ChartValue[]): Schema {
  const tree: Properties = {
    // Helm's own, for charts that have this one as a part.
    global: { type: 'object', description: 'Values that a parent chart shares.' },
    enabled: { type: 'boolean', description: 'A condition for parent charts; not read here.' },
  };
  for (const { path, schema, description } of values) {
    let level = tree;
    for (const key of path.slice(0, -1))
      level = ((level[key] ??= { type: 'object', additionalProperties: false, properties: {} }) as { properties: Properties }).properties;
    const last = path.at(-1) ?? '';
    // Next to $ref other keywords are ignored.
    level[last] = '$ref' in schema ? { description, allOf: [schema] } : { description, ...schema };
  }
  return { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', additionalProperties: false, properties: tree, definitions };
}

/** The tables of the chart's README. */
export function valuesTables(values: readonly ChartValue[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const sections = [...new Set(values.map(({ section }) => section))];
  return sections
    .map((section) => {
      const rows = values
        .filter((value) => value.section === section)
        .map(
          ({ path, description, default: fallback }) =>
            `| \`${path.join('.')}\` | ${cell(description)} | \`${cell(JSON.stringify(fallback))}\` |`,
        );
      return [`### ${section}`, '', '| Value | Meaning | Default |', '| --- | --- | --- |', ...rows].join('\n');
    })
    .join('\n\n');
}
