import type { Subscription } from '../../core/preflight/licences.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost } from '../quota/costs.ts';
import { incomplete } from './evidence.ts';
import { isJson, type Json } from './json.ts';
import { allItems } from './lists.ts';

/** The subscriptions of a tenant; see {@link TenantDirectory.subscriptions}. */
export async function subscriptions(client: GraphClient, options: CallOptions): Promise<readonly Subscription[]> {
  const call = { operation: 'subscribedSkus.list', kind: 'read', method: 'GET', target: { path: '/subscribedSkus' } } as const;
  return (await allItems(client, { ...call, cost: readCost('subscribedSkus', {}) }, options)).map(subscription);
}

/** Rejects what cannot be counted: a number that is guessed is no finding. */
function subscription(item: Json): Subscription {
  const { prepaidUnits, servicePlans, capabilityStatus, consumedUnits } = item;
  if (!isJson(prepaidUnits) || !Array.isArray(servicePlans)) throw incomplete('Graph sent a subscription without its numbers.');
  return {
    capabilityStatus: typeof capabilityStatus === 'string' ? capabilityStatus : '',
    units: number(prepaidUnits.enabled) + number(prepaidUnits.warning),
    assigned: number(consumedUnits),
    servicePlans: (servicePlans as unknown[]).flatMap((plan) =>
      isJson(plan) && typeof plan.servicePlanId === 'string' ? [plan.servicePlanId.toLowerCase()] : [],
    ),
  };
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.floor(value)) : 0);
