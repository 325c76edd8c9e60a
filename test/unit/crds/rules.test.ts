import { createKubernetes } from '../../../src/sandbox/kubernetes/kubernetes.ts';
import type { JsonObject, Kubernetes } from '../../../src/sandbox/kubernetes/types.ts';
import { crds } from '../../support/world.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { allNodes } from '../api/crd-schema.ts';

const guid = (last: number): string => `00000000-0000-0000-0000-${String(last).padStart(12, '0')}`;
const workload = { workloadIdentity: { clientId: guid(9) } };
const clientSecret = { clientSecret: { clientId: guid(9), secretRef: { name: 'app', key: 'clientSecret' } } };

const pairSpec: JsonObject = {
  source: { tenantId: guid(1), credentials: workload },
  target: { tenantId: guid(2), credentials: clientSecret },
};
const configurationSpec: JsonObject = { tenantPairRef: { name: 'pair' }, mode: 'Plan', scope: { type: 'Assigned' } };
const projectionSpec: JsonObject = {
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: guid(1), objectId: guid(3), userPrincipalName: 'a@contoso.com' },
  target: { tenantId: guid(2) },
  mode: 'Apply',
  lifecycle: 'Present',
  revision: 'r',
};
const validSpec: Readonly<Record<string, JsonObject>> = {
  TenantPair: pairSpec,
  SyncConfiguration: configurationSpec,
  UserProjection: projectionSpec,
};

const cluster = (): Kubernetes => createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds() });
const object = (kind: string, spec: JsonObject, name = 'one'): object => ({
  apiVersion: 'tenantsync.dev/v1alpha1',
  kind,
  metadata: { name, namespace: 'default' },
  spec,
});

const shared = cluster();

/** What `attempt` is refused with; undefined when it is not. Afterwards there is no object of the kind. */
function refusalOf(kind: string, name: string, attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    shared.delete({ kind, name, namespace: 'default' });
  }
}

/** What the API server answers to a new object: its message, or undefined when it takes it. */
function refusal(kind: string, spec: JsonObject, name = 'one'): string | undefined {
  return refusalOf(kind, name, () => shared.create(object(kind, spec, name)));
}

/** What it answers to a change of a valid object. */
function refusalOfChange(kind: string, change: JsonObject): string | undefined {
  shared.create(object(kind, validSpec[kind] ?? {}));
  return refusalOf(kind, 'one', () => shared.patch({ kind, name: 'one', namespace: 'default' }, { spec: change }));
}

const source = (change: JsonObject): JsonObject => ({ ...pairSpec, source: { tenantId: guid(1), credentials: workload, ...change } });
const target = (change: JsonObject): JsonObject => ({ ...pairSpec, target: { tenantId: guid(2), credentials: workload, ...change } });
const configuration = (change: JsonObject): JsonObject => ({ ...configurationSpec, ...change });
const scope = (change: JsonObject): JsonObject => configuration({ scope: { type: 'Assigned', ...change } });
const mapping = (change: JsonObject): JsonObject => configuration({ attributeMappings: [{ target: 'jobTitle', ...change }] });
const clause = (change: JsonObject): JsonObject => scope({ filters: [{ name: 'f', clauses: [{ attribute: 'department', ...change }] }] });

interface Case {
  readonly kind: string;
  readonly what: string;
  readonly spec: JsonObject;
  readonly message: string;
}

/** One case for each rule that looks at an object alone. */
const refused: readonly Case[] = [
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
    kind: 'SyncConfiguration',
    what: 'an interval below a minute',
    spec: configuration({ interval: '59s' }),
    message: 'interval must be between 1m and 144h',
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
const refusedChanges: readonly Case[] = [
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
    kind: 'UserProjection',
    what: 'another source user',
    spec: { source: { objectId: guid(8) } },
    message: 'source.tenantId and source.objectId are immutable',
  },
  { kind: 'UserProjection', what: 'another target', spec: { target: { tenantId: guid(8) } }, message: 'target is immutable' },
  {
    kind: 'UserProjection',
    what: 'another configuration',
    spec: { syncConfigurationRef: { name: 'other' } },
    message: 'syncConfigurationRef is immutable',
  },
];

/** The schema's bounds that people run into. */
const outOfBounds: readonly Case[] = [
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

test.each(Object.entries(validSpec))('a %s with what is required alone is accepted', (kind, spec) => {
  expect(refusal(kind, spec)).toBeUndefined();
});

describe('is refused, with a message that says what to write:', () => {
  test.each(refused)('a $kind with $what', ({ kind, spec, message }) => {
    expect(refusal(kind, spec)).toContain(message);
  });

  test.each(refusedChanges)('a $kind changed to $what', ({ kind, spec, message }) => {
    expect(refusalOfChange(kind, spec)).toContain(message);
  });

  test.each(outOfBounds)('a $kind with $what', ({ kind, spec, message }) => {
    expect(refusal(kind, spec)).toContain(message);
  });

  test.each(['TenantPair', 'SyncConfiguration'])('a %s with a name that fits no label', (kind) => {
    const message = `metadata.name of a ${kind} must have at most 63 characters, because it becomes a label value; choose a shorter name`;
    expect(refusal(kind, validSpec[kind] ?? {}, 'n'.repeat(64))).toContain(message);
    expect(refusal(kind, validSpec[kind] ?? {}, 'n'.repeat(63))).toBeUndefined();
  });
});

test('no rule of any kind is without a case here', () => {
  const cases = [...refused, ...refusedChanges].map(({ message }) => message);
  const messages = allNodes.flatMap(({ where, node }) => (node['x-kubernetes-validations'] ?? []).map(({ message }) => ({ where, message })));
  const untested = messages.filter(
    ({ message }) => !cases.some((tested) => tested.includes(message ?? '')) && message?.startsWith('metadata.name of a') !== true,
  );
  expect(untested).toEqual([]);
});

describe('is accepted:', () => {
  test.each([
    { what: 'an interval of a minute', spec: configuration({ interval: '1m' }) },
    { what: 'an interval of six days', spec: configuration({ interval: '144h' }) },
    {
      what: 'a filter on everybody',
      spec: scope({ type: 'All', filters: [{ name: 'f', clauses: [{ attribute: 'city', operator: 'IsNotNull' }] }] }),
    },
    { what: 'a mapping to nothing, which takes an attribute out', spec: mapping({}) },
    {
      what: 'MostRestrictive for sign-in',
      spec: mapping({ target: 'accountEnabled', source: 'accountEnabled', authority: 'MostRestrictive' }),
    },
    {
      what: 'an extension attribute as anchor',
      spec: configuration({ matching: { anchor: { attribute: 'extensionAttribute15' } } }),
    },
  ])('$what', ({ spec }) => {
    expect(refusal('SyncConfiguration', spec)).toBeUndefined();
  });

  test('a new user principal name of the same source user', () => {
    expect(refusalOfChange('UserProjection', { source: { userPrincipalName: 'b@contoso.com' } })).toBeUndefined();
  });
});

test('defaults are written out, so that kubectl shows what applies', () => {
  const kubernetes = cluster();
  expect(kubernetes.create(object('TenantPair', pairSpec))).toMatchObject({
    spec: { suspend: false, source: { cloud: 'Global' }, crossTenantAccess: { managementPolicy: 'Observe', withoutSyncPolicy: 'Refuse' } },
  });
  expect(kubernetes.create(object('SyncConfiguration', configurationSpec))).toMatchObject({
    spec: {
      suspend: false,
      interval: '40m',
      defaultAttributeMappings: true,
      matching: { adoption: 'Adopt' },
      targetActions: ['Create', 'Update', 'Delete'],
      invitation: { address: 'UserPrincipalName', sendInvitationMessage: false, redirectUrl: 'https://myapplications.microsoft.com' },
      memberStrategy: 'InviteAsMember',
      deprovisioning: {
        action: 'SoftDelete',
        disabledUsers: 'Retain',
        adoptedUsers: 'SoftDelete',
        revokeSessions: false,
        onConfigurationDeletion: 'Retain',
        purgeAfterSourcePurge: false,
        guard: { threshold: 500, percent: 20, minimum: 10, window: '24h' },
      },
      restore: { reconcileProxies: false },
      drift: { policy: 'Ignore', interval: '24h' },
    },
  });
});

test('a misspelt field is named', () => {
  expect(refusal('SyncConfiguration', configuration({ intervall: '5m' }))).toContain('unknown field "spec.intervall"');
});
