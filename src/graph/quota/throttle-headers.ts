/** What an answer says about quota. Header names in lower case; sources: Graph throttling guidance and limits. */
export interface ThrottleSignals {
  /** Milliseconds to wait, from Retry-After. */
  readonly retryAfterMs?: number;
  /** Which buckets a 429 is about; undefined when the answer does not say. */
  readonly scope?: ThrottleScope;
  /** Resource units that the request cost. */
  readonly resourceUnits?: number;
  /** Use of the limit, 0.8 to 1.8; sent only above 0.8. */
  readonly limitShare?: number;
}

/** `x-ms-throttle-scope`: whose limit, and of which kind of request. */
export interface ThrottleScope {
  readonly level: 'Tenant_Application' | 'Tenant' | 'Application';
  readonly read: boolean;
  readonly write: boolean;
}

/** Reads the signals; whatever is malformed is left out. `now` in epoch milliseconds, for Retry-After given as a date. */
export function throttleSignals(header: (name: string) => string | null | undefined, now: number): ThrottleSignals {
  const retryAfterMs = retryAfter(header('retry-after'), now);
  const scope = throttleScope(header('x-ms-throttle-scope'));
  const resourceUnits = positive(header('x-ms-resource-unit'));
  const limitShare = positive(header('x-ms-throttle-limit-percentage'));
  return {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(scope === undefined ? {} : { scope }),
    ...(resourceUnits === undefined ? {} : { resourceUnits }),
    ...(limitShare === undefined ? {} : { limitShare }),
  };
}

/** Retry-After in milliseconds: seconds, possibly fractional, or an HTTP date. Undefined when absent or malformed. */
export function retryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function throttleScope(value: string | null | undefined): ThrottleScope | undefined {
  const match = /^(Tenant_Application|Tenant|Application)\/(ReadWrite|Read|Write)\b/i.exec(value?.trim() ?? '');
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
