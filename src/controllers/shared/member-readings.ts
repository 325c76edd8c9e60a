import type { ResultPage } from '../../ports/directory.ts';
import type { GroupMember } from '../../ports/group-directory.ts';
import type { Steps, Turn } from './steps.ts';

/** The side that is read: the source, the target, and directly before a removal the source once more. */
export type Side = 'Source' | 'Target' | 'Confirming';

/** A reading of one side of a group, which goes on from pass to pass until it has come to its end. */
export interface MemberReading {
  /** What is read and for which spec: anything else is read anew. */
  readonly of: string;
  /** The directory that the links lead through. */
  readonly from: object;
  /** When it began (monotonic). */
  readonly begunAt: number;
  readonly turn: Turn;
  readonly steps: Steps<unknown>;
  /** Asks for the first page, or the one that a link leads to, as the pass of now does. */
  ask: (link: string | undefined) => Promise<ResultPage<GroupMember>>;
  readonly ids: Set<string>;
  /** Members of whom more than the id is needed: those who are no users, and users whom no record links. */
  readonly members: Map<string, GroupMember>;
  /** When the directory may be asked again (monotonic). */
  resumeAt: number;
  /** When its last page was read (monotonic); until then nothing may be concluded from it. */
  endedAt: number | undefined;
}

/** Since when the work on a group has not come on (monotonic), how much had been read at most, and when the status told of it last. */
interface Standstill {
  since: number;
  most: number;
  toldAt: number | undefined;
}

/**
 * Readings of groups that take longer than one pass, by the keys of the records. They are in memory alone: a process that has lost them reads from the
 * first page.
 */
export class MemberReadings {
  readonly #sides = new Map<string, Map<Side, MemberReading>>();
  readonly #standstills = new Map<string, Standstill>();

  of(key: string, side: Side): MemberReading | undefined {
    return this.#sides.get(key)?.get(side);
  }

  begin(key: string, side: Side, reading: MemberReading): MemberReading {
    const sides = this.#sides.get(key) ?? new Map<Side, MemberReading>();
    sides.set(side, reading);
    this.#sides.set(key, sides);
    return reading;
  }

  /** Nothing follows from what was read of a side: it is read from the first page. */
  drop(key: string, side: Side): void {
    this.#sides.get(key)?.delete(side);
  }

  isUnderWay(key: string): boolean {
    return (this.#sides.get(key)?.size ?? 0) > 0;
  }

  /** When the oldest reading that is kept began (monotonic); undefined where none is. */
  oldestOf(key: string): number | undefined {
    const readings = [...(this.#sides.get(key)?.values() ?? [])];
    return readings.length === 0 ? undefined : Math.min(...readings.map(({ begunAt }) => begunAt));
  }

  /** How many people and members were read so far, on both sides. */
  countOf(key: string): number {
    return [...(this.#sides.get(key)?.values() ?? [])].reduce((sum, { ids }) => sum + ids.size, 0);
  }

  /** A page was read. What was read before, by a reading that had to begin anew, is no progress. */
  tookPage(key: string, now: number): void {
    const standstill = this.standstillOf(key, now);
    const count = this.countOf(key);
    if (count > standstill.most) Object.assign(standstill, { since: now, most: count });
  }

  /** Something was written, or the work rests and is not to come on. */
  cameOn(key: string, now: number): void {
    const standstill = this.#standstills.get(key);
    if (standstill !== undefined) standstill.since = now;
  }

  /** Whether a pass before has come to no end. */
  standsStill(key: string): boolean {
    return this.#standstills.has(key);
  }

  standstillOf(key: string, now: number): Standstill {
    const standstill = this.#standstills.get(key) ?? { since: now, most: 0, toldAt: undefined };
    this.#standstills.set(key, standstill);
    return standstill;
  }

  /** A pass ends before its work is done: readings that were quick are made anew by the next one, others are kept. */
  pause(key: string, quickMs: number): void {
    const readings = [...(this.#sides.get(key)?.values() ?? [])];
    const isQuick = ({ begunAt, endedAt }: MemberReading): boolean => endedAt !== undefined && endedAt - begunAt <= quickMs;
    if (readings.every(isQuick)) this.#sides.delete(key);
  }

  end(key: string): void {
    this.#sides.delete(key);
    this.#standstills.delete(key);
  }

  /** Another process may go on from here on: what it does is not known to this one. */
  endAll(): void {
    this.#sides.clear();
    this.#standstills.clear();
  }
}
