import type { Timer } from '../../../src/ports/clock.ts';
import type { Collection, StoreEvent } from './store.ts';
import { storeKey } from './store.ts';
import type { KubeObject, OwnerReference } from './types.ts';
import { deleteObject, foregroundFinalizer, orphanFinalizer } from './writes/deleter.ts';
import { placeOf, type ServerState } from './writes/state.ts';

const crdFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
const crds = 'customresourcedefinitions.apiextensions.k8s.io';

interface Place {
  readonly collection: Collection;
  readonly key: string;
}

/** Collects what is left over: dependents of deleted owners, the contents of deleted namespaces and kinds. Works a little later, on the clock. */
export class Collector {
  readonly #state: ServerState;
  readonly #delayMs: number;
  readonly #dependents = new Map<string, Map<string, Place>>();
  #dirty = new Map<string, Place>();
  #timer: Timer | undefined;

  constructor(state: ServerState, delayMs: number) {
    this.#state = state;
    this.#delayMs = delayMs;
    state.store.listeners.add((collection, event) => this.#observe(collection, event));
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #observe(collection: Collection, event: StoreEvent): void {
    const place = { collection, key: event.key };
    const { object, previous } = event;
    const owners = object.metadata.ownerReferences ?? [];
    for (const owner of previous?.metadata.ownerReferences ?? []) this.#dependents.get(owner.uid)?.delete(idOf(place));
    if (event.type === 'DELETED') this.#observeDeletion(collection, object, owners);
    else {
      for (const owner of owners) this.#remember(owner.uid, place);
      if (owners.length > 0 && event.type === 'ADDED') this.#enqueue(place);
      if (object.metadata.deletionTimestamp !== undefined) this.#enqueue(place);
    }
  }

  #observeDeletion(collection: Collection, object: KubeObject, owners: readonly OwnerReference[]): void {
    for (const place of this.#dependents.get(object.metadata.uid ?? '')?.values() ?? []) this.#enqueue(place);
    this.#dependents.delete(object.metadata.uid ?? '');
    for (const owner of owners) {
      const place = this.#placeOf(owner, object.metadata.namespace);
      if (place?.collection.get(place.key)?.metadata.deletionTimestamp !== undefined) this.#enqueue(place);
    }
    const { store } = this.#state;
    const containers = [
      { collection: store.collection('namespaces'), key: object.metadata.namespace ?? '' },
      { collection: store.collection(crds), key: collection.name },
    ];
    for (const place of containers) if (place.collection.get(place.key)?.metadata.deletionTimestamp !== undefined) this.#enqueue(place);
  }

  #remember(uid: string, place: Place): void {
    let places = this.#dependents.get(uid);
    if (!places) {
      places = new Map<string, Place>();
      this.#dependents.set(uid, places);
    }
    places.set(idOf(place), place);
  }

  #enqueue(place: Place): void {
    this.#dirty.set(idOf(place), place);
    this.#timer ??= this.#state.clock.setTimer(this.#delayMs, () => {
      this.#timer = undefined;
      const due = this.#dirty;
      this.#dirty = new Map();
      for (const one of due.values()) this.#collect(one);
    });
  }

  #collect(place: Place): void {
    const object = place.collection.get(place.key);
    if (!object) return;
    if (object.metadata.deletionTimestamp === undefined) {
      this.#collectDependent(place, object);
      return;
    }
    if (place.collection.name === 'namespaces') this.#emptyNamespace(place, object);
    if (place.collection.name === crds) this.#emptyKind(place, object);
    if (object.metadata.finalizers?.includes(foregroundFinalizer)) this.#collectForeground(place, object);
    if (object.metadata.finalizers?.includes(orphanFinalizer)) this.#orphan(place, object);
  }

  /** Deletes an object none of whose owners is there; forgets owners that are gone while others remain. */
  #collectDependent(place: Place, object: KubeObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const present = owners.filter((owner) => this.#exists(owner, object.metadata.namespace));
    if (present.length === owners.length) return;
    if (present.length === 0) this.#delete(place, object, 'Background');
    else this.#state.store.put(place.collection, { ...object, metadata: { ...object.metadata, ownerReferences: present } });
  }

  #collectForeground(place: Place, object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    let blocked = false;
    for (const dependent of this.#dependents.get(uid)?.values() ?? []) {
      const found = dependent.collection.get(dependent.key);
      if (!found) continue;
      if (found.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion)) blocked = true;
      if (found.metadata.deletionTimestamp === undefined) this.#delete(dependent, found, 'Foreground');
    }
    if (!blocked || this.#blockersOf(uid) === 0) this.#dropFinalizer(place, foregroundFinalizer);
  }

  #blockersOf(uid: string): number {
    const places = [...(this.#dependents.get(uid)?.values() ?? [])];
    const blocks = (object: KubeObject | undefined): boolean =>
      object?.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion) ?? false;
    return places.filter((place) => blocks(place.collection.get(place.key))).length;
  }

  #orphan(place: Place, object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    for (const dependent of [...(this.#dependents.get(uid)?.values() ?? [])]) {
      const found = dependent.collection.get(dependent.key);
      if (!found) continue;
      const { ownerReferences, ...metadata } = found.metadata;
      const rest = (ownerReferences ?? []).filter((owner) => owner.uid !== uid);
      this.#state.store.put(dependent.collection, {
        ...found,
        metadata: rest.length > 0 ? { ...metadata, ownerReferences: rest } : metadata,
      });
    }
    this.#dropFinalizer(place, orphanFinalizer);
  }

  #emptyNamespace(place: Place, namespace: KubeObject): void {
    const name = namespace.metadata.name ?? '';
    let left = 0;
    for (const collection of this.#state.store.collections()) {
      if (!this.#state.registry.ofCollection(collection.name)?.namespaced) continue;
      for (const [key, object] of [...collection.scan(`${name}/`)]) {
        if (object.metadata.deletionTimestamp === undefined) this.#delete({ collection, key }, object, 'Background');
        if (collection.get(key)) left += 1;
      }
    }
    if (left === 0 && !namespace.metadata.finalizers?.length) this.#state.store.remove(place.collection, namespace);
  }

  #emptyKind(place: Place, crd: KubeObject): void {
    const collection = this.#state.store.collection(crd.metadata.name ?? '');
    for (const [key, object] of [...collection.scan()]) {
      if (object.metadata.deletionTimestamp === undefined) this.#delete({ collection, key }, object, 'Background');
    }
    if (collection.size === 0) this.#dropFinalizer(place, crdFinalizer);
  }

  #dropFinalizer(place: Place, finalizer: string): void {
    const object = place.collection.get(place.key);
    if (!object?.metadata.finalizers?.includes(finalizer)) return;
    const { finalizers, ...metadata } = object.metadata;
    const rest = finalizers.filter((one) => one !== finalizer);
    if (rest.length === 0) this.#state.store.remove(place.collection, object);
    else this.#state.store.put(place.collection, { ...object, metadata: { ...metadata, finalizers: rest } });
  }

  #delete(place: Place, object: KubeObject, propagationPolicy: 'Background' | 'Foreground'): void {
    const resource = this.#state.registry.ofCollection(place.collection.name);
    if (resource) deleteObject(this.#state, placeOf(resource, object), { propagationPolicy });
  }

  #exists(owner: OwnerReference, namespace: string | undefined): boolean {
    const place = this.#placeOf(owner, namespace);
    return place?.collection.get(place.key)?.metadata.uid === owner.uid;
  }

  #placeOf(owner: OwnerReference, namespace: string | undefined): Place | undefined {
    const resource = this.#state.registry.ofObject(owner.apiVersion, owner.kind);
    if (!resource) return undefined;
    const key = storeKey(resource.namespaced ? namespace : undefined, owner.name);
    return { collection: this.#state.store.collection(resource.collection), key };
  }
}

function idOf(place: Place): string {
  return `${place.collection.name} ${place.key}`;
}
