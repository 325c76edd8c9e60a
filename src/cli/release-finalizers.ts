import { apiGroup, finalizers, kinds } from '../api/kinds.ts';
import { inParallel } from '../controllers/sync-configuration/cycle-run.ts';
import type { KubeHttp } from '../kube/http.ts';
import { listPages } from '../kube/list-pager.ts';
import { namespaceIsGone } from '../kube/namespaces.ts';
import { collectionPath, fieldManager, objectPath, type ResourceType } from '../kube/resource-client.ts';
import { keyString, KubeError, type KubeObject, type ObjectKey } from '../ports/resources.ts';

/** An object that our finalizers hold, as last read. */
interface Held {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly resourceVersion: string;
  /** The finalizers of others. */
  readonly kept: readonly string[];
}

/** What one pass over all resources did. */
export interface Pass {
  /** Objects that had a finalizer of ours, by kind. */
  readonly found: Readonly<Record<string, number>>;
  readonly released: Readonly<Record<string, number>>;
  /** Objects that the API server did not let us change, with the kind of its refusal. */
  readonly refused: readonly { readonly kind: string; readonly key: string; readonly why: string }[];
}

/** Patches at the same time. */
const width = 16;

const types: readonly ResourceType[] = [kinds.userProjection, kinds.syncConfiguration, kinds.tenantPair].map((kind) => ({
  group: apiGroup,
  version: 'v1alpha1',
  ...kind,
}));

/**
 * Removes our finalizers from every resource of the namespaces (none: all). What was changed by somebody else since it was read is
 * left for the next pass. Rejects with KubeError when a list cannot be read.
 */
export async function releaseOnce(http: KubeHttp, namespaces: readonly string[]): Promise<Pass> {
  const found: Record<string, number> = {};
  const released: Record<string, number> = {};
  const refused: { kind: string; key: string; why: string }[] = [];
  for (const type of types) {
    for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
      const held = await heldIn(http, type, namespace);
      found[type.kind] = (found[type.kind] ?? 0) + held.length;
      await inParallel(held, width, async (object) => {
        const outcome = await release(http, object);
        if (outcome === 'Released') released[type.kind] = (released[type.kind] ?? 0) + 1;
        else if (outcome !== 'Changed') refused.push({ kind: type.kind, key: keyString(object.key), why: outcome });
      });
    }
  }
  return { found, released, refused };
}

async function heldIn(http: KubeHttp, type: ResourceType, namespace: string | undefined): Promise<readonly Held[]> {
  const held: Held[] = [];
  const seen = new Set<string>();
  const { signal } = new AbortController();
  const collect = (items: Iterable<KubeObject>): void => {
    for (const { metadata } of items) {
      const own = metadata.finalizers ?? [];
      const kept = own.filter((name) => !isOurs(name));
      // After a restart of the list an object may come a second time.
      if (kept.length === own.length || seen.has(keyString(metadata))) continue;
      seen.add(keyString(metadata));
      held.push({
        type,
        key: { namespace: metadata.namespace, name: metadata.name },
        resourceVersion: metadata.resourceVersion,
        kept,
      });
    }
  };
  try {
    await listPages<KubeObject>({
      http,
      path: collectionPath(type, namespace),
      query: {},
      resourceVersion: '',
      signal,
      onPage: collect,
      onRestart: () => undefined,
    });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // Without its definition a kind has no objects. Neither has a namespace that is gone; the right to list there went with it.
    const none =
      error.kind === 'NotFound' ||
      (error.kind === 'Forbidden' && namespace !== undefined && (await namespaceIsGone(http, namespace, signal)));
    if (!none) throw error;
  }
  return held;
}

const isOurs = (name: string): boolean => (Object.values(finalizers) as readonly string[]).includes(name);

async function release(http: KubeHttp, { type, key, resourceVersion, kept }: Held): Promise<'Released' | 'Changed' | KubeError['kind']> {
  try {
    await http.json({
      method: 'PATCH',
      path: objectPath(type, key),
      query: { fieldManager },
      // A merge patch replaces the whole list: without the lock it would undo what others changed in it.
      body: { metadata: { resourceVersion, finalizers: kept.length === 0 ? null : kept } },
      contentType: 'application/merge-patch+json',
    });
    return 'Released';
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.kind === 'NotFound') return 'Released';
    return error.kind === 'Conflict' ? 'Changed' : error.kind;
  }
}
