import type { Reason } from '../../api/reasons.ts';
import type { ApplicationFacts } from '../pool/facts.ts';
import type { GroupSync } from './group-permission.ts';
import type { EntraJobInput } from './entra-jobs.ts';
import type { LicenceFacts } from './licences.ts';
import type { SignIn } from './sign-in.ts';

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
      /** Application permissions of the token. */
      readonly granted: readonly string[];
    };

/** Access settings of one side towards the other, after inheritance. Undefined: could not be read. */
export interface AccessFacts {
  /** Null: there is no such policy. Undefined: the tenant knows of none, by its own answer. */
  readonly userSyncInboundAllowed: boolean | null | undefined;
  readonly inboundConsent: boolean;
  readonly outboundConsent: boolean;
  readonly b2bInboundBlocked: boolean;
  readonly b2bOutboundBlocked: boolean;
  /** What stands in the partner object itself. */
  readonly own: OwnSettings;
  readonly inboundTrust: { readonly mfa: boolean; readonly compliantDevice: boolean; readonly hybridJoinedDevice: boolean };
}

/** Nested objects of a partner object as they were read: null is inherited from the default, as is everything where there is no partner object. */
export interface OwnSettings {
  readonly configured: boolean;
  readonly automaticConsent: Readonly<Record<string, unknown>> | null;
  readonly inboundTrust: Readonly<Record<string, unknown>> | null;
}

/** Everything that the preflight of a pair looks at. */
export interface PreflightFacts {
  readonly source: SideFacts;
  readonly target: SideFacts;
  readonly expected: { readonly sourceTenantId: string; readonly targetTenantId: string };
  /** How both sides sign in: of a target with several applications, by its first one. */
  readonly signIn: { readonly source: SignIn; readonly target: SignIn };
  readonly sourceAccess: AccessFacts | undefined;
  readonly targetAccess: AccessFacts | undefined;
  /** Why the access settings could not be read, if so. */
  readonly accessFailure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly sameCloud: boolean;
  /** Across clouds: whether each side has switched on the other's cloud. */
  readonly cloudsAllowed: { readonly source: boolean; readonly target: boolean };
  readonly withoutSyncPolicy: 'Refuse' | 'Accept';
  /** The pair has a configuration, by which it is known what the work needs. */
  readonly isUsed: boolean;
  /** Whether a configuration of the pair projects groups. */
  readonly projectsGroups: boolean;
  /** What the target says of inbound group synchronization; undefined: nobody has asked, or it could not be read. */
  readonly groupSync: { readonly allowed: GroupSync } | undefined;
  readonly withoutGroupPolicy: 'Refuse' | 'Accept';
  readonly allowInvitesFrom: string | null;
  readonly licences: LicenceFacts;
  readonly entraJobs: EntraJobInput;
  /** The applications of a target that has several; empty where there is one. */
  readonly applications: readonly ApplicationFacts[];
  /** The pair writes access settings (B8). */
  readonly enforces: boolean;
  /** The target has had an identity synchronization policy while the pair enforced. */
  readonly userSyncSeen: boolean;
  /** Settings that were written a moment ago, as `side setting`, and may not be visible yet. */
  readonly underWay: ReadonlySet<string>;
}
