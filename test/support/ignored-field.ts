import { annotations, apiGroup, kinds } from '../../src/api/kinds.ts';
import { omit } from '../../src/core/omit.ts';
import type { HttpFetch } from '../../src/ports/http.ts';
import { crds } from './crds.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
}

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

type Json = Record<string, unknown>;

/** Something that people write into a resource, as `kind` and the names that lead to it: `[]` behind one means each entry of a list. */
interface Field {
  readonly kind: string;
  readonly steps: readonly string[];
  /** What an operator that ignores it goes by: the default, the first of the values where one is required, or nothing. */
  readonly unset: unknown;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kinds whose spec people write; the others are the operator's records. */
const written = [kinds.tenantPair.kind, kinds.syncConfiguration.kind];

/** Annotations by which people ask for something, with the kinds that have them. */
const requests: readonly (readonly [string, string])[] = [
  ...Object.values(annotations).map((name) => [kinds.syncConfiguration.kind, name] as const),
  ...[kinds.tenantPair, kinds.userProjection, kinds.groupProjection].map(({ kind }) => [kind, annotations.requestedAt] as const),
];

function specOf(kind: string): Schema {
  const crd = (crds() as readonly Crd[]).find(({ spec }) => spec.names.kind === kind);
  const spec = crd?.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec;
  if (spec === undefined) throw new Error(`no spec of ${kind}`);
  return spec;
}

/** An object that is always there means nothing by itself: its fields do. */
const meansSomething = (schema: Schema, isRequired: boolean): boolean =>
  schema.properties === undefined || !(isRequired || isObject(schema.default));

function fieldsIn(schema: Schema, kind: string, steps: readonly string[]): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const isRequired = schema.required?.includes(name) ?? false;
    const here = { kind, steps: [...steps, name], unset: property.default ?? (isRequired ? property.enum?.[0] : undefined) };
    const inner = property.items?.properties ? fieldsIn(property.items, kind, [...steps, `${name}[]`]) : [];
    const itself = meansSomething(property, isRequired) ? [here] : [];
    return [...itself, ...inner, ...fieldsIn(property, kind, here.steps)];
  });
}

/** Everything that people write for the operator to read, by name: `TenantPair.spec.suspend`, `SyncConfiguration@tenantsync.dev/requested-at`. */
export function writtenFields(): ReadonlyMap<string, Field> {
  const fields = written.flatMap((kind) => fieldsIn(specOf(kind), kind, ['spec']));
  return new Map<string, Field>([
    ...fields.map((field) => [`${field.kind}.${field.steps.join('.')}`, field] as const),
    ...requests.map(([kind, name]) => [`${kind}@${name}`, { kind, steps: ['metadata', 'annotations', name], unset: undefined }] as const),
  ]);
}

function without(value: unknown, [step = '', ...rest]: readonly string[], unset: unknown): unknown {
  if (!isObject(value)) return value;
  const name = step.replace('[]', '');
  const inner = value[name];
  if (inner === undefined) return value;
  if (rest.length > 0) {
    const changed = step === name ? without(inner, rest, unset) : (inner as readonly unknown[]).map((each) => without(each, rest, unset));
    return { ...value, [name]: changed };
  }
  return unset === undefined ? omit(value, name) : { ...value, [name]: unset };
}

function fieldNamed(name: string | undefined): Field | undefined {
  if (name === undefined || name === 'none') return undefined;
  const field = writtenFields().get(name);
  if (field === undefined) throw new Error(`TENANTSYNC_IGNORED_FIELD: there is no ${name}`);
  return field;
}

/**
 * The name of the field that the operator under test ignores: it reads resources as if nobody had set that (`npm run fields`). With `none` its reads
 * go the same way, and nothing is left out.
 */
const name = process.env.TENANTSYNC_IGNORED_FIELD;
const ignored = fieldNamed(name);

/** An object as the operator under test reads it. */
export function asRead<T extends { readonly kind?: string }>(object: T): T {
  return ignored !== undefined && ignored.kind === object.kind ? (without(object, ignored.steps, ignored.unset) as T) : object;
}

/** An object or a list of them, as the operator under test reads it. */
function answerAsRead(text: string): string {
  const answer = JSON.parse(text) as Json;
  return JSON.stringify(Array.isArray(answer.items) ? { ...answer, items: (answer.items as readonly Json[]).map(asRead) } : asRead(answer));
}

/** Events of a watch, as the operator under test reads them. */
function eventsAsRead(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  return new TransformStream({
    transform: (chunk, controller) => {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((each) => each.trim() !== '')) {
        const event = JSON.parse(line) as { readonly object: Json };
        controller.enqueue(encoder.encode(`${JSON.stringify({ ...event, object: asRead(event.object) })}\n`));
      }
    },
  });
}

/** The way of the operator under test to the API server. */
export function readThrough(fetch: HttpFetch): HttpFetch {
  if (name === undefined) return fetch;
  return async (address, request) => {
    const response = await fetch(address, request);
    const url = new URL(address);
    if (!response.ok || response.body === null || !url.pathname.startsWith(`/apis/${apiGroup}/`)) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    const isWatch = url.searchParams.get('watch') === 'true';
    const body = isWatch ? response.body.pipeThrough(eventsAsRead()) : answerAsRead(await response.text());
    return new Response(body, { status: response.status, headers });
  };
}
