import type { Json, JsonObject } from '../types.ts';

const attribute = (name: string): JsonObject => ({ expression: `[${name}]`, name, parameters: [], type: 'Attribute' });
const constant = (value: string): JsonObject => ({ expression: JSON.stringify(value), name: value, parameters: [], type: 'Constant' });

const row = (targetAttributeName: string, source: JsonObject, more: JsonObject = {}): JsonObject => ({
  defaultValue: '',
  exportMissingReferences: false,
  flowBehavior: 'FlowWhenChanged',
  flowType: 'Always',
  matchingPriority: 0,
  targetAttributeName,
  source,
  ...more,
});

const matching: JsonObject = {
  expression: 'AltSecIdFromNetId([netId])',
  name: 'AltSecIdFromNetId',
  parameters: [{ key: 'source', value: attribute('netId') }],
  type: 'Function',
};

const copied = [
  ...['IsSoftDeleted', 'userPrincipalName', 'accountEnabled', 'streetAddress', 'city', 'state', 'postalCode', 'country', 'department'],
  ...['employeeId', 'displayName', 'givenName', 'jobTitle', 'mailNickname', 'physicalDeliveryOfficeName', 'preferredLanguage'],
  ...['surname', 'telephoneNumber', 'mail', 'manager'],
];

/** The rows of a new job between tenants. */
const defaultRows: readonly JsonObject[] = [
  row('alternativeSecurityIds', matching, { matchingPriority: 1, defaultValue: null }),
  ...copied.map((name) => row(name, attribute(name))),
  row('showInAddressList', constant('true')),
  row('userType', constant('Member'), { flowType: 'ObjectAddOnly' }),
];

const internalOnly: JsonObject = {
  categoryFilterGroups: [],
  inputFilterGroups: [],
  groups: [
    {
      name: 'Filter external users',
      clauses: [{ operatorName: 'EQUALS', sourceOperandName: 'alternativeSecurityIds', targetOperand: { values: ['None'] } }],
    },
  ],
};

const metadata = (unsynchronized: boolean): Json => [
  { key: 'Disposition', value: '"Normal"' },
  { key: 'Unsynchronized', value: String(unsynchronized) },
];

/** The schema of a job between tenants as Graph shows it: one rule, one mapping of people, and a helper that synchronizes nothing. */
export function crossTenantSchema(
  jobId: string,
  {
    rows = [],
    scope = internalOnly,
  }: { readonly rows?: readonly JsonObject[] | undefined; readonly scope?: JsonObject | null | undefined },
): JsonObject {
  const changed = new Set(rows.map(({ targetAttributeName }) => targetAttributeName));
  const people: JsonObject = {
    enabled: true,
    flowTypes: 'Add,Update,Delete',
    name: 'Provision Microsoft Entra ID Users',
    sourceObjectName: 'User',
    targetObjectName: 'User',
    scope,
    metadata: metadata(false),
    attributeMappings: [...defaultRows.filter(({ targetAttributeName }) => !changed.has(targetAttributeName)), ...rows],
  };
  const helper: JsonObject = {
    ...people,
    enabled: false,
    name: null,
    sourceObjectName: '',
    targetObjectName: 'AppRoleAssignment',
    scope: null,
    metadata: metadata(true),
    attributeMappings: [],
  };
  return {
    id: jobId,
    version: 'v1.2',
    synchronizationRules: [
      {
        containerFilter: null,
        editable: true,
        groupFilter: null,
        id: '0f4a6d2c-9b17-4e35-8c60-7a1d5e3b2f98',
        name: 'USER_INBOUND_USER',
        priority: 1,
        sourceDirectoryName: 'Microsoft Entra ID',
        targetDirectoryName: 'Azure Active Directory (target tenant)',
        metadata: [{ key: 'supportsProvisionOnDemand', value: 'true' }],
        objectMappings: [people, helper],
      },
    ],
  };
}
