import { Visibility } from '../../../../src/core/lifecycle/visibility.ts';

interface Course {
  readonly misses: number;
  readonly early: number;
  readonly lastWaitMs: number;
}

/** So many creations one after the other, each of whose accounts is visible after `lagOf(n)` milliseconds. */
function course(visibility: Visibility, creations: number, lagOf: (n: number) => number): Course {
  let misses = 0;
  let early = 0;
  let lastWaitMs = 0;
  for (let n = 0; n < creations; n += 1) {
    const lag = lagOf(n);
    const wait = visibility.next();
    if (wait === 0) {
      visibility.triedAtOnce(lag === 0);
      if (lag > 0) misses += 1;
      continue;
    }
    lastWaitMs = wait;
    for (let age = wait; ; age *= 1.5) {
      visibility.lookedFor(age >= lag, age);
      if (age >= lag) break;
      early += 1;
    }
  }
  return { misses, early, lastWaitMs };
}

const spread = (lag: number) => (n: number) => lag * (0.5 + ((n * 7919) % 100) / 100);

describe('how long fresh accounts are waited for', () => {
  it('not at all while writes find them', () => {
    const visibility = new Visibility();
    expect(course(visibility, 200, () => 0)).toEqual({ misses: 0, early: 0, lastWaitMs: 0 });
    expect(visibility.next()).toBe(0);
  });

  it.each([500, 2_000, 10_000, 30_000])('with a lag of %i ms few writes miss, and the wait is near the lag', (lag) => {
    const visibility = new Visibility();
    course(visibility, 200, spread(lag));
    const { misses, early, lastWaitMs } = course(visibility, 1000, spread(lag));
    expect(misses).toBeLessThanOrEqual(50);
    expect(early).toBeLessThan(250);
    expect(lastWaitMs).toBeGreaterThan(lag * 0.8);
    expect(lastWaitMs).toBeLessThan(lag * 2.5 + 500);
  });

  it('a single write that misses says nothing about the others', () => {
    const visibility = new Visibility();
    visibility.triedAtOnce(false);
    expect(visibility.next()).toBe(0);
  });

  it('what many say at the same time counts once', () => {
    const visibility = new Visibility();
    for (let n = 0; n < 20; n += 1) visibility.triedAtOnce(false);
    for (let n = 0; n < 100; n += 1) visibility.lookedFor(false, 2_000);
    expect(visibility.next()).toBe(2_500);
  });

  it('an account that takes far longer than the others makes nobody wait', () => {
    const visibility = new Visibility();
    for (let n = 0; n < 20; n += 1) visibility.triedAtOnce(false);
    visibility.lookedFor(false, 600_000);
    expect(visibility.next()).toBe(2_000);
  });

  it('a lag that is over is noticed by those that are tried at once', () => {
    const visibility = new Visibility();
    course(visibility, 200, spread(10_000));
    course(visibility, 1050, () => 0);
    expect(Array.from({ length: 19 }, () => visibility.next())).toEqual(Array<number>(19).fill(0));
  });

  it('I14 never longer than a minute', () => {
    const visibility = new Visibility();
    for (let n = 0; n < 20; n += 1) visibility.triedAtOnce(false);
    for (let age = 1_000; age < 500_000; age *= 1.5) visibility.lookedFor(false, age);
    expect(visibility.next()).toBe(60_000);
  });
});
