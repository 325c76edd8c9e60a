import type { HttpRequest } from '../../../../src/ports/http.ts';
import { createKubernetes } from '../../kubernetes/kubernetes.ts';
import type { JsonObject, KubeObject, EmbeddedKubernetes, KubernetesOptions } from '../../kubernetes/types.ts';
import { VirtualClock, seededRandom } from '../../../../test/support/virtual-clock.ts';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

/** A watch that is being read. */
export interface WatchReader {
  readonly status: number;
  readonly events: { type: string; object: KubeObject }[];
  readonly ended: () => boolean;
  readonly error: () => unknown;
  readonly abort: () => void;
}

/** `type name` of each event. */
export function outline(watch: WatchReader): string[] {
  return watch.events.map((event) => `${event.type} ${event.object.metadata.name ?? ''}`);
}

export const base = '/apis/example.dev/v1/namespaces/default/widgets';

/** A small kind with something of everything. */
export const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'], categories: ['examples'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.colour' }, { jsonPath: '.status.state' }],
        additionalPrinterColumns: [
          { name: 'Colour', type: 'string', jsonPath: '.spec.colour' },
          { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Seen', type: 'date', jsonPath: '.status.seenAt' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            'x-kubernetes-validations': [{ rule: 'size(self.metadata.name) <= 20', message: 'the name is too long for a widget' }],
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: {
                type: 'object',
                required: ['colour'],
                properties: {
                  colour: { type: 'string', enum: ['red', 'green', 'blue'] },
                  size: { type: 'integer', minimum: 1, maximum: 100, default: 7 },
                  code: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 4 },
                  note: { type: 'string', nullable: true },
                  port: { 'x-kubernetes-int-or-string': true },
                  at: { type: 'string', format: 'date-time' },
                  serial: {
                    type: 'string',
                    maxLength: 64,
                    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'serial is immutable' }],
                  },
                  tags: { type: 'array', maxItems: 3, items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: {
                        name: { type: 'string' },
                        count: { type: 'integer', default: 1 },
                        kind: { type: 'string', enum: ['a', 'b'] },
                      },
                    },
                  },
                  options: { type: 'object', properties: { fast: { type: 'boolean', default: false } } },
                  extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  limits: { type: 'object', maxProperties: 2, additionalProperties: { type: 'integer' } },
                },
              },
              status: {
                type: 'object',
                default: { state: 'New', observedGeneration: -1 },
                properties: {
                  state: { type: 'string' },
                  observedGeneration: { type: 'integer' },
                  seenAt: { type: 'string', format: 'date-time' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type', 'status'],
                      properties: { type: { type: 'string' }, status: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

/** A CRD of a kind Rule, whose spec has this schema. */
export function crdWithSpec(spec: object): object {
  const schema = { type: 'object', properties: { spec } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rules.example.dev' },
    spec: {
      group: 'example.dev',
      scope: 'Namespaced',
      names: { kind: 'Rule', plural: 'rules' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

/** A widget that is valid. */
export function widget(name: string, spec: object = {}, metadata: object = {}): JsonObject {
  return { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name, ...metadata }, spec: { colour: 'red', ...spec } };
}

/** A simulated cluster that knows widgets, with a client. */
export class Cluster {
  readonly clock = new VirtualClock();
  readonly kubernetes: EmbeddedKubernetes;

  constructor(options: Partial<KubernetesOptions> = {}) {
    this.kubernetes = createKubernetes({ clock: this.clock, random: seededRandom(7), crds: [widgetCrd], ...options });
  }

  fetch(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const request: HttpRequest = { method, headers: { 'content-type': type, ...headers } };
    const text = body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body);
    return this.kubernetes.fetch(`${this.kubernetes.url}${path}`, body === undefined ? request : { ...request, body: text });
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.fetch(method, path, body, headers);
    return { status: response.status, body: (await response.json()) as JsonObject, headers: response.headers };
  }

  /** Creates a widget and gives back what the server made of it. */
  async create(name: string, spec: object = {}, metadata: object = {}): Promise<KubeObject> {
    const { status, body } = await this.call('POST', base, widget(name, spec, metadata));
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body as KubeObject;
  }

  async watch(query: string, path = base, headers: Record<string, string> = {}): Promise<WatchReader> {
    const abort = new AbortController();
    const url = `${this.kubernetes.url}${path}?watch=true${query === '' ? '' : `&${query}`}`;
    const response = await this.kubernetes.fetch(url, { method: 'GET', headers, signal: abort.signal });
    const events: WatchReader['events'] = [];
    let ended = false;
    let error: unknown;
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of response.body ?? []) {
        const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) events.push(JSON.parse(line) as WatchReader['events'][number]);
      }
    };
    void read()
      .catch((reason: unknown) => void (error = reason))
      .finally(() => void (ended = true));
    await this.clock.settle();
    return { status: response.status, events, ended: () => ended, error: () => error, abort: () => abort.abort(new Error('enough')) };
  }
}
