/** A span of milliseconds; each use draws a value from it uniformly. Zero and zero means: at once. */
export interface Span {
  min: number;
  max: number;
}

/**
 * How a simulated tenant behaves where the real service leaves room. All fields may be changed at run time
 * (`tenant.settings.latency.max = 50`); they apply from the next request on.
 */
export interface EntraSettings {
  /** Time from sending a request to its answer; half of it before the effect. Zero: answered without a timer. */
  latency: Span;
  replication: {
    /** Until a write is seen by GET, PATCH targets, lists and default filters. */
    reads: Span;
    /** Until a write is seen by advanced queries (ConsistencyLevel: eventual). Never earlier than drawn for `reads`. */
    advanced: Span;
    /** Until a write is seen by delta rounds; order of the changes is kept. */
    delta: Span;
    /** Until a write of access settings through Graph is seen by GET. */
    policies: Span;
    /** Until the directory lists the proxy addresses of a newly invited guest. */
    exchange: Span;
  };
  delta: {
    /** Items on one page; the service draws a size for each page. */
    pageSize: Span;
    /** Members on one page of a groups round. */
    groupMembersPerPage: number;
    /** Chance that a page comes back empty with a nextLink. */
    emptyPageRate: number;
    /** Chance that an item occurs a second time later in its round. */
    repeatRate: number;
    /** Chance that a round repeats changes already handed out in the round before. */
    replayRate: number;
    /** Whether the initial round names soft-deleted users with `@removed`. */
    tombstonesInInitialRound: boolean;
    /** Age in milliseconds at which tokens stop working. */
    tokenLifetime: number;
    /** Answer to an expired token: 400 syncStateNotFound, or 410 with a Location that starts over. */
    expiredAnswer: 'syncStateNotFound' | 'gone';
  };
  throttling: {
    enabled: boolean;
    /** Factor on all documented limits: 0.01 leaves one percent of them. */
    scale: number;
  };
  authority: {
    /** Lifetime of access tokens in seconds. */
    tokenLifetime: number;
    /** Whether nbf and exp of client assertions are checked. Off by default: assertions are made by the real clock, even under a virtual one. */
    checkAssertionTimes: boolean;
  };
  invitations: {
    /** Guests are Accepted at once when both sides redeem automatically. */
    acceptAtOnce: boolean;
    /** Addresses of soft-deleted users still count as taken. */
    deletedAddressesBlock: boolean;
  };
  policies: {
    /** What a PATCH does to members of a nested object that it leaves out, which no documentation says: they go back to null, or stay. */
    leftOutMembers: 'reset' | 'kept';
    /** Whether the tenant's deployment knows identity synchronization policies: the documentation lists them for all clouds. */
    userSync: 'offered' | 'unknown';
  };
  groups: {
    /** Deleted security groups go to the recycle bin; older tenants may delete them for good. */
    softDelete: boolean;
    /** A deleted group keeps its uniqueName from others, which no documentation says. */
    deletedKeepUniqueName: boolean;
    /** Whether the beta has groupSyncInbound; without it such a request finds no resource. */
    syncPolicy: boolean;
  };
  /** Answer to members of a group with hidden membership without Member.Read.Hidden. */
  hiddenMembership: 'empty' | 'forbidden';
  /** accountEnabled needs User.EnableDisableAccount.All even where User.ReadWrite.All is granted. */
  accountEnabledNeedsOwnPermission: boolean;
  /** Milliseconds that soft-deleted objects stay restorable. */
  deletedItemsLifetime: number;
  /** Log entries kept per tenant: beyond it the older half is forgotten. Counts go on. */
  logLimit: number;
}

/** Settings to override, to any depth. */
export type SettingsOverride = {
  [K in keyof EntraSettings]?: EntraSettings[K] extends object ? Partial<EntraSettings[K]> : EntraSettings[K];
};

const day = 86_400_000;
const none = (): Span => ({ min: 0, max: 0 });

/** The documented behaviour of a healthy tenant: no latency and no lag, documented limits, seven-day tokens, thirty-day recycle bin. */
export function defaultSettings(): EntraSettings {
  return {
    latency: none(),
    replication: { reads: none(), advanced: none(), delta: none(), policies: none(), exchange: none() },
    delta: {
      pageSize: { min: 100, max: 200 },
      groupMembersPerPage: 100,
      emptyPageRate: 0,
      repeatRate: 0,
      replayRate: 0,
      tombstonesInInitialRound: false,
      tokenLifetime: 7 * day,
      expiredAnswer: 'syncStateNotFound',
    },
    throttling: { enabled: true, scale: 1 },
    authority: { tokenLifetime: 3599, checkAssertionTimes: false },
    invitations: { acceptAtOnce: true, deletedAddressesBlock: false },
    policies: { leftOutMembers: 'reset', userSync: 'offered' },
    groups: { softDelete: true, deletedKeepUniqueName: true, syncPolicy: true },
    hiddenMembership: 'empty',
    accountEnabledNeedsOwnPermission: false,
    deletedItemsLifetime: 30 * day,
    logLimit: 200_000,
  };
}

/** A copy of `base` with the fields that `override` names replaced. */
export function mergeSettings(base: EntraSettings, override: SettingsOverride | undefined): EntraSettings {
  const merge = (left: unknown, right: unknown): unknown => {
    if (right === undefined) return structuredClone(left);
    if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) return right;
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(left)) result[key] = merge(value, (right as Record<string, unknown>)[key]);
    return result;
  };
  return merge(base, override) as EntraSettings;
}
