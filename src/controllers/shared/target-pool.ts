import type { UserPatch } from '../../api/directory-user.ts';
import { DirectoryError, directoryFailure } from '../../core/errors/directory-error.ts';
import type { ApplicationFacts, LeftOut } from '../../core/pool/facts.ts';
import type {
  AccessSettings,
  CallOptions,
  CandidateQuery,
  DirectoryUser,
  FoundAccounts,
  Invitation,
  Organization,
  PartnerAccess,
  QuotaNeed,
  ResultPage,
  SyncAccess,
  TargetDirectory,
} from '../../ports/directory.ts';
import type { GroupDirectory } from '../../ports/group-directory.ts';
import { pooledGroups } from './pool-groups.ts';
import { PoolPermit, PoolQuota } from './pool-quota.ts';

/** One application of a target with several: where the spec names it, and the target as it sees it. */
export interface Member {
  readonly place: string;
  readonly clientId: string;
  readonly target: TargetDirectory;
  readonly groups: GroupDirectory;
  readonly settings: AccessSettings;
}

/** What a read outside of anybody's work costs at most, for the choice of who makes it. */
const passingRead = { reads: 3, writes: 0 } as const;
/** What a pass over a group asks for, for the choice of who makes it: one request may take out as many members. */
const groupPass = { reads: 4, writes: 20 } as const;
/** The least that the work on a record asks for when it comes back. */
const leastWork = { reads: 1, writes: 1 } as const;

/** A member as the pool keeps it. */
interface Seat {
  readonly member: Member;
  readonly clientId: string;
  readonly target: TargetDirectory;
  readonly groups: GroupDirectory;
  leftOut: LeftOut | undefined;
  granted: readonly string[];
}

/** Which application was asked, what whoever comes back will ask for, and how urgently. */
interface Asked {
  readonly asked: Seat;
  readonly need: QuotaNeed;
  readonly priority: number;
}

/**
 * A target that several applications read and write (G5). Work that holds quota stays with the application that gave it; every other read goes through
 * the one that is ready first. An application whose sign-in is refused is left out, and the request, of which nothing took effect, goes through
 * another one. What the tenant refuses it refuses to all of them.
 */
export class TargetPool implements TargetDirectory {
  readonly tenantId: string;
  readonly quota: PoolQuota<Seat>;
  /** The writes to the access settings, by the first application that takes part. */
  readonly settings: AccessSettings;
  /** The groups of the target, each request by the application that is ready first. */
  readonly groups: GroupDirectory = pooledGroups((options, send) => this.#through(options, ({ groups }, own) => send(groups, own)));
  readonly #seats: readonly Seat[];
  /** Applications whose credentials are not to be had: they have no seat. */
  readonly #absent: readonly ApplicationFacts[];
  #onLeftOut: () => void = () => undefined;

  /** `members` has at least one, all of one tenant. */
  constructor(members: readonly [Member, ...Member[]], absent: readonly ApplicationFacts[]) {
    this.tenantId = members[0].target.tenantId;
    this.#seats = members.map((member) => ({ ...member, member, leftOut: undefined, granted: [] }));
    this.#absent = absent;
    this.quota = new PoolQuota(() => this.#working());
    const first = (): AccessSettings => (this.#working()[0]?.member ?? members[0]).settings;
    this.settings = {
      createPartner: (...args) => first().createPartner(...args),
      updatePartner: (...args) => first().updatePartner(...args),
      createUserSync: (...args) => first().createUserSync(...args),
    };
  }

  get members(): readonly Member[] {
    return this.#seats.map(({ member }) => member);
  }

  /** The end of the credentials that end first. */
  get credentialExpiresAt(): number | undefined {
    const known = this.#seats.flatMap(({ target }) => target.credentialExpiresAt ?? []);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Calls `tell` whenever an application is left out between two checks. */
  whenLeftOut(tell: () => void): void {
    this.#onLeftOut = tell;
  }

  /** What a check has found of a member: it takes part from now on, or does not. */
  judge(member: Member, found: { readonly leftOut: LeftOut | undefined; readonly granted: readonly string[] }): void {
    const seat = this.#seats.find((each) => each.member === member);
    if (seat !== undefined) Object.assign(seat, found);
  }

  takesPart(member: Member): boolean {
    return this.#seats.some((seat) => seat.member === member && seat.leftOut === undefined);
  }

  /** All applications that the spec names, in its order. */
  applications(): readonly ApplicationFacts[] {
    const seated = this.#seats.map(({ member: { place, clientId }, leftOut, granted }) => ({ place, clientId, leftOut, granted }));
    // `credentials` comes before `additionalCredentials[0]`, and there are fewer than ten of these.
    const order = ({ place }: ApplicationFacts): string => (place.endsWith(']') ? place : '');
    return [...seated, ...this.#absent].toSorted((a, b) => order(a).localeCompare(order(b)));
  }

  /**
   * The groups of the target for one pass over one of them: through one application, so that it reads what it wrote. That is the one that is ready first;
   * among several each group has a favourite, as each person has.
   */
  groupsFor(groupId: string, priority: number): GroupDirectory {
    const [first] = this.quota.order(groupPass, priority, groupId);
    return pooledGroups((options, send) => this.#through(options, ({ groups }, own) => send(groups, own), first));
  }

  /** Those that take part; where none does, the first one says why. */
  #working(): readonly Seat[] {
    const working = this.#seats.filter(({ leftOut }) => leftOut === undefined);
    return working.length > 0 ? working : this.#seats.slice(0, 1);
  }

  /** Sends a request through the application whose turn it is: `first`, where that takes part. */
  async #through<R>(options: CallOptions, send: (seat: Seat, options: CallOptions) => Promise<R>, first?: Seat): Promise<R> {
    let refused: unknown;
    for (const seat of this.#turns(options, first)) {
      try {
        return await send(seat, { ...options, ...permitFor(seat, options) });
      } catch (error) {
        const failure = directoryFailure(error);
        if (failure?.kind === 'Throttled') {
          const ofRecord = options.permit === undefined ? passingRead : leastWork;
          const need = first === undefined ? ofRecord : groupPass;
          throw this.#sooner(error as DirectoryError, { asked: seat, need, priority: options.priority });
        }
        if (failure?.kind !== 'Unauthenticated' || failure.outcomeUnknown === true) throw error;
        seat.leftOut = { reason: failure.reason, message: failure.message };
        this.#onLeftOut();
        refused = error;
      }
    }
    throw refused;
  }

  #turns({ permit, priority }: CallOptions, first: Seat | undefined): readonly Seat[] {
    const working = this.#working();
    const holder = working.find((seat) => seat === (permit instanceof PoolPermit ? permit.holder : first));
    return holder === undefined ? this.quota.order(passingRead, priority) : [holder, ...working.filter((seat) => seat !== holder)];
  }

  /** One application was asked to wait: whoever is told so need not wait for longer than until another one is ready. */
  #sooner(error: DirectoryError, { asked, need, priority }: Asked): DirectoryError {
    const others = this.#working().filter((seat) => seat !== asked);
    const soonest = Math.min(...others.map(({ target }) => target.quota.availableAt(need, priority)));
    const { retryAt } = error.failure;
    return retryAt === undefined || soonest >= retryAt
      ? error
      : new DirectoryError({ ...error.failure, retryAt: soonest }, { cause: error });
  }

  grantedPermissions(options: CallOptions & { readonly fresh?: boolean }): Promise<readonly string[]> {
    return this.#through(options, ({ target }, own) => target.grantedPermissions({ ...options, ...own }));
  }

  organization(options: CallOptions): Promise<Organization> {
    return this.#through(options, ({ target }, own) => target.organization(own));
  }

  partnerAccess(partnerTenantId: string, options: CallOptions): Promise<PartnerAccess> {
    return this.#through(options, ({ target }, own) => target.partnerAccess(partnerTenantId, own));
  }

  syncAccess(partnerTenantId: string, options: CallOptions): Promise<SyncAccess> {
    return this.#through(options, ({ target }, own) => target.syncAccess(partnerTenantId, own));
  }

  allowedCloudEndpoints(options: CallOptions): Promise<readonly string[]> {
    return this.#through(options, ({ target }, own) => target.allowedCloudEndpoints(own));
  }

  invitationPolicy(options: CallOptions): Promise<{ readonly allowInvitesFrom: string | null }> {
    return this.#through(options, ({ target }, own) => target.invitationPolicy(own));
  }

  subscriptions(options: CallOptions): ReturnType<TargetDirectory['subscriptions']> {
    return this.#through(options, ({ target }, own) => target.subscriptions(own));
  }

  findAccounts(query: CandidateQuery, select: readonly string[], options: CallOptions): Promise<FoundAccounts> {
    return this.#through(options, ({ target }, own) => target.findAccounts(query, select, own));
  }

  usersPage(link: string | undefined, select: readonly string[], options: CallOptions): Promise<ResultPage<DirectoryUser>> {
    return this.#through(options, ({ target }, own) => target.usersPage(link, select, own));
  }

  findContact(address: string, options: CallOptions): Promise<string | undefined> {
    return this.#through(options, ({ target }, own) => target.findContact(address, own));
  }

  getUser(id: string, select: readonly string[], options: CallOptions): Promise<DirectoryUser | undefined> {
    return this.#through(options, ({ target }, own) => target.getUser(id, select, own));
  }

  getDeletedUser(id: string, select: readonly string[], options: CallOptions): Promise<DirectoryUser | undefined> {
    return this.#through(options, ({ target }, own) => target.getDeletedUser(id, select, own));
  }

  invite(invitation: Invitation, options: CallOptions): ReturnType<TargetDirectory['invite']> {
    return this.#through(options, ({ target }, own) => target.invite(invitation, own));
  }

  updateUser(id: string, patch: UserPatch, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.updateUser(id, patch, own));
  }

  setManager(id: string, managerId: string, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.setManager(id, managerId, own));
  }

  clearManager(id: string, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.clearManager(id, own));
  }

  revokeSessions(id: string, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.revokeSessions(id, own));
  }

  deleteUser(id: string, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.deleteUser(id, own));
  }

  restoreUser(id: string, restore: { readonly reconcileProxies: boolean }, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.restoreUser(id, restore, own));
  }

  purgeUser(id: string, options: CallOptions): Promise<void> {
    return this.#through(options, ({ target }, own) => target.purgeUser(id, own));
  }
}

/** The quota of a call as the application knows it that is to make it: set aside there, or none. */
function permitFor(seat: Seat, { permit }: CallOptions): Pick<CallOptions, 'permit'> {
  if (!(permit instanceof PoolPermit)) return {};
  return permit.holder === seat ? { permit: permit.permit } : { permit: foreign };
}

/** Quota of another application: nothing of it can be used here, and the call draws on what is open. */
const foreign = { release: () => undefined };
