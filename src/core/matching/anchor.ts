import { omit } from '../omit.ts';

/** The value of an ownership anchor on a target user: whose account it is, who made it so, and whether we deleted it (G9, I10, I15). */
export interface Anchor {
  readonly sourceTenantId: string;
  readonly sourceObjectId: string;
  /** The installation that owns the account; absent in anchors written before there were several. */
  readonly installation?: string;
  /** When we deleted the account, epoch milliseconds. */
  readonly deletedAt?: number;
}

const pattern = /^tenantsync:1:([0-9a-f-]{36}):([0-9a-f-]{36})(?::by:([a-z0-9-]{1,32}))?(?::deleted:([0-9]{1,16}))?$/;

/** The part that all values of one source user begin with, whoever wrote them. */
export function anchorPrefix(sourceTenantId: string, sourceObjectId: string): string {
  return `tenantsync:1:${sourceTenantId.toLowerCase()}:${sourceObjectId.toLowerCase()}`;
}

/** The text of an anchor. */
export function formatAnchor({ sourceTenantId, sourceObjectId, installation, deletedAt }: Anchor): string {
  const by = installation === undefined ? '' : `:by:${installation}`;
  const deleted = deletedAt === undefined ? '' : `:deleted:${Math.floor(deletedAt)}`;
  return `${anchorPrefix(sourceTenantId, sourceObjectId)}${by}${deleted}`;
}

/** Reads an anchor; undefined for any other text. */
export function parseAnchor(value: unknown): Anchor | undefined {
  const match = typeof value === 'string' ? pattern.exec(value) : null;
  const [, sourceTenantId, sourceObjectId, installation, deletedAt] = match ?? [];
  if (sourceTenantId === undefined || sourceObjectId === undefined) return undefined;
  return {
    sourceTenantId,
    sourceObjectId,
    ...(installation === undefined ? {} : { installation }),
    ...(deletedAt === undefined ? {} : { deletedAt: Number(deletedAt) }),
  };
}

/** An anchor as it should stand on an account. */
export interface AnchorMark {
  readonly attribute: string;
  readonly value: string;
}

/** The mark of a live account, or of one that we delete at a time (epoch milliseconds), in the attribute that a configuration names. */
export function anchorMark(
  attribute: string | undefined,
  { tenantId, objectId }: { readonly tenantId: string; readonly objectId: string },
  installation: string,
  deletedAt?: number,
): AnchorMark | undefined {
  if (attribute === undefined) return undefined;
  const anchor = { sourceTenantId: tenantId, sourceObjectId: objectId, installation };
  return { attribute, value: formatAnchor(deletedAt === undefined ? anchor : { ...anchor, deletedAt }) };
}

/** Whether a value says what the mark says: `OlderForm` says the same without naming the installation. */
export function agreesWith(value: unknown, mark: AnchorMark): 'Yes' | 'OlderForm' | 'No' {
  if (value === mark.value) return 'Yes';
  const found = parseAnchor(value);
  const wanted = parseAnchor(mark.value);
  if (!found || !wanted || found.installation !== undefined) return 'No';
  return formatAnchor(found) === formatAnchor(omit(wanted, 'installation')) ? 'OlderForm' : 'No';
}

/** Whose account an anchor says it is, seen by one installation about one person. */
export type AnchorOwner = 'Mine' | 'OtherInstallation' | 'OtherPerson' | 'None';

/** Reads the owner from the value of an anchor. An anchor without an installation is anybody's who has the person. */
export function anchorOwner(
  value: unknown,
  person: { readonly tenantId: string; readonly objectId: string },
  installation: string,
): AnchorOwner {
  const anchor = parseAnchor(value);
  if (!anchor) return 'None';
  const same = anchor.sourceTenantId === person.tenantId.toLowerCase() && anchor.sourceObjectId === person.objectId.toLowerCase();
  if (!same) return 'OtherPerson';
  return anchor.installation === undefined || anchor.installation === installation ? 'Mine' : 'OtherInstallation';
}
