import { annotations, type SyncConfiguration } from '../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';

/** What is asked for by annotation: the values as they stand. */
export interface Requests {
  readonly requestedAt: string | undefined;
  readonly restartedAt: string | undefined;
}

/** What the annotations of a configuration ask for now. */
export function requestsOf(configuration: SyncConfiguration): Requests {
  return {
    requestedAt: configuration.metadata.annotations?.[annotations.requestedAt],
    restartedAt: configuration.metadata.annotations?.[annotations.restartedAt],
  };
}

/** The echo of requests that have been answered. */
export function echoOf({
  requestedAt,
  restartedAt,
}: Requests): Pick<SyncConfigurationStatus, 'lastHandledReconcileAt' | 'lastHandledRestartAt'> {
  return {
    ...(requestedAt === undefined ? {} : { lastHandledReconcileAt: requestedAt }),
    ...(restartedAt === undefined ? {} : { lastHandledRestartAt: restartedAt }),
  };
}

/** Whether a restart is asked for that has not been answered yet. */
export function restartAsked(configuration: SyncConfiguration, { restartedAt }: Requests): boolean {
  return restartedAt !== undefined && restartedAt !== configuration.status.lastHandledRestartAt;
}

/** Whether something has been asked for since a cycle took up `answers`. */
export function askedSince(configuration: SyncConfiguration, answers: Requests): boolean {
  const { requestedAt, restartedAt } = requestsOf(configuration);
  return requestedAt !== answers.requestedAt || restartedAt !== answers.restartedAt;
}
