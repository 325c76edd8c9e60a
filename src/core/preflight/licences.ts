import type { Warning } from './warning.ts';

/** One subscription of a tenant, as far as it tells of licences. */
export interface Subscription {
  /** Enabled, Warning, Suspended, Deleted or LockedOut. */
  readonly capabilityStatus: string;
  /** Licences that were bought, those in their grace period included. */
  readonly units: number;
  /** Licences that are assigned to somebody. */
  readonly assigned: number;
  /** Ids of its service plans, in lower case. */
  readonly servicePlans: readonly string[];
}

/** Service plans that are P1, or more than it: bundles contain them under many names. */
const p1Plans: ReadonlySet<string> = new Set([
  '41781fb2-bc02-4b7c-bd55-b576c07bb09d', // AAD_PREMIUM
  'eec0eb4f-6444-4f95-aba0-50c24d67f998', // AAD_PREMIUM_P2
]);

/** Licences with P1 that count, and how many of them are assigned. */
export function p1Licences(subscriptions: readonly Subscription[]): { readonly units: number; readonly assigned: number } {
  const counting = subscriptions.filter(
    ({ capabilityStatus, servicePlans }) =>
      (capabilityStatus === 'Enabled' || capabilityStatus === 'Warning') && servicePlans.some((plan) => p1Plans.has(plan)),
  );
  const sum = (of: (subscription: Subscription) => number): number => counting.reduce((total, each) => total + of(each), 0);
  return { units: sum(({ units }) => units), assigned: sum(({ assigned }) => assigned) };
}

export interface LicenceFacts {
  /** Undefined: may not be read, or could not be: nothing is said of it. */
  readonly source: readonly Subscription[] | undefined;
  readonly target: readonly Subscription[] | undefined;
  readonly sameCloud: boolean;
}

/** Warnings about licences, with the numbers that led to them (B12): one for each user in the source, one in the target for automatic redemption. */
export function licenceWarnings({ source, target, sameCloud }: LicenceFacts, accounts: number): readonly Warning[] {
  const found: Warning[] = [];
  const own = source && p1Licences(source);
  if (own !== undefined && own.units < Math.max(1, accounts)) {
    const message = `The source has ${own.units} licence(s) with Entra ID P1 or P2 (${own.assigned} assigned), and the pair has ${accounts} live account(s): each user who is synchronized needs one. Nothing is held back because of that.`;
    found.push({ reason: 'LicenceMissing', message });
  }
  const other = target && p1Licences(target);
  if (sameCloud && other?.units === 0) {
    const message =
      'The target has 0 licences with Entra ID P1 or P2: automatic redemption needs one there. Nothing is held back because of that.';
    found.push({ reason: 'LicenceMissing', message });
  }
  return found;
}
