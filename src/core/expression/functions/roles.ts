import type { Call } from '../call.ts';
import type { Scope } from '../scope.ts';
import { direct, parameter, type FunctionSpec } from './spec.ts';

const attributes = { appRoleAssignments: ['Reader', 'Writer'] } as const;
const parameters = [parameter('appRoleAssignments', 'list')] as const;

const elsewhere =
  ' Only makes sense of [appRoleAssignments], which is refused in mappings, as the roles of an application are not attributes of the user: it can be tried with `tenantsync evaluate`.';

/** Each role as the JSON object of a SCIM `roles` value; none of them is primary. */
function complex(call: Call, scope: Scope): readonly string[] | null {
  if (call.value(0, scope) === null) return null;
  const roles = call.list(0, scope);
  call.spend(scope, roles.length * 80);
  return roles.map((role) => JSON.stringify({ primary: false, type: 'WindowsAzureActiveDirectoryRole', display: role, value: role }));
}

const complexExample = {
  attributes: { appRoleAssignments: ['Reader'] },
  gives: ['{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"Reader","value":"Reader"}'],
} as const;

/** Functions of application roles. */
export const roleFunctions: readonly FunctionSpec[] = [
  {
    name: 'AppRoleAssignments',
    parameters,
    summary: `The roles that are assigned to the user, by name.${elsewhere}`,
    nulls: 'Null gives null.',
    example: { expression: 'AppRoleAssignments([appRoleAssignments])', attributes, gives: ['Reader', 'Writer'] },
    build: direct((call, scope) => (call.value(0, scope) === null ? null : call.list(0, scope))),
  },
  {
    name: 'AppRoleAssignmentsComplex',
    parameters,
    summary: `The roles that are assigned to the user, each as a JSON object, none of them primary.${elsewhere}`,
    nulls: 'Null gives null.',
    example: { expression: 'AppRoleAssignmentsComplex([appRoleAssignments])', ...complexExample },
    build: direct(complex),
  },
  {
    name: 'AssertiveAppRoleAssignmentsComplex',
    parameters,
    summary: `The same as AppRoleAssignmentsComplex. What Entra does differently for it, replacing the roles in the target and not adding to them, is how lists are always written here.${elsewhere}`,
    nulls: 'Null gives null.',
    example: { expression: 'AssertiveAppRoleAssignmentsComplex([appRoleAssignments])', ...complexExample },
    build: direct(complex),
  },
  {
    name: 'SingleAppRoleAssignment',
    parameters,
    summary: `The first of the roles that are assigned to the user.${elsewhere}`,
    nulls: 'Null and no role give null.',
    example: { expression: 'SingleAppRoleAssignment([appRoleAssignments])', attributes, gives: 'Reader' },
    build: direct((call, scope) => call.list(0, scope)[0] ?? null),
  },
];
