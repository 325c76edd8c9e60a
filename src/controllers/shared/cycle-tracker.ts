import type { Hindrance, Throughput } from '../../core/cycle/pace.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';

/** Numbers of the operations of one cycle, by word. */
export interface CycleCounts {
  readonly operations: Record<string, number>;
  /** Those on groups, with the members that were put in and taken out. */
  readonly groupOperations: Record<string, number>;
}

/** The numbers of a cycle that has done nothing. */
export const nothingCounted = (): CycleCounts => ({ operations: {}, groupOperations: {} });

/** What a record does with an account that a pass over the target has found different: says so, or sets it back as well (E11). */
export type Look = 'Compare' | 'Correct';

/** People of a cycle: decided about, and expected in all. */
interface Read {
  readonly decided: number;
  readonly expected: number;
}

interface Tracked {
  readonly cycleId: string;
  readonly readAt: number;
  /** Projections that the cycle changed and that have not been handled since, each with what it waits for. */
  readonly open: Map<string, Hindrance | undefined>;
  readonly waiting: Record<Hindrance, number>;
  /** How many were opened so far. */
  opened: number;
  read: Read;
  readonly counts: CycleCounts;
}

/** What a cycle that has read everybody shows until it has ended. */
const mostRead = 0.99;

/**
 * Follows the projections that running cycles have changed, in memory: a cycle ends when each of them was applied, failed or
 * deferred once. Losing it (a restart) loses counts, never work: what is open can be read off the projections themselves.
 */
export class CycleTracker {
  readonly #cycles = new Map<string, Tracked>();
  /** Projections that are to be compared with the target although nothing changed. */
  readonly #rechecks = new Set<string>();
  /** Records whose accounts may be purged, by configuration. */
  readonly #purges = new Map<string, Set<string>>();
  /** Looks at accounts that a pass over the target has asked for, by configuration and record. */
  readonly #looks = new Map<string, Map<string, Look>>();
  /** Source users whose records were deleted, by configuration; each deletion with a number of its own. */
  readonly #lost = new Map<string, Map<string, number>>();
  #losses = 0;
  /** Missing answers in a row, by record: a restart begins to count anew, and tries a few times more. */
  readonly #noAnswers = new Map<string, number>();
  /** When the change of a projection that is under way was read. */
  readonly #readAt = new Map<string, number>();

  /** Configurations that another one asks to look at the source soon. */
  readonly #requested = new Set<string>();

  /** Asks for a cycle of a configuration now instead of at its next time. Lost with the process: the next time comes all the same. */
  requestCycle(configurationKey: string): void {
    this.#requested.add(configurationKey);
  }

  isCycleRequested(configurationKey: string): boolean {
    return this.#requested.has(configurationKey);
  }

  begin(configurationKey: string, cycleId: string, readAt: number): void {
    this.#requested.delete(configurationKey);
    this.#cycles.set(configurationKey, {
      cycleId,
      readAt,
      open: new Map(),
      waiting: { Quota: 0, Replication: 0, Kubernetes: 0 },
      opened: 0,
      read: { decided: 0, expected: 0 },
      counts: nothingCounted(),
    });
  }

  /** How many people the cycle has decided about, and of how many it will, as far as that can be told. */
  noteRead(configurationKey: string, read: Read): void {
    const cycle = this.#cycles.get(configurationKey);
    if (cycle) cycle.read = read;
  }

  end(configurationKey: string): void {
    this.#cycles.delete(configurationKey);
  }

  /** The cycle changed this projection. */
  changed(configurationKey: string, projectionKey: string): void {
    const cycle = this.#cycles.get(configurationKey);
    if (!cycle) return;
    if (!cycle.open.has(projectionKey)) {
      cycle.opened += 1;
      cycle.open.set(projectionKey, undefined);
    }
    // The first change that has not arrived counts, also when its cycle has ended meanwhile.
    if (!this.#readAt.has(projectionKey)) this.#readAt.set(projectionKey, cycle.readAt);
  }

  /** When the change that has now arrived in the target was read, on the monotonic scale; asking forgets it. */
  takeReadAt(projectionKey: string): number | undefined {
    const readAt = this.#readAt.get(projectionKey);
    this.#readAt.delete(projectionKey);
    return readAt;
  }

  /** The projection was applied, failed, skipped or deferred. */
  handled(configurationKey: string, projectionKey: string): void {
    close(this.#cycles.get(configurationKey), projectionKey);
  }

  /** The work on the projection waits for something; undefined: for nothing any more. */
  waits(configurationKey: string, projectionKey: string, hindrance: Hindrance | undefined): void {
    const cycle = this.#cycles.get(configurationKey);
    if (!cycle?.open.has(projectionKey)) return;
    const before = cycle.open.get(projectionKey);
    if (before !== undefined) cycle.waiting[before] -= 1;
    if (hindrance !== undefined) cycle.waiting[hindrance] += 1;
    cycle.open.set(projectionKey, hindrance);
  }

  /** The projection is gone: nothing waits for it any more. */
  gone(projectionKey: string): void {
    for (const cycle of this.#cycles.values()) close(cycle, projectionKey);
    for (const looks of this.#looks.values()) looks.delete(projectionKey);
    this.#rechecks.delete(projectionKey);
    for (const purges of this.#purges.values()) purges.delete(projectionKey);
    this.#noAnswers.delete(projectionKey);
    this.#readAt.delete(projectionKey);
  }

  /** The record of a source user was deleted by somebody: the user is to be decided about anew. */
  lost(configurationKey: string, sourceId: string): void {
    const known = this.#lost.get(configurationKey) ?? new Map<string, number>();
    known.set(sourceId, (this.#losses += 1));
    this.#lost.set(configurationKey, known);
  }

  /** Source users whose records were deleted and who have not been decided about since. */
  lostOf(configurationKey: string): ReadonlyMap<string, number> {
    return new Map(this.#lost.get(configurationKey));
  }

  /** A cycle has decided about these source users. A user whose record was deleted once more since stays. */
  decided(configurationKey: string, lost: ReadonlyMap<string, number>): void {
    const known = this.#lost.get(configurationKey);
    for (const [id, loss] of lost) if (known?.get(id) === loss) known.delete(id);
  }

  openCount(configurationKey: string): number {
    return this.#cycles.get(configurationKey)?.open.size ?? 0;
  }

  /** How far the projections are that the running cycle has changed. */
  throughput(configurationKey: string): Throughput {
    const cycle = this.#cycles.get(configurationKey);
    return { opened: cycle?.opened ?? 0, pending: cycle?.open.size ?? 0, waiting: cycle?.waiting ?? {} };
  }

  /**
   * How much of the running cycle is done, from 0 to 1: of what it has changed so far, the part that was handled; while it has changed nothing, of the
   * people whom it looks at, the part that was decided about, and less than 1 until it has ended.
   */
  progress(configurationKey: string): number | undefined {
    const cycle = this.#cycles.get(configurationKey);
    if (cycle === undefined) return undefined;
    const { decided, expected } = cycle.read;
    if (cycle.opened === 0) return expected === 0 ? 0 : Math.min(mostRead, decided / expected);
    return 1 - cycle.open.size / cycle.opened;
  }

  current(configurationKey: string): { readonly cycleId: string; readonly counts: CycleCounts } | undefined {
    return this.#cycles.get(configurationKey);
  }

  /** Adds an operation to the running cycle, under the word that `status.lastCycle` uses. */
  count(configurationKey: string, event: Pick<ProvisioningEvent, 'action' | 'status' | 'subject'>): void {
    const counts = this.#cycles.get(configurationKey)?.counts;
    if (!counts) return;
    const word = event.status === 'failure' ? 'failure' : event.status === 'skipped' ? 'skip' : event.action;
    add(event.subject === 'Group' ? counts.groupOperations : counts.operations, word, 1);
  }

  /** Adds members that were put into a group, and taken out of it, to the running cycle. */
  countMembers(configurationKey: string, { added, removed }: { readonly added: number; readonly removed: number }): void {
    const counts = this.#cycles.get(configurationKey)?.counts.groupOperations;
    if (!counts) return;
    if (added > 0) add(counts, 'addMembers', added);
    if (removed > 0) add(counts, 'removeMembers', removed);
  }

  /** No usable answer came to the work on a record; gives how often in a row. */
  noAnswer(projectionKey: string): number {
    const tries = (this.#noAnswers.get(projectionKey) ?? 0) + 1;
    this.#noAnswers.set(projectionKey, tries);
    return tries;
  }

  /** The work on a record came to an end. */
  answered(projectionKey: string): void {
    this.#noAnswers.delete(projectionKey);
  }

  /** A cycle has judged that the account of a record may be purged. Lost with the process: a later cycle judges anew. */
  requestPurge(configurationKey: string, projectionKey: string): void {
    const purges = this.#purges.get(configurationKey) ?? new Set<string>();
    purges.add(projectionKey);
    this.#purges.set(configurationKey, purges);
  }

  isPurgeRequested(configurationKey: string, projectionKey: string): boolean {
    return this.#purges.get(configurationKey)?.has(projectionKey) === true;
  }

  /** The purge was carried out, or cannot be. */
  endPurge(configurationKey: string, projectionKey: string): void {
    this.#purges.get(configurationKey)?.delete(projectionKey);
  }

  /** The work of a configuration was interrupted: what was judged before is judged anew. */
  endPurges(configurationKey: string): void {
    this.#purges.delete(configurationKey);
  }

  /** A pass over the target asks that the account of a record is read by its id. Lost with the process: the pass is then repeated. */
  requestLook(configurationKey: string, projectionKey: string, look: Look): void {
    const looks = this.#looks.get(configurationKey) ?? new Map<string, Look>();
    looks.set(projectionKey, look);
    this.#looks.set(configurationKey, looks);
  }

  lookOf(configurationKey: string, projectionKey: string): Look | undefined {
    return this.#looks.get(configurationKey)?.get(projectionKey);
  }

  /** A look came to an end. */
  looked(configurationKey: string, projectionKey: string): void {
    this.#looks.get(configurationKey)?.delete(projectionKey);
  }

  /** How many looks have been asked for and not come to an end. */
  openLooks(configurationKey: string): number {
    return this.#looks.get(configurationKey)?.size ?? 0;
  }

  /** The pass that asked is over, or was interrupted. */
  endLooks(configurationKey: string): void {
    this.#looks.delete(configurationKey);
  }

  requestRecheck(projectionKey: string): void {
    this.#rechecks.add(projectionKey);
  }

  isRecheckRequested(projectionKey: string): boolean {
    return this.#rechecks.has(projectionKey);
  }

  /** Whether a recheck was asked for; asking forgets it. */
  takeRecheck(projectionKey: string): boolean {
    return this.#rechecks.delete(projectionKey);
  }
}

function add(counts: Record<string, number>, word: string, count: number): void {
  counts[word] = (counts[word] ?? 0) + count;
}

function close(cycle: Tracked | undefined, projectionKey: string): void {
  const hindrance = cycle?.open.get(projectionKey);
  if (cycle?.open.delete(projectionKey) === true && hindrance !== undefined) cycle.waiting[hindrance] -= 1;
}
