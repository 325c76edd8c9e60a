import type { Reason } from '../../api/reasons.ts';
import type { Hindrance } from '../../core/cycle/pace.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { boundedWait, directoryWait, quotaWait, waitUntil } from '../../core/wire/times.ts';
import type { Clock } from '../../ports/clock.ts';
import { KubeError } from '../../ports/resources.ts';
import { hindranceOf } from './hindrance.ts';

/** The part of a reading that moves on with it, shared by all who have it in their hands. */
export interface Turn {
  /** Aborts with the reconcile that the reading runs in at the moment. */
  signal: AbortSignal;
  /** Grows with every answer that brought the reading on: a page with something new, a read by id, a write. */
  progress: number;
  /** What the last answer that did not come kept the reading waiting for; undefined once one has come. */
  hindrance?: Hindrance | undefined;
}

/** What steps need of the work that they belong to. */
export interface Stepped {
  readonly deps: { readonly clock: Clock };
  readonly turn: Turn;
}

/** The cycle cannot go on: nothing is deleted, the watermark stays, and the reason goes to the status. */
export class CycleFailure extends Error {
  override readonly name = 'CycleFailure';
  readonly reason: Reason;
  /** Nothing will change until somebody acts on the resource or the directory. */
  readonly stalled: boolean;
  /** One of the two tenants does not want it. */
  readonly stopped: boolean;
  constructor(
    reason: Reason,
    message: string,
    options: { readonly stalled?: boolean; readonly stopped?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.stalled = options.stalled ?? false;
    this.stopped = options.stopped ?? false;
  }
}

/** A pause a cycle asks for; it goes on afterwards where it stopped. */
export interface Pause {
  readonly waitMs: number;
}

/** Work of a cycle in steps: between two steps the resource is looked at anew, and the cycle is dropped when it has changed. */
export type Steps<T> = AsyncGenerator<Pause, T, void>;

const transientTries = 5;

/** Calls `attempt`, pausing when throttled and, a few times, when there was no usable answer. Everything else is passed on. */
export async function* call<T>(run: Stepped, attempt: () => Promise<T>): Steps<T> {
  const answer = yield* retried(run, attempt);
  run.turn.progress += 1;
  return answer;
}

/** As {@link call}, where the caller judges whether the answer brought the cycle on. */
export async function* retried<T>(run: Stepped, attempt: () => Promise<T>): Steps<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await attempt();
      run.turn.hindrance = undefined;
      return answer;
    } catch (error) {
      const wait = pauseFor(run, error, tries);
      if (wait === undefined) throw error;
      run.turn.hindrance = hindranceOf(error);
      yield { waitMs: wait };
    }
  }
}

function pauseFor(run: Stepped, error: unknown, tries: number): number | undefined {
  if (run.turn.signal.aborted) return undefined;
  const throttled = directoryFailure(error, 'Throttled');
  const now = run.deps.clock.now();
  if (throttled) return waitUntil(throttled.retryAt ?? now + 1000, now, quotaWait);
  const busy = error instanceof KubeError && error.kind === 'TooManyRequests';
  if (busy) return boundedWait(error.retryAfterMs ?? 0, directoryWait);
  const transient =
    directoryFailure(error, 'Unavailable') !== undefined ||
    // A record that has gone between the look at it and the write is not there when the step is repeated.
    (error instanceof KubeError && (error.kind === 'Unavailable' || error.kind === 'Conflict' || error.kind === 'NotFound'));
  return transient && tries < transientTries ? 1000 * 2 ** (tries - 1) : undefined;
}
