import fc from 'fast-check';
import type { ChaosEvent } from './chaos-events.ts';
import type { ChaosOptions } from './chaos-schedule.ts';

/** A world in which accounts are purged after the source, and what happens before which of its other events. */
export interface PurgePart {
  readonly options: Pick<ChaosOptions, 'purges' | 'threshold' | 'interval'>;
  readonly events: readonly { readonly before: number; readonly event: ChaosEvent }[];
}

/** Whether every world has one (`npm run test:chaos -- --purges`). */
const always = process.env.TENANTSYNC_CHAOS_PURGES === 'always';
/** As many events as a schedule has, at most. */
const mostEvents = 16;

const who = fc.nat({ max: 7 });
const wait = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 90 }) }, { weight: 1, arbitrary: fc.integer({ min: 120, max: 700 }) });

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('leaveForGood'), who, minutes: fc.constantFrom(3, 6), wait }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('leave'), who, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('comeBack'), who, wait }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('purge'), who, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('targetRestore'), who, wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('purgeAfterSource'), on: fc.constantFrom(true, true, false), wait }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('kill'), wait }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('start'), wait }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('decidePurges'),
      decision: fc.constantFrom('approve' as const, 'reject' as const),
      patience: fc.constantFrom(0, 40, 40),
      late: fc.constantFrom(0, 0, 5, 30),
      wait,
    }),
  },
) as unknown as fc.Arbitrary<ChaosEvent>;

const part: fc.Arbitrary<PurgePart> = fc.record({
  options: fc.record({
    purges: fc.constantFrom(true, true, true, false),
    threshold: fc.constantFrom(2, 2, 3, 100),
    interval: fc.constantFrom('1m' as const, '1m' as const, '5m' as const),
  }),
  events: fc.array(fc.record({ before: fc.nat({ max: mostEvents }), event }), { minLength: 1, maxLength: 8, size: 'max' }),
});

/** The purges of every fourth world. They are drawn after everything else about a schedule, which stays what it would be without them. */
export const purgeParts: fc.Arbitrary<PurgePart | undefined> = always
  ? part
  : fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: part });
