import type { DirectoryUser } from '../../api/directory-user.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Decision as LifecycleDecision } from '../lifecycle/decide.ts';
import type { MappingFailure } from '../mapping/evaluate.ts';
import type { Match } from '../matching/match.ts';
import { describeClause, type ClauseResult } from '../scope/filter.ts';
import { identityEvidence, identityKind } from '../scope/identity-kind.ts';
import type { UserResult } from './result.ts';

type Explanation = NonNullable<NonNullable<SyncConfigurationStatus['lastHandledExplainUsers']>['results']>[number];
/** One step of a decision about a person, as status shows it: names of attributes and object ids, no values of the user. */
export type ExplainedStep = NonNullable<Explanation['decisions']>[number];

/** As many as a status holds of one step, and of a text. */
const mostFilters = 6;
const mostFailures = 3;
const longestDetail = 1024;

/** A step, its detail cut to what status holds. */
export const step = (name: NonNullable<ExplainedStep['step']>, outcome: string, detail: string): ExplainedStep => ({
  step: name,
  outcome,
  detail: (detail.length > longestDetail ? `${detail.slice(0, longestDetail - 3)}...` : detail).toWellFormed(),
});

/** Import: whether the source has the user, and whether that is an internal member, by which evidence (B7). */
export function importStep(user: DirectoryUser | undefined): ExplainedStep {
  if (user === undefined)
    return step('Import', 'NotFound', 'The source has no user of this name or id, and not exactly one with this mail.');
  const evidence = identityEvidence(user).join(', ');
  switch (identityKind(user)) {
    case 'Ambiguous':
      return step('Import', 'AmbiguousIdentity', `The evidence of internal or external contradicts itself: ${evidence}.`);
    case 'External':
      return step('Import', 'NotInternalMember', `An external user, by ${evidence}.`);
    case 'Internal':
      return user.userType === 'Guest'
        ? step('Import', 'NotInternalMember', 'An internal guest, by userType.')
        : step('Import', 'Found', `An internal member, by ${evidence}.`);
  }
}

/** By what a scope assigns a user. */
export interface Assignment {
  readonly everybody: boolean;
  /** Entries of `spec.scope.users`, from 0. */
  readonly entries: readonly number[];
  readonly byApplication: boolean;
  /** Groups of the scope or of the application, each with the groups between it and the user, outermost first. */
  readonly groups: readonly { readonly path: readonly string[]; readonly ofApplication: boolean }[];
}

/** Scoping, first half: by what the user is assigned (E5). */
export function assignmentStep({ everybody, entries, byApplication, groups }: Assignment): ExplainedStep {
  if (everybody) return step('Scoping', 'Assigned', 'spec.scope.type is All.');
  const by = [
    ...entries.map((index) => `spec.scope.users[${index}]`),
    ...(byApplication ? ['an assignment of the application'] : []),
    ...groups.map(
      ({ path, ofApplication }) => `${ofApplication ? 'an assignment of the application, ' : ''}group ${path.join(' > group ')}`,
    ),
  ];
  return by.length === 0
    ? step('Scoping', 'Unassigned', 'Neither an entry of spec.scope.users nor a group or application of the scope assigns the user.')
    : step('Scoping', 'Assigned', `By ${by.join('; ')}.`);
}

/** Scoping, second half: each filter with each of its clauses. */
export function filterSteps(clauses: readonly ClauseResult[]): readonly ExplainedStep[] {
  const byFilter = new Map<string, ClauseResult[]>();
  for (const clause of clauses) byFilter.set(clause.filter, [...(byFilter.get(clause.filter) ?? []), clause]);
  const steps = [...byFilter.values()].map((of) => {
    const undecided =
      of.some(({ because }) => because === 'TooLarge') && !of.some(({ passed, because }) => !passed && because !== 'TooLarge');
    const outcome = of.every(({ passed }) => passed) ? 'FilterPassed' : undecided ? 'FilterUndecided' : 'FilterFailed';
    return step('Scoping', outcome, of.map(describeClause).join('; '));
  });
  const more = steps.length - mostFilters;
  return more > 0 ? [...steps.slice(0, mostFilters), step('Scoping', 'FiltersLeftOut', `${more} more filter(s).`)] : steps;
}

export interface MappingFacts {
  /** Where each target comes from, such as `source jobTitle`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Targets that have a value, or are to be emptied. */
  readonly wanted: ReadonlySet<string>;
  /** Names of what would be written; undefined where no account was compared. */
  readonly written: ReadonlySet<string> | undefined;
  readonly failures: readonly MappingFailure[];
}

/** Mapping: where each target comes from and whether it would change, and what could not be computed. */
export function mappingSteps({ origins, wanted, written, failures }: MappingFacts): readonly ExplainedStep[] {
  const failed = new Set(failures.map(({ target }) => target));
  const changeOf = (target: string): string =>
    !wanted.has(target) ? 'no value' : written === undefined ? 'not compared' : written.has(target) ? 'would be written' : 'stays';
  const lines = Object.entries(origins)
    .filter(([target]) => !failed.has(target))
    .map(([target, origin]) => `${target} from ${origin}: ${changeOf(target)}`);
  const told = failures.slice(0, mostFailures).map(({ target, message }) => step('Mapping', 'MappingFailed', `${target}: ${message}`));
  return [...pieces(lines).map((detail) => step('Mapping', 'Mapped', detail)), ...told];
}

/** Lines put together as far as a detail holds them, in at most four details. */
function pieces(lines: readonly string[]): readonly string[] {
  const details: string[] = [];
  for (const line of lines) {
    const last = details.at(-1);
    if (last !== undefined && last.length + line.length + 2 <= longestDetail) details[details.length - 1] = `${last}; ${line}`;
    else details.push(line);
  }
  return details.slice(0, 4);
}

/** How the account of a person was looked for, and what was found. */
export type Matching =
  | { readonly type: 'Linked'; readonly objectId: string }
  | { readonly type: 'Searched'; readonly match: Match }
  | { readonly type: 'NotSearched' };

/** Matching: by link, anchor or address, and which candidate, or why none. */
export function matchingStep(matching: Matching): ExplainedStep {
  if (matching.type === 'Linked') return step('Matching', 'Linked', `By the link of the record: account ${matching.objectId}.`);
  if (matching.type === 'NotSearched') return step('Matching', 'NotSearched', 'Nothing is looked for as things stand.');
  const { match } = matching;
  switch (match.type) {
    case 'None':
      return step('Matching', 'NotFound', 'No account carries the anchor or one of the addresses of the person.');
    case 'Found':
      return step('Matching', 'Found', `By ${match.by === 'Anchor' ? 'the anchor' : 'an address'}: account ${match.user.id}.`);
    case 'Restorable':
      return step('Matching', 'Restorable', `By the anchor, in the recycle bin: account ${match.user.id}, which we deleted.`);
    case 'Unsettled':
      return step('Matching', 'WaitingForReplication', `An account was deleted at ${match.since}, and reads may still show it.`);
    case 'Excluded':
      return step('Matching', 'LimitReached', `limits.excludedTargetUsers of the TenantPair names account ${match.objectId}.`);
    case 'Conflict':
      return step(
        'Matching',
        match.reason,
        match.objectId === undefined ? 'No candidate may be taken.' : `Account ${match.objectId} may not be taken.`,
      );
  }
}

/** What keeps an act from being done now, and until when, where that is known. */
export interface Hold {
  readonly by: 'Guard' | 'Quota' | 'Pause' | 'Mode';
  readonly reason: Reason;
  readonly until?: string;
}

/** What would be done, as it follows from the target as it is now. */
export interface ActionFacts {
  readonly decision: LifecycleDecision;
  /** Names of what would be written. */
  readonly written: readonly string[];
  /** A block of sign-in is among it. */
  readonly blocks: boolean;
  readonly holds: readonly Hold[];
}

const words: Readonly<Record<string, NonNullable<UserResult['result']>>> = {
  Create: 'Created',
  Restore: 'Restored',
  Delete: 'Deleted',
  Block: 'Disabled',
};

/** What provisioning the user now would come to, in the word of a result, and the reason of what holds it back. */
export function expectedResult({ decision, written, blocks, holds }: ActionFacts): Pick<UserResult, 'result' | 'reason'> {
  const [hold] = holds;
  if (decision.do === 'Conflict') return { result: 'Failed', reason: decision.reason };
  if (decision.do === 'Settle') return { result: 'Skipped', reason: decision.reason };
  if (decision.do === 'Wait') return { result: 'Skipped', reason: decision.reason };
  if (decision.do === 'Forget') return { result: 'Skipped', reason: 'NotInScope' };
  if (hold !== undefined) return { result: 'Skipped', reason: hold.reason };
  const word = words[decision.do] ?? (written.length === 0 ? 'Unchanged' : blocks ? 'Disabled' : 'Updated');
  return { result: word, reason: 'Planned' };
}

/** Action: what would be written now, or what holds it back. */
export function actionStep(facts: ActionFacts): ExplainedStep {
  const { decision, written, holds } = facts;
  const { result, reason } = expectedResult(facts);
  const about = 'user' in decision ? ` to account ${decision.user.id}` : '';
  const what = written.length === 0 ? '' : ` Would be written${about}: ${written.join(', ')}.`;
  const held = holds.map(
    ({ by, reason: why, until }) => `Held back by ${by.toLowerCase()}: ${why}${until === undefined ? '' : ` until ${until}`}.`,
  );
  const limit = decision.do === 'Settle' && decision.limit !== undefined ? ` limits.${decision.limit} of the TenantPair.` : '';
  const left = decision.do === 'Settle' || decision.do === 'Conflict' ? decision.objectId : undefined;
  const object = left === undefined ? '' : ` Account ${left}.`;
  if (result === 'Unchanged') return step('Action', 'Unchanged', 'Nothing would be written.');
  return step(
    'Action',
    result === 'Skipped' || result === 'Failed' ? (reason ?? 'Skipped') : `Would${decision.do}`,
    `${decision.do}.${limit}${object}${what} ${held.join(' ')}`.trim(),
  );
}
