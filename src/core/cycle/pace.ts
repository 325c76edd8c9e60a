/** What keeps the work of a cycle from going faster; the words of `status.currentCycle.limitedBy`. */
export type Limiter = 'Quota' | 'Replication' | 'Kubernetes' | 'Nothing';
/** What the work on a record waits for, where that is not the source or a decision. */
export type Hindrance = Exclude<Limiter, 'Nothing'>;

/** How far the records are that a cycle has changed. */
export interface Throughput {
  /** Changed so far. */
  readonly opened: number;
  /** Of those, not handled yet. */
  readonly pending: number;
  /** Of the pending ones, how many wait for each hindrance. */
  readonly waiting: Readonly<Partial<Record<Hindrance, number>>>;
}

export interface PaceFacts {
  readonly work: Throughput;
  /** Since the cycle began, in milliseconds. */
  readonly elapsedMs: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What the cycle itself waits for at the moment. */
  readonly hindrance: Hindrance | undefined;
  /** Whether everything is decided, so that no more work comes. */
  readonly isDecided: boolean;
}

/** Pace of a cycle under way. */
export interface Pace {
  readonly written: number;
  readonly pending: number;
  /** Records handled in a minute; absent while too little is known. */
  readonly ratePerMinute?: number;
  /** Epoch milliseconds; absent while more work may come. */
  readonly expectedEnd?: number;
  readonly limitedBy: Limiter;
}

/** A rate over less than this says nothing. */
const leastElapsedMs = 5_000;
const minute = 60_000;

/** How fast a cycle is, when it will end, and what limits it (F1): what most of the pending work waits for, else what the cycle itself does. */
export function paceOf({ work: { opened, pending, waiting }, elapsedMs, now, hindrance, isDecided }: PaceFacts): Pace {
  const written = opened - pending;
  const rate = elapsedMs >= leastElapsedMs && written > 0 ? (written * minute) / elapsedMs : undefined;
  return {
    written,
    pending,
    ...(rate === undefined ? {} : { ratePerMinute: Math.max(1, Math.round(rate)) }),
    ...(rate === undefined || !isDecided ? {} : { expectedEnd: now + Math.ceil((pending * minute) / rate) }),
    limitedBy: mostWaitFor(waiting, pending) ?? hindrance ?? 'Nothing',
  };
}

function mostWaitFor(waiting: Throughput['waiting'], pending: number): Hindrance | undefined {
  const counts = Object.entries(waiting) as readonly (readonly [Hindrance, number])[];
  const [first] = counts.toSorted(([, a], [, b]) => b - a);
  return first !== undefined && first[1] > 0 && first[1] * 2 >= pending ? first[0] : undefined;
}
