import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { TargetDirectory } from '../../ports/directory.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { Permission } from '../shared/pair-sessions.ts';
import { behindGate, obstacleTo } from '../shared/write-gate.ts';

export interface GuardedWork {
  readonly deps: Dependencies;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly session: Permission;
}

/** Why no write for the record may start at this instant, if so; see {@link obstacleTo}. */
export function writeObstacle({ projection, ...work }: GuardedWork): string | undefined {
  return obstacleTo({ ...work, record: projection, current: () => work.deps.projections.lister.get(projection.metadata) });
}

/** The part of a target that reads. */
export function readsOf(target: TargetDirectory): Omit<TargetDirectory, Write> {
  return {
    tenantId: target.tenantId,
    quota: target.quota,
    grantedPermissions: (options) => target.grantedPermissions(options),
    organization: (options) => target.organization(options),
    partnerAccess: (partner, options) => target.partnerAccess(partner, options),
    syncAccess: (partner, options) => target.syncAccess(partner, options),
    allowedCloudEndpoints: (options) => target.allowedCloudEndpoints(options),
    invitationPolicy: (options) => target.invitationPolicy(options),
    subscriptions: (options) => target.subscriptions(options),
    findAccounts: (query, select, options) => target.findAccounts(query, select, options),
    usersPage: (link, select, options) => target.usersPage(link, select, options),
    findContact: (address, options) => target.findContact(address, options),
    getUser: (id, select, options) => target.getUser(id, select, options),
    getDeletedUser: (id, select, options) => target.getDeletedUser(id, select, options),
  };
}

/** Names of the requests that write to a target. */
type Write = 'invite' | 'updateUser' | 'setManager' | 'clearManager' | 'revokeSessions' | 'deleteUser' | 'restoreUser' | 'purgeUser';

/** The target with each write behind the gate. */
export function guardWrites(target: TargetDirectory, work: GuardedWork): TargetDirectory {
  const guarded = behindGate(() => writeObstacle(work));
  return {
    ...readsOf(target),
    invite: guarded((guard, invitation, options) => target.invite(invitation, { ...options, ...guard })),
    updateUser: guarded((guard, id, patch, options) => target.updateUser(id, patch, { ...options, ...guard })),
    setManager: guarded((guard, id, managerId, options) => target.setManager(id, managerId, { ...options, ...guard })),
    clearManager: guarded((guard, id, options) => target.clearManager(id, { ...options, ...guard })),
    revokeSessions: guarded((guard, id, options) => target.revokeSessions(id, { ...options, ...guard })),
    deleteUser: guarded((guard, id, options) => target.deleteUser(id, { ...options, ...guard })),
    restoreUser: guarded((guard, id, restore, options) => target.restoreUser(id, restore, { ...options, ...guard })),
    purgeUser: guarded((guard, id, options) => target.purgeUser(id, { ...options, ...guard })),
  };
}
