import type { UserProjectionStatus } from '../../api/generated.ts';

type Obstacle = Pick<UserProjectionStatus, 'conflictingObjectId' | 'conflictingObjectKind'>;

/** The object in the way of an account or group, as its record shows it; nothing where it is not known. */
export const obstacleOf = (id: string | undefined, kind: Obstacle['conflictingObjectKind'] & string): Obstacle =>
  id === undefined ? {} : { conflictingObjectId: id, conflictingObjectKind: kind };
