import { annotations } from '../../api/kinds.ts';
import type { DirectoryUser, UserPatch } from '../../api/directory-user.ts';
import { durationMs } from '../../core/duration.ts';
import { directoryFailure, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import { omit } from '../../core/omit.ts';
import { conversionOf, type Conversion } from '../../core/lifecycle/conversion.ts';
import { writePlan, type RefusedAttribute, type WritePlan, type WrittenAccount } from '../../core/lifecycle/writes.ts';
import { splitPatch } from '../../core/mapping/diff.ts';
import { rulesOf } from '../../core/mapping/target-attributes.ts';
import { anchorMark, type AnchorMark } from '../../core/matching/anchor.ts';
import { resolveManager } from './manager.ts';
import { mayBeOnItsWay } from './outcome.ts';
import { limitsOf, type Work } from './work.ts';

/** The ownership anchor as it should stand on the account: live, or deleted by us at a time. */
export function anchorValue(work: Work, deletedAt?: number): AnchorMark | undefined {
  const attribute = work.configuration.spec.matching.anchor?.attribute;
  const origin = work.status.targetUser?.origin;
  return anchorMark(attribute, work.projection.spec.source, work.deps.settings.installationId, { origin, deletedAt });
}

/** A request, a restart and every full cycle try again: the reason of a refusal, such as an administrator role, may be gone. */
export function retriesRefused(work: Work): 'Retry' | 'Remember' {
  // The change that a preview is about makes a full cycle.
  if (work.projection.spec.previewOf !== undefined) return 'Retry';
  const requested = work.projection.metadata.annotations?.[annotations.requestedAt];
  const asked = requested !== undefined && requested !== work.status.lastHandledReconcileAt;
  return asked || work.deps.tracker.isRecheckRequested(work.key) ? 'Retry' : 'Remember';
}

/** The write plan for an account of this person. Plan mode and acting get the same (I13). */
export function planFor(work: Work, account: WrittenAccount, block: 'Write' | 'Withhold'): WritePlan {
  const { spec } = work.projection;
  return writePlan({
    // A conversion was judged for the strategy that the record says: under another one nobody has decided about it.
    record: { spec: hasStrategyOfNow(work) ? spec : omit(spec, 'conversion'), status: work.status },
    account,
    authorityOf: (name) => work.mappings.authorityOf(name),
    hasManager: work.mappings.hasManager,
    managerAccount: resolveManager(work.deps, work.projection),
    anchor: anchorValue(work),
    retryRefused: retriesRefused(work),
    limits: limitsOf(work),
    conversion: isConverted(work, account) ? 'Convert' : 'Keep',
    block,
    drift: correctsDrift(work) ? 'Correct' : 'Leave',
  });
}

/** Whether what differs is set back: on the errand to do so, and not on a read that may be behind our own last write, where that would look like drift. */
function correctsDrift(work: Work): boolean {
  return work.errand === 'Correct' && !mayBeOnItsWay(work, work.status.lastWriteAt);
}

/** Whether the record has the strategy of the configuration as the watch has seen it last; if not, the cycle that follows decides anew (I11). */
function hasStrategyOfNow({ deps, projection, configuration }: Work): boolean {
  const { spec } = deps.configurations.lister.get(configuration.metadata) ?? configuration;
  return (projection.spec.memberStrategy ?? 'InviteAsMember') === spec.memberStrategy;
}

/** Where the conversion of an account stands, as it was just read: nowhere, by a strategy that the configuration does not have any more. */
export function conversionNow(work: Work, user: DirectoryUser): Conversion {
  const { deps, projection, status, configuration } = work;
  if (!hasStrategyOfNow(work)) return { type: 'None' };
  const delayMs = durationMs(configuration.spec.memberConversionDelay);
  return conversionOf({ record: { spec: projection.spec, status }, user, delayMs, now: deps.clock.now() });
}

/** Whether the guest becomes a member now; a plan shows it as soon as it is foreseen. */
function isConverted(work: Work, account: WrittenAccount): boolean {
  if (account.type === 'New') return false;
  const { type } = conversionNow(work, account.user);
  return type === 'Due' || (type === 'Waiting' && work.projection.spec.mode === 'Plan');
}

const refusal = (name: string, failure: DirectoryFailure): RefusedAttribute => ({ name, code: failure.code, message: failure.message });

/** Failures that concern single attributes of this user and not the request, the tenant or the moment. */
function refusedBy(error: unknown): DirectoryFailure | undefined {
  return directoryFailure(error, 'AttributeRefused', 'Forbidden', 'ObjectConflict', 'InvalidRequest');
}

/**
 * Writes a patch. When the directory refuses it, what is refused together is told apart: named attributes are left out, otherwise
 * the sensitive ones go one by one. What is written is noted at once, whatever becomes of the rest (I12); what was refused is returned
 * (C10).
 */
export async function writePatch(work: Work, id: string, patch: UserPatch): Promise<readonly RefusedAttribute[]> {
  const names = Object.keys(patch);
  if (names.length === 0) return [];
  try {
    await work.target.updateUser(id, patch, work.options);
    work.done.written.push(...names);
    return [];
  } catch (error) {
    const failure = refusedBy(error);
    if (!failure) throw error;
    const named = names.filter((name) => failure.attributes?.includes(name) === true);
    if (named.length > 0 && named.length < names.length) {
      const rest = Object.fromEntries(Object.entries(patch).filter(([name]) => !named.includes(name)));
      return [...named.map((name) => refusal(name, failure)), ...(await writePatch(work, id, rest))];
    }
    const only = names[0];
    if (names.length === 1 && only !== undefined) {
      // Without the right to write a plain attribute the application can do nothing here: that is no matter of this user.
      if (failure.kind === 'Forbidden' && rulesOf(only).sensitive !== true) throw error;
      return [refusal(only, failure)];
    }
    const parts = splitPatch(patch);
    if (parts.length <= 1) throw error;
    return writeParts(work, id, parts);
  }
}

/** Writes each part whatever becomes of the others: what cannot be written must not keep a block of sign-in back. */
async function writeParts(work: Work, id: string, parts: readonly UserPatch[]): Promise<readonly RefusedAttribute[]> {
  const refused: RefusedAttribute[] = [];
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      refused.push(...(await writePatch(work, id, part)));
    } catch (error) {
      if (!refusedBy(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return refused;
}
