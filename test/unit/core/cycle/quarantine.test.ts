import {
  afterCycle,
  disabledAt,
  forCredentials,
  isCredentialReason,
  nextAttempt,
  stillHeld,
  tooManyFail,
  type Quarantine,
} from '../../../../src/core/cycle/quarantine.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const at = (ms: number): string => new Date(now + ms).toISOString().replace('.000Z', 'Z');
const limits = { minimum: 5000, percent: 40, failures: 40_000 };
const outcome = { failed: 6000, inScope: 10_000, limits, intervalMs: 40 * minute, now };
const nothing = { specChanged: false, restartAsked: false, pairReady: false };

describe('E9 whether too many users fail', () => {
  // The worked figures of Entra's documentation.
  it.each([
    [4_000, 4_000, false],
    [45_000, 200_000, true],
    [30_000, 35_000, true],
    [20_000, 120_000, false],
    [5_000, 12_500, false],
    [5_000, 12_499, true],
    [4_999, 5_000, false],
    [40_000, 200_000, false],
    [40_001, 200_000, true],
  ])('%s of %s: %s', (failed, inScope, expected) => {
    expect(tooManyFail({ failed, inScope, limits })).toBe(expected);
  });

  it('by limits of the configuration', () => {
    expect(tooManyFail({ failed: 3, inScope: 10, limits: { minimum: 3, percent: 20, failures: 100 } })).toBe(true);
    expect(tooManyFail({ failed: 2, inScope: 2, limits: { minimum: 3, percent: 20, failures: 100 } })).toBe(false);
  });
});

describe('E9 a quarantine for failing users', () => {
  it('begins with the cycle, and spaces attempts up to one a day', () => {
    let quarantine: Quarantine | undefined;
    const pauses: number[] = [];
    for (let cycle = 0; cycle < 7; cycle += 1) {
      quarantine = afterCycle(quarantine, outcome);
      pauses.push((Date.parse(quarantine?.nextAttemptAt ?? '') - now) / minute);
      expect(quarantine).toMatchObject({ reason: 'TooManyFailures', since: at(0), attempts: cycle + 1 });
    }
    expect(pauses).toEqual([80, 160, 320, 640, 1280, 1440, 1440]);
  });

  it('is never shorter than the interval, nor grows without end', () => {
    const slow = afterCycle(undefined, { ...outcome, intervalMs: 48 * hour });
    expect(slow?.nextAttemptAt).toBe(at(48 * hour));
    const late = afterCycle({ reason: 'TooManyFailures', since: at(-day), attempts: 5000 }, outcome);
    expect(late).toMatchObject({ since: at(-day), nextAttemptAt: at(day) });
  });

  it('ends with a cycle after which fewer fail', () => {
    expect(afterCycle({ reason: 'TooManyFailures', since: at(-day), attempts: 3 }, { ...outcome, failed: 10 })).toBeUndefined();
  });

  it('begins anew where the former one had another cause, and at a time that is not ahead', () => {
    expect(afterCycle({ reason: 'CredentialsRejected', since: at(-day), attempts: 3 }, outcome)).toMatchObject({
      since: at(0),
      attempts: 1,
    });
    expect(afterCycle({ reason: 'TooManyFailures', since: at(day), attempts: 3 }, outcome)?.since).toBe(at(0));
  });
});

describe('E9 a quarantine for credentials', () => {
  it.each([
    ['CredentialsRejected', true],
    ['CredentialsExpired', true],
    ['SecretNotFound', true],
    ['TenantMismatch', true],
    ['AuthorityUnreachable', false],
    ['UserSyncNotAllowed', false],
    ['PermissionMissing', false],
    [undefined, false],
  ])('is one for %s: %s', (reason, expected) => {
    expect(isCredentialReason(reason)).toBe(expected);
  });

  it('begins at once, keeps its beginning while the reason changes, and waits for the pair', () => {
    const first = forCredentials(undefined, 'CredentialsRejected', now);
    expect(first).toEqual({ reason: 'CredentialsRejected', since: at(0), attempts: 1 });
    expect(forCredentials(first, 'CredentialsExpired', now + day)).toEqual({ reason: 'CredentialsExpired', since: at(0), attempts: 1 });
    expect(nextAttempt(first, 40 * minute, now)).toBeUndefined();
  });

  it('ends none that is there for failing users', () => {
    const failing: Quarantine = { reason: 'TooManyFailures', since: at(-day), attempts: 9, nextAttemptAt: at(hour) };
    expect(forCredentials(failing, 'CredentialsExpired', now)).toBe(failing);
  });
});

describe('E9 what lifts a quarantine', () => {
  const failing: Quarantine = { reason: 'TooManyFailures', since: at(-day), attempts: 2 };
  const rejected: Quarantine = { reason: 'CredentialsRejected', since: at(-day), attempts: 1 };

  it.each([
    ['nothing', nothing, true, true],
    ['a change of the spec', { ...nothing, specChanged: true }, false, false],
    ['a restart', { ...nothing, restartAsked: true }, false, false],
    ['a pair that is ready, for credentials alone', { ...nothing, pairReady: true }, true, false],
  ])('%s', (_, lift, holdsFailing, holdsRejected) => {
    expect(stillHeld(failing, lift)).toBe(holdsFailing ? failing : undefined);
    expect(stillHeld(rejected, lift)).toBe(holdsRejected ? rejected : undefined);
    expect(stillHeld(undefined, lift)).toBeUndefined();
  });

  it('disables after 28 days, whatever clock told of the beginning', () => {
    expect(disabledAt(failing, now)).toBe(now + 27 * day);
    expect(disabledAt({ since: at(3 * day) }, now)).toBe(now + 28 * day);
    expect(disabledAt({}, now)).toBe(now + 28 * day);
  });

  it('I14 waits for no time that no pause reaches', () => {
    expect(nextAttempt({ ...failing, nextAttemptAt: at(hour) }, 40 * minute, now)).toBe(now + hour);
    expect(nextAttempt({ ...failing, nextAttemptAt: at(300 * day) }, 40 * minute, now)).toBe(now);
  });
});
