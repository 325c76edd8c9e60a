import { accessSettings } from '../../../src/graph/directory/policies.ts';
import { call, envelope, failureOf, id, type Handler, world } from './support.ts';

const partner = id(40);
const base = '/policies/crossTenantAccessPolicy/partners';

describe('B8 writes of access settings', () => {
  const over = (handler: Handler) => {
    const { client, seen } = world(handler);
    return { settings: accessSettings(client), seen };
  };

  test('carry what is to be set and nothing else', async () => {
    const { settings, seen } = over(({ method }) => (method === 'POST' ? { status: 201, body: { tenantId: partner } } : { status: 204 }));
    const trust = { inboundTrust: { isMfaAccepted: true, isCompliantDeviceAccepted: null } };
    await settings.createPartner(partner, {}, call());
    await settings.updatePartner(partner, trust, call());
    await settings.createUserSync(partner, 'Contoso', call());
    expect(seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', base, { tenantId: partner }],
      ['PATCH', `${base}/${partner}`, trust],
      ['PUT', `${base}/${partner}/identitySynchronization`, { displayName: 'Contoso', userSyncInbound: { isSyncAllowed: true } }],
    ]);
  });

  test.each([
    [{ status: 409, body: envelope('Request_MultipleObjectsWithSameKeyValue') }, 'ObjectConflict', undefined],
    [{ status: 404, body: envelope('Directory_ObjectNotFound') }, 'NotFound', undefined],
    [{ status: 503 }, 'Unavailable', true],
    [{ status: 403, body: envelope('Authorization_RequestDenied') }, 'Forbidden', undefined],
  ] as const)('that meet %j are told apart', async (reply, kind, outcomeUnknown) => {
    const { settings } = over(() => reply);
    expect(await failureOf(settings.createUserSync(partner, '', call()))).toMatchObject({
      kind,
      ...(outcomeUnknown === undefined ? {} : { outcomeUnknown }),
    });
  });

  test('do not leave when they may not start any more', async () => {
    const { settings, seen } = over(() => ({ status: 204 }));
    await failureOf(settings.updatePartner(partner, {}, call({ mayStart: () => false })));
    expect(seen).toEqual([]);
  });

  test('B9 go back with members that nobody knows yet, and without what only describes them', async () => {
    const inboundTrust = { isMfaAccepted: false, isLaterAccepted: true, 'isMfaAccepted@odata.type': '#Boolean' };
    const body = { tenantId: partner, inboundTrust, automaticUserConsentSettings: null };
    const { target } = world(({ path }) => (path.includes('/partners/') ? { body } : { body: {} }));
    expect((await target.partnerAccess(partner, call())).own).toEqual({
      automaticConsent: null,
      inboundTrust: { isMfaAccepted: false, isLaterAccepted: true },
    });
  });
});
