import type { Registry } from '../registry.ts';
import type { Resource } from '../resource.ts';
import { apiVersionOf } from '../resource.ts';
import type { JsonObject } from '../types.ts';
import type { ApiRequest, ApiResponse } from './handler.ts';
import { answerOpenApi } from './open-api.ts';

const aggregated = /application\/json;g=apidiscovery\.k8s\.io;v=(v2|v2beta1);as=APIGroupDiscoveryList/;

const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'sandbox/any',
};

/** Answers what is not about objects: version, health, discovery, OpenAPI. Undefined for all else. */
export function answerDiscovery(registry: Registry, request: ApiRequest): ApiResponse | undefined {
  const { path } = request;
  if (path === '/version' || path === '/version/') return ok({ ...version });
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return { status: 200, body: 'ok' };
  if (path.startsWith('/openapi/')) return answerOpenApi(registry, path);
  const [root, ...below] = path.split('/').filter((part) => part !== '');
  if (root === 'api' && below.length <= 1) return below[0] === undefined ? core(registry, request) : resourceList(registry, '', below[0]);
  return root === 'apis' && below.length <= 2 ? inGroups(registry, request, below) : undefined;
}

function inGroups(registry: Registry, request: ApiRequest, [name, versionName]: readonly string[]): ApiResponse | undefined {
  if (name === undefined) return groups(registry, request);
  return versionName === undefined ? group(registry, name) : resourceList(registry, name, versionName);
}

function ok(body: JsonObject, headers?: Record<string, string>): ApiResponse {
  return { status: 200, body, ...(headers ? { headers } : {}) };
}

function core(registry: Registry, request: ApiRequest): ApiResponse {
  const form = aggregated.exec(request.accept)?.[1];
  if (form) return aggregatedList(registry, form, ['']);
  return ok({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
}

function groups(registry: Registry, request: ApiRequest): ApiResponse {
  const form = aggregated.exec(request.accept)?.[1];
  const names = groupNames(registry);
  if (form) return aggregatedList(registry, form, names);
  return ok({ kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => describeGroup(registry, name)) });
}

function group(registry: Registry, name: string): ApiResponse | undefined {
  if (!groupNames(registry).includes(name)) return undefined;
  return ok({ kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(registry, name) });
}

function groupNames(registry: Registry): string[] {
  return [...new Set(registry.all.map((resource) => resource.group))].filter((name) => name !== '');
}

function versionsOf(registry: Registry, name: string): string[] {
  return [...new Set(registry.all.filter((resource) => resource.group === name).map((resource) => resource.version))];
}

function describeGroup(registry: Registry, name: string): JsonObject {
  const versions = versionsOf(registry, name).map((one) => ({ groupVersion: `${name}/${one}`, version: one }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(registry: Registry, name: string, versionName: string): ApiResponse | undefined {
  const found = registry.all.filter((resource) => resource.group === name && resource.version === versionName);
  if (found.length === 0) return undefined;
  const resources = found.flatMap((resource) => [
    {
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: resource.verbs,
      ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
      ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
      storageVersionHash: '',
    },
    ...subresourcesOf(resource).map((sub) => ({
      name: `${resource.plural}/${sub.name}`,
      singularName: '',
      namespaced: resource.namespaced,
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ]);
  return ok({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: name === '' ? versionName : `${name}/${versionName}`, resources });
}

function subresourcesOf(resource: Resource): { name: string; kind: string; verbs: readonly string[] }[] {
  const status = resource.statusSubresource ? [{ name: 'status', kind: resource.kind, verbs: ['get', 'patch', 'update'] }] : [];
  return [...status, ...resource.subresources];
}

function aggregatedList(registry: Registry, form: string, names: readonly string[]): ApiResponse {
  const items = names.map((name) => ({
    metadata: name === '' ? { creationTimestamp: null } : { name, creationTimestamp: null },
    versions: versionsOf(registry, name).map((one) => ({
      version: one,
      freshness: 'Current',
      resources: aggregatedResources(registry, name, one),
    })),
  }));
  return ok(
    { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${form}`, metadata: {}, items },
    {
      'content-type': `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`,
      etag: `"${registry.revision}-${names.length}"`,
      vary: 'Accept',
    },
  );
}

function aggregatedResources(registry: Registry, name: string, versionName: string): JsonObject[] {
  const found = registry.all.filter((resource) => resource.group === name && resource.version === versionName);
  return found.map((resource) => ({
    resource: resource.plural,
    responseKind: kindOf(resource, resource.kind),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    subresources: subresourcesOf(resource).map((sub) => ({
      subresource: sub.name,
      responseKind: kindOf(resource, sub.kind),
      verbs: sub.verbs,
    })),
  }));
}

function kindOf(resource: Resource, kind: string): JsonObject {
  if (kind === 'TokenRequest') return { group: 'authentication.k8s.io', version: 'v1', kind };
  const [versionName = '', groupName = ''] = apiVersionOf(resource).split('/').reverse();
  return { group: groupName, version: versionName, kind };
}
