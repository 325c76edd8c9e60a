import { timestamp } from '../duration.ts';
import type { Warning } from './warning.ts';

/** A pause that a directory asked for, of one kind of request; times in epoch milliseconds. */
export interface Pause {
  readonly side: 'source' | 'target';
  readonly requests: 'Reads' | 'Writes';
  readonly limit: 'Tenant_Application' | 'Tenant' | 'Application' | undefined;
  readonly since: number;
  readonly until: number;
}

/** Shorter pauses are everyday life, and over before anybody has read of them. */
const worthTellingMs = 180_000;

const owners = {
  Tenant_Application: "this application's limit in the tenant",
  Tenant: 'the limit of the whole tenant, which other applications share',
  Application: "the application's limit in all tenants",
} as const;

/** Warnings about pauses of more than a few minutes: they say that nothing happens, and when something will (I14). */
export function pauseWarnings(pauses: readonly Pause[]): readonly Warning[] {
  return pauses
    .filter(({ since, until }) => until - since >= worthTellingMs)
    .map((pause) => ({ reason: 'Throttled', message: textOf(pause) }));
}

/** Warnings for a check that has to wait: about the pauses or, where only a refusal is known, as of an authority, about that. */
export function waitWarnings(
  pauses: readonly Pause[],
  refusal: { readonly message: string; readonly retryAt?: number },
  now: number,
): readonly Warning[] {
  const told = pauseWarnings(pauses);
  if (told.length > 0 || refusal.retryAt === undefined || refusal.retryAt - now < worthTellingMs) return told;
  return [{ reason: 'Throttled', message: `${refusal.message} The next attempt is at ${timestamp(refusal.retryAt)}.` }];
}

function textOf({ side, requests, limit, since, until }: Pause): string {
  const whose = limit === undefined ? '' : ` It is ${owners[limit]}.`;
  return `Microsoft Graph refuses ${requests.toLowerCase()} of the ${side} for load since ${timestamp(since)}; the next attempt is at ${timestamp(until)}, and what is waiting follows it.${whose}`;
}
