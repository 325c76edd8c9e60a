import type { DirectoryUser } from '../../../api/directory-user.ts';
import { inParallel, retried, type CycleRun, type Steps } from '../cycle-run.ts';
import { evaluateUser } from '../project.ts';

/** Projection writes under way at a time. */
const writeWidth = 16;
/** Users decided about in one step: on a cluster that is slow to answer a whole page would take longer than a reconcile has. */
const stepSize = 128;

/** Decides about users as just read, some in each step. */
export async function* evaluateAll(run: CycleRun, users: readonly DirectoryUser[]): Steps<void> {
  for (let from = 0; from < users.length; from += stepSize) {
    if (from > 0) yield { waitMs: 0 };
    const some = users.slice(from, from + stepSize);
    yield* retried(run, () => inParallel(some, writeWidth, (user) => run.breathe(() => evaluateUser(run, user))));
  }
}
