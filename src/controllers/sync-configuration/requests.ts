import { annotations, type SyncConfiguration } from '../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { Requests } from '../../core/cycle/schedule.ts';

/** As much of a value as status can echo: a longer one would have the whole status refused. */
const longestEcho = 253;
const echoed = (value: string | undefined): string | undefined => value?.toWellFormed().slice(0, longestEcho).toWellFormed();

/** The requests that the annotations of a configuration make now. */
export function requestsOf(configuration: SyncConfiguration): Requests {
  return {
    requestedAt: echoed(configuration.metadata.annotations?.[annotations.requestedAt]),
    restartedAt: echoed(configuration.metadata.annotations?.[annotations.restartedAt]),
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

/** Whether something has been asked for since a cycle took up `answers`. */
export function askedSince(configuration: SyncConfiguration, answers: Requests): boolean {
  const { requestedAt, restartedAt } = requestsOf(configuration);
  return requestedAt !== answers.requestedAt || restartedAt !== answers.restartedAt;
}
