import type { UserProjection } from '../../src/api/kinds.ts';
import { projectionFiling } from '../../src/controllers/shared/indexes.ts';
import { userProjectionReconciler } from '../../src/controllers/user-projection/controller.ts';
import { resume, resumeEverything } from '../../src/controllers/wiring/wiring.ts';
import { omit } from '../../src/core/omit.ts';
import { sealSpec } from '../../src/core/projection/sealed-spec.ts';
import { Controller } from '../../src/kube/controller.ts';
import { PackedEntries } from '../../src/kube/packed/packed-entries.ts';
import { Store } from '../../src/kube/store.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { systemClock } from '../../src/system.ts';
import { Metrics } from '../../src/telemetry/registry.ts';
import { runtimeMetrics } from '../../src/telemetry/runtime-metrics.ts';
import { Site } from '../unit/controllers/support.ts';

const random = { next: Math.random, uuid: () => 'uuid' };

/** A process that looks after so many settled records. */
function processWith(people: number): { readonly deps: Site['deps']; readonly site: Site; readonly controller: Controller } {
  const site = new Site();
  const entries = new PackedEntries(projectionFiling);
  const store = new Store<UserProjection>({ clock: systemClock, logger: silentLogger, indexes: projectionFiling.indexes, entries });
  const { record } = site;
  for (let index = 0; index < people; index += 1) {
    const objectId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const spec = omit(record.spec, 'revision');
    store.applyListed(
      {
        ...record,
        metadata: { ...record.metadata, name: `staff-${objectId}`, uid: objectId, resourceVersion: String(index + 1) },
        spec: sealSpec({ ...spec, source: { ...spec.source, objectId }, invitedAddress: `p${index}@contoso.com` }),
        status: {
          ...record.status,
          state: 'Provisioned',
          observedGeneration: record.metadata.generation,
          targetUser: { objectId: `a${index}`, origin: 'Created' },
        },
      },
      true,
    );
  }
  const controller: Controller = new Controller({
    name: 'userprojection',
    reconcile: (key, context) => reconcile(key, context),
    concurrency: 24,
    rateLimits: { baseMs: 5, maxMs: 1000, jitter: 0 },
    clock: systemClock,
    random,
    logger: silentLogger,
    metrics: runtimeMetrics(new Metrics()),
  });
  const deps = {
    ...site.deps,
    clock: systemClock,
    projections: { ...site.deps.projections, lister: store },
    enqueue: { ...site.deps.enqueue, projection: controller.enqueue },
  };
  const reconcile = userProjectionReconciler(deps);
  return { deps, site, controller };
}

/** Looks at everybody of a configuration whose pair has become ready. */
export async function pairBecomesReady(people: number, begin: () => void): Promise<void> {
  const { deps, site } = processWith(people);
  begin();
  resume(deps, site.configuration);
  await new Promise((resolve) => setTimeout(resolve, 2000));
}

/** Takes over a shard: looks at everybody, and works the queue of those who are settled off. */
export async function takeOver(people: number, begin: () => void): Promise<void> {
  const { deps, controller } = processWith(people);
  controller.start();
  begin();
  resumeEverything(deps);
  do await new Promise((resolve) => setTimeout(resolve, 100));
  while (controller.depth > 0);
}
