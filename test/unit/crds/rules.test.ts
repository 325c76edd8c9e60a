import { createKubernetes, type JsonObject, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import { crds } from '../../support/crds.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { allNodes } from '../api/crd-schema.ts';
import { configuration, configurationSpec, guid, mapping, object, outOfBounds, pairSpec, refused, refusedChanges, scope, validSpec } from './rule-cases.ts';

const cluster = (): Kubernetes => createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds() });
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
      what: 'groups with everything that can be said of them',
      spec: configuration({
        groups: {
          select: [{ id: guid(3) }, { displayName: 'Falcon' }, { scopeGroups: true }],
          matching: { adoption: 'Ignore', by: 'Anchor' },
          displayNameExpression: 'Append([displayName], " (Contoso)")',
          mailNicknameExpression: '[mailNickname]',
          membership: 'Flattened',
          propagateRemovals: false,
          exclusiveMembership: true,
          deprovisioning: 'SoftDelete',
        },
      }),
    },
    {
      what: 'groups in a preview',
      spec: configuration({ previewOf: { name: 'live' }, groups: { select: [{ id: guid(3) }] } }),
    },
    {
      what: 'groups that are recognised by their mail nickname',
      spec: configuration({ groups: { select: [{ scopeGroups: true }], matching: { by: 'MailNickname' } } }),
    },
    {
      what: 'an extension attribute as anchor',
      spec: configuration({ matching: { anchor: { attribute: 'extensionAttribute15' } } }),
    },
  ])('$what', ({ spec }) => {
    expect(refusal('SyncConfiguration', spec)).toBeUndefined();
  });

  test('a target with four more applications', () => {
    const additionalCredentials = [1, 2, 3, 4].map((last) => ({ workloadIdentity: { clientId: guid(last) } }));
    expect(refusal('TenantPair', { ...pairSpec, target: { ...(pairSpec.target as JsonObject), additionalCredentials } })).toBeUndefined();
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
