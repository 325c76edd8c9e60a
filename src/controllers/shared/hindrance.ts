import type { Hindrance } from '../../core/cycle/pace.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { KubeError } from '../../ports/resources.ts';

/** What an error that work is repeated after keeps it waiting for. */
export function hindranceOf(error: unknown): Hindrance | undefined {
  if (error instanceof KubeError) return error.kind === 'TooManyRequests' || error.kind === 'Unavailable' ? 'Kubernetes' : undefined;
  return directoryFailure(error, 'Throttled') === undefined ? undefined : 'Quota';
}
