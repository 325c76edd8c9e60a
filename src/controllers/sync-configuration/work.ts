import type { SyncConfiguration } from '../../api/kinds.ts';
import type { ReconcileContext } from '../../ports/reconcile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { endApproved } from './approved.ts';
import type { Memory } from './memory.ts';
import { heldQuarantine } from './quarantine.ts';
import { recordsMissing } from './schedule.ts';
import { reportConfiguration, type ConfigurationStanding, type StatusChanges } from './status.ts';

/** One reconcile of one configuration, with everything it works on. */
export interface Work {
  readonly deps: Dependencies;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly memory: Memory;
  readonly context: ReconcileContext;
}

/** Writes how the configuration stands, with the counts brought up to date. Rejects with KubeError. */
export async function report(work: Work, standing: ConfigurationStanding, changes: StatusChanges): Promise<void> {
  // Only the counts tell that records are missing, and this brings them up to date: the full read is still owed if the process ends.
  const owed = recordsMissing(work) ? { watermark: undefined } : {};
  // Failures of another generation say nothing about this one.
  const { status, metadata } = work.configuration;
  const forgotten = status.observedGeneration === metadata.generation ? {} : { failures: undefined };
  const lifted = status.quarantine !== undefined && heldQuarantine(work) === undefined ? { quarantine: undefined } : {};
  const history = changes.history ?? status.history;
  const told = history === undefined ? {} : { history: endApproved(work, history, work.deps.clock.now()) };
  const all = { ...forgotten, ...lifted, ...owed, ...changes, ...told };
  await reportConfiguration(work.deps, work.configuration, { standing, changes: all }, work.context.signal);
}
