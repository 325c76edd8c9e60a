import type { SyncConfigurationSpec, SyncConfigurationStatus } from '../../api/generated.ts';

type Planned = NonNullable<NonNullable<SyncConfigurationStatus['lastCycle']>['planned']>;

/** What a plan would do, in the words of its numbers. */
const planned = [
  ['create', 'creation(s)'],
  ['update', 'update(s)'],
  ['disable', 'block(s)'],
  ['delete', 'deletion(s)'],
  ['restore', 'restore(s)'],
] as const;

/** What a plan has come to, in a sentence: what would be done, what stands in the way, and what the guard would say. */
export function plannedText(plan: Planned): string {
  const done = planned.flatMap(([key, what]) => ((plan[key] ?? 0) > 0 ? [`${plan[key] ?? 0} ${what}`] : []));
  const held = [
    ...((plan.conflict ?? 0) > 0 ? [`${plan.conflict ?? 0} conflict(s)`] : []),
    ...((plan.failure ?? 0) > 0 ? [`${plan.failure ?? 0} could not be told`] : []),
  ];
  const { result, count = 0, percent = 0, stagedCreations = 0 } = plan.guard ?? {};
  const guard = [
    ...(result === 'Staged' ? [` The guard would stage ${count} deletion(s) and block(s), ${percent} % of the accounts.`] : []),
    ...(stagedCreations > 0 ? [` ${stagedCreations} of the creations would wait for a decision.`] : []),
  ];
  const what = done.length === 0 ? 'nothing would change' : `planned: ${done.join(', ')}`;
  return `Plan: nothing is written; ${what}${held.length === 0 ? '' : ` (${held.join(', ')})`}.${guard.join('')}`;
}

/** That nobody is in scope although one is named, and by what; undefined: somebody is, or it is not known yet. */
export function nobodyInScope(
  { scope }: Pick<SyncConfigurationSpec, 'scope'>,
  { inScope, isRead }: { readonly inScope: number; readonly isRead: boolean },
): string | undefined {
  if (scope.type === 'All' || inScope > 0) return undefined;
  const names = (scope.users?.length ?? 0) + (scope.groups?.length ?? 0) + (scope.application === undefined ? 0 : 1);
  if (names === 0) return 'Nobody is in scope: spec.scope.type is Assigned, and spec.scope names no user, group or application.';
  if (!isRead) return undefined;
  return 'Nobody is in scope: whom spec.scope names has nobody in it whom the filters let pass. Look at status.resolvedScope and spec.scope.filters.';
}

/** What Ready says of a configuration that is as it should be. */
export function wellMessage(plan: Planned | undefined, nobody: string | undefined): string {
  const text = plan === undefined ? 'The configuration is synchronized.' : plannedText(plan);
  return nobody === undefined ? text : `${text} ${nobody}`;
}
