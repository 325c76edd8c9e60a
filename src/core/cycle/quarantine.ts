import type { SyncConfigurationSpec, SyncConfigurationStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../duration.ts';

export type Quarantine = NonNullable<SyncConfigurationStatus['quarantine']>;
type Limits = SyncConfigurationSpec['quarantine'];

const dayMs = 24 * 60 * 60_000;
/** After this time a configuration is disabled, as Entra does with its own. */
const longestMs = 28 * dayMs;

/** Reasons of a pair by which its credentials do not work: they put a configuration in quarantine at once. */
const credentialReasons: ReadonlySet<string> = new Set<Reason>([
  'SecretNotFound',
  'SecretKeyMissing',
  'SecretInvalid',
  'CredentialsRejected',
  'CredentialsExpired',
  'ApplicationNotFound',
  'ConsentMissing',
  'FederatedCredentialMismatch',
  'TenantNotFound',
  'TenantMismatch',
]);

export const isCredentialReason = (reason: string | undefined): boolean => reason !== undefined && credentialReasons.has(reason);

/** What is known when a cycle has ended. */
export interface CycleOutcome {
  /** Users in scope who fail or conflict now. */
  readonly failed: number;
  readonly inScope: number;
  readonly limits: Limits;
  readonly intervalMs: number;
  readonly now: number;
}

/** Whether so many users fail that something is wrong with more than the users (E9). Source of the numbers: Entra's documented escrow limits. */
export function tooManyFail({ failed, inScope, limits }: Pick<CycleOutcome, 'failed' | 'inScope' | 'limits'>): boolean {
  return failed >= limits.minimum && (failed > limits.failures || failed * 100 > limits.percent * inScope);
}

/** Milliseconds until the next attempt: twice as long each time, up to a day, and never shorter than the interval. */
function pauseAfter(attempts: number, intervalMs: number): number {
  return Math.max(intervalMs, Math.min(dayMs, intervalMs * 2 ** Math.min(attempts, 20)));
}

/** The quarantine of a configuration after a cycle: entered, gone on with, or over, where the cycle went well enough. */
export function afterCycle(before: Quarantine | undefined, outcome: CycleOutcome): Quarantine | undefined {
  if (!tooManyFail(outcome)) return undefined;
  const { now, intervalMs } = outcome;
  const same = before?.reason === 'TooManyFailures' ? before : undefined;
  const attempts = (same?.attempts ?? 0) + 1;
  return {
    reason: 'TooManyFailures',
    since: sinceOf(same, now),
    attempts,
    nextAttemptAt: timestamp(now + pauseAfter(attempts, intervalMs)),
  };
}

/**
 * The quarantine of a configuration whose pair cannot sign in. The pair is checked on by itself: that is the next attempt. One for other
 * reasons goes on: credentials that fail for an hour mend nothing of it.
 */
export function forCredentials(before: Quarantine | undefined, reason: Reason, now: number): Quarantine {
  if (before !== undefined && !isCredentialReason(before.reason)) return before;
  return { reason, since: sinceOf(before, now), attempts: before?.attempts ?? 1 };
}

const sinceOf = (before: Quarantine | undefined, now: number): string =>
  before?.since === undefined || Date.parse(before.since) > now ? timestamp(now) : before.since;

/** What may end a quarantine before its time. */
export interface Lift {
  readonly specChanged: boolean;
  readonly restartAsked: boolean;
  /** The pair is ready: its credentials work. */
  readonly pairReady: boolean;
}

/** The quarantine as it still holds: none after a change of the spec, a restart, or, where it is for credentials, when they work. */
export function stillHeld(quarantine: Quarantine | undefined, { specChanged, restartAsked, pairReady }: Lift): Quarantine | undefined {
  const lifted = specChanged || restartAsked || (pairReady && isCredentialReason(quarantine?.reason));
  return lifted ? undefined : quarantine;
}

/** When a quarantine disables its configuration, in epoch milliseconds; a beginning ahead of our clock counts as now. */
export function disabledAt({ since }: Quarantine, now: number): number {
  return (since === undefined ? now : Math.min(now, Date.parse(since))) + longestMs;
}

/** When the next attempt is made; undefined where none waits for a time. A time that no pause reaches was written by a clock that was wrong. */
export function nextAttempt(quarantine: Quarantine | undefined, intervalMs: number, now: number): number | undefined {
  if (quarantine?.nextAttemptAt === undefined) return undefined;
  const at = Date.parse(quarantine.nextAttemptAt);
  return at > now + pauseAfter(quarantine.attempts ?? 1, intervalMs) ? now : at;
}
