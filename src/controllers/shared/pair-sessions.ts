import type { SourceDirectory, TargetDirectory } from '../../ports/directory.ts';
import type { Reason } from '../../api/reasons.ts';

/** What the process holds for a TenantPair that has been checked: its directories and what was last seen of its access settings. */
export interface PairSession {
  readonly uid: string;
  readonly source: SourceDirectory;
  readonly target: TargetDirectory;
  /** Hash of the spec and of the versions of the Secrets that the directories were made from. */
  readonly fingerprint: string;
  /** Domains verified in the source, in lower case. */
  sourceDomains: ReadonlySet<string>;
  /** Whether the last check allowed the work; otherwise why not. */
  verdict: { readonly ready: true } | { readonly ready: false; readonly reason: Reason; readonly message: string };
  /** Monotonic time of the last read of the target's inbound policy. */
  accessCheckedAt: number;
  /** Monotonic time of the last whole check. */
  checkedAt: number;
  /** Whether the last check could not read a Secret. */
  secretDenied: boolean;
  /** The check that is under way, shared by all who wait for it. */
  accessCheck: Promise<void> | undefined;
}

/** The sessions of this process by key of their TenantPair. */
export class PairSessions {
  readonly #sessions = new Map<string, PairSession>();

  get(pairKey: string): PairSession | undefined {
    return this.#sessions.get(pairKey);
  }

  set(pairKey: string, session: PairSession): void {
    this.#sessions.set(pairKey, session);
  }

  delete(pairKey: string): void {
    this.#sessions.delete(pairKey);
  }
}
