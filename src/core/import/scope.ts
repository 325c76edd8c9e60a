import type { EntraAssignments, Principal } from './assignments.ts';
import { entry, field, list, map, named, remark, saying, value, type Item, type Member, type Part, type Remark } from './commented.ts';
import type { TakenFilter, TakenFilters } from './filters.ts';
import { visible } from './problem.ts';

/** What the files say about who is in scope. */
export interface ScopeFacts {
  /** Undefined: no secrets were given, or they do not say. */
  readonly syncAll: boolean | undefined;
  readonly assignments: EntraAssignments | undefined;
  /** The application that people are assigned to; undefined: no file names it. */
  readonly servicePrincipalId: string | undefined;
  readonly filters: TakenFilters;
}

/** As many as a manifest takes. */
const mostUsers = 500;
const mostGroups = 200;

/** What the CRD refuses, so that it cannot be forgotten. */
export const placeholder = (what: string): string => `REPLACE-WITH-${what}`;

const person = ({ id, displayName }: Principal): Item =>
  entry(value({ id }), ...(displayName === undefined ? [] : [remark('note', visible(displayName))]));

function applicationOf(id: string | undefined, ...remarks: readonly Remark[]): Member {
  const missing = remark(
    'fill in',
    'the object id of the service principal of the Entra configuration: no file names it (--service-principal)',
  );
  const part = value({ servicePrincipalId: id ?? placeholder('SERVICE-PRINCIPAL-ID') });
  return named('application', part, ...remarks, ...(id === undefined ? [missing] : []));
}

/** Assigned users and groups, or the application whose assignments are mirrored. */
function assigned({ assignments, servicePrincipalId }: ScopeFacts): readonly Member[] {
  if (assignments === undefined)
    return [applicationOf(servicePrincipalId, remark('note', 'mirrors who is assigned to it; give --assignments to have them listed'))];
  const { users, groups, servicePrincipals, deleted } = assignments;
  const left = [
    ...servicePrincipals.map(({ id, displayName }) =>
      remark(
        'cannot be',
        `the service principal ${displayName === undefined ? id : `"${visible(displayName)}"`} is assigned, and is no person`,
      ),
    ),
    ...(deleted === 0 ? [] : [remark('note', `${deleted} deleted assignments are left out`)]),
  ];
  if (users.length > mostUsers || groups.length > mostGroups) {
    const many = `${users.length} users and ${groups.length} groups are assigned, more than a manifest takes (${mostUsers}, ${mostGroups}): the application is mirrored`;
    return [applicationOf(servicePrincipalId, remark('differs', many), ...left)];
  }
  if (users.length + groups.length === 0)
    return [applicationOf(servicePrincipalId, remark('note', 'no user and no group is assigned: the application is mirrored'), ...left)];
  return [
    ...(left.length === 0 ? [] : [saying('users', ...left)]),
    ...(users.length === 0 ? [] : [named('users', list(users.map(person)), remark('taken over', 'assigned users'))]),
    ...(groups.length === 0 ? [] : [named('groups', list(groups.map(person)), remark('taken over', 'assigned groups'))]),
    field('includeNestedGroups', false, remark('taken over', 'Entra knows direct members alone')),
  ];
}

function filterPart({ name, clauses }: TakenFilter): Part {
  return map(field('name', name), named('clauses', list(clauses.map(({ clause, remarks }) => entry(value({ ...clause }), ...remarks)))));
}

function filterMembers({ filters, remarks }: TakenFilters): readonly Member[] {
  if (filters.length === 0) return [saying('filters', ...(remarks.length === 0 ? [remark('note', 'the job has no filters')] : remarks))];
  return [
    named(
      'filters',
      list(filters.map((filter) => entry(filterPart(filter), ...filter.remarks))),
      remark('taken over', 'scoping filters, OR-ed'),
      ...remarks,
    ),
  ];
}

function typeRemarks({ syncAll, assignments }: ScopeFacts): readonly Remark[] {
  if (syncAll === undefined)
    return [
      remark(
        'note',
        'whether everybody or the assigned are synchronized is not in a schema, but among the secrets (--secrets); if it is everybody, write type: All alone',
      ),
    ];
  if (!syncAll) return [remark('taken over', 'SyncAll is false')];
  const unused = assignments === undefined ? [] : [remark('note', 'everybody is synchronized, so that the assignments have no effect')];
  return [remark('taken over', 'SyncAll is true'), ...unused];
}

/** The scope of the configuration. */
export function scopePart(facts: ScopeFacts): Part {
  const all = facts.syncAll === true;
  return map(
    field('type', all ? 'All' : 'Assigned', ...typeRemarks(facts)),
    ...(all ? [] : assigned(facts)),
    ...filterMembers(facts.filters),
  );
}
