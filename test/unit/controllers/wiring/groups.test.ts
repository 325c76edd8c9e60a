import { groupProjectionName, type GroupProjection } from '../../../../src/api/kinds.ts';
import { changeHandlers, resume, resumeEverything } from '../../../../src/controllers/wiring/wiring.ts';
import { evaluationRevision } from '../../../../src/core/cycle/fingerprint.ts';
import { sealSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { keyString } from '../../../../src/ports/resources.ts';
import { recordWith, sourceTenantId, targetTenantId } from '../../core/support.ts';
import { configurationWith, pairWith, Site } from '../support.ts';

/** The record of a source group, in the configuration `staff` unless it is said. */
function groupOf(id: string, status: Partial<GroupProjection['status']> = {}, configuration = 'staff'): GroupProjection {
  const name = groupProjectionName(configuration, id);
  return {
    apiVersion: 'tenantsync.dev/v1alpha1',
    kind: 'GroupProjection',
    metadata: { name, namespace: 'identity', uid: name, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-05T08:00:00Z' },
    spec: sealSpec({
      syncConfigurationRef: { name: configuration },
      source: { tenantId: sourceTenantId, objectId: id },
      target: { tenantId: targetTenantId },
      mode: 'Apply',
      lifecycle: 'Present',
    }),
    status: { observedGeneration: 1, state: 'Provisioned', ...status },
  };
}

const falcon = groupOf('falcon', { targetGroup: { objectId: 'made', origin: 'Created' } });
const key = keyString(falcon.metadata);

/** What is put into the queues when something happens in a world with these records of groups. */
function enqueuedBy(
  groups: readonly GroupProjection[],
  happen: (handlers: ReturnType<typeof changeHandlers>, site: Site) => void,
): readonly string[] {
  const site = new Site({ records: [] });
  for (const group of groups) site.groups.put(group);
  happen(changeHandlers(site.deps), site);
  return site.enqueued;
}

describe('G3 what is looked at when a group changes', () => {
  it('a record whose spec has changed, and nothing at the first sight of it', () => {
    const next = { ...falcon, metadata: { ...falcon.metadata, generation: 2 } };
    expect(enqueuedBy([], ({ group }) => group(falcon, next, false))).toEqual([`group ${key}`]);
    expect(enqueuedBy([], ({ group }) => group(undefined, falcon, true))).toEqual([]);
    expect(enqueuedBy([], ({ group }) => group(undefined, undefined, false))).toEqual([]);
  });

  it('the configuration whose counts it changes, or that it has lost', () => {
    const failed = groupOf('falcon', { state: 'Failed' });
    expect(enqueuedBy([], ({ group }) => group(falcon, failed, false))).toContain('configuration identity/staff');
    const staged = groupOf('falcon', { ...falcon.status, stagedRemovals: { count: 1, evidence: 'e', since: '2026-01-05T08:00:00Z' } });
    expect(enqueuedBy([], ({ group }) => group(falcon, staged, false))).toEqual(['configuration identity/staff']);
    const orphan = groupOf('falcon', {}, 'gone');
    expect(enqueuedBy([], ({ group }) => group(orphan, orphan, true))).toEqual(['configuration identity/gone']);
    expect(
      enqueuedBy([], ({ group }) => group(falcon, { ...falcon, metadata: { ...falcon.metadata, resourceVersion: '2' } }, false)),
    ).toEqual([]);
  });

  it.each<[string, GroupProjection | undefined]>([
    ['goes', undefined],
    ['was let go', groupOf('falcon', { targetGroup: { objectId: 'made', origin: 'Created', releasedAt: '2026-01-05T08:00:00Z' } })],
    ['was deleted', groupOf('falcon', { targetGroup: { objectId: 'made', origin: 'Created', deletedAt: '2026-01-05T08:00:00Z' } })],
  ])('whoever waits for its group or its room when it %s', (_, now) => {
    const waiting = [groupOf('eagle', { state: 'Skipped' }), groupOf('falcon', { state: 'Conflict' }, 'second'), groupOf('hawk')];
    const enqueued = enqueuedBy(waiting, ({ group }) => group(falcon, now, false));
    expect(enqueued).toEqual(expect.arrayContaining(['group identity/staff-group-eagle', 'group identity/second-group-falcon']));
    expect(enqueued).not.toContain('group identity/staff-group-hawk');
  });

  it('those that a limit holds back when the limits change', () => {
    const pair = pairWith({ limits: { allowDelete: true, maxGroups: 1 } });
    const enqueued = enqueuedBy([groupOf('eagle', { state: 'Skipped' }), falcon], ({ pair: handler }) =>
      handler(pair, pairWith({ limits: { allowDelete: true, maxGroups: 2 } }), false),
    );
    expect(enqueued.filter((each) => each.startsWith('group'))).toEqual(['group identity/staff-group-eagle']);
  });

  it('the groups that a person is in when the account comes or goes', () => {
    const record = recordWith({});
    const person = record.spec.source.objectId;
    const without = recordWith({ status: { observedGeneration: -1, state: 'Pending', targetUser: undefined } as never });
    const enqueued = enqueuedBy([falcon], ({ projection }, { deps }) => {
      deps.groupMemory.learnSource(key, new Set([person, 'other']));
      projection(without, record, false);
      expect(deps.groupMemory.isLookRequested(key)).toBe(true);
    });
    expect(enqueued).toContain(`group ${key}`);
    const left = enqueuedBy([falcon], ({ projection }, { deps }) => {
      deps.groupMemory.learnSource(key, new Set([person]));
      deps.groupMemory.learnSource(key, new Set(['other']));
      projection(without, record, false);
    });
    expect(left.filter((each) => each.startsWith('group'))).toEqual([]);
  });

  it('those with something to do when their configuration goes on, and all of them after a takeover', () => {
    const open = groupOf('eagle', { observedGeneration: -1, state: 'Pending' });
    const resumed = enqueuedBy([falcon, open], (_, { deps }) => resume(deps, configurationWith()));
    expect(resumed.filter((each) => each.startsWith('group'))).toEqual(['group identity/staff-group-eagle']);
    const all = enqueuedBy([falcon, open], (_, { deps }) => resumeEverything(deps));
    expect(all.filter((each) => each.startsWith('group'))).toEqual([`group ${key}`, 'group identity/staff-group-eagle']);
  });

  it.each<[string, 'Before' | 'Now', 'Before' | 'Now', readonly string[]]>([
    ['when it is evaluated as it stands', 'Before', 'Now', [`group ${key}`]],
    ['not while it is not', 'Before', 'Before', []],
    ['not where it was before', 'Now', 'Now', []],
  ])('I11 those whose removals wait for their configuration, %s', (_, before, after, expected) => {
    const seen = enqueuedBy([falcon, groupOf('eagle')], ({ configuration }, { deps, configuration: { status, ...rest } }) => {
      deps.groupMemory.holdRemovals(key);
      const at = (when: 'Before' | 'Now') => {
        const revision = when === 'Now' ? evaluationRevision(rest.spec) : 'before';
        return { ...rest, status: { ...status, watermark: { takenAt: '2026-01-05T08:00:00Z', revision } } };
      };
      configuration(at(before), at(after), false);
    });
    expect(seen).toEqual(expected);
  });

  it('I11 those whose removals wait for what the pair allows, when its configuration goes on', () => {
    const seen = enqueuedBy([falcon], (_, { deps, configuration }) => {
      deps.groupMemory.holdRemovals(key);
      resume(deps, configuration);
    });
    expect(seen).toContain(`group ${key}`);
  });

  it('a record that is gone leaves nothing behind', () => {
    enqueuedBy([falcon], ({ group }, { deps: { groupMemory } }) => {
      groupMemory.learnSource(key, new Set(['u0']));
      groupMemory.requestLook(key);
      groupMemory.wrote(key, ['a'], true, 0);
      groupMemory.letPass(key, ['a']);
      groupMemory.creating(key, 'tenants');
      expect(groupMemory.creatingIn('tenants')).toEqual([key]);
      expect(groupMemory.creatingIn('others')).toEqual([]);
      group(falcon, undefined, false);
      expect([...groupMemory.groupsOf('u0')]).toEqual([]);
      expect(groupMemory.isLookRequested(key)).toBe(false);
      expect(groupMemory.writtenSince(key, 0).size).toBe(0);
      expect(groupMemory.passedOf(key).size).toBe(0);
      expect(groupMemory.creatingIn('tenants')).toEqual([]);
    });
  });
});

describe('G3 somebody whose account does not come any more', () => {
  it.each<['Plan' | 'Apply', readonly string[]]>([
    ['Plan', [`group ${key}`]],
    ['Apply', []],
  ])('has the groups looked at in %s mode: %j', (mode, expected) => {
    const group = { ...falcon, spec: { ...falcon.spec, mode } };
    const before = recordWith({ status: { state: 'Pending', targetUser: undefined as never } });
    const after = { ...before, status: { ...before.status, state: 'Conflict' as const } };
    const enqueued = enqueuedBy([group], ({ projection }, { deps }) => {
      deps.groupMemory.learnSource(key, new Set([before.spec.source.objectId.toLowerCase()]));
      projection(before, after, false);
    });
    expect(enqueued.filter((entry) => entry.startsWith('group '))).toEqual(expected);
  });
});
