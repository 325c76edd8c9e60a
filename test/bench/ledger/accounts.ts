import { createHash } from 'node:crypto';
import { formatAnchor, parseAnchor, type Anchor } from '../../../src/core/matching/anchor.ts';

/** What the ledger knows of an account and its person. */
export interface LedgerEntry {
  readonly sourceTenantId: string;
  readonly sourceObjectId: string;
  readonly accountId: string;
  /** Hash of the content that was applied, 16 hexadecimal digits. */
  readonly applied: string;
  readonly accountEnabled: boolean;
}

/** Today's anchor with the hash of what was applied behind it: the form that decision 42 would need. */
const anchorWithContent = /^(.+):applied:([0-9a-f]{16})$/;

export function formatLedgerAnchor(anchor: Anchor, applied: string): string {
  return `${formatAnchor(anchor)}:applied:${applied}`;
}

export function parseLedgerAnchor(value: unknown): { readonly anchor: Anchor; readonly applied: string } | undefined {
  const [, text, applied] = (typeof value === 'string' ? anchorWithContent.exec(value) : null) ?? [];
  const anchor = parseAnchor(text);
  return anchor === undefined || applied === undefined ? undefined : { anchor, applied };
}

/** Ids whose digits are as random as those of a directory. */
export const personId = (index: number): string => uuidOf(`person ${index}`);
export const accountId = (index: number): string => uuidOf(`account ${index}`);
export const appliedOf = (index: number): string => digest(`content ${index}`).slice(0, 16);
export const isEnabled = (index: number): boolean => index % 50 !== 0;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function uuidOf(text: string): string {
  const hex = digest(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
