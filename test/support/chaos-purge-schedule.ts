import fc from 'fast-check';
import type { ChaosEvent } from './chaos-events.ts';
import type { ChaosOptions } from './chaos-schedule.ts';

/** A world in which accounts are purged after the source, and what happens before which of its other events. */
export interface PurgePart {
  readonly options: Pick<ChaosOptions, 'purges' | 'threshold' | 'interval'>;
  /** So many of the other events happen at most: each purge takes half an hour of a world that works. */
  readonly others: number;
  readonly events: readonly { readonly before: number; readonly event: ChaosEvent }[];
}

/** Whether every world has one (`npm run test:chaos -- --purges`). */
const always = process.env.TENANTSYNC_CHAOS_PURGES === 'always';
/** As many events as a schedule has, at most. */
const mostEvents = 16;

/** Most worlds have somebody there. */
const who = fc.nat({ max: 3 });
const wait = fc.nat({ max: 90 });
const flag = fc.boolean();

/** What may come in between. */
const disturbance = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('kill'), wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('comeBack'), who, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('purge'), who, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('targetRestore'), who, wait }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('targetDelete'), who, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('purgeAfterSource'), on: flag, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('plan'), on: flag, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('deleteRecord'), who, wait }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restoreBackup'), wait }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('recreatePair'), wait }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('recreateConfiguration'), rename: flag, withPair: flag, wait }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clockJump'), minutes: fc.constantFrom(15, 90, -15, -90), wait }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('lose'),
      tenant: fc.constantFrom('hub' as const, 'spoke' as const),
      write: flag,
      times: fc.integer({ min: 1, max: 4 }),
      effect: fc.constantFrom('dropBefore' as const, 'dropAfter' as const),
      wait,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('lie'),
      tenant: fc.constant('hub' as const),
      how: fc.constantFrom('nothing' as const, 'otherId' as const, 'page' as const),
      times: fc.integer({ min: 1, max: 4 }),
      wait,
    }),
  },
) as unknown as fc.Arbitrary<ChaosEvent>;

const decision = fc.record({
  decision: fc.constantFrom('approve' as const, 'reject' as const),
  patience: fc.constantFrom(40, 40, 0),
  late: fc.constantFrom(0, 0, 5, 30),
  wait,
});

/** People leave, and are purged in the source; somebody decides about their removals, and about the purges that wait then. */
const story = fc
  .record({
    before: fc.nat({ max: mostEvents }),
    leavers: fc.array(fc.record({ who, minutes: fc.constantFrom(3, 6, 12), wait }), { minLength: 1, maxLength: 3, size: 'max' }),
    approves: fc.constantFrom(true, true, false),
    between: fc.option(disturbance),
    decisions: fc.array(decision, { minLength: 1, maxLength: 2, size: 'max' }),
    after: fc.option(disturbance),
  })
  .map(({ before, leavers, approves, between, decisions, after }) => {
    const start: ChaosEvent = { type: 'start', wait: 60 };
    const events: readonly ChaosEvent[] = [
      start,
      ...leavers.map((leaver): ChaosEvent => ({ type: 'leaveForGood', ...leaver })),
      ...(approves ? [{ type: 'approve', wait: 60 } as const] : []),
      ...(between === null ? [] : [between, start]),
      ...decisions.map((each): ChaosEvent => ({ type: 'decidePurges', ...each })),
      ...(after === null ? [] : [after]),
    ];
    return events.map((event) => ({ before, event }));
  });

const part: fc.Arbitrary<PurgePart> = fc.record({
  options: fc.record({
    purges: fc.constantFrom(true, true, true, false),
    threshold: fc.constantFrom(2, 3, 100),
    interval: fc.constantFrom('1m' as const, '1m' as const, '5m' as const),
  }),
  others: fc.constantFrom(0, 2, 4, mostEvents),
  events: fc.array(story, { minLength: 1, maxLength: 2, size: 'max' }).map((stories) => stories.flat()),
});

/** The purges of every sixth world. They are drawn after everything else about a schedule, which stays what it would be without them. */
export const purgeParts: fc.Arbitrary<PurgePart | undefined> = always
  ? part
  : fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: part });
