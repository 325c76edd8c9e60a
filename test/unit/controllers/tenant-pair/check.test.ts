import { annotations, finalizers } from '../../../../src/api/kinds.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { recordWith } from '../../core/support.ts';
import { configurationWith, minute, pairWith } from '../support.ts';
import { accessWith, sides, Tenants } from './tenants.ts';

const deprovisioning = { ...configurationWith().spec.deprovisioning, onConfigurationDeletion: 'Deprovision' } as const;

const warned = (tenants: Tenants): readonly string[] =>
  (tenants.pair.status.access?.warnings ?? []).map(({ reason }) => reason).filter((reason) => reason.startsWith('Cloud'));

describe('B1, B2, B10 a check of a pair', () => {
  it('signs in to both tenants, says what it found, and opens the session that the work needs', async () => {
    const tenants = new Tenants();
    const { requeueAfterMs } = await tenants.check();
    expect(tenants.condition('Ready')).toBe('True Succeeded');
    expect(tenants.pair.status).toMatchObject({
      observedGeneration: 1,
      holdsTenantsSince: tenants.site.at(),
      source: { displayName: 'Contoso', defaultDomain: 'Contoso.com', missingPermissions: [] },
      target: { displayName: 'Fabrikam' },
    });
    expect(tenants.session?.verdict).toEqual({ ready: true });
    expect(tenants.session?.sourceDomains).toEqual(new Set(['contoso.com']));
    expect(requeueAfterMs).toBe(5 * minute);
    expect(tenants.opened.map(({ side, credentials }) => [side, credentials])).toEqual([
      ['source', { type: 'ClientSecret', clientId: 'source', secret: 'one' }],
      ['target', { type: 'ClientSecret', clientId: 'target', secret: 'two' }],
    ]);
  });

  it('E8 of a pair that begins to act goes on with the block of the target, before anybody may be invited', async () => {
    const tenants = new Tenants();
    const { site } = tenants;
    const block = { since: site.at(-minute), nextProbeAt: site.at(minute), requestId: 'request' };
    const key = `${tenants.pair.spec.target.tenantId}.invitations`;
    site.notes.set(key, JSON.stringify(block));
    await tenants.check();
    expect(tenants.pair.status.invitationsBlocked).toEqual(block);
    expect(tenants.condition('InvitationsBlocked')).toBe('True InvitationsBlocked');
    // From then on it is the pair's own.
    site.notes.set(key, '');
    await tenants.check();
    expect(tenants.pair.status.invitationsBlocked).toEqual(block);
  });

  it('E8 of a pair whose target accepts invitations again finds none', async () => {
    const tenants = new Tenants();
    tenants.site.notes.set(`${tenants.pair.spec.target.tenantId}.invitations`, '');
    await tenants.check();
    expect([tenants.pair.status.invitationsBlocked, tenants.condition('InvitationsBlocked')]).toEqual([undefined, undefined]);
  });

  it('has its configurations looked at when the verdict changes, and only then', async () => {
    const tenants = new Tenants({ records: [recordWith({ metadata: { generation: 2 } })] });
    await tenants.check();
    expect(tenants.site.enqueued).toContain('configuration identity/staff');
    expect(tenants.site.enqueued.filter((key) => key.startsWith('projection'))).toHaveLength(1);
    tenants.site.enqueued.length = 0;
    await tenants.check();
    expect(tenants.site.enqueued).toEqual([]);
  });

  it('I7 of an unchanged pair writes nothing, and keeps the session', async () => {
    const tenants = new Tenants();
    await tenants.check();
    const { length } = tenants.site.pairs.writes;
    await tenants.check();
    expect(tenants.site.pairs.writes).toHaveLength(length);
    expect(tenants.opened).toHaveLength(2);
  });

  it('makes the session anew when a Secret has changed', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.secrets.set('source-secret', { secret: 'renewed' });
    await tenants.check();
    expect(tenants.opened.slice(2).map(({ credentials }) => credentials)).toContainEqual({
      type: 'ClientSecret',
      clientId: 'source',
      secret: 'renewed',
    });
  });

  it('says that a generation is being checked, and keeps the conditions that it does not decide about yet', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.edit({ crossTenantAccess: { managementPolicy: 'Observe', withoutSyncPolicy: 'Accept', withoutGroupPolicy: 'Refuse' } });
    const seen: (string | undefined)[] = [];
    tenants.targetAnswers = {};
    const { writer } = tenants.site.deps.pairs;
    const patchStatus = writer.patchStatus.bind(writer);
    writer.patchStatus = async (...given) => {
      const pair = await patchStatus(...given);
      seen.push(`${tenants.condition('Ready')} / ${tenants.condition('SourceConnected')}`);
      return pair;
    };
    await tenants.check();
    expect(seen).toEqual(['Unknown Progressing / True Succeeded', 'True Succeeded / True Succeeded']);
  });

  it.each<[string, Partial<Tenants>, string]>([
    [
      'the source does not answer',
      { sourceAnswers: { grantedPermissions: () => Promise.reject(refusal('Unavailable', { reason: 'GraphUnreachable' })) } },
      'GraphUnreachable',
    ],
    [
      'the target refuses the credentials',
      { targetAnswers: { grantedPermissions: () => Promise.reject(refusal('Unauthenticated', { reason: 'CredentialsExpired' })) } },
      'CredentialsExpired',
    ],
    [
      'the organization cannot be read for another reason than a permission',
      { sourceAnswers: { organization: () => Promise.reject(refusal('Forbidden', { reason: 'GraphForbidden' })) } },
      'GraphForbidden',
    ],
    ['a permission is missing', { targetAnswers: { grantedPermissions: () => Promise.resolve(['User.Read.All']) } }, 'PermissionMissing'],
    [
      'the credentials sign in to another tenant',
      { targetAnswers: { organization: () => Promise.resolve({ id: 'another', displayName: '', verifiedDomains: [] }) } },
      'TenantMismatch',
    ],
    [
      'inbound sync is switched off',
      { targetAnswers: { partnerAccess: accessWith({ userSyncInboundAllowed: false }) } },
      'UserSyncNotAllowed',
    ],
    [
      'redemption is not automatic',
      { sourceAnswers: { partnerAccess: accessWith({ automaticConsent: { inboundAllowed: false, outboundAllowed: false } }) } },
      'AutomaticRedemptionOff',
    ],
    [
      'the settings cannot be read',
      { targetAnswers: { partnerAccess: () => Promise.reject(refusal('Forbidden', { reason: 'GraphForbidden' })) } },
      'GraphForbidden',
    ],
  ])('I8 finds the pair not ready when %s, and looks again within a minute', async (_, answers, reason) => {
    const tenants = new Tenants();
    Object.assign(tenants, answers);
    const { requeueAfterMs } = await tenants.check();
    expect(tenants.condition('Ready')).toBe(`False ${reason}`);
    expect(tenants.session?.verdict).toMatchObject({ ready: false, reason });
    expect(tenants.pair.status.holdsTenantsSince).toBeUndefined();
    expect(requeueAfterMs).toBe(minute);
    expect(tenants.site.events.map((event) => event.reason)).toContain(reason);
  });

  it('F1 names side, tenant, application and what it signs in with, and when that ends', async () => {
    const rejected = () => Promise.reject(refusal('Unauthenticated', { reason: 'CredentialsExpired', message: 'They have expired.' }));
    const tenants = new Tenants();
    tenants.sourceAnswers = { grantedPermissions: rejected };
    await tenants.check();
    const ofSecret = `Source tenant ${sides.source.tenantId}, application source, key secret of Secret source-secret: They have expired.`;
    expect(tenants.message()).toBe(ofSecret);
    expect(tenants.session?.verdict).toMatchObject({ message: ofSecret });
    const clientCertificate = { clientId: 'target', secretRef: { name: 'target-tls' } };
    const target = { ...sides.target, credentials: { clientCertificate } };
    const other = new Tenants({ pair: { ...sides, target } });
    other.secrets.set('target-tls', { 'tls.crt': 'c', 'tls.key': 'k' });
    other.targetAnswers = { grantedPermissions: rejected, credentialExpiresAt: other.site.clock.now() - minute };
    await other.check();
    expect(other.message('TargetConnected')).toBe(
      `Target tenant ${sides.target.tenantId}, application target, the certificate in Secret target-tls: They have expired. The certificate expired at ${other.site.at(-minute)}.`,
    );
  });

  it('I7 a refusal that lasts writes nothing, though each answer has an id of its own', async () => {
    const tenants = new Tenants();
    let answers = 0;
    const message = (): string => `Refused. AADSTS7000215, correlation id 00000000-0000-4000-8000-00000000000${answers}.`;
    const refused = () => {
      answers += 1;
      return Promise.reject(refusal('Unauthenticated', { reason: 'CredentialsRejected', message: message() }));
    };
    tenants.sourceAnswers = { grantedPermissions: refused };
    await tenants.check();
    expect(tenants.message()).toContain('-000000000001.');
    const { length } = tenants.site.pairs.writes;
    tenants.site.enqueued.length = 0;
    await tenants.check();
    expect(answers).toBeGreaterThan(1);
    expect([tenants.site.pairs.writes.length, tenants.site.enqueued]).toEqual([length, []]);
  });

  it('F1 keeps what was known of tenants that cannot be read, with the time of the reading, until they are read again', async () => {
    const tenants = new Tenants();
    const down = () => Promise.reject(refusal('Unavailable', { reason: 'GraphUnreachable' }));
    await tenants.check();
    const { source, target, access } = tenants.pair.status;
    const readAt = tenants.site.at();
    await tenants.site.clock.advance(minute);
    const fail = (answers: Partial<Tenants>): Promise<unknown> => {
      Object.assign(tenants, answers);
      tenants.secrets.set('source-secret', { secret: JSON.stringify(answers) });
      return tenants.check();
    };
    await fail({ sourceAnswers: { grantedPermissions: down } });
    const settings = { automaticRedemption: access?.automaticRedemption, inboundTrust: access?.inboundTrust, consentPrompt: 'Suppressed' };
    expect(tenants.pair.status).toMatchObject({
      source: { displayName: source?.displayName, defaultDomain: source?.defaultDomain, readAt },
      target,
      access: { ...settings, userSync: 'Unknown', readAt },
    });
    expect(tenants.pair.status.target?.readAt).toBeUndefined();
    await tenants.site.clock.advance(minute);
    tenants.secrets.clear();
    await tenants.check();
    expect(tenants.pair.status).toMatchObject({ source: { readAt }, target: { readAt: tenants.site.at(-minute) }, access: { readAt } });
    const { length } = tenants.site.pairs.writes;
    await tenants.check();
    expect(tenants.site.pairs.writes).toHaveLength(length);
    tenants.secrets.set('target-secret', { secret: 'two' });
    await fail({ sourceAnswers: {} });
    expect(tenants.pair.status).toMatchObject({ source, target, access });
    expect(JSON.stringify(tenants.pair.status)).not.toContain('readAt');
  });

  it('F1 names the tenant and the application of a Secret that is not there, and the tenant whose settings cannot be read', async () => {
    const tenants = new Tenants();
    tenants.targetAnswers = { partnerAccess: () => Promise.reject(refusal('Forbidden', { message: 'Not allowed.' })) };
    await tenants.check();
    expect(tenants.message()).toContain(`Target tenant ${sides.target.tenantId}, application target, `);
    tenants.secrets.delete('target-secret');
    await tenants.check();
    expect(tenants.message()).toContain(`Target tenant ${sides.target.tenantId}, application target: Secret target-secret`);
  });

  it('tells which permissions are missing although the organization cannot be read without them', async () => {
    const tenants = new Tenants();
    tenants.sourceAnswers = { grantedPermissions: () => Promise.resolve([]), organization: () => Promise.reject(refusal('Forbidden')) };
    await tenants.check();
    expect(tenants.pair.status.source?.missingPermissions).toEqual(['User.Read.All', 'Policy.Read.All']);
  });

  it('asks for a new token before it says that a permission is missing', async () => {
    const tenants = new Tenants();
    const asked: (boolean | undefined)[] = [];
    const whole = ['User.Read.All', 'Policy.Read.All'];
    tenants.sourceAnswers = {
      grantedPermissions: ({ fresh }) => {
        asked.push(fresh);
        return Promise.resolve(fresh === true ? whole : []);
      },
    };
    await tenants.check();
    expect(asked).toEqual([undefined, true]);
    expect(tenants.condition('Ready')).toBe('True Succeeded');
  });

  it('needs of the permissions what the configurations ask for', async () => {
    const scope = { type: 'Assigned', includeNestedGroups: false, application: { servicePrincipalId: 'app' } } as const;
    const tenants = new Tenants({ configuration: { scope, mode: 'Plan' } });
    tenants.targetAnswers = { grantedPermissions: () => Promise.resolve(['User.Read.All', 'Policy.Read.All']) };
    await tenants.check();
    expect(tenants.pair.status.source?.missingPermissions).toEqual(['Application.Read.All']);
    expect(tenants.pair.status.target?.missingPermissions).toEqual([]);
  });

  it('across clouds each side must have switched on the other one', async () => {
    const pair = { ...sides, target: { ...sides.target, cloud: 'USGov' } };
    const closed = new Tenants({ pair });
    await closed.check();
    expect(warned(closed)).toEqual(['CloudNotAllowed', 'CloudNotAllowed']);
    const open = new Tenants({ pair });
    open.sourceAnswers = { allowedCloudEndpoints: () => Promise.resolve(['microsoftonline.us']) };
    open.targetAnswers = { allowedCloudEndpoints: () => Promise.resolve(['microsoftonline.com']) };
    await open.check();
    expect(warned(open)).toEqual([]);
  });

  it('a check that a shutdown has cut short has found nothing', async () => {
    const tenants = new Tenants();
    const stopped = new AbortController();
    stopped.abort();
    expect(await tenants.check('identity/pair', stopped.signal)).toEqual({});
    expect(tenants.condition('SourceConnected')).toBeUndefined();
    expect(tenants.session).toBeUndefined();
  });

  it('an error of the program itself is thrown', async () => {
    const tenants = new Tenants();
    tenants.sourceAnswers = { organization: () => Promise.reject(new TypeError('a fault')) };
    await expect(tenants.check()).rejects.toThrow('a fault');
  });

  it('answers a request, and echoes it', async () => {
    const tenants = new Tenants();
    tenants.edit({}, { annotations: { [annotations.requestedAt]: 'now' } });
    await tenants.check();
    expect(tenants.pair.status.lastHandledReconcileAt).toBe('now');
  });

  it('I3 leaves the numbers of the guard as they are', async () => {
    const tenants = new Tenants();
    const guard = { windows: [{ configuration: 'staff', hour: '2026-01-05T08:00:00Z', removed: 4, blocked: 0 }] };
    tenants.site.pairs.put({ ...tenants.pair, status: { guard } });
    await tenants.check();
    tenants.secrets.clear();
    await tenants.check();
    expect(tenants.pair.status.guard).toEqual(guard);
  });
});

describe('I14 a tenant that throttles the check', () => {
  const throttle = (tenants: Tenants, retryAt: number | undefined): void => {
    tenants.sourceAnswers = {
      ...tenants.sourceAnswers,
      partnerAccess: () => Promise.reject(refusal('Throttled', { message: 'Throttled.', ...(retryAt === undefined ? {} : { retryAt }) })),
    };
  };

  it('leaves what was found, says what is waited for, and looks again in time', async () => {
    const tenants = new Tenants();
    throttle(tenants, tenants.site.clock.now() + 30 * minute);
    const { requeueAfterMs } = await tenants.check();
    expect(tenants.condition('Ready')).toBe('Unknown Throttled');
    expect(tenants.pair.status.access?.warnings).toEqual([
      { reason: 'Throttled', message: `Throttled. The next attempt is at ${tenants.site.at(30 * minute)}.` },
    ]);
    expect(requeueAfterMs).toBe(5 * minute);
  });

  it('is asked again soon where it does not say when, and where it says at once', async () => {
    const tenants = new Tenants();
    throttle(tenants, undefined);
    expect((await tenants.check()).requeueAfterMs).toBe(5000);
    throttle(tenants, tenants.site.clock.now() - minute);
    tenants.secrets.set('source-secret', { secret: 'renewed' });
    expect((await tenants.check()).requeueAfterMs).toBeGreaterThanOrEqual(1000);
  });

  it('leaves Ready as it was', async () => {
    const tenants = new Tenants();
    await tenants.check();
    throttle(tenants, tenants.site.clock.now() + 30 * minute);
    tenants.secrets.set('source-secret', { secret: 'renewed' });
    await tenants.check();
    expect(tenants.condition('Ready')).toBe('True Succeeded');
  });

  it('is warned of by a check that comes through', async () => {
    const tenants = new Tenants();
    const since = tenants.site.clock.now();
    tenants.sourceAnswers = {
      quota: {
        reserve: () => ({ release: () => undefined }),
        availableAt: () => 0,
        inFlight: () => 8,
        pauses: () => [{ requests: 'Reads', limit: 'Tenant', since, until: since + 10 * minute }],
      },
    };
    await tenants.check();
    const [warning] = tenants.pair.status.access?.warnings ?? [];
    expect(warning?.message).toContain('Microsoft Graph refuses reads of the source for load since');
    expect(warning?.message).toContain('the limit of the whole tenant');
  });
});

describe('B10 credentials', () => {
  it.each<[string, (tenants: Tenants) => void, string]>([
    ['whose Secret is not there', (tenants) => tenants.secrets.delete('source-secret'), 'SecretNotFound'],
    ['whose Secret lacks the key', (tenants) => tenants.secrets.set('target-secret', { other: 'x' }), 'SecretKeyMissing'],
    ['whose key is empty', (tenants) => tenants.secrets.set('source-secret', { secret: ' \n' }), 'SecretInvalid'],
    [
      'whose Secret may not be read',
      (tenants) => tenants.refusedSecrets.set('source-secret', new KubeError('Forbidden', 'no')),
      'SecretAccessDenied',
    ],
  ])('%s end the session, and it is said', async (_, change, reason) => {
    const tenants = new Tenants();
    await tenants.check();
    const was = tenants.session;
    change(tenants);
    // A server that has just started may refuse to show a Secret for a moment.
    const first = await tenants.check();
    const result = reason === 'SecretAccessDenied' ? await tenants.check() : first;
    expect(result).toEqual({ requeueAfterMs: minute });
    expect(tenants.condition('Ready')).toBe(`False ${reason}`);
    expect(tenants.session).toBeUndefined();
    expect(was?.verdict.ready).toBe(false);
    expect(tenants.pair.status).toMatchObject({ holdsTenantsSince: tenants.site.at(), unableSince: tenants.site.at() });
  });

  it('a Secret that may not be read ends the session only when it may still not be read a moment later', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.refusedSecrets.set('source-secret', new KubeError('Forbidden', 'no'));
    expect(await tenants.check()).toEqual({ requeueAfterMs: 5000 });
    expect(tenants.condition('Ready')).toBe('True Succeeded');
    expect(tenants.session?.verdict).toEqual({ ready: true });
    tenants.refusedSecrets.clear();
    await tenants.check();
    tenants.refusedSecrets.set('source-secret', new KubeError('Forbidden', 'no'));
    expect(await tenants.check()).toEqual({ requeueAfterMs: 5000 });
  });

  it('I14 a refusal of the cluster that is none of rights is no verdict about the pair', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.refusedSecrets.set('source-secret', new KubeError('Unavailable', 'away'));
    await expect(tenants.check()).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(tenants.condition('Ready')).toBe('True Succeeded');
  });
});

describe.each<[string, (credentials: object) => object, number]>([
  ['of the source', (credentials) => ({ source: { ...sides.source, credentials } }), 0],
  ['of the target', (credentials) => ({ target: { ...sides.target, credentials } }), 0],
  ['of a further application', (credentials) => ({ target: { ...sides.target, additionalCredentials: [credentials] } }), 2],
])('B10 credentials %s', (_, placed, others) => {
  const signingIn = (credentials: object, more: { identityNamespaces?: readonly string[] } = {}): Tenants => {
    const tenants = new Tenants({ pair: placed(credentials) });
    Object.assign(tenants.site.deps.settings, more);
    return tenants;
  };
  const used = ({ opened }: Tenants): readonly object[] => opened.map(({ credentials }) => credentials);
  /** Why they are not used: by the pair, or by a warning where it goes on without them. */
  const refused = (tenants: Tenants): readonly (string | undefined)[] => [
    tenants.condition('Ready')?.replace('False ', ''),
    ...(tenants.pair.status.access?.warnings ?? []).map(({ reason }) => reason),
  ];

  it('may be a secret, under the key that is named', async () => {
    const tenants = signingIn({ clientSecret: { clientId: 'c', secretRef: { name: 'passwords', key: 'ours' } } });
    tenants.secrets.set('passwords', { secret: 'of somebody else', ours: 'three' });
    await tenants.check();
    expect(used(tenants)).toContainEqual({ type: 'ClientSecret', clientId: 'c', secret: 'three' });
  });

  it('may be a certificate', async () => {
    const tenants = signingIn({ clientCertificate: { clientId: 'c', secretRef: { name: 'certificate' } } });
    await tenants.check();
    expect(refused(tenants)).toContain('SecretNotFound');
    expect(tenants.opened).toHaveLength(others);
    tenants.secrets.set('certificate', { 'tls.crt': 'pem', 'tls.key': 'key' });
    await tenants.check();
    expect(used(tenants)).toContainEqual({ type: 'ClientCertificate', clientId: 'c', certificatePem: 'pem', privateKeyPem: 'key' });
  });

  it('may be a ServiceAccount of the namespace', async () => {
    const tenants = signingIn({ workloadIdentity: { clientId: 'c', serviceAccountName: 'sync' } });
    await tenants.check();
    expect(used(tenants)).toContainEqual({
      type: 'WorkloadIdentity',
      clientId: 'c',
      serviceAccount: { namespace: 'identity', name: 'sync' },
    });
  });

  it.each([
    [{ workloadIdentity: { clientId: 'c' } }, { type: 'WorkloadIdentity', clientId: 'c' }],
    [{ managedIdentity: { clientId: 'c' } }, { type: 'ManagedIdentity', clientId: 'c' }],
  ])("I15 may be the operator's own identity only where that is allowed: %j", async (credentials, expected) => {
    const elsewhere = signingIn(credentials);
    await elsewhere.check();
    expect(refused(elsewhere)).toContain('IdentityNotAllowed');
    expect(elsewhere.opened).toHaveLength(others);
    const allowed = signingIn(credentials, { identityNamespaces: ['identity'] });
    await allowed.check();
    expect(used(allowed)).toContainEqual(expected);
  });
});

describe('a pair that cannot be checked says why, and asks nothing of a tenant', () => {
  it.each<[string, object, string]>([
    ['the cloud of the source is not known', { source: { ...sides.source, cloud: 'Moon' } }, 'UnknownCloud'],
    ['the cloud of the target is not known', { target: { ...sides.target, cloud: 'Moon' } }, 'UnknownCloud'],
    [
      'the target names an application twice',
      { target: { ...sides.target, additionalCredentials: [{ ...sides.target.credentials }] } },
      'InvalidSpec',
    ],
  ])('%s', async (_, pair, reason) => {
    const tenants = new Tenants({ pair });
    expect(await tenants.check()).toEqual({ requeueAfterMs: 5 * minute });
    expect(tenants.condition('Ready')).toBe(`False ${reason}`);
    expect(tenants.condition('Stalled')).toBe(`True ${reason}`);
    expect(tenants.opened).toEqual([]);
  });

  it('I5 suspended, its session stays for what is under way, and it says so', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.edit({ suspend: true });
    expect(await tenants.check()).toEqual({});
    expect(tenants.condition('Ready')).toBe('True Suspended');
    expect(tenants.condition('SourceConnected')).toBe('True Succeeded');
    expect(tenants.pair.status.holdsTenantsSince).toBe(tenants.site.at());
  });

  it.each<[string, (tenants: Tenants) => Promise<void> | void]>([
    ['another replica looks after it', (tenants) => void (tenants.site.holdsLease = false)],
    ['it is being deleted', (tenants) => tenants.edit({}, { deletionTimestamp: tenants.site.at() })],
    ['it is gone', (tenants) => tenants.site.pairs.delete(tenants.pair.metadata)],
  ])('I15 its session ends when %s', async (_, change) => {
    const tenants = new Tenants();
    await tenants.check();
    const was = tenants.session;
    await change(tenants);
    expect(await tenants.check()).toEqual({});
    expect(tenants.session).toBeUndefined();
    expect(was?.verdict).toMatchObject({ ready: false, reason: 'TenantPairNotReady' });
  });

  it('A10 waits for the configurations that take their people out of the target, and for no others', async () => {
    const tenants = new Tenants({ configuration: { deprovisioning } });
    await tenants.check();
    expect(tenants.pair.metadata.finalizers).toEqual([finalizers.deprovision]);
    tenants.edit({}, { deletionTimestamp: tenants.site.at() });
    await tenants.check();
    expect(tenants.session?.verdict).toEqual({ ready: true });
    expect(tenants.message('Reconciling')).toContain('are gone: staff.');
    tenants.site.configurations.put(configurationWith());
    expect(await tenants.check()).toEqual({});
    expect(tenants.pair.metadata.finalizers).toBeUndefined();
    expect(tenants.session).toBeUndefined();
  });

  it('A10 takes no new finalizer while it is being deleted', async () => {
    const tenants = new Tenants({ configuration: { deprovisioning } });
    tenants.edit({}, { deletionTimestamp: tenants.site.at() });
    await tenants.check();
    expect(tenants.pair.metadata.finalizers).toBeUndefined();
  });
});

describe('I15 two pairs for the same tenants', () => {
  const other = (more: object = {}, metadata: object = {}) => {
    const made = pairWith(sides, more);
    return { ...made, metadata: { ...made.metadata, name: 'other', uid: 'uid-other', ...metadata } };
  };
  const holds = (tenants: Tenants) => ({ status: { holdsTenantsSince: tenants.site.at(-minute) } });

  it('only the one that holds them acts; the other says so and asks nothing', async () => {
    const tenants = new Tenants();
    tenants.site.pairs.put(other(holds(tenants)));
    expect(await tenants.check()).toEqual({ requeueAfterMs: 5 * minute });
    expect(tenants.condition('Ready')).toBe('False DuplicateTenantPair');
    expect(tenants.message()).toContain('TenantPair identity/other already connects the same two tenants. Delete one of the two.');
    expect(tenants.opened).toEqual([]);
    expect(tenants.session).toBeUndefined();
  });

  it('the name of one in another namespace is not told', async () => {
    const tenants = new Tenants();
    tenants.site.pairs.put(other(holds(tenants), { namespace: 'secret-place' }));
    await tenants.check();
    expect(tenants.message()).toContain('A TenantPair in another namespace');
    expect(tenants.message()).not.toContain('secret-place');
  });

  it('of two that are checked at the same time the first to be done holds them', async () => {
    const tenants = new Tenants();
    tenants.targetAnswers = {
      organization: () => {
        tenants.site.pairs.put(other(holds(tenants)));
        return Promise.resolve({ id: tenants.pair.spec.target.tenantId, displayName: '', verifiedDomains: [] });
      },
    };
    await tenants.check();
    expect(tenants.condition('Ready')).toBe('False DuplicateTenantPair');
    expect(tenants.session).toBeUndefined();
  });

  it('one takes over only when what the other did may not be under way any more', async () => {
    const tenants = new Tenants();
    await tenants.check();
    const { sessions } = tenants.site.deps;
    await tenants.site.pairs.delete(tenants.pair.metadata);
    tenants.site.pairs.put(other());
    await tenants.check();
    const wait = await tenants.check('identity/other');
    expect(wait).toEqual({ requeueAfterMs: 35_000 });
    expect(sessions.get('identity/other')).toBeUndefined();
    await tenants.site.clock.advance(35_000);
    await tenants.check('identity/other');
    expect(sessions.get('identity/other')?.verdict).toEqual({ ready: true });
  });

  it('one that could not sign in for an hour lets go of them, and the other is checked', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.site.pairs.put(other());
    tenants.secrets.delete('source-secret');
    await tenants.check();
    expect(tenants.pair.status.holdsTenantsSince).toBeDefined();
    await tenants.site.clock.advance(61 * minute);
    tenants.site.enqueued.length = 0;
    await tenants.check();
    expect(tenants.pair.status.holdsTenantsSince).toBeUndefined();
    expect(tenants.site.enqueued).toContain('pair identity/other');
  });

  it.each<[string, (tenants: Tenants) => void, boolean]>([
    ['signs in', () => undefined, true],
    ['is throttled', (tenants) => void (tenants.sourceAnswers = { grantedPermissions: () => Promise.reject(refusal('Throttled')) }), true],
    [
      'is refused',
      (tenants) => void (tenants.sourceAnswers = { grantedPermissions: () => Promise.reject(refusal('Unauthenticated')) }),
      false,
    ],
    ['has no Secret', (tenants) => tenants.secrets.delete('source-secret'), false],
  ])('a suspended one that another waits for keeps them while it %s', async (_, change, keeps) => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.edit({ suspend: true });
    tenants.site.pairs.put(other());
    tenants.secrets.set('target-secret', { secret: 'renewed' });
    change(tenants);
    expect(await tenants.check()).toEqual({ requeueAfterMs: 5 * minute });
    await tenants.site.clock.advance(61 * minute);
    await tenants.check();
    expect(tenants.pair.status.holdsTenantsSince !== undefined).toBe(keeps);
    expect(tenants.condition('Ready')).toBe(keeps ? 'True Suspended' : 'Unknown Suspended');
  });

  it('a fault of the program while a suspended one is looked at is thrown', async () => {
    const tenants = new Tenants();
    await tenants.check();
    tenants.edit({ suspend: true });
    tenants.site.pairs.put(other());
    tenants.secrets.set('source-secret', { secret: 'renewed' });
    tenants.sourceAnswers = { grantedPermissions: () => Promise.reject(new TypeError('a fault')) };
    await expect(tenants.check()).rejects.toThrow('a fault');
  });
});
