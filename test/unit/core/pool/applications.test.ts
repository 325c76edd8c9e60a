import { applicationWarnings, entriesOf, leftOutOf, repeatedApplication } from '../../../../src/core/pool/applications.ts';
import { clientIdOf } from '../../../../src/core/preflight/sign-in.ts';
import type { ApplicationFacts } from '../../../../src/core/pool/facts.ts';
import type { SideFacts } from '../../../../src/core/preflight/facts.ts';

const secretOf = (clientId: string) => ({ clientSecret: { clientId, secretRef: { name: 'app', key: 'secret' } } });
const target = (...additional: readonly Parameters<typeof clientIdOf>[0][]) => ({
  tenantId: 'spoke',
  cloud: 'Global',
  credentials: secretOf('A'),
  additionalCredentials: additional,
});

describe('G5 the applications that a target names', () => {
  it.each([
    [{ workloadIdentity: { clientId: 'a' } }],
    [{ managedIdentity: { clientId: 'a' } }],
    [secretOf('a')],
    [{ clientCertificate: { clientId: 'a', secretRef: { name: 'app' } } }],
  ])('sign in as %j says', (credentials) => {
    expect(clientIdOf(credentials)).toBe('a');
  });

  it('have their places in the spec', () => {
    const { credentials } = target();
    expect(entriesOf({ ...target(), additionalCredentials: [secretOf('b'), secretOf('c')] }).map(({ place }) => place)).toEqual([
      'spec.target.credentials',
      'spec.target.additionalCredentials[0]',
      'spec.target.additionalCredentials[1]',
    ]);
    expect(entriesOf({ tenantId: 'spoke', cloud: 'Global', credentials })).toEqual([{ place: 'spec.target.credentials', credentials }]);
  });

  it('are refused by name when one of them is there twice', () => {
    expect(repeatedApplication(target({ managedIdentity: { clientId: 'a' } }))).toBe(
      'spec.target.additionalCredentials[0]: the application a is the one of spec.target.credentials. Name another one, or remove the entry.',
    );
    const twice = { ...target(), additionalCredentials: [secretOf('b'), secretOf('c'), { workloadIdentity: { clientId: 'B' } }] };
    expect(repeatedApplication(twice)).toContain('[2]: the application b is the one of spec.target.additionalCredentials[0].');
    expect(repeatedApplication({ ...target(), additionalCredentials: [secretOf('b'), {}, {}] })).toBeUndefined();
  });
});

describe('G5 an application of several', () => {
  const connected = (more: object = {}): SideFacts => ({
    type: 'Connected',
    tenantId: 'Spoke',
    displayName: '',
    defaultDomain: '',
    verifiedDomains: [],
    missingPermissions: [],
    granted: [],
    ...more,
  });

  it.each<[string, SideFacts, string | undefined]>([
    ['takes part when it can do the work', connected(), undefined],
    ['is left out when its sign-in fails', { type: 'Failed', reason: 'CredentialsExpired', message: 'Expired.' }, 'CredentialsExpired'],
    ['is left out when it is of another tenant', connected({ tenantId: 'elsewhere' }), 'TenantMismatch'],
    ['is left out when it lacks a permission', connected({ missingPermissions: ['User.Invite.All'] }), 'PermissionMissing'],
  ])('%s', (_, facts, reason) => {
    expect(leftOutOf(facts, 'spoke')?.reason).toBe(reason);
  });

  const facts = (place: string, leftOut?: ApplicationFacts['leftOut']): ApplicationFacts => ({
    place,
    clientId: `id of ${place}`,
    leftOut,
    granted: [],
  });
  const expired = { reason: 'CredentialsExpired', message: 'Expired.' } as const;

  it('is named in a warning when it is left out, and all share the limit of the tenant', () => {
    expect(applicationWarnings([])).toEqual([]);
    const [shared, out, ...more] = applicationWarnings([facts('first'), facts('second', expired)]);
    expect(shared?.reason).toBe('TenantQuotaShared');
    expect(shared?.message).toContain('1 application(s) write to the target.');
    expect(out).toEqual({
      reason: 'CredentialsExpired',
      message: 'The application id of second of the target (second) is left out: Expired. The others go on without it.',
    });
    expect(more).toEqual([]);
  });

  it('does not go on when all are left out, and is no faster as the fourth', () => {
    expect(applicationWarnings([facts('first', expired)]).at(-1)?.message).not.toContain('The others go on');
    expect(applicationWarnings(['a', 'b', 'c'].map((place) => facts(place)))[0]?.message).not.toContain('no faster');
    expect(applicationWarnings(['a', 'b', 'c', 'd'].map((place) => facts(place)))[0]?.message).toContain(
      'More than 3 are no faster than 3.',
    );
  });
});
