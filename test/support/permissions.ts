/** Application permissions with which a source tenant can be read, groups included. */
export const sourcePermissions: readonly string[] = ['User.Read.All', 'GroupMember.Read.All', 'Policy.Read.All'];

/** Application permissions with which everything can be done in a target tenant, except to end sessions. */
export const targetPermissions: readonly string[] = [
  'User.Read.All',
  'User.Invite.All',
  'User.ReadWrite.All',
  'User.EnableDisableAccount.All',
  'User.DeleteRestore.All',
  'Policy.Read.All',
];
