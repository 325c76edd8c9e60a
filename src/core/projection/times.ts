import type { UserProjectionStatus } from '../../api/generated.ts';
import { timestamp } from '../duration.ts';

/**
 * The status with the times at which something happened not ahead of `now` (epoch milliseconds): such a time was written by a clock that
 * was wrong, and counts as now (I14). Undefined when there is none: what waits for one of them waits no longer than it was meant to.
 */
export function withoutTimesAhead(status: UserProjectionStatus, now: number): UserProjectionStatus | undefined {
  const { lastWriteAt, intent, targetUser } = status;
  const ahead = [lastWriteAt, intent?.at, targetUser?.deletedAt].some((time) => time !== undefined && Date.parse(time) > now);
  if (!ahead) return undefined;
  const atMost = (time: string): string => (Date.parse(time) > now ? timestamp(now) : time);
  return {
    ...status,
    ...(lastWriteAt === undefined ? {} : { lastWriteAt: atMost(lastWriteAt) }),
    ...(intent === undefined ? {} : { intent: { ...intent, at: atMost(intent.at) } }),
    ...(targetUser?.deletedAt === undefined ? {} : { targetUser: { ...targetUser, deletedAt: atMost(targetUser.deletedAt) } }),
  };
}
