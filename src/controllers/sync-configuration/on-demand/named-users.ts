import { isObjectId } from '../../../core/on-demand/request.ts';
import { call, readOptions, type ReadContext, type Steps } from '../cycle-run.ts';
import { idByName } from '../projections.ts';

/** A user as written in a request, and the object id in the source, where there is or was one. */
export interface NamedUser {
  readonly user: string;
  readonly id: string | undefined;
}

/** What a user may be named by. Mail is nobody's own, so that it does for an explanation and not for an act. */
export type NamedBy = 'Name' | 'NameOrMail';

/** Finds out who is named: by object id, or by user principal name in any case; of one who is gone, by the record that still has the name. */
export async function* findNamed(run: ReadContext, users: readonly string[], by: NamedBy): Steps<readonly NamedUser[]> {
  const named: NamedUser[] = [];
  for (const user of users) {
    if (isObjectId(user)) named.push({ user, id: user.toLowerCase() });
    else {
      const found = yield* call(run, () => run.session.source.findUserByPrincipalName(user, readOptions(run)));
      const known = found?.id ?? (await idByName(run, user));
      named.push({ user, id: known ?? (by === 'Name' ? undefined : yield* byMail(run, user)) });
    }
    yield { waitMs: 0 };
  }
  return named;
}

/** The one user with that mail; of several it is not said which is meant. */
async function* byMail(run: ReadContext, mail: string): Steps<string | undefined> {
  const found = yield* call(run, () => run.session.source.findUsersByMail(mail, readOptions(run)));
  return found.length === 1 ? found[0] : undefined;
}
