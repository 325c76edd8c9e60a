import type { Json, SandboxUser } from '../../types.ts';
import { bodyObject } from '../body.ts';
import { context, type Call, type Reply } from '../call.ts';
import { GraphFault } from '../graph-fault.ts';
import { insertInvitee } from './invitee.ts';
import {
  checkAddress,
  checkCrossTenantAccess,
  checkDomain,
  checkInternalUsers,
  checkInvitationPolicy,
  checkProxies,
  earlierInvitee,
  homeTenant,
  unknownProperty,
} from './refusals.ts';

interface Wish {
  readonly address: string;
  readonly redirectUrl: string;
  readonly displayName: string | undefined;
  readonly userType: 'Member' | 'Guest';
  readonly sendMessage: boolean;
}

const properties = new Set([
  'invitedUserEmailAddress',
  'inviteRedirectUrl',
  'invitedUserDisplayName',
  'invitedUserType',
  'sendInvitationMessage',
  'invitedUserMessageInfo',
  'resetRedemption',
  'invitedUser',
]);

/** POST /invitations: makes an external user, or answers with the one that an earlier invitation made. */
export function invite(call: Call): Reply {
  const wish = parse(call);
  const { tenant } = call;
  checkInvitationPolicy(call);
  checkAddress(wish.address);
  checkDomain(tenant, wish.address);
  const home = homeTenant(tenant, wish.address);
  checkCrossTenantAccess(tenant, home, wish.address);
  let user = earlierInvitee(tenant, wish.address);
  if (user === undefined) {
    checkInternalUsers(tenant, wish.address);
    const { contact } = checkProxies(tenant, wish.address, wish.userType);
    const redeemed =
      home !== undefined &&
      home.policies.automaticConsent(tenant.id, 'outboundAllowed') &&
      tenant.policies.automaticConsent(home.id, 'inboundAllowed');
    user = insertInvitee(tenant, {
      address: wish.address,
      displayName: wish.displayName,
      userType: wish.userType,
      accepted: redeemed && tenant.settings.invitations.acceptAtOnce,
      mailEnabled: !contact,
    });
  }
  if (wish.sendMessage) tenant.invitationMessages.push(wish.address);
  return { status: 201, body: answer(call, wish, user), objectId: user.id };
}

function parse(call: Call): Wish {
  const body = bodyObject(call);
  const unknown = Object.keys(body).find((name) => !properties.has(name));
  if (unknown !== undefined) throw unknownProperty(unknown);
  if (body.resetRedemption === true) throw new GraphFault(400, 'BadRequest', 'Resetting redemption is not simulated.');
  const address = required(body, 'invitedUserEmailAddress');
  const redirectUrl = required(body, 'inviteRedirectUrl');
  if (!/^https?:\/\/[^\s]+$/.test(redirectUrl)) throw new GraphFault(400, 'BadRequest', 'The value of inviteRedirectUrl is not a URL.');
  const userType = body.invitedUserType ?? 'Guest';
  if (userType !== 'Guest' && userType !== 'Member') throw new GraphFault(400, 'BadRequest', 'Invalid value for invitedUserType.');
  const displayName = body.invitedUserDisplayName ?? undefined;
  const sendMessage = body.sendInvitationMessage ?? false;
  if (displayName !== undefined && (typeof displayName !== 'string' || displayName.length > 256)) {
    throw new GraphFault(400, 'BadRequest', 'Invalid value for invitedUserDisplayName.');
  }
  if (typeof sendMessage !== 'boolean') throw new GraphFault(400, 'BadRequest', 'Invalid value for sendInvitationMessage.');
  return { address, redirectUrl, displayName: displayName === '' ? undefined : displayName, userType, sendMessage };
}

function required(body: Readonly<Record<string, Json>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new GraphFault(400, 'BadRequest', `The property '${name}' is required.`);
  return value;
}

function answer(call: Call, wish: Wish, user: SandboxUser): Record<string, Json> {
  const id = call.world.random.uuid();
  const accepted = user.properties.externalUserState === 'Accepted';
  return {
    '@odata.context': context(call, 'invitations/$entity'),
    id,
    inviteRedeemUrl: `https://${call.tenant.cloud.authorityHost}/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d${call.tenant.id}%26user%3d${id}`,
    invitedUserDisplayName: wish.displayName ?? null,
    invitedUserType: wish.userType,
    invitedUserEmailAddress: wish.address,
    sendInvitationMessage: wish.sendMessage,
    resetRedemption: false,
    inviteRedirectUrl: wish.redirectUrl,
    status: accepted ? 'Completed' : 'PendingAcceptance',
    invitedUserMessageInfo: {
      messageLanguage: null,
      customizedMessageBody: null,
      ccRecipients: [{ emailAddress: { name: null, address: null } }],
    },
    invitedUser: { id: user.id, userPrincipalName: user.properties.userPrincipalName ?? null },
  };
}
