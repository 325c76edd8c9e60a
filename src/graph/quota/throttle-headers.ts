import { directoryWait, retryAfterMs } from '../../core/wire/times.ts';
import type { LimitOwner } from './gate.ts';

/** What an answer says about quota. Header names in lower case; sources: Graph throttling guidance and limits. */
export interface ThrottleSignals {
  /** Milliseconds to wait, from Retry-After, as far as it is believed. */
  readonly retryAfterMs?: number;
  /** Which buckets a 429 is about; undefined when the answer does not say. */
  readonly scope?: ThrottleScope;
  /** Resource units that the request cost: at least one. */
  readonly resourceUnits?: number;
  /** Use of the limit, 0.8 to 1.8; sent only above 0.8. */
  readonly limitShare?: number;
}

/** `x-ms-throttle-scope`: whose limit, and of which kind of request. */
export interface ThrottleScope {
  readonly level: NonNullable<LimitOwner>;
  readonly read: boolean;
  readonly write: boolean;
}

/** Reads the signals; whatever is malformed is left out. `now` in epoch milliseconds, for Retry-After given as a date. */
export function throttleSignals(header: (name: string) => string | null | undefined, now: number): ThrottleSignals {
  const waitMs = retryAfterMs(header('retry-after'), now, directoryWait);
  const scope = throttleScope(header('x-ms-throttle-scope'));
  const resourceUnits = positive(header('x-ms-resource-unit'));
  const limitShare = positive(header('x-ms-throttle-limit-percentage'));
  return {
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(scope === undefined ? {} : { scope }),
    ...(resourceUnits === undefined ? {} : { resourceUnits: Math.max(1, resourceUnits) }),
    ...(limitShare === undefined ? {} : { limitShare }),
  };
}

/** Every value that the label `scope` of the throttle metric can have: what the header says beyond that makes no series. */
export const scopeLabels = [
  ...(['Tenant_Application', 'Tenant', 'Application'] as const).flatMap((level) => [
    `${level}/Read` as const,
    `${level}/Write` as const,
    `${level}/ReadWrite` as const,
  ]),
  'unknown',
] as const;

/** The label of a scope. */
export function scopeLabel(scope: ThrottleScope | undefined): (typeof scopeLabels)[number] {
  if (scope === undefined) return 'unknown';
  return `${scope.level}/${scope.read ? (scope.write ? 'ReadWrite' : 'Read') : 'Write'}`;
}

function throttleScope(value: string | null | undefined): ThrottleScope | undefined {
  const match = /^(Tenant_Application|Tenant|Application)\/(ReadWrite|Read|Write)(?:\/|$)/i.exec(value?.trim() ?? '');
  if (match === null) return undefined;
  const [level, kind] = [match[1]?.toLowerCase(), match[2]?.toLowerCase()];
  return {
    level: level === 'tenant' ? 'Tenant' : level === 'application' ? 'Application' : 'Tenant_Application',
    read: kind !== 'write',
    write: kind !== 'read',
  };
}

function positive(value: string | null | undefined): number | undefined {
  const number = Number(value ?? Number.NaN);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}
