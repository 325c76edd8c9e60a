import type { FieldError } from '../field-error.ts';
import { forbidden, invalidValue, required } from '../field-error.ts';
import { deepEqual, objectOf, stringOf } from '../json.ts';
import { ageOf } from '../printing/age.ts';
import type { Column } from '../printing/table.ts';
import { ageColumn, column, nameColumn } from '../printing/table.ts';
import type { Resource } from '../resource.ts';
import { allVerbs } from '../resource.ts';
import type { KubeObject } from '../types.ts';
import { microTimes, textMaps } from './encodings.ts';
import { checkCoreEvent, checkModernEvent, coreEvent, modernEvent } from './event-forms.ts';

/** Fields that every kind can be selected by. */
export const commonFields = { 'metadata.name': ['metadata', 'name'], 'metadata.namespace': ['metadata', 'namespace'] } as const;

type Definition = Partial<Omit<Resource, 'columns'>> & {
  kind: string;
  plural: string;
  columns?: readonly Column[];
  table?: readonly Column[];
};

function define({ columns = [], table, ...definition }: Definition): Resource {
  const group = definition.group ?? '';
  return {
    group,
    version: 'v1',
    listKind: `${definition.kind}List`,
    singular: definition.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    collection: group === '' ? definition.plural : `${definition.plural}.${group}`,
    verbs: allVerbs,
    statusSubresource: false,
    subresources: [],
    countsGenerations: false,
    unconditionalUpdate: true,
    strategicMerge: true,
    fields: commonFields,
    custom: false,
    ...definition,
    columns: table ?? [nameColumn, ...columns, ageColumn],
  };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function members(value: unknown): number {
  return Object.keys(objectOf(value)).length;
}

/** `stringData` is only a way to write `data`. */
function prepareSecret(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  const written = Object.entries(objectOf(stringData)).map(([key, value]) => [key, Buffer.from(text(value)).toString('base64')]);
  const data = { ...objectOf(secret.data), ...(Object.fromEntries(written) as Record<string, string>) };
  return { ...rest, ...(members(data) > 0 || secret.data ? { data } : {}), type: stringOf(secret.type) ?? 'Opaque' };
}

function checkSecret(secret: KubeObject, old: KubeObject | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (old && old.type !== secret.type) errors.push(invalidValue('type', secret.type, 'field is immutable'));
  if (old?.immutable === true && !deepEqual(old.data, secret.data))
    errors.push(forbidden('data', 'field is immutable when `immutable` is set'));
  if (secret.type === 'kubernetes.io/tls') {
    for (const key of ['tls.crt', 'tls.key']) if (objectOf(secret.data)[key] === undefined) errors.push(required(`data[${key}]`));
  }
  return errors;
}

function prepareNamespace(namespace: KubeObject, old: KubeObject | undefined): KubeObject {
  const name = namespace.metadata.name ?? '';
  return {
    ...namespace,
    metadata: { ...namespace.metadata, labels: { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: old?.status ?? { phase: 'Active' },
  };
}

function checkLease(lease: KubeObject): FieldError[] {
  const spec = objectOf(lease.spec);
  const errors: FieldError[] = [];
  const duration = spec.leaseDurationSeconds;
  if (typeof duration === 'number' && duration <= 0)
    errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  const transitions = spec.leaseTransitions;
  if (typeof transitions === 'number' && transitions < 0) {
    errors.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  return errors;
}

function involved(prefix: string): Record<string, readonly string[]> {
  const names = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  return Object.fromEntries(names.map((name) => [`${prefix}.${name}`, ['involvedObject', name]]));
}

/** Events have a table of their own; the object is in either form. */
const eventColumns: readonly Column[] = [
  column('Last Seen', (event, now) => ageOf(lastSeen(event), now)),
  column('Type', (event) => text(event.type)),
  column('Reason', (event) => text(event.reason)),
  column('Object', (event) => {
    const regarding = objectOf(event.involvedObject ?? event.regarding);
    return `${text(regarding.kind).toLowerCase()}/${text(regarding.name)}`;
  }),
  column('Message', (event) => text(event.message ?? event.note)),
  { ...nameColumn, priority: 1 },
];

function lastSeen(event: KubeObject): unknown {
  const repeated = stringOf(objectOf(event.series).lastObservedTime);
  return repeated ?? stringOf(event.lastTimestamp) ?? stringOf(event.deprecatedLastTimestamp) ?? event.eventTime;
}

const event: Definition = {
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  collection: 'events',
  fields: {
    ...commonFields,
    ...involved('involvedObject'),
    reason: ['reason'],
    type: ['type'],
    reportingComponent: ['reportingComponent'],
    source: ['source', 'component'],
  },
  undecodable: microTimes('eventTime', 'series.lastObservedTime'),
  check: checkCoreEvent,
  table: eventColumns,
};

/** A kind that is not stored: creating one asks a question. */
function review(group: string, kind: string, plural: string, namespaced = false): Resource {
  return define({ group, kind, plural, namespaced, verbs: ['create'], collection: `reviews.${group}` });
}

/** The kinds that are served besides custom resources. */
export const builtInResources: readonly Resource[] = [
  define({
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    statusSubresource: true,
    fields: { ...commonFields, 'status.phase': ['status', 'phase'] },
    prepare: prepareNamespace,
    columns: [column('Status', (namespace) => text(objectOf(namespace.status).phase))],
  }),
  define({
    kind: 'Secret',
    plural: 'secrets',
    fields: { ...commonFields, type: ['type'] },
    undecodable: textMaps({ name: 'data', encoded: true }, { name: 'stringData', encoded: false }),
    prepare: prepareSecret,
    check: checkSecret,
    columns: [column('Type', (secret) => text(secret.type)), column('Data', (secret) => members(secret.data), 'integer')],
  }),
  define({
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    undecodable: textMaps({ name: 'data', encoded: false }, { name: 'binaryData', encoded: true }),
    columns: [column('Data', (map) => members(map.data) + members(map.binaryData), 'integer')],
  }),
  define({
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    subresources: [{ name: 'token', kind: 'TokenRequest', verbs: ['create'] }],
    columns: [column('Secrets', () => 0, 'integer')],
  }),
  define({ kind: 'Pod', plural: 'pods', shortNames: ['po'], categories: ['all'], statusSubresource: true }),
  define(event),
  define({
    ...event,
    group: 'events.k8s.io',
    errorSubject: { group: '', plural: 'events', kind: 'Event' },
    fields: { ...commonFields, ...involved('regarding'), reason: ['reason'], type: ['type'], reportingController: ['reportingComponent'] },
    toStored: coreEvent,
    fromStored: modernEvent,
    check: checkModernEvent,
  }),
  define({
    group: 'coordination.k8s.io',
    kind: 'Lease',
    plural: 'leases',
    unconditionalUpdate: false,
    undecodable: microTimes('spec.acquireTime', 'spec.renewTime'),
    check: checkLease,
    columns: [column('Holder', (lease) => text(objectOf(lease.spec).holderIdentity))],
  }),
  review('authorization.k8s.io', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
  review('authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews'),
];
