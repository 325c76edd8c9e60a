/**
 * Seats that passes under way have taken and no record shows yet, so that many at once never take the last one twice. A cache: a pass that
 * a crash has ended holds nothing, and what it had recorded before it asked for an account counts by its record.
 */
export class HeldSeats {
  /** By tenants and mode: how many passes hold a seat for a person. */
  readonly #held = new Map<string, Map<string, number>>();

  hold(room: string, person: string): void {
    const held = this.#held.get(room) ?? new Map<string, number>();
    held.set(person, (held.get(person) ?? 0) + 1);
    this.#held.set(room, held);
  }

  /** Whether the person had a seat in hand, which is given back. */
  release(room: string, person: string): boolean {
    const held = this.#held.get(room);
    const passes = held?.get(person);
    if (held === undefined || passes === undefined) return false;
    if (passes > 1) held.set(person, passes - 1);
    else held.delete(person);
    return true;
  }

  heldIn(room: string): readonly string[] {
    return [...(this.#held.get(room)?.keys() ?? [])];
  }
}
