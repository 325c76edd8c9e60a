/** As long as a record that waits for the source waits before it asks again. */
const restMs = 60_000;

/**
 * Seats that passes under way have taken and no record shows yet, so that many at once never take the last one twice. A cache: a pass that
 * a crash has ended holds nothing, and what it had recorded before it asked for an account counts by its record.
 */
export class HeldSeats {
  /** Records whose passes gave a seat back, and until when they are not put in turn for it again (monotonic), oldest first. */
  readonly #resting = new Map<string, number>();
  /** By tenants and mode, and by person: the records whose passes hold the person's seat. */
  readonly #held = new Map<string, Map<string, Set<string>>>();

  hold(room: string, person: string, record: string): void {
    const held = this.#held.get(room) ?? new Map<string, Set<string>>();
    held.set(person, (held.get(person) ?? new Set()).add(record));
    this.#held.set(room, held);
  }

  /**
   * Whether the record's pass held the person's seat, which is given back; one that another record's pass holds stays held. `now`: monotonic. A
   * record that could not use its seat would otherwise be the first in turn for it, and come back at once for ever (I14).
   */
  release(room: string, person: string, record: string, now: number): boolean {
    const holders = this.#held.get(room)?.get(person);
    if (holders?.delete(record) !== true) return false;
    if (holders.size === 0) this.#held.get(room)?.delete(person);
    for (const [other, until] of this.#resting) if (until <= now || other === record) this.#resting.delete(other);
    this.#resting.set(record, now + restMs);
    return true;
  }

  /** Whether a record has given a seat back lately: it has a time of its own at which it comes back. */
  isResting(record: string, now: number): boolean {
    return (this.#resting.get(record) ?? now) > now;
  }

  heldIn(room: string): readonly string[] {
    return [...(this.#held.get(room)?.keys() ?? [])];
  }
}
