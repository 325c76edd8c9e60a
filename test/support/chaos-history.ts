import type { Person } from './chaos-tenants.ts';

/** What the source says of a person. */
export interface Standing {
  readonly inScope: boolean;
  readonly enabled: boolean;
  /** Changes with everything that a decision about the person may rest on. */
  readonly stamp: string;
  /** Changes with what the person is, wherever they are a member. */
  readonly own: string;
}

interface Entry extends Standing {
  /** Since when the person is in scope, or is not (monotonic). */
  readonly scopeSince: number;
  readonly enabledSince: number;
}

/** Since when everybody is as they are in the source, and what an administrator has rejected for them meanwhile. */
export class History {
  readonly #entries = new Map<string, Entry>();
  /** Tokens of the sets in which a removal or block of a person was rejected, by source id. */
  readonly #rejected = new Map<string, string>();
  /** Those in which a creation was. */
  readonly #uncreated = new Map<string, string>();
  /** People whose creation was rejected, whether or not their records may have gone since. */
  readonly #everUncreated = new Set<string>();

  /** Takes down how a person is now. A rejection stands until anything about the person changes. */
  note({ id }: Person, standing: Standing, now: number): void {
    const before = this.#entries.get(id);
    const scopeSince = before?.inScope === standing.inScope ? before.scopeSince : now;
    const enabledSince = before?.enabled === standing.enabled ? before.enabledSince : now;
    if (before?.stamp !== standing.stamp) this.forgetRejections(id);
    // A rejection rests on the person: memberships that come and go leave it as it is.
    if (before?.own !== standing.own) this.#everUncreated.delete(id);
    this.#entries.set(id, { ...standing, scopeSince, enabledSince });
  }

  /** Whether a person has been in scope since that time, and, for a block, enabled. */
  belongedSince({ id }: Person, time: number, what: 'account' | 'signIn'): boolean {
    const entry = this.#entries.get(id);
    if (!entry?.inScope || entry.scopeSince > time) return false;
    return what === 'account' || (entry.enabled && entry.enabledSince <= time);
  }

  /** Whether a person has been out of scope since that time. */
  goneSince({ id }: Person, time: number): boolean {
    const entry = this.#entries.get(id);
    return entry?.inScope === false && entry.scopeSince <= time;
  }

  reject(sourceId: string, token: string): void {
    this.#rejected.set(sourceId, token);
  }

  /** The token under which it was rejected to remove or block a person, about whom nothing has changed since. */
  rejectedBy({ id }: Person): string | undefined {
    return this.#rejected.get(id);
  }

  rejectCreation(sourceId: string, token: string): void {
    this.#uncreated.set(sourceId, token);
    this.#everUncreated.add(sourceId);
  }

  /** The token under which it was rejected to create an account for a person, about whom nothing has changed since. */
  creationRejectedBy({ id }: Person): string | undefined {
    return this.#uncreated.get(id);
  }

  /** Whether a record may still say that the creation was rejected: a configuration made anew takes over the records of the old one. */
  mayHoldRejectedCreation({ id }: Person): boolean {
    return this.#everUncreated.has(id);
  }

  /** The records may be gone, and with them what was rejected. */
  forgetRejections(sourceId?: string): void {
    for (const rejected of [this.#rejected, this.#uncreated])
      if (sourceId === undefined) rejected.clear();
      else rejected.delete(sourceId);
  }
}
