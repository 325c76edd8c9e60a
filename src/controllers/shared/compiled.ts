import type { SyncConfiguration } from '../../api/kinds.ts';
import type { MappingProblem } from '../../core/mapping/check.ts';
import { compileMappings, type Mappings } from '../../core/mapping/compile.ts';
import { compileFilters, type FilterProblem, type ScopeFilter } from '../../core/scope/filter.ts';

interface Compiled {
  readonly mappings: Mappings | MappingProblem;
  readonly filter: ScopeFilter | FilterProblem;
}

/** Compiled once for each spec object the store holds, and dropped with it. */
const cache = new WeakMap<SyncConfiguration['spec'], Compiled>();

function compiled(configuration: SyncConfiguration): Compiled {
  const known = cache.get(configuration.spec);
  if (known) return known;
  const fresh = { mappings: compileMappings(configuration.spec), filter: compileFilters(configuration.spec.scope.filters ?? []) };
  cache.set(configuration.spec, fresh);
  return fresh;
}

export function mappingsOf(configuration: SyncConfiguration): Mappings | MappingProblem {
  return compiled(configuration).mappings;
}

export function filterOf(configuration: SyncConfiguration): ScopeFilter | FilterProblem {
  return compiled(configuration).filter;
}
