import { Visibility } from '../../core/lifecycle/visibility.ts';
import type { Dependencies } from './dependencies.ts';

/** What this process has learned of each target tenant; for one that it has not asked for yet, nothing. */
export function visibilities(): Dependencies['visibilityOf'] {
  const known = new Map<string, Visibility>();
  return (tenantId) => {
    const visibility = known.get(tenantId) ?? new Visibility();
    known.set(tenantId, visibility);
    return visibility;
  };
}
