import fc, { type RunDetails } from 'fast-check';
import { pastFailures } from '../support/chaos-found.ts';
import { pastGroupFailures } from '../support/chaos-group-found.ts';
import { printSchedule, schedules, type Schedule } from '../support/chaos-schedule.ts';
import { play } from '../support/chaos.ts';
import { usualRenewals } from '../support/world.ts';

/** Always played, however slow the machine is. */
const fewest = 40;
/** Played as well while there is time. */
const most = 200;
const limitMs = 60_000;
/** How long a shorter schedule with a violation is looked for: the first is said at once, and shorter ones cost as much time each. */
const shorteningMs = 300_000;

const { TENANTSYNC_CHAOS_RUNS: runs, TENANTSYNC_CHAOS_SEED: seed = '20260105' } = process.env;

function playAll(from: number, numRuns: number, timeMs?: number): Promise<RunDetails<[Schedule]>> {
  const limit = timeMs === undefined ? {} : { interruptAfterTimeLimit: timeMs, markInterruptAsFailure: false };
  let shortenUntil = Infinity;
  const property = fc.asyncProperty(schedules, async (schedule) => {
    if (performance.now() > shortenUntil) return;
    try {
      await play(schedule);
    } catch (error) {
      if (shortenUntil === Infinity) {
        shortenUntil = performance.now() + shorteningMs;
        process.stderr.write(`seed ${from}: ${String(error)}\n${printSchedule(schedule)}\nA shorter schedule is looked for.\n`);
      }
      throw error;
    }
  });
  return fc.check(property, { seed: from, numRuns, ...limit });
}

/** What was violated, by which schedule, in lines that can be read and played again. */
function report(details: RunDetails<[Schedule]>): string | undefined {
  if (!details.failed) return undefined;
  const [schedule] = details.counterexample ?? [];
  const cause = details.errorInstance instanceof Error ? details.errorInstance.message : 'no error';
  const origin = `TENANTSYNC_CHAOS_SEED=${details.seed}, schedule ${details.numRuns}, shrunk ${details.numShrinks} times:`;
  return [cause, origin, schedule ? printSchedule(schedule) : ''].join('\n');
}

describe('the whole operator in random worlds under random events', () => {
  it.each([...pastFailures, ...pastGroupFailures])('I4 everybody comes to where they belong although $what', async ({ schedule }) => {
    // At the times at which it failed.
    await expect(play(schedule, usualRenewals)).resolves.toBeUndefined();
  });

  it('I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13 I14 I15 A12 B8 B9 B11 E4 E7 E11 G8 hold whatever happens', async () => {
    const started = performance.now();
    expect(report(await playAll(Number(seed), runs === undefined ? fewest : Number(runs)))).toBeUndefined();
    const leftMs = limitMs - (performance.now() - started);
    const further = runs === undefined && leftMs > 1000 ? await playAll(Number(seed) + 1, most, leftMs) : undefined;
    expect(further && report(further)).toBeUndefined();
  }, 3_600_000);
});
