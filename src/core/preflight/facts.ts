import type { Reason } from '../../api/reasons.ts';

/** What was learnt about one side: a failure, or the facts. */
export type SideFacts =
  | { readonly type: 'Failed'; readonly reason: Reason; readonly message: string }
  | {
      readonly type: 'Connected';
      readonly tenantId: string;
      readonly displayName: string;
      readonly defaultDomain: string;
      readonly verifiedDomains: readonly string[];
      readonly missingPermissions: readonly string[];
    };

/** Access settings of one side towards the other, after inheritance. Undefined: could not be read. */
export interface AccessFacts {
  readonly userSyncInboundAllowed: boolean | null | undefined;
  readonly inboundConsent: boolean;
  readonly outboundConsent: boolean;
  readonly b2bInboundBlocked: boolean;
  readonly b2bOutboundBlocked: boolean;
  readonly inboundTrust: { readonly mfa: boolean; readonly compliantDevice: boolean; readonly hybridJoinedDevice: boolean };
}

/** Everything that the preflight of a pair looks at. */
export interface PreflightFacts {
  readonly source: SideFacts;
  readonly target: SideFacts;
  readonly expected: { readonly sourceTenantId: string; readonly targetTenantId: string };
  readonly sourceAccess: AccessFacts | undefined;
  readonly targetAccess: AccessFacts | undefined;
  /** Why the access settings could not be read, if so. */
  readonly accessFailure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly sameCloud: boolean;
  /** Across clouds: whether each side has switched on the other's cloud. */
  readonly cloudsAllowed: { readonly source: boolean; readonly target: boolean };
  /** The target's cloud has the identity synchronization API. */
  readonly hasUserSyncApi: boolean;
  readonly withoutSyncPolicy: 'Refuse' | 'Accept';
  readonly allowInvitesFrom: string | null;
}
