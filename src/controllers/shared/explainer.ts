import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { ActionFacts, Matching } from '../../core/on-demand/explain.ts';

/** A person as the source stands now: the record as it would be written, sealed, and never is. */
export interface Hypothesis {
  readonly record: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly signal: AbortSignal;
}

/** What the target shows of a person, and what would be done there. */
export interface Conjecture extends ActionFacts {
  readonly matching: Matching;
}

/** Looks at the target for a record as it would be, and writes nothing, neither there nor to the cluster. Rejects with DirectoryError. */
export type Explainer = (hypothesis: Hypothesis) => Promise<Conjecture>;
