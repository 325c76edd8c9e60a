import type { SyncConfiguration } from '../../api/kinds.ts';
import { evaluationRevision } from '../../core/cycle/fingerprint.ts';
import { compileNaming, type Naming } from '../../core/groups/names.ts';
import type { MappingProblem } from '../../core/mapping/check.ts';
import { compileMappings, type Mappings } from '../../core/mapping/compile.ts';
import { compileFilters, type FilterProblem, type ScopeFilter } from '../../core/scope/filter.ts';

interface Compiled {
  readonly mappings: Mappings | MappingProblem;
  readonly filter: ScopeFilter | FilterProblem;
  readonly naming: Naming | MappingProblem;
}

/** Compiled once for each spec object the store holds, and dropped with it. */
const cache = new WeakMap<SyncConfiguration['spec'], Compiled>();
/** Of each of them the hash: whoever only compares it compiles nothing. */
const revisions = new WeakMap<SyncConfiguration['spec'], string>();

function compiled(configuration: SyncConfiguration): Compiled {
  const known = cache.get(configuration.spec);
  if (known) return known;
  const { spec } = configuration;
  const fresh = {
    mappings: compileMappings(spec),
    filter: compileFilters(spec.scope.filters ?? []),
    naming: compileNaming(spec.groups ?? {}),
  };
  cache.set(configuration.spec, fresh);
  return fresh;
}

export function mappingsOf(configuration: SyncConfiguration): Mappings | MappingProblem {
  return compiled(configuration).mappings;
}

export function filterOf(configuration: SyncConfiguration): ScopeFilter | FilterProblem {
  return compiled(configuration).filter;
}

/** Hash of the rules by which a configuration evaluates people, as {@link evaluationRevision}. */
export function evaluationRevisionOf(configuration: SyncConfiguration): string {
  const known = revisions.get(configuration.spec);
  if (known !== undefined) return known;
  const revision = evaluationRevision(configuration.spec);
  revisions.set(configuration.spec, revision);
  return revision;
}

/** Whether everybody was evaluated by a configuration as it stands, and what came of it is recorded. */
export function isEvaluated(configuration: SyncConfiguration): boolean {
  return configuration.status.watermark?.revision === evaluationRevisionOf(configuration);
}

/** How the groups of a configuration are named. */
export function namingOf(configuration: SyncConfiguration): Naming | MappingProblem {
  return compiled(configuration).naming;
}
