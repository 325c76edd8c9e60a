/**
 * Seats that passes under way have taken and no record shows yet, so that many at once never take the last one twice. A cache: a pass that
 * a crash has ended holds nothing, and what it had recorded before it asked for an account counts by its record.
 */
export class HeldSeats {
  /** By tenants and mode, and by person: the records whose passes hold the person's seat. */
  readonly #held = new Map<string, Map<string, Set<string>>>();

  hold(room: string, person: string, record: string): void {
    const held = this.#held.get(room) ?? new Map<string, Set<string>>();
    held.set(person, (held.get(person) ?? new Set()).add(record));
    this.#held.set(room, held);
  }

  /** Whether the record's pass held the person's seat, which is given back; one that another record's pass holds stays held. */
  release(room: string, person: string, record: string): boolean {
    const holders = this.#held.get(room)?.get(person);
    if (holders?.delete(record) !== true) return false;
    if (holders.size === 0) this.#held.get(room)?.delete(person);
    return true;
  }

  heldIn(room: string): readonly string[] {
    return [...(this.#held.get(room)?.keys() ?? [])];
  }
}
