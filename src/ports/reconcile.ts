import type { Logger } from './logger.ts';

/** What a reconcile wants next. Nothing: wait for the next change. */
export interface ReconcileResult {
  /** Run again after this many milliseconds, at the latest. */
  readonly requeueAfterMs?: number;
  /** Priority of that run; without it, that of the run that asked. */
  readonly priority?: number;
}

export interface ReconcileContext {
  /** Aborts at the timeout of the reconcile and at shutdown. */
  readonly signal: AbortSignal;
  /** Carries controller, namespace, name and reconcileID. */
  readonly logger: Logger;
  readonly reconcileId: string;
}

/** Makes the world agree with one object. Thrown errors lead to a retry with backoff. `key` is `namespace/name`. */
export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

/** Adds a key to a controller's queue. A higher priority goes first; the same key twice is one entry with the higher priority and the earlier time. */
export type Enqueue = (key: string, options?: { readonly delayMs?: number; readonly priority?: number }) => void;

/** Priorities of work, highest first (architecture, rule 6). The same numbers order queues and budgets. */
export const priorities = {
  onDemand: 40,
  removal: 30,
  /** Who has been invited is finished before anybody else is. */
  finish: 25,
  create: 20,
  update: 10,
  drift: 0,
  /** The initial list and resyncs: never ahead of a real change. */
  background: -100,
} as const;
