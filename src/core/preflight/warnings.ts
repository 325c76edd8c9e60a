import { groupMessage } from '../status/messages.ts';
import { groupSyncRefusal } from './group-permission.ts';
import type { PreflightFacts } from './facts.ts';
import { missingSourcePermissions, missingTargetPermissions, type Capabilities } from './permissions.ts';
import type { Warning } from './warning.ts';

/** The findings that do not stop the work, as far as the facts of both tenants tell. */
export function warnings(facts: PreflightFacts): readonly Warning[] {
  const found: Warning[] = [];
  const { sourceAccess, targetAccess } = facts;
  if (facts.allowInvitesFrom === 'none')
    found.push({
      reason: 'InvitationsDisabled',
      message: 'The target allows nobody to invite guests: creations will be refused. Relax the guest invite settings.',
    });
  if (sourceAccess?.b2bOutboundBlocked === true)
    found.push({
      reason: 'CollaborationBlocked',
      message: 'The source blocks outbound B2B collaboration towards the target for some or all users.',
    });
  if (targetAccess?.b2bInboundBlocked === true)
    found.push({
      reason: 'CollaborationBlocked',
      message: 'The target blocks inbound B2B collaboration from the source for some or all users.',
    });
  if (!facts.sameCloud) {
    found.push({
      reason: 'ConsentPromptShown',
      message: 'Automatic redemption does not exist across clouds: users see a consent prompt once.',
    });
    if (!facts.cloudsAllowed.source)
      found.push({
        reason: 'CloudNotAllowed',
        message: "The source has not switched on the target's cloud under Microsoft cloud settings.",
      });
    if (!facts.cloudsAllowed.target)
      found.push({
        reason: 'CloudNotAllowed',
        message: "The target has not switched on the source's cloud under Microsoft cloud settings.",
      });
  }
  found.push(...permissionsToCome(facts));
  const refused = facts.projectsGroups && facts.groupSync ? groupSyncRefusal(facts.groupSync.allowed, facts.withoutGroupPolicy) : undefined;
  if (refused !== undefined) found.push({ reason: refused, message: groupMessage(refused) });
  if (facts.source.type === 'Connected' && facts.target.type === 'Connected') {
    const shared = facts.source.verifiedDomains.filter(
      (domain) => facts.target.type === 'Connected' && facts.target.verifiedDomains.includes(domain),
    );
    if (shared.length > 0)
      found.push({
        reason: 'DomainNotVerified',
        message: `${shared.length} domain(s) of the source are verified in the target too: users with addresses there cannot be invited.`,
      });
  }
  return found;
}

/** What a configuration in mode Apply asks for, of people who are named one by one or by everybody. */
const applying: Capabilities = {
  groups: false,
  application: false,
  writes: true,
  revokeSessions: false,
  projectsGroups: false,
  writesGroups: false,
};

/** A pair without a configuration needs few permissions, and is Ready without those that the first one in mode Apply will stop for. */
function permissionsToCome({ source, target, isUsed }: PreflightFacts): readonly Warning[] {
  if (isUsed) return [];
  const lacking = [
    ...(source.type === 'Connected' ? missingSourcePermissions(source.granted, applying).map((name) => `${name} in the source`) : []),
    ...(target.type === 'Connected' ? missingTargetPermissions(target.granted, applying).map((name) => `${name} in the target`) : []),
  ];
  return lacking.map((name) => ({
    reason: 'PermissionMissing',
    message: `A SyncConfiguration in mode Apply will need the application permission ${name}. Add it to the app registration and grant admin consent.`,
  }));
}
