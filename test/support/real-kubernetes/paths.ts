/** A path of the API, taken apart. */
export interface ApiPath {
  /** Up to the version. */
  readonly root: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Where a kind is. */
export interface KnownKind {
  readonly kind: string;
  readonly root: string;
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Looked at after each step of the clock. */
  readonly mirrored: boolean;
}

const kind = (name: string, apiVersion: string, plural: string, namespaced = true): KnownKind => ({
  kind: name,
  root: apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
  apiVersion,
  plural,
  namespaced,
  mirrored: apiVersion.startsWith('tenantsync.dev/'),
});

const kinds = [
  kind('TenantPair', 'tenantsync.dev/v1alpha1', 'tenantpairs'),
  kind('SyncConfiguration', 'tenantsync.dev/v1alpha1', 'syncconfigurations'),
  kind('UserProjection', 'tenantsync.dev/v1alpha1', 'userprojections'),
  kind('GroupProjection', 'tenantsync.dev/v1alpha1', 'groupprojections'),
  kind('Secret', 'v1', 'secrets'),
  kind('ConfigMap', 'v1', 'configmaps'),
  kind('Event', 'v1', 'events'),
  kind('Namespace', 'v1', 'namespaces', false),
  kind('ServiceAccount', 'v1', 'serviceaccounts'),
  kind('Lease', 'coordination.k8s.io/v1', 'leases'),
];

/** The kinds that behaviour tests speak of. */
export function knownKind(name: string): KnownKind {
  const found = kinds.find((each) => each.kind === name || each.plural === name);
  if (found === undefined) throw new Error(`behaviour tests do not know the kind ${name}`);
  return found;
}

export function pathOf(known: KnownKind, namespace?: string, name?: string): string {
  const scope = known.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
  return `${known.root}${scope}/${known.plural}${name === undefined ? '' : `/${name}`}`;
}

const shape = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

/** Undefined for what is no path of objects. */
export function parsePath(path: string): ApiPath | undefined {
  const match = shape.exec(path);
  if (match === null) return undefined;
  const [, root = '', namespace, plural = '', name, subresource] = match;
  return { root, namespace, plural, name, subresource };
}
