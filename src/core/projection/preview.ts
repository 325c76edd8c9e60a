import type { UserProjectionSpec } from '../../api/generated.ts';
import { projectionName, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { hashOf } from '../hash.ts';
import { contentOf, specOf, standingOf, type DesiredContent } from './standing.ts';
import type { UnsealedSpec } from './sealed-spec.ts';

/** Whether a record is of a preview: it claims nobody, takes no seat and no address, and acts on nobody (G8). */
export function isPreview({ spec }: { readonly spec: Pick<UserProjectionSpec, 'previewOf'> }): boolean {
  return spec.previewOf !== undefined;
}

/** A configuration as it is worked with: a preview is in Plan, whatever its manifest says (G8). */
export function asWorkedWith(configuration: SyncConfiguration): SyncConfiguration {
  const { spec } = configuration;
  return spec.previewOf === undefined || spec.mode === 'Plan' ? configuration : { ...configuration, spec: { ...spec, mode: 'Plan' } };
}

/** Why a configuration cannot be previewed as written. `Stalled`: nothing helps but a new preview; otherwise it goes on when the other one is there. */
export interface PreviewProblem {
  readonly type: 'Stalled' | 'Failed';
  readonly reason: Extract<Reason, 'InvalidPreview' | 'PreviewedConfigurationNotFound'>;
  readonly message: string;
}

/** What keeps a preview from being compared with `live`, the configuration that it names; undefined: nothing, or it is no preview. */
export function previewProblem({ metadata, spec }: SyncConfiguration, live: SyncConfiguration | undefined): PreviewProblem | undefined {
  if (spec.previewOf === undefined) return undefined;
  const { name } = spec.previewOf;
  const invalid = (problem: string): PreviewProblem => ({
    type: 'Stalled',
    reason: 'InvalidPreview',
    message: `spec.previewOf: ${problem}`,
  });
  if (name === metadata.name)
    return invalid(`SyncConfiguration ${name} cannot be a preview of itself. Name the one that it is a preview of.`);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) {
    const message = `spec.previewOf: SyncConfiguration ${name} does not exist in this namespace. Create it, or name another one in a new preview.`;
    return { type: 'Failed', reason: 'PreviewedConfigurationNotFound', message };
  }
  if (live.spec.previewOf !== undefined)
    return invalid(
      `SyncConfiguration ${name} is a preview of ${live.spec.previewOf.name} itself. Name ${live.spec.previewOf.name} in a new preview.`,
    );
  if (live.spec.tenantPairRef.name !== spec.tenantPairRef.name) {
    const theirs = live.spec.tenantPairRef.name;
    return invalid(
      `SyncConfiguration ${name} is of TenantPair ${theirs}, and this one is of ${spec.tenantPairRef.name}. Make the preview with ${theirs}.`,
    );
  }
  return undefined;
}

/** The name of the record of the same person that a record of a preview is compared with. */
export function liveName({ spec }: Pick<UserProjection, 'spec'>): string | undefined {
  return spec.previewOf && projectionName(spec.previewOf.name, spec.source.objectId);
}

/**
 * The spec of a record of a preview, from what the record of the configuration itself would say. Nothing waits for a decision there: a block
 * that waits is one that is not written.
 */
export function previewSpec(spec: UnsealedSpec, preview: { readonly name: string; readonly of: string }): UnsealedSpec {
  const { conversion, ...decided } = contentOf(spec);
  const content: DesiredContent = {
    ...decided,
    ...(conversion === undefined || conversion.verdict === 'Staged' ? {} : { conversion }),
    syncConfigurationRef: { name: preview.name },
    previewOf: { name: preview.of },
    mode: 'Plan',
  };
  const standing = standingOf(spec);
  return specOf(content, standing.type === 'BlockStaged' ? { type: 'Rejected', evidence: standing.evidence } : standing);
}

/**
 * A record of a preview as the one of the configuration itself would stand with this spec: with its account, its intents and its age. Without
 * `live` it would be made now (`now`: a timestamp), and be the youngest claim to the person.
 */
export function asIfLive(preview: UserProjection, live: UserProjection | undefined, now: string): UserProjection {
  const { metadata, status } = live ?? {
    metadata: { ...preview.metadata, name: liveName(preview) ?? preview.metadata.name, creationTimestamp: now },
    status: { observedGeneration: -1, state: 'Pending' as const },
  };
  return { ...preview, metadata: { ...metadata, annotations: preview.metadata.annotations ?? {} }, status };
}

/** Hash of the facts of a record that a plan about the same person rests on: while it stays the same, so does the plan. */
export function factsCompared(live: UserProjection | undefined): string {
  if (live === undefined) return hashOf(null);
  const { state, targetUser, intent, appliedRevision, appliedContent, writeOnlyRevision, refusedAttributes, lastWriteAt } = live.status;
  return hashOf([state, targetUser, intent, appliedRevision, appliedContent, writeOnlyRevision, refusedAttributes, lastWriteAt]);
}
