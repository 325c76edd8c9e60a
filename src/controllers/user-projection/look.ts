import type { DirectoryUser } from '../../api/directory-user.ts';
import type { Decision } from '../../core/lifecycle/decide.ts';
import { omit } from '../../core/omit.ts';
import { mailWarningsOf } from '../../core/lifecycle/mail.ts';
import { userMessage } from '../../core/status/messages.ts';
import { act } from './act.ts';
import { planFor } from './attributes.ts';
import { differing, withDrift } from './drifted.ts';
import { accountOf } from './finish.ts';
import { lookAtMail, withMail } from './mail.ts';
import { now, type Ended, type Seen } from './outcome.ts';
import { persist, type Work } from './work.ts';

const unchanged: Seen = { type: 'Seen', drifted: undefined, gone: false };

/**
 * What becomes of a decision that a pass over the target has asked for, and nothing else: what differs is said, or set back where the errand is to
 * correct; an account in whose way something stands is a conflict. Nobody is created, restored, blocked otherwise or deleted on the word of a list:
 * an account that is gone waits for the next full cycle (A8). Rejects with Deferred, DirectoryError or KubeError.
 */
export async function look(work: Work, decision: Decision): Promise<Ended> {
  switch (decision.do) {
    case 'Conflict':
      return { type: 'Acted', outcome: await act(work, decision) };
    case 'Update':
      return work.errand === 'Correct' ? { type: 'Acted', outcome: await act(work, decision) } : compare(work, decision.user);
    case 'Create':
      return { ...unchanged, gone: work.status.targetUser !== undefined };
    case 'Link':
    case 'Restore':
    case 'Delete':
    case 'Block':
    case 'Settle':
    case 'Wait':
    case 'Forget':
      return unchanged;
  }
}

async function compare(work: Work, user: DirectoryUser): Promise<Seen> {
  const account = accountOf(work, user);
  return { ...unchanged, drifted: differing(work, account, planFor(work, account, 'Write')), mail: await lookAtMail(work, account) };
}

const mostWarnings = 32;

/** Records what a look has seen. Everything else about the record stays as it is. */
export async function reportSeen(work: Work, { drifted, gone, mail }: Seen): Promise<void> {
  const { targetUser, warnings: before = [] } = work.status;
  const ofMail = mailWarningsOf(work.status);
  const isOther = ({ reason }: (typeof before)[number]): boolean =>
    reason !== 'AccountGone' && !ofMail.some((one) => one.reason === reason);
  const others = [...before.filter(isOther), ...(mail?.warnings ?? ofMail)];
  const warnings = gone ? [...others.slice(0, mostWarnings - 1), { reason: 'AccountGone', message: userMessage('AccountGone') }] : others;
  const status = withDrift(work.status, drifted, now(work));
  const link = targetUser === undefined || mail === undefined ? {} : { targetUser: withMail(targetUser, mail.enabled) };
  await persist(work, { ...omit(status, 'warnings'), ...link, ...(warnings.length > 0 ? { warnings } : {}) }, true);
}
