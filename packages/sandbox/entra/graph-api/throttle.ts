import type { TenantState, World } from '../state/tenant-state.ts';
import type { RegisteredApp } from '../authority/apps.ts';
import { GraphFault } from './graph-fault.ts';

/** A token bucket: `capacity` refills evenly over `windowMs`. Refused requests use up a little, down to 80 percent beyond empty. */
class Bucket {
  #level: number;
  #at: number;
  #capacity: number;

  constructor(capacity: number, now: number) {
    this.#capacity = capacity;
    this.#level = capacity;
    this.#at = now;
  }

  /** Seconds until `cost` is available; 0: it was taken. */
  take(cost: number, capacity: number, windowMs: number, now: number): number {
    this.#refill(capacity, windowMs, now);
    if (this.#level >= cost - 1e-6) {
      this.#level -= cost;
      return 0;
    }
    this.#level = Math.max(-0.8 * capacity, this.#level - 0.2 * cost);
    return ((cost - this.#level) / capacity) * (windowMs / 1000);
  }

  giveBack(cost: number): void {
    this.#level += cost;
  }

  /** Share of the capacity that is used: above 1 when requests were refused. */
  used(): number {
    return 1 - this.#level / this.#capacity;
  }

  #refill(capacity: number, windowMs: number, now: number): void {
    if (capacity !== this.#capacity) {
      this.#level += capacity - this.#capacity;
      this.#capacity = capacity;
    }
    this.#level = Math.min(capacity, this.#level + ((now - this.#at) / windowMs) * capacity);
    this.#at = now;
  }
}

interface Limit {
  readonly key: string;
  readonly cost: number;
  readonly capacity: number;
  readonly windowMs: number;
  readonly scope: string;
  readonly information: 'ResourceUnitLimitExceeded' | 'WriteLimitExceeded';
}

/** The documented limits of identity requests per app and tenant, per app, and per tenant. */
export class Throttle {
  #buckets = new Map<string, Bucket>();
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Books a request. Returns the headers of its answer; throws 429 when a limit is used up. */
  admit(tenant: TenantState, app: RegisteredApp, units: number, write: boolean): Record<string, string> {
    const headers: Record<string, string> = { 'x-ms-resource-unit': String(units) };
    if (!tenant.settings.throttling.enabled) return headers;
    const now = this.#world.now();
    let used = 0;
    const taken: [Bucket, number][] = [];
    for (const limit of limits(tenant, app, units, write)) {
      let bucket = this.#buckets.get(limit.key);
      if (bucket === undefined) this.#buckets.set(limit.key, (bucket = new Bucket(limit.capacity, now)));
      const wait = bucket.take(limit.cost, limit.capacity, limit.windowMs, now);
      used = Math.max(used, bucket.used());
      if (wait > 0) {
        for (const [each, cost] of taken) each.giveBack(cost);
        throw refusal(wait, limit, used);
      }
      taken.push([bucket, limit.cost]);
    }
    if (used >= 0.8) headers['x-ms-throttle-limit-percentage'] = percentage(used);
    return headers;
  }
}

function limits(tenant: TenantState, app: RegisteredApp, units: number, write: boolean): Limit[] {
  const { scale } = tenant.settings.throttling;
  const size = tenantSize(tenant);
  const pair = `${app.appId}/${tenant.id}`;
  const read = write ? 'ReadWrite' : 'Read';
  const ofUnits = { cost: units, information: 'ResourceUnitLimitExceeded' } as const;
  const found: Limit[] = [
    { key: `u/${pair}`, capacity: size * scale, windowMs: 10_000, scope: `Tenant_Application/${read}/${pair}`, ...ofUnits },
    { key: `u/${app.appId}`, capacity: 150_000 * scale, windowMs: 20_000, scope: `Application/${read}/${app.appId}`, ...ofUnits },
  ];
  if (!write) return found;
  const ofWrites = { cost: 1, information: 'WriteLimitExceeded' } as const;
  found.push(
    { key: `w/${pair}`, capacity: 3000 * scale, windowMs: 150_000, scope: `Tenant_Application/Write/${pair}`, ...ofWrites },
    { key: `w/${app.appId}`, capacity: 35_000 * scale, windowMs: 300_000, scope: `Application/Write/${app.appId}`, ...ofWrites },
    { key: `w/${tenant.id}`, capacity: 18_000 * scale, windowMs: 300_000, scope: `Tenant/Write/${app.appId}/${tenant.id}`, ...ofWrites },
  );
  return found;
}

/** Resource units per ten seconds of a tenant: small below 50 users, large above 500. */
function tenantSize(tenant: TenantState): number {
  const users = tenant.users.primary.size;
  if (users < 50) return 3500;
  return users <= 500 ? 5000 : 8000;
}

function refusal(wait: number, limit: Limit, used: number): GraphFault {
  return new GraphFault(429, 'TooManyRequests', 'Please retry again later.', {
    headers: {
      'retry-after': (Math.ceil(wait * 1000) / 1000).toFixed(3),
      'x-ms-throttle-scope': limit.scope,
      'x-ms-throttle-information': limit.information,
      'x-ms-throttle-limit-percentage': percentage(Math.max(1, used)),
    },
    inner: { code: '429', status: '429', message: 'Please retry after' },
  });
}

function percentage(used: number): string {
  return Math.min(1.8, used).toFixed(2);
}
