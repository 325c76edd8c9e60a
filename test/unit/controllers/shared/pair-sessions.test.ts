import { PairSessions, type PairSession } from '../../../../src/controllers/shared/pair-sessions.ts';
import { Site } from '../support.ts';

const { session } = new Site();

/** A session into a target whose quota is used up by so many pieces of work. */
function into(quota: { readonly inFlight: () => number }, verdict: PairSession['verdict'] = { ready: true }): PairSession {
  return { ...session, verdict, target: { ...session.target, quota: { ...session.target.quota, ...quota } } };
}

describe('how much work uses up the quotas of all targets', () => {
  it('is the sum over the targets of the pairs that may work', () => {
    const sessions = new PairSessions();
    expect(sessions.inFlight()).toBe(0);
    sessions.set('identity/a', into({ inFlight: () => 10 }));
    sessions.set('identity/b', into({ inFlight: () => 20 }));
    sessions.set('identity/c', into({ inFlight: () => 40 }, { ready: false, reason: 'Suspended', message: '' }));
    expect(sessions.inFlight()).toBe(30);
  });

  it('counts a quota that several pairs share once', () => {
    const sessions = new PairSessions();
    const shared = into({ inFlight: () => 10 });
    for (const name of ['a', 'b', 'c']) sessions.set(`identity/${name}`, { ...shared });
    expect(sessions.inFlight()).toBe(10);
  });
});
