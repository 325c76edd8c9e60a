import { annotations, type SyncConfiguration, type UserProjection } from '../../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../../api/generated.ts';
import { timestamp } from '../../../core/duration.ts';
import { hashOf } from '../../../core/hash.ts';
import { omit } from '../../../core/omit.ts';
import { isLive } from '../../../core/projection/account.ts';
import { isUntampered, sealSpec } from '../../../core/projection/sealed-spec.ts';
import { approve, reject } from '../../../core/projection/transitions.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import { keyString } from '../../../ports/resources.ts';
import type { Dependencies } from '../../shared/dependencies.ts';
import { objectReference, recordFacts } from '../../shared/skeleton.ts';
import { inParallel } from '../cycle-run.ts';

type HandledDecision = NonNullable<SyncConfigurationStatus['lastHandledDeletionDecision']>;
type Staged = NonNullable<SyncConfigurationStatus['stagedDeletions']>;

/** Projections whose removal or block waits for a decision. */
export function stagedProjections(projections: readonly UserProjection[]): readonly UserProjection[] {
  // A record that somebody tampered with was never staged by us.
  return projections.filter(({ spec }) => (spec.lifecycle === 'RemovalStaged' || spec.blockStaged === true) && isUntampered(spec));
}

/** The staged set as status shows it; the token stands for exactly these members, and for what is to be done to each. */
export function stagedDeletions(projections: readonly UserProjection[], since: string): Staged | undefined {
  const staged = stagedProjections(projections);
  if (staged.length === 0) return undefined;
  const live = projections.filter(isLive).length;
  const members = staged.map(({ metadata, spec }) => `${metadata.name}:${spec.lifecycle}:${spec.removal?.action ?? ''}`).sort();
  return {
    count: staged.length,
    percent: live === 0 ? 100 : Math.ceil((staged.length * 100) / live),
    token: hashOf([members, since]),
    since,
  };
}

type Decision = 'Approved' | 'Rejected';

/** An administrator's decision about the staged set, by annotation. A set that both annotations name is rejected: nothing is deleted. */
function decisionAbout(configuration: SyncConfiguration, token: string): Decision | undefined {
  const { annotations: given } = configuration.metadata;
  if (given?.[annotations.rejectDeletions] === token) return 'Rejected';
  return given?.[annotations.approveDeletions] === token ? 'Approved' : undefined;
}

/**
 * Values of the two annotations that this process has seen, by configuration. An old value stays on the resource after it was handled,
 * so that only one that appears while the process is watching can be a mistake to be told.
 */
const seen = new WeakMap<Dependencies, Map<string, ReadonlySet<string>>>();

/** Tells once of a value that names no staged set. */
function refuseUnknown(deps: Dependencies, configuration: SyncConfiguration): void {
  const known = seen.get(deps) ?? new Map<string, ReadonlySet<string>>();
  seen.set(deps, known);
  const { annotations: given, uid } = configuration.metadata;
  const values = [given?.[annotations.approveDeletions], given?.[annotations.rejectDeletions]].filter((value) => value !== undefined);
  const before = known.get(uid);
  known.set(uid, new Set([...(before ?? []), ...values]));
  const done = configuration.status.lastHandledDeletionDecision?.token;
  if (!before || values.every((value) => before.has(value) || value === done)) return;
  deps.events.emit(objectReference(configuration), {
    type: 'Warning',
    reason: 'DeletionDecisionRefused',
    action: 'Decide',
    note: 'The annotation names a set of deletions that is not staged now. Look at the set and use the value of status.stagedDeletions.token.',
  });
}

/**
 * Takes up a decision about staged deletions: records it, then marks the projections, then records that it is done, so that a crash
 * anywhere goes on from there. Each token decides once. Returns true when the resource was changed and is to be looked at anew.
 */
export async function handleDecision(deps: Dependencies, configuration: SyncConfiguration, signal: AbortSignal): Promise<boolean> {
  const projections = deps.projections.lister.byIndex('configuration', keyString(configuration.metadata));
  const last = configuration.status.lastHandledDeletionDecision;
  if (last?.state === 'Executing') {
    await execute(deps, projections, last, signal);
    await recordFacts(
      deps.configurations,
      configuration.metadata,
      { lastHandledDeletionDecision: { ...last, state: 'Done' }, stagedDeletions: null },
      { signal },
    );
    deps.events.emit(objectReference(configuration), {
      type: 'Normal',
      reason: last.decision === 'Approved' ? 'DeletionsApproved' : 'DeletionsRejected',
      action: 'Decide',
      note:
        last.decision === 'Approved' ? 'The staged deletions were approved and are carried out.' : 'The staged deletions were rejected.',
    });
    return true;
  }
  const shown = configuration.status.stagedDeletions;
  const actual = shown?.since === undefined ? undefined : stagedDeletions(projections, shown.since);
  const token = shown?.token === actual?.token ? shown?.token : undefined;
  const decision = token === undefined ? undefined : decisionAbout(configuration, token);
  if (token === undefined || decision === undefined) {
    refuseUnknown(deps, configuration);
    return false;
  }
  const live = await deps.configurations.writer.getLive(configuration.metadata, signal);
  await recordFacts(
    deps.configurations,
    configuration.metadata,
    { lastHandledDeletionDecision: { token, decision, ...deciderOf(live), at: timestamp(deps.clock.now()), state: 'Executing' } },
    { signal, resourceVersion: configuration.metadata.resourceVersion },
  );
  return true;
}

/** The field manager that wrote the annotation: as near as the API comes to saying who decided. */
function deciderOf(configuration: SyncConfiguration | undefined): { by?: string } {
  const fields = (configuration?.metadata as { managedFields?: readonly { manager?: string; fieldsV1?: unknown }[] } | undefined)
    ?.managedFields;
  const entry = fields?.findLast((candidate) => /approve-deletions|reject-deletions/.test(JSON.stringify(candidate.fieldsV1 ?? {})));
  return entry?.manager === undefined ? {} : { by: entry.manager };
}

async function execute(
  deps: Dependencies,
  projections: readonly UserProjection[],
  decision: HandledDecision,
  signal: AbortSignal,
): Promise<void> {
  const approval = { token: decision.token ?? '', ...(decision.by === undefined ? {} : { by: decision.by }) };
  await inParallel(stagedProjections(projections), 16, async ({ spec, metadata }) => {
    const decided = decision.decision === 'Approved' ? approve(omit(spec, 'revision'), approval) : reject(omit(spec, 'revision'));
    const patch = mergePatchBetween(spec, sealSpec(decided));
    if (patch) await deps.projections.writer.patch(metadata, { spec: patch }, { signal });
  });
}
