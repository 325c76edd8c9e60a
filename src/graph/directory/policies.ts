import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { AccessSettings, CallOptions, PartnerAccess, SyncAccess } from '../../ports/directory.ts';
import type { GraphCall } from '../http/call.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost } from '../quota/costs.ts';
import { incomplete as incompleteAnswer } from './evidence.ts';
import { isJson, type Json, objectBody, text } from './json.ts';
import { query, segment } from './odata.ts';
import { carryOut, made, nothingMore, type Receipt } from './receipts.ts';

const policyPath = '/policies/crossTenantAccessPolicy';

/** Clouds that the tenant collaborates with; see {@link TenantDirectory.allowedCloudEndpoints}. */
export async function allowedCloudEndpoints(client: GraphClient, options: CallOptions): Promise<readonly string[]> {
  const body = await read(
    client,
    { operation: 'policies.cloudEndpoints', path: `${policyPath}${query({ $select: 'allowedCloudEndpoints' })}`, select: true },
    options,
  );
  const endpoints = body.allowedCloudEndpoints;
  return Array.isArray(endpoints) ? (endpoints as unknown[]).filter((entry) => typeof entry === 'string') : [];
}

/** Who may invite; see {@link TenantDirectory.invitationPolicy}. Some deployments wrap the one policy into a list. */
export async function invitationPolicy(client: GraphClient, options: CallOptions): Promise<{ readonly allowInvitesFrom: string | null }> {
  const path = `/policies/authorizationPolicy${query({ $select: 'allowInvitesFrom' })}`;
  const body = await read(client, { operation: 'policies.authorization', path, select: true }, options);
  const list = body.value;
  const policy = Array.isArray(list) ? (list as unknown[])[0] : body;
  return { allowInvitesFrom: isJson(policy) ? (text(policy.allowInvitesFrom) ?? null) : null };
}

/**
 * Access settings towards a partner. A partner of whom Graph says that it is not there is no error: everything is inherited from the default configuration, as is
 * every part that is null. Only the consent settings do not inherit: there the default is always "no". The identity synchronization policy comes with the
 * same request; whether there can be one is told by the tenant's answer, not by the name of its cloud (B1).
 */
export async function partnerAccess(client: GraphClient, partnerTenantId: string, options: CallOptions): Promise<PartnerAccess> {
  const found = await partnerObject(client, partnerTenantId, options);
  const { partner } = found;
  const inherits = partner === undefined || inherited.some((name) => incomplete(partner[name]));
  const defaults = inherits ? await read(client, { operation: 'policies.default', path: `${policyPath}/default` }, options) : {};
  const setting = (name: (typeof inherited)[number]): Json => merged(defaults[name], partner?.[name]);
  const trust = setting('inboundTrust');
  return {
    ...syncAccessOf(found),
    configured: partner !== undefined,
    own: { automaticConsent: nestedObject(partner?.automaticUserConsentSettings), inboundTrust: nestedObject(partner?.inboundTrust) },
    b2bCollaborationInboundBlocked: blocksEverybody(setting('b2bCollaborationInbound')),
    b2bCollaborationOutboundBlocked: blocksEverybody(setting('b2bCollaborationOutbound')),
    inboundTrust: {
      mfa: trust.isMfaAccepted === true,
      compliantDevice: trust.isCompliantDeviceAccepted === true,
      hybridJoinedDevice: trust.isHybridAzureADJoinedDeviceAccepted === true,
    },
  };
}

/** The part of the settings towards a partner that is never inherited. */
export async function syncAccess(client: GraphClient, partnerTenantId: string, options: CallOptions): Promise<SyncAccess> {
  return syncAccessOf(await partnerObject(client, partnerTenantId, options));
}

/** A nested object without what describes it instead of being in it. */
function nestedObject(value: unknown): Json | null {
  return isJson(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !name.includes('@odata.'))) : null;
}

/** Writes to the access settings of a tenant; see {@link AccessSettings}. */
export function accessSettings(client: GraphClient): AccessSettings {
  const partners = `${policyPath}/partners`;
  const write = async (
    call: Pick<GraphCall, 'operation' | 'method' | 'body'> & { readonly receipt: Receipt },
    path: string,
    options: CallOptions,
  ): Promise<void> => {
    const { receipt, ...rest } = call;
    await carryOut(client, { ...rest, kind: 'policyWrite', target: { path } }, receipt, options);
  };
  return {
    createPartner: (tenantId, settings, options) =>
      write(
        { operation: 'policies.createPartner', method: 'POST', body: { tenantId, ...settings }, receipt: made(isPartner(tenantId)) },
        partners,
        options,
      ),
    updatePartner: (tenantId, settings, options) =>
      write(
        { operation: 'policies.updatePartner', method: 'PATCH', body: settings, receipt: nothingMore },
        `${partners}/${segment(tenantId)}`,
        options,
      ),
    createUserSync: (tenantId, displayName, options) => {
      const body = { displayName, userSyncInbound: { isSyncAllowed: true } };
      return write(
        { operation: 'policies.createUserSync', method: 'PUT', body, receipt: nothingMore },
        `${partners}/${segment(tenantId)}/identitySynchronization`,
        options,
      );
    },
  };
}

const isPartner =
  (tenantId: string) =>
  (object: Json): boolean =>
    text(object.tenantId)?.toLowerCase() === tenantId.toLowerCase();

/** A partner object as it was read, undefined where there is none, and whether the tenant knows of identity synchronization policies. */
interface PartnerRead {
  readonly partner: Json | undefined;
  readonly offersSync: boolean;
}

function syncAccessOf({ partner, offersSync }: PartnerRead): SyncAccess {
  const consent = isJson(partner?.automaticUserConsentSettings) ? partner.automaticUserConsentSettings : {};
  return {
    userSyncInboundAllowed: offersSync ? syncAllowed(partner?.identitySynchronization) : undefined,
    automaticConsent: { inboundAllowed: consent.inboundAllowed === true, outboundAllowed: consent.outboundAllowed === true },
  };
}

const inherited = ['b2bCollaborationInbound', 'b2bCollaborationOutbound', 'inboundTrust'] as const;

async function partnerObject(client: GraphClient, tenantId: string, options: CallOptions): Promise<PartnerRead> {
  try {
    return { partner: await readPartner(client, tenantId, 'WithSync', options), offersSync: true };
  } catch (error) {
    if (directoryFailure(error, 'InvalidRequest')?.reason !== 'UserSyncUnknown') throw error;
    return { partner: await readPartner(client, tenantId, 'Alone', options), offersSync: false };
  }
}

async function readPartner(
  client: GraphClient,
  tenantId: string,
  what: 'WithSync' | 'Alone',
  options: CallOptions,
): Promise<Json | undefined> {
  const expand = what === 'WithSync';
  const path = `${policyPath}/partners/${segment(tenantId)}${query({ $expand: expand ? 'identitySynchronization' : undefined })}`;
  try {
    const partner = await read(client, { operation: 'policies.partner', path, expand }, options);
    if (text(partner.tenantId)?.toLowerCase() === tenantId.toLowerCase()) return partner;
  } catch (error) {
    if (directoryFailure(error, 'NotFound') !== undefined) return undefined;
    throw error;
  }
  // What another partner, or nobody, is allowed says nothing about this one.
  throw incompleteAnswer('Graph answered with the access settings of another tenant than was asked for.');
}

/** No policy: null. A policy that does not say yes: no. */
function syncAllowed(policy: unknown): boolean | null {
  if (!isJson(policy)) return null;
  const inbound = policy.userSyncInbound;
  return isJson(inbound) && inbound.isSyncAllowed === true;
}

/** Whether all people or all applications are blocked; settings for some of them are not judged here. */
function blocksEverybody(setting: Json): boolean {
  return blocks(setting.usersAndGroups, 'AllUsers') || blocks(setting.applications, 'AllApplications');
}

function blocks(part: unknown, everything: string): boolean {
  if (!isJson(part) || part.accessType !== 'blocked') return false;
  const targets = part.targets;
  return Array.isArray(targets) && (targets as unknown[]).some((target) => isJson(target) && target.target === everything);
}

function incomplete(setting: unknown): boolean {
  return !isJson(setting) || Object.values(setting).some((part) => part === null);
}

/** The partner's own parts over those of the default. */
function merged(defaults: unknown, own: unknown): Json {
  const parts = Object.entries(isJson(own) ? own : {}).filter(([, part]) => part !== null && part !== undefined);
  return { ...(isJson(defaults) ? defaults : {}), ...Object.fromEntries(parts) };
}

async function read(
  client: GraphClient,
  {
    operation,
    path,
    ...shape
  }: { readonly operation: string; readonly path: string; readonly select?: boolean; readonly expand?: boolean },
  options: CallOptions,
): Promise<Json> {
  const answer = await client.send({ operation, kind: 'policy', method: 'GET', target: { path }, cost: readCost('other', shape) }, options);
  return objectBody(answer.body, false);
}
