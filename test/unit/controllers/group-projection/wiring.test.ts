import { annotations, type GroupProjection } from '../../../../src/api/kinds.ts';
import { changeHandlers, resume, resumeEverything } from '../../../../src/controllers/wiring.ts';
import { configurationWith } from '../support.ts';
import { groupRecordWith, GroupSite, linked, personRecord, type GroupGiven } from './support.ts';

/** A record with nothing to be done about it. */
const handled = { observedGeneration: 1, state: 'Provisioned', ...linked } as const;
const record = groupRecordWith({ status: handled });
const itself = `group identity/${record.metadata.name}`;

/** Another group of the same tenants. */
const other = (status: GroupGiven['status'], name = 'other'): GroupProjection =>
  groupRecordWith({ status: { ...handled, ...status }, metadata: { name, uid: name } });

interface Looked {
  readonly enqueued: readonly string[];
  readonly given: GroupSite;
}

/** What is put into the queues when something happens in a world of one group and these others. */
function lookedAt(
  others: readonly GroupProjection[],
  happen: (handlers: ReturnType<typeof changeHandlers>, given: GroupSite) => void,
): Looked {
  const given = new GroupSite({ people: ['p1'], status: handled });
  for (const one of others) given.site.groups.put(one);
  happen(changeHandlers(given.deps), given);
  return { enqueued: given.site.enqueued, given };
}

describe('G3 what is looked at when the record of a group changes', () => {
  it.each<[string, Partial<GroupProjection['metadata']>]>([
    ['its spec was written', { generation: 2 }],
    ['it was asked for', { annotations: { [annotations.requestedAt]: 'now' } }],
  ])('G3 itself, where %s', (_, metadata) => {
    const now = { ...record, metadata: { ...record.metadata, ...metadata } };
    expect(lookedAt([], ({ group }) => group(record, now, false)).enqueued).toEqual([itself]);
  });

  it('G3 nobody after a write of its status that its configuration does not show', () => {
    const now = { ...record, status: { ...record.status, attempts: 1 } };
    expect(lookedAt([], ({ group }) => group(record, now, false)).enqueued).toEqual([]);
  });

  it.each<[string, GroupProjection]>([
    ['its state', { ...record, status: { ...handled, state: 'Failed' } }],
    ['what is staged of its members', { ...record, status: { ...handled, stagedRemovals: { count: 1, evidence: 'e', since: 's' } } }],
    ['its standing', { ...record, spec: { ...record.spec, lifecycle: 'RemovalStaged' } }],
  ])('G3 its configuration, which shows %s', (_, now) => {
    expect(lookedAt([], ({ group }) => group(record, now, false)).enqueued).toEqual(['configuration identity/staff']);
  });

  it('G3 nobody in the initial list, and the configuration that is gone, which sweeps it', () => {
    expect(lookedAt([], ({ group }) => group(undefined, record, true)).enqueued).toEqual([]);
    const orphan = groupRecordWith({ spec: { syncConfigurationRef: { name: 'gone' } } });
    expect(lookedAt([], ({ group }) => group(undefined, orphan, true)).enqueued).toEqual(['configuration identity/gone']);
  });

  it.each<[string, GroupProjection | undefined]>([
    ['deleted', { ...record, status: { ...handled, targetGroup: { objectId: 'made', deletedAt: 'then' } } }],
    ['let go', { ...record, status: { ...handled, targetGroup: { objectId: 'made', releasedAt: 'then' } } }],
    ['without its record', undefined],
  ])('G3 those who wait for room, or for the group, where it is %s', (_, now) => {
    const others = [other({ state: 'Skipped' }, 'waits'), other({ state: 'Conflict' }, 'claims'), other({}, 'well')];
    const { enqueued, given } = lookedAt(others, ({ group }) => group(record, now, false));
    expect(enqueued).toEqual(expect.arrayContaining(['group identity/waits', 'group identity/claims']));
    expect(enqueued).not.toContain('group identity/well');
    expect(given.deps.groupMemory.isLookRequested('identity/waits')).toBe(true);
  });

  it('G3 and what the process keeps of it goes with it, so that no cycle waits for it', () => {
    const { given } = lookedAt([], ({ group }, { deps, key }) => {
      deps.tracker.begin('identity/staff', 'cycle', 0);
      deps.tracker.changed('identity/staff', `groups/${key}`);
      deps.groupMemory.requestLook(key);
      group(record, undefined, false);
    });
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(false);
    expect(given.deps.tracker.throughput('identity/staff').pending).toBe(0);
  });
});

describe('G3 what is looked at when something else changes', () => {
  it('G3 the groups of a person whose account is there, or not any more', () => {
    const pending = personRecord('p1', { status: { state: 'Pending', targetUser: undefined as never } });
    const { enqueued, given } = lookedAt([], ({ projection }, { deps, key }) => {
      deps.groupMemory.learnSource(key, new Set(['p1']));
      deps.groupMemory.learnSource('identity/unknown', new Set(['p1']));
      projection(pending, personRecord('p1'), false);
    });
    expect(enqueued).toContain(itself);
    expect(enqueued).not.toContain('group identity/unknown');
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(true);
  });

  it('G3 groups that a limit of the pair holds back, where the limits have changed', () => {
    const { enqueued } = lookedAt([other({ state: 'Skipped' })], ({ pair }, { site }) => {
      pair(site.pair, { ...site.pair, spec: { ...site.pair.spec, limits: { maxGroups: 9 } as never } }, false);
    });
    expect(enqueued).toContain('group identity/other');
    expect(enqueued).not.toContain(itself);
  });

  it('G3 groups with something to be done, where their configuration goes on', () => {
    const { enqueued } = lookedAt([other({ observedGeneration: 0 })], (_, { deps }) => resume(deps, configurationWith()));
    expect(enqueued).toEqual(['configuration identity/staff', 'group identity/other']);
  });

  it('G3 each group, by whoever takes a shard over', () => {
    const { enqueued, given } = lookedAt([other({})], (_, { deps }) => resumeEverything(deps));
    expect(enqueued).toEqual(expect.arrayContaining([itself, 'group identity/other']));
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(true);
  });
});
