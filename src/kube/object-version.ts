import type { KubeObject } from '../ports/resources.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The version of an object as a number that orders the states of one kind; 0 when it has none. */
export function versionOf(object: { readonly metadata: { readonly resourceVersion?: string } }): bigint {
  const text = object.metadata.resourceVersion ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** The object without what nobody reads: managed fields and kubectl's copy of it. */
export function strip<T extends KubeObject>(object: T): T {
  const metadata: T['metadata'] & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  if (metadata.annotations !== undefined && lastApplied in metadata.annotations) {
    metadata.annotations = Object.fromEntries(Object.entries(metadata.annotations).filter(([name]) => name !== lastApplied));
  }
  return { ...object, metadata };
}
