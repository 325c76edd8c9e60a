import type { SandboxUser } from '../types.ts';

/** Ids by key, kept up to date with the users of one replica. A user may have several keys, or none. */
export class FieldIndex {
  #ids = new Map<string, string | Set<string>>();
  #keysOf: (user: SandboxUser) => readonly string[];

  constructor(keysOf: (user: SandboxUser) => readonly string[]) {
    this.#keysOf = keysOf;
  }

  /** Replaces what `before` contributed by what `after` does. */
  update(before: SandboxUser | undefined, after: SandboxUser | undefined): void {
    const old = before === undefined ? [] : this.#keysOf(before);
    const now = after === undefined ? [] : this.#keysOf(after);
    if (old.length === now.length && old.every((key, at) => key === now[at])) return;
    if (before !== undefined) for (const key of old) this.#remove(key, before.id);
    if (after !== undefined) for (const key of now) this.#add(key, after.id);
  }

  get(key: string): Iterable<string> {
    const found = this.#ids.get(key);
    if (found === undefined) return [];
    return typeof found === 'string' ? [found] : found;
  }

  #add(key: string, id: string): void {
    const found = this.#ids.get(key);
    if (found === undefined) this.#ids.set(key, id);
    else if (typeof found !== 'string') found.add(id);
    else if (found !== id) this.#ids.set(key, new Set([found, id]));
  }

  #remove(key: string, id: string): void {
    const found = this.#ids.get(key);
    if (found === id) this.#ids.delete(key);
    else if (found instanceof Set) {
      found.delete(id);
      if (found.size === 0) this.#ids.delete(key);
    }
  }
}
