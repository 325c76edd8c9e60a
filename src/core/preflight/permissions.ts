/** Something the work needs to do in a tenant, with the application permissions any one of which allows it, the least first. */
interface Need {
  readonly what: string;
  readonly anyOf: readonly string[];
}

const directoryRead = ['Directory.Read.All', 'Directory.ReadWrite.All'];
const organization: Need = {
  what: 'read the organization',
  anyOf: ['User.Read.All', 'Organization.Read.All', 'Organization.ReadWrite.All', ...directoryRead],
};
const policies: Need = { what: 'read the access settings', anyOf: ['Policy.Read.All', 'Policy.ReadWrite.CrossTenantAccess'] };

const sourceUsers: Need = { what: 'read users', anyOf: ['User.Read.All', 'User.ReadWrite.All', ...directoryRead] };
const sourceGroups: Need = {
  what: 'read group members',
  anyOf: ['GroupMember.Read.All', 'Group.Read.All', 'Group.ReadWrite.All', ...directoryRead],
};
const sourceApplications: Need = {
  what: 'read application assignments',
  anyOf: ['Application.Read.All', 'Application.ReadWrite.All', ...directoryRead],
};

const targetRead: Need = { what: 'read users', anyOf: ['User.Read.All', 'User.ReadWrite.All', ...directoryRead] };
// Other permissions allow it by the letter, but fail where invitations are restricted.
const targetInvite: Need = { what: 'invite users', anyOf: ['User.Invite.All'] };
const targetWrite: Need = { what: 'update users and managers', anyOf: ['User.ReadWrite.All', 'Directory.ReadWrite.All'] };
const targetBlock: Need = {
  what: 'block sign-in',
  anyOf: ['User.EnableDisableAccount.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
};
const targetDelete: Need = { what: 'delete and restore users', anyOf: ['User.DeleteRestore.All', 'User.ReadWrite.All'] };
const targetSessions: Need = { what: 'end sessions', anyOf: ['User.RevokeSessions.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'] };

const targetGroupsRead: Need = { what: 'read groups', anyOf: ['Group.Read.All', 'Group.ReadWrite.All', ...directoryRead] };
/** Group.Create makes groups and no more: neither by their unique names, nor can it change or delete one, or a member of one that others own. */
const targetGroups: Need = { what: 'make, change and delete groups, and their members', anyOf: ['Group.ReadWrite.All'] };

/** Optional: without it a mail contact is learned of when it stands in the way. */
const targetContacts: Need = { what: 'read mail contacts', anyOf: ['OrgContact.Read.All', ...directoryRead] };

/** Whether an application may read the mail contacts of its tenant (D5). */
export function mayReadContacts(granted: readonly string[]): boolean {
  return missing([targetContacts], granted).length === 0;
}

/** Optional: without it nothing is said of licences. */
const subscriptions: Need = {
  what: 'read subscriptions',
  anyOf: ['LicenseAssignment.Read.All', 'Organization.Read.All', 'Organization.ReadWrite.All', ...directoryRead],
};

/** Whether an application may read the licences of its tenant (B12). */
export function mayReadLicences(granted: readonly string[]): boolean {
  return missing([subscriptions], granted).length === 0;
}

/** Optional: without them nothing is known of Entra's own jobs. */
const entraJobs: readonly Need[] = [
  { what: 'read synchronization jobs', anyOf: ['Synchronization.Read.All', 'Synchronization.ReadWrite.All'] },
  sourceApplications,
];

/** Whether an application may find Entra's own synchronization jobs in its tenant (B6). */
export function mayReadEntraJobs(granted: readonly string[]): boolean {
  return missing(entraJobs, granted).length === 0;
}

/** Optional: without it a comparison does not tell what Entra wrote last. */
const entraLog: Need = {
  what: "read Entra's provisioning log",
  anyOf: ['ProvisioningLog.Read.All', 'AuditLog.Read.All', 'Directory.Read.All'],
};

/** Whether an application may read the log of Entra's own engine (G7). */
export function mayReadEntraLog(granted: readonly string[]): boolean {
  return missing([entraLog], granted).length === 0;
}

/** What the configurations of a pair ask for. */
export interface Capabilities {
  readonly groups: boolean;
  readonly application: boolean;
  /** False while every configuration is in Plan mode: then reads suffice. */
  readonly writes: boolean;
  readonly revokeSessions: boolean;
  /** Groups are projected; to write them needs more than a plan does. */
  readonly projectsGroups: boolean;
  readonly writesGroups: boolean;
}

function missing(needs: readonly Need[], granted: readonly string[]): readonly string[] {
  return [...new Set(needs.filter((need) => !need.anyOf.some((name) => granted.includes(name))).map((need) => need.anyOf[0] ?? ''))];
}

/** Application permissions that the source side lacks: of each need the least one that would do (B10). */
export function missingSourcePermissions(granted: readonly string[], capabilities: Capabilities): readonly string[] {
  return missing(
    [
      organization,
      policies,
      sourceUsers,
      ...(capabilities.groups || capabilities.projectsGroups ? [sourceGroups] : []),
      ...(capabilities.application ? [sourceApplications] : []),
    ],
    granted,
  );
}

/** Application permissions that the target side lacks. */
export function missingTargetPermissions(granted: readonly string[], capabilities: Capabilities): readonly string[] {
  const writes = capabilities.writes ? [targetInvite, targetWrite, targetBlock, targetDelete] : [];
  const sessions = capabilities.writes && capabilities.revokeSessions ? [targetSessions] : [];
  const groups = capabilities.writesGroups ? [targetGroups] : capabilities.projectsGroups ? [targetGroupsRead] : [];
  return missing([organization, policies, targetRead, ...writes, ...sessions, ...groups], granted);
}
