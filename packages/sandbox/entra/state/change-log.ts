import type { SandboxUser } from '../types.ts';

/** One change of a user. `changed` names the properties, `manager` among them; undefined: the whole object is new to its readers. */
export interface UserLogEntry {
  readonly id: string;
  readonly kind: 'present' | 'deleted' | 'purged';
  readonly user: SandboxUser | undefined;
  readonly changed: ReadonlySet<string> | undefined;
  /** Former manager, when the manager changed. */
  readonly managerBefore: string | null;
}

/** One change of a group or of its membership. */
export interface GroupLogEntry {
  readonly id: string;
  readonly kind: 'present' | 'deleted' | 'purged' | 'added' | 'removed';
  readonly memberId?: string;
}

/**
 * What happened to the objects of one kind, in order. A position is the number of entries before it. Entries become
 * visible to delta rounds in order, each at its time.
 */
export class ChangeLog<T> {
  #entries: T[] = [];
  #visibleAt: number[] = [];
  #visible = 0;

  append(entry: T, visibleAt: number): void {
    const previous = this.#visibleAt.at(-1) ?? 0;
    this.#entries.push(entry);
    this.#visibleAt.push(Math.max(previous, visibleAt));
  }

  /** Number of entries that delta rounds may see at `now`; calls `reveal` once for each that has newly become visible. */
  position(now: number, reveal: (entry: T) => void): number {
    for (;;) {
      const entry = this.#entries[this.#visible];
      const at = this.#visibleAt[this.#visible];
      if (entry === undefined || at === undefined || at > now) return this.#visible;
      this.#visible += 1;
      reveal(entry);
    }
  }

  between(from: number, to: number): readonly T[] {
    return this.#entries.slice(from, to);
  }
}
