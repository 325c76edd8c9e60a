import type { Json } from '../types.ts';
import { context, type Call, type Reply } from './call.ts';
import { badRequest } from './graph-fault.ts';

const p1 = '41781fb2-bc02-4b7c-bd55-b576c07bb09d';

/** GET /subscribedSkus: all at once; it takes no $filter. */
export function listSubscriptions(call: Call): Reply {
  if (call.query.get('$filter') !== undefined) throw badRequest('$filter is not supported here.');
  const value = call.tenant.subscriptions.map((subscription, index): Json => {
    const { skuPartNumber = 'AAD_PREMIUM', servicePlans = [p1], capabilityStatus = 'Enabled' } = subscription;
    const { enabled = 10, warning = 0, consumed = 0 } = subscription;
    const skuId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    return {
      id: `${call.tenant.id}_${skuId}`,
      skuId,
      skuPartNumber,
      capabilityStatus,
      appliesTo: 'User',
      consumedUnits: consumed,
      prepaidUnits: { enabled, suspended: 0, warning, lockedOut: 0 },
      servicePlans: servicePlans.map((servicePlanId) => ({
        servicePlanId,
        servicePlanName: skuPartNumber,
        provisioningStatus: 'Success',
        appliesTo: 'User',
      })),
    };
  });
  return { body: { '@odata.context': context(call, 'subscribedSkus'), value } };
}
