import { approvedGroupWork, approvedWork, openWork } from '../../../../src/core/cycle/approved.ts';
import type { GroupProjection, UserProjection } from '../../../../src/api/kinds.ts';
import { groupRecordWith, type GroupGiven } from '../../controllers/group-projection/support.ts';
import { ready, recordWith } from '../support.ts';

type Options = NonNullable<Parameters<typeof recordWith>[0]>;
const removed: Options['spec'] = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' }, approvedToken: 't' };
const blocked: Options['spec'] = { lifecycle: 'Present', attributes: { accountEnabled: false }, approvedToken: 't' };
const converted: Options['spec'] = {
  lifecycle: 'Present',
  memberStrategy: 'InviteAsGuest',
  conversion: { verdict: 'Approved', token: 't' },
};
const link = { objectId: 'account', origin: 'Created', userType: 'Guest' } as const;
const record = (spec: Options['spec'], state: UserProjection['status']['state'], targetUser: object = {}, status: Options['status'] = {}) =>
  recordWith({ spec: spec ?? {}, status: { state, targetUser: { ...link, ...targetUser }, ...status } });
const revisionOf = (spec: Options['spec']): string => record(spec, 'Provisioned').spec.revision;
const refused = (name: string) => ({ refusedAttributes: [{ name, reason: 'Forbidden' }] }) as never;

describe('F1 what has become of approved work', () => {
  it.each<[string, UserProjection, string | undefined]>([
    ['a removal that waits', record(removed, 'Provisioned'), 'Open'],
    ['a removal that waits for the source', record(removed, 'Staged'), 'Open'],
    ['a removal that is done', record(removed, 'SoftDeleted'), 'delete'],
    ['a removal whose account was purged', record(removed, 'Purged'), 'delete'],
    ['a removal that blocks', record(removed, 'Blocked'), 'disable'],
    ['a removal that a limit keeps from deleting', record(removed, 'Retained'), 'skip'],
    ['a removal that failed', record(removed, 'Failed'), 'failure'],
    ['a block that waits', record(blocked, 'Provisioned'), 'Open'],
    ['a block that is done', record(blocked, 'Blocked'), 'disable'],
    ['a block that is done, and was opened again', record(blocked, 'Provisioned', { blockVerdict: 'approved t' }), 'disable'],
    ['a block that another verdict was used for', record(blocked, 'Provisioned', { blockVerdict: 'approved other' }), 'Open'],
    ['a block that is not wanted any more', record(blocked, 'Provisioned', {}, { appliedRevision: revisionOf(blocked) }), 'skip'],
    [
      'a removal of an account that agrees with the source',
      record(removed, 'Provisioned', {}, { appliedRevision: revisionOf(removed) }),
      'Open',
    ],
    ['a block that failed', record(blocked, 'Conflict'), 'failure'],
    ['a block that the target refuses', record(blocked, 'Provisioned', {}, refused('accountEnabled')), 'failure'],
    ['a removal that blocks, which the target refuses', record(removed, 'Provisioned', {}, ready('BlockRefused', 'True')), 'failure'],
    ['what failed before the approval', record(blocked, 'Failed', {}, { observedGeneration: 0 }), 'Open'],
    ['what was in conflict before the approval', record(removed, 'Conflict', {}, { observedGeneration: 0 }), 'Open'],
    ['what a plan says', record({ ...removed, mode: 'Plan' }, 'Planned'), 'Open'],
    ['a conversion that the target refuses', record(converted, 'Provisioned', {}, refused('userType')), 'failure'],
    ['a conversion that waits', record(converted, 'Provisioned'), 'Open'],
    ['a conversion that is done', record(converted, 'Provisioned', { userType: 'Member' }), 'update'],
    ['a conversion that failed', record(converted, 'Failed'), 'failure'],
    [
      'what the guard let pass',
      record({ ...removed, approvedToken: undefined as never, guardedAt: '2026-01-05T08:00:00Z' }, 'SoftDeleted'),
      undefined,
    ],
    ['a conversion that was rejected', record({ ...converted, conversion: { verdict: 'Rejected' } }, 'Provisioned'), undefined],
  ])('%s', (_, given, outcome) => {
    expect(approvedWork(given)).toEqual(outcome === undefined ? [] : [{ token: 't', outcome }]);
    expect(openWork(given)?.outcome).toBe(outcome === 'Open' ? 'Open' : undefined);
  });

  const purge = (more: object): Options['status'] => ({ sourcePurge: { seenAt: '2026-01-05T08:00:00Z', ...more } });

  it.each<[string, UserProjection, readonly string[]]>([
    ['an approved purge that waits', record(removed, 'SoftDeleted', {}, purge({ approval: 'p' })), ['t delete', 'p Open']],
    ['an approved purge that is made', record(removed, 'Purged', {}, purge({ approval: 'p' })), ['t delete', 'p delete']],
    [
      'an approved purge of an account whose deletion passed',
      record({ ...removed, approvedToken: undefined as never }, 'SoftDeleted', {}, purge({ approval: 'p' })),
      ['p Open'],
    ],
    ['a purge that the guard let pass', record(removed, 'SoftDeleted', {}, purge({ guardedAt: '2026-01-05T08:00:00Z' })), ['t delete']],
    ['a purge that was rejected', record(removed, 'SoftDeleted', {}, purge({ rejectedAt: '2026-01-05T08:00:00Z' })), ['t delete']],
  ])('%s is counted beside the removal before it', (_, given, expected) => {
    expect(approvedWork(given).map(({ token, outcome }) => `${token} ${outcome}`)).toEqual(expected);
    expect(openWork(given)?.token).toBe(expected.includes('p Open') ? 'p' : undefined);
  });
});

describe('F1 G3 what has become of approved work on a group', () => {
  const deletion: GroupGiven['spec'] = {
    lifecycle: 'Removed',
    removal: { reason: 'Unassigned', action: 'SoftDelete' },
    approvedToken: 't',
  };
  const members: GroupGiven['spec'] = { memberRemovals: { verdict: 'Approved', evidence: 'e', token: 't' } };
  const waits = (evidence: string) => ({ stagedRemovals: { count: 2, evidence, since: '2026-01-05T08:00:00Z' } });
  const told = (cycleId: string, ...modifiedAttributes: readonly string[]) => ({
    history: [{ at: '2026-01-05T08:00:00Z', action: 'update', status: 'success', cycleId, modifiedAttributes }] as const,
  });
  const group = (spec: GroupGiven['spec'], state: GroupProjection['status']['state'], status: GroupGiven['status'] = {}) =>
    groupRecordWith({ spec: spec ?? {}, status: { observedGeneration: 1, state, ...status } });

  it.each<[string, GroupProjection, string | undefined]>([
    ['a deletion that waits', group(deletion, 'Staged'), 'Open'],
    ['a deletion that is done', group(deletion, 'SoftDeleted'), 'delete'],
    ['a deletion of a group that somebody has brought back', group(deletion, 'Retained'), 'skip'],
    ['a deletion that failed', group(deletion, 'Failed'), 'failure'],
    ['what was in conflict before the approval', group(deletion, 'Conflict', { observedGeneration: 0 }), 'Open'],
    ['what a plan says', group({ ...deletion, mode: 'Plan' }, 'Planned'), 'Open'],
    ['members who wait', group(members, 'Staged', waits('e')), 'Open'],
    [
      'members who wait, though names were written before',
      group(members, 'Staged', { ...waits('e'), ...told('t', 'displayName') }),
      'Open',
    ],
    ['members whose removal failed', group(members, 'Failed', waits('e')), 'failure'],
    ['members whose removal failed before the approval', group(members, 'Failed', { ...waits('e'), observedGeneration: 0 }), 'Open'],
    ['members who are out', group(members, 'Provisioned', told('t', 'members')), 'update'],
    ['members who had come back', group(members, 'Provisioned', told('t')), 'skip'],
    ['members who left in another cycle', group(members, 'Provisioned', told('other', 'members')), 'skip'],
    ['members of whom there are more now, who wait anew', group(members, 'Staged', waits('f')), 'skip'],
    [
      'members whose removal was rejected',
      group({ memberRemovals: { verdict: 'Rejected', evidence: 'e', token: 't' } }, 'Provisioned'),
      undefined,
    ],
    ['a group about which nobody has decided', group({}, 'Provisioned'), undefined],
  ])('%s', (_, given, outcome) => {
    expect(approvedGroupWork(given)).toEqual(outcome === undefined ? undefined : { token: 't', outcome });
  });
});
