import { leaseTiming, unclaimed } from '../../../src/kube/lease.ts';
import { LeaseObservations } from '../../../src/kube/lease-observations.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const year = 365 * 24 * 3600;

describe('A Lease of somebody else', () => {
  test.each([
    [0, 15],
    [60, 60],
    [year, 3600],
    [1e300, 3600],
    [-5, 15],
  ])('that promises to hold for %s s counts as held for %s s after its last change', async (durationSeconds, held) => {
    const clock = new VirtualClock();
    const observations = new LeaseObservations(clock, leaseTiming);
    const record = { ...unclaimed(0), holder: 'somebody', durationSeconds, renewTime: '2126-01-05T08:00:00.000000Z' };
    observations.see([record]);
    await clock.advance(held * 1000 - 1);
    expect(observations.isLive(record)).toBe(true);
    // The wall clock says nothing, nor do the times written in the Lease.
    clock.jumpWallClock(-year * 1000);
    await clock.advance(1);
    expect(observations.isLive(record)).toBe(false);
  });
});
