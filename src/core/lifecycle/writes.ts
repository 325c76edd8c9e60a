import type { Attributes, AttributeValue } from '../../api/attributes.ts';
import type { DirectoryUser, UserPatch } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import { hashOf } from '../hash.ts';
import { canonicalValue, sameValue } from '../mapping/canonical.ts';
import type { Authority } from '../mapping/compile.ts';
import { diffAttributes, writeOnlyValues } from '../mapping/diff.ts';
import { rulesOf } from '../mapping/target-attributes.ts';
import { allowsUserType, limitMessage, type Limits } from '../limits/limits.ts';
import { agreesWith, type AnchorMark } from '../matching/anchor.ts';
import { isSignInBlocked } from '../projection/account.ts';
import { contentRevision } from '../projection/desired.ts';
import { contentOf } from '../projection/standing.ts';
import { mayConvert, type RecordFacts } from '../projection/transitions.ts';

export type RefusedAttribute = NonNullable<UserProjectionStatus['refusedAttributes']>[number];

/** The account that is to be made to agree. */
export type WrittenAccount =
  /** Invited in this pass: the invitation has set the address, the user type and that it is enabled. */
  | { readonly type: 'New' }
  /** Ours, and not finished since its invitation: it still owes what is only written at creation. */
  | { readonly type: 'Unfinished'; readonly user: DirectoryUser }
  /** Brought back by us, as the recycle bin showed it: everything mapped is owed (A6). */
  | { readonly type: 'Restored'; readonly user: DirectoryUser }
  | { readonly type: 'InUse'; readonly user: DirectoryUser };

export interface WriteInput {
  readonly record: RecordFacts;
  readonly account: WrittenAccount;
  readonly authorityOf: (name: string) => Authority;
  /** Whether the manager is mapped at all. */
  readonly hasManager: boolean;
  /** Object id in the target of the wanted manager; undefined while that person has no account there. */
  readonly managerAccount: string | undefined;
  /** The ownership anchor that the account should carry, where one is configured. */
  readonly anchor: AnchorMark | undefined;
  /** Whether refusals of before are met again: because somebody asked, or a full cycle came. */
  readonly retryRefused: 'Retry' | 'Remember';
  /** The limits of the pair. */
  readonly limits: Limits | undefined;
  /** Whether the guest is to be made a member now (D7). */
  readonly conversion: 'Convert' | 'Keep';
  /** Whether a block of sign-in may be written now. */
  readonly block: 'Write' | 'Withhold';
  /** What the target's people have changed since the desired values were applied: left as it is (C8), or set back (E11). */
  readonly drift: 'Leave' | 'Correct';
}

/** The change of the manager that is due. */
export type ManagerChange =
  /** `managerId`: the one wanted, who is in place. */
  | { readonly type: 'None'; readonly managerId?: string }
  | { readonly type: 'Set'; readonly managerId: string }
  | { readonly type: 'Clear' }
  | { readonly type: 'NotProjected' };

/** Everything that is to be written for one person: acting applies it, a plan prints it. */
export interface WritePlan {
  readonly patch: UserPatch;
  /** Sign-in should be blocked, and may not be yet. */
  readonly blockWithheld: boolean;
  readonly manager: ManagerChange;
  readonly action: 'create' | 'update' | 'disable' | 'restore';
  /** Attributes that were brought into the target and differ there now, in order: whoever reports drift names these (E11). */
  readonly drifted: readonly string[];
  /** Refusals that still stand: met for these desired values, and not tried again now. */
  readonly refused: readonly RefusedAttribute[];
}

/** Hash of the desired values that cannot be read back. */
export function writeOnlyRevision({ spec }: Pick<RecordFacts, 'spec'>): string {
  return hashOf(writeOnlyValues(spec.attributes ?? {}));
}

/**
 * Whether the desired values were brought into the target before: then only what concerns sign-in, the manager, the anchor and refused
 * attributes can still be owed, and what the target's people edit stays (C8).
 */
export function isContentApplied({ spec, status }: RecordFacts): boolean {
  if (status.appliedContent === undefined) return status.appliedRevision === spec.revision;
  return status.appliedContent === contentRevision(contentOf(spec));
}

/** Refusals are remembered for the desired values they were met with. */
function rememberedRefusals(record: RecordFacts): readonly RefusedAttribute[] {
  return isContentApplied(record) ? (record.status.refusedAttributes ?? []) : [];
}

/** Refusals that stand: they are not met again before the desired values change, or somebody asks. */
export function standingRefusals(record: RecordFacts, retry: WriteInput['retryRefused']): readonly RefusedAttribute[] {
  return retry === 'Retry' ? [] : rememberedRefusals(record);
}

/** Whether sign-in as we left it is not as it should be. */
function isSignInDue({ spec, status }: RecordFacts): boolean {
  const desired = spec.attributes?.accountEnabled;
  return typeof desired === 'boolean' && desired === isSignInBlocked({ status });
}

/** The invitation sets the user type of a new account. */
function withoutUserType(onCreate: Attributes | undefined): Attributes {
  return Object.fromEntries(Object.entries(onCreate ?? {}).filter(([name]) => name !== 'userType'));
}

function only(patch: UserPatch, names: ReadonlySet<string>): UserPatch {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => names.has(name)));
}

/** Whether the desired values that cannot be read back were written before. */
function isWriteOnlyApplied({ account: { type }, record }: WriteInput): boolean {
  const { writeOnlyRevision: applied } = record.status;
  return type !== 'New' && type !== 'Unfinished' && (applied === undefined || applied === writeOnlyRevision(record));
}

/**
 * A patch without an attribute that may not be written now. Values that cannot be read back go along with other changes: with this one alone
 * they would be written again in each pass, for as long as it is withheld.
 */
function withheld(input: WriteInput, patch: UserPatch, attribute: string): UserPatch {
  const rest = Object.keys(patch).filter((name) => name !== attribute);
  const wentAlong = isWriteOnlyApplied(input) && rest.every((name) => rulesOf(name).writeOnly === true);
  return only(patch, new Set(wentAlong ? [] : rest));
}

/** A change of the user type that a limit of the pair forbids: met like a refusal of the directory, and tried again like one. */
const userTypeLimited: RefusedAttribute = { name: 'userType', code: 'LimitReached', message: limitMessage('userTypes') };

/** The one computation of what is to be written (I13). */
export function writePlan(input: WriteInput): WritePlan {
  const met = standingRefusals(input.record, input.retryRefused);
  const wanted = input.account.type === 'New' ? { patch: patchForNew(input), drifted: [] } : patchFor(input, input.account, met);
  const { userType } = wanted.patch;
  const limited = typeof userType === 'string' && !allowsUserType(input.limits, userType);
  const whole = limited ? withheld(input, wanted.patch, 'userType') : wanted.patch;
  const refused = limited ? [...met, userTypeLimited] : met;
  const blocks = whole.accountEnabled === false;
  const blockWithheld = blocks && input.block === 'Withhold';
  const patch = blockWithheld ? withheld(input, whole, 'accountEnabled') : whole;
  const { drifted } = wanted;
  return { patch, blockWithheld, manager: managerChange(input, refused), action: actionOf(input.account, blocks), drifted, refused };
}

/**
 * A record whose block waits for a decision, or was rejected, has the value that was there before: that keeps us from blocking, and is no wish
 * to open an account that somebody else has blocked.
 */
function withoutOpening(input: WriteInput, patch: UserPatch): UserPatch {
  const { spec, status } = input.record;
  const held =
    spec.blockStaged === true || spec.rejected === true || (status.targetUser?.addressListOnly === true && !mayConvert({ spec, status }));
  return held && patch.accountEnabled === true ? withheld(input, patch, 'accountEnabled') : patch;
}

/** The patch with the conversion of a guest to a member, where that is due and was not refused before. */
function converted({ conversion }: WriteInput, patch: UserPatch, refused: readonly RefusedAttribute[]): UserPatch {
  const due = conversion === 'Convert' && !refused.some(({ name }) => name === 'userType');
  return due ? { ...patch, userType: 'Member' } : patch;
}

function actionOf({ type }: WrittenAccount, blocks: boolean): WritePlan['action'] {
  if (type === 'New' || type === 'Unfinished') return 'create';
  if (type === 'Restored') return 'restore';
  return blocks ? 'disable' : 'update';
}

/** The patch of an account that was invited just now: everything that the invitation could not set. */
function patchForNew({ record: { spec }, anchor }: WriteInput): UserPatch {
  const patch: Record<string, AttributeValue> = { ...withoutUserType(spec.onCreate), ...spec.attributes };
  if (sameValue('mail', patch.mail ?? null, spec.invitedAddress ?? null)) delete patch.mail;
  if (patch.accountEnabled === true) delete patch.accountEnabled;
  if (anchor) patch[anchor.attribute] = anchor.value;
  return patch;
}

/** The patch of an account that is there, and what of the difference was brought about by the target's people. */
function patchFor(
  input: WriteInput,
  account: Exclude<WrittenAccount, { type: 'New' }>,
  refused: readonly RefusedAttribute[],
): Pick<WritePlan, 'patch' | 'drifted'> {
  const whole = withoutOpening(input, differences(input, account, refused));
  const applied = account.type === 'InUse' && isContentApplied(input.record);
  const owed = applied ? only(whole, stillOwed(input)) : whole;
  const drifted = Object.keys(whole).filter((name) => !(name in owed) && rulesOf(name).writeOnly !== true);
  const written = input.drift === 'Correct' && drifted.length > 0 ? whole : owed;
  const patch = converted(input, written, refused);
  return { patch: { ...patch, ...anchorPatch(input, account.user, refused, patch) }, drifted: drifted.sort() };
}

function differences(
  input: WriteInput,
  account: Exclude<WrittenAccount, { type: 'New' }>,
  refused: readonly RefusedAttribute[],
): UserPatch {
  const { spec } = input.record;
  const unfinished = account.type === 'Unfinished';
  return diffAttributes({
    attributes: unfinished ? { ...withoutUserType(spec.onCreate), ...spec.attributes } : (spec.attributes ?? {}),
    clear: spec.clear ?? [],
    current: account.user,
    authorityOf: input.authorityOf,
    writeOnlyApplied: isWriteOnlyApplied(input),
    refused: new Set(refused.map((entry) => entry.name)),
  });
}

/** Attributes that may be written although the desired values have been applied. */
function stillOwed({ record, retryRefused }: WriteInput): ReadonlySet<string> {
  const retried = retryRefused === 'Retry' ? rememberedRefusals(record).map((entry) => entry.name) : [];
  return new Set([...retried, ...(isSignInDue(record) ? ['accountEnabled'] : [])]);
}

/** The anchor, where it is missing or says something else. One of ours in an older form goes along with the next write. */
function anchorPatch({ anchor }: WriteInput, current: DirectoryUser, refused: readonly RefusedAttribute[], others: UserPatch): UserPatch {
  if (!anchor || refused.some((entry) => entry.name === anchor.attribute)) return {};
  const value = canonicalValue(anchor.attribute, current.attributes[anchor.attribute]);
  const agreement = agreesWith(value, anchor);
  const writes = agreement === 'No' || (agreement === 'OlderForm' && Object.keys(others).length > 0);
  return writes ? { [anchor.attribute]: anchor.value } : {};
}

/** A manager who has no account leaves the one in the target in place; removal is propagated only when asked (C5). */
function managerChange(input: WriteInput, refused: readonly RefusedAttribute[]): ManagerChange {
  const { record, account, hasManager, managerAccount } = input;
  if (!hasManager || refused.some((entry) => entry.name === 'manager')) return { type: 'None' };
  const current = account.type === 'New' ? null : account.user.managerId;
  const { spec, status } = record;
  if (spec.manager === undefined) {
    return spec.clear?.includes('manager') === true && typeof current === 'string' ? { type: 'Clear' } : { type: 'None' };
  }
  if (managerAccount === undefined) return { type: 'NotProjected' };
  // A manager who was set once is not set back before the source changes (C8), or another account takes the manager's place.
  const applied = isContentApplied(record) && status.targetUser?.managerId === managerAccount;
  return applied || managerAccount === current ? { type: 'None', managerId: managerAccount } : { type: 'Set', managerId: managerAccount };
}

/** Names of everything that the plan writes, in order. */
export function writtenNames({ patch, manager }: WritePlan): readonly string[] {
  const names = Object.keys(patch);
  return (manager.type === 'Set' || manager.type === 'Clear' ? [...names, 'manager'] : names).sort();
}
