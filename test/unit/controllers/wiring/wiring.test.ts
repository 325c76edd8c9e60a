import { annotations, type UserProjection } from '../../../../src/api/kinds.ts';
import { inWholeNamespaces } from '../../../../src/controllers/shared/whole-namespaces.ts';
import { changeHandlers, resumeEverything } from '../../../../src/controllers/wiring/wiring.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { recordWith } from '../../core/support.ts';
import { configurationWith, pairWith, Site } from '../support.ts';

const manager = '44444444-4444-4444-8444-444444444444';

/** A record of somebody else, in the configuration `staff` unless it is said. */
function recordOf(id: string, spec: Partial<UnsealedSpec> = {}, status: Partial<UserProjection['status']> = {}): UserProjection {
  const name = `${spec.syncConfigurationRef?.name ?? 'staff'}-${id}`;
  return recordWith({
    spec: { source: { tenantId: '11111111-1111-4111-8111-111111111111', objectId: id }, ...spec },
    status,
    metadata: { name, uid: name },
  });
}

const pending = { objectId: 'account', origin: 'Created', externalUserState: 'PendingAcceptance' } as const;

const changed = <T extends { metadata: object }>(object: T, metadata: object, more: object = {}): T => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
  ...more,
});

/** What is put into the queues when something happens in a world of one pair, one configuration and these records. */
function enqueuedBy(
  records: readonly UserProjection[],
  happen: (handlers: ReturnType<typeof changeHandlers>, site: Site) => void,
): readonly string[] {
  const site = new Site({ records });
  happen(changeHandlers(site.deps), site);
  return site.enqueued;
}

describe('what is looked at when a pair changes', () => {
  const pair = pairWith();

  it('a new one, its configurations, and whoever shares its tenants', () => {
    const enqueued = enqueuedBy([], ({ pair: handler }, site) => {
      site.pairs.put(changed(pair, { name: 'other', uid: 'other' }));
      handler(undefined, pair, false);
    });
    expect(enqueued).toEqual(['pair identity/pair', 'pair identity/pair', 'pair identity/other', 'configuration identity/staff']);
  });

  it.each<[string, object]>([
    ['its spec', { generation: 2 }],
    ['a deletion', { deletionTimestamp: '2026-01-05T08:00:00Z' }],
    ['a request', { annotations: { [annotations.requestedAt]: 'now' } }],
    ['that it was made anew', { uid: 'another' }],
  ])('itself after a change of %s', (_, metadata) => {
    expect(enqueuedBy([], ({ pair: handler }) => handler(pair, changed(pair, metadata), false))).toContain('pair identity/pair');
  });

  it('nothing after a change of its status, unless it became ready or stopped being so', () => {
    const ready = { conditions: [{ type: 'Ready', status: 'True' as const, reason: 'Succeeded', message: '', lastTransitionTime: '' }] };
    expect(enqueuedBy([], ({ pair: handler }) => handler(pair, { ...pair, status: { guard: {} } }, false))).toEqual([]);
    expect(enqueuedBy([], ({ pair: handler }) => handler(pair, { ...pair, status: ready }, false))).toEqual([
      'configuration identity/staff',
    ]);
    expect(enqueuedBy([], ({ pair: handler }) => handler({ ...pair, status: ready }, pair, false))).toEqual([
      'configuration identity/staff',
    ]);
  });

  it('its configurations and those who share its tenants when it is gone', () => {
    expect(enqueuedBy([], ({ pair: handler }) => handler(pair, undefined, false))).toEqual([
      'pair identity/pair',
      'pair identity/pair',
      'configuration identity/staff',
    ]);
  });

  it('nothing when nothing is known', () => {
    expect(
      enqueuedBy([], (handlers) => {
        handlers.pair(undefined, undefined, false);
        handlers.configuration(undefined, undefined, false);
        handlers.projection(undefined, undefined, false);
      }),
    ).toEqual([]);
  });
});

describe('what is looked at when a configuration changes', () => {
  const configuration = configurationWith();

  it('itself, those of its records that have something to do, and the pair whose permissions it may need', () => {
    const settled = recordOf('a');
    const due = recordOf('b', {}, { observedGeneration: 0 });
    expect(enqueuedBy([settled, due], (handlers) => handlers.configuration(undefined, configuration, false))).toEqual([
      'configuration identity/staff',
      'projection identity/staff-b',
      'pair identity/pair',
    ]);
  });

  it('not the pair after a request alone', () => {
    const now = changed(configuration, { annotations: { [annotations.requestedAt]: 'now' } });
    expect(enqueuedBy([], (handlers) => handlers.configuration(configuration, now, false))).toEqual(['configuration identity/staff']);
  });

  it('nothing after a change of its status', () => {
    const now = { ...configuration, status: { users: {} } };
    expect(enqueuedBy([], (handlers) => handlers.configuration(configuration, now, false))).toEqual([]);
  });

  it('itself and its pair when it is gone', () => {
    expect(enqueuedBy([], (handlers) => handlers.configuration(configuration, undefined, false))).toEqual([
      'configuration identity/staff',
      'pair identity/pair',
    ]);
  });
});

describe('what is looked at when a record changes', () => {
  it('itself when it is new, or its spec was written', () => {
    const record = recordOf('a');
    const enqueued = enqueuedBy([record], (handlers) => handlers.projection(record, changed(record, { generation: 2 }), false));
    expect(enqueued).toEqual(['projection identity/staff-a']);
  });

  it('nothing after a write of its status that changes neither its state nor its account', () => {
    const record = recordOf('a');
    const now = { ...record, status: { ...record.status, attempts: 1 } };
    expect(enqueuedBy([record], (handlers) => handlers.projection(record, now, false))).toEqual([]);
  });

  it.each<[string, Partial<UserProjection['status']>]>([
    ['the invitation was accepted', { targetUser: { objectId: 'account', origin: 'Created', externalUserState: 'Accepted' } }],
    ['the account turns out to be of somebody else', { targetUser: { ...pending, origin: 'Adopted' } }],
    ['the account was changed in the target', { targetUser: pending, drift: [{ attribute: 'jobTitle', since: '2026-01-05T08:00:00Z' }] }],
  ])('F1 the counts of its configuration when it counts otherwise in the same state: %s', (_, status) => {
    const record = recordOf('a', {}, { targetUser: pending });
    const now = { ...record, status: { ...record.status, ...status } };
    expect(enqueuedBy([now], (handlers) => handlers.projection(record, now, false))).toEqual(['configuration identity/staff']);
  });

  it('the counts of its configuration, those who report to the person and other claims on them, when its account changes', () => {
    const record = recordOf('a', {}, { state: 'Pending' });
    const report = recordOf('b', { manager: { sourceObjectId: 'a' } });
    const stranger = recordOf('c', { manager: { sourceObjectId: manager } });
    const claim = recordOf('a', { syncConfigurationRef: { name: 'second' } });
    const now = { ...record, status: { ...record.status, state: 'Provisioned' as const } };
    expect(enqueuedBy([now, report, stranger, claim], (handlers) => handlers.projection(record, now, false))).toEqual([
      'configuration identity/staff',
      'projection identity/staff-b',
      'projection identity/second-a',
    ]);
  });

  it('nobody in the initial list, which whoever takes a shard over goes through', () => {
    const record = recordOf('a');
    expect(
      enqueuedBy([record, recordOf('b', { manager: { sourceObjectId: 'a' } })], (handlers) => handlers.projection(undefined, record, true)),
    ).toEqual([]);
  });

  it('A10 the configuration that is gone, which sweeps its records', () => {
    const record = recordOf('a', { syncConfigurationRef: { name: 'gone' } });
    expect(enqueuedBy([record], (handlers) => handlers.projection(undefined, record, true))).toContain('configuration identity/gone');
  });

  it('D3 who waits for its address when it lets go of it, and not who is settled', () => {
    const conditions = [
      { type: 'Ready', status: 'False' as const, reason: 'DuplicateSourceUsers', message: '', lastTransitionTime: '2026-01-05T08:00:00Z' },
    ];
    const refused = conditions.map((each) => ({ ...each, reason: 'AddressNotVerified' }));
    const record = recordOf('a');
    const source = { ...record.spec.source, tenantId: '99999999-9999-4999-8999-999999999999' };
    const elsewhere = { ...record.spec, source, syncConfigurationRef: { name: 'theirs' } };
    const waiting = recordOf('b', {}, { state: 'Conflict', conditions });
    const settled = recordOf('c');
    for (const now of [
      { ...record, spec: { ...record.spec, invitedAddress: 'new@contoso.com' } },
      { ...record, spec: { ...record.spec, lifecycle: 'Removed' as const } },
      { ...record, status: { state: 'Skipped' as const } },
      { ...record, spec: elsewhere, status: { state: 'Conflict' as const, conditions: refused } },
    ]) {
      const enqueued = enqueuedBy([now, waiting, settled], (handlers) => handlers.projection(record, now, false));
      expect(enqueued.filter((each) => each.startsWith('projection'))).toEqual(['projection identity/staff-b']);
    }
  });

  it('D3 in whose way its account stood, when that changes, and not itself', () => {
    const record = recordOf('a', { invitedAddress: 'a@contoso.com' }, { conflictingObjectId: 'account' });
    const obstructed = recordOf('b', { invitedAddress: 'b@contoso.com' }, { conflictingObjectId: 'account' });
    const now = { ...record, status: { ...record.status, state: 'SoftDeleted' as const } };
    const site = new Site({ records: [now, obstructed] });
    changeHandlers(site.deps).projection(record, now, false);
    expect(site.enqueued).toEqual(['configuration identity/staff', 'projection identity/staff-b']);
    expect(site.deps.tracker.isRecheckRequested('identity/staff-b')).toBe(true);
    expect(site.deps.tracker.isRecheckRequested('identity/staff-a')).toBe(false);
  });

  it.each<[string, Partial<UnsealedSpec>, readonly string[]]>([
    ['of somebody who was to be present', {}, ['a']],
    ['of somebody who was removed', { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } }, []],
    ['of other tenants than those of its pair now', { target: { tenantId: 'another' } }, []],
  ])('I11 when the record %s is deleted, the next cycle decides anew about those who are to be there', (_, spec, lost) => {
    const site = new Site({ records: [] });
    const record = recordOf('a', spec);
    site.deps.tracker.begin('identity/staff', 'cycle', 0);
    site.deps.tracker.changed('identity/staff', 'identity/staff-a');
    changeHandlers(site.deps).projection(record, undefined, false);
    expect([...site.deps.tracker.lostOf('identity/staff').keys()]).toEqual(lost);
    expect(site.deps.tracker.openCount('identity/staff')).toBe(0);
  });
});

describe('B11 when the limits of a pair change', () => {
  const limited = pairWith({ limits: { allowDelete: false } });
  const heldBack = (id: string, status: Partial<UserProjection['status']>): UserProjection => recordOf(id, {}, status);

  it('whom one of them held back is looked at anew, and nobody else', () => {
    const site = new Site({
      records: [
        heldBack('excluded', { state: 'Skipped', limitedBy: 'excludedTargetUsers' }),
        heldBack('kept', { state: 'Provisioned', limitedBy: 'allowDelete' }),
        heldBack('free', {}),
      ],
    });
    changeHandlers(site.deps).pair(limited, changed(pairWith(), { generation: limited.metadata.generation }), false);
    expect(site.enqueued).toEqual(['projection identity/staff-excluded']);
    expect(site.deps.tracker.isRecheckRequested('identity/staff-excluded')).toBe(true);
  });

  it('who waits for a seat has a turn only as far as there are seats', () => {
    const waits = (id: string, creationTimestamp: string): UserProjection => {
      const record = heldBack(id, { state: 'Skipped', limitedBy: 'maxUsers', targetUser: undefined as never });
      return { ...record, metadata: { ...record.metadata, creationTimestamp } };
    };
    const pair = pairWith({ limits: { allowDelete: true, maxUsers: 2 } });
    const site = new Site({
      pair: pair.spec,
      records: [recordOf('there'), waits('second', '2026-01-02T00:00:00Z'), waits('first', '2026-01-01T00:00:00Z')],
    });
    changeHandlers(site.deps).pair(limited, changed(pair, { generation: limited.metadata.generation }), false);
    expect(site.enqueued).toEqual(['projection identity/staff-first']);
  });
});

describe('I12 whoever takes a shard over', () => {
  const settled = recordOf('settled');
  const due = recordOf('due', {}, { observedGeneration: 0 });
  const later = recordOf('later', {}, { state: 'Failed', nextAttemptAt: '2026-01-05T08:05:00Z' });
  const tampered = (): UserProjection => ({
    ...recordOf('tampered'),
    spec: { ...recordOf('tampered').spec, invitedAddress: 'other@contoso.com' },
  });
  const going = changed(recordOf('going'), { deletionTimestamp: '2026-01-05T08:00:00Z' });

  async function takenOver(...records: readonly UserProjection[]) {
    const site = new Site({ records });
    const delays: Record<string, number | undefined> = {};
    const enqueue = { ...site.deps.enqueue };
    const deps = {
      ...site.deps,
      enqueue: {
        ...enqueue,
        projection: (key: string, options?: { delayMs?: number }) => {
          delays[key] = options?.delayMs;
          enqueue.projection(key);
        },
      },
    };
    resumeEverything(deps);
    await site.clock.advance(0);
    return { enqueued: site.enqueued, delays };
  }

  it('looks at each pair and configuration, and at records that have something to do, go, or were changed by somebody', async () => {
    const { enqueued } = await takenOver(settled, due, tampered(), going);
    expect(enqueued.toSorted()).toEqual([
      'configuration identity/staff',
      'pair identity/pair',
      'projection identity/staff-due',
      'projection identity/staff-going',
      'projection identity/staff-tampered',
    ]);
  });

  it('looks at a record that is to be tried again when it is time', async () => {
    const { delays } = await takenOver(later);
    expect(delays).toEqual({ 'identity/staff-later': 5 * 60_000 });
  });

  it('A10 looks at everything where a record has lost its configuration, which leads to the sweep', async () => {
    const { enqueued } = await takenOver(settled, recordOf('orphan', { syncConfigurationRef: { name: 'gone' } }));
    expect(enqueued).toEqual([
      'pair identity/pair',
      'configuration identity/staff',
      'projection identity/staff-settled',
      'projection identity/gone-orphan',
    ]);
  });
});

describe('G8 when a record changes of which there is a preview', () => {
  const preview = configurationWith({ mode: 'Plan', previewOf: { name: 'staff' } }, { name: 'try' });
  const before = recordOf('a', {}, { state: 'Pending', targetUser: undefined as never });
  const looked = (now: UserProjection, ...previews: readonly (typeof preview)[]): readonly string[] => {
    const site = new Site({ records: [now] });
    for (const one of previews) site.configurations.put(one);
    changeHandlers(site.deps).projection(before, now, false);
    return site.enqueued.filter((key) => key.includes('try'));
  };

  it('the preview of the person is compared anew with what is so now', () => {
    expect(looked(recordOf('a'), preview)).toEqual(['projection identity/try-a']);
  });

  it('nothing is where nothing that it is compared with has changed, or there is no preview', () => {
    expect(looked({ ...before, status: { ...before.status, attempts: 1 } }, preview)).toEqual([]);
    expect(looked(recordOf('a'))).toEqual([]);
  });

  it('the preview waits for the configuration, and ends with it', () => {
    const site = new Site({ records: [] });
    site.configurations.put(preview);
    changeHandlers(site.deps).configuration(configurationWith(), undefined, false);
    expect(site.enqueued).toContain('configuration identity/try');
  });
});

describe('the order of what is looked at', () => {
  /** Priorities by name of the record. */
  function prioritiesOf(records: readonly UserProjection[]): Readonly<Record<string, number | undefined>> {
    const site = new Site({ records: [] });
    const found: Record<string, number | undefined> = {};
    const deps = {
      ...site.deps,
      enqueue: {
        ...site.deps.enqueue,
        projection: (key: string, options?: { priority?: number }) => void (found[key] = options?.priority),
      },
    };
    for (const record of records) changeHandlers(deps).projection(undefined, record, false);
    return found;
  }

  it('removals and blocks come first, then those who have no account yet, then all others', () => {
    const found = prioritiesOf([
      recordOf('removed', { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } }),
      recordOf('to-block', { attributes: { accountEnabled: false } }),
      recordOf('blocked', { attributes: { accountEnabled: false } }, { state: 'Blocked' }),
      changed(recordOf('new'), {}, { status: { observedGeneration: -1, state: 'Pending' } }),
    ]);
    expect(found).toEqual({
      'identity/staff-removed': 30,
      'identity/staff-to-block': 30,
      'identity/staff-blocked': 10,
      'identity/staff-new': 20,
    });
  });
});

describe('I14 a namespace that comes back kind by kind', () => {
  const context = { signal: new AbortController().signal, logger: silentLogger, reconcileId: 'r' };
  it.each([
    [[true, true, true], 'decided'],
    [[false, false, false], 'decided'],
    [[true, false, true], 'later'],
  ] as const)('is decided about only when all of it or nothing of it is known: %j', async (known, expected) => {
    const decided: string[] = [];
    const kinds = known.map((knows) => ({ knows: (namespace: string) => namespace === 'identity' && knows }));
    const reconcile = inWholeNamespaces(kinds, (key) => {
      decided.push(key);
      return Promise.resolve({});
    });
    expect(await reconcile('identity/staff', context)).toEqual(expected === 'later' ? { requeueAfterMs: 1000 } : {});
    expect(decided).toEqual(expected === 'later' ? [] : ['identity/staff']);
  });
});
