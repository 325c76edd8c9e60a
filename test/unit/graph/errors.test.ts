import { classify, type ErrorAnswer } from '../../../src/graph/errors/classify.ts';
import { errorFacts } from '../../../src/graph/errors/body.ts';
import { envelope, id } from './support.ts';

function failure(answer: Partial<ErrorAnswer>) {
  return classify({ call: 'read', status: 400, body: undefined, write: false, ...answer });
}

describe('What an error answer means', () => {
  test.each([
    ['a 429', { status: 429, body: envelope('TooManyRequests') }, 'Throttled', 'Throttled'],
    ['another throttle code with another status', { status: 503, body: envelope('activityLimitReached') }, 'Throttled', 'Throttled'],
    ['a 503', { status: 503 }, 'Unavailable', 'GraphUnavailable'],
    ['a 500 of a write', { status: 500, write: true }, 'Unavailable', 'GraphUnavailable'],
    ['a failed dependency in a batch', { status: 424 }, 'Unavailable', 'GraphUnavailable'],
    ['a refused token', { status: 401, body: envelope('InvalidAuthenticationToken') }, 'Unauthenticated', 'CredentialsRejected'],
    [
      'an application without consent',
      { status: 403, body: envelope('Authorization_IdentityNotFound') },
      'Unauthenticated',
      'ApplicationNotFound',
    ],
    ['a missing permission', { status: 403, body: envelope('Authorization_RequestDenied') }, 'Forbidden', 'GraphForbidden'],
    ['a full directory', { status: 403, body: envelope('Directory_QuotaExceeded') }, 'QuotaExceeded', 'DirectoryQuotaExceeded'],
    ['an object that is not there', { status: 404, body: envelope('Request_ResourceNotFound') }, 'NotFound', 'WaitingForReplication'],
    ['a query that cannot be processed', { body: envelope('Request_UnsupportedQuery') }, 'InvalidRequest', 'RequestInvalid'],
    ['a redirect', { status: 302 }, 'InvalidRequest', 'RequestInvalid'],
    ['several choices', { status: 300 }, 'InvalidRequest', 'RequestInvalid'],
    ['a method that is not implemented', { status: 501 }, 'InvalidRequest', 'RequestInvalid'],
    ['something nobody has seen', { status: 418, body: envelope('Teapot') }, 'Unclassified', 'GraphError'],
    ['an answer that is no envelope', { status: 418, body: 'text' }, 'Unclassified', 'GraphError'],
  ] as const)('%s', (_, answer, kind, reason) => {
    expect(failure(answer)).toMatchObject({ kind, reason });
  });

  test.each(['syncStateNotFound', 'SyncStateNotFound', 'resyncRequired', 'resyncApplyDifferences', 'Directory_ExpiredPageToken'])(
    'trap 5: %s in any spelling means that the delta starts over',
    (code) => {
      expect(failure({ call: 'delta', body: envelope(code.toUpperCase()) }).kind).toBe('DeltaExpired');
      expect(failure({ call: 'delta', body: envelope(code) })).toMatchObject({ kind: 'DeltaExpired', reason: 'DeltaTokenExpired' });
    },
  );

  test('trap 5: a reset by the service (410) means that the delta starts over', () => {
    expect(failure({ call: 'delta', status: 410 }).kind).toBe('DeltaExpired');
    expect(failure({ call: 'read', status: 410 }).kind).toBe('Unclassified');
  });

  test.each([
    [
      'an internal user',
      400,
      `The invited user already exists in the directory as object ID: ${id(5)}. They can use that account`,
      'InvitationRefused',
      'InternalUserExists',
    ],
    [
      'a blocked internal user',
      412,
      `The invited user already exists in the directory as object ID: ${id(5)}. The account is blocked.`,
      'InvitationRefused',
      'InternalUserExists',
    ],
    [
      'cross-tenant access settings',
      403,
      'This invitation is blocked by cross-tenant access settings. Admins ...',
      'InvitationRefused',
      'CollaborationBlocked',
    ],
    [
      'the cross-cloud application',
      400,
      'The app Microsoft B2B Cross Cloud Worker is disabled',
      'InvitationRefused',
      'CollaborationBlocked',
    ],
    [
      'invitations being off',
      403,
      'Guest invitations not allowed for your company. Contact ...',
      'InvitationRefused',
      'InvitationsDisabled',
    ],
    [
      'a block of the whole directory',
      403,
      'Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help.',
      'InvitationsBlocked',
      'InvitationsBlocked',
    ],
    ['a block in other words', 403, 'The request was blocked because of suspicious activity.', 'InvitationsBlocked', 'InvitationsBlocked'],
    ['words that a block would use, of one address', 400, 'suspicious activity: property value', 'InvalidRequest', 'RequestInvalid'],
    [
      'a domain of the target',
      400,
      "the domain of the user's email address is a verified domain of this directory",
      'InvitationRefused',
      'InvitationRefused',
    ],
    [
      'the domain lists',
      400,
      "Invitations to the domain 'x.com' are not permitted by the policy",
      'InvitationRefused',
      'InvitationRefused',
    ],
    ['an unknown address', 500, 'Unable to find target address', 'InvitationRefused', 'AddressInvalid'],
    ['an impossible address', 400, 'The invited user email address is invalid', 'InvitationRefused', 'AddressInvalid'],
    ['several choices', 300, '', 'InvitationRefused', 'InvitationRefused'],
    [
      'a proxy address of somebody',
      400,
      'Another object with the same value for property proxyAddresses already exists.',
      'ObjectConflict',
      'AddressConflict',
    ],
    ['a missing permission', 403, 'Insufficient privileges', 'Forbidden', 'PermissionMissing'],
  ])('an invitation refused for %s', (_, status, message, kind, reason) => {
    expect(failure({ call: 'invite', status, body: envelope('BadRequest', message), write: true })).toMatchObject({ kind, reason });
  });

  test.each([
    ['partner that exists', 409, 'Request_MultipleObjectsWithSameKeyValue', 'ObjectConflict'],
    ['policy that exists, in other words', 409, 'Conflict', 'ObjectConflict'],
    ['partner that is not visible yet', 404, 'Directory_ObjectNotFound', 'NotFound'],
    ['permission that is missing', 403, 'Authorization_RequestDenied', 'Forbidden'],
    ['value that is refused', 400, 'Request_BadRequest', 'InvalidRequest'],
    ['answer that is none', 503, 'ServiceUnavailable', 'Unavailable'],
  ])('B8 a write of access settings that meets a %s', (_, status, code, kind) => {
    expect(failure({ call: 'policyWrite', status, body: envelope(code), write: true }).kind).toBe(kind);
  });

  const conflictText = 'Another object with the same value for property proxyAddresses already exists.';
  test.each([
    ['the documented form', 400, { code: 'Request_BadRequest', message: conflictText }, `Contact_${id(7)}`],
    ['its type in other words', 400, { code: 'Request_BadRequest', message: conflictText }, `OrgContact_${id(7)}`],
    ['a 409', 409, { code: 'Conflict', message: conflictText }, `Contact_${id(7)}`],
    ['text alone', 400, { code: 'BadRequest', message: `The proxyAddresses value is used by Contact_${id(7)}.` }, undefined],
    ['text without an id', 400, { code: 'BadRequest', message: 'A mail contact already has this value in proxyAddresses.' }, undefined],
    [
      'text of Exchange',
      409,
      { code: 'BadRequest', message: 'The proxy address is already being used by an external contact.' },
      undefined,
    ],
  ])('D5 an invitation refused because of a contact: %s', (_, status, error, target) => {
    const details =
      target === undefined
        ? []
        : [
            { code: 'ObjectConflict', message: conflictText, target: 'proxyAddresses' },
            { code: 'ConflictingObjects', message: conflictText, target },
          ];
    const refused = failure({ call: 'invite', status, body: { error: { ...error, details } }, write: true });
    expect(refused).toMatchObject({ kind: 'ObjectConflict', reason: 'ContactExists' });
    expect(refused.conflictingObjectId).toBe(error.message.includes('_') || target !== undefined ? id(7) : undefined);
  });

  test.each([
    ['another user', 400, `User_${id(7)}`, conflictText],
    ['a group', 409, `Group_${id(7)}`, conflictText],
    ['something unnamed', 400, undefined, `${conflictText} Please contact your administrator.`],
    ['something unnamed, by status alone', 409, undefined, 'Conflict.'],
  ])('D5 an invitation refused because of %s is no contact', (_, status, target, message) => {
    const details = target === undefined ? [] : [{ code: 'ConflictingObjects', message, target }];
    const body = { error: { code: 'Request_BadRequest', message, details } };
    expect(failure({ call: 'invite', status, body, write: true })).toMatchObject({ kind: 'ObjectConflict', reason: 'AddressConflict' });
  });

  test.each([
    [`User_${id(8)}`, 'User'],
    [`Group_${id(8)}`, 'Group'],
    [`OrgContact_${id(8)}`, 'Contact'],
    [`Device_${id(8)}`, undefined],
  ])('a conflict with %s says what the object is', (target, kind) => {
    const details = [{ code: 'ConflictingObjects', message: 'm', target }];
    const refused = failure({ call: 'update', body: envelope('Request_BadRequest', 'Another object has it.', { details }), sent: [] });
    expect([refused.conflictingObjectId, refused.conflictingObjectKind]).toEqual([id(8), kind]);
  });

  test('trap 19: an internal user in the way is named by its object id', () => {
    const message = `The invited user already exists in the directory as object ID: ${id(5).toUpperCase()}. They can use that account`;
    expect(failure({ call: 'invite', body: envelope('BadRequest', message) }).conflictingObjectId).toBe(id(5));
  });

  test('trap 22: a refused invitation names the permission that helps', () => {
    const refused = failure({ call: 'invite', status: 403, body: envelope('Authorization_RequestDenied') });
    expect(refused).toMatchObject({ kind: 'Forbidden', reason: 'PermissionMissing' });
    expect(refused.message).toContain('User.Invite.All');
  });

  test('a conflict names the other object and the attribute that we sent', () => {
    const message = 'Another object with the same value for property proxyAddresses already exists.';
    const details = [
      { code: 'ObjectConflict', message, target: 'proxyAddresses' },
      { code: 'ConflictingObjects', message, target: `User_${id(8)}` },
    ];
    const body = envelope('Request_BadRequest', message, { details });
    expect(failure({ call: 'update', body, sent: ['jobTitle', 'proxyAddresses'], objectId: id(1) })).toMatchObject({
      kind: 'ObjectConflict',
      reason: 'AddressConflict',
      code: 'ObjectConflict',
      conflictingObjectId: id(8),
      conflictingObjectKind: 'User',
      attributes: ['proxyAddresses'],
    });
    expect(failure({ call: 'restore', body, objectId: id(1) })).toMatchObject({ kind: 'ObjectConflict', reason: 'RestoreConflict' });
  });

  test('trap 12: a refused property is named, if we sent it, and nothing else of the text is passed on', () => {
    const body = envelope('Request_BadRequest', "Invalid value specified for property 'mobilePhone' of resource 'User'. (+49 30 123)");
    const refused = failure({ call: 'update', body, sent: ['mobilePhone', 'jobTitle'] });
    expect(refused).toMatchObject({ kind: 'AttributeRefused', attributes: ['mobilePhone'], code: 'Request_BadRequest' });
    expect(JSON.stringify(refused)).not.toContain('+49');
    expect(failure({ call: 'update', body, sent: ['jobTitle'] }).attributes).toBeUndefined();
  });

  test('trap 13: a reference to somebody who is not visible yet is waited for', () => {
    expect(failure({ call: 'manager', body: envelope('Request_BadRequest', 'Not a valid reference update.') }).kind).toBe(
      'ReferenceNotReady',
    );
    expect(failure({ call: 'manager', status: 404, body: envelope('Request_ResourceNotFound') }).kind).toBe('ReferenceNotReady');
  });

  test('trap 9: a fresh account that is not visible yet is not there, whatever the status says', () => {
    const body = envelope('Directory_ObjectNotFound', 'Unable to read the company information from the directory.');
    expect(failure({ call: 'update', status: 404, body }).kind).toBe('NotFound');
    expect(failure({ call: 'update', status: 400, body }).kind).toBe('NotFound');
  });

  test('a write without a clear answer may have taken effect', () => {
    expect(failure({ status: 504, write: true }).outcomeUnknown).toBe(true);
    expect(failure({ status: 504, write: false }).outcomeUnknown).toBeUndefined();
    expect(failure({ status: 429, write: true }).outcomeUnknown).toBeUndefined();
  });
});

describe('Reading the error envelope', () => {
  test('codes of all levels are found, innermost first, in either spelling', () => {
    const body = envelope('outer', 'm', { innererror: { code: 'middle', innerError: { code: 'innermost', 'request-id': id(3) } } });
    expect(errorFacts(body)).toMatchObject({ codes: ['innermost', 'middle', 'outer'], requestId: id(3) });
  });

  test('empty codes, details as an object and a message as an object are understood', () => {
    const body = { error: { code: '', message: { value: 'text' }, details: { code: 'ObjectConflict', target: 'mail', message: 'm' } } };
    expect(errorFacts(body)).toEqual({ codes: ['ObjectConflict'], targets: ['mail'], text: 'm\ntext' });
  });

  test.each([undefined, null, 7, [], 'text', { error: null }, { error: [] }])('%j gives no facts', (body) => {
    expect(errorFacts(body)).toEqual({ codes: [], targets: [], text: '' });
  });

  test('only codes of the table are shown', () => {
    expect(failure({ body: envelope('nestor@contoso.com') }).code).toBe('Other');
    expect(failure({ body: envelope('request_badrequest') }).code).toBe('Request_BadRequest');
  });
});
