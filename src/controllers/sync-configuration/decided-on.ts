import type { UserProjection } from '../../api/kinds.ts';

/** A record as something was decided about it. A cycle that held whole records of all who leave would fill the heap when many do. */
export interface DecidedOn {
  readonly name: string;
  readonly revision: string;
}

/** What the guard looks at of a record. */
export interface Judged extends DecidedOn {
  /** Whether the person was held back before: staged, rejected on other evidence, or held back in a plan. */
  readonly heldBack: boolean;
}

export const decidedOn = ({ metadata, spec }: UserProjection): Judged => ({
  name: metadata.name,
  revision: spec.revision,
  heldBack: spec.evidence !== undefined,
});
