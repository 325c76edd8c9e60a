import type { ChaosEvent } from './chaos-events.ts';
import type { ChaosOptions, Schedule } from './chaos-schedule.ts';

/** A small and friendly world. */
export const small: ChaosOptions = {
  seed: 1,
  people: 3,
  scope: 'All',
  anchor: true,
  adoption: 'Adopt',
  guest: false,
  threshold: 100,
  percent: 100,
  interval: '5m',
  lag: 'none',
};

export interface Found {
  /** What happens, as the end of a sentence that begins with "although". */
  readonly what: string;
  readonly schedule: Schedule;
}

export const found = (what: string, options: Partial<ChaosOptions>, ...events: readonly ChaosEvent[]): Found => ({
  what,
  schedule: { options: { ...small, ...options }, events },
});

/** Schedules that violated an invariant once, made as short as they could be. They are played before any random ones. */
export const pastFailures: readonly Found[] = [
  found('the wall clock is set back', {}, { type: 'clockJump', minutes: -90, wait: 0 }, { type: 'leave', who: 0, wait: 0 }),
  found(
    'a projection is changed by hand to what then comes true',
    {},
    { type: 'leave', who: 0, wait: 0 },
    { type: 'tamper', who: 0, wait: 0 },
  ),
  found(
    'a record is deleted while the process ends',
    {},
    { type: 'sync', wait: 4 },
    { type: 'deleteRecord', who: 2, wait: 0 },
    { type: 'kill', wait: 0 },
  ),
  found(
    'a record is written anew while the manager is away',
    { people: 5, anchor: false, interval: '1m' },
    { type: 'manager', who: 0, boss: 4, wait: 0 },
    { type: 'leave', who: 4, wait: 120 },
    { type: 'tamper', who: 0, wait: 0 },
    { type: 'targetEdit', who: 0, wait: 1 },
    { type: 'stop', wait: 0 },
  ),
  found(
    'a record is deleted before the mark of its account can be seen',
    { seed: 43439, people: 4, scope: 'Assigned', interval: '1m', lag: 'much' },
    { type: 'deleteRecord', who: 3, wait: 0 },
    { type: 'leave', who: 0, wait: 0 },
  ),
  found(
    'somebody is renamed whose account was made by somebody else just now',
    { people: 2, guest: true, interval: '1m' },
    { type: 'rename', who: 0, wait: 0 },
    { type: 'hire', who: 0, wait: 0 },
  ),
  found(
    'the clock is set back after an account was made by somebody else',
    { people: 2, guest: true, interval: '1m' },
    { type: 'clockJump', minutes: -90, wait: 0 },
    { type: 'killAt', write: 1, when: 'before', wait: 0 },
  ),
  found(
    'somebody whose removal is staged is purged before it is approved',
    { people: 2, scope: 'Assigned', anchor: false, interval: '1m' },
    { type: 'emptyGroup', group: 0, wait: 0 },
    { type: 'kubeFault', effect: 'conflict', times: 1, wait: 3 },
    { type: 'purge', who: 0, wait: 0 },
  ),
  found(
    'the account is purged in the target and the clock set back',
    { people: 2, anchor: false, interval: '1m' },
    { type: 'targetPurge', who: 0, wait: 0 },
    { type: 'clockJump', minutes: -90, wait: 0 },
    { type: 'compact', wait: 0 },
  ),
  found(
    'somebody leaves whose account was made by somebody else just now',
    { people: 2, scope: 'Assigned', guest: true, interval: '1m' },
    { type: 'quit', who: 0, group: 0, wait: 0 },
  ),
  found(
    'an account is purged in the target while its block is staged',
    { people: 2, anchor: false, interval: '1m' },
    { type: 'leave', who: 1, wait: 120 },
    { type: 'disable', who: 0, wait: 2 },
    { type: 'targetPurge', who: 0, wait: 0 },
    { type: 'suspend', on: false, wait: 0 },
  ),
  found(
    'somebody whose removal is staged comes back to the source and not into the scope',
    { seed: 999432, scope: 'Assigned', anchor: false, guest: true, interval: '1m' },
    { type: 'emptyGroup', group: 0, wait: 2 },
    { type: 'leave', who: 1, wait: 1 },
    { type: 'comeBack', who: 1, wait: 0 },
  ),
  found(
    'a second installation finds the account that was there before as well',
    { people: 2, guest: true },
    { type: 'secondInstallation', wait: 0 },
  ),
  found(
    'two installations invite somebody at the same instant',
    { people: 2, lag: 'much' },
    { type: 'secondInstallation', wait: 0 },
    { type: 'restart', wait: 0 },
    { type: 'hire', who: 7, wait: 0 },
  ),
  found(
    'nothing is written any more after the target has refused writes for load',
    { anchor: false },
    { type: 'throttle', tenant: 'spoke', write: true, times: 3, wait: 0 },
    { type: 'lose', tenant: 'spoke', write: true, times: 3, effect: 'dropAfter', wait: 0 },
    { type: 'retitle', who: 2, wait: 314 },
  ),
  found(
    'somebody who is disabled is renamed, and an account that is not ours has the former address',
    { people: 2, anchor: false, adoption: 'Ignore', guest: true },
    { type: 'disable', who: 0, wait: 0 },
    { type: 'rename', who: 0, wait: 0 },
  ),
  found(
    'an old backup is put back before the mark of an account could be written',
    { seed: 20, people: 2, adoption: 'Ignore', lag: 'some' },
    { type: 'hire', who: 5, wait: 0 },
    { type: 'decideLate', decision: 'reject', minutes: 5, wait: 127 },
    { type: 'lie', tenant: 'spoke', how: 'page', times: 4, wait: 0 },
    { type: 'lose', tenant: 'spoke', write: false, times: 4, effect: 'dropBefore', wait: 89 },
    { type: 'restoreBackup', wait: 0 },
  ),
  found(
    'somebody has another address when the cluster is lost before the mark was written',
    { seed: 1, people: 2, anchor: true, guest: true },
    { type: 'rename', who: 0, wait: 0 },
    { type: 'loseCluster', wait: 0 },
    { type: 'lose', tenant: 'spoke', write: false, times: 1, effect: 'dropBefore', wait: 0 },
  ),
  found(
    'a first cycle over everybody reads by id what was before somebody left',
    { seed: 191529, people: 2, guest: true, lag: 'much' },
    { type: 'leave', who: 1, wait: 4 },
    { type: 'recreateConfiguration', rename: false, wait: 0 },
  ),
  found(
    'another installation comes when somebody has another address and their account no mark yet',
    { seed: 1, people: 2, anchor: true, guest: true },
    { type: 'rename', who: 0, wait: 0 },
    { type: 'secondInstallation', wait: 0 },
    { type: 'suspend', on: false, wait: 0 },
  ),
  found(
    'a change of strategy waits for a decision while the accounts are looked at again',
    { seed: 19, people: 2, anchor: false, threshold: 2, strategy: 'AddressListOnly' },
    { type: 'sync', wait: 0 },
  ),
  found(
    'a creation is judged by a read that is behind the delta',
    {
      seed: 411249,
      people: 5,
      threshold: 3,
      percent: 60,
      interval: '1m',
      lag: 'much',
      creations: 2,
      strategy: 'InviteAsGuest',
      closing: 'preview',
    },
    { type: 'throttle', tenant: 'spoke', write: false, times: 2, retryAfter: 7, wait: 38 },
    { type: 'targetRetitle', who: 0, wait: 62 },
    { type: 'serverError', tenant: 'hub', write: true, times: 2, apply: false, wait: 2 },
    { type: 'retitle', who: 0, wait: 2 },
    { type: 'serverError', tenant: 'hub', write: true, times: 4, apply: true, wait: 6 },
  ),
  found(
    'the limit on creations is raised while some wait for it and others come',
    {
      seed: 79071,
      people: 6,
      scope: 'Assigned',
      anchor: false,
      guest: true,
      threshold: 2,
      interval: '1m',
      lag: 'much',
      creations: 2,
      purges: true,
      maxUsers: 4,
      strategy: 'InviteAsGuest',
      closing: 'requests',
    },
    { type: 'enable', who: 1, wait: 4 },
    { type: 'hire', who: 5, wait: 35 },
    { type: 'comeBack', who: 7, wait: 82 },
    { type: 'purge', who: 5, wait: 33 },
  ),
  found(
    'a conversion was rejected, and is planned anew',
    { people: 2, anchor: false, interval: '1m', strategy: 'AddressListOnly', closing: 'drift' },
    { type: 'strategy', strategy: 'InviteAsMember', wait: 0 },
    { type: 'leave', who: 0, wait: 1 },
    { type: 'reject', wait: 0 },
  ),
  found(
    'another installation made the account of somebody for whom the limit left no seat here',
    { interval: '1m', maxUsers: 2, strategy: 'InviteAsMember' },
    { type: 'secondInstallation', wait: 0 },
    { type: 'strategy', strategy: 'InviteAsMember', wait: 2 },
    { type: 'leave', who: 2, wait: 0 },
  ),
  found(
    'somebody whose creation was approved is purged in the target',
    { people: 4, anchor: false, interval: '1m', lag: 'some', creations: 2 },
    { type: 'approveCreations', wait: 120 },
    { type: 'targetPurge', who: 3, wait: 0 },
    { type: 'refuse', who: 0, what: 'manager', minutes: 2, wait: 120 },
  ),
  found(
    'a seat is free for somebody who has left meanwhile',
    { seed: 109833, people: 5, scope: 'Assigned', anchor: false, interval: '1m', lag: 'much', maxUsers: 2, closing: 'drift' },
    { type: 'leaveForGood', who: 5, minutes: 3, wait: 317 },
    { type: 'targetRetitle', who: 0, wait: 3 },
    { type: 'emptyGroup', group: 0, wait: 61 },
    { type: 'maxUsers', count: 0, wait: 0 },
  ),
  found(
    'somebody leaves whose account was there before, and for whom the limit left no seat',
    { people: 4, anchor: false, guest: true, interval: '1m', maxUsers: 2, closing: 'drift' },
    { type: 'leave', who: 0, wait: 0 },
    { type: 'tamper', who: 0, wait: 0 },
  ),
];
