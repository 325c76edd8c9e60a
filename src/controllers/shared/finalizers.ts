import type { KubeObject, ResourceWriter } from '../../ports/resources.ts';

/** Adds a finalizer unless it is there, under a lock on the version seen. Rejects with Conflict when the object has changed since. */
export async function addFinalizer<T extends KubeObject>(
  writer: ResourceWriter<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T> {
  const current = object.metadata.finalizers ?? [];
  if (current.includes(finalizer)) return object;
  return await writeFinalizers(writer, object, [...current, finalizer], signal);
}

/** Removes a finalizer if it is there, under a lock on the version seen. Rejects with Conflict when the object has changed since. */
export async function removeFinalizer<T extends KubeObject>(
  writer: ResourceWriter<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T> {
  const current = object.metadata.finalizers ?? [];
  if (!current.includes(finalizer)) return object;
  const kept = current.filter((name) => name !== finalizer);
  return await writeFinalizers(writer, object, kept, signal);
}

// A merge patch replaces the whole list: without the lock it would undo what others changed in it.
function writeFinalizers<T extends KubeObject>(
  writer: ResourceWriter<T>,
  object: T,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<T> {
  const { metadata } = object;
  const patch = { metadata: { finalizers: finalizers.length === 0 ? null : finalizers } };
  return writer.patch(metadata, patch, { resourceVersion: metadata.resourceVersion, signal });
}
