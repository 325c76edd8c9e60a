import type { SyncConfiguration } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Mappings } from '../../core/mapping/compile.ts';
import type { ScopeFilter } from '../../core/scope/filter.ts';
import { filterOf, mappingsOf, namingOf } from '../shared/compiled.ts';

export interface SpecProblem {
  readonly reason: Reason;
  readonly message: string;
}

/** The compiled spec, or what is wrong with it. */
export function compileSpec(configuration: SyncConfiguration): { readonly mappings: Mappings; readonly filter: ScopeFilter } | SpecProblem {
  const mappings = mappingsOf(configuration);
  if ('message' in mappings) return mappings;
  const anchor = configuration.spec.matching.anchor?.attribute;
  if (anchor !== undefined && mappings.targetAttributes.includes(anchor)) {
    return {
      reason: 'InvalidMapping',
      message: `spec.attributeMappings[target=${anchor}]: this attribute is spec.matching.anchor; map to another one.`,
    };
  }
  const naming = namingOf(configuration);
  if ('message' in naming) return naming;
  const filter = filterOf(configuration);
  return 'message' in filter ? filter : { mappings, filter };
}
