import { parseKey, type KubeObject, type Subject } from '../../ports/resources.ts';
import type { Entries, EntryChange, Filing } from '../entries.ts';
import { LruMap } from '../lru-map.ts';
import type { IndexFunction } from '../store-index.ts';
import { BitSet } from './bit-set.ts';
import { chunkOf, Chunks, type Place } from './chunks.ts';
import { Codec } from './codec.ts';
import { HashChains } from './hash-chains.ts';
import { hashOfText } from './texts.ts';

/** Objects that were just read or written are read again. */
const mostRecent = 512;
const firstSlots = 1024;

/** Where an object is, by its slot. */
class Slots {
  places = new Float64Array(firstSlots);
  lengths = new Uint32Array(firstSlots);
  versions = new BigUint64Array(firstSlots);
  readonly #free: number[] = [];
  used = 0;

  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.used === this.places.length) this.#grow();
    this.used += 1;
    return this.used - 1;
  }

  giveBack(slot: number): void {
    this.lengths[slot] = 0;
    this.#free.push(slot);
  }

  #grow(): void {
    const size = this.places.length * 2;
    const { places, lengths, versions } = this;
    (this.places = new Float64Array(size)).set(places);
    (this.lengths = new Uint32Array(size)).set(lengths);
    (this.versions = new BigUint64Array(size)).set(versions);
  }
}

/**
 * Objects packed into bytes outside of the heap, whole and the same when they are read again, for a kind of which there are very many. No
 * collection walks them, and an object costs a fifth of what it costs as it came. Whoever reads one gets a copy.
 */
export class PackedEntries<T extends KubeObject> implements Entries<T> {
  readonly #filing: Filing<T>;
  readonly #indexes: readonly (readonly [string, IndexFunction<T>])[];
  readonly #codec = new Codec();
  readonly #chunks = new Chunks();
  readonly #slots = new Slots();
  readonly #chains = new HashChains();
  readonly #groups = new Map<string, BitSet>();
  readonly #recent = new LruMap<T, number>(mostRecent);
  /** The object that a walk is at: whoever looks at it finds it by its index too. */
  #walked: { readonly slot: number; readonly object: T } | undefined;
  #size = 0;

  constructor(filing: Filing<T>) {
    this.#filing = filing;
    this.#indexes = Object.entries(filing.indexes);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that the objects take, without what finds them. */
  get bytes(): number {
    return this.#chunks.size;
  }

  get(key: string): T | undefined {
    const slot = this.#find(key);
    return slot === undefined ? undefined : this.#read(slot);
  }

  version(key: string): bigint | undefined {
    const slot = this.#find(key);
    return slot === undefined ? undefined : this.#slots.versions[slot];
  }

  set(key: string, { old, current, version, initial }: EntryChange<T>): void {
    const known = this.#find(key);
    const slot = known ?? this.#slots.take();
    const { name, namespace } = parseKey(key);
    const bytes = this.#codec.encode([name, namespace, this.#filing.subject(current), current]);
    const { length } = bytes;
    const place = this.#chunks.put(bytes);
    const former = { place: this.#slots.places[slot] ?? 0, length: this.#slots.lengths[slot] ?? 0 };
    this.#slots.places[slot] = place;
    this.#slots.lengths[slot] = length;
    this.#slots.versions[slot] = version;
    if (known === undefined) {
      this.#size += 1;
      this.#chains.add(hashOfText(key, 0), slot);
    } else this.#free(former);
    this.#file(slot, old, current);
    this.#forget(slot);
    // Of the first list each one would only push the one before out, and live long enough to be moved by the collection.
    if (!initial) this.#recent.set(slot, current);
  }

  delete(key: string, old: T): void {
    const slot = this.#find(key);
    if (slot === undefined) return;
    this.#size -= 1;
    this.#chains.remove(hashOfText(key, 0), slot);
    this.#file(slot, old, undefined);
    this.#forget(slot);
    const former = { place: this.#slots.places[slot] ?? 0, length: this.#slots.lengths[slot] ?? 0 };
    this.#slots.giveBack(slot);
    this.#free(former);
  }

  *keys(): Generator<string> {
    for (const slot of this.#all()) {
      const [name, namespace] = this.#decode(slot, 2) as [string, string];
      yield `${namespace}/${name}`;
    }
  }

  *all(): Generator<T> {
    for (const slot of this.#all()) yield this.#object(slot);
  }

  byIndex(index: string, value: string): readonly T[] {
    const number = this.#indexes.findIndex(([name]) => name === index);
    const values = this.#indexes[number]?.[1];
    if (values === undefined) throw new TypeError(`there is no index ${index}`);
    return [...new Set(this.#chains.get(hashOfText(value, number + 1)))]
      .filter((slot) => this.#isTaken(slot))
      .map((slot) => this.#read(slot))
      .filter((object) => values(object).includes(value));
  }

  count(group: string): number {
    return this.#groups.get(group)?.size ?? 0;
  }

  *each(group: string): Generator<T> {
    for (const slot of this.#groups.get(group) ?? []) yield this.#object(slot);
  }

  *subjects(group: string): Generator<Subject<T>> {
    const members = this.#groups.get(group);
    if (members === undefined) return;
    for (const slot of members) {
      const [name, namespace, id] = this.#decode(slot, 3) as [string, string, string];
      const key = `${namespace}/${name}`;
      yield { id, key, read: () => this.#member(members, key) };
    }
  }

  /** The object of a key while it is in a group. Its slot may be somebody else's by now. */
  #member(members: BitSet, key: string): T | undefined {
    const slot = this.#find(key);
    return slot !== undefined && members.has(slot) ? this.#object(slot) : undefined;
  }

  *#all(): Generator<number> {
    for (let slot = 0; slot < this.#slots.used; slot += 1) if (this.#isTaken(slot)) yield slot;
  }

  #isTaken(slot: number): boolean {
    return (this.#slots.lengths[slot] ?? 0) > 0;
  }

  #find(key: string): number | undefined {
    const { name, namespace } = parseKey(key);
    return this.#chains.get(hashOfText(key, 0)).find((slot) => {
      if (!this.#isTaken(slot)) return false;
      const values = this.#decode(slot, 2);
      return values[0] === name && values[1] === namespace;
    });
  }

  #decode(slot: number, count: number): readonly unknown[] {
    const { bytes, offset } = this.#chunks.at(this.#slots.places[slot] ?? 0);
    return this.#codec.decode(bytes, offset, count);
  }

  /** For walks: nothing that was just read is forgotten because of them. */
  #object(slot: number): T {
    const object = this.#decode(slot, 4)[3] as T;
    this.#walked = { slot, object };
    return object;
  }

  #forget(slot: number): void {
    this.#recent.delete(slot);
    if (this.#walked?.slot === slot) this.#walked = undefined;
  }

  #read(slot: number): T {
    const recent = this.#recent.get(slot);
    if (recent !== undefined) return recent;
    if (this.#walked?.slot === slot) return this.#walked.object;
    const object = this.#decode(slot, 4)[3] as T;
    this.#recent.set(slot, object);
    return object;
  }

  #file(slot: number, old: T | undefined, current: T | undefined): void {
    for (const [number, [, values]] of this.#indexes.entries()) {
      const { gone, come } = changeOf(values, old, current);
      for (const value of gone) this.#chains.remove(hashOfText(value, number + 1), slot);
      for (const value of come) this.#chains.add(hashOfText(value, number + 1), slot);
    }
    const { gone, come } = changeOf(this.#filing.groups, old, current);
    for (const group of gone) this.#leave(group, slot);
    for (const group of come) this.#group(group).add(slot);
  }

  #group(name: string): BitSet {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = new BitSet()));
    return group;
  }

  #leave(name: string, slot: number): void {
    const group = this.#group(name);
    group.delete(slot);
    if (group.size === 0) this.#groups.delete(name);
  }

  #free({ place, length }: { readonly place: Place; readonly length: number }): void {
    const sparse = this.#chunks.free(place, length);
    if (sparse === undefined) return;
    for (const slot of this.#all()) {
      const from = this.#slots.places[slot] ?? 0;
      if (chunkOf(from) !== sparse) continue;
      const { bytes, offset } = this.#chunks.at(from);
      this.#slots.places[slot] = this.#chunks.put(bytes.subarray(offset, offset + (this.#slots.lengths[slot] ?? 0)));
    }
    this.#chunks.drop(sparse);
  }
}

/** The values that a change takes away and brings, each once. */
function changeOf<T>(
  values: IndexFunction<T>,
  old: T | undefined,
  current: T | undefined,
): { readonly gone: readonly string[]; readonly come: readonly string[] } {
  const before = old === undefined ? [] : values(old);
  const after = current === undefined ? [] : values(current);
  return { gone: without(before, after), come: without(after, before) };
}

const without = (values: readonly string[], others: readonly string[]): readonly string[] =>
  values.filter((value, index) => !others.includes(value) && values.indexOf(value) === index);
