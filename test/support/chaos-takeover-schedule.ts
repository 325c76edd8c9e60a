import fc from 'fast-check';
import type { ChaosEvent } from './chaos-events.ts';
import type { GroupKind, GroupOptions, TakeoverEventFields, TakeoverEventType } from './chaos-group-events.ts';

/** What there is of groups that may be taken over, and of previews with groups, in a world that projects groups. */
export interface TakeoverPart {
  readonly options: Pick<GroupOptions, 'by' | 'previews'> & { readonly found: GroupOptions['found'] | undefined };
  readonly events: readonly { readonly before: number; readonly event: ChaosEvent }[];
}

/** In worlds that are made for their groups it is there more often. */
const often = process.env.TENANTSYNC_CHAOS_GROUPS === 'always';
/** As many events as a schedule has, at most. */
const mostEvents = 16;

type Arbitraries<T> = { readonly [K in keyof T]: fc.Arbitrary<T[K]> };

const group = fc.nat({ max: 1 });
const kind = fc.constantFrom<GroupKind[]>('plain', 'plain', 'plain', 'plain', 'mail', 'dynamic', 'role', 'restricted');

const kinds: { readonly [T in TakeoverEventType]: readonly [weight: number, fields: Arbitraries<TakeoverEventFields[T]>] } = {
  nicknamed: [3, { group, kind, stranger: fc.boolean() }],
  dropNicknamed: [1, { group }],
};

const event = fc.oneof(
  ...Object.entries(kinds).map(([type, [weight, fields]]) => ({
    weight,
    arbitrary: fc.record({ type: fc.constant(type), ...(fields as object), wait: fc.nat({ max: 120 }) }),
  })),
) as unknown as fc.Arbitrary<ChaosEvent>;

const part: fc.Arbitrary<TakeoverPart> = fc.record({
  options: fc.record({
    by: fc.constantFrom('MailNickname' as const, 'MailNickname' as const, 'MailNickname' as const, 'Anchor' as const),
    found: fc.constantFrom('One' as const, 'One' as const, 'Two' as const, 'Mail' as const, undefined),
    previews: fc.boolean(),
  }),
  events: fc.array(fc.record({ before: fc.nat({ max: mostEvents }), event }), { maxLength: 4, size: 'max' }),
});

/** They are drawn after everything else about a schedule, which stays what it would be without them. */
export const takeoverParts: fc.Arbitrary<TakeoverPart | undefined> = fc.oneof(
  { weight: often ? 1 : 2, arbitrary: fc.constant(undefined) },
  { weight: often ? 3 : 1, arbitrary: part },
);
