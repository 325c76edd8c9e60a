import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { hasSeenUserSync, underWay } from '../../core/preflight/enforce.ts';
import type { EntraJobFacts } from '../../core/preflight/entra-jobs.ts';
import type { LicenceFacts } from '../../core/preflight/licences.ts';
import {
  mayReadEntraJobs,
  mayReadLicences,
  missingSourcePermissions,
  missingTargetPermissions,
  type Capabilities,
} from '../../core/preflight/permissions.ts';
import type { AccessFacts, PreflightFacts, SideFacts } from '../../core/preflight/facts.ts';
import { about, signInOf } from '../../core/preflight/sign-in.ts';
import type { CallOptions, PartnerAccess, TenantDirectory } from '../../ports/directory.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { checkApplications } from './applications.ts';

/** The capabilities that the configurations of a pair need from its credentials. */
export function capabilitiesOf(configurations: readonly SyncConfiguration[]): Capabilities {
  return {
    groups: configurations.some(({ spec }) => (spec.scope.groups?.length ?? 0) > 0 || spec.scope.application !== undefined),
    application: configurations.some(({ spec }) => spec.scope.application !== undefined),
    writes: configurations.some(({ spec }) => spec.mode === 'Apply'),
    revokeSessions: configurations.some(({ spec }) => spec.deprovisioning.revokeSessions),
    projectsGroups: configurations.some(({ spec }) => spec.groups !== undefined),
    writesGroups: configurations.some(({ spec }) => spec.groups !== undefined && spec.mode === 'Apply'),
  };
}

type Failure = { readonly reason: PreflightFacts['accessFailure'] & object } | undefined;

async function gatherSide(
  directory: TenantDirectory,
  missing: (granted: readonly string[]) => readonly string[],
  options: CallOptions,
): Promise<SideFacts> {
  try {
    // The token comes first: without permissions it still tells that the credentials are good, and which permissions they carry.
    const known = await directory.grantedPermissions(options);
    const granted = missing(known).length === 0 ? known : await directory.grantedPermissions({ ...options, fresh: true });
    const lacking = missing(granted);
    const bare: SideFacts = {
      type: 'Connected',
      tenantId: directory.tenantId,
      displayName: '',
      defaultDomain: '',
      verifiedDomains: [],
      missingPermissions: lacking,
      granted,
    };
    try {
      const organization = await directory.organization(options);
      return {
        ...bare,
        tenantId: organization.id,
        displayName: organization.displayName,
        defaultDomain: (organization.verifiedDomains.find((domain) => domain.isDefault) ?? organization.verifiedDomains[0])?.name ?? '',
        verifiedDomains: organization.verifiedDomains.map((domain) => domain.name.toLowerCase()),
      };
    } catch (error) {
      if (directoryFailure(error, 'Forbidden') && lacking.length > 0) return bare;
      throw error;
    }
  } catch (error) {
    const failure = directoryFailure(error);
    if (!failure || failure.kind === 'Throttled') throw error;
    return { type: 'Failed', reason: failure.reason, message: failure.message };
  }
}

/** What an access policy says, as the preflight looks at it. */
export const accessFacts = (access: PartnerAccess): AccessFacts => ({
  userSyncInboundAllowed: access.userSyncInboundAllowed,
  inboundConsent: access.automaticConsent.inboundAllowed,
  outboundConsent: access.automaticConsent.outboundAllowed,
  b2bInboundBlocked: access.b2bCollaborationInboundBlocked,
  b2bOutboundBlocked: access.b2bCollaborationOutboundBlocked,
  own: { configured: access.configured, ...access.own },
  inboundTrust: access.inboundTrust,
});

/** Runs a read; a refusal becomes a value, throttling and anything that is not Graph's stays an error. */
async function attempt<T>(read: () => Promise<T>): Promise<{ readonly value: T } | { readonly failure: Failure & object }> {
  try {
    return { value: await read() };
  } catch (error) {
    const failure = directoryFailure(error);
    if (!failure || failure.kind === 'Throttled') throw error;
    return { failure: { reason: { reason: failure.reason, message: failure.message } } };
  }
}

/** Licences are worth a warning and nothing more: what may not be read, or cannot at the moment, holds nothing up and is not judged. */
async function licencesOf(directory: TenantDirectory, granted: readonly string[], options: CallOptions): Promise<LicenceFacts['source']> {
  if (!mayReadLicences(granted)) return undefined;
  try {
    return await directory.subscriptions(options);
  } catch (error) {
    if (directoryFailure(error) === undefined) throw error;
    return undefined;
  }
}

/** What the target says of groups. What cannot be read now holds people up in nothing. */
async function groupSyncOf({ pair, session, options }: GatherInput): Promise<PreflightFacts['groupSync']> {
  const read = await attempt(() => session.groups.groupSyncAllowed(pair.spec.source.tenantId, options));
  return 'value' in read ? { allowed: read.value } : undefined;
}

/**
 * Entra's own jobs. What may not be read, or cannot at the moment, holds nothing up, and is no absence either; where the tenant asks to wait, the check
 * is made again after that. Where a job is on record as running, a permission that was granted since is looked for: nothing else lets the pair go on.
 */
async function entraJobsOf({ pair, session: { source }, options }: GatherInput, granted: readonly string[]): Promise<EntraJobFacts> {
  const wasActive = pair.status.access?.entraJob?.state === 'Active';
  try {
    const allowed =
      mayReadEntraJobs(granted) || (wasActive && mayReadEntraJobs(await source.grantedPermissions({ ...options, fresh: true })));
    return allowed ? { type: 'Read', ...(await source.entraJobs(options)) } : { type: 'NotReadable' };
  } catch (error) {
    const failure = directoryFailure(error);
    if (failure === undefined || failure.kind === 'Throttled') throw error;
    return { type: 'NotReadable' };
  }
}

const entraJobInput = ({ status, spec }: TenantPair, found: EntraJobFacts): PreflightFacts['entraJobs'] => ({
  found,
  recorded: status.access?.entraJob,
  targetTenantId: spec.target.tenantId,
});

/** What is known of two tenants of which one cannot be signed in to. */
const unread = (pair: TenantPair, sameCloud: boolean) => ({
  entraJobs: entraJobInput(pair, { type: 'NotReadable' }),
  licences: { source: undefined, target: undefined, sameCloud },
  sourceAccess: undefined,
  targetAccess: undefined,
  cloudsAllowed: { source: true, target: true },
  allowInvitesFrom: null,
  groupSync: undefined,
});

const signInsOf = ({ pair, session, now }: GatherInput): PreflightFacts['signIn'] => ({
  source: signInOf('source', pair.spec.source, { expiresAt: session.source.credentialExpiresAt, now }),
  target: signInOf('target', pair.spec.target, { expiresAt: session.target.credentialExpiresAt, now }),
});

/** Why access settings could not be read, with the tenant whose they are. */
function accessFailureOf(
  { signIn }: Pick<PreflightFacts, 'signIn'>,
  read: Readonly<Record<'source' | 'target', { readonly value: unknown } | { readonly failure: Failure & object }>>,
): PreflightFacts['accessFailure'] {
  for (const side of ['source', 'target'] as const) {
    const { [side]: found } = read;
    if (!('failure' in found)) continue;
    const { reason, message } = found.failure.reason;
    return { reason, message: about(signIn[side].named, message) };
  }
  return undefined;
}

export interface GatherInput {
  readonly pair: TenantPair;
  readonly session: Pick<PairSession, 'source' | 'target' | 'groups' | 'pool'>;
  readonly configurations: readonly SyncConfiguration[];
  /** Epoch milliseconds. */
  readonly now: number;
  readonly cloudEndpoint: (cloud: string) => string | undefined;
  readonly options: CallOptions;
}

/** Reads everything that the preflight of a pair looks at. Rejects when throttled: what was not read is not judged. */
export async function gatherFacts(input: GatherInput): Promise<PreflightFacts> {
  const { pair, session, options } = input;
  const capabilities = capabilitiesOf(input.configurations);
  const lookAtTarget = (target: TenantDirectory): Promise<SideFacts> =>
    gatherSide(target, (granted) => missingTargetPermissions(granted, capabilities), options);
  const [source, target] = await Promise.all([
    gatherSide(session.source, (granted) => missingSourcePermissions(granted, capabilities), options),
    session.pool === undefined ? lookAtTarget(session.target) : checkApplications(session.pool, lookAtTarget),
  ]);
  const sameCloud = pair.spec.source.cloud === pair.spec.target.cloud;
  const base = {
    source,
    target,
    expected: { sourceTenantId: pair.spec.source.tenantId, targetTenantId: pair.spec.target.tenantId },
    signIn: signInsOf(input),
    sameCloud,
    withoutSyncPolicy: pair.spec.crossTenantAccess.withoutSyncPolicy,
    enforces: pair.spec.crossTenantAccess.managementPolicy === 'Enforce',
    withoutGroupPolicy: pair.spec.crossTenantAccess.withoutGroupPolicy,
    isUsed: input.configurations.length > 0,
    projectsGroups: capabilities.projectsGroups,
    userSyncSeen: hasSeenUserSync(pair.status.enforcement),
    underWay: underWay(pair.status.enforcement, input.now),
  };
  const applications = (): PreflightFacts['applications'] => session.pool?.applications() ?? [];
  if (source.type === 'Failed' || target.type === 'Failed')
    return { ...base, ...unread(pair, sameCloud), accessFailure: undefined, applications: applications() };
  const [sourceAccess, targetAccess, invitations, sourceClouds, targetClouds, ownLicences, otherLicences, groupSync, jobs] =
    await Promise.all([
      attempt(() => session.source.partnerAccess(pair.spec.target.tenantId, options)),
      attempt(() => session.target.partnerAccess(pair.spec.source.tenantId, options)),
      attempt(() => session.target.invitationPolicy(options)),
      sameCloud ? { value: [] } : attempt(() => session.source.allowedCloudEndpoints(options)),
      sameCloud ? { value: [] } : attempt(() => session.target.allowedCloudEndpoints(options)),
      licencesOf(session.source, source.granted, options),
      licencesOf(session.target, target.granted, options),
      capabilities.projectsGroups ? groupSyncOf(input) : undefined,
      entraJobsOf(input, source.granted),
    ]);
  const allows = (result: typeof sourceClouds, cloud: string): boolean => {
    const endpoint = input.cloudEndpoint(cloud);
    return sameCloud || endpoint === undefined || !('value' in result) || result.value.includes(endpoint as never);
  };
  return {
    ...base,
    sourceAccess: 'value' in sourceAccess ? accessFacts(sourceAccess.value) : undefined,
    targetAccess: 'value' in targetAccess ? accessFacts(targetAccess.value) : undefined,
    accessFailure: accessFailureOf(base, { source: sourceAccess, target: targetAccess }),
    cloudsAllowed: { source: allows(sourceClouds, pair.spec.target.cloud), target: allows(targetClouds, pair.spec.source.cloud) },
    licences: { source: ownLicences, target: otherLicences, sameCloud },
    groupSync,
    entraJobs: entraJobInput(pair, jobs),
    allowInvitesFrom: 'value' in invitations ? invitations.value.allowInvitesFrom : null,
    applications: applications(),
  };
}
