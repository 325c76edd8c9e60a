import type { ChaosEvent, Moves } from './chaos-events.ts';
import { clusterMoves } from './chaos-cluster-moves.ts';
import { disasters } from './chaos-disasters.ts';
import { minute, second, usualRetryAfterMs } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** Lets something happen, and then time pass. */
export async function happen(chaos: ChaosWorld, event: ChaosEvent): Promise<void> {
  const moves: Moves = {
    ...tenantMoves(chaos),
    ...groupMoves(chaos),
    ...graphMoves(chaos),
    ...featureMoves(chaos),
    ...clusterMoves(chaos),
    ...disasters(chaos),
    ...chaos.rules.moves(),
  };
  const move = moves[event.type] as (fields: ChaosEvent) => void | Promise<void>;
  await move(event);
  chaos.noteSource();
  await chaos.world.run(event.wait * second);
}

/** What people and administrators do in the tenants. */
function tenantMoves(chaos: ChaosWorld) {
  return {
    hire: ({ who }) => {
      if (!chaos.sourceOf(chaos.personAt(who))) chaos.hire(who);
    },
    leave: ({ who }) => chaos.withStaff(who, (user) => chaos.world.hub.softDelete(user.id)),
    comeBack: ({ who }) => {
      const user = chaos.sourceOf(chaos.personAt(who));
      if (typeof user?.deletedAt === 'number') chaos.world.hub.restore(user.id);
    },
    purge: ({ who }) => {
      const user = chaos.sourceOf(chaos.personAt(who));
      if (user) chaos.world.hub.purge(user.id);
    },
    leaveForGood: ({ who, minutes }) =>
      chaos.withStaff(who, ({ id }) => {
        const { clock, hub } = chaos.world;
        hub.softDelete(id);
        const timer = clock.setTimer(minutes * minute, () => {
          if (typeof hub.user(id)?.deletedAt === 'number') hub.purge(id);
          chaos.noteSource();
        });
        chaos.disarm.add(() => timer.cancel());
      }),
    disable: ({ who }) => chaos.update(who, { accountEnabled: false }),
    enable: ({ who }) => chaos.update(who, { accountEnabled: true }),
    rename: ({ who }) => {
      const address = chaos.newAddress(who);
      const person = chaos.personAt(who);
      person?.addresses.push(address);
      chaos.update(who, { userPrincipalName: address, mail: address });
      if (person && chaos.others.length > 0) chaos.noteUnknown(person);
    },
    retitle: ({ who }) => {
      chaos.update(who, { jobTitle: `Title ${chaos.nextNumber()}` });
    },
    manager: ({ who, boss }) =>
      chaos.withStaff(who, (user) =>
        chaos.withStaff(boss, (manager) => {
          if (manager.id !== user.id) chaos.world.hub.setManager(user.id, manager.id);
        }),
      ),
    join: ({ who, group }) => chaos.setMember(who, group, true),
    quit: ({ who, group }) => chaos.setMember(who, group, false),
    emptyGroup: ({ group }) => {
      for (let place = 0; place < 8; place += 1) chaos.setMember(place, group, false);
    },
    deleteGroup: ({ group }) => {
      if (chaos.group(group)?.deletedAt === null) chaos.world.hub.deleteGroup(chaos.groups[group]?.id ?? '');
    },
    restoreGroup: ({ group }) => chaos.restoreGroup(group),
    targetEdit: ({ who }) => chaos.inTarget(who, 'live', (id) => void chaos.world.spoke.updateUser(id, { city: `City ${who}` })),
    targetRetitle: ({ who }) => retitle(chaos, who),
    targetDelete: ({ who }) => chaos.inTarget(who, 'live', (id) => chaos.world.spoke.softDelete(id)),
    targetRestore: ({ who }) => chaos.inTarget(who, 'deleted', (id) => chaos.world.spoke.restore(id)),
    targetPurge: ({ who }) => chaos.inTarget(who, 'any', (id) => chaos.world.spoke.purge(id)),
    allowSync: ({ on }) => chaos.allowSync(on),
  } satisfies Partial<Moves>;
}

function retitle(chaos: ChaosWorld, who: number): void {
  const jobTitle = `Theirs ${chaos.nextNumber()}`;
  chaos.inTarget(who, 'live', (id) => {
    chaos.features.retitled.set(id, jobTitle);
    chaos.world.spoke.updateUser(id, { jobTitle });
  });
}

/** What pair and configuration ask for, and what in the target stands against it. */
function featureMoves(chaos: ChaosWorld) {
  const { features } = chaos;
  return {
    contact: ({ who }) => features.contact(who),
    dropContact: ({ who }) => features.dropContact(who),
    refuseInvitations: ({ minutes }) => features.refuseInvitations(minutes),
    changePolicies: ({ side }) => features.changePolicies(side),
    drift: ({ policy }) => features.drift(policy),
    purgeAfterSource: ({ on }) => features.purgeAfterSource(on),
    decidePurges: (decision) => chaos.purges.decide(decision),
    maxUsers: ({ count }) => features.maxUsers(count),
    allowDelete: ({ on }) => features.allowDelete(on),
    exclude: ({ who, on }) => features.exclude(chaos.personAt(who), on),
    enforce: ({ on }) => features.enforce(on),
    strategy: ({ strategy }) => features.strategy(strategy),
    quarantine: ({ failures }) => features.quarantine(failures),
    preview: (spec) => features.preview(spec),
    dropPreview: () => features.dropPreview(),
    provision: ({ who }) => features.request('provision', who),
    explain: ({ who }) => features.request('explain', who),
    approveCreations: () => features.approveCreations(),
    refuseApplication: ({ minutes }) => features.refuseApplication(minutes),
  } satisfies Partial<Moves>;
}

/** What happens to groups that are projected; nothing where none is. */
function groupMoves({ projecting: groups }: ChaosWorld) {
  return {
    nest: (fields) => groups?.nest(fields),
    innerMember: (fields) => groups?.innerMember(fields),
    renameSource: ({ group }) => groups?.renameSource(group),
    addMember: (fields) => groups?.addMember(fields),
    evict: (fields) => groups?.evict(fields),
    deleteTarget: ({ group }) => groups?.deleteTarget(group),
    restoreTarget: ({ group }) => groups?.restoreTarget(group),
    purgeTarget: ({ group }) => groups?.purgeTarget(group),
    renameTarget: ({ group }) => groups?.renameTarget(group),
    namesake: ({ group }) => groups?.namesake(group),
    dropNamesake: ({ group }) => groups?.dropNamesake(group),
    kind: (fields) => groups?.kind(fields),
    groupSync: ({ on }) => groups?.groupSync(on),
    groupFault: (fields) => groups?.fault(fields),
    select: (fields) => groups?.select(fields),
    memberRules: (fields) => groups?.memberRules(fields),
    deleteGroupRecord: ({ group }) => groups?.deleteRecord(group),
    tamperGroup: ({ group }) => groups?.tamper(group),
    killAtGroup: (fields) => groups?.killAt(fields),
    nicknamed: (fields) => groups?.nicknamed(fields),
    dropNicknamed: ({ group }) => groups?.dropNicknamed(group),
  } satisfies Partial<Moves>;
}

/** How Graph misbehaves. */
function graphMoves(chaos: ChaosWorld) {
  const { faults } = chaos.world.entra;
  return {
    throttle: ({ times, retryAfter = usualRetryAfterMs / second, ...requests }) => {
      chaos.noteRetryAfter(retryAfter * second);
      faults.add({ effect: 'throttle', retryAfter, times, match: graph(chaos, requests) });
    },
    lose: ({ effect, times, ...requests }) => void faults.add({ effect, times, match: graph(chaos, requests) }),
    serverError: ({ apply, times, ...requests }) =>
      void faults.add({ effect: 'status', status: 503, apply, times, match: graph(chaos, requests) }),
    expireDelta: () => void faults.add({ effect: 'deltaExpire', match: { path: /\/delta/ } }),
    lag: ({ lag }) => chaos.setLag(lag),
    slow: ({ seconds }) => chaos.setLatency(seconds * second),
  } satisfies Partial<Moves>;
}

function graph(
  { world }: ChaosWorld,
  { tenant, write }: { readonly tenant: 'hub' | 'spoke'; readonly write: boolean },
): { readonly tenant: string; readonly write: boolean; readonly path: RegExp } {
  return { tenant: world[tenant].tenantId, write, path: /^\/v1\.0\// };
}
