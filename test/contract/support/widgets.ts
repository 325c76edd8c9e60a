import type { JsonObject } from '@tenantsync/sandbox/kubernetes';

const conditions = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status'],
    properties: { type: { type: 'string' }, status: { type: 'string' } },
  },
};

const specProperties = {
  colour: { type: 'string', enum: ['red', 'green', 'blue'] },
  size: { type: 'integer', minimum: 1, maximum: 100, default: 7 },
  code: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 4 },
  note: { type: 'string', nullable: true },
  port: { 'x-kubernetes-int-or-string': true },
  at: { type: 'string', format: 'date-time' },
  serial: { type: 'string', maxLength: 64, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'serial is immutable' }] },
  tags: { type: 'array', maxItems: 3, items: { type: 'string', maxLength: 20 }, 'x-kubernetes-list-type': 'set' },
  parts: {
    type: 'array',
    maxItems: 10,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, count: { type: 'integer', default: 1 }, kind: { type: 'string', enum: ['a', 'b'] } },
    },
  },
  options: { type: 'object', properties: { fast: { type: 'boolean', default: false } } },
  extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  limits: { type: 'object', maxProperties: 2, additionalProperties: { type: 'integer' } },
};

const columns = [
  { name: 'Colour', type: 'string', jsonPath: '.spec.colour', description: 'What it looks like.' },
  { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Seen', type: 'date', jsonPath: '.status.seenAt' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** A small kind with something of everything that the runtime or a user of the API meets. */
export const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.contract.example.dev' },
  spec: {
    group: 'contract.example.dev',
    scope: 'Namespaced',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget', shortNames: ['wd'], categories: ['examples'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.colour' }, { jsonPath: '.status.state' }],
        additionalPrinterColumns: columns,
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
                properties: specProperties,
                'x-kubernetes-validations': [{ rule: '!has(self.tags) || self.size > 1', message: 'tags need a size above 1' }],
              },
              status: {
                type: 'object',
                default: { state: 'New', observedGeneration: -1 },
                properties: {
                  state: { type: 'string' },
                  observedGeneration: { type: 'integer' },
                  seenAt: { type: 'string', format: 'date-time' },
                  conditions,
                },
              },
            },
          },
        },
      },
    ],
  },
};

/** The collection of widgets of a namespace. */
export function widgetsOf(namespace: string): string {
  return `/apis/contract.example.dev/v1/namespaces/${namespace}/widgets`;
}

/** A widget that is valid. */
export function widget(name: string, spec: object = {}, metadata: object = {}): JsonObject {
  return { apiVersion: 'contract.example.dev/v1', kind: 'Widget', metadata: { name, ...metadata }, spec: { colour: 'red', ...spec } };
}
