import type { UserProjection } from '../../api/kinds.ts';
import { mayChange, type Permitted } from '../lifecycle/permitted.ts';
import { allowsUserType } from '../limits/limits.ts';
import { omit } from '../omit.ts';
import { isLive, isSignInBlocked } from './account.ts';
import { contentOf, harmMayBeDone, specOf, standingOf, type DesiredContent, type Removal, type Verdict } from './standing.ts';
import { trustedSpec, type UnsealedSpec } from './sealed-spec.ts';

/** A record as far as its standing depends on it. */
export type RecordFacts = Pick<UserProjection, 'spec' | 'status'>;

/** How the guard judged a set: what passed is carried out, what was held waits for a decision, and a plan only notes either. */
export type Judgement =
  { readonly type: 'Passed'; readonly at: string } | { readonly type: 'Held' } | { readonly type: 'Planned'; readonly held: boolean };

/** An administrator's approval of a staged set. */
export interface Approval {
  readonly token: string;
  readonly by?: string;
}

const none: Verdict = { type: 'None' };

const wantsBlock = ({ attributes }: Pick<DesiredContent, 'attributes'>): boolean => attributes?.accountEnabled === false;

/** The desired content with sign-in as the record had it. A record whose sign-in was to be blocked says nothing about it. */
export function withFormerSignIn(existing: UnsealedSpec, desired: DesiredContent): DesiredContent {
  const former = existing.attributes?.accountEnabled;
  const attributes = omit(desired.attributes ?? {}, 'accountEnabled');
  return { ...desired, attributes: former === undefined || former === false ? attributes : { ...attributes, accountEnabled: former } };
}

/**
 * A person is in scope: what was decided about a removal ends. A verdict about a block lasts as long as the block does; one that only a
 * plan has found covers nothing outside of it.
 */
export function present(existing: UnsealedSpec | undefined, desired: DesiredContent): UnsealedSpec {
  if (existing === undefined || !wantsBlock(desired)) return specOf(desired, { type: 'Present', verdict: none });
  const standing = standingOf(existing);
  const lasts = standing.type === 'Present' && wantsBlock(existing);
  const verdict = lasts ? standing.verdict : none;
  const planned = verdict.type === 'Planned' && !(existing.mode === 'Plan' && desired.mode === 'Plan');
  return specOf(desired, { type: 'Present', verdict: planned ? none : verdict });
}

/**
 * A person is in scope whose sign-in is to be blocked and may not be: nothing waits for a decision, and none outlives that, for what was let through
 * then would be done whenever it may be done again. A rejection on the same evidence stands.
 */
export function presentUnblocked(existing: UnsealedSpec, desired: DesiredContent, evidence: () => string): UnsealedSpec {
  const rejected = existing.lifecycle === 'Present' && existing.rejected === true && existing.evidence === evidence();
  return rejected ? keepRejected(existing, desired, existing.evidence ?? '') : specOf(desired, { type: 'Present', verdict: none });
}

/**
 * Whether sign-in is to be blocked could not be told: what was decided about it stands, and what waits goes on waiting.
 */
export function presentWithSignInUndecided(existing: UnsealedSpec, desired: DesiredContent): UnsealedSpec {
  const standing = standingOf(existing);
  if (standing.type === 'RemovalStaged' || standing.type === 'Removed') return present(existing, desired);
  const former = existing.attributes?.accountEnabled;
  const attributes = former === undefined ? (desired.attributes ?? {}) : { ...desired.attributes, accountEnabled: former };
  return specOf({ ...desired, attributes }, standing);
}

/** The block of a live account, as the guard judged its set. */
export function block(existing: UnsealedSpec, desired: DesiredContent, evidence: string, judgement: Judgement): UnsealedSpec {
  switch (judgement.type) {
    case 'Held':
      return stageBlock(existing, desired, evidence);
    case 'Passed':
      return specOf(desired, { type: 'Present', verdict: judgement });
    case 'Planned':
      return specOf(desired, { type: 'Present', verdict: judgement.held ? { type: 'Planned', evidence } : { type: 'Planned' } });
  }
}

/** A block that waits for a decision; everything else about the person goes on. */
export function stageBlock(existing: UnsealedSpec, desired: DesiredContent, evidence: string): UnsealedSpec {
  return specOf(withFormerSignIn(existing, desired), { type: 'BlockStaged', evidence });
}

/** A block that was rejected on the same evidence before: it stands as it was decided. */
export function keepRejected(existing: UnsealedSpec, desired: DesiredContent, evidence: string): UnsealedSpec {
  return specOf(withFormerSignIn(existing, desired), { type: 'Rejected', evidence });
}

/**
 * The removal of a person, as the guard judged its set. A person without a live account loses nothing: the record then says, whatever was
 * judged, that nobody should be there, and keeps the verdict of an earlier removal.
 */
export function remove(
  record: RecordFacts,
  mode: UnsealedSpec['mode'],
  removal: Removal,
  { evidence, judgement }: { readonly evidence: string; readonly judgement: Judgement },
): UnsealedSpec {
  const existing = trustedSpec(record.spec);
  const content: DesiredContent = { ...contentOf(existing), mode };
  const former = standingOf(existing);
  if (!isLive(record)) {
    const kept = former.type === 'Removed' && harmMayBeDone(former.verdict) !== undefined ? former.verdict : none;
    return specOf(content, { type: 'Removed', removal, verdict: kept });
  }
  if (removal.action === 'Retain') return specOf(content, { type: 'Removed', removal, verdict: none });
  switch (judgement.type) {
    case 'Held':
      return specOf(content, { type: 'RemovalStaged', removal, evidence });
    case 'Passed':
      return specOf(content, { type: 'Removed', removal, verdict: judgement });
    case 'Planned':
      return specOf(content, { type: 'Removed', removal, verdict: judgement.held ? { type: 'Planned', evidence } : { type: 'Planned' } });
  }
}

/** A staged removal or block is approved: it is to be carried out. A record with nothing staged stays as it is. */
export function approve(staged: UnsealedSpec, approval: Approval): UnsealedSpec {
  const spec = decideConversion(staged, { approval });
  const standing = standingOf(spec);
  const verdict: Verdict = { type: 'Approved', ...approval };
  const content = contentOf(spec);
  switch (standing.type) {
    case 'RemovalStaged':
      return specOf(content, { type: 'Removed', removal: standing.removal, verdict });
    case 'BlockStaged':
      return specOf({ ...content, attributes: { ...content.attributes, accountEnabled: false } }, { type: 'Present', verdict });
    default:
      return spec;
  }
}

/**
 * A staged removal or block is rejected: the person stays as they are until they or the scope change. A record with nothing staged stays as
 * it is.
 */
export function reject(staged: UnsealedSpec): UnsealedSpec {
  const spec = decideConversion(staged, 'Rejected');
  const standing = standingOf(spec);
  if (standing.type !== 'RemovalStaged' && standing.type !== 'BlockStaged') return spec;
  return specOf(contentOf(spec), { type: 'Rejected', evidence: standing.evidence });
}

/**
 * An expression says that the person is to be left alone. Being in scope they are not removed any more, and a block that waits ends with
 * its cause (`enabled`: the source user may sign in). Undefined: nothing about the record changes, since to restore would be to change.
 */
export function leaveAsIs(
  record: RecordFacts,
  mode: UnsealedSpec['mode'],
  source: { readonly enabled: boolean },
): UnsealedSpec | undefined {
  const existing = trustedSpec(record.spec);
  const standing = standingOf(existing);
  if (standing.type === 'Removed' && !isLive(record)) return undefined;
  const content: DesiredContent = { ...contentOf(existing), mode, ignored: true };
  if (standing.type === 'Removed' || standing.type === 'RemovalStaged') return specOf(content, { type: 'Present', verdict: none });
  if (standing.type === 'BlockStaged' && source.enabled) return specOf(content, { type: 'Present', verdict: none });
  return specOf(content, standing);
}

/** The mode follows the configuration; nothing else about the decision changes. */
export function changeMode(spec: UnsealedSpec, mode: UnsealedSpec['mode']): UnsealedSpec {
  return { ...spec, mode };
}

/** Whether a desired state would end the sign-in of somebody who has it. */
export function wouldBlock(record: RecordFacts, desired: DesiredContent): boolean {
  if (!wantsBlock(desired) || !isLive(record) || isSignInBlocked(record)) return false;
  // Sign-in to an account that is only to be in the address list is blocked as it is made: nobody has had it (D8).
  return desired.memberStrategy !== 'AddressListOnly' || isMade(record);
}

/** Whether somebody would lose their sign-in, and nobody has decided so yet: then it is proposed to the guard. A verdict counts until a block was carried out under it. */
export function proposesBlock(record: RecordFacts, desired: DesiredContent): boolean {
  return wouldBlock(record, desired) && openBlockVerdict(record, desired.mode) === undefined;
}

/** Whether there is an account that was made, and finished, or found. */
const isMade = ({ status: { targetUser } }: RecordFacts): boolean => targetUser !== undefined && targetUser.unfinished !== true;

/** What a desired state would convert of an account to a strategy that it was not made by. */
interface Conversions {
  /** One that is only in the address list becomes one whose person may sign in (D8). */
  readonly opens: boolean;
  /** A guest of ours becomes a member (D7). */
  readonly toMember: boolean;
}

function conversionsOf(
  { status }: Pick<RecordFacts, 'status'>,
  desired: Pick<DesiredContent, 'memberStrategy' | 'attributes'>,
): Conversions {
  const link = status.targetUser;
  if (link === undefined || link.unfinished === true || !isLive({ status })) return { opens: false, toMember: false };
  const listed = link.addressListOnly === true && desired.memberStrategy !== 'AddressListOnly';
  const ours = desired.memberStrategy === 'InviteAsGuest' && link.userType === 'Guest' && link.origin === 'Created';
  return {
    opens: listed && desired.attributes?.accountEnabled === true,
    toMember: ours && link.invitedAsGuestAt === undefined && link.convertedAt === undefined,
  };
}

/** Whether a desired state would convert an account to a strategy that it was not made by. That is judged by the guard, as a block is. */
export function convertsStrategy(
  record: Pick<RecordFacts, 'status'>,
  desired: Pick<DesiredContent, 'memberStrategy' | 'attributes'>,
): boolean {
  const { opens, toMember } = conversionsOf(record, desired);
  return opens || toMember;
}

/** Whether anything of such a conversion would be written, once it may be. */
export function isConvertible(
  record: Pick<RecordFacts, 'status'>,
  desired: Pick<DesiredContent, 'memberStrategy' | 'attributes'>,
  permitted: Permitted,
): boolean {
  const { opens, toMember } = conversionsOf(record, desired);
  const written = (opens && permitted.signIn === 'Source') || (toMember && allowsUserType(permitted.limits, 'Member'));
  return written && mayChange(permitted, record);
}

/** Whether a conversion is to be judged: nobody has decided about it. */
export function proposesConversion({ spec, status }: RecordFacts, desired: DesiredContent, permitted: Permitted): boolean {
  return spec.lifecycle === 'Present' && desired.conversion === undefined && isConvertible({ status }, desired, permitted);
}

/** Whether the account may be converted to the strategy that the record says: it was made by it, or that was judged or approved. */
export function mayConvert({ spec, status }: RecordFacts): boolean {
  if (!convertsStrategy({ status }, spec)) return true;
  const verdict = spec.conversion?.verdict;
  return verdict === 'Passed' || verdict === 'Approved' || (spec.mode === 'Plan' && verdict !== 'Rejected');
}

/**
 * What was decided about a conversion, as far as it holds on: while there is one, a rejection on the same evidence in whichever mode (I13), and
 * any other verdict in its own, as long as it may be carried out.
 */
export function conversionKept(
  record: RecordFacts,
  desired: DesiredContent,
  permitted: Permitted,
  evidence: () => string,
): Pick<DesiredContent, 'conversion'> {
  const { conversion, memberStrategy, mode } = record.spec;
  if (conversion === undefined || memberStrategy !== desired.memberStrategy || !convertsStrategy(record, desired)) return {};
  const holds =
    conversion.verdict === 'Rejected'
      ? conversion.evidence === evidence()
      : mode === desired.mode && isConvertible(record, desired, permitted);
  if (!holds) return {};
  // What is rejected is what waits now.
  return { conversion: conversion.verdict === 'Staged' ? { ...conversion, evidence: evidence() } : conversion };
}

/** The conversion of an account, as the guard judged its set; a plan notes nothing. */
export function convert(desired: DesiredContent, evidence: string, judgement: Judgement): DesiredContent {
  switch (judgement.type) {
    case 'Passed':
      return { ...desired, conversion: { verdict: 'Passed', at: judgement.at } };
    case 'Held':
      return { ...desired, conversion: { verdict: 'Staged', evidence } };
    case 'Planned':
      return desired;
  }
}

/** The spec with an administrator's decision about a staged conversion; one without stays as it is. */
function decideConversion(spec: UnsealedSpec, decision: { readonly approval: Approval } | 'Rejected'): UnsealedSpec {
  if (spec.conversion?.verdict !== 'Staged') return spec;
  const { evidence } = spec.conversion;
  if (decision === 'Rejected') return { ...spec, conversion: { verdict: 'Rejected', ...(evidence === undefined ? {} : { evidence }) } };
  return { ...spec, conversion: { verdict: 'Approved', ...decision.approval } };
}

/** The verdict under which the block that a record says may be carried out now; undefined: under none. */
export function openBlockVerdict({ spec, status }: RecordFacts, mode: UnsealedSpec['mode'] = spec.mode): string | undefined {
  const standing = standingOf(spec);
  // A block that was decided in another mode was never carried out in this one.
  if (standing.type !== 'Present' || !wantsBlock(spec) || spec.mode !== mode) return undefined;
  if (mode === 'Plan') return 'planned';
  const verdict = harmMayBeDone(standing.verdict);
  return verdict === status.targetUser?.blockVerdict ? undefined : verdict;
}

/** The verdict under which the removal that a record says may be carried out; undefined: under none. */
export function removalVerdict({ spec }: RecordFacts): string | undefined {
  const standing = standingOf(spec);
  return standing.type === 'Removed' ? harmMayBeDone(standing.verdict) : undefined;
}
