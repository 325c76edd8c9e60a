import { directoryFailure } from '../../core/errors/directory-error.ts';
import { KubeError, type KubeFailureKind } from '../../ports/resources.ts';
import { CycleFailure } from './cycle-run.ts';

/** Refusals of the cluster that do not pass by themselves: somebody has to see them. */
const refusals: ReadonlySet<KubeFailureKind> = new Set(['Invalid', 'Forbidden', 'Unauthorized', 'NotFound']);

const nothingLost = 'Nothing is deleted; the cycle is repeated.';

/**
 * Why a cycle failed, as a reason and a sentence; undefined for errors of the program itself. `extensions`: directory extensions that
 * the cycle asked the source for, which may be what the source does not know.
 */
export function cycleFailure(error: unknown, extensions: readonly string[]): CycleFailure | undefined {
  if (error instanceof CycleFailure) return error;
  if (error instanceof KubeError) {
    const what = refusals.has(error.kind) ? 'refused a request of the operator' : 'did not serve a request of the operator';
    const message = `The cluster ${what} (${error.kind}). ${nothingLost}`;
    return new CycleFailure('CycleFailed', message, { cause: error });
  }
  const failure = directoryFailure(error);
  if (!failure) return undefined;
  const unreadable =
    failure.kind === 'Forbidden' || failure.kind === 'Unavailable' || failure.kind === 'Unclassified' || failure.kind === 'NotFound';
  const asked = failure.kind === 'InvalidRequest' && extensions.length > 0;
  const hint = asked ? ` The source tenant must have these extensions: ${extensions.join(', ')}.` : '';
  const message = `The source could not be read: ${failure.message}${hint} ${nothingLost}`;
  return new CycleFailure(unreadable ? 'SourceReadFailed' : failure.reason, message, { cause: error });
}
