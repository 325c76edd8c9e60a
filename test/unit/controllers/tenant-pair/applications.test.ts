import { TargetPool, type Member } from '../../../../src/controllers/shared/target-pool.ts';
import { checkApplications } from '../../../../src/controllers/tenant-pair/applications.ts';
import type { SideFacts } from '../../../../src/core/preflight/facts.ts';
import { FakeGroups } from '../../../support/fake-groups.ts';
import { FakeTarget, refusal } from '../../../support/fake-target.ts';
import { noSettings } from '../support.ts';

const works = (displayName: string, more: Partial<Extract<SideFacts, { type: 'Connected' }>> = {}): SideFacts => ({
  type: 'Connected',
  tenantId: 'spoke',
  displayName,
  defaultDomain: '',
  verifiedDomains: [],
  missingPermissions: [],
  granted: [`of ${displayName}`],
  ...more,
});
const failed: SideFacts = { type: 'Failed', reason: 'CredentialsExpired', message: 'Expired.' };

/** A pool in which a look at each application finds this, in order. */
function poolOf(...found: readonly (SideFacts | Error)[]) {
  const members = found.map((_, index): Member => ({
    place: `place ${index}`,
    clientId: `app-${index}`,
    target: new FakeTarget().directory,
    groups: new FakeGroups().directory,
    settings: noSettings,
  }));
  const pool = new TargetPool(members as [Member, ...Member[]], []);
  const look = (target: Member['target']): Promise<SideFacts> => {
    const result = found[members.findIndex((member) => member.target === target)];
    return result === undefined || result instanceof Error ? Promise.reject(result ?? new Error('nobody')) : Promise.resolve(result);
  };
  return {
    pool,
    check: () => checkApplications(pool, look),
    standing: () => pool.applications().map(({ clientId, leftOut }) => `${clientId} ${leftOut?.reason ?? 'works'}`),
  };
}

const throttled = refusal('Throttled', { retryAt: 9000 });

describe('G5 a look at the applications of a target', () => {
  it('leaves out each that cannot do the work, and the others go on', async () => {
    const { check, standing } = poolOf(
      failed,
      works('elsewhere', { tenantId: 'another' }),
      works('bare', { missingPermissions: ['User.Invite.All'] }),
      works('whole'),
    );
    expect(await check()).toMatchObject({ displayName: 'whole' });
    expect(standing()).toEqual(['app-0 CredentialsExpired', 'app-1 TenantMismatch', 'app-2 PermissionMissing', 'app-3 works']);
  });

  it('tells the facts of the first that takes part, in the order of the spec', async () => {
    const { check } = poolOf(works('first'), works('second'));
    expect(await check()).toMatchObject({ displayName: 'first' });
  });

  it('tells those of the first one where none takes part', async () => {
    const { check, standing } = poolOf(works('bare', { missingPermissions: ['User.Invite.All'] }), failed);
    expect(await check()).toMatchObject({ displayName: 'bare', missingPermissions: ['User.Invite.All'] });
    expect(standing()).toEqual(['app-0 PermissionMissing', 'app-1 CredentialsExpired']);
  });

  it('notes what each may do, and nothing of one that was not reached', async () => {
    const { check, pool } = poolOf(works('first'), failed);
    await check();
    expect(pool.applications().map(({ granted }) => granted)).toEqual([['of first'], []]);
  });

  it('takes an application in again that can do the work again', async () => {
    const { check, pool } = poolOf(works('first'), works('second'));
    const [first] = pool.members;
    if (first) pool.judge(first, { leftOut: { reason: 'CredentialsExpired', message: '' }, granted: [] });
    await check();
    expect(pool.applications().map(({ leftOut }) => leftOut)).toEqual([undefined, undefined]);
  });

  it('I9 judges no application that is asked to wait: it takes part as before, and so does one that did not', async () => {
    const { check, pool, standing } = poolOf(throttled, throttled, works('third'));
    const [, second] = pool.members;
    if (second) pool.judge(second, { leftOut: { reason: 'CredentialsExpired', message: '' }, granted: [] });
    expect(await check()).toMatchObject({ displayName: 'third' });
    expect(standing()).toEqual(['app-0 works', 'app-1 CredentialsExpired', 'app-2 works']);
  });

  it('I9 prefers what is known of an application that is left out to nothing', async () => {
    const { check, pool } = poolOf(throttled, failed);
    const [first] = pool.members;
    if (first) pool.judge(first, { leftOut: { reason: 'CredentialsExpired', message: '' }, granted: [] });
    expect(await check()).toBe(failed);
  });

  it('I9 waits where nothing is known of any', async () => {
    await expect(poolOf(throttled, refusal('Throttled')).check()).rejects.toBe(throttled);
  });

  it('throws what is no throttling', async () => {
    for (const error of [new TypeError('a fault'), refusal('Unavailable')])
      await expect(poolOf(works('first'), error).check()).rejects.toBe(error);
  });
});
