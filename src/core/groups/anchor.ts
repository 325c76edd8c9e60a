/**
 * The unique name of the group that an installation makes of a source group: its anchor. A directory gives it to one group alone, so that making the
 * group twice makes it once, and the group is found again when the cluster is lost (G9). Another installation gives another name, and finds only
 * that somebody holds the display name.
 */
export function groupAnchor(installation: string, source: SourceGroupId): string {
  return anchorWith('tenantsync-1', installation, source);
}

/** What the unique names of all groups of all installations begin with. */
export const groupAnchorPrefix = 'tenantsync-1';

/**
 * The unique name that a group has that somebody else has made, and that was taken over: whoever finds it later, with or without this cluster's memory,
 * knows that there were members before us.
 */
export function adoptedGroupAnchor(installation: string, source: SourceGroupId): string {
  return anchorWith('tenantsync-1a', installation, source);
}

interface SourceGroupId {
  readonly tenantId: string;
  readonly objectId: string;
}

function anchorWith(prefix: string, installation: string, { tenantId, objectId }: SourceGroupId): string {
  return `${prefix}-${installation}-${tenantId}-${objectId}`.toLowerCase();
}
