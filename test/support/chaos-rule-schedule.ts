import fc from 'fast-check';
import type { ChaosEvent, RuleEventFields, RuleEventType } from './chaos-events.ts';

/** What is allowed and decided in a schedule, and before which of its other events that changes. */
export interface RulePart {
  readonly events: readonly { readonly before: number; readonly event: ChaosEvent }[];
}

/** Whether every world has such changes (`npm run test:chaos -- --rules`). */
const always = process.env.TENANTSYNC_CHAOS_RULES === 'always';
/** As many events as a schedule has, at most. */
const mostEvents = 16;
const places = 8;

type Arbitraries<T> = { readonly [K in keyof T]: fc.Arbitrary<T[K]> };

const kinds: { readonly [T in RuleEventType]: readonly [weight: number, fields: Arbitraries<RuleEventFields[T]>] } = {
  targetActions: [8, { actions: fc.subarray(['Create', 'Update', 'Delete'] as const, { minLength: 1 }) }],
  userTypes: [5, { types: fc.constantFrom(['Guest'] as const, ['Member'] as const, ['Guest', 'Member'] as const) }],
  removePolicy: [3, { enforced: fc.boolean() }],
  rejectCreations: [4, { patience: fc.constantFrom(5, 0) }],
  provisionMany: [4, { people: fc.array(fc.nat({ max: places - 1 }), { minLength: 2, maxLength: 5 }) }],
  targetBounce: [4, { who: fc.nat({ max: 3 }) }],
  hideRecycleBin: [3, { minutes: fc.constantFrom(3, 15, 40) }],
};

const event = fc.oneof(
  ...Object.entries(kinds).map(([type, [weight, fields]]) => ({
    weight,
    arbitrary: fc.record({ type: fc.constant(type), ...(fields as object), wait: fc.nat({ max: 120 }) }),
  })),
) as unknown as fc.Arbitrary<ChaosEvent>;

const part: fc.Arbitrary<RulePart> = fc.record({
  events: fc.array(fc.record({ before: fc.nat({ max: mostEvents }), event }), { minLength: 1, maxLength: 6, size: 'max' }),
});

/** The rules of every fourth world. They are drawn after everything else about a schedule, which stays what it would be without them. */
export const ruleParts: fc.Arbitrary<RulePart | undefined> = always
  ? part
  : fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: part });
