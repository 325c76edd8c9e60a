import type { KubeObject } from '@tenantsync/sandbox/kubernetes';

/** What a tool that knows nothing of our kinds takes an object for. */
export type Health = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

/**
 * The generic computation of kstatus (Flux, kpt, `helm --wait`), which Argo CD's health scripts for such kinds follow: deletion first,
 * then an old observedGeneration, then Stalled and Reconciling while true, then Ready. Without anything to go by an object is Current,
 * which is what a new one must not be.
 */
export function healthOf(object: KubeObject): Health {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { observedGeneration, conditions = [] } = (object.status ?? {}) as Status;
  if (observedGeneration !== undefined && observedGeneration !== object.metadata.generation) return 'InProgress';
  const statusOf = (type: string): string | undefined => conditions.find((condition) => condition.type === type)?.status;
  if (statusOf('Reconciling') === 'True') return 'InProgress';
  if (statusOf('Stalled') === 'True') return 'Failed';
  const ready = statusOf('Ready');
  return ready === undefined || ready === 'True' ? 'Current' : 'InProgress';
}

/** One row of the table of states: health, conditions that are there, reason of Ready, whether this generation was observed. */
export function stateOf(object: KubeObject): string {
  const { observedGeneration, conditions = [] } = (object.status ?? {}) as {
    observedGeneration?: number;
    conditions?: (Condition & { reason: string })[];
  };
  const shown = conditions
    .filter(({ type, status }) => type === 'Ready' || ((type === 'Reconciling' || type === 'Stalled') && status === 'True'))
    .map(({ type, status }) => `${type}=${status}`)
    .sort();
  const reason = conditions.find(({ type }) => type === 'Ready')?.reason ?? 'none';
  const observed =
    observedGeneration === object.metadata.generation ? 'observed' : observedGeneration === -1 ? 'never observed' : 'observed before';
  return [healthOf(object), shown.join(' ') || 'no conditions', reason, observed].join(' | ');
}
