import type { EventFields, Moves } from './chaos-events.ts';
import { minute } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { namespace } from './world.ts';

type ClusterMoves = Pick<
  Moves,
  | 'kubeFault'
  | 'dropWatches'
  | 'compact'
  | 'kill'
  | 'killAt'
  | 'stop'
  | 'start'
  | 'clockJump'
  | 'suspend'
  | 'plan'
  | 'approve'
  | 'reject'
  | 'sync'
  | 'restart'
  | 'tamper'
  | 'deleteRecord'
>;

/** The guard's window. */
const windowMs = 24 * 60 * minute;

/** What happens to the cluster and the operator in it, and what the cluster's administrator does. */
export function clusterMoves(chaos: ChaosWorld): ClusterMoves {
  return {
    kubeFault: ({ effect, times }) => kubeFault(chaos, effect, times),
    dropWatches: () => dropWatches(chaos),
    compact: () => {
      chaos.world.kube.compact();
      dropWatches(chaos);
    },
    kill: () => chaos.world.killOperator(),
    killAt: ({ write, when }) => killAt(chaos, write, when),
    stop: () => chaos.world.stopOperator(),
    start: () => chaos.start(),
    clockJump: ({ minutes }) => {
      chaos.world.clock.jumpWallClock(minutes * minute);
      chaos.purges.clockJumped = true;
      // To the operator a whole window has passed.
      if (minutes * minute >= windowMs) chaos.guardSince = chaos.world.entra.now();
    },
    suspend: ({ on }) => chaos.setSpec({ suspend: on }),
    plan: ({ on }) => chaos.setSpec({ mode: on ? 'Plan' : 'Apply' }),
    approve: () => chaos.decide('approve'),
    reject: () => chaos.decide('reject'),
    sync: () => chaos.annotate('requested-at', `sync ${chaos.world.clock.monotonic()}`),
    restart: () => chaos.annotate('restarted-at', `restart ${chaos.world.clock.monotonic()}`),
    tamper: ({ who }) =>
      chaos.withRecord(who, (name) =>
        chaos.world.kube.patch(
          { kind: 'UserProjection', name, namespace },
          { spec: { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } } },
        ),
      ),
    deleteRecord: ({ who }) => {
      if (!chaos.options.anchor) return;
      chaos.withRecord(who, (name) => chaos.world.kube.delete({ kind: 'UserProjection', name, namespace }));
      const person = chaos.personAt(who);
      if (person) chaos.loseRecord(person);
    },
  };
}

function kubeFault(chaos: ChaosWorld, effect: EventFields['kubeFault']['effect'], times: number): void {
  const path = /tenantsync\.dev/;
  const { faults } = chaos.world.kube;
  chaos.watchesBehindUntil = chaos.world.clock.monotonic() + 2 * minute;
  if (effect === 'conflict') faults.add({ effect: { status: 409, reason: 'Conflict' }, times, match: { path, method: 'PATCH' } });
  else faults.add({ effect: effect === 'unavailable' ? { status: 503 } : effect, times, match: { path } });
}

function killAt({ world, disarm }: ChaosWorld, write: number, when: 'before' | 'after'): void {
  let seen = 0;
  const end = world.entra.intercept({
    [when]: (request: { readonly write: boolean; readonly tenantId: string | undefined }) => {
      if (!request.write || request.tenantId !== world.spoke.tenantId || (seen += 1) < write) return undefined;
      end();
      disarm.delete(end);
      world.killOperator();
      return new Promise<never>(() => undefined);
    },
  });
  disarm.add(end);
}

function dropWatches(chaos: ChaosWorld): void {
  chaos.watchesBehindUntil = chaos.world.clock.monotonic() + minute;
  chaos.world.kube.dropWatches();
}
