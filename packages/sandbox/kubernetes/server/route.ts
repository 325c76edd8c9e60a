import type { Registry } from '../registry.ts';
import type { Resource } from '../resource.ts';

/** Where a path of the API leads. */
export interface Route {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Finds what a path is about: `/api/v1/...` or `/apis/group/version/...`. */
export function findRoute(registry: Registry, path: string): Route | undefined {
  const [root, ...parts] = path.split('/').slice(1).map(decodeURIComponent);
  const isCore = root === 'api';
  if (!isCore && root !== 'apis') return undefined;
  const [group = '', version = '', ...rest] = isCore ? ['', ...parts] : parts;
  if (rest.length === 0 || rest.includes('')) return undefined;

  // `namespaces/x` alone is the namespace itself; `namespaces/x/status` and `namespaces/x/finalize` belong to it as well.
  const scoped = rest[0] === 'namespaces' && rest.length > 2 && !(isCore && ['status', 'finalize'].includes(rest[2] ?? ''));
  const namespace = scoped ? rest[1] : undefined;
  const [plural = '', name, subresource, ...beyond] = scoped ? rest.slice(2) : rest;
  const resource = registry.find(group, version, plural);
  if (!resource || beyond.length > 0) return undefined;
  if (resource.namespaced ? namespace === undefined && name !== undefined : namespace !== undefined) return undefined;
  return { resource, namespace, name, subresource };
}
