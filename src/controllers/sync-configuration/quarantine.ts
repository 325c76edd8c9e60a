import type { SyncConfiguration } from '../../api/kinds.ts';
import { afterCycle, disabledAt, forCredentials, isCredentialReason, stillHeld, type Quarantine } from '../../core/cycle/quarantine.ts';
import { restartAsked } from '../../core/cycle/schedule.ts';
import { durationMs } from '../../core/duration.ts';
import { keyString } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { countOf } from './projections.ts';
import { requestsOf } from './requests.ts';
import { countUsers, type ConfigurationStanding, type StatusChanges } from './status.ts';

/** What a quarantine depends on beside the time. */
interface Held {
  readonly deps: Dependencies;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
}

/** The quarantine of a configuration as far as nothing has lifted it (E9). */
export function heldQuarantine({ deps, configuration }: Held): Quarantine | undefined {
  const { metadata, spec, status } = configuration;
  const pairKey = keyString({ namespace: metadata.namespace, name: spec.tenantPairRef.name });
  const pairReady = deps.sessions.get(pairKey)?.verdict.ready === true;
  return stillHeld(status.quarantine, {
    specChanged: status.observedGeneration !== metadata.generation,
    // While the pair is not ready a restart stays unanswered: lifting the quarantine at each look, it would let none reach its end.
    restartAsked: pairReady && restartAsked(status, requestsOf(configuration)),
    pairReady,
  });
}

/** The quarantine when a cycle has ended. */
export function quarantineAfter(work: Held): Quarantine | undefined {
  const { spec } = work.configuration;
  const { inScope } = countUsers(work);
  return afterCycle(heldQuarantine(work), {
    failed: countOf(work, 'State/Failed') + countOf(work, 'State/Conflict'),
    inScope,
    limits: spec.quarantine,
    intervalMs: durationMs(spec.interval),
    now: work.deps.clock.now(),
  });
}

/** What a pair that cannot work means for the quarantine, for the status. */
export function quarantineFor(work: Held, standing: ConfigurationStanding): Pick<StatusChanges, 'quarantine'> {
  if (standing.type !== 'Failed' || !isCredentialReason(standing.reason)) return {};
  return { quarantine: forCredentials(heldQuarantine(work), standing.reason, work.deps.clock.now()) };
}

/** When the configuration is disabled, in milliseconds from now: not positive when it is, undefined without a quarantine. */
export function disabledInMs(work: Held): number | undefined {
  const quarantine = heldQuarantine(work);
  const now = work.deps.clock.now();
  return quarantine === undefined ? undefined : disabledAt(quarantine, now) - now;
}

/** How a configuration stands that was in quarantine for too long. */
export function disabled({ configuration: { status } }: Held): ConfigurationStanding {
  const { reason = 'Quarantined', since = '' } = status.quarantine ?? {};
  return {
    type: 'Stalled',
    reason: 'DisabledAfterQuarantine',
    message: `In quarantine since ${since} (${reason}), which is more than 28 days: no cycle runs. Mend the cause, then ask for a restart or change the spec.`,
  };
}
