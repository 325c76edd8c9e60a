import type { GroupDirectory } from '../../ports/group-directory.ts';
import type { AccessSettings, SourceDirectory, TargetDirectory } from '../../ports/directory.ts';
import type { Reason } from '../../api/reasons.ts';
import type { TargetPool } from './target-pool.ts';

/** What the process holds for a TenantPair that has been checked: its directories and what was last seen of its access settings. */
export interface PairSession {
  readonly uid: string;
  readonly source: SourceDirectory;
  readonly target: TargetDirectory;
  /** The target again, where several applications read and write it. */
  readonly pool?: TargetPool;
  /** The groups of the target, for whatever is no pass over one of them. */
  readonly groups: GroupDirectory;
  /** What the target last said of group synchronization, and when (monotonic); undefined while nobody has asked. */
  groupAccess: { readonly allowed: boolean | null | undefined; readonly checkedAt: number } | undefined;
  /** The writes to the access settings of both sides, for a pair that enforces them. */
  readonly settings: { readonly source: AccessSettings; readonly target: AccessSettings };
  /** Hash of the spec and of the versions of the Secrets that the directories were made from. */
  readonly fingerprint: string;
  /** Domains verified in the source, in lower case. */
  sourceDomains: ReadonlySet<string>;
  /** The application of the target may read its mail contacts. */
  readsContacts: boolean;
  /** Whether the last check allowed the work; otherwise why not. */
  verdict: { readonly ready: true } | { readonly ready: false; readonly reason: Reason; readonly message: string };
  /** Entra's own job that works between the same tenants, by the last check: nothing is written in mode Apply meanwhile (B6). */
  entraJob: string | undefined;
  /** Monotonic time of the last read of the target's inbound policy. */
  accessCheckedAt: number;
  /** Whether the last check could not read a Secret. */
  secretDenied: boolean;
  /** The check that is under way, shared by all who wait for it. */
  accessCheck: Promise<void> | undefined;
}

/** The permission to work for a pair: whether its last check gave it, and how long ago the target's policy was seen. */
export type Permission = Pick<PairSession, 'verdict' | 'entraJob' | 'accessCheckedAt' | 'accessCheck'> & {
  readonly target: Pick<PairSession['target'], 'syncAccess'>;
};

/** A write may still be under way for so long after its pair was told to stop: longer than any write may take (src/graph/http/steps.ts). */
const afterglowMs = 35_000;

/** When the tenants of a pair and their access settings were last read, in epoch milliseconds. */
export interface Reads {
  readonly source?: number;
  readonly target?: number;
  readonly access?: number;
}

/** The sessions of this process by key of their TenantPair, and which pair acts between two tenants. */
export class PairSessions {
  readonly #sessions = new Map<string, PairSession>();
  /** What the last check of each pair has read of its credentials, as a fingerprint. */
  readonly #credentials = new Map<string, string>();
  readonly #reads = new Map<string, Reads>();
  readonly #acting = new Map<string, { readonly pairKey: string; freeAt: number }>();

  get(pairKey: string): PairSession | undefined {
    return this.#sessions.get(pairKey);
  }

  set(pairKey: string, session: PairSession): void {
    this.#sessions.set(pairKey, session);
  }

  /** The fingerprint of what the last check of a pair has read of its credentials; undefined: there was none. */
  credentialsOf(pairKey: string): string | undefined {
    return this.#credentials.get(pairKey);
  }

  noteCredentials(pairKey: string, fingerprint: string): void {
    this.#credentials.set(pairKey, fingerprint);
  }

  /** When the parts of a pair's status were last read by this process, in epoch milliseconds. */
  readsOf(pairKey: string): Reads {
    return this.#reads.get(pairKey) ?? {};
  }

  noteReads(pairKey: string, reads: Reads): void {
    this.#reads.set(pairKey, { ...this.#reads.get(pairKey), ...reads });
  }

  /** How many pieces of work under way use up the write budgets of all targets, each of which several pairs may share. */
  inFlight(): number {
    const ready = [...this.#sessions.values()].filter(({ verdict }) => verdict.ready);
    const quotas = new Set(ready.map(({ target }) => target.quota));
    return [...quotas].reduce((sum, quota) => sum + quota.inFlight(), 0);
  }

  /** Ends the session, for those too who have it in their hands; `now` is monotonic. */
  delete(pairKey: string, now: number): void {
    const session = this.#sessions.get(pairKey);
    if (session?.verdict.ready === true) {
      session.verdict = { ready: false, reason: 'TenantPairNotReady', message: 'The TenantPair may not be used any more.' };
    }
    this.#sessions.delete(pairKey);
    for (const acting of this.#acting.values())
      if (acting.pairKey === pairKey && acting.freeAt > now + afterglowMs) acting.freeAt = now + afterglowMs;
  }

  /**
   * Makes a pair the one of this process that acts between these tenants. Zero: it is; else the milliseconds until what another pair did
   * there is over, or, while the other one still acts, until it is worth asking again.
   */
  act(tenants: string, pairKey: string, now: number): number {
    const acting = this.#acting.get(tenants);
    if (acting !== undefined && acting.pairKey !== pairKey && acting.freeAt > now) return Math.min(acting.freeAt - now, afterglowMs);
    this.#acting.set(tenants, { pairKey, freeAt: Number.POSITIVE_INFINITY });
    return 0;
  }
}
