import fc from 'fast-check';
import type { ChaosEvent } from './chaos-events.ts';
import type { GroupEventFields, GroupEventType, GroupKind, GroupOptions, GroupRequests } from './chaos-group-events.ts';

/** Groups of a schedule, and what happens to them before which of its other events. */
export interface GroupPart {
  readonly options: GroupOptions;
  readonly events: readonly { readonly before: number; readonly event: ChaosEvent }[];
}

/** Whether every world has groups that are projected (`npm run test:chaos -- --groups`). */
const always = process.env.TENANTSYNC_CHAOS_GROUPS === 'always';
const places = 8;
/** As many events as a schedule has, at most. */
const mostEvents = 16;

type Arbitraries<T> = { readonly [K in keyof T]: fc.Arbitrary<T[K]> };

const on = fc.boolean();
const group = fc.nat({ max: 1 });
const who = fc.nat({ max: places - 1 });
const times = fc.integer({ min: 1, max: 4 });

const kinds: { readonly [T in GroupEventType]: readonly [weight: number, fields: Arbitraries<GroupEventFields[T]>] } = {
  nest: [4, { group, on, around: fc.constantFrom(false, false, true) }],
  innerMember: [4, { who, on }],
  renameSource: [4, { group }],
  addMember: [6, { group, who, stranger: on }],
  evict: [5, { group, who }],
  deleteTarget: [4, { group }],
  restoreTarget: [4, { group }],
  purgeTarget: [1, { group }],
  renameTarget: [2, { group }],
  namesake: [4, { group }],
  dropNamesake: [2, { group }],
  kind: [4, { group, kind: fc.constantFrom<GroupKind[]>('plain', 'plain', 'mail', 'dynamic', 'role', 'onPremises', 'restricted') }],
  groupSync: [2, { on }],
  groupFault: [
    8,
    {
      what: fc.constantFrom<GroupRequests[]>('create', 'add', 'remove', 'look', 'members', 'source'),
      effect: fc.constantFrom(
        'dropBefore' as const,
        'dropAfter' as const,
        'dropAfter' as const,
        'unavailable' as const,
        'truncate' as const,
        'nothing' as const,
        'page' as const,
        'notFound' as const,
      ),
      times,
    },
  ],
  select: [5, { group, on }],
  memberRules: [4, { exclusive: on, propagate: fc.constantFrom(true, true, false) }],
  deleteGroupRecord: [3, { group }],
  tamperGroup: [2, { group }],
  killAtGroup: [6, { write: fc.integer({ min: 1, max: 4 }), when: fc.constantFrom('before' as const, 'after' as const) }],
};

const wait = fc.oneof(
  { weight: 2, arbitrary: fc.nat({ max: 5 }) },
  { weight: 3, arbitrary: fc.nat({ max: 90 }) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 700 }) },
);

const kindList: readonly (readonly [type: string, kind: readonly [weight: number, fields: object]])[] = Object.entries(kinds);

const event = fc.oneof(
  ...kindList.map(([type, [weight, fields]]) => ({ weight, arbitrary: fc.record({ type: fc.constant(type), ...fields, wait }) })),
) as unknown as fc.Arbitrary<ChaosEvent>;

const part: fc.Arbitrary<GroupPart> = fc.record({
  options: fc.record({
    select: fc.constantFrom('ids' as const, 'names' as const, 'scope' as const),
    membership: fc.constantFrom('Direct' as const, 'Direct' as const, 'Flattened' as const),
    exclusive: on,
    propagate: fc.constantFrom(true, true, true, false),
    adoption: fc.constantFrom('Adopt' as const, 'Adopt' as const, 'Ignore' as const),
    deprovisioning: fc.constantFrom('Retain' as const, 'SoftDelete' as const),
    keepsNames: on,
  }),
  events: fc.array(fc.record({ before: fc.nat({ max: mostEvents }), event }), { maxLength: 8, size: 'max' }),
});

/** The groups of every third world. They are drawn after everything else about a schedule, which stays what it would be without them. */
export const groupParts: fc.Arbitrary<GroupPart | undefined> = always
  ? part
  : fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: part });
