import { finalizers, labels, projectionName, type UserProjection } from '../../api/kinds.ts';
import type { UserProjectionSpec } from '../../api/generated.ts';
import { previewSpec } from '../../core/projection/preview.ts';
import { isUntampered, projectionRevision, sealLike, sealSpec, type UnsealedSpec } from '../../core/projection/sealed-spec.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { KubeError, keyString } from '../../ports/resources.ts';
import { rememberUnconfirmed, type CycleRun } from './cycle-run.ts';
import type { DecidedOn } from './decided-on.ts';

/**
 * Writes a projection's spec if it differs; what is equal costs nothing. A record that the API server does not take is that user's
 * matter alone: everybody else goes on.
 */
export async function writeProjection(run: CycleRun, existing: UserProjection, desired: UnsealedSpec): Promise<void> {
  if (run.configuration.spec.previewOf !== undefined) return writePreview(run, desired);
  await unlessRefused(run, desired, () => patchProjection(run, existing, sealLike(existing.spec, desired)));
}

/** Writes what was decided about the record of a configuration into the one of its preview; the former stays as it is (G8). */
export async function writePreview(run: CycleRun, decided: UnsealedSpec): Promise<void> {
  const preview = { name: run.configuration.metadata.name, of: run.live.metadata.name };
  const spec = sealSpec(previewSpec(decided, preview));
  const own = ownRecord(run, decided.source.objectId);
  if (own && isGoing(own)) {
    putOff(run, decided.source.objectId);
    return;
  }
  await unlessRefused(run, decided, async () => {
    const existing = own ?? (await createProjection(run, spec));
    if (existing) await patchProjection(run, existing, spec);
  });
}

/** Takes the record of a preview back, of somebody about whom it has nothing to say. */
export async function withdraw(run: CycleRun, sourceObjectId: string): Promise<void> {
  const own = run.configuration.spec.previewOf === undefined ? undefined : ownRecord(run, sourceObjectId);
  if (own && !isGoing(own)) await run.deps.projections.writer.delete(own.metadata, { uid: own.metadata.uid, signal: run.turn.signal });
}

/**
 * Writes what is decided about a record at the end of a round, as long as it is the one of then. An administrator may have decided about a staged set
 * since: what was decided without knowing of that is not written, and the next cycle decides anew about whoever is still to be decided about.
 */
export async function writeDecided(
  run: CycleRun,
  { name, revision: decidedOn }: DecidedOn,
  decide: (record: UserProjection) => UnsealedSpec,
): Promise<void> {
  const record = run.deps.projections.lister.get({ namespace: run.configuration.metadata.namespace, name });
  if (!record) return;
  const desired = decide(record);
  if (run.configuration.spec.previewOf !== undefined) return writePreview(run, desired);
  // A record that goes takes no decision: its person, if in scope, is decided about when it has gone.
  if (isGoing(record)) return;
  const { revision, lifecycle, source } = record.spec;
  // A step that is repeated finds what it has written before.
  if (revision === decidedOn || revision === projectionRevision(desired)) return writeProjection(run, record, desired);
  // An approved removal is carried out under its approval, and reads the source again before: a new decision would take that away.
  if (lifecycle === 'Removed') return;
  reconsider(run, source.objectId);
}

/** Somebody is decided about anew, by a cycle that comes soon. */
export function reconsider({ deps, configurationKey }: CycleRun, sourceId: string): void {
  deps.confirmations.reconsider(configurationKey, sourceId);
  deps.tracker.requestCycle(configurationKey);
}

export async function unlessRefused<T>(run: CycleRun, { source }: UnsealedSpec, write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'Invalid') throw error;
    const { objectId } = source;
    run.findings.skip(objectId, 'RecordRefused');
    run.deps.logger.error('The API server does not take the record of a user', { configuration: run.configurationKey, sourceId: objectId });
    rememberUnconfirmed(run, objectId);
    return undefined;
  }
}

/** Writes on the version of the record that the decision was made on: laid over a newer one it would be a mixture that nobody has sealed. */
async function patchProjection(run: CycleRun, existing: UserProjection, spec: UserProjectionSpec): Promise<void> {
  if (existing.spec.revision === spec.revision && isUntampered(existing.spec)) {
    if (existing.status.state === 'Pending') confirmAsRead(run, existing.metadata.name, spec);
    return;
  }
  const patch = mergePatchBetween(existing.spec, spec);
  if (!patch) return;
  confirmAsRead(run, existing.metadata.name, spec);
  const { resourceVersion } = existing.metadata;
  await run.deps.projections.writer.patch(existing.metadata, { spec: patch }, { signal: run.turn.signal, resourceVersion });
  changed(run, existing.metadata.name);
}

function changed(run: CycleRun, name: string): void {
  run.findings.countWrite();
  run.deps.tracker.changed(run.configurationKey, keyString({ namespace: run.configuration.metadata.namespace, name }));
}

/** Remembers that a page of the cycle says what the record says: an invitation or a restore may rest on that reading. */
function confirmAsRead(run: CycleRun, name: string, { revision }: UserProjectionSpec): void {
  const key = keyString({ namespace: run.configuration.metadata.namespace, name });
  run.deps.confirmations.confirm(run.configurationKey, key, {
    revision,
    rules: run.revision,
    readAt: run.deps.clock.monotonic(),
    by: 'Cycle',
  });
}

/** Creates a record; or gives the one that is there already, of which the store had not heard yet. */
export async function createProjection(run: CycleRun, spec: UserProjectionSpec): Promise<UserProjection | undefined> {
  const { namespace, name: configuration } = run.configuration.metadata;
  const name = projectionName(configuration, spec.source.objectId);
  confirmAsRead(run, name, spec);
  try {
    await run.deps.projections.writer.create(
      {
        metadata: {
          name,
          namespace,
          labels: { [labels.tenantPair]: run.pair.metadata.name, [labels.configuration]: configuration },
          // Of a preview nothing is ever under way that would have to be waited for.
          ...(spec.previewOf === undefined ? { finalizers: [finalizers.targetUser] } : {}),
        },
        spec,
      },
      { signal: run.turn.signal },
    );
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'AlreadyExists') throw error;
    const existing = await run.deps.projections.writer.getLive({ namespace, name }, run.turn.signal);
    if (existing) return existing;
    throw error;
  }
  changed(run, name);
  return undefined;
}

/** Whether a record is being deleted: at once, or when whatever holds it has let go, which nobody can wait for. */
export const isGoing = ({ metadata }: UserProjection): boolean => metadata.deletionTimestamp !== undefined;

/** A record that is being deleted takes no decision. Its person alone is put off, and read again by each cycle until the record has gone. */
export function putOff(run: CycleRun, sourceId: string): void {
  run.findings.skip(sourceId, 'Deleting');
  run.deps.confirmations.reconsider(run.configurationKey, sourceId);
}

/** The record that decisions about a source user rest on: of a preview the one of the configuration that is previewed, if there is one. */
export function projectionOf(run: Pick<CycleRun, 'deps' | 'configuration' | 'live'>, sourceObjectId: string): UserProjection | undefined {
  return recordOf(run.deps, run.live, sourceObjectId) ?? ownRecord(run, sourceObjectId);
}

export function ownRecord(run: Pick<CycleRun, 'deps' | 'configuration'>, sourceObjectId: string): UserProjection | undefined {
  return recordOf(run.deps, run.configuration, sourceObjectId);
}

function recordOf(deps: CycleRun['deps'], { metadata }: CycleRun['configuration'], sourceObjectId: string): UserProjection | undefined {
  return deps.projections.lister.get({ namespace: metadata.namespace, name: projectionName(metadata.name, sourceObjectId) });
}
