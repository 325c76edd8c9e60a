import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { TargetDirectory } from '../../ports/directory.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { Deferred } from './work.ts';

/** The target's policy must have been seen to allow the work no longer ago than this when a write starts (I5). */
const oldestAccessMs = 58_000;

export interface GuardedWork {
  readonly deps: Dependencies;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly session: PairSession;
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
  return deps.clock.monotonic() - session.accessCheckedAt > oldestAccessMs ? 'AccessNotChecked' : undefined;
}

/** The target with a check directly before each write; a write that may not start is deferred. */
export function guardWrites(target: TargetDirectory, work: GuardedWork): TargetDirectory {
  const check = (): void => {
    const obstacle = writeObstacle(work);
    if (obstacle !== undefined) throw new Deferred(obstacle, obstacle === 'AccessNotChecked' || obstacle === 'SpecChanged' ? 0 : undefined);
  };
  const guarded =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      check();
      return write(...args);
    };
  return {
    tenantId: target.tenantId,
    quota: target.quota,
    grantedPermissions: (options) => target.grantedPermissions(options),
    organization: (options) => target.organization(options),
    partnerAccess: (partner, options) => target.partnerAccess(partner, options),
    syncAccess: (partner, options) => target.syncAccess(partner, options),
    allowedCloudEndpoints: (options) => target.allowedCloudEndpoints(options),
    invitationPolicy: (options) => target.invitationPolicy(options),
    findUsers: (query, select, options) => target.findUsers(query, select, options),
    findDeletedUsers: (query, select, options) => target.findDeletedUsers(query, select, options),
    getUser: (id, select, options) => target.getUser(id, select, options),
    getDeletedUser: (id, select, options) => target.getDeletedUser(id, select, options),
    invite: guarded((invitation, options) => target.invite(invitation, options)),
    updateUser: guarded((id, patch, options) => target.updateUser(id, patch, options)),
    setManager: guarded((id, managerId, options) => target.setManager(id, managerId, options)),
    clearManager: guarded((id, options) => target.clearManager(id, options)),
    revokeSessions: guarded((id, options) => target.revokeSessions(id, options)),
    deleteUser: guarded((id, options) => target.deleteUser(id, options)),
    restoreUser: guarded((id, restore, options) => target.restoreUser(id, restore, options)),
    purgeUser: guarded((id, options) => target.purgeUser(id, options)),
  };
}
