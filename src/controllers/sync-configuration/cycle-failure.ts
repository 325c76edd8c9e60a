import { directoryFailure } from '../../core/errors/directory-error.ts';
import { KubeError, type KubeFailureKind } from '../../ports/resources.ts';
import { CycleFailure } from './cycle-run.ts';

/** Refusals of the cluster that do not pass by themselves: somebody has to see them. */
const refusals: ReadonlySet<KubeFailureKind> = new Set(['Invalid', 'Forbidden', 'Unauthorized', 'NotFound']);

const nothingLost = 'Nothing is deleted; the cycle is repeated.';

/** As much as is shown of what the cluster says. */
const longestText = 512;

/**
 * What the cluster did not do, in a sentence. A server's own words are shown where it forbids something, for they name the role or the policy
 * and its advice; those about an invalid object quote what is in it, which may be a person's name.
 */
function kubeProblem({ kind, status, request, message }: KubeError): string {
  const what = refusals.has(kind) ? 'refused' : 'did not serve';
  const asked = request === undefined ? 'a request of the operator' : `the operator's request to ${request.verb} ${request.resource}`;
  const code = status === 0 ? kind : `${status} ${kind}`;
  const words = kind === 'Forbidden' && message !== '' ? `: ${message.slice(0, longestText).toWellFormed()}` : '.';
  return `The cluster ${what} ${asked} (${code})${words.endsWith('.') ? words : `${words}.`}`;
}

/**
 * Why a cycle failed, as a reason and a sentence; undefined for errors of the program itself. `extensions`: directory extensions that
 * the cycle asked the source for, which may be what the source does not know.
 */
export function cycleFailure(error: unknown, extensions: readonly string[]): CycleFailure | undefined {
  if (error instanceof CycleFailure) return error;
  if (error instanceof KubeError) {
    return new CycleFailure('CycleFailed', `${kubeProblem(error)} ${nothingLost}`, { cause: error });
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
