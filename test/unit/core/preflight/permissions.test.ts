import { missingSourcePermissions, missingTargetPermissions, type Capabilities } from '../../../../src/core/preflight/permissions.ts';

const nothing: Capabilities = {
  groups: false,
  application: false,
  writes: false,
  revokeSessions: false,
  projectsGroups: false,
  writesGroups: false,
};

describe('missing permissions', () => {
  it.each<[string, readonly string[], Partial<Capabilities>, readonly string[]]>([
    ['nothing granted', [], {}, ['User.Read.All', 'Policy.Read.All']],
    ['the least', ['User.Read.All', 'Policy.Read.All'], {}, []],
    ['groups asked for', ['User.Read.All', 'Policy.Read.All'], { groups: true }, ['GroupMember.Read.All']],
    ['groups granted by a wider one', ['Directory.Read.All', 'Policy.Read.All'], { groups: true, application: true }, []],
    [
      'an application asked for',
      ['User.Read.All', 'Policy.Read.All', 'GroupMember.Read.All'],
      { groups: true, application: true },
      ['Application.Read.All'],
    ],
    ['writes are no matter of the source', ['User.Read.All', 'Policy.Read.All'], { writes: true, revokeSessions: true }, []],
    ['policies by the permission to write them', ['User.Read.All', 'Policy.ReadWrite.CrossTenantAccess'], {}, []],
  ])('of the source: %s', (_, granted, wanted, expected) => {
    expect(missingSourcePermissions(granted, { ...nothing, ...wanted })).toEqual(expected);
  });

  const reads = ['User.Read.All', 'Policy.Read.All'];
  it.each<[string, readonly string[], Partial<Capabilities>, readonly string[]]>([
    ['Plan mode needs reads only', reads, {}, []],
    [
      'Apply needs each by name',
      reads,
      { writes: true },
      ['User.Invite.All', 'User.ReadWrite.All', 'User.EnableDisableAccount.All', 'User.DeleteRestore.All'],
    ],
    [
      'writing users covers most, but not the organization',
      ['Policy.Read.All', 'User.Invite.All', 'User.ReadWrite.All'],
      { writes: true },
      ['User.Read.All'],
    ],
    [
      'inviting has no substitute',
      ['Policy.Read.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
      { writes: true },
      ['User.Invite.All'],
    ],
    [
      'ending sessions',
      [...reads, 'User.Invite.All', 'Directory.ReadWrite.All', 'User.DeleteRestore.All'],
      { writes: true, revokeSessions: true },
      [],
    ],
    ['ending sessions is no matter of a plan', reads, { revokeSessions: true }, []],
  ])('of the target: %s', (_, granted, wanted, expected) => {
    expect(missingTargetPermissions(granted, { ...nothing, ...wanted })).toEqual(expected);
  });
});
