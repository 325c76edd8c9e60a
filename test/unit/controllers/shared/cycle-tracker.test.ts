import { CycleTracker } from '../../../../src/controllers/shared/cycle-tracker.ts';

describe('F4 how much of a cycle is done', () => {
  const tracker = new CycleTracker();
  const progress = (): number | undefined => tracker.progress('identity/staff');
  const change = (...names: readonly string[]): void => names.forEach((name) => tracker.changed('identity/staff', name));

  it('is not known while none runs, nothing while it has changed nobody, then the share that was handled', () => {
    expect(progress()).toBeUndefined();
    tracker.begin('identity/staff', 'cycle', 0);
    expect(progress()).toBe(0);
    change('a', 'b', 'c', 'd');
    tracker.handled('identity/staff', 'a');
    expect(progress()).toBe(0.25);
    // Once more before it was handled: the same work.
    change('b');
    expect(progress()).toBe(0.25);
    tracker.gone('b');
    tracker.handled('identity/staff', 'c');
    tracker.handled('identity/staff', 'd');
    expect(progress()).toBe(1);
    tracker.end('identity/staff');
    expect(progress()).toBeUndefined();
  });
});
