/** The value of an ownership anchor on a target user: whose account it is, and whether we deleted it (G9, I10). */
export interface Anchor {
  readonly sourceTenantId: string;
  readonly sourceObjectId: string;
  /** When we deleted the account, epoch milliseconds. */
  readonly deletedAt?: number;
}

const pattern = /^tenantsync:1:([0-9a-f-]{36}):([0-9a-f-]{36})(?::deleted:([0-9]{1,16}))?$/;

/** The part that all values of one source user begin with. */
export function anchorPrefix(sourceTenantId: string, sourceObjectId: string): string {
  return `tenantsync:1:${sourceTenantId.toLowerCase()}:${sourceObjectId.toLowerCase()}`;
}

export function formatAnchor(anchor: Anchor): string {
  const prefix = anchorPrefix(anchor.sourceTenantId, anchor.sourceObjectId);
  return anchor.deletedAt === undefined ? prefix : `${prefix}:deleted:${Math.floor(anchor.deletedAt)}`;
}

/** Reads an anchor; undefined for any other text. */
export function parseAnchor(value: unknown): Anchor | undefined {
  const match = typeof value === 'string' ? pattern.exec(value) : null;
  const [, sourceTenantId, sourceObjectId, deletedAt] = match ?? [];
  if (sourceTenantId === undefined || sourceObjectId === undefined) return undefined;
  return { sourceTenantId, sourceObjectId, ...(deletedAt === undefined ? {} : { deletedAt: Number(deletedAt) }) };
}
