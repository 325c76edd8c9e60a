import type { DirectoryUser } from '../../api/directory-user.ts';
import { identityKind, identityProvider } from '../scope/identity-kind.ts';
import { anchorOwner, isMarkedAdopted, parseAnchor, type AnchorOwner } from './anchor.ts';
import { domainOf } from './domain.ts';

export type MatchConflictReason =
  | 'InternalUserExists'
  | 'AmbiguousIdentity'
  | 'IdentityProviderMismatch'
  | 'DuplicateTargetUsers'
  | 'DuplicateSourceUsers'
  | 'AddressBelongsToAnotherUser'
  | 'OwnedByOtherInstallation'
  | 'RestoreConflict'
  | 'DeletedInTarget';

export type Match =
  | { readonly type: 'None' }
  /** A live account of this person. `Anchor`: it carries our mark, so it is ours; `AdoptedAnchor`: ours since we adopted it. */
  | { readonly type: 'Found'; readonly user: DirectoryUser; readonly by: 'Anchor' | 'AdoptedAnchor' | 'Address' }
  /** A read shows an account as live that we have deleted only now: what there is can be told when reads have caught up. */
  | { readonly type: 'Unsettled'; readonly since: string }
  /** A soft-deleted account that we deleted. */
  | { readonly type: 'Restorable'; readonly user: DirectoryUser }
  /** Nothing but an account that may not be matched, by a limit of the pair. */
  | { readonly type: 'Excluded'; readonly objectId: string }
  | { readonly type: 'Conflict'; readonly reason: MatchConflictReason; readonly objectId?: string };

export interface MatchInput {
  readonly sourceTenantId: string;
  readonly sourceObjectId: string;
  /** The address that would be invited. */
  readonly address: string;
  /** Domains verified in the source tenant, in lower case. */
  readonly verifiedDomains: ReadonlySet<string>;
  /** Attribute of the anchor, where one is configured, and the name under which this installation writes it. */
  readonly anchorAttribute?: string;
  readonly installation: string;
  readonly live: readonly DirectoryUser[];
  readonly deleted: readonly DirectoryUser[];
  /** Whether an account is never to be matched (B11). */
  readonly isExcluded: (user: DirectoryUser) => boolean;
  /** What our own records know of an account: whose it is, and whether that person competes for the same address. */
  readonly boundTo: (targetObjectId: string) => { readonly sourceObjectId: string; readonly sameAddress: boolean } | undefined;
}

const conflict = (reason: MatchConflictReason, user?: DirectoryUser): Match => ({
  type: 'Conflict',
  reason,
  ...(user === undefined ? {} : { objectId: user.id }),
});

/** Whether a mark is on the account, and whose it says it is. */
function anchorOf(input: MatchInput, user: DirectoryUser): AnchorOwner {
  if (input.anchorAttribute === undefined) return 'None';
  const person = { tenantId: input.sourceTenantId, objectId: input.sourceObjectId };
  return anchorOwner(user.attributes[input.anchorAttribute], person, input.installation);
}

/** Why an unmarked candidate found by address must not be taken, if it must not (D1, D2, D3). */
function objection(input: MatchInput, user: DirectoryUser): MatchConflictReason | undefined {
  const kind = identityKind(user);
  if (kind === 'Internal') return 'InternalUserExists';
  if (kind === 'Ambiguous') return 'AmbiguousIdentity';
  if (anchorOf(input, user) === 'OtherPerson') return 'AddressBelongsToAnotherUser';
  const bound = input.boundTo(user.id);
  if (bound && bound.sourceObjectId !== input.sourceObjectId)
    return bound.sameAddress ? 'DuplicateSourceUsers' : 'AddressBelongsToAnotherUser';
  const domain = domainOf(input.address);
  const provider = identityProvider(user);
  if (!input.verifiedDomains.has(domain) || (provider !== undefined && provider.toLowerCase() !== 'externalazuread'))
    return 'IdentityProviderMismatch';
  return undefined;
}

/** A candidate whose anchor names another installation, live or deleted, makes a conflict: it is never written (I15). */
function ownedElsewhere(input: MatchInput, users: readonly DirectoryUser[]): Match | undefined {
  const theirs = users.find((user) => anchorOf(input, user) === 'OtherInstallation');
  return theirs && conflict('OwnedByOtherInstallation', theirs);
}

function matchLive(input: MatchInput): Match {
  const theirs = ownedElsewhere(input, input.live);
  if (theirs) return theirs;
  const marked = input.live.filter((user) => anchorOf(input, user) === 'Mine');
  if (marked.length > 1) return conflict('DuplicateTargetUsers', marked[0]);
  const mine = marked[0];
  if (mine) {
    const by = isMarkedAdopted(mine.attributes[input.anchorAttribute ?? '']) ? 'AdoptedAnchor' : 'Anchor';
    return identityKind(mine) === 'External' ? { type: 'Found', user: mine, by } : conflict('AmbiguousIdentity', mine);
  }
  for (const user of input.live) {
    const reason = objection(input, user);
    if (reason !== undefined) return conflict(reason, user);
  }
  if (input.live.length > 1) return conflict('DuplicateTargetUsers', input.live[0]);
  return input.live[0] ? { type: 'Found', user: input.live[0], by: 'Address' } : { type: 'None' };
}

/** A tombstone of somebody else is passed over: the invitation itself will tell whether its address is free. */
function matchDeleted(input: MatchInput): Match {
  const marked = input.deleted.filter((user) => anchorOf(input, user) === 'Mine');
  const ours = marked.filter((user) => parseAnchor(user.attributes[input.anchorAttribute ?? ''])?.deletedAt !== undefined);
  if (ours.length > 1) return conflict('DuplicateTargetUsers', ours[0]);
  if (ours[0]) return { type: 'Restorable', user: ours[0] };
  if (marked[0]) return conflict('DeletedInTarget', marked[0]);
  const theirs = ownedElsewhere(input, input.deleted);
  if (theirs) return theirs;
  const unmarked = input.deleted.find((user) => objection(input, user) === undefined);
  return unmarked ? conflict('DeletedInTarget', unmarked) : { type: 'None' };
}

/** Finds a person's account among the candidates, or says why none may be taken. Live accounts come before deleted ones. */
export function matchAccount(input: MatchInput): Match {
  const offered = (users: readonly DirectoryUser[]): readonly DirectoryUser[] => users.filter((user) => !input.isExcluded(user));
  const match = matchOffered({ ...input, live: offered(input.live), deleted: offered(input.deleted) });
  if (match.type !== 'None' && match.type !== 'Restorable') return match;
  // The address of an excluded account is taken: an invitation or restore would reach it, or be refused because of it.
  const live = input.live.find(input.isExcluded)?.id;
  // Whoever has an excluded account in the recycle bin has one: an invitation would make a second (I1), against those who deleted it (A7).
  const objectId = live ?? (match.type === 'None' ? excludedTombstone(input) : undefined);
  return objectId === undefined ? match : { type: 'Excluded', objectId };
}

/** The person's own account in the recycle bin, if it may not be matched. */
function excludedTombstone(input: MatchInput): string | undefined {
  const found = matchDeleted({ ...input, deleted: input.deleted.filter(input.isExcluded) });
  if (found.type === 'Restorable') return found.user.id;
  return found.type === 'Conflict' ? found.objectId : undefined;
}

function matchOffered(input: MatchInput): Match {
  const live = matchLive(input);
  const deleted = matchDeleted(input);
  if (live.type === 'None') return deleted;
  if (live.type === 'Found' && live.by === 'Address' && deleted.type === 'Restorable') return conflict('RestoreConflict', live.user);
  return live;
}
