import type { DirectoryGroup, DirectoryUser, SourceDirectory } from '../../src/ports/directory.ts';

const absent = (name: string) => (): never => {
  throw new Error(`the fake source has no ${name}`);
};

/** A source that answers what a test says, and nothing else; groups are there and can be read. */
export function fakeSource(answers: Partial<SourceDirectory>): SourceDirectory {
  return {
    tenantId: 'hub',
    quota: { reserve: absent('quota'), availableAt: absent('quota'), inFlight: () => 8, pauses: () => [] },
    grantedPermissions: absent('grantedPermissions'),
    organization: absent('organization'),
    partnerAccess: absent('partnerAccess'),
    syncAccess: absent('syncAccess'),
    allowedCloudEndpoints: absent('allowedCloudEndpoints'),
    invitationPolicy: absent('invitationPolicy'),
    subscriptions: absent('subscriptions'),
    usersDelta: absent('usersDelta'),
    groupsDelta: absent('groupsDelta'),
    getUsers: absent('getUsers'),
    deletedUsersPage: absent('deletedUsersPage'),
    deletedAmong: absent('deletedAmong'),
    findUserByPrincipalName: absent('findUserByPrincipalName'),
    findUsersByMail: absent('findUsersByMail'),
    getGroup: (id): Promise<DirectoryGroup> => Promise.resolve({ id, displayName: id, securityEnabled: true, visibility: null }),
    getGroups: absent('getGroups'),
    groupsOf: absent('groupsOf'),
    findGroupsByName: absent('findGroupsByName'),
    groupMembers: absent('groupMembers'),
    groupsInGroup: absent('groupsInGroup'),
    applicationAssignments: absent('applicationAssignments'),
    entraJobs: absent('entraJobs'),
    entraWrites: absent('entraWrites'),
    ...answers,
  };
}

/** A source user who is an internal member. */
export function sourceUser(id: string, attributes: DirectoryUser['attributes'] = {}): DirectoryUser {
  return {
    id,
    userPrincipalName: `${id}@contoso.com`,
    userType: 'Member',
    accountEnabled: true,
    managerId: null,
    attributes: { userPrincipalName: `${id}@contoso.com`, ...attributes },
  };
}
