import { reasons, type Reason } from '../../api/reasons.ts';
import type { Ending } from '../../core/on-demand/result.ts';

/** A record that somebody has asked for by name. */
interface Asked {
  readonly configurationKey: string;
  /** A pass that began from then on (monotonic) answers: what an earlier one came to is old. */
  readonly since: number;
  /** What the work waits for. */
  readonly because?: string;
  readonly ending?: Ending;
}

/**
 * Records of users who were named in a request: their work goes ahead of everything, and how it ends is told here. A cache: the request itself
 * stands in an annotation until it is answered, and a new process begins it anew.
 */
export class OnDemand {
  readonly #records = new Map<string, Asked>();

  /** Somebody waits for the next pass over this record. */
  expect(projectionKey: string, asked: Pick<Asked, 'configurationKey' | 'since'>): void {
    this.#records.set(projectionKey, asked);
  }

  isExpected(projectionKey: string): boolean {
    return this.#records.has(projectionKey);
  }

  /** A pass that began at `startedAt` (monotonic) has come to an end. */
  ended(projectionKey: string, startedAt: number, ending: Ending): void {
    const asked = this.#records.get(projectionKey);
    if (asked !== undefined && asked.ending === undefined && startedAt >= asked.since)
      this.#records.set(projectionKey, { ...asked, ending });
  }

  /** The work on the record waits, for this reason. */
  waits(projectionKey: string, because: string): void {
    const asked = this.#records.get(projectionKey);
    if (asked !== undefined) this.#records.set(projectionKey, { ...asked, because });
  }

  endingOf(projectionKey: string): Ending | undefined {
    return this.#records.get(projectionKey)?.ending;
  }

  /** What the work that has not ended waits for, as far as that is a reason. */
  obstacleOf(projectionKey: string): Reason {
    const because = this.#records.get(projectionKey)?.because;
    return reasons.find((reason) => reason === because) ?? 'Progressing';
  }

  /** Nobody waits for records of the configuration any more. */
  end(configurationKey: string): void {
    for (const [key, asked] of this.#records) if (asked.configurationKey === configurationKey) this.#records.delete(key);
  }
}
