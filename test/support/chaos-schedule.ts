import fc from 'fast-check';
import type { ChaosEvent, EventFields, EventType, Lag, Lie, Refused, RuleEventType, Strategy } from './chaos-events.ts';
import type { GroupEventType, GroupOptions, TakeoverEventType } from './chaos-group-events.ts';
import { groupParts, type GroupPart } from './chaos-group-schedule.ts';
import { purgeParts, type PurgePart } from './chaos-purge-schedule.ts';
import { ruleParts, type RulePart } from './chaos-rule-schedule.ts';
import { takeoverParts, type TakeoverPart } from './chaos-takeover-schedule.ts';

/** What a world is like from the start. */
export interface ChaosOptions {
  readonly seed: number;
  readonly people: number;
  readonly scope: 'All' | 'Assigned';
  readonly anchor: boolean;
  readonly adoption: 'Adopt' | 'Ignore';
  /** Whether the first person has an account in the target already. */
  readonly guest: boolean;
  readonly threshold: number;
  readonly percent: number;
  readonly interval: '1m' | '5m';
  readonly lag: Lag;
  /** How many may be created within the window without an approval. */
  readonly creations?: number;
  /** Whether the target's contacts may be read. */
  readonly contactsRead?: boolean;
  /** Whether accounts are purged after the source has purged their users. */
  readonly purges?: boolean;
  /** Whether access settings are enforced from the beginning. */
  readonly enforce?: boolean;
  /** Most accounts of the pair in the beginning. */
  readonly maxUsers?: number;
  /** Whether two applications write to the target. */
  readonly pool?: boolean;
  /** What is to become of the accounts in the beginning. */
  readonly strategy?: Strategy;
  /** What is tried at the end, when everybody is where they belong. */
  readonly closing?: 'drift' | 'preview' | 'requests';
  /** Whether Leases are renewed as rarely as in most tests, and not as client-go does. A schedule that has failed keeps the times at which it did. */
  readonly renewals?: 'Rare';
  /** How groups are projected; left out: none is. */
  readonly groups?: GroupOptions;
}

export interface Schedule {
  readonly options: ChaosOptions;
  readonly events: readonly ChaosEvent[];
}

/** A schedule as it was drawn, part by part. */
type Drawn = Schedule & {
  readonly groups: GroupPart | undefined;
  readonly purges: PurgePart | undefined;
  readonly rules: RulePart | undefined;
  readonly takeovers: TakeoverPart | undefined;
};

export const places = 8;

/** Events that are to happen more often than they would (`npm run test:chaos -- --moves`). */
const often: ReadonlySet<string> = new Set((process.env.TENANTSYNC_CHAOS_MOVES ?? '').split(','));

type Arbitraries<T> = { readonly [K in keyof T]: fc.Arbitrary<T[K]> };

const who = fc.nat({ max: places - 1 });
const group = fc.nat({ max: 1 });
const times = fc.integer({ min: 1, max: 4 });
const on = fc.boolean();
const lag = fc.constantFrom<Lag>('none', 'some', 'much', 'much');
const strategy = fc.constantFrom<Strategy[]>('InviteAsMember', 'InviteAsGuest', 'AddressListOnly');
const requests = { tenant: fc.constantFrom('spoke' as const, 'hub' as const), write: fc.boolean(), times };

/** How often each event happens in comparison to the others, and with what. */
const kinds: {
  readonly [T in Exclude<EventType, GroupEventType | TakeoverEventType | RuleEventType | 'decidePurges'>]: readonly [
    weight: number,
    fields: Arbitraries<EventFields[T]>,
  ];
} = {
  hire: [6, { who }],
  leave: [8, { who }],
  comeBack: [8, { who }],
  purge: [2, { who }],
  leaveForGood: [4, { who, minutes: fc.constantFrom(3, 6) }],
  disable: [4, { who }],
  enable: [3, { who }],
  rename: [4, { who }],
  retitle: [6, { who }],
  manager: [5, { who, boss: who }],
  join: [5, { who, group }],
  quit: [5, { who, group }],
  emptyGroup: [1, { group }],
  deleteGroup: [1, { group }],
  restoreGroup: [1, { group }],
  targetEdit: [2, { who }],
  targetDelete: [3, { who }],
  targetRestore: [3, { who }],
  targetPurge: [2, { who }],
  allowSync: [4, { on }],
  throttle: [5, { ...requests, retryAfter: fc.constantFrom(7, 7, 7, 7, 0, 31_536_000) }],
  lose: [7, { ...requests, effect: fc.constantFrom('dropBefore' as const, 'dropAfter' as const) }],
  serverError: [5, { ...requests, apply: fc.boolean() }],
  expireDelta: [2, {}],
  lag: [5, { lag }],
  slow: [2, { seconds: fc.constantFrom(0, 5, 40) }],
  kubeFault: [
    6,
    { effect: fc.constantFrom('conflict' as const, 'unavailable' as const, 'dropBefore' as const, 'dropAfter' as const), times },
  ],
  dropWatches: [2, {}],
  compact: [2, {}],
  kill: [4, {}],
  killAt: [6, { write: fc.integer({ min: 1, max: 5 }), when: fc.constantFrom('before' as const, 'after' as const) }],
  stop: [2, {}],
  start: [10, {}],
  clockJump: [2, { minutes: fc.constantFrom(1, 15, 90, 43_200, -1, -15, -90, -43_200) }],
  suspend: [2, { on }],
  plan: [2, { on }],
  approve: [3, {}],
  reject: [2, {}],
  sync: [8, {}],
  restart: [2, {}],
  tamper: [2, { who }],
  deleteRecord: [2, { who }],
  suspendPair: [3, { on }],
  recreatePair: [2, {}],
  recreateConfiguration: [3, { rename: fc.boolean(), withPair: fc.boolean() }],
  decideLate: [3, { decision: fc.constantFrom('approve' as const, 'reject' as const), minutes: fc.constantFrom(1, 5, 20) }],
  loseCluster: [3, {}],
  backup: [3, {}],
  restoreBackup: [5, {}],
  secondInstallation: [3, {}],
  refuse: [
    5,
    {
      who,
      what: fc.constantFrom<Refused[]>('manager', 'jobTitle', 'displayName', 'accountEnabled', 'sessions'),
      minutes: fc.constantFrom(2, 15),
    },
  ],
  targetRetitle: [3, { who }],
  contact: [3, { who }],
  dropContact: [2, { who }],
  refuseApplication: [3, { minutes: fc.constantFrom(2, 15) }],
  refuseInvitations: [2, { minutes: fc.constantFrom(2, 15) }],
  changePolicies: [2, { side: requests.tenant }],
  drift: [4, { policy: fc.constantFrom('Ignore' as const, 'Report' as const, 'Correct' as const, 'Correct' as const) }],
  purgeAfterSource: [3, { on }],
  maxUsers: [4, { count: fc.constantFrom(0, 1, 2, 3, 4) }],
  allowDelete: [3, { on }],
  exclude: [4, { who, on }],
  enforce: [3, { on }],
  strategy: [4, { strategy }],
  quarantine: [2, { failures: fc.constantFrom(1, 2) }],
  preview: [
    5,
    {
      scope: fc.constantFrom('All' as const, 'Few' as const),
      action: fc.constantFrom('SoftDelete' as const, 'Block' as const, 'Retain' as const),
      title: on,
      strategy,
    },
  ],
  dropPreview: [2, {}],
  provision: [4, { who }],
  explain: [3, { who }],
  approveCreations: [2, {}],
  lie: [5, { tenant: requests.tenant, how: fc.constantFrom<Lie[]>('nothing', 'otherId', 'page'), times }],
};

const wait = fc.oneof(
  { weight: 2, arbitrary: fc.nat({ max: 5 }) },
  { weight: 3, arbitrary: fc.nat({ max: 90 }) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 700 }) },
);

const kindList: readonly (readonly [type: string, kind: readonly [weight: number, fields: object]])[] = Object.entries(kinds);

const event = fc.oneof(
  ...kindList.map(([type, [weight, fields]]) => ({
    weight: often.has(type) ? 5 * weight : weight,
    arbitrary: fc.record({ type: fc.constant(type), ...fields, wait }),
  })),
) as unknown as fc.Arbitrary<ChaosEvent>;

/** Puts what happens to groups, to those who are gone for good, and to what is allowed, between the other events. */
function withParts({ options, events: drawn, groups, purges, rules, ...rest }: Drawn): Schedule {
  const events = drawn.slice(0, purges?.others);
  const takeovers = groups && rest.takeovers;
  const all = [...(groups?.events ?? []), ...(purges?.events ?? []), ...(rules?.events ?? []), ...(takeovers?.events ?? [])];
  const at = (index: number): readonly ChaosEvent[] =>
    all.filter(({ before }) => before === index || (index === events.length && before > index)).map((each) => each.event);
  return {
    options: { ...options, ...purges?.options, ...(groups === undefined ? {} : { groups: withTakeovers(groups.options, takeovers) }) },
    events: [...events.flatMap((each, index) => [...at(index), each]), ...at(events.length)],
  };
}

function withTakeovers(options: GroupOptions, takeovers: TakeoverPart | undefined): GroupOptions {
  if (takeovers === undefined) return options;
  const { found, ...more } = takeovers.options;
  return { ...options, ...more, ...(found === undefined ? {} : { found }) };
}

/** Random schedules: plain records, which shrink to a list that can be read. */
const plain: fc.Arbitrary<Drawn> = fc.record({
  options: fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    people: fc.integer({ min: 2, max: 6 }),
    scope: fc.constantFrom('All' as const, 'Assigned' as const),
    anchor: fc.boolean(),
    adoption: fc.constantFrom('Adopt' as const, 'Ignore' as const),
    guest: fc.boolean(),
    threshold: fc.constantFrom(100, 2, 3),
    percent: fc.constantFrom(100, 40, 60),
    interval: fc.constantFrom('1m' as const, '1m' as const, '5m' as const),
    lag,
    creations: fc.constantFrom(undefined, undefined, 2, 4),
    contactsRead: on,
    purges: on,
    enforce: on,
    maxUsers: fc.constantFrom(undefined, undefined, 2, 4),
    pool: fc.constantFrom(undefined, undefined, true),
    strategy: fc.constantFrom<Strategy[]>('InviteAsMember', 'InviteAsMember', 'InviteAsGuest', 'AddressListOnly'),
    closing: fc.constantFrom('drift' as const, 'preview' as const, 'requests' as const),
    renewals: fc.constant('Rare' as const),
  }) as fc.Arbitrary<ChaosOptions>,
  events: fc.array(event, { minLength: 1, maxLength: 16, size: 'max' }),
  // Drawn last: what was drawn before them stays as it is without them.
  groups: groupParts,
  purges: purgeParts,
  rules: ruleParts,
  takeovers: takeoverParts,
});

export const schedules: fc.Arbitrary<Schedule> = plain.map(withParts);

/** A schedule as lines of JSON: what the world is like, then what happens. */
export function printSchedule({ options, events }: Schedule): string {
  return [options, ...events].map((line) => JSON.stringify(line)).join('\n');
}
