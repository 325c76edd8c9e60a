import type { GroupProjection } from '../../api/kinds.ts';
import { liveGroup } from '../shared/groups.ts';
import type { GroupWork } from './work.ts';

/**
 * The status by which decisions are made: of a preview that of the record of the configuration itself, with its group and what was written to it (G8). What
 * a preview finds out is none of its own facts.
 */
export function supposedStatus(work: Pick<GroupWork, 'deps' | 'record' | 'configuration' | 'status'>): GroupProjection['status'] {
  if (work.configuration.spec.previewOf === undefined) return work.status;
  return liveGroup(work)?.status ?? { observedGeneration: -1, state: 'Pending' };
}
