import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { Harm } from '../../core/guard/allowance.ts';
import { actionNow } from '../../core/lifecycle/removal-policy.ts';
import { isPurgeable, purges } from '../../core/purge/purge.ts';
import type { TargetDirectory } from '../../ports/directory.ts';
import { evaluationRevisionOf } from '../shared/compiled.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { Permission } from '../shared/pair-sessions.ts';
import { behindGate, obstacleTo, type GuardedWrite, type Obstacle } from '../shared/write-gate.ts';
import { limitsOf } from './work.ts';

export interface GuardedWork {
  readonly deps: Dependencies;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly session: Permission;
}

/** Why no write for the record may start at this instant, if so; see {@link obstacleTo}. */
export function writeObstacle({ projection, ...work }: GuardedWork): Obstacle | undefined {
  return obstacleTo({ ...work, record: projection, current: () => work.deps.projections.lister.get(projection.metadata) });
}

type Taking = Harm | 'Purge';

/** Why nothing may be taken from the account of a record that is removed, if so: policy, limits or rules have changed since the pass decided (I11). */
function takingObstacle(work: GuardedWork, taking: Taking): Obstacle | undefined {
  const obstacle = writeObstacle(work);
  return obstacle ?? (mayTake(work, taking) ? undefined : 'PolicyChanged');
}

/** Whether the configuration and the limits of the pair, as the watches have seen them last, take that much from the account. */
function mayTake({ deps, ...work }: GuardedWork, taking: Taking): boolean {
  const record = deps.projections.lister.get(work.projection.metadata) ?? work.projection;
  const configuration = deps.configurations.lister.get(work.configuration.metadata) ?? work.configuration;
  // By other rules the person may belong there: the source is read again by these.
  if (evaluationRevisionOf(configuration) !== evaluationRevisionOf(work.configuration)) return false;
  const { spec } = configuration;
  const policy = { ...spec, limits: limitsOf({ deps, pair: work.pair }) };
  if (taking === 'Purge') return purges(spec) && isPurgeable(record, policy);
  const { lifecycle, removal } = record.spec;
  if (lifecycle !== 'Removed' || removal === undefined) return false;
  const action = actionNow(policy, record, removal);
  return action === 'SoftDelete' || (action === 'Block' && taking === 'Block');
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
  const taking = (what: Taking): GuardedWrite => behindGate(() => takingObstacle(work, what));
  const updating = (update: GuardedWrite): TargetDirectory['updateUser'] =>
    update((guard, id, patch, options) => target.updateUser(id, patch, { ...options, ...guard }));
  const isRemoved = work.projection.spec.lifecycle === 'Removed';
  return {
    ...readsOf(target),
    invite: guarded((guard, invitation, options) => target.invite(invitation, { ...options, ...guard })),
    // Sign-in of who is to be present is the source's matter, and not that of the policy about removals.
    updateUser: (id, patch, options) =>
      updating(isRemoved && patch.accountEnabled === false ? taking('Block') : guarded)(id, patch, options),
    setManager: guarded((guard, id, managerId, options) => target.setManager(id, managerId, { ...options, ...guard })),
    clearManager: guarded((guard, id, options) => target.clearManager(id, { ...options, ...guard })),
    revokeSessions: guarded((guard, id, options) => target.revokeSessions(id, { ...options, ...guard })),
    deleteUser: taking('Delete')((guard, id, options) => target.deleteUser(id, { ...options, ...guard })),
    restoreUser: guarded((guard, id, restore, options) => target.restoreUser(id, restore, { ...options, ...guard })),
    purgeUser: taking('Purge')((guard, id, options) => target.purgeUser(id, { ...options, ...guard })),
  };
}
