import { failedPrecondition, notFound } from '../api-error.ts';
import type { Resource } from '../resource.ts';
import { storeKey } from '../store.ts';
import type { KubeObject } from '../types.ts';
import type { ObjectPlace, ServerState } from './state.ts';
import { timestamp } from './state.ts';

/** What becomes of the objects that an object owns. */
export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

/** How a deletion is to be done. */
export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly propagationPolicy?: PropagationPolicy;
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
}

/** The finalizers that stand for garbage collection. */
export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** What came of a deletion. */
export interface Deletion {
  readonly object: KubeObject;
  /** False while finalizers hold the object. */
  readonly gone: boolean;
}

/** Deletes an object, or marks it as being deleted while finalizers hold it. Throws ApiError. */
export function deleteObject(state: ServerState, { resource, namespace, name }: ObjectPlace, options: DeleteOptions = {}): Deletion {
  const collection = state.store.collection(resource.collection);
  const old = collection.get(storeKey(namespace, name));
  if (!old) throw notFound(resource, name);
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid !== undefined && uid !== old.metadata.uid) {
    const found = old.metadata.uid ?? '';
    throw failedPrecondition(
      resource,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${found}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
    const found = old.metadata.resourceVersion ?? '';
    throw failedPrecondition(
      resource,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${found}). The object might have been modified`,
    );
  }
  return remove(state, resource, old, options);
}

function remove(state: ServerState, resource: Resource, old: KubeObject, options: DeleteOptions): Deletion {
  const collection = state.store.collection(resource.collection);
  const finalizers = finalizersFor(old, options.propagationPolicy);
  const isNamespace = resource.kind === 'Namespace';
  if (finalizers.length === 0 && !isNamespace) {
    return { object: options.dryRun ? old : state.store.remove(collection, old), gone: true };
  }
  const marked = old.metadata.deletionTimestamp !== undefined;
  if (marked && finalizers.length === (old.metadata.finalizers?.length ?? 0)) return { object: old, gone: false };
  const { generation } = old.metadata;
  const object: KubeObject = {
    ...old,
    metadata: {
      ...old.metadata,
      deletionTimestamp: old.metadata.deletionTimestamp ?? timestamp(state.clock),
      ...(isNamespace ? {} : { deletionGracePeriodSeconds: 0 }),
      ...(generation === undefined || marked ? {} : { generation: generation + 1 }),
      ...(finalizers.length > 0 ? { finalizers } : {}),
    },
    ...(isNamespace ? { status: { phase: 'Terminating' } } : {}),
  };
  return { object: options.dryRun ? object : state.store.put(collection, object), gone: false };
}

function finalizersFor(object: KubeObject, policy: PropagationPolicy | undefined): string[] {
  const finalizers = new Set(object.metadata.finalizers);
  if (policy !== undefined) {
    finalizers.delete(foregroundFinalizer);
    finalizers.delete(orphanFinalizer);
  }
  if (policy === 'Foreground') finalizers.add(foregroundFinalizer);
  if (policy === 'Orphan') finalizers.add(orphanFinalizer);
  return [...finalizers];
}
