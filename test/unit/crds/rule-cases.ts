import type { JsonObject } from '@tenantsync/sandbox/kubernetes';

export const guid = (last: number): string => `00000000-0000-0000-0000-${String(last).padStart(12, '0')}`;
const workload = { workloadIdentity: { clientId: guid(9) } };
const clientSecret = { clientSecret: { clientId: guid(9), secretRef: { name: 'app', key: 'clientSecret' } } };

export const pairSpec: JsonObject = {
  source: { tenantId: guid(1), credentials: workload },
  target: { tenantId: guid(2), credentials: clientSecret },
};
export const configurationSpec: JsonObject = { tenantPairRef: { name: 'pair' }, mode: 'Plan', scope: { type: 'Assigned' } };
const projectionSpec: JsonObject = {
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: guid(1), objectId: guid(3), userPrincipalName: 'a@contoso.com' },
  target: { tenantId: guid(2) },
  mode: 'Apply',
  lifecycle: 'Present',
  revision: 'r',
};
const groupSpec: JsonObject = {
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: guid(1), objectId: guid(3) },
  target: { tenantId: guid(2) },
  mode: 'Apply',
  lifecycle: 'Present',
  revision: 'r',
};
/** The least that each kind needs. */
export const validSpec: Readonly<Record<string, JsonObject>> = {
  TenantPair: pairSpec,
  SyncConfiguration: configurationSpec,
  UserProjection: projectionSpec,
  GroupProjection: groupSpec,
};

/** An object of a kind, in the default namespace unless another is named. */
export const object = (kind: string, spec: JsonObject, name = 'one', namespace = 'default'): object => ({
  apiVersion: 'tenantsync.dev/v1alpha1',
  kind,
  metadata: { name, namespace },
  spec,
});

const source = (change: JsonObject): JsonObject => ({ ...pairSpec, source: { tenantId: guid(1), credentials: workload, ...change } });
const target = (change: JsonObject): JsonObject => ({ ...pairSpec, target: { tenantId: guid(2), credentials: workload, ...change } });
const application = (letter: string): JsonObject => ({
  clientSecret: { clientId: `aaaaaaaa-0000-0000-0000-00000000000${letter}`, secretRef: { name: 'app', key: 'clientSecret' } },
});
export const configuration = (change: JsonObject): JsonObject => ({ ...configurationSpec, ...change });
export const scope = (change: JsonObject): JsonObject => configuration({ scope: { type: 'Assigned', ...change } });
export const mapping = (change: JsonObject): JsonObject => configuration({ attributeMappings: [{ target: 'jobTitle', ...change }] });
const clause = (change: JsonObject): JsonObject => scope({ filters: [{ name: 'f', clauses: [{ attribute: 'department', ...change }] }] });

export interface Case {
  readonly kind: string;
  readonly what: string;
  readonly spec: JsonObject;
  readonly message: string;
}

/** One case for each rule that looks at an object alone. */
export const refused: readonly Case[] = [
  {
    kind: 'SyncConfiguration',
    what: 'the groups of a scope that has none',
    spec: configuration({ scope: { type: 'All' }, groups: { select: [{ scopeGroups: true }] } }),
    message: 'groups.select: scopeGroups needs scope.type: Assigned; name the groups by id or displayName',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a group that is named twice',
    spec: configuration({ groups: { select: [{ id: guid(3), displayName: 'Falcon' }] } }),
    message: 'an entry of groups.select has exactly one of id, displayName and scopeGroups',
  },
  {
    kind: 'SyncConfiguration',
    what: 'groups of the scope that are not selected',
    spec: configuration({ groups: { select: [{ scopeGroups: false }] } }),
    message: 'scopeGroups is true where it is written; leave the entry out to select no groups of the scope',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a preview of itself',
    spec: configuration({ previewOf: { name: 'one' } }),
    message: 'spec.previewOf names this SyncConfiguration itself; name the one that it is a preview of, or choose another metadata.name',
  },
  {
    kind: 'TenantPair',
    what: 'an additional application that is the first one, in other letters',
    spec: target({ credentials: application('a'), additionalCredentials: [application('b'), application('A')] }),
    message:
      'additionalCredentials names the application (clientId) of credentials once more, which adds no quota; name other applications of the target tenant',
  },
  {
    kind: 'TenantPair',
    what: 'an additional application that is named twice',
    spec: target({
      additionalCredentials: [
        { managedIdentity: { clientId: 'aaaaaaaa-0000-0000-0000-00000000000b' } },
        application('c'),
        { workloadIdentity: { clientId: 'AAAAAAAA-0000-0000-0000-00000000000B' } },
      ],
    }),
    message: 'additionalCredentials names an application (clientId) twice, which adds no quota; name each application once',
  },
  {
    kind: 'TenantPair',
    what: 'the same tenant on both sides',
    spec: target({ tenantId: guid(1) }),
    message: 'source.tenantId and target.tenantId must differ: a tenant cannot be synchronized into itself',
  },
  {
    kind: 'TenantPair',
    what: 'no credentials in the source',
    spec: source({ credentials: {} }),
    message: 'spec.source.credentials: Invalid value: exactly one of workloadIdentity, clientSecret, clientCertificate and managedIdentity must be set',
  },
  {
    kind: 'TenantPair',
    what: 'two kinds of credentials in the target',
    spec: target({ credentials: { ...workload, ...clientSecret } }),
    message: 'spec.target.credentials: Invalid value: exactly one of workloadIdentity, clientSecret, clientCertificate and managedIdentity must be set',
  },
  {
    kind: 'TenantPair',
    what: 'inbound trust that nobody would write',
    spec: { ...pairSpec, crossTenantAccess: { inboundTrust: { mfa: true } } },
    message: 'inboundTrust is only written with managementPolicy: Enforce; set that, or remove inboundTrust',
  },
  {
    kind: 'TenantPair',
    what: 'a limit below one user',
    spec: { ...pairSpec, limits: { maxUsers: 0 } },
    message:
      'maxUsers must be at least 1; so that nobody is created, leave Create out of spec.targetActions of the SyncConfigurations, or suspend the pair',
  },
  {
    kind: 'TenantPair',
    what: 'no user type at all',
    spec: { ...pairSpec, limits: { userTypes: [] } },
    message:
      'userTypes must name Guest, Member or both; so that nobody is created, leave Create out of spec.targetActions of the SyncConfigurations',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a quarantine that begins below its own minimum',
    spec: configuration({ quarantine: { minimum: 10, failures: 5 } }),
    message:
      'quarantine.failures must not be below quarantine.minimum, because fewer failing users than that never count; raise failures, or lower minimum',
  },
  {
    kind: 'SyncConfiguration',
    what: 'an interval below a minute',
    spec: configuration({ interval: '59s' }),
    message: 'interval must be between 1m and 144h',
  },
  {
    kind: 'SyncConfiguration',
    what: 'full cycles all the time',
    spec: configuration({ fullInterval: '59m' }),
    message: 'fullInterval must be 1h or more',
  },
  {
    kind: 'SyncConfiguration',
    what: 'an interval that would outlive the delta token',
    spec: configuration({ interval: '145h' }),
    message: 'interval must be between 1m and 144h',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a list of users beside everybody',
    spec: scope({ type: 'All', users: [{ id: guid(4) }] }),
    message: 'type: All takes no users, groups or application; use type: Assigned, or filters',
  },
  {
    kind: 'SyncConfiguration',
    what: 'nested groups beside everybody',
    spec: scope({ type: 'All', includeNestedGroups: true }),
    message: 'includeNestedGroups needs type: Assigned with groups',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a user named twice',
    spec: scope({ users: [{ id: guid(4), userPrincipalName: 'a@contoso.com' }] }),
    message: 'a user is named by exactly one of id and userPrincipalName',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a group without a name',
    spec: scope({ groups: [{}] }),
    message: 'a group is named by exactly one of id and displayName',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a comparison with nothing',
    spec: clause({ operator: 'Equals' }),
    message: 'value is required, except for IsTrue, IsFalse, IsNull and IsNotNull, where it must be left out',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a value that is not compared',
    spec: clause({ operator: 'IsNull', value: 'x' }),
    message: 'value is required, except for IsTrue, IsFalse, IsNull and IsNotNull, where it must be left out',
  },
  {
    kind: 'SyncConfiguration',
    what: 'two origins of one value',
    spec: mapping({ source: 'jobTitle', constant: 'Staff' }),
    message: 'at most one of source, constant and expression may be set; none means that the attribute is not synchronized',
  },
  {
    kind: 'SyncConfiguration',
    what: 'MostRestrictive for something else than sign-in',
    spec: mapping({ source: 'jobTitle', authority: 'MostRestrictive' }),
    message: 'authority: MostRestrictive is only for target: accountEnabled',
  },
  {
    kind: 'SyncConfiguration',
    what: 'propagateRemoval for something else than the manager',
    spec: mapping({ source: 'jobTitle', propagateRemoval: true }),
    message: 'propagateRemoval is only for target: manager; use whenNull: Clear for other attributes',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a manager from a text',
    spec: mapping({ target: 'manager', source: 'department' }),
    message: 'target: manager can only come from source: manager',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a mapping of sign-in beside AddressListOnly',
    spec: configuration({
      memberStrategy: 'AddressListOnly',
      attributeMappings: [{ target: 'accountEnabled', source: 'accountEnabled' }],
    }),
    message: 'memberStrategy: AddressListOnly blocks sign-in itself; remove the mapping of accountEnabled',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a mapping of the user type beside InviteAsGuest',
    spec: configuration({ memberStrategy: 'InviteAsGuest', attributeMappings: [{ target: 'userType', constant: 'Member' }] }),
    message: 'memberStrategy: InviteAsGuest and AddressListOnly decide about the user type themselves; remove the mapping of userType',
  },
  {
    kind: 'SyncConfiguration',
    what: 'two ways to an address',
    spec: configuration({ invitation: { address: 'Mail', addressExpression: '[mail]' } }),
    message: 'invitation.addressExpression replaces invitation.address; leave address out',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a guard without memory',
    spec: configuration({ deprovisioning: { guard: { window: '10m' } } }),
    message: 'window must be between 1h and 168h',
  },
  {
    kind: 'SyncConfiguration',
    what: 'drift looked for all the time',
    spec: configuration({ drift: { interval: '10s' } }),
    message: 'drift.interval must be at least 1m',
  },
];

/** One case for each rule that compares with what was there. */
export const refusedChanges: readonly Case[] = [
  { kind: 'GroupProjection', what: 'another source', spec: { source: { objectId: guid(4) } }, message: 'source is immutable' },
  { kind: 'GroupProjection', what: 'another target', spec: { target: { tenantId: guid(4) } }, message: 'target is immutable' },
  ...(['source', 'target'] as const).flatMap((side) => [
    {
      kind: 'TenantPair',
      what: `another ${side} tenant`,
      spec: { [side]: { tenantId: guid(7) } },
      message: 'tenantId is immutable; create a new TenantPair for another tenant',
    },
    {
      kind: 'TenantPair',
      what: `another cloud of the ${side}`,
      spec: { [side]: { cloud: 'China' } },
      message: 'cloud is immutable; create a new TenantPair for another cloud',
    },
  ]),
  {
    kind: 'SyncConfiguration',
    what: 'another pair',
    spec: { tenantPairRef: { name: 'other' } },
    message: 'tenantPairRef is immutable; create a new SyncConfiguration for another pair',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a preview made of what was none',
    spec: configuration({ previewOf: { name: 'staff' } }),
    message:
      'previewOf is immutable; create a new SyncConfiguration for another preview, and apply what was previewed to the configuration itself',
  },
  {
    kind: 'UserProjection',
    what: 'another source user',
    spec: { source: { objectId: guid(8) } },
    message: 'source.tenantId and source.objectId are immutable',
  },
  { kind: 'UserProjection', what: 'a preview', spec: { previewOf: { name: 'staff' } }, message: 'previewOf is immutable' },
  { kind: 'UserProjection', what: 'another target', spec: { target: { tenantId: guid(8) } }, message: 'target is immutable' },
  {
    kind: 'UserProjection',
    what: 'another configuration',
    spec: { syncConfigurationRef: { name: 'other' } },
    message: 'syncConfigurationRef is immutable',
  },
];

/** The schema's bounds that people run into. */
export const outOfBounds: readonly Case[] = [
  { kind: 'TenantPair', what: 'a tenant id that is none', spec: source({ tenantId: 'contoso.com' }), message: 'spec.source.tenantId' },
  { kind: 'TenantPair', what: 'a cloud with a path', spec: source({ cloud: 'my/cloud' }), message: 'spec.source.cloud' },
  { kind: 'TenantPair', what: 'no target', spec: { source: pairSpec.source }, message: 'spec.target: Required value' },
  {
    kind: 'TenantPair',
    what: 'an unknown policy',
    spec: { ...pairSpec, crossTenantAccess: { managementPolicy: 'Manage' } },
    message: 'supported values: "Observe", "Enforce"',
  },
  { kind: 'SyncConfiguration', what: 'an unknown mode', spec: configuration({ mode: 'DryRun' }), message: 'supported values: "Apply", "Plan"' },
  {
    kind: 'SyncConfiguration',
    what: 'no mode, so that acting is a decision',
    spec: { tenantPairRef: { name: 'pair' }, scope: { type: 'All' } },
    message: 'spec.mode: Required value',
  },
  { kind: 'SyncConfiguration', what: 'an interval in words', spec: configuration({ interval: '40 minutes' }), message: 'spec.interval' },
  { kind: 'SyncConfiguration', what: 'a filter without clauses', spec: scope({ filters: [{ name: 'f', clauses: [] }] }), message: 'clauses' },
  {
    kind: 'SyncConfiguration',
    what: 'two filters of one name',
    spec: scope({ filters: Array.from({ length: 2 }, () => ({ name: 'f', clauses: [{ attribute: 'city', operator: 'IsNull' }] })) }),
    message: 'Duplicate value',
  },
  {
    kind: 'SyncConfiguration',
    what: 'two mappings to one target',
    spec: configuration({ attributeMappings: [{ target: 'city' }, { target: 'city' }] }),
    message: 'Duplicate value',
  },
  { kind: 'SyncConfiguration', what: 'an operator in the words of Entra', spec: clause({ operator: 'EQUALS', value: 'x' }), message: 'operator' },
  {
    kind: 'SyncConfiguration',
    what: 'a guard over a hundred percent',
    spec: configuration({ deprovisioning: { guard: { percent: 101 } } }),
    message: 'percent',
  },
  {
    kind: 'SyncConfiguration',
    what: 'an anchor that is not an extension',
    spec: configuration({ matching: { anchor: { attribute: 'employeeId' } } }),
    message: 'spec.matching.anchor.attribute',
  },
  {
    kind: 'SyncConfiguration',
    what: 'a redirect without TLS',
    spec: configuration({ invitation: { redirectUrl: 'http://example.com' } }),
    message: 'spec.invitation.redirectUrl',
  },
];
