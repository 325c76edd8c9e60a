/**
 * Whether the target permits inbound user synchronization (B1): its policy says yes, or there is no such policy in its cloud
 * (undefined) and the pair accepts that. No policy where there could be one (null) is a no.
 */
export function permitsUserSync(userSyncInboundAllowed: boolean | null | undefined, withoutSyncPolicy: 'Refuse' | 'Accept'): boolean {
  return userSyncInboundAllowed === undefined ? withoutSyncPolicy === 'Accept' : userSyncInboundAllowed === true;
}
