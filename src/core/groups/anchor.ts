/**
 * The unique name of the group that an installation makes of a source group: its anchor. A directory gives it to one group alone, so that making the
 * group twice makes it once, and the group is found again when the cluster is lost (G9). Another installation gives another name, and finds only
 * that somebody holds the display name.
 */
export function groupAnchor(installation: string, source: { readonly tenantId: string; readonly objectId: string }): string {
  return `tenantsync-1-${installation}-${source.tenantId}-${source.objectId}`.toLowerCase();
}
