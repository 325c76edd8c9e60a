import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import { canonicalValue } from '../mapping/canonical.ts';
import { rulesOf } from '../mapping/target-attributes.ts';
import { wellFormed } from '../wire/text.ts';
import type { ManagerChange, WritePlan } from './writes.ts';

export type PlannedOperation = NonNullable<UserProjectionStatus['plan']>['operation'];
/** One attribute that would change; without `from` there is no value or none that can be read, without `to` it would be emptied. */
export type PlannedChange = NonNullable<NonNullable<UserProjectionStatus['plan']>['changes']>[number];

/** What would be done for one person: an operation, to which account, and what would change there. */
export interface PlannedWrites {
  readonly operation: PlannedOperation;
  readonly changes: readonly PlannedChange[];
  readonly objectId?: string;
}

/** Characters of a value that a plan shows. */
const longestValue = 256;
const cut = (text: string): string => (text.length > longestValue ? wellFormed(`${text.slice(0, longestValue - 3)}...`) : text);

/** A value as a plan shows it; a list with commas, nothing where there is nothing. */
function shown(name: string, value: unknown): string | undefined {
  const canonical = canonicalValue(name, value as Parameters<typeof canonicalValue>[1]);
  if (canonical === null) return undefined;
  return cut(typeof canonical === 'object' ? canonical.join(', ') : String(canonical));
}

/** Sign-in is read of everybody, whether it is mapped or not. */
function valueOf({ attributes, accountEnabled }: DirectoryUser, name: string): unknown {
  return attributes[name] ?? (name === 'accountEnabled' ? accountEnabled : null);
}

function change(name: string, from: string | undefined, to: string | undefined): PlannedChange {
  return { attribute: name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function managerChange(manager: ManagerChange, current: string | null | undefined): readonly PlannedChange[] {
  const from = current ?? undefined;
  if (manager.type === 'Clear') return [change('manager', from, undefined)];
  return manager.type === 'Set' ? [change('manager', from, manager.managerId)] : [];
}

/**
 * The changes that a write plan makes to an account as it was read; undefined: one that is yet to be made. Sorted by attribute, values
 * bounded: names and addresses are in them, and they belong on the record of the person alone.
 */
export function changesOf(plan: Pick<WritePlan, 'patch' | 'manager'>, current: DirectoryUser | undefined): readonly PlannedChange[] {
  const changes = Object.entries(plan.patch).map(([name, to]) => {
    const from = current === undefined || rulesOf(name).writeOnly === true ? undefined : shown(name, valueOf(current, name));
    return change(name, from, shown(name, to));
  });
  const all = [...changes, ...managerChange(plan.manager, current?.managerId)];
  return all.toSorted((a, b) => (a.attribute < b.attribute ? -1 : 1));
}
