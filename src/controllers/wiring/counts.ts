import { priorities } from '../../ports/reconcile.ts';
import type { Dependencies } from '../shared/dependencies.ts';

/** Changes of a configuration's counts are gathered for this long. */
const countsDelayMs = 5000;

/** Has a configuration count its records anew, once others of them have changed too. */
export function recount(deps: Dependencies, configurationKey: string): void {
  deps.enqueue.configuration(configurationKey, { delayMs: countsDelayMs, priority: priorities.background });
}
