import type { Registry } from '../registry.ts';
import type { Resource } from '../resource.ts';
import type { SchemaProps } from '../schema/props.ts';
import type { JsonObject } from '../types.ts';
import type { ApiResponse } from './handler.ts';

const metaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

const objectMeta: JsonObject = {
  type: 'object',
  description: 'ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.',
  properties: {
    name: { type: 'string', description: 'Name must be unique within a namespace.' },
    generateName: { type: 'string', description: 'Prefix of a generated name.' },
    namespace: { type: 'string', description: 'Namespace of the object.' },
    uid: { type: 'string', description: 'UID is the unique in time and space value for this object.' },
    resourceVersion: { type: 'string', description: 'Internal version of this object.' },
    generation: { type: 'integer', format: 'int64', description: 'Generation of the desired state.' },
    creationTimestamp: { type: 'string', format: 'date-time', description: 'When this object was created.' },
    deletionTimestamp: { type: 'string', format: 'date-time', description: 'When this object will be deleted.' },
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Seconds before the object is deleted.' },
    labels: { type: 'object', additionalProperties: { type: 'string' }, description: 'Keys and values to select objects by.' },
    annotations: { type: 'object', additionalProperties: { type: 'string' }, description: 'Keys and values that are not for selection.' },
    finalizers: { type: 'array', items: { type: 'string' }, description: 'Must be empty before the object is deleted.' },
    ownerReferences: {
      type: 'array',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      description: 'Objects depended by this object.',
    },
  },
};

/** Answers OpenAPI v3 (index and one document for each group and version) and a minimal v2. */
export function answerOpenApi(registry: Registry, path: string): ApiResponse | undefined {
  const documents = new Map<string, Resource[]>();
  for (const resource of registry.all) {
    const key = resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`;
    documents.set(key, [...(documents.get(key) ?? []), resource]);
  }
  if (path === '/openapi/v2') {
    const info = { title: 'Kubernetes', version: 'v1.36.3' };
    return { status: 200, body: { swagger: '2.0', info, paths: {}, definitions: {} } };
  }
  if (path === '/openapi/v3') {
    const keys = [...documents.keys()];
    const entries = keys.map((key) => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${registry.revision}` }]);
    return { status: 200, body: { paths: Object.fromEntries(entries) as JsonObject } };
  }
  const key = path.replace('/openapi/v3/', '');
  const resources = documents.get(key);
  return resources && { status: 200, body: documentOf(key, resources) };
}

function documentOf(key: string, resources: readonly Resource[]): JsonObject {
  const schemas: JsonObject = { [metaName]: objectMeta };
  const paths: JsonObject = {};
  for (const resource of resources) {
    schemas[schemaName(resource)] = schemaOf(resource);
    const base = resource.namespaced ? `/${key}/namespaces/{namespace}/${resource.plural}` : `/${key}/${resource.plural}`;
    paths[base] = { get: operation(resource, 'list'), post: operation(resource, 'post') };
    paths[`${base}/{name}`] = {
      get: operation(resource, 'get'),
      put: operation(resource, 'put'),
      patch: operation(resource, 'patch'),
      delete: operation(resource, 'delete'),
    };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36.3' }, paths, components: { schemas } };
}

function schemaName(resource: Resource): string {
  const domain = resource.group === '' ? 'io.k8s.api.core' : resource.group.split('.').reverse().join('.');
  return `${domain}.${resource.version}.${resource.kind}`;
}

function schemaOf(resource: Resource): SchemaProps {
  const named = { 'x-kubernetes-group-version-kind': [kindOf(resource)] };
  const props = resource.schema?.props;
  if (!props) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: envelope(), ...named };
  return {
    ...props,
    properties: { ...envelope(), ...props.properties, metadata: { allOf: [{ $ref: `#/components/schemas/${metaName}` }] } },
    ...named,
  };
}

function envelope(): Record<string, SchemaProps> {
  return {
    apiVersion: { type: 'string', description: 'The version of this representation of the object.' },
    kind: { type: 'string', description: 'The kind of the object.' },
    metadata: { allOf: [{ $ref: `#/components/schemas/${metaName}` }] },
  };
}

function kindOf(resource: Resource): JsonObject {
  return { group: resource.group, version: resource.version, kind: resource.kind };
}

function operation(resource: Resource, action: string): JsonObject {
  const writes = action === 'post' || action === 'put' || action === 'patch';
  const names = writes ? ['dryRun', 'fieldManager', 'fieldValidation'] : [];
  return {
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(resource),
    parameters: names.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
    responses: {
      '200': { description: 'OK', content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName(resource)}` } } } },
    },
  };
}
