import type { Store } from './store.ts';
import { storeKey } from './store.ts';
import type { Backup, KubeObject } from './types.ts';

/** Everything that is stored now. */
export function takeBackup(store: Store): Backup {
  return new Map([...store.collections()].map((collection) => [collection.name, [...collection.scan()].map(([, object]) => object)]));
}

/**
 * Puts back what was stored then: what has been made since is gone, what was deleted is there again under its old uid. As after a restore of
 * etcd with a bumped revision, versions go on counting and nobody can resume a watch from before.
 */
export function restoreBackup(store: Store, backup: Backup): void {
  for (const collection of [...store.collections()]) {
    const old = new Map((backup.get(collection.name) ?? []).map((object) => [keyOf(object), object]));
    for (const [key, object] of [...collection.scan()]) if (!old.has(key)) store.remove(collection, object);
    for (const [key, object] of old) if (collection.get(key) !== object) store.put(collection, object);
  }
  store.compact();
}

const keyOf = ({ metadata }: KubeObject): string => storeKey(metadata.namespace, metadata.name ?? '');
