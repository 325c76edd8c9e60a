import {
  decideGroup,
  presentGroup,
  removalEvidence,
  removeGroup,
  trustedGroupSpec,
  type GroupContent,
  type UnsealedGroupSpec,
} from '../../../../src/core/groups/transitions.ts';
import { sealSpec } from '../../../../src/core/projection/sealed-spec.ts';

const content: GroupContent = {
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: 's', objectId: 'g' },
  target: { tenantId: 't' },
  mode: 'Apply',
  attributes: { displayName: 'Falcon', mailNickname: 'falcon' },
  members: { membership: 'Direct', propagateRemovals: true, exclusive: false },
};
const present = presentGroup(undefined, content);
const softDelete = { reason: 'Unassigned', action: 'SoftDelete' } as const;
const staged = removeGroup(present, 'Apply', softDelete);
const approval = { token: 'token', by: 'ana' };

describe('G3 the standing of a group', () => {
  test('begins as present, and keeps what was decided about its members', () => {
    expect(present).toEqual({ ...content, lifecycle: 'Present' });
    const memberRemovals = { verdict: 'Rejected', evidence: 'e' } as const;
    expect(presentGroup({ ...present, memberRemovals }, content)).toEqual({ ...present, memberRemovals });
  });

  test('is let go at once, and deleted only after a decision', () => {
    expect(removeGroup(present, 'Apply', { reason: 'Deleted', action: 'Retain' })).toEqual({
      ...content,
      lifecycle: 'Removed',
      removal: { reason: 'Deleted', action: 'Retain' },
    });
    expect(staged).toEqual({ ...content, lifecycle: 'RemovalStaged', removal: softDelete, evidence: removalEvidence(present, softDelete) });
    expect(removeGroup(staged, 'Apply', softDelete)).toEqual(staged);
  });

  test('approved, it is removed under that approval, and stays so', () => {
    const approved = decideGroup(staged, undefined, 'Approved', approval);
    expect(approved).toEqual({ ...content, lifecycle: 'Removed', removal: softDelete, approvedToken: 'token', approvedBy: 'ana' });
    expect(removeGroup(approved, 'Apply', softDelete)).toEqual(approved);
    expect(presentGroup(approved, content)).toEqual(present);
  });

  test('let go, or staged for another reason, it is not deleted without a decision about that', () => {
    const letGo = removeGroup(present, 'Apply', { reason: 'Unassigned', action: 'Retain' });
    expect(removeGroup(letGo, 'Apply', softDelete)).toEqual(staged);
    const deleted = { reason: 'Deleted', action: 'SoftDelete' } as const;
    expect(removeGroup(staged, 'Apply', deleted)).toMatchObject({ lifecycle: 'RemovalStaged', removal: deleted });
    expect(removeGroup(staged, 'Apply', deleted).evidence).not.toBe(staged.evidence);
  });

  test('rejected, it stays until it would go for another reason', () => {
    const rejected = decideGroup(staged, undefined, 'Rejected', approval);
    expect(rejected).toMatchObject({ lifecycle: 'Present', rejected: true });
    expect(removeGroup(rejected, 'Apply', softDelete)).toEqual(rejected);
    expect(removeGroup(rejected, 'Apply', { reason: 'Deleted', action: 'SoftDelete' })).toMatchObject({ lifecycle: 'RemovalStaged' });
  });

  test('removals of members are decided about by the hash of exactly those, and nothing else is', () => {
    expect(decideGroup(present, 'e', 'Approved', approval)).toEqual({
      ...present,
      memberRemovals: { verdict: 'Approved', evidence: 'e', ...approval },
    });
    expect(decideGroup(present, undefined, 'Approved', approval)).toEqual(present);
  });

  test('of a spec that somebody has changed only whom it is about is believed', () => {
    const sealed = sealSpec<UnsealedGroupSpec>(present);
    expect(trustedGroupSpec(sealed)).toEqual(present);
    expect(trustedGroupSpec({ ...sealed, memberRemovals: { verdict: 'Approved', evidence: 'forged' } })).toEqual({
      syncConfigurationRef: content.syncConfigurationRef,
      source: content.source,
      target: content.target,
      mode: 'Apply',
      lifecycle: 'Present',
    });
  });
});
