import { directoryFailure } from '../../core/errors/directory-error.ts';
import { mailStanding, mailWarning, mailWarningsOf, type Mail } from '../../core/lifecycle/mail.ts';
import type { WrittenAccount } from '../../core/lifecycle/writes.ts';
import { omit } from '../../core/omit.ts';
import { retriesRefused } from './attributes.ts';
import { mayBeOnItsWay } from './outcome.ts';
import type { Work } from './work.ts';

type Link = NonNullable<Work['status']['targetUser']>;

/**
 * Looks at the mail of an account that was just read: costs a read only where it lacks what it should have, and contacts may be read (D5). That read
 * fails alone: what was found before stands.
 */
export async function lookAtMail(work: Work, account: WrittenAccount): Promise<Mail> {
  const { status } = work;
  const { enabled, look } = mailStanding({
    account,
    status,
    fresh: mayBeOnItsWay(work, status.lastWriteAt),
    // A full cycle, a person, or a pass over the target that has found another standing.
    asked: retriesRefused(work) === 'Retry' || work.errand === 'Compare' || work.errand === 'Correct',
  });
  if (look === 'Nothing') return { enabled, warnings: [] };
  const before = mailWarningsOf(status);
  const address = work.projection.spec.invitedAddress;
  if (look === 'Keep') return { enabled, warnings: before };
  if (!work.session.readsContacts || address === undefined)
    return { enabled, warnings: before.length > 0 ? before : [mailWarning(undefined)] };
  try {
    return { enabled, warnings: [mailWarning(await work.target.findContact(address, work.options))] };
  } catch (error) {
    if (directoryFailure(error) === undefined) throw error;
    return { enabled, warnings: before };
  }
}

/** A link with what is known of the account's mail. */
export function withMail(link: Link, enabled: boolean | undefined): Link {
  const rest = omit(link, 'mailEnabled');
  return enabled === undefined ? rest : { ...rest, mailEnabled: enabled };
}
