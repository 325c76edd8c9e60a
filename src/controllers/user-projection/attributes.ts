import { annotations } from '../../api/kinds.ts';
import type { Attributes, AttributeValue } from '../../api/attributes.ts';
import type { DirectoryUser, UserPatch } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import { directoryFailure, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import { hashOf } from '../../core/hash.ts';
import { canonicalValue, sameValue } from '../../core/mapping/canonical.ts';
import { diffAttributes, splitPatch, writeOnlyValues } from '../../core/mapping/diff.ts';
import { rulesOf } from '../../core/mapping/target-attributes.ts';
import { formatAnchor } from '../../core/matching/anchor.ts';
import type { Work } from './work.ts';

export type RefusedAttribute = NonNullable<UserProjectionStatus['refusedAttributes']>[number];

/** Hash of the desired values that cannot be read back. */
export function writeOnlyRevision(work: Work): string {
  return hashOf(writeOnlyValues(work.projection.spec.attributes ?? {}));
}

/** The ownership anchor as it should stand on the account: live, or deleted by us at a time. */
export function anchorValue(work: Work, deletedAt?: number): { readonly attribute: string; readonly value: string } | undefined {
  const attribute = work.configuration.spec.matching.anchor?.attribute;
  const { tenantId, objectId } = work.projection.spec.source;
  if (attribute === undefined) return undefined;
  return {
    attribute,
    value: formatAnchor({ sourceTenantId: tenantId, sourceObjectId: objectId, ...(deletedAt === undefined ? {} : { deletedAt }) }),
  };
}

/** Refusals are remembered for the desired state they were met with, and tried again when it changes or when asked to. */
export function stillRefused(work: Work): readonly RefusedAttribute[] {
  return askedAgain(work) ? [] : remembered(work);
}

/** What was refused for this desired state and is now to be tried again. */
export function triedAgain(work: Work): ReadonlySet<string> {
  return new Set(askedAgain(work) ? remembered(work).map((entry) => entry.name) : []);
}

function remembered(work: Work): readonly RefusedAttribute[] {
  return work.status.appliedRevision === work.projection.spec.revision ? (work.status.refusedAttributes ?? []) : [];
}

/** A request, a restart and every full cycle try again: the reason of a refusal, such as an administrator role, may be gone. */
function askedAgain(work: Work): boolean {
  const requested = work.projection.metadata.annotations?.[annotations.requestedAt];
  return work.deps.tracker.isRecheckRequested(work.key) || (requested !== undefined && requested !== work.status.lastHandledReconcileAt);
}

/** The invitation sets the user type of a new account. */
function withoutUserType(onCreate: Attributes | undefined): Attributes {
  return Object.fromEntries(Object.entries(onCreate ?? {}).filter(([name]) => name !== 'userType'));
}

/** What has to be written to make an existing account agree. */
export function patchFor(work: Work, current: DirectoryUser, firstTime: { readonly created: boolean }): UserPatch {
  const { spec } = work.projection;
  const onCreate = withoutUserType(spec.onCreate);
  const patch = diffAttributes({
    // A creation that was cut short still owes what is only written at creation.
    attributes: firstTime.created ? { ...onCreate, ...spec.attributes } : (spec.attributes ?? {}),
    clear: spec.clear ?? [],
    current,
    authorityOf: (name) => work.mappings.authorityOf(name),
    writeOnlyApplied: firstTime.created
      ? false
      : work.status.writeOnlyRevision === undefined || work.status.writeOnlyRevision === writeOnlyRevision(work),
    refused: new Set(stillRefused(work).map((entry) => entry.name)),
  });
  return { ...patch, ...anchorPatch(work, current) };
}

/** The anchor, where it is missing or says something else. */
export function anchorPatch(work: Work, current: DirectoryUser): UserPatch {
  const anchor = anchorValue(work);
  if (!anchor || stillRefused(work).some((entry) => entry.name === anchor.attribute)) return {};
  const agrees = sameValue(anchor.attribute, canonicalValue(anchor.attribute, current.attributes[anchor.attribute]), anchor.value);
  return agrees ? {} : { [anchor.attribute]: anchor.value };
}

/** What a newly invited account still lacks: the invitation itself has set the address, the user type and that it is enabled. */
export function patchForNew(work: Work): UserPatch {
  const { spec } = work.projection;
  const onCreate = withoutUserType(spec.onCreate);
  const patch: Record<string, AttributeValue> = { ...onCreate, ...spec.attributes };
  if (sameValue('mail', patch.mail ?? null, spec.invitedAddress ?? null)) delete patch.mail;
  if (patch.accountEnabled === true) delete patch.accountEnabled;
  const anchor = anchorValue(work);
  if (anchor) patch[anchor.attribute] = anchor.value;
  return patch;
}

const refusal = (name: string, failure: DirectoryFailure): RefusedAttribute => ({ name, code: failure.code, message: failure.message });

/** Failures that concern single attributes of this user and not the request, the tenant or the moment. */
function refusedBy(error: unknown): DirectoryFailure | undefined {
  return directoryFailure(error, 'AttributeRefused', 'Forbidden', 'ObjectConflict', 'InvalidRequest');
}

/**
 * Writes a patch. When the directory refuses it, what is refused together is told apart: named attributes are left out, otherwise
 * the sensitive ones go one by one. The rest is written; what was refused is returned (C10).
 */
export async function writePatch(
  work: Work,
  id: string,
  patch: UserPatch,
): Promise<{ readonly written: readonly string[]; readonly refused: readonly RefusedAttribute[] }> {
  const names = Object.keys(patch);
  if (names.length === 0) return { written: [], refused: [] };
  try {
    await work.target.updateUser(id, patch, work.options);
    return { written: names, refused: [] };
  } catch (error) {
    const failure = refusedBy(error);
    if (!failure) throw error;
    const named = names.filter((name) => failure.attributes?.includes(name) === true);
    if (named.length > 0 && named.length < names.length) {
      const rest = await writePatch(work, id, Object.fromEntries(Object.entries(patch).filter(([name]) => !named.includes(name))));
      return { written: rest.written, refused: [...named.map((name) => refusal(name, failure)), ...rest.refused] };
    }
    const only = names[0];
    if (names.length === 1 && only !== undefined) {
      // Without the right to write a plain attribute the application can do nothing here: that is no matter of this user.
      if (failure.kind === 'Forbidden' && rulesOf(only).sensitive !== true) throw error;
      return { written: [], refused: [refusal(only, failure)] };
    }
    const parts = splitPatch(patch);
    if (parts.length <= 1) throw error;
    return writeParts(work, id, parts);
  }
}

/** Writes each part whatever becomes of the others: what cannot be written must not keep a block of sign-in back. */
async function writeParts(work: Work, id: string, parts: readonly UserPatch[]): ReturnType<typeof writePatch> {
  const written: string[] = [];
  const refused: RefusedAttribute[] = [];
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      const result = await writePatch(work, id, part);
      written.push(...result.written);
      refused.push(...result.refused);
    } catch (error) {
      if (!refusedBy(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { written, refused };
}
