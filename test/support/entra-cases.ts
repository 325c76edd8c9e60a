import {
  application,
  assignment,
  assignments,
  attribute,
  clause,
  constant,
  contextOf,
  direct,
  engineRows,
  expression,
  filterGroup,
  groupMapping,
  helper,
  internalOnly,
  job,
  jobId,
  pascalCased,
  row,
  rows2023,
  rows2026,
  rule,
  schema,
  schemaOf,
  scope,
  secrets,
  userMapping,
  without,
  withRows,
  type Json,
} from './entra-job.ts';
import type { Exported } from './import-run.ts';

/** An export of one kind, with the flags of its import. What it becomes stands in test/data/entra-jobs under the same name. */
export interface EntraCase {
  readonly name: string;
  readonly what: string;
  readonly files: Exported;
  readonly flags?: readonly string[];
}

const user = 'e1b7c0d4-2f5a-4c38-9e61-0a4d8b7f3c25';
const group = '0c9e4a71-6d2b-4f83-b5a0-91e7c3d8f246';
const otherGroup = 'f3a86b1d-0e7c-4925-8d4f-5b2c90a1e637';
const reportService = '7d5e2f90-b3c1-4a68-9074-e8f6a1d2c5b3';

const ownExtension = 'extension_0d4f8a6b2c1e49738b5d6e7f8091a2b3_costCentre';
const targetExtension = 'extension_9b8a7c6d5e4f40312233445566778899_homeCostCentre';

const helpers = ['AppRoleAssignment', 'Application', 'ServicePrincipal'].map(helper);
const groupRows = [direct('displayName'), direct('description'), direct('mailNickname'), direct('members')];

const oldNames = { sourceDirectoryName: 'Azure Active Directory' };
const nullDefaults = rows2026.map((each) => ({ ...each, defaultValue: null }));

const default2023: EntraCase = {
  name: 'default-2023',
  what: 'an untouched job of 2023, the schema alone, from beta',
  files: {
    schema: schema([{ ...rule(userMapping(rows2023, { name: 'Provision Azure Active Directory Users' }), ...helpers), ...oldNames }], {
      '@odata.context': contextOf(`jobs('${jobId}')/schema/$entity`).replace('v1.0', 'beta'),
    }),
  },
};

const default2026: EntraCase = {
  name: 'default-2026',
  what: 'an untouched job of 2026 that runs, with all files',
  files: {
    schema: schema([rule(userMapping(nullDefaults), groupMapping(groupRows, { enabled: false }), ...helpers)], {
      version: 'Date:2026-06-02T06:20:19.0038127Z, ActivityId:0f4a6d2c-9b17-4e35-8c60-7a1d5e3b2f98',
    }),
    job: job(),
    secrets: secrets({
      SyncNotificationSettings: '{"Enabled":true,"Recipients":"","DeleteThresholdEnabled":true,"DeleteThresholdValue":500}',
    }),
    assignments: assignments(assignment('Group', group, 'Everybody'), assignment('User', user, 'Ana Pérez')),
  },
};

const customisedRows = withRows(
  without(rows2026, 'state'),
  direct('accountEnabled', { defaultValue: 'True' }),
  direct('department', { flowType: 'AttributeAddOnly' }),
  row('displayName', expression('Append([displayName], " (Contoso)")')),
  direct('jobTitle', { flowType: 'ObjectAddOnly', defaultValue: 'Staff' }),
  row('physicalDeliveryOfficeName', expression('IIF(IsNullOrEmpty([physicalDeliveryOfficeName]), [city], [physicalDeliveryOfficeName])')),
  direct('preferredLanguage', { defaultValue: 'en-US' }),
  row('telephoneNumber', expression('Replace([telephoneNumber], , "[()\\\\s-]+", , "", , )')),
  row('showInAddressList', expression('Switch([extensionAttribute4], "true", "hidden", "false")')),
  row('userType', constant('Guest')),
  row('companyName', constant('Contoso')),
  direct('mobile'),
  direct('facsimileTelephoneNumber', { defaultValue: null }),
  row('extensionAttribute1', constant('synchronized')),
  row(targetExtension, attribute(ownExtension)),
  row('usageLocation', null, { defaultValue: 'DE' }),
);

const customised: EntraCase = {
  name: 'customised',
  what: 'expressions, filters, custom and extension attributes; a row was deleted, and leavers are kept',
  files: {
    schema: schemaOf(customisedRows, {
      flowTypes: 'Add, Update',
      scope: scope(
        filterGroup('Sales', internalOnly, clause('department', 'EQUALS', 'Sales')),
        filterGroup(
          'Offices in the south',
          internalOnly,
          clause('country', 'REGEX MATCH', '^(ES|IT|PT)$'),
          clause('physicalDeliveryOfficeName', 'NOT EQUALS', 'Archive'),
          clause('dirSyncEnabled', 'EQUALS', 'True'),
          clause('extensionAttribute5', 'IS NOT NULL'),
          clause(ownExtension, 'ENDS_WITH', '-X'),
        ),
      ),
    }),
  },
};

const groups: EntraCase = {
  name: 'groups',
  what: 'the mapping of groups is enabled, and the job is in quarantine',
  files: {
    schema: schema([
      rule(
        userMapping(withRows(rows2026, row('displayName', expression('Join(", ", [surname], [givenName])')))),
        groupMapping(withRows(groupRows, row('displayName', expression('Append([displayName], " (Contoso)")'))), {
          flowTypes: 'Add, Update',
          scope: scope(),
        }),
        ...helpers,
      ),
    ]),
    job: job({
      status: {
        code: 'Quarantine',
        quarantine: { reason: 'TooManyDeletes', seriesCount: 1 },
        synchronizedEntryCountByType: [
          { key: 'User to User', value: 1904 },
          { key: 'Group to Group', value: 37 },
        ],
      },
    }),
    secrets: secrets(),
    assignments: assignments(
      assignment('Group', otherGroup, 'Project Falcon', { appRoleId: '4c2a9e71-0d3b-4f58-a6c7-1e9b8d5f2043' }),
      assignment('Group', otherGroup, 'Project Falcon'),
      assignment('Group', group, 'Finance'),
      assignment('User', user, 'Ana Pérez'),
      assignment('ServicePrincipal', reportService, 'nightly-report'),
    ),
  },
};

/** A text that does not parse has no tree that a test could make. */
const brokenText: Json = {
  name: 'Append',
  type: 'Function',
  expression: 'Append([jobTitle], " (ext)"',
  parameters: [{ key: 'source', value: attribute('jobTitle') }],
};

const broken: EntraCase = {
  name: 'broken',
  what: 'five things that nobody can translate, told in one run',
  files: {
    schema: schemaOf(
      withRows(
        rows2026,
        row('department', expression('CostCentreOf([department], "short")')),
        row('jobTitle', brokenText),
        row('companyName', attribute('companyNameLocal')),
        row('shoeSize', attribute('city')),
      ),
      { scope: scope(filterGroup('Filter external users', internalOnly, clause('department', 'RHYMES WITH', 'Sales'))) },
    ),
  },
};

const otherApplication: EntraCase = {
  name: 'other-application',
  what: 'the job of a SCIM application: one message, whatever else is in it',
  files: {
    schema: schema(
      [
        {
          ...rule(
            userMapping([
              row('userName', attribute('userPrincipalName'), { matchingPriority: 1 }),
              row('active', expression('Switch([IsSoftDeleted], , "False", "True", "True", "False")')),
              row('name.givenName', attribute('givenName')),
            ]),
          ),
          targetDirectoryName: 'customappsso',
        },
      ],
      { id: jobId.replace('Azure2Azure', 'scim') },
    ),
  },
};

const utf16 = (text: string): Uint8Array => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

const powershell: EntraCase = {
  name: 'powershell',
  what: 'a dump by PowerShell: capitals, UTF-16, numbers for enumerations, lists of one as their entry, cut off below',
  files: {
    schema: utf16(
      JSON.stringify(
        pascalCased(
          schema(
            // One rule of one mapping, neither of them in a list.
            rule(
              userMapping(
                withRows(
                  rows2026.map((each) => ({ ...each, flowType: 0, flowBehavior: 0 })),
                  row('displayName', {
                    expression: 'Join(" ", [givenName], [surname])',
                    name: 'Join',
                    type: 2,
                    parameters: 'System.Object[]',
                  }),
                  row('userType', { ...constant('Member'), type: 1 }, { flowType: 1 }),
                ),
                { flowTypes: 7, scope: { groups: filterGroup('Filter external users', internalOnly) }, metadata: null },
              ),
            ) as unknown as readonly Json[],
          ),
        ),
      ),
    ),
    secrets: pascalCased((secrets() as { value: unknown }).value),
    assignments: pascalCased(assignment('User', user, 'Ana Pérez')),
  },
};

const bare = (target: string, source: Json): Json => ({ targetAttributeName: target, source });

const handWritten: EntraCase = {
  name: 'hand-written',
  what: 'JSON for a PUT: no ids, fields left out, other spellings, constants in quotes',
  files: {
    schema: {
      synchronizationRules: [
        {
          sourceDirectoryName: 'Azure Active Directory',
          targetDirectoryName: 'Azure Active Directory (target tenant)',
          objectMappings: [
            {
              sourceObjectName: 'user',
              targetObjectName: 'user',
              flowTypes: 'Delete , Add,update',
              attributeMappings: [
                {
                  ...bare('alternativeSecurityIds', { expression: 'AltSecIdFromNetId( [netId] )', type: 'Function' }),
                  matchingPriority: 1,
                },
                bare('isSoftDeleted', { expression: '[isSoftDeleted]' }),
                bare('UserPrincipalName', { name: 'userPrincipalName' }),
                bare('AccountEnabled', { expression: '[AccountEnabled]' }),
                bare('DISPLAYNAME', { expression: 'Join(" ",[givenName],\n  [Surname])' }),
                bare('showInAddressList', { name: '"True"', type: 'constant' }),
                bare('companyName', { expression: '"Contoso \\"North\\""', type: 'Constant' }),
                bare('co', { name: 'co' }),
                bare('sn', { name: 'sn', type: 'attribute' }),
                { ...bare('usertype', { name: 'Member', type: 'Constant' }), flowType: 'objectAddOnly' },
              ],
            },
          ],
        },
      ],
    },
  },
  flags: ['--source-tenant', '8F2C0C1E-5A0B-4C57-9D1A-3F3A5F0C1A11', '--name', 'contoso-staff', '--namespace', 'identity'],
};

const jobList: EntraCase = {
  name: 'job-list',
  what: 'a list of jobs with their schemas inside, of which one is between tenants',
  files: {
    schema: {
      value: [
        {
          ...job({ id: 'AD2AADProvisioning.8f2c0c1e5a0b4c579d1a3f3a5f0c1a11.0b1c', templateId: 'AD2AADProvisioning' }),
          schema: schemaOf(),
        },
        { ...job({ schedule: { interval: 'PT1H30M', state: 'Paused', expiration: null } }), schema: schemaOf() },
      ],
    },
    secrets: secrets({ SyncNotificationSettings: 'none' }),
  },
};

const syncAll: EntraCase = {
  name: 'sync-all',
  what: 'everybody of a tenant in another cloud, without accidental deletion prevention; the assignments have no effect',
  files: {
    schema: schema([rule(userMapping(), groupMapping(groupRows))], {
      '@odata.context': contextOf(`jobs('${jobId}')/schema/$entity`).replace('graph.microsoft.com', 'graph.microsoft.us'),
    }),
    job: job({ schedule: { interval: 'P7D', state: 'Disabled', expiration: '2027-01-01T00:00:00Z' } }),
    secrets: secrets({
      SyncAll: 'True',
      SyncNotificationSettings: '{"Enabled":false,"DeleteThresholdEnabled":false,"DeleteThresholdValue":500}',
      SkipOutOfScopeDeletions: 'True',
    }),
    assignments: assignments(assignment('User', user, 'Ana Pérez')),
  },
};

const manyMappings: EntraCase = {
  name: 'many-mappings',
  what: 'several object mappings, extensions of other applications, references, rare flow types, people invited by mail',
  files: {
    schema: schema([
      rule(
        userMapping(
          [
            ...without(rows2026, 'userPrincipalName', 'mailNickname'),
            row('userPrincipalName', attribute('mail')),
            row(targetExtension, expression(`Coalesce([${ownExtension}], [extensionAttribute9], "none")`)),
            row('extensionAttribute3', attribute('originalUserPrincipalName')),
            row('extensionAttribute4', attribute('proxyAddresses')),
            direct('usageLocation', { flowType: 'ValueAddOnly' }),
            direct('companyName', { flowBehavior: 'FlowAlways' }),
            row('mailNickname', null),
            row('mobile', attribute('telephoneNumber')),
            row('extensionAttribute5', constant('')),
            direct('city'),
          ],
          { scope: null },
        ),
        { ...userMapping([], { enabled: false, name: 'Provision contractors' }) },
        { ...userMapping([], { enabled: false, name: null, sourceObjectName: 'Contact', targetObjectName: 'Contact' }) },
        ...helpers,
      ),
    ]),
  },
};

const oddFilters: EntraCase = {
  name: 'odd-filters',
  what: 'filters with other spellings of operators, without names, of the same name, with values of other types',
  files: {
    schema: schemaOf(rows2026, {
      scope: {
        groups: [
          filterGroup(null, clause('accountEnabled', 'is_true'), clause('dirSyncEnabled', 'IS FALSE')),
          filterGroup('Staff', clause('employeeId', 'GREATER THAN', '100'), clause('city', '!&', 'Lyon,Paris')),
          filterGroup('Staff', clause('employeeId', 'Greater_Than_OR_EQUALS', '7'), clause('mail', 'ends with', '@contoso.com')),
          filterGroup('A'.repeat(140), { ...clause('AccountEnabled', 'EQUALS'), targetOperand: { values: [true] } }),
          filterGroup('Not hidden', { ...clause('extensionAttribute1', 'IS NULL'), targetOperand: { values: [] } }),
          filterGroup('Names', clause('displayName', 'INCLUDES', 'x'), clause('surname', 'not regex-match', 'Test.*')),
        ],
        inputFilterGroups: [filterGroup('Filter external users', internalOnly)],
        categoryFilterGroups: null,
      },
    }),
  },
};

const mootFilters: EntraCase = {
  name: 'moot-filters',
  what: 'the default filter lets everybody pass, so that no other has an effect',
  files: {
    schema: schemaOf(rows2026, {
      scope: scope(filterGroup('Sales', clause('department', 'EQUALS', 'Sales')), filterGroup('Filter external users', internalOnly)),
    }),
  },
};

const lenient: EntraCase = {
  name: 'lenient',
  what: 'what cannot be taken over becomes a comment in its place',
  files: {
    schema: schemaOf([
      ...withRows(
        rows2026,
        row('department', expression('CostCentreOf([department], [floor])')),
        row('jobTitle', brokenText),
        row('companyName', attribute('companyNameLocal')),
        row('shoeSize', attribute('city')),
        row('accountEnabled', expression('Not([IsSoftDeleted])')),
        row('userType', constant('Robot')),
        row('manager', expression('Switch([country], [manager], "DE", "x")')),
      ),
      row('city', constant('Lyon')),
    ]),
  },
  flags: ['--lenient'],
};

const everythingWrong: EntraCase = {
  name: 'everything-wrong',
  what: 'every file has problems of its own, and all are told in one run',
  files: {
    schema: schema([
      {
        ...rule(
          userMapping(
            [
              ...without(engineRows, 'alternativeSecurityIds', 'IsSoftDeleted'),
              row('alternativeSecurityIds', attribute('objectId'), { matchingPriority: 1 }),
              row('IsSoftDeleted', expression('Not([accountEnabled])')),
              direct('mail', { matchingPriority: 2 }),
              row('otherMails', attribute('otherMails')),
              row('city', { ...attribute('city'), expression: '[country]' }),
              row('surname', { ...expression('Append([surname], "x")'), name: 'Prepend' }),
              direct('telephoneNumber', { flowType: 'MultiValueAddOnly' }),
              direct('displayName', { flowType: 'Sometimes', flowBehavior: 'FlowNever' }),
            ],
            {
              flowTypes: 'Add, Purge',
              metadata: [{ key: 'Disposition', value: '"Escrow"' }],
              scope: {
                groups: [
                  filterGroup('Empty'),
                  filterGroup(
                    'Wrong',
                    clause('telephoneNumber', 'EQUALS', '1'),
                    clause('city', 'EQUALS', 'a', 'b'),
                    clause('state', 'IS NULL', 'a'),
                    clause('mail', 'REGEX MATCH', 'a('),
                    clause('userType', 'EQUALS', 'Member'),
                  ),
                ],
                inputFilterGroups: [filterGroup('Early', clause('city', 'EQUALS', 'Lyon'))],
                categoryFilterGroups: [],
              },
            },
          ),
          userMapping([], { name: 'Provision contractors' }),
          groupMapping([], { scope: scope(filterGroup('Teams', clause('displayName', 'IS NOT NULL'))) }),
        ),
        groupFilter: { includedGroups: ['x'] },
      },
    ]),
    job: job({ id: jobId.replace('4e7a9c30', 'ffffffff') }),
    secrets: secrets({ CompanyId: 'fabrikam', AuthenticationType: 'Basic', SyncAll: 'perhaps' }),
    assignments: {
      ...assignments(
        assignment('Device', group, 'x'),
        assignment('User', 'ana@contoso.com', 'Ana'),
        assignment('User', user, 'Ana', { resourceId: reportService }),
        assignment('User', user, 'Ana'),
      ),
      '@odata.nextLink': 'https://graph.microsoft.com/v1.0/next',
    },
  },
};

const manyPeople: EntraCase = {
  name: 'many-people',
  what: 'more people than a manifest lists: the application is mirrored',
  files: {
    schema: schemaOf(),
    secrets: secrets(),
    assignments: assignments(
      ...Array.from({ length: 501 }, (_, index) =>
        assignment('User', `e1b7c0d4-2f5a-4c38-9e61-${String(index).padStart(12, '0')}`, `P ${index}`),
      ),
      assignment('Group', group, 'Gone', { deletedDateTime: '2026-01-01T00:00:00Z' }),
    ),
  },
  flags: ['--service-principal', application],
};

export const entraCases: readonly EntraCase[] = [
  default2023,
  default2026,
  customised,
  groups,
  broken,
  otherApplication,
  powershell,
  handWritten,
  jobList,
  syncAll,
  manyMappings,
  oddFilters,
  mootFilters,
  lenient,
  everythingWrong,
  manyPeople,
];
