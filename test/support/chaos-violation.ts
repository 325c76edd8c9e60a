import type { UserProjection } from '../../src/api/kinds.ts';
import type { World } from './world.ts';

/** Something that must not be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A record in a line, for violations. */
export const describe = (projection: UserProjection | undefined): string =>
  projection ? JSON.stringify({ spec: projection.spec, status: { ...projection.status, history: undefined } }) : 'no projection';

/** The configuration's status in a line, for violations. */
export const describeConfiguration = (world: World): string => JSON.stringify({ ...world.configuration().status, history: undefined });
