/**
 * Whether the target permits inbound user synchronization (B1): its policy says yes, or it does not offer
 * such a policy (undefined, by its own answer) and the pair accepts that. No policy where there could be one (null) is a no.
 */
export function permitsUserSync(userSyncInboundAllowed: boolean | null | undefined, withoutSyncPolicy: 'Refuse' | 'Accept'): boolean {
  return userSyncInboundAllowed === undefined ? withoutSyncPolicy === 'Accept' : userSyncInboundAllowed === true;
}
