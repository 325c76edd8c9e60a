import type { SyncConfiguration, UserProjection } from '../../src/api/kinds.ts';

/** Something that must not be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A record in a line, for violations. */
export const describe = (projection: UserProjection | undefined): string =>
  projection ? JSON.stringify({ spec: projection.spec, status: { ...projection.status, history: undefined } }) : 'no projection';

/** The configuration's status in a line, for violations. */
export const describeConfiguration = ({ status }: SyncConfiguration): string => JSON.stringify({ ...status, history: undefined });
