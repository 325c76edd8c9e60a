import type { GroupMember } from '../../api/directory-group.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { referableAccount } from '../projection/account.ts';

/**
 * Where a person of the source group stands in the target: `Live` with the account, `Expected` to have one (that of `account`, where a plan has found it),
 * `HeldBack` from having one as things stand, or of no concern.
 */
export type PersonStanding =
  | { readonly type: 'Live'; readonly account: string }
  | { readonly type: 'Expected'; readonly account?: string }
  | { readonly type: 'HeldBack' | 'None' };

/** Where a person stands by the records of all configurations that are no previews. */
export function personStanding(records: readonly UserProjection[]): PersonStanding {
  const account = records.map((each) => referableAccount(each)).find((each) => each !== undefined);
  if (account !== undefined) return { type: 'Live', account: account.toLowerCase() };
  const wanted = records.filter(({ spec }) => spec.lifecycle === 'Present');
  if (wanted.length === 0) return { type: 'None' };
  const coming = wanted.filter(isComing);
  if (coming.length === 0) return { type: 'HeldBack' };
  const planned = coming.map(({ status }) => status.plan?.objectId).find((each) => each !== undefined);
  return planned === undefined ? { type: 'Expected' } : { type: 'Expected', account: planned.toLowerCase() };
}

/** Whether an account is made, restored or linked without anybody doing anything: a plan says so, or the record was not handled yet. */
function isComing({ metadata, status: { state, plan, observedGeneration } }: UserProjection): boolean {
  switch (state) {
    case 'Conflict':
    case 'Failed':
    case 'Skipped':
    case 'Staged':
      return false;
    case 'Planned':
      return (
        plan?.operation === 'Create' || plan?.operation === 'Restore' || (plan?.operation !== 'Delete' && plan?.objectId !== undefined)
      );
    case 'SoftDeleted':
    case 'Purged':
    case 'Retained':
      return observedGeneration !== metadata.generation;
    case 'Pending':
    case 'Provisioned':
    case 'Blocked':
      return true;
  }
}

/** Everything that decides about the members of one group; both readings are complete. */
export interface MembershipFacts {
  /** People in the source group. */
  readonly source: ReadonlySet<string>;
  /** Members that the target group has. */
  readonly target: readonly GroupMember[];
  readonly standingOf: (person: string) => PersonStanding;
  /** Whose account of this pair that is; undefined: nobody's. */
  readonly personOf: (account: string) => string | undefined;
  /** People whose account a user may be that no record links; undefined: that cannot be told. */
  readonly likenessOf: (member: GroupMember) => readonly string[] | undefined;
  /** Who was in the group before it was taken over, and in the source group was not. */
  readonly isKept: (account: string) => boolean;
  /** Users of the target that are never touched. */
  readonly isExcluded: (account: string) => boolean;
  readonly propagateRemovals: boolean;
  readonly exclusive: boolean;
}

/** What is to be done about the members of a group, and the numbers that its status shows. */
export interface MembershipPlan {
  /** Accounts to be put in. */
  readonly add: readonly string[];
  /** Members to be taken out, once the guard has let them pass. */
  readonly remove: readonly string[];
  readonly wanted: number;
  readonly present: number;
  /** Without a live account; `coming` are those of them who are to get one as things stand. */
  readonly waiting: number;
  readonly coming: number;
  readonly foreign: number;
  /** Members whom the source group does not have, whoever they are. */
  readonly others: readonly string[];
  /** Members who are in it by us, those to be taken out included. */
  readonly managed: number;
}

/**
 * Compares the members that a group has with those that it should have: those people of the source group who have a live account of the pair. Whoever
 * holds an account of the pair follows the source, but for who was there before a group was taken over; everybody else is foreign, and left alone
 * unless the membership is exclusive and the account cannot be that of somebody who belongs there.
 */
export function planMembership({ source, target, standingOf, personOf, isKept, isExcluded, ...rules }: MembershipFacts): MembershipPlan {
  const { add, live, waiting, coming } = wantedOf(source, new Set(target.map(({ id }) => id)), standingOf);
  // Whose account no record links may belong there all the same: the person is held back, or an older record does not know of the account.
  const belongs = (person: string): boolean => source.has(person) && standingOf(person).type !== 'None';
  const isStranger = (member: GroupMember): boolean => !member.isUser || rules.likenessOf(member)?.some(belongs) === false;
  const leavers: string[] = [];
  const foreigners: string[] = [];
  const strangers: string[] = [];
  for (const member of target) {
    const person = member.isUser ? personOf(member.id) : undefined;
    if (person !== undefined && source.has(person)) continue;
    const isForeign = person === undefined || isKept(member.id);
    (isForeign ? foreigners : leavers).push(member.id);
    if (isForeign && rules.exclusive && (person !== undefined || isStranger(member))) strangers.push(member.id);
  }
  return {
    add,
    remove: [...(rules.propagateRemovals ? leavers : []), ...strangers].filter((id) => !isExcluded(id)).sort(),
    wanted: live + waiting,
    present: live - add.length,
    waiting,
    coming,
    foreign: foreigners.length,
    others: [...leavers, ...foreigners],
    managed: target.length - foreigners.length,
  };
}

interface Wanted {
  readonly add: readonly string[];
  readonly live: number;
  readonly waiting: number;
  readonly coming: number;
}

/** Who of the source group is to be in the target group: with an account, to be put in or there already, or waiting for one. */
function wantedOf(source: ReadonlySet<string>, members: ReadonlySet<string>, standingOf: MembershipFacts['standingOf']): Wanted {
  const add: string[] = [];
  let [live, waiting, coming] = [0, 0, 0];
  for (const person of source) {
    const standing = standingOf(person);
    if (standing.type === 'None') continue;
    const isThere = 'account' in standing && members.has(standing.account);
    if (standing.type === 'Live' || isThere) live += 1;
    else waiting += 1;
    if (isThere) continue;
    if (standing.type === 'Live') add.push(standing.account);
    if (standing.type === 'Expected') coming += 1;
  }
  return { add, live, waiting, coming };
}
