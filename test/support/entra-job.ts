import type { ExpressionNode } from '../../src/core/expression/ast.ts';
import { parseExpression } from '../../src/core/expression/parser.ts';

/** JSON of an export that tests make and change. */
export type Json = Record<string, unknown>;

export const contoso = '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11';
export const fabrikam = '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22';
export const application = '5b0d6c1f-3e2a-4d88-9a47-0c1e2f3a4b5c';
export const jobId = 'Azure2Azure.8f2c0c1e5a0b4c579d1a3f3a5f0c1a11.4e7a9c30-51d2-4b86-a0f3-6c8d2e1b9f74';

export const attribute = (name: string): Json => ({ expression: `[${name}]`, name, parameters: [], type: 'Attribute' });
export const constant = (value: string): Json => ({
  expression: `"${value.replace(/["\\]/g, '\\$&')}"`,
  name: value,
  parameters: [],
  type: 'Constant',
});

/** The parameters of an expression as Entra writes them: without empty arguments, and with numbers as constants. */
function treeOf(node: ExpressionNode): Json | undefined {
  switch (node.kind) {
    case 'attribute':
      return attribute(node.name);
    case 'text':
      return constant(node.value);
    case 'number':
      return { ...constant(node.text), expression: node.text };
    case 'call': {
      const children = node.args.filter(({ kind }) => kind !== 'empty').map(treeOf);
      if (children.includes(undefined)) return undefined;
      return { name: node.name, parameters: children.map((value, index) => ({ key: `p${index}`, value })), type: 'Function' };
    }
    case 'comparison':
    case 'keyword':
    case 'empty':
      return undefined;
  }
}

/** An expression, with its text and, where a tree can say it, its parameters. */
export function expression(text: string): Json {
  const ast = parseExpression(text);
  const name = ast.kind === 'call' ? ast.name : '';
  return { name, parameters: [], type: 'Function', ...treeOf(ast), expression: text };
}

export interface Row extends Json {
  targetAttributeName: string;
  source: Json | null;
}

/** A row as the portal writes it. */
export const row = (target: string, source: Json | null, more: Json = {}): Row => ({
  defaultValue: '',
  exportMissingReferences: false,
  flowBehavior: 'FlowWhenChanged',
  flowType: 'Always',
  matchingPriority: 0,
  targetAttributeName: target,
  source,
  ...more,
});

export const direct = (target: string, more: Json = {}): Row => row(target, attribute(target), more);

/** The rows that Entra itself decides about, in every job between tenants. */
export const engineRows: readonly Row[] = [
  row('alternativeSecurityIds', expression('AltSecIdFromNetId([netId])'), { matchingPriority: 1, defaultValue: null }),
  direct('IsSoftDeleted'),
  direct('userPrincipalName'),
];

/** The default rows of a job made before 2024: without a manager. */
export const rows2023: readonly Row[] = [
  ...engineRows,
  ...[
    'accountEnabled',
    'streetAddress',
    'city',
    'state',
    'postalCode',
    'country',
    'department',
    'employeeId',
    'displayName',
    'givenName',
    'jobTitle',
    'mailNickname',
    'physicalDeliveryOfficeName',
    'preferredLanguage',
    'surname',
    'telephoneNumber',
    'mail',
  ].map((name) => direct(name)),
  row('showInAddressList', constant('true')),
  row('userType', constant('Member'), { flowType: 'ObjectAddOnly' }),
];

export const rows2026: readonly Row[] = [...rows2023, direct('manager')];

/** The rows with one of them replaced, or added. */
export const withRows = (rows: readonly Row[], ...changed: readonly Row[]): readonly Row[] => [
  ...rows.filter(({ targetAttributeName }) => !changed.some((row) => row.targetAttributeName === targetAttributeName)),
  ...changed,
];

export const without = (rows: readonly Row[], ...targets: readonly string[]): readonly Row[] =>
  rows.filter(({ targetAttributeName }) => !targets.includes(targetAttributeName));

export const clause = (attribute: string, operator: string, ...values: readonly string[]): Json => ({
  operatorName: operator,
  sourceOperandName: attribute,
  targetOperand: values.length === 0 ? null : { values },
});

export const internalOnly = clause('alternativeSecurityIds', 'EQUALS', 'None');

export const filterGroup = (name: string | null, ...clauses: readonly Json[]): Json => ({ name, clauses });

export const scope = (...groups: readonly Json[]): Json => ({ categoryFilterGroups: [], groups, inputFilterGroups: [] });

export const defaultScope = scope(filterGroup('Filter external users', internalOnly));

const metadata = (unsynchronized: boolean): readonly Json[] => [
  { key: 'Disposition', value: '"Normal"' },
  { key: 'Unsynchronized', value: String(unsynchronized) },
];

export const userMapping = (rows: readonly Row[] = rows2026, more: Json = {}): Json => ({
  enabled: true,
  flowTypes: 'Add,Update,Delete',
  name: 'Provision Microsoft Entra ID Users',
  sourceObjectName: 'User',
  targetObjectName: 'User',
  scope: defaultScope,
  metadata: metadata(false),
  attributeMappings: rows,
  ...more,
});

export const groupMapping = (rows: readonly Row[], more: Json = {}): Json => ({
  ...userMapping(rows),
  name: 'Provision Microsoft Entra ID Groups',
  sourceObjectName: 'Group',
  targetObjectName: 'Group',
  scope: null,
  ...more,
});

/** A mapping that synchronizes nothing, as exports are full of. */
export const helper = (target: string): Json => ({
  ...userMapping([row('id', null, { matchingPriority: 1 })]),
  enabled: false,
  name: null,
  sourceObjectName: '',
  targetObjectName: target,
  scope: null,
  metadata: metadata(true),
});

export const contextOf = (what: string): string =>
  `https://graph.microsoft.com/v1.0/$metadata#servicePrincipals('${application}')/synchronization/${what}`;

export const rule = (...mappings: readonly Json[]): Json => ({
  containerFilter: null,
  editable: true,
  groupFilter: null,
  id: '0f4a6d2c-9b17-4e35-8c60-7a1d5e3b2f98',
  name: 'USER_INBOUND_USER',
  priority: 1,
  sourceDirectoryName: 'Microsoft Entra ID',
  targetDirectoryName: 'Azure Active Directory (target tenant)',
  metadata: [{ key: 'supportsProvisionOnDemand', value: 'true' }],
  objectMappings: mappings,
});

/** The schema of a job. */
export const schema = (rules: readonly Json[], more: Json = {}): Json => ({
  '@odata.context': contextOf(`jobs('${jobId}')/schema/$entity`),
  id: jobId,
  version: 'v1.2',
  synchronizationRules: rules,
  directories: [{ id: 'd', name: 'Microsoft Entra ID', objects: [{ name: 'User', attributes: [{ name: 'city', type: 'String' }] }] }],
  ...more,
});

/** The schema of a job with these rows of people, and nothing else. */
export const schemaOf = (rows: readonly Row[] = rows2026, more: Json = {}): Json => schema([rule(userMapping(rows, more))]);

export const job = (more: Json = {}): Json => ({
  '@odata.context': contextOf('jobs/$entity'),
  id: jobId,
  templateId: 'Azure2Azure',
  schedule: { expiration: null, interval: 'PT40M', state: 'Active' },
  status: { code: 'Active', quarantine: null, synchronizedEntryCountByType: [{ key: 'User to User', value: 812 }] },
  ...more,
});

/** The secrets of a job, with what nobody may ever see among them. */
export const secrets = (values: Readonly<Record<string, string>> = {}): Json => ({
  '@odata.context': contextOf('secrets'),
  value: Object.entries({
    CompanyId: fabrikam,
    AuthenticationType: 'SyncPolicy',
    SyncAll: 'false',
    SyncNotificationSettings: JSON.stringify({
      Enabled: true,
      Recipients: 'canary@contoso.example',
      DeleteThresholdEnabled: true,
      DeleteThresholdValue: 50,
    }),
    SecretToken: 'canary-token',
    ...values,
  }).map(([key, value]) => ({ key, value })),
});

export const assignment = (type: string, id: string, name: string, more: Json = {}): Json => ({
  id: `a-${id}`,
  appRoleId: '00000000-0000-0000-0000-000000000000',
  deletedDateTime: null,
  principalDisplayName: name,
  principalId: id,
  principalType: type,
  resourceId: application,
  ...more,
});

export const assignments = (...value: readonly Json[]): Json => ({ '@odata.context': contextOf('appRoleAssignedTo'), value });

/** The same with the names of PowerShell's objects. */
export function pascalCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascalCased);
  if (typeof value !== 'object' || value === null) return value;
  const annotations = Object.entries(value).filter(([name]) => name.startsWith('@'));
  const members = Object.entries(value).filter(([name]) => !name.startsWith('@'));
  return {
    ...Object.fromEntries(members.map(([name, member]) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, pascalCased(member)])),
    AdditionalProperties: Object.fromEntries(annotations),
  };
}
