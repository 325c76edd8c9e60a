import { isObjectId } from '../../../core/on-demand/request.ts';
import { call, readOptions, type ReadContext, type Steps } from '../cycle-run.ts';
import { projectionsOf } from '../projections.ts';

/** A user as written in a request, and the object id in the source, where there is or was one. */
export interface NamedUser {
  readonly user: string;
  readonly id: string | undefined;
}

/** Finds out who is named: by object id, or by user principal name in any case; of one who is gone, by the record that still has the name. */
export async function* findNamed(run: ReadContext, users: readonly string[]): Steps<readonly NamedUser[]> {
  const named: NamedUser[] = [];
  for (const user of users) {
    if (isObjectId(user)) named.push({ user, id: user.toLowerCase() });
    else {
      const found = yield* call(run, () => run.session.source.findUserByPrincipalName(user, readOptions(run)));
      named.push({ user, id: found?.id ?? recorded(run, user) });
    }
    yield { waitMs: 0 };
  }
  return named;
}

function recorded(run: ReadContext, name: string): string | undefined {
  const record = projectionsOf(run).find(({ spec }) => spec.source.userPrincipalName?.toLowerCase() === name.toLowerCase());
  return record?.spec.source.objectId;
}
