import { contextOf, isGuid, type Context } from './ids.ts';
import { listed } from './job.ts';
import { quoted, type Problem } from './problem.ts';
import { has, member, present, problemAt, text, type Placed } from './untrusted.ts';

/** Somebody who is assigned to the application, once, in however many roles. */
export interface Principal {
  readonly id: string;
  readonly displayName: string | undefined;
}

/** Who is assigned to the job's application, sorted by id. */
export interface EntraAssignments {
  readonly users: readonly Principal[];
  readonly groups: readonly Principal[];
  readonly servicePrincipals: readonly Principal[];
  /** Assignments that are in the recycle bin. */
  readonly deleted: number;
  /** The application that they are assignments of. */
  readonly resourceId: string | undefined;
  readonly context: Context;
}

/** Whether a value has the shape of assignments. */
export const isAssignments = (of: Placed): boolean => listed(of, []).some((entry) => has(entry, 'principalId'));

interface Assignment extends Principal {
  readonly type: string;
  readonly resourceId: string | undefined;
  readonly deleted: boolean;
}

function readAssignment(of: Placed, problems: Problem[]): Assignment | undefined {
  const refuse = (field: string, what: string): void => {
    problems.push(problemAt(member(of, field), { what, wayOut: 'give the answer of GET .../appRoleAssignedTo as it is' }));
  };
  const id = text(member(of, 'principalId')) ?? '';
  if (!isGuid(id)) {
    refuse('principalId', `${quoted(id)} is not an object id`);
    return undefined;
  }
  const type = text(member(of, 'principalType')) ?? '';
  if (!['user', 'group', 'serviceprincipal'].includes(type.toLowerCase())) {
    refuse('principalType', `the principal type ${quoted(type)} is not known`);
    return undefined;
  }
  const displayName = text(member(of, 'principalDisplayName'));
  const resourceId = text(member(of, 'resourceId'))?.toLowerCase();
  return {
    id: id.toLowerCase(),
    type: type.toLowerCase(),
    displayName: displayName === null || displayName === '' ? undefined : displayName,
    resourceId: resourceId !== undefined && isGuid(resourceId) ? resourceId : undefined,
    deleted: present(member(of, 'deletedDateTime')),
  };
}

function principals(all: readonly Assignment[], type: string): readonly Principal[] {
  const own = all.filter((assignment) => assignment.type === type);
  const byId = new Map(own.map(({ id, displayName }) => [id, { id, displayName }]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function readAssignments(of: Placed, problems: Problem[]): EntraAssignments {
  if (present(member(of, '@odata.nextLink'))) {
    const what = 'it is one page of several: whoever is on the others would be removed';
    problems.push(
      problemAt(member(of, '@odata.nextLink'), {
        what,
        wayOut: 'follow the links and put all entries into one file, or leave --assignments out',
      }),
    );
  }
  const all = listed(of, problems).flatMap((entry) => readAssignment(entry, problems) ?? []);
  const live = all.filter(({ deleted }) => !deleted);
  const resources = [...new Set(all.flatMap(({ resourceId }) => resourceId ?? []))].sort();
  if (resources.length > 1) {
    const what = `they belong to several applications: ${resources.join(', ')}`;
    problems.push(problemAt(of, { what, wayOut: "give the assignments of the job's own application alone" }));
  }
  return {
    users: principals(live, 'user'),
    groups: principals(live, 'group'),
    servicePrincipals: principals(live, 'serviceprincipal'),
    deleted: all.length - live.length,
    resourceId: resources[0],
    context: contextOf(of),
  };
}
