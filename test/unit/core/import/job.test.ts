import {
  application,
  assignment,
  assignments,
  attribute,
  clause,
  constant,
  contextOf,
  contoso,
  direct,
  engineRows,
  expression,
  fabrikam,
  filterGroup,
  groupMapping,
  helper,
  job,
  jobId,
  row,
  rule,
  schema,
  schemaOf,
  scope,
  secrets,
  userMapping,
  type Json,
} from '../../../support/entra-job.ts';
import { imported, type Exported, type Imported } from '../../../support/import-run.ts';

const plain = schemaOf();
const withFiles = (files: Partial<Exported>): Imported => imported({ schema: plain, ...files });
const anna = 'e1b7c0d4-2f5a-4c38-9e61-0a4d8b7f3c25';
const everybody = '0c9e4a71-6d2b-4f83-b5a0-91e7c3d8f246';

describe('G7 the tenants', () => {
  test('come from the id of the job and from CompanyId', () => {
    const { pair } = withFiles({ secrets: secrets() });
    expect([pair.source?.tenantId, pair.target?.tenantId]).toEqual([contoso, fabrikam]);
  });

  test('come from the command line where it says them', () => {
    const { pair } = imported({ schema: plain }, { sourceTenant: fabrikam, targetTenant: contoso });
    expect([pair.source?.tenantId, pair.target?.tenantId]).toEqual([fabrikam, contoso]);
  });

  test('are to be filled in where nothing says them', () => {
    const { remarks } = imported({ schema: { ...plain, id: 'Azure2Azure.x.y' } });
    expect(remarks.filter((text) => text.startsWith('fill in: the id of the '))).toHaveLength(2);
  });

  test('are refused when they are the same, or the command line contradicts the secrets', () => {
    expect(withFiles({ secrets: secrets({ CompanyId: contoso }) }).problems).toEqual([
      expect.stringContaining('source and target are the same tenant'),
    ]);
    expect(imported({ schema: plain, secrets: secrets() }, { targetTenant: application }).problems).toEqual([
      expect.stringContaining(`CompanyId is ${fabrikam}, and --target-tenant ${application}`),
    ]);
  });

  test.each([
    ['graph.microsoft.us', 'USGovL4'],
    ['dod-graph.microsoft.us', 'USGovL5'],
    ['microsoftgraph.chinacloudapi.cn', 'China'],
    ['graph.microsoft.com', undefined],
    ['graph.example.com', undefined],
  ])('are in the cloud that the export is from: %s', (host, cloud) => {
    const { pair } = imported({ schema: { ...plain, '@odata.context': contextOf('x').replace('graph.microsoft.com', host) } });
    expect(pair.source?.cloud).toBe(cloud);
  });
});

describe('G7 a job of another application is refused with one message:', () => {
  const wrong = userMapping([row('userName', attribute('upn'), { matchingPriority: 3 })], { flowTypes: 'Purge' });

  test.each(['scim', 'customappsso', 'AD2AADProvisioning', 'AAD2ADGroupProvisioning', 'dataBricks'])('%s', (template) => {
    const { problems } = imported(
      { schema: { ...schema([rule(wrong)]), id: jobId.replace('Azure2Azure', template) } },
      { strictness: 'Lenient' },
    );
    expect(problems).toEqual([expect.stringContaining(`it is no job between tenants, but one of "${template}"`)]);
  });

  test('one whose id and directories contradict each other', () => {
    const { problems } = imported({ schema: schema([{ ...rule(wrong), targetDirectoryName: 'customappsso' }]) });
    expect(problems).toEqual([expect.stringContaining('the id says Azure2Azure, and the directories "customappsso" say otherwise')]);
  });

  test('one without an id whose rows are not those between tenants', () => {
    const { problems } = imported({ schema: { ...schema([rule(wrong)]), id: null } });
    expect(problems).toEqual([expect.stringContaining('nothing in it says that it is a job between tenants')]);
  });

  test('one of which the job beside the schema says so', () => {
    const { problems } = imported({ schema: { ...schema([rule(wrong)]), id: null }, job: job({ id: 'x', templateId: 'scim' }) });
    expect(problems).toEqual([expect.stringContaining('one of "scim"')]);
  });
});

test('G7 the names that the directories got later are known too', () => {
  for (const [sourceDirectoryName, targetDirectoryName] of [
    ['Azure Active Directory', 'Azure Active Directory (target tenant)'],
    ['Microsoft Entra ID', 'Microsoft Entra ID (target tenant)'],
    ['', ''],
  ])
    expect(imported({ schema: schema([{ ...rule(userMapping()), sourceDirectoryName, targetDirectoryName }]) }).problems).toEqual([]);
});

describe('G7 of several object mappings', () => {
  const of = (...mappings: readonly Json[]): Imported => imported({ schema: schema([rule(...mappings)]) });

  test('helpers count for nothing, whatever is in them', () => {
    const odd = { ...helper('User'), scope: { groups: 7 }, attributeMappings: [{ source: 'x' }] };
    const { problems, remarks } = of(userMapping(), odd, { ...userMapping(), sourceObjectName: '', name: null });
    expect(problems).toEqual([]);
    expect(remarks).toContain('note: 2 helper mappings of the export synchronize nothing');
  });

  test.each([
    ['no mapping of users', [groupMapping([])], 'there is no mapping of users'],
    ['a disabled one', [userMapping([], { enabled: false })], 'of users is disabled'],
    ['two enabled ones', [userMapping(), userMapping([], { name: 'Second' })], 'there is a second enabled mapping of users, "Second"'],
    ['two enabled ones of groups', [userMapping(), groupMapping([]), groupMapping([])], 'there is a second enabled mapping of groups'],
    [
      'one of something else',
      [userMapping(), { ...userMapping(), name: 'C', sourceObjectName: 'Contact', targetObjectName: 'User' }],
      'synchronizes "Contact" to "User"',
    ],
    [
      'another disposition',
      [userMapping(undefined, { metadata: [{ key: 'disposition', value: '"Discard"' }] })],
      'the disposition "Discard"',
    ],
  ])('%s is refused', (_, mappings, message) => {
    expect(of(...mappings).problems).toEqual([expect.stringContaining(message)]);
  });

  test('one that runs the other way is refused, and none when it is disabled', () => {
    const back = {
      ...rule(userMapping([], { name: 'Back' })),
      sourceDirectoryName: 'Azure Active Directory (target tenant)',
      targetDirectoryName: 'Microsoft Entra ID',
    };
    expect(imported({ schema: schema([rule(userMapping()), back]) }).problems).toEqual([
      expect.stringContaining('the mapping "Back" goes from'),
    ]);
    const disabled = { ...back, objectMappings: [userMapping([], { enabled: false })] };
    expect(imported({ schema: schema([rule(userMapping()), disabled]) }).problems).toEqual([]);
  });
});

test.each([
  ['Add,Update,Delete', ['Create', 'Update', 'Delete']],
  ['Add, Update, Delete', ['Create', 'Update', 'Delete']],
  [' delete ,ADD', ['Create', 'Delete']],
  ['Update', ['Update']],
  ['None', []],
  [7, ['Create', 'Update', 'Delete']],
  [3, ['Create', 'Update']],
  [0, []],
])('G7 the target object actions %j are %j', (flowTypes, actions) => {
  expect(imported({ schema: schemaOf(undefined, { flowTypes }) }).spec.targetActions).toEqual(actions);
});

test.each([[null], [''], [undefined], ['Add,Purge'], [8]])('G7 the target object actions %j are not guessed at', (flowTypes) => {
  const { problems } = imported({ schema: schemaOf(undefined, { flowTypes }) }, { strictness: 'Lenient' });
  expect(problems).toEqual([expect.stringContaining('objectMappings[0].flowTypes: the target object action')]);
});

test.each([
  ['PT40M', '40m'],
  ['PT1H30M', '1h30m'],
  ['P1D', '24h'],
  ['PT90S', '1m30s'],
  ['P1DT2H', '26h'],
  ['PT20S', undefined],
  ['P7D', undefined],
  ['40m', undefined],
  ['', undefined],
])('G7 the interval %s is %s', (interval, expected) => {
  expect(withFiles({ job: job({ schedule: { interval, state: 'Active' } }) }).spec.interval).toBe(expected);
});

describe('G7 of a job', () => {
  test.each(['Active', 'Paused', 'Disabled'])('the state %s is told', (state) => {
    const { remarks } = withFiles({ job: job({ schedule: { state } }) });
    expect(remarks.filter((text) => text.includes('EntraJobActive'))).toHaveLength(state === 'Active' ? 1 : 0);
    expect(remarks).toContainEqual(expect.stringContaining(`state of the Entra job is ${state}`));
  });

  test('a quarantine is told, and what it holds back', () => {
    const quarantined = (reason: string): Imported => withFiles({ job: job({ status: { code: 'Quarantine', quarantine: { reason } } }) });
    expect(quarantined('TooManyDeletes').remarks).toContainEqual(expect.stringContaining('TooManyDeletes: Entra holds deletions back'));
    expect(quarantined('Unknown').remarks).toContain('note: the Entra job is in quarantine, Unknown');
  });

  test('one is chosen of a list: that of the schema, or the only one between tenants', () => {
    const other = { ...job(), id: jobId.replace('4e7a9c30', 'ffffffff') };
    const scim = { ...job(), id: 'scim.x.y', templateId: 'scim' };
    expect(withFiles({ job: { value: [other, scim, job()] } }).spec.interval).toBe('40m');
    const anonymous = { ...plain, id: null };
    expect(imported({ schema: anonymous, job: { value: [scim, job()] } }).spec.interval).toBe('40m');
    expect(imported({ schema: anonymous, job: [other, job()] }).problems).toEqual([
      expect.stringContaining('there are several jobs between tenants in it'),
    ]);
    expect(withFiles({ job: [scim] }).problems).toEqual([
      expect.stringContaining('no job in it synchronizes with another tenant: "scim.x.y"'),
    ]);
  });

  test('another one than that of the schema is refused', () => {
    expect(withFiles({ job: { ...job(), id: jobId.replace('4e7a9c30', 'ffffffff') } }).problems).toEqual([
      expect.stringContaining('job.json: id: the job is'),
    ]);
  });

  test('several with their schemas are refused', () => {
    const whole = { ...job(), schema: plain };
    expect(imported({ schema: whole }).problems).toEqual([]);
    expect(imported({ schema: [whole, whole] }).problems).toEqual([
      expect.stringContaining('there are several jobs between tenants in it'),
    ]);
  });
});

describe('G7 of the secrets', () => {
  test.each([
    ['true', 'All'],
    ['True', 'All'],
    ['false', 'Assigned'],
  ])('SyncAll %s is the type %s', (SyncAll, type) => {
    expect(withFiles({ secrets: secrets({ SyncAll }) }).spec.scope?.type).toBe(type);
  });

  test.each([
    ['{"DeleteThresholdEnabled":true,"DeleteThresholdValue":500}', { threshold: 500 }],
    ['{"DeleteThresholdEnabled":"True","DeleteThresholdValue":"7"}', { threshold: 7 }],
    ['{"DeleteThresholdEnabled":false,"DeleteThresholdValue":500}', undefined],
    ['{"DeleteThresholdEnabled":true,"DeleteThresholdValue":0}', undefined],
    ['{"DeleteThresholdEnabled":true}', undefined],
    ['{}', undefined],
    ['not JSON', undefined],
    ['', undefined],
  ])('the settings %s give the guard %j', (SyncNotificationSettings, guard) => {
    expect(withFiles({ secrets: secrets({ SyncNotificationSettings }) }).spec.deprovisioning?.guard).toEqual(guard);
  });

  test('SkipOutOfScopeDeletions is no reason to keep leavers', () => {
    const { spec, remarks } = withFiles({ secrets: secrets({ SkipOutOfScopeDeletions: 'True' }) });
    expect(spec.deprovisioning).toMatchObject({ action: 'SoftDelete' });
    expect(remarks).toContainEqual(expect.stringContaining('SkipOutOfScopeDeletions has no effect between tenants'));
  });

  test('what is wrong is told by key, without a value', () => {
    const { problems } = withFiles({ secrets: secrets({ CompanyId: 'canary-1', AuthenticationType: 'canary-2', SyncAll: 'canary-3' }) });
    expect(problems.map((problem) => /\((\w+)\)/.exec(problem)?.[1])).toEqual(['CompanyId', 'AuthenticationType', 'SyncAll']);
    expect(problems.join()).not.toContain('canary');
  });
});

describe('G7 of the assignments', () => {
  const of = (...list: readonly Json[]): Imported => withFiles({ assignments: assignments(...list) });

  test('users and groups are listed by id, each once, with their names as comments', () => {
    const { spec, remarks } = of(
      assignment('Group', everybody.toUpperCase(), 'Everybody'),
      assignment('group', everybody, 'Everybody', { appRoleId: '1' }),
      assignment('User', anna, 'Ana'),
      assignment('ServicePrincipal', application, 'nightly-report'),
    );
    expect(spec.scope).toMatchObject({ type: 'Assigned', users: [{ id: anna }], groups: [{ id: everybody }], includeNestedGroups: false });
    expect(remarks).toEqual(
      expect.arrayContaining([
        'note: Ana',
        'note: Everybody',
        'cannot be: the service principal "nightly-report" is assigned, and is no person',
      ]),
    );
  });

  test.each([
    ['nobody', []],
    ['deleted ones alone', [assignment('User', anna, 'Ana', { deletedDateTime: '2026-01-01T00:00:00Z' })]],
    [
      '201 groups',
      Array.from({ length: 201 }, (_, index) => assignment('Group', `0c9e4a71-6d2b-4f83-b5a0-${String(index).padStart(12, '0')}`, 'g')),
    ],
  ])('%s: the application is mirrored', (_, list) => {
    const { spec } = of(...list);
    expect(spec.scope).toEqual({ type: 'Assigned', application: { servicePrincipalId: application } });
  });

  test('one page of several, another application, an id that is none and unknown principals are refused', () => {
    const elsewhere = { ...assignment('User', anna, 'Ana'), resourceId: anna };
    expect(withFiles({ assignments: { ...assignments(), '@odata.nextLink': 'x' } }).problems).toEqual([
      expect.stringContaining('one page of several'),
    ]);
    expect(of(elsewhere).problems).toEqual([
      expect.stringContaining(`it belongs to the service principal ${anna}, and the others to ${application}`),
    ]);
    expect(of(elsewhere, assignment('User', anna, 'Ana')).problems).toContainEqual(
      expect.stringContaining('they belong to several applications'),
    );
    expect(of(assignment('User', 'ana', 'Ana')).problems).toEqual([
      expect.stringContaining('value[0].principalId: "ana" is not an object id'),
    ]);
    expect(of(assignment('Device', anna, 'Ana')).problems).toEqual([
      expect.stringContaining('value[0].principalType: the principal type "Device"'),
    ]);
  });

  test('the application comes from them where the schema does not say it', () => {
    const anonymous = { ...plain, '@odata.context': undefined };
    const many = Array.from({ length: 501 }, (_, index) =>
      assignment('User', `e1b7c0d4-2f5a-4c38-9e61-${String(index).padStart(12, '0')}`, 'p'),
    );
    const { spec } = imported({ schema: anonymous, assignments: { value: many } });
    expect(spec.scope?.application).toEqual({ servicePrincipalId: application });
  });
});

describe('G7 the mapping of groups', () => {
  const rows = [direct('displayName'), direct('mailNickname'), direct('members')];
  const of = (more: Json, files: Partial<Exported> = {}, ...changed: Parameters<typeof row>[]): Imported =>
    imported({
      schema: schema([
        rule(
          userMapping(),
          groupMapping(
            [
              ...rows.filter(({ targetAttributeName }) => !changed.some(([target]) => target === targetAttributeName)),
              ...changed.map((each) => row(...each)),
            ],
            more,
          ),
        ),
      ]),
      ...files,
    });

  test('selects the groups of the scope, direct members, and adopts none, as Entra does', () => {
    expect(of({}).spec.groups).toEqual({ select: [{ scopeGroups: true }], matching: { adoption: 'Ignore' }, membership: 'Direct' });
    expect(of({}).remarks).toContainEqual(expect.stringContaining('write {adoption: Adopt, by: MailNickname}'));
    expect(of({ flowTypes: 'Add, Update' }).spec.groups?.deprovisioning).toBe('Retain');
  });

  test('is a comment where Entra carries it out for nobody', () => {
    for (const [more, files] of [[{ enabled: false }], [{}, { secrets: secrets({ SyncAll: 'true' }) }]] as const)
      expect(of(more, files).spec).not.toHaveProperty('groups');
    expect(of({ enabled: false }).remarks).toContain('note: the mapping of groups is disabled in the job');
    expect(of({}, { secrets: secrets({ SyncAll: 'true' }) }).remarks).toContainEqual(
      expect.stringContaining('Entra does not carry it out while everybody is synchronized'),
    );
  });

  test('is refused with a filter of its own, with lenience too', () => {
    const filtered = { scope: scope(filterGroup('Teams', clause('displayName', 'IS NOT NULL'))) };
    expect(of(filtered).problems).toEqual([expect.stringContaining('the groups mapping has the filter "Teams"')]);
  });

  test.each([
    ['displayName', expression('NameOf([displayName])'), 'there is no function "NameOf"'],
    ['mailNickname', attribute('city'), 'a group has no attribute "city"'],
    ['displayName', constant('One'), 'one constant cannot be the name of every group'],
  ])('is refused when %s cannot be taken over', (target, source, message) => {
    expect(of({}, {}, [target, source]).problems).toEqual([expect.stringContaining(message)]);
  });
});

test('G7 a dump that was cut off says how it is made whole', () => {
  const cut = (mapping: Json): readonly string[] => imported({ schema: schema([rule(mapping)]) }).problems;
  for (const more of [
    { attributeMappings: ['System.Object'] },
    { attributeMappings: 'System.Object[]' },
    { scope: '@{Groups=System.Object[]}' },
  ])
    expect(cut(userMapping(undefined, more))).toContainEqual(expect.stringContaining('ConvertTo-Json -Depth 20'));
  expect(cut(userMapping([...engineRows, row('city', 'Microsoft.Graph.Source' as unknown as Json)]))).toContainEqual(
    expect.stringMatching(/attributeMappings\[3\]\.source: .*ConvertTo-Json -Depth 20/),
  );
});
