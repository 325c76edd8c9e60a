import { mayWrite } from '../../../../src/controllers/shared/access-gate.ts';
import { refusal } from '../../../support/fake-target.ts';
import { Site, type SiteOptions } from '../support.ts';

const options = { signal: new AbortController().signal, priority: 0 };
const ask = (given: Site) => mayWrite(given.deps, given.pair, given.session, options);
const old = (more: SiteOptions = {}): Site => {
  const given = new Site(more);
  given.session.accessCheckedAt -= 45_001;
  return given;
};

describe('B1 whether the target allows writing', () => {
  it('is believed for 45 seconds, and then asked anew', async () => {
    const given = old();
    given.session.accessCheckedAt += 1;
    expect(await ask(given)).toBe(true);
    expect(given.target.reads).toEqual([]);
    given.session.accessCheckedAt -= 1;
    expect(await ask(given)).toBe(true);
    expect(given.target.reads).toEqual(['syncAccess']);
    expect(given.session.accessCheckedAt).toBe(given.clock.monotonic());
  });

  it('does not matter while Entra works on the pair (B6)', async () => {
    const given = old();
    given.session.entraJob = 'Azure2Azure.a.1';
    expect([await ask(given), given.target.reads]).toEqual([false, []]);
  });

  it.each<[string, boolean | null | undefined, 'Refuse' | 'Accept', boolean]>([
    ['allowed', true, 'Refuse', true],
    ['cleared', false, 'Accept', false],
    ['no policy', null, 'Accept', false],
    ['no such policies, and the pair accepts that', undefined, 'Accept', true],
    ['no such policies, and the pair does not', undefined, 'Refuse', false],
  ])('%s', async (_, userSyncInboundAllowed, withoutSyncPolicy, allowed) => {
    const given = old({ pair: { crossTenantAccess: { ...new Site().pair.spec.crossTenantAccess, withoutSyncPolicy } } });
    given.target.userSyncInboundAllowed = userSyncInboundAllowed;
    expect(await ask(given)).toBe(allowed);
    expect(given.session.verdict.ready).toBe(allowed);
    expect(given.enqueued).toEqual(allowed ? [] : ['pair identity/pair']);
  });

  it('is asked once for all who wait for it', async () => {
    const given = old();
    expect(await Promise.all([ask(given), ask(given), ask(given)])).toEqual([true, true, true]);
    expect(given.target.reads).toEqual(['syncAccess']);
  });

  it('is asked again after it could not be read', async () => {
    const given = old();
    given.target.fail('syncAccess', refusal('Unavailable'));
    await expect(ask(given)).rejects.toThrow('refused: Unavailable');
    expect(await ask(given)).toBe(true);
  });

  it.each<[string, (given: Site) => unknown]>([
    ['a pair that is not ready', (given) => (given.session.verdict = { ready: false, reason: 'StoppedByTarget', message: 'm' })],
    ['a pair that is suspended', (given) => given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, suspend: true } })],
  ])('is not asked of %s', async (_, change) => {
    const given = old();
    change(given);
    expect(await ask(given)).toBe(false);
    expect(given.target.reads).toEqual([]);
  });

  it.each<[string, (given: Site) => unknown]>([
    ['the pair is suspended', (given) => given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, suspend: true } })],
    ['the pair is deleted', (given) => given.pairs.delete(given.pair.metadata)],
    ['the session ends', (given) => given.deps.sessions.delete('identity/pair', 0)],
  ])('counts for nothing when %s while it is asked', async (_, change) => {
    const given = old();
    given.target.during = () => void change(given);
    expect(await ask(given)).toBe(false);
  });
});
