import type { UserProjection } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { isFound } from '../../core/projection/account.ts';
import type { UnsealedSpec } from '../../core/projection/sealed-spec.ts';
import type { DesiredContent } from '../../core/projection/standing.ts';
import type { Judged } from './decided-on.ts';
import type { Packed } from './packed.ts';

/** A change of accountEnabled to false, with the whole desired state it comes with. */
export interface ProposedBlock extends Judged {
  readonly desired: Packed<DesiredContent>;
  readonly evidence: string;
}

/** A conversion to another strategy, with the desired state that it comes with. */
export interface ProposedConversion extends Judged {
  readonly desired: Packed<DesiredContent>;
  readonly evidence: string;
  /** What becomes of sign-in meanwhile. */
  readonly signIn: SignIn;
}

/** A creation that has to be counted first, with the whole spec it comes with. */
export interface ProposedCreation extends Judged {
  readonly spec: Packed<UnsealedSpec>;
  readonly evidence: string;
}

/**
 * What is to become of sign-in: it could not be told; somebody would lose it, and may, or may not, on evidence that an earlier rejection may rest on;
 * or nobody does.
 */
export type SignIn =
  | { readonly type: 'Undecided' }
  | { readonly type: 'MayBlock' }
  | { readonly type: 'MayNotBlock'; readonly evidence: string }
  | { readonly type: 'Stays' };

export interface CycleWarning {
  readonly reason: Reason;
  readonly message: string;
}

export interface ResolvedScope {
  readonly users: readonly { readonly userPrincipalName?: string; readonly id: string }[];
  readonly groups: readonly { readonly displayName?: string; readonly id: string; readonly members?: number }[];
}

export type Phase = 'Checking' | 'Reading' | 'Guarding' | 'Projecting' | 'Settling';

/** The verdict of the guard on the set of a cycle, as the status shows it. */
export interface Verdict {
  readonly result: 'Passed' | 'Staged';
  readonly count: number;
}

/** What a cycle has found so far. Kept in memory only; a restart begins anew from the watermark. */
export class Findings {
  #phase: Phase = 'Checking';
  #usersRead = 0;
  #decided = 0;
  #heard = false;
  #writes = 0;
  #liveBefore: number;
  #foundBefore: number;
  #emptied = false;
  #verdict: Verdict | undefined;
  #scope: ResolvedScope = { users: [], groups: [] };
  #applicationGroups: ReadonlyMap<string, number> = new Map();
  readonly #skipped = new Map<string, string>();
  readonly #inScope = new Set<string>();
  readonly #candidates = new Set<string>();
  readonly #blocks = new Map<string, ProposedBlock>();
  readonly #conversions = new Map<string, ProposedConversion>();
  readonly #creations = new Map<string, ProposedCreation>();
  readonly #unconfirmed = new Map<string, number>();
  readonly #announcedGone = new Set<string>();
  readonly #warnings: CycleWarning[] = [];
  #resolvedGroups: readonly { readonly displayName: string; readonly id: string }[] | undefined;

  /** What was there when the cycle began: accounts, and those of them that were found. */
  constructor({ live, found }: { readonly live: number; readonly found: number }) {
    this.#liveBefore = live;
    this.#foundBefore = found;
  }

  /** Whether the source has told of anything. */
  get heard(): boolean {
    return this.#heard;
  }

  /** A page of changes was read that had so many entries. */
  hear(entries: number): void {
    this.#heard ||= entries > 0;
  }

  /** How far the cycle is. */
  get phase(): Phase {
    return this.#phase;
  }

  enter(phase: Phase): void {
    this.#phase = phase;
  }

  get usersRead(): number {
    return this.#usersRead;
  }

  countRead(users: number): void {
    this.#usersRead += users;
  }

  /** Users decided about so far; whoever is decided about again counts again, but never more than were read. */
  get decided(): number {
    return Math.min(this.#decided, this.#usersRead);
  }

  countDecided(): void {
    this.#decided += 1;
  }

  /** Projections written so far. */
  get writes(): number {
    return this.#writes;
  }

  countWrite(): void {
    this.#writes += 1;
  }

  /** Why source users are neither projected nor removed, by source id: counted once, however often a round names them. */
  get skipped(): ReadonlyMap<string, string> {
    return this.#skipped;
  }

  skip(sourceId: string, reason: string): void {
    this.#skipped.set(sourceId, reason);
  }

  /** The source user is decided about once more in this cycle: an earlier reason to skip the user is void. */
  unskip(sourceId: string): void {
    this.#skipped.delete(sourceId);
  }

  /** Source ids that were seen and are in scope, in a full round. */
  get inScope(): ReadonlySet<string> {
    return this.#inScope;
  }

  seeInScope(sourceId: string): void {
    this.#inScope.add(sourceId);
  }

  /** Names of projections whose removal must be confirmed. */
  get candidates(): ReadonlySet<string> {
    return this.#candidates;
  }

  proposeRemoval(projection: string): void {
    this.#candidates.add(projection);
  }

  /** Blocks that have to pass the guard, by name of the projection. */
  get blocks(): ReadonlyMap<string, ProposedBlock> {
    return this.#blocks;
  }

  proposeBlock(block: ProposedBlock): void {
    this.#blocks.set(block.name, block);
  }

  /** Conversions that have to pass the guard, by name of the projection. */
  get conversions(): ReadonlyMap<string, ProposedConversion> {
    return this.#conversions;
  }

  proposeConversion(conversion: ProposedConversion): void {
    this.#conversions.set(conversion.name, conversion);
  }

  /** Creations that have to be counted, by name of the projection. */
  get creations(): ReadonlyMap<string, ProposedCreation> {
    return this.#creations;
  }

  proposeCreation(creation: ProposedCreation): void {
    this.#creations.set(creation.name, creation);
  }

  /** The round names a source user again: what was found about the user and the projection, if there is one, is void. */
  takeBack(sourceId: string, projection: string | undefined): void {
    this.#inScope.delete(sourceId);
    if (projection === undefined) return;
    this.#candidates.delete(projection);
    this.#blocks.delete(projection);
    this.#conversions.delete(projection);
    this.#creations.delete(projection);
  }

  /** Source users that a delta of this round announced as gone or as no longer assigned. */
  get announcedGone(): ReadonlySet<string> {
    return this.#announcedGone;
  }

  announceGone(sourceId: string): void {
    this.#announcedGone.add(sourceId);
  }

  /** The announcement counts no more: a later page, or the direct reads, say otherwise. */
  voidAnnouncement(sourceId: string): void {
    this.#announcedGone.delete(sourceId);
  }

  /** Source users whose change was announced but is not visible yet, with the time of the announcement (epoch milliseconds). */
  get unconfirmed(): ReadonlyMap<string, number> {
    return this.#unconfirmed;
  }

  awaitConfirmation(sourceId: string, since: number): void {
    this.#unconfirmed.set(sourceId, since);
  }

  /**
   * Accounts that were there when the cycle began, also those of which it heard later, and those that have been found since: what the guard's share is
   * of. Accounts that the cycle has made are not among them: many newcomers would hide as many leavers.
   */
  liveBefore(foundNow: number): number {
    return this.#liveBefore + Math.max(0, foundNow - this.#foundBefore);
  }

  /** An account turned out to have been there when the cycle began. */
  hearOfAccount(record: Pick<UserProjection, 'spec' | 'status'>): void {
    this.#liveBefore += 1;
    if (isFound(record)) this.#foundBefore += 1;
  }

  /** Whether a scope group went from some people to none. */
  get emptied(): boolean {
    return this.#emptied;
  }

  findEmptied(): void {
    this.#emptied = true;
  }

  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  judge(verdict: Verdict): void {
    this.#verdict = verdict;
  }

  get scope(): ResolvedScope {
    return this.#scope;
  }

  resolve(scope: ResolvedScope): void {
    this.#scope = scope;
  }

  /** Number of members of the groups that an application's assignments brought in. */
  get applicationGroups(): ReadonlyMap<string, number> {
    return this.#applicationGroups;
  }

  findApplicationGroups(members: ReadonlyMap<string, number>): void {
    this.#applicationGroups = members;
  }

  /** Names of spec.groups.select, resolved; undefined where no groups are projected. */
  get resolvedGroups(): readonly { readonly displayName: string; readonly id: string }[] | undefined {
    return this.#resolvedGroups;
  }

  resolveGroups(resolved: readonly { readonly displayName: string; readonly id: string }[]): void {
    this.#resolvedGroups = resolved.length === 0 ? undefined : resolved;
  }

  /** What does not stop the cycle but deserves attention. */
  get warnings(): readonly CycleWarning[] {
    return this.#warnings;
  }

  warn(...warnings: readonly CycleWarning[]): void {
    this.#warnings.push(...warnings);
  }
}
