import type { GroupProjectionStatus, UserProjectionStatus } from '../../api/generated.ts';
import { timestamp } from '../duration.ts';

/**
 * The status with the times at which something happened not ahead of `now` (epoch milliseconds): such a time was written by a clock that
 * was wrong, and counts as now (I14). Undefined when there is none: what waits for one of them waits no longer than it was meant to.
 */
export function withoutTimesAhead(status: UserProjectionStatus, now: number): UserProjectionStatus | undefined {
  const { lastWriteAt, intent, targetUser } = status;
  const ahead = [lastWriteAt, intent?.at, targetUser?.deletedAt].some((time) => time !== undefined && Date.parse(time) > now);
  if (!ahead) return undefined;
  return {
    ...status,
    ...(lastWriteAt === undefined ? {} : { lastWriteAt: atMost(lastWriteAt, now) }),
    ...(intent === undefined ? {} : { intent: { ...intent, at: atMost(intent.at, now) } }),
    ...(targetUser?.deletedAt === undefined ? {} : { targetUser: { ...targetUser, deletedAt: atMost(targetUser.deletedAt, now) } }),
  };
}

/** The same of the record of a group: a group that is gone would be taken for one that is not visible yet, for as long as the clock was ahead. */
export function groupWithoutTimesAhead(status: GroupProjectionStatus, now: number): GroupProjectionStatus | undefined {
  const { lastWriteAt, intent, targetGroup } = status;
  const { createdAt, deletedAt } = targetGroup ?? {};
  const ahead = [lastWriteAt, intent?.at, createdAt, deletedAt].some((time) => time !== undefined && Date.parse(time) > now);
  if (!ahead) return undefined;
  const times = {
    ...(createdAt === undefined ? {} : { createdAt: atMost(createdAt, now) }),
    ...(deletedAt === undefined ? {} : { deletedAt: atMost(deletedAt, now) }),
  };
  return {
    ...status,
    ...(lastWriteAt === undefined ? {} : { lastWriteAt: atMost(lastWriteAt, now) }),
    ...(intent === undefined ? {} : { intent: { ...intent, at: atMost(intent.at, now) } }),
    ...(targetGroup === undefined ? {} : { targetGroup: { ...targetGroup, ...times } }),
  };
}

const atMost = (time: string, now: number): string => (Date.parse(time) > now ? timestamp(now) : time);
