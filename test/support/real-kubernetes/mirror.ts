import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { Clock } from '../../../src/ports/clock.ts';

/** The version of an object or list as a number: versions of one cluster are in order. */
export function versionOf(object: { readonly metadata?: { readonly resourceVersion?: string } } | undefined): bigint {
  const text = object?.metadata?.resourceVersion ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** Whether a state that a write has left is the last one: nothing holds the deletion up any more. */
export function isGone({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.length ?? 0) === 0;
}

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/**
 * Our resources as the server has them, kept up to date by everything that passes by: a test looks at them after each step of its
 * clock. The server stamps objects with its own time; here they carry the time of the test's clock when they were first seen so.
 */
export class Mirror {
  readonly #clock: Clock;
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  readonly #gone = new Set<string>();
  readonly #stamps = new Map<string, string>();
  readonly #latest = new Map<string, bigint>();
  /** The latest version of anything. */
  latest = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The object with the times of the test's clock. */
  restamp<T extends KubeObject>(object: T): T {
    const { uid, creationTimestamp, deletionTimestamp } = object.metadata;
    if (uid === undefined || creationTimestamp === undefined) return object;
    const metadata = { ...object.metadata, creationTimestamp: this.#stamp(`${uid} created`) };
    if (deletionTimestamp !== undefined) metadata.deletionTimestamp = this.#stamp(`${uid} deleted`);
    return { ...object, metadata };
  }

  #stamp(key: string): string {
    const known = this.#stamps.get(key);
    if (known !== undefined) return known;
    const stamp = new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    this.#stamps.set(key, stamp);
    return stamp;
  }

  /** Takes in a state, unless a later one is known. */
  put(plural: string, object: KubeObject): void {
    const version = versionOf(object);
    if (version > this.latest) this.latest = version;
    if (version > this.latestOf(plural)) this.#latest.set(plural, version);
    if (this.#gone.has(object.metadata.uid ?? '')) return;
    const collection = this.#collection(plural);
    const known = collection.get(keyOf(object));
    if (known === undefined || versionOf(known) < version) collection.set(keyOf(object), object);
  }

  /** The object with this uid is gone for good. */
  remove(plural: string, key: string, uid: string): void {
    this.#gone.add(uid);
    const collection = this.#collection(plural);
    if (collection.get(key)?.metadata.uid === uid) collection.delete(key);
  }

  /** The latest version of a collection. */
  latestOf(plural: string): bigint {
    return this.#latest.get(plural) ?? 0n;
  }

  get(plural: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collection(plural).get(`${namespace ?? ''}/${name}`);
  }

  /** In the order of their keys. */
  list(plural: string): KubeObject[] {
    return [...this.#collection(plural)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  #collection(plural: string): Map<string, KubeObject> {
    let collection = this.#collections.get(plural);
    if (collection === undefined) this.#collections.set(plural, (collection = new Map<string, KubeObject>()));
    return collection;
  }
}
