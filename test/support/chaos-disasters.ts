import type { Fault } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { EventFields, Lie, Moves, Refused } from './chaos-events.ts';
import { minute } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { realCluster } from './real-kubernetes/cluster.ts';
import { namespace, World } from './world.ts';

type Disasters = Pick<
  Moves,
  | 'suspendPair'
  | 'recreatePair'
  | 'recreateConfiguration'
  | 'decideLate'
  | 'loseCluster'
  | 'backup'
  | 'restoreBackup'
  | 'secondInstallation'
  | 'refuse'
  | 'lie'
>;

/** What seldom happens, and what the operator has to stand all the same. */
export function disasters(chaos: ChaosWorld): Disasters {
  const { world } = chaos;
  return {
    suspendPair: ({ on }) => chaos.suspendPair(on),
    recreatePair: () => {
      world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      chaos.applyManifests();
    },
    recreateConfiguration: (how) => recreateConfiguration(chaos, how),
    decideLate: ({ decision, minutes }) => decideLate(chaos, decision, minutes),
    loseCluster: () => loseCluster(chaos),
    backup: () => chaos.keepBackup(),
    restoreBackup: () => restoreBackup(chaos),
    secondInstallation: () => secondInstallation(chaos),
    refuse: (fields) => refuse(chaos, fields),
    lie: ({ tenant, how, times }) => {
      const path = /^\/v1\.0\/(users|directory\/deletedItems)\/[0-9a-f-]{36}/i;
      world.entra.faults.add({ ...lies[how], times, match: { tenant: world[tenant].tenantId, method: 'GET', path } });
    },
  };
}

const lies: Readonly<Record<Lie, Fault>> = {
  nothing: { effect: 'emptyAnswer' },
  otherId: { effect: 'otherId' },
  page: { effect: 'status', status: 404, headers: { 'content-type': 'text/html' }, body: '<html><body>Not found</body></html>' },
};

/** Whoever left before the new configuration knew them has been let go with the old one. */
function recreateConfiguration(chaos: ChaosWorld, { rename, withPair }: EventFields['recreateConfiguration']): void {
  if (!chaos.options.anchor) return;
  if (withPair === true) chaos.world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
  chaos.world.kube.delete({ kind: 'SyncConfiguration', name: chaos.configurationName, namespace });
  if (rename) chaos.configurationName = `staff-${chaos.nextNumber()}`;
  chaos.forgetRecords();
  chaos.applyManifests();
}

function decideLate(chaos: ChaosWorld, decision: 'approve' | 'reject', minutes: number): void {
  const token = chaos.configuration().status.stagedDeletions?.token;
  if (token === undefined) return;
  const timer = chaos.world.clock.setTimer(minutes * minute, () => chaos.decideAbout(token, decision));
  chaos.disarm.add(() => timer.cancel());
}

/** From Git alone: everything else that was in the cluster is gone, the guard's window with it. */
async function loseCluster(chaos: ChaosWorld): Promise<void> {
  if (!chaos.options.anchor) return;
  chaos.world.loseCluster();
  chaos.rules.forget();
  chaos.followCluster();
  startOver(chaos);
  await chaos.start();
}

function startOver(chaos: ChaosWorld): void {
  chaos.forgetRecords();
  chaos.guardSince = chaos.world.entra.now();
  chaos.applyManifests();
}

/** The state of the cluster from some time ago, brought up to what is in Git. */
async function restoreBackup(chaos: ChaosWorld): Promise<void> {
  if (!chaos.options.anchor || !chaos.putBackupBack()) return;
  startOver(chaos);
  await chaos.start();
}

const second = new WeakSet<ChaosWorld>();

async function secondInstallation(chaos: ChaosWorld): Promise<void> {
  // It has a cluster of its own, and of the real ones there is one for each process: two would work on the same records there.
  if (realCluster !== undefined || !chaos.options.anchor || second.has(chaos)) return;
  second.add(chaos);
  for (const person of chaos.people) chaos.noteUnknown(person);
  const world = new World({ beside: chaos.world, seed: chaos.options.seed + 1, flags: ['--installation-id', 'second'] });
  world.applyPair();
  const { interval, scope, matching, deprovisioning } = chaos.manifest;
  // It is the other one that has features.
  world.applyConfiguration({
    interval,
    scope,
    matching,
    deprovisioning: { ...(deprovisioning as JsonObject), purgeAfterSourcePurge: false },
  });
  await world.startOperator();
  chaos.others.push(world);
}

/** What the request holds that is refused, or which one it is. */
const refusals: Readonly<Record<Refused, NonNullable<Fault['match']>>> = {
  manager: { operation: 'PUT /users/{id}/manager/$ref' },
  sessions: { operation: 'POST /users/{id}/revokeSignInSessions' },
  jobTitle: { method: 'PATCH', body: /"jobTitle"/ },
  displayName: { method: 'PATCH', body: /"displayName"/ },
  accountEnabled: { method: 'PATCH', body: /"accountEnabled"/ },
};

function refuse(chaos: ChaosWorld, { who, what, minutes }: EventFields['refuse']): void {
  const person = chaos.personAt(who);
  const account = person && chaos.accountsOf(person)[0];
  if (!account) return;
  const fault = chaos.world.entra.faults.add({
    effect: 'status',
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
    times: Number.MAX_SAFE_INTEGER,
    match: { tenant: chaos.world.spoke.tenantId, path: new RegExp(account.id), ...refusals[what] },
  });
  const timer = chaos.world.clock.setTimer(minutes * minute, () => fault.remove());
  chaos.disarm.add(() => timer.cancel());
}
