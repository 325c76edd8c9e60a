import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { CallOptions, TargetDirectory } from '../../ports/directory.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { Permission } from '../shared/pair-sessions.ts';
import { Deferred } from './work.ts';

/** The target's policy must have been seen to allow the work no longer ago than this when a write starts (I5). */
const oldestAccessMs = 58_000;

export interface GuardedWork {
  readonly deps: Dependencies;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly session: Permission;
}

/**
 * Why no write may start at this instant, if so. Looks only at what the process knows, so that it can stand directly before each
 * write: the lease, suspension and mode as the watches have seen them, and the age of the target's permission.
 */
export function writeObstacle(work: GuardedWork): string | undefined {
  const { deps, projection, pair, session } = work;
  const configuration = deps.configurations.lister.get(work.configuration.metadata);
  const currentPair = deps.pairs.lister.get(pair.metadata);
  const current = deps.projections.lister.get(projection.metadata);
  if (!deps.shards.holds(deps.shards.shardOf(pair.spec.target.tenantId))) return 'LeaseNotHeld';
  if (configuration?.metadata.uid !== work.configuration.metadata.uid) return 'ConfigurationGone';
  if (configuration.spec.suspend || currentPair?.spec.suspend !== false) return 'Suspended';
  if (configuration.spec.mode !== 'Apply' || projection.spec.mode !== 'Apply') return 'PlanMode';
  if (current?.metadata.generation !== projection.metadata.generation) return 'SpecChanged';
  if (!session.verdict.ready) return session.verdict.reason;
  if (session.entraJob !== undefined) return 'EntraJobActive';
  return deps.clock.monotonic() - session.accessCheckedAt > oldestAccessMs ? 'AccessNotChecked' : undefined;
}

const deferred = (obstacle: string): Deferred =>
  new Deferred(obstacle, obstacle === 'AccessNotChecked' || obstacle === 'SpecChanged' ? 0 : undefined);

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

/**
 * The target with a check before each write, and once more at the instant at which its request leaves: waiting for a token may have
 * outlasted the lease. A write that may not start is deferred.
 */
export function guardWrites(target: TargetDirectory, work: GuardedWork): TargetDirectory {
  const guarded =
    <A extends unknown[], R>(write: (guard: Pick<CallOptions, 'mayStart'>, ...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const before = writeObstacle(work);
      if (before !== undefined) throw deferred(before);
      const stopped: { by?: string } = {};
      const mayStart = (): boolean => {
        const obstacle = writeObstacle(work);
        if (obstacle !== undefined) stopped.by = obstacle;
        return obstacle === undefined;
      };
      try {
        return await write({ mayStart }, ...args);
      } catch (error) {
        throw stopped.by === undefined ? error : deferred(stopped.by);
      }
    };
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
