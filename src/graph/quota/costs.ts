/** What a request costs: `reads` in resource units (writes cost one too), `writes` in requests. */
export interface Cost {
  readonly reads: number;
  readonly writes: number;
}

/** Base costs of reads by kind of resource, in resource units. Source: Graph throttling limits, "Identity and access". */
const baseUnits = { users: 2, members: 3, transitiveMembers: 5, subscribedSkus: 3, other: 1 } as const;

/** Cost of a GET: `$select` saves one unit, `$expand` adds one, `$top` below 20 saves one; never less than one. */
export function readCost(
  resource: keyof typeof baseUnits,
  query: { readonly select?: boolean; readonly expand?: boolean; readonly top?: number },
): Cost {
  let units: number = baseUnits[resource];
  if (query.select === true) units -= 1;
  if (query.expand === true) units += 1;
  if (query.top !== undefined && query.top < 20) units -= 1;
  return { reads: Math.max(1, units), writes: 0 };
}

/** Cost of any POST, PATCH, PUT or DELETE: one resource unit and one write. */
export const writeCost: Cost = { reads: 1, writes: 1 };

/** Tenant sizes of the throttling limits: small below 50 users, medium to 500, large above. */
export type TenantSize = 'S' | 'M' | 'L';

/** The size of a tenant with that many users. */
export function tenantSize(users: number): TenantSize {
  return users < 50 ? 'S' : users <= 500 ? 'M' : 'L';
}

/** Documented limits of one application in one tenant, and of one tenant for all its applications together, which has none for reads. */
export const limits = {
  reads: { periodMs: 10_000, units: { S: 3_500, M: 5_000, L: 8_000 } },
  writes: { periodMs: 150_000, units: 3_000 },
  tenantWrites: { periodMs: 300_000, units: 18_000 },
} as const;
