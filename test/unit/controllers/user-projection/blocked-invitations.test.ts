import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import type { TenantPair, UserProjection } from '../../../../src/api/kinds.ts';
import { wakeProbe } from '../../../../src/controllers/shared/invitations.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { ready, recordWith } from '../../core/support.ts';
import { configurationWith, minute, pairWith, Site, type SiteOptions } from '../support.ts';

const hour = 60 * minute;
const nobody: Partial<UserProjectionStatus> = { state: 'Pending', targetUser: undefined as never };
const blocked = refusal('InvitationsBlocked', { reason: 'InvitationsBlocked', requestId: 'request' });

/** Somebody who has no account, in a target of two pairs that refuses invitations since an hour ago, unless a test says otherwise. */
function site(options: SiteOptions & { readonly sinceMs?: number } = {}): Site {
  const { sinceMs = -hour, ...more } = options;
  const given = new Site({ accounts: [], ...more, status: { ...nobody, ...more.status } });
  given.confirm('Cycle');
  given.pairs.put({ ...pairOf('other'), spec: { ...pairOf('other').spec, source: { tenantId: 'another' } as never } });
  given.pairs.put({ ...given.pair, status: { invitationsBlocked: { since: given.at(sinceMs), nextProbeAt: given.at(sinceMs + hour) } } });
  return given;
}

const pairOf = (name: string): TenantPair => {
  const pair = pairWith();
  return { ...pair, metadata: { ...pair.metadata, name, uid: `uid-${name}` } };
};

const blockOf = (given: Site, name = 'pair') => given.pairs.get({ namespace: 'identity', name })?.status.invitationsBlocked;

/** Somebody else who waits for the end of the block. */
function waiting(id: string, configuration = 'staff', more: Partial<UserProjection['status']> = {}): UserProjection {
  const name = `${configuration}-${id}`;
  return recordWith({
    spec: { syncConfigurationRef: { name: configuration }, source: { tenantId: 'hub', objectId: id }, invitedAddress: `${id}@contoso.com` },
    status: { ...nobody, ...ready('InvitationsBlocked'), ...more },
    metadata: { name, uid: name },
  });
}

const kept = (given: Site): unknown => {
  const text = given.notes.texts.get(`${given.pair.spec.target.tenantId}.invitations`);
  return text === undefined || text === '' ? text : JSON.parse(text);
};

const eventsOf = (given: Site): readonly string[] => given.events.map(({ reason, note }) => `${reason} ${note}`);

describe('A1 a target that begins to refuse all invitations', () => {
  const begins = (): Site => {
    const given = new Site({ accounts: [], status: nobody });
    given.confirm('Cycle');
    given.target.fail('invite', blocked);
    return given;
  };

  it('is on record at the pair, with the request that a support case needs, and told of', async () => {
    const given = begins();
    await given.reconcile();
    expect(blockOf(given)).toEqual({ since: given.at(), nextProbeAt: given.at(hour), requestId: 'request' });
    expect(eventsOf(given)[0]).toMatch(/^InvitationsBlocked The target refuses all invitations since .* Name request-id request there\./);
    expect(given.enqueued).toContain('pair identity/pair');
  });

  it('is known to each pair of the target, and kept for those to come', async () => {
    const given = begins();
    given.pairs.put({ ...pairOf('other'), spec: { ...pairOf('other').spec, source: { tenantId: 'another' } as never } });
    await given.reconcile();
    expect(blockOf(given)).toBeDefined();
    expect([blockOf(given, 'other'), kept(given)]).toEqual([blockOf(given), blockOf(given)]);
    expect(eventsOf(given).filter((event) => event.startsWith('InvitationsBlocked'))).toHaveLength(1);
  });

  it('is kept although others write to the same notes meanwhile', async () => {
    const given = begins();
    given.notes.before = () => {
      given.notes.before = () => undefined;
      given.notes.set('some.tenants', '{}');
    };
    await given.reconcile();
    expect(kept(given)).toEqual(blockOf(given));
    expect(given.notes.texts.get('some.tenants')).toBe('{}');
  });

  it('keeps the person waiting, which is no attempt, and leaves no intent', async () => {
    const given = begins();
    await given.reconcile();
    expect(given.reason).toBe('InvitationsBlocked');
    expect(given.record.status).toMatchObject({ state: 'Pending' });
    expect(given.record.status.attempts ?? 0).toBe(0);
    expect(given.record.status.intent).toBeUndefined();
  });

  it('is recorded once by all whose invitations were under way', async () => {
    const given = begins();
    given.target.during = (operation) => {
      // Another pass has met it while this invitation was on its way.
      if (operation === 'invite')
        given.pairs.put({ ...given.pair, status: { invitationsBlocked: { since: given.at(-minute), nextProbeAt: given.at(hour) } } });
    };
    await given.reconcile();
    expect(blockOf(given)?.since).toBe(given.at(-minute));
    expect(eventsOf(given)).not.toContainEqual(expect.stringContaining('request-id'));
    expect(given.reason).toBe('InvitationsBlocked');
  });

  it('lets no other invitation leave while it is being recorded, and the next one when it could not be', async () => {
    const given = begins();
    const meanwhile: boolean[] = [];
    given.pairs.before = () => void meanwhile.push(given.deps.invitationsInDoubt.size > 0);
    given.pairs.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    await expect(given.reconcile()).rejects.toThrow('no server');
    expect(meanwhile).toEqual([true]);
    expect(given.deps.invitationsInDoubt.size).toBe(0);
    expect(blockOf(given)).toBeUndefined();
  });
});

describe('A1 while a target refuses all invitations', () => {
  it('nobody is invited, and no attempt is counted', async () => {
    const given = site({ sinceMs: -minute });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('InvitationsBlocked');
    expect(given.record.status).toMatchObject({ state: 'Pending' });
  });

  it('nobody is invited by another pair of the same target', async () => {
    const given = site({ sinceMs: -minute });
    const { status } = given.pair;
    given.pairs.put({ ...given.pair, status: {} });
    given.pairs.put({ ...pairOf('other'), status });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
  });

  it('nobody is invited while one invitation asks', async () => {
    const given = site();
    given.deps.invitationsInDoubt.add(given.pair.spec.target.tenantId);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('InvitationsBlocked');
  });

  it('one an hour asks: when the next one may is on record before it leaves', async () => {
    const given = site();
    const seen: unknown[] = [];
    given.target.during = (operation) => {
      if (operation === 'invite') seen.push(blockOf(given)?.nextProbeAt, kept(given), given.deps.invitationsInDoubt.size);
    };
    given.target.fail('invite', blocked);
    await given.reconcile();
    expect(seen).toEqual([given.at(hour), { since: given.at(-hour), nextProbeAt: given.at(hour) }, 1]);
    expect(blockOf(given)).toEqual({ since: given.at(-hour), nextProbeAt: given.at(hour) });
    expect(given.deps.invitationsInDoubt.size).toBe(0);
    expect(given.reason).toBe('InvitationsBlocked');
  });

  it('one that asks does not leave when that cannot be recorded', async () => {
    const given = site();
    given.pairs.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    await expect(given.reconcile()).rejects.toThrow('no server');
    expect(given.target.writes).toEqual([]);
    expect(given.deps.invitationsInDoubt.size).toBe(0);
  });

  it('one that asked and whose answer was lost is not followed by another within the hour', async () => {
    const given = site();
    given.target.fail('invite', refusal('Unavailable', { outcomeUnknown: true }), true);
    await given.reconcile();
    expect(blockOf(given)?.nextProbeAt).toBe(given.at(hour));
  });

  it.each([
    ['that was throttled', (given: Site) => given.target.fail('invite', refusal('Throttled', { retryAt: given.clock.now() + minute }))],
    [
      'that was about to leave when the configuration was suspended',
      (given: Site) => {
        given.projections.before = () => {
          if (given.record.status.intent === undefined && given.target.writes.length === 0)
            given.configurations.put(configurationWith({ suspend: true }));
        };
      },
    ],
    ['whose reading of the source is too old', (given: Site) => given.deps.confirmations.forget('identity/staff')],
  ])('one %s has not asked: the next may at once', async (_, prevent) => {
    const given = site();
    prevent(given);
    await given.reconcile();
    expect(given.target.live.size).toBe(0);
    expect(blockOf(given)).toEqual({ since: given.at(-hour), nextProbeAt: given.at() });
  });

  it('one that is refused for a reason of its own has asked', async () => {
    const given = site();
    given.target.fail('invite', refusal('InvitationRefused', { reason: 'InvitationRefused' }));
    await given.reconcile();
    expect(given.record.status.state).toBe('Conflict');
    expect(blockOf(given)?.nextProbeAt).toBe(given.at(hour));
  });
});

describe('A1 a target that accepts invitations again', () => {
  it('is so for all of its pairs, which say it, and those who waited have their turn', async () => {
    const given = site();
    const { status } = given.pair;
    given.pairs.put({ ...given.pairs.get({ namespace: 'identity', name: 'other' }), status } as TenantPair);
    given.configurations.put(configurationWith({ tenantPairRef: { name: 'other' } }, { name: 'guests' }));
    given.projections.put(waiting('eva'));
    given.projections.put(waiting('bob', 'guests'));
    given.projections.put(waiting('settled', 'staff', ready('UserCreated', 'True')));
    await given.reconcile();
    await given.clock.advance(0);
    expect(given.target.live.has('invited')).toBe(true);
    expect([blockOf(given), blockOf(given, 'other'), kept(given)]).toEqual([undefined, undefined, '']);
    expect(eventsOf(given).filter((event) => event.startsWith('Succeeded The target accepts'))).toHaveLength(2);
    const others = given.enqueued.filter((key) => !key.startsWith('configuration'));
    expect(others.toSorted()).toEqual([
      'pair identity/other',
      'pair identity/pair',
      'projection identity/guests-bob',
      'projection identity/staff-eva',
    ]);
  });

  it('is so although what follows the invitation fails', async () => {
    const given = site({ spec: { attributes: { jobTitle: 'Clerk' } } });
    given.target.fail('updateUser', refusal('Unavailable'));
    await given.reconcile();
    expect(given.target.live.has('invited')).toBe(true);
    expect(blockOf(given)).toBeUndefined();
    expect(given.record.status.targetUser?.objectId).toBe('invited');
  });

  it('tells nothing of a pair that knew of no block', async () => {
    const given = site();
    await given.reconcile();
    expect(eventsOf(given).filter((event) => event.startsWith('Succeeded The target accepts'))).toHaveLength(1);
    expect(given.pairs.writes.filter(({ name }) => name === 'other')).toEqual([]);
  });

  it('keeps the block when that it is over cannot be recorded: the next invitation asks', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'invite') given.pairs.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    };
    await expect(given.reconcile()).rejects.toThrow('no server');
    expect(blockOf(given)?.nextProbeAt).toBe(given.at(hour));
    expect(given.deps.invitationsInDoubt.size).toBe(0);
    // The account that it made is not lost.
    expect(given.record.status.intent ?? given.record.status.targetUser).toBeDefined();
  });
});

describe('A1 who asks for all others', () => {
  const woken = (given: Site): readonly string[] => {
    wakeProbe(given.deps, given.pair);
    return given.enqueued;
  };
  const withWaiting = (options: Parameters<typeof site>[0] = {}): Site => {
    const given = site(options);
    given.projections.put(waiting('eva'));
    given.projections.put(waiting('bob'));
    return given;
  };

  it('is one of those who wait, and looks at the target anew', () => {
    const given = withWaiting();
    expect(woken(given)).toEqual(['projection identity/staff-eva']);
    expect(given.deps.tracker.isRecheckRequested('identity/staff-eva')).toBe(true);
  });

  it('is nobody before it is time, and nobody while none is refused', () => {
    expect(woken(withWaiting({ sinceMs: -minute }))).toEqual([]);
    const given = withWaiting();
    given.pairs.put({ ...given.pair, status: {} });
    expect(woken(given)).toEqual([]);
  });

  it.each([
    ['is suspended', { suspend: true }],
    ['only plans', { mode: 'Plan' as const }],
  ])('is of no configuration that %s, but of the next', (_, configuration) => {
    const given = withWaiting({ configuration });
    expect(woken(given)).toEqual([]);
    given.configurations.put(configurationWith({}, { name: 'guests' }));
    given.projections.put(waiting('carl', 'guests'));
    expect(woken(given)).toEqual(['projection identity/guests-carl']);
  });
});
