import { omit } from '../omit.ts';

/** The value of an ownership anchor on a target user: whose account it is, who made it so, and whether we deleted it (G9, I10, I15). */
export interface Anchor {
  readonly sourceTenantId: string;
  readonly sourceObjectId: string;
  /** The installation that owns the account; absent in anchors written before there were several. */
  readonly installation?: string;
  /** The account was there before us: whoever finds it by its anchor alone must not take it for one that we made (D4). */
  readonly adopted?: true;
  /** When we deleted the account, epoch milliseconds. */
  readonly deletedAt?: number;
}

const pattern = /^tenantsync:1:([0-9a-f-]{36}):([0-9a-f-]{36})(?::by:([a-z0-9-]{1,32}))?(:adopted)?(?::deleted:([0-9]{1,16}))?$/;

/** The part that all values of one source user begin with, whoever wrote them. */
export function anchorPrefix(sourceTenantId: string, sourceObjectId: string): string {
  return `tenantsync:1:${sourceTenantId.toLowerCase()}:${sourceObjectId.toLowerCase()}`;
}

/** The text of an anchor. */
export function formatAnchor({ sourceTenantId, sourceObjectId, installation, adopted, deletedAt }: Anchor): string {
  const by = installation === undefined ? '' : `:by:${installation}`;
  const deleted = deletedAt === undefined ? '' : `:deleted:${Math.floor(deletedAt)}`;
  return `${anchorPrefix(sourceTenantId, sourceObjectId)}${by}${adopted === true ? ':adopted' : ''}${deleted}`;
}

/** Reads an anchor; undefined for any other text. */
export function parseAnchor(value: unknown): Anchor | undefined {
  const match = typeof value === 'string' ? pattern.exec(value) : null;
  const [, sourceTenantId, sourceObjectId, installation, adopted, deletedAt] = match ?? [];
  if (sourceTenantId === undefined || sourceObjectId === undefined) return undefined;
  return {
    sourceTenantId,
    sourceObjectId,
    ...(installation === undefined ? {} : { installation }),
    ...(adopted === undefined ? {} : { adopted: true }),
    ...(deletedAt === undefined ? {} : { deletedAt: Number(deletedAt) }),
  };
}

/** An anchor as it should stand on an account. */
export interface AnchorMark {
  readonly attribute: string;
  readonly value: string;
}

/** What a mark says beside whose account it is: how it came to be ours, and when we delete it (epoch milliseconds), where we do. */
export interface Marked {
  readonly origin: 'Created' | 'Adopted' | undefined;
  readonly deletedAt?: number | undefined;
}

/** The mark of an account, in the attribute that a configuration names. */
export function anchorMark(
  attribute: string | undefined,
  { tenantId, objectId }: { readonly tenantId: string; readonly objectId: string },
  installation: string,
  { origin, deletedAt }: Marked,
): AnchorMark | undefined {
  if (attribute === undefined) return undefined;
  const anchor: Anchor = {
    sourceTenantId: tenantId,
    sourceObjectId: objectId,
    installation,
    ...(origin === 'Adopted' ? { adopted: true } : {}),
    ...(deletedAt === undefined ? {} : { deletedAt }),
  };
  return { attribute, value: formatAnchor(anchor) };
}

/**
 * Whether a value says what the mark says. `OlderForm` says the same without the installation, or without that the account was adopted, as earlier
 * versions wrote it. That an account was adopted is never taken back: whoever says so knew it, and whoever does not may have lost it.
 */
export function agreesWith(value: unknown, mark: AnchorMark): 'Yes' | 'OlderForm' | 'No' {
  if (value === mark.value) return 'Yes';
  const found = parseAnchor(value);
  const wanted = parseAnchor(mark.value);
  if (!found || !wanted) return 'No';
  const older = found.installation === undefined ? omit(wanted, 'installation') : wanted;
  if (formatAnchor(omit(found, 'adopted')) !== formatAnchor(omit(older, 'adopted'))) return 'No';
  return found.installation !== undefined && found.adopted === true ? 'Yes' : 'OlderForm';
}

/** Whether an anchor says that the account was there before us. */
export const isMarkedAdopted = (value: unknown): boolean => parseAnchor(value)?.adopted === true;

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
