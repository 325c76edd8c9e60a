import { apiVersion, type UserProjection } from '../../src/api/kinds.ts';
import { groupsOf } from '../../src/core/projection/groups.ts';
import {
  KubeError,
  keyString,
  type KubeObject,
  type GroupedLister,
  type Lister,
  type MergePatch,
  type ObjectKey,
  type ObjectMeta,
  type ResourceWriter,
  type Subject,
  type WriteOptions,
} from '../../src/ports/resources.ts';
import { asRead } from './ignored-field.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386, as a server applies it. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = merged(result[name], value);
  }
  return result;
}

export type StoreVerb = 'create' | 'patch' | 'patchStatus' | 'delete';

/** Objects of one kind, as a store and a writer have them: locks hold, versions and generations grow, and writes are kept in order. */
export class FakeStore<T extends KubeObject> implements Lister<T>, GroupedLister<T>, ResourceWriter<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes: Readonly<Record<string, (object: T) => readonly string[]>>;
  readonly #refusals: { readonly verb: StoreVerb; readonly error: Error }[] = [];
  /** Every write that was taken: what was done to whom, with the patch. */
  readonly writes: { readonly verb: StoreVerb; readonly name: string; readonly patch?: unknown }[] = [];
  #version = 100;
  /** Called before each write, as what happens meanwhile. */
  before: (verb: StoreVerb) => void = () => undefined;

  constructor(indexes: Readonly<Record<string, (object: T) => readonly string[]>>, objects: readonly T[] = []) {
    this.#indexes = indexes;
    for (const object of objects) this.put(object);
  }

  /** Puts an object there, to be read as it is. */
  put(object: T): T {
    const read = asRead(object);
    this.#objects.set(keyString(object.metadata), read);
    return read;
  }

  /** The next write of that kind is refused. */
  refuse(verb: StoreVerb, error: Error): void {
    this.#refusals.push({ verb, error });
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyString(key));
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): readonly T[] {
    const values = this.#indexes[index];
    if (!values) throw new Error(`no index ${index}`);
    return this.list().filter((object) => values(object).includes(value));
  }

  get size(): number {
    return this.#objects.size;
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  count(group: string): number {
    return this.each(group).length;
  }

  /** Groups are those of records. */
  each(group: string): readonly T[] {
    return this.list().filter((object) => groupsOf(object as unknown as UserProjection).includes(group));
  }

  subjects(group: string): readonly Subject<T>[] {
    const subject = (object: T): string => (object as unknown as UserProjection).spec.source.objectId;
    return this.each(group).map((object) => ({ id: subject(object), key: keyString(object.metadata), read: () => object }));
  }

  #begin(verb: StoreVerb): void {
    this.before(verb);
    const index = this.#refusals.findIndex((refusal) => refusal.verb === verb);
    const [refusal] = index < 0 ? [] : this.#refusals.splice(index, 1);
    if (refusal) throw refusal.error;
  }

  async create(object: { metadata: { name: string; namespace: string } & Partial<ObjectMeta>; spec: unknown }): Promise<T> {
    await Promise.resolve();
    this.#begin('create');
    if (this.get(object.metadata)) throw new KubeError('AlreadyExists', object.metadata.name);
    const metadata = {
      uid: `uid-${object.metadata.name}`,
      resourceVersion: String((this.#version += 1)),
      generation: 1,
      creationTimestamp: '2026-01-05T08:00:00Z',
      ...object.metadata,
    };
    const made = {
      apiVersion,
      kind: 'UserProjection',
      ...object,
      metadata,
      status: { observedGeneration: -1, state: 'Pending' },
    } as unknown as T;
    this.writes.push({ verb: 'create', name: metadata.name });
    return this.put(made);
  }

  patch(key: ObjectKey, patch: MergePatch, options: WriteOptions = {}): Promise<T> {
    return this.#write('patch', key, patch, options, (before) => {
      const after = merged(before, patch) as T;
      const { generation } = before.metadata;
      return { ...after, metadata: { ...after.metadata, generation: 'spec' in patch ? generation + 1 : generation } };
    });
  }

  patchStatus(key: ObjectKey, patch: MergePatch, options: WriteOptions = {}): Promise<T> {
    return this.#write('patchStatus', key, patch, options, (before) => merged(before, { status: patch }) as T);
  }

  async #write(
    verb: StoreVerb,
    key: ObjectKey,
    patch: MergePatch,
    { resourceVersion }: WriteOptions,
    change: (before: T) => T,
  ): Promise<T> {
    await Promise.resolve();
    this.#begin(verb);
    const before = this.get(key);
    if (!before) throw new KubeError('NotFound', key.name);
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) throw new KubeError('Conflict', key.name);
    const after = change(before);
    this.writes.push({ verb, name: key.name, patch });
    return this.put({ ...after, metadata: { ...after.metadata, resourceVersion: String((this.#version += 1)) } });
  }

  async delete(key: ObjectKey, options: { uid?: string } = {}): Promise<void> {
    await Promise.resolve();
    this.#begin('delete');
    const found = this.get(key);
    if (!found) return;
    if (options.uid !== undefined && options.uid !== found.metadata.uid) throw new KubeError('Conflict', key.name);
    this.#objects.delete(keyString(key));
    this.writes.push({ verb: 'delete', name: key.name });
  }

  getLive(key: ObjectKey): Promise<T | undefined> {
    return Promise.resolve(this.get(key));
  }
}
