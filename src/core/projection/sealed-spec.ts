import type { GroupProjectionSpec, UserProjectionSpec } from '../../api/generated.ts';
import { hashOf } from '../hash.ts';
import { omit } from '../omit.ts';
import { mergePatchBetween } from '../status/merge-patch.ts';

export type UnsealedSpec = Omit<UserProjectionSpec, 'revision'>;

/** The hash that covers a whole projection spec, so that a change by anybody else is noticed. */
export function projectionRevision(spec: object): string {
  return hashOf({ ...spec, revision: undefined });
}

/** The spec with its revision. */
export function sealSpec<const S extends object>(spec: S): S & { readonly revision: string } {
  return { ...spec, revision: projectionRevision(spec) };
}

/** The spec with its revision: that of the record if both say the same, which is cheaper to see than to hash. */
export function sealLike(existing: UserProjectionSpec, spec: UnsealedSpec): UserProjectionSpec {
  const { revision } = existing;
  return isUntampered(existing) && mergePatchBetween(existing, { ...spec, revision }) === undefined ? existing : sealSpec(spec);
}

/** The spec without what somebody else may have put into it: who it is about is immutable, what should be there is evaluated anew. */
export function trustedSpec(spec: UserProjectionSpec): UnsealedSpec {
  if (isUntampered(spec)) return omit(spec, 'revision');
  const { syncConfigurationRef, previewOf, source, target, mode, lifecycle } = spec;
  return { syncConfigurationRef, ...(previewOf === undefined ? {} : { previewOf }), source, target, mode, lifecycle };
}

/** The spec as it is believed, sealed. */
export function believedSpec(spec: UserProjectionSpec): UserProjectionSpec {
  return isUntampered(spec) ? spec : sealSpec(trustedSpec(spec));
}

/** The spec that was last found as sealed: whoever decides about a person asks several times in a row. A spec is never changed in place. */
let lastUntampered: object | undefined;

/** Whether the spec is as the operator wrote it. */
export function isUntampered(spec: UserProjectionSpec | GroupProjectionSpec): boolean {
  if (spec === lastUntampered) return true;
  if (projectionRevision(spec) !== spec.revision) return false;
  lastUntampered = spec;
  return true;
}
