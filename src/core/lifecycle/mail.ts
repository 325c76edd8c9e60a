import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { userMessage } from '../status/messages.ts';
import type { WrittenAccount } from './writes.ts';

interface Warning {
  readonly reason: Reason;
  readonly message: string;
}

/** What is known of an account's mail when it is looked at. */
export interface MailFacts {
  readonly account: WrittenAccount;
  /** The record as it was before. */
  readonly status: Pick<UserProjectionStatus, 'targetUser' | 'warnings'>;
  /** Our last write is so recent that the target's mail system may not have followed yet. */
  readonly fresh: boolean;
  /** Somebody asked for a look: a full cycle, or a person. */
  readonly asked: boolean;
}

/** Whether an account has mail of its own, and what is to be found out about it. */
export interface MailStanding {
  /** Undefined: not known yet, the addresses of a new account come later. */
  readonly enabled: boolean | undefined;
  /** `Nothing`: all is as it should be. `Contact`: a mail contact may be in the way. `Keep`: what was found before stands. */
  readonly look: 'Nothing' | 'Contact' | 'Keep';
}

/** Whether an account has mail of its own, and what is warned of. */
export interface Mail {
  readonly enabled: boolean | undefined;
  readonly warnings: readonly Warning[];
}

const mailReasons: ReadonlySet<string> = new Set<Reason>(['ContactExists', 'MailNotEnabled']);
/** What was found about the mail of an account before. */
export function mailWarningsOf({ warnings }: Pick<UserProjectionStatus, 'warnings'>): readonly Warning[] {
  return (warnings ?? []).filter(({ reason }) => mailReasons.has(reason)) as readonly Warning[];
}

const hasProxies = ({ proxyAddresses }: DirectoryUser): boolean => (proxyAddresses?.length ?? 0) > 0;

/**
 * How the mail of an account stands (D5). A guest has mail of its own unless a contact holds the address; a member has none, and one that had is
 * told of when it is gone, because a contact that arrives later takes the address away without a word.
 */
export function mailStanding({ account, status, fresh, asked }: MailFacts): MailStanding {
  const before = status.targetUser?.mailEnabled;
  // An account made over a contact is known to have none before it has been looked at.
  if (account.type === 'New') return { enabled: before, look: 'Nothing' };
  if (hasProxies(account.user)) return { enabled: true, look: 'Nothing' };
  const young = account.type === 'Unfinished' || fresh;
  if (young && before === undefined) return { enabled: undefined, look: 'Nothing' };
  const known = mailWarningsOf(status).length > 0;
  const expected = account.user.userType === 'Guest' || before === true || known;
  if (!expected) return { enabled: false, look: 'Nothing' };
  return { enabled: false, look: known && !asked ? 'Keep' : 'Contact' };
}

/** Whether a list shows mail where the record knows of none, or none where it knows of some: the account is then to be looked at (D5, E11). */
export function isMailChanged({ targetUser }: Pick<UserProjectionStatus, 'targetUser'>, user: DirectoryUser): boolean {
  return targetUser?.mailEnabled !== undefined && targetUser.mailEnabled !== hasProxies(user);
}

/** What is warned of where an account has no mail of its own: the contact that holds its address, if one was found. */
export function mailWarning(contactId: string | undefined): Warning {
  if (contactId === undefined) return { reason: 'MailNotEnabled', message: userMessage('MailNotEnabled') };
  const text = 'A mail contact of the target holds the address: the account has no mail of its own. Remove the contact there.';
  return { reason: 'ContactExists', message: userMessage('ContactExists', { text, objectId: contactId }) };
}
