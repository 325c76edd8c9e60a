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
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group = '', version = '', ...rest] = root === 'api' ? ['', ...parts] : parts;
  if (rest.length === 0 || rest.includes('')) return undefined;
  const scoped = isScoped(rest, root === 'api');
  const namespace = scoped ? rest[1] : undefined;
  const [plural = '', name, subresource, ...beyond] = scoped ? rest.slice(2) : rest;
  const resource = registry.find(group, version, plural);
  if (!resource || beyond.length > 0 || !fits(resource, namespace, name)) return undefined;
  return { resource, namespace, name, subresource };
}

/** Objects in namespaces are named with theirs; all of them can be listed without one. */
function fits({ namespaced }: Resource, namespace: string | undefined, name: string | undefined): boolean {
  return namespaced ? namespace !== undefined || name === undefined : namespace === undefined;
}

/** `namespaces/x` alone is the namespace itself; `namespaces/x/status` and `namespaces/x/finalize` belong to it as well. */
function isScoped([first, , third]: readonly string[], isCore: boolean): boolean {
  return first === 'namespaces' && third !== undefined && !(isCore && (third === 'status' || third === 'finalize'));
}
