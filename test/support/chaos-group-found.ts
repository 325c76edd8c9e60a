import type { ChaosEvent } from './chaos-events.ts';
import { found, type Found } from './chaos-found.ts';
import type { GroupOptions } from './chaos-group-events.ts';
import type { ChaosOptions } from './chaos-schedule.ts';

/** Two groups that are named by their ids and left alone as far as can be. */
const friendly: GroupOptions = {
  select: 'ids',
  membership: 'Direct',
  exclusive: false,
  propagate: true,
  adoption: 'Adopt',
  deprovisioning: 'Retain',
  keepsNames: true,
};

interface Options extends Omit<Partial<ChaosOptions>, 'groups'> {
  readonly groups?: Partial<GroupOptions>;
}

const foundWith = (what: string, { groups, ...options }: Options, ...events: readonly ChaosEvent[]): Found =>
  found(what, { ...options, groups: { ...friendly, ...groups } }, ...events);

/** As pastFailures of chaos-found.ts, with groups that are projected. */
export const pastGroupFailures: readonly Found[] = [
  foundWith(
    'a group has another name in the target, and something else about it changes',
    { people: 2 },
    { type: 'renameTarget', group: 0, wait: 0 },
    { type: 'sync', wait: 0 },
  ),
  foundWith(
    'each cycle looks at groups that have groups in them',
    { people: 2, interval: '1m', groups: { membership: 'Flattened' } },
    { type: 'sync', wait: 0 },
  ),
  foundWith(
    'the record of a member of an exclusive group is deleted',
    { seed: 566139, people: 5, interval: '1m', lag: 'much', groups: { membership: 'Flattened' } },
    { type: 'memberRules', exclusive: true, propagate: false, wait: 70 },
    { type: 'deleteRecord', who: 1, wait: 5 },
  ),
  foundWith(
    'a removal of a member is answered without being carried out',
    { people: 4, scope: 'Assigned', interval: '1m', threshold: 3, percent: 100, groups: { exclusive: true } },
    { type: 'groupFault', what: 'remove', effect: 'nothing', times: 2, wait: 17 },
    { type: 'leaveForGood', who: 1, minutes: 0, wait: 300 },
  ),
  foundWith(
    'a backup is put back in which a creation of a member of an exclusive group still waits',
    {
      people: 3,
      creations: 2,
      percent: 100,
      interval: '1m',
      closing: 'drift',
      groups: { select: 'names', membership: 'Flattened', exclusive: true, propagate: false, keepsNames: false },
    },
    { type: 'throttle', tenant: 'spoke', write: false, times: 3, retryAfter: 7, wait: 342 },
    { type: 'strategy', strategy: 'InviteAsMember', wait: 2 },
    { type: 'restoreTarget', group: 0, wait: 74 },
    { type: 'approveCreations', wait: 4 },
    { type: 'provision', who: 3, wait: 126 },
    { type: 'quit', who: 3, group: 0, wait: 78 },
    { type: 'kind', group: 0, kind: 'plain', wait: 265 },
    { type: 'serverError', tenant: 'hub', write: false, times: 2, apply: true, wait: 293 },
    { type: 'restoreBackup', wait: 43 },
  ),
  foundWith(
    'a backup is put back that knows a group by the id it had before it was purged and made anew',
    { people: 2 },
    { type: 'purgeTarget', group: 0, wait: 0 },
    { type: 'restart', wait: 692 },
    { type: 'restoreBackup', wait: 4 },
  ),
  foundWith(
    'the clock is set back while the removal of a member waits for approval',
    { people: 4, percent: 60, interval: '1m', groups: { membership: 'Flattened' } },
    { type: 'addMember', group: 1, who: 0, stranger: false, wait: 62 },
    { type: 'clockJump', minutes: -43_200, wait: 479 },
  ),
  foundWith(
    'a group is purged in the target, and the clock set back by a month',
    { people: 2, anchor: false, interval: '1m', groups: { keepsNames: false } },
    { type: 'purgeTarget', group: 0, wait: 120 },
    { type: 'clockJump', minutes: -43_200, wait: 0 },
    { type: 'lie', tenant: 'spoke', how: 'nothing', times: 1, wait: 0 },
  ),
  foundWith(
    'the answer to the creation of a group is on its way when the world is looked at',
    {
      seed: 106049,
      people: 2,
      guest: true,
      interval: '1m',
      lag: 'much',
      strategy: 'InviteAsMember',
      closing: 'drift',
      groups: { membership: 'Flattened', exclusive: true },
    },
    { type: 'lie', tenant: 'spoke', how: 'nothing', times: 1, wait: 22 },
    { type: 'start', wait: 25 },
    { type: 'innerMember', who: 4, on: true, wait: 5 },
    { type: 'loseCluster', wait: 35 },
    { type: 'kubeFault', effect: 'conflict', times: 4, wait: 34 },
    { type: 'dropContact', who: 5, wait: 2 },
    { type: 'serverError', tenant: 'hub', write: true, times: 1, apply: false, wait: 237 },
    { type: 'dropNamesake', group: 1, wait: 71 },
    { type: 'restoreBackup', wait: 7 },
    { type: 'leaveForGood', who: 7, minutes: 3, wait: 4 },
    { type: 'evict', group: 0, who: 5, wait: 84 },
    { type: 'select', group: 0, on: false, wait: 39 },
    { type: 'innerMember', who: 7, on: true, wait: 78 },
    { type: 'approve', wait: 8 },
    { type: 'addMember', group: 0, who: 0, stranger: false, wait: 3 },
    { type: 'killAt', write: 3, when: 'after', wait: 89 },
    { type: 'purgeTarget', group: 1, wait: 25 },
    { type: 'groupFault', what: 'remove', effect: 'dropAfter', times: 2, wait: 5 },
  ),
  foundWith(
    'somebody whose record was deleted has no seat any more, and the records of an exclusive group are made anew',
    {
      seed: 807280,
      people: 5,
      scope: 'Assigned',
      guest: true,
      percent: 40,
      lag: 'some',
      creations: 4,
      purges: true,
      enforce: true,
      maxUsers: 4,
      strategy: 'InviteAsGuest',
      renewals: 'Rare',
      groups: { exclusive: true, adoption: 'Ignore', deprovisioning: 'SoftDelete', keepsNames: false },
    },
    { type: 'disable', who: 1, wait: 2 },
    { type: 'deleteRecord', who: 0, wait: 18 },
    { type: 'sync', wait: 2 },
    { type: 'deleteGroupRecord', group: 0, wait: 104 },
  ),
  foundWith(
    'a group of which members wait to be taken out is deleted in the target',
    {
      seed: 817559,
      people: 6,
      scope: 'Assigned',
      adoption: 'Ignore',
      threshold: 2,
      interval: '1m',
      lag: 'some',
      creations: 4,
      purges: true,
      enforce: true,
      maxUsers: 4,
      pool: true,
      renewals: 'Rare',
      groups: { select: 'scope', exclusive: true, adoption: 'Ignore', deprovisioning: 'SoftDelete', keepsNames: false },
    },
    { type: 'emptyGroup', group: 0, wait: 480 },
    { type: 'deleteTarget', group: 0, wait: 2 },
  ),
  foundWith(
    'somebody takes one of two members out of a group, and the other one leaves',
    { people: 2, interval: '1m', threshold: 2 },
    { type: 'evict', group: 0, who: 0, wait: 60 },
    { type: 'leave', who: 1, wait: 120 },
  ),
];
