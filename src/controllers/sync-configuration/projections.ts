import type { UserProjection } from '../../api/kinds.ts';
import type { Dependencies } from '../shared/dependencies.ts';

/** All projections of a configuration, as the store has them now. */
export function projectionsOf(run: { readonly deps: Dependencies; readonly configurationKey: string }): readonly UserProjection[] {
  return run.deps.projections.lister.byIndex('configuration', run.configurationKey);
}
