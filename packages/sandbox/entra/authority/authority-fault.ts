/** A refusal of the token endpoint, with its AADSTS number. */
export class AuthorityFault extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(number: number, error: string, message: string, status: number) {
    super(`AADSTS${number}: ${message}`);
    this.number = number;
    this.error = error;
    this.status = status;
  }
}

/** The refusals that are simulated. */
export const authorityFaults = {
  unknownTenant: (tenant: string) =>
    new AuthorityFault(90002, 'invalid_request', `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`, 400),
  unknownApp: (appId: string, tenant: string) =>
    new AuthorityFault(
      700016,
      'unauthorized_client',
      `Application with identifier '${appId}' was not found in the directory '${tenant}'.`,
      400,
    ),
  wrongSecret: (appId: string) =>
    new AuthorityFault(7000215, 'invalid_client', `Invalid client secret provided for a secret added to app '${appId}'.`, 401),
  expiredSecret: (appId: string) =>
    new AuthorityFault(7000222, 'invalid_client', `The provided client secret keys for app '${appId}' are expired.`, 401),
  noCredential: () =>
    new AuthorityFault(7000218, 'invalid_client', 'The request body must contain client_assertion or client_secret.', 401),
  notConsented: (appId: string) =>
    new AuthorityFault(65001, 'invalid_grant', `The administrator has not consented to use the application with ID '${appId}'.`, 400),
  malformedAssertion: () => new AuthorityFault(50027, 'invalid_client', 'JWT token is invalid or malformed.', 401),
  unknownCertificate: () =>
    new AuthorityFault(
      700027,
      'invalid_client',
      'The certificate with identifier used to sign the client assertion is not registered on application.',
      401,
    ),
  wrongSignature: () => new AuthorityFault(50013, 'invalid_client', 'Assertion failed signature validation.', 401),
  wrongAssertion: (detail: string) => new AuthorityFault(700023, 'invalid_client', `Client assertion ${detail}.`, 401),
  assertionTime: () => new AuthorityFault(700024, 'invalid_client', 'Client assertion is not within its valid time range.', 401),
  noFederatedCredential: (detail: string) =>
    new AuthorityFault(70021, 'invalid_client', `No matching federated identity record found for presented assertion. ${detail}`, 401),
  wrongFederatedSubject: (subject: string) =>
    new AuthorityFault(
      700213,
      'invalid_client',
      `No matching federated identity record found for presented assertion subject '${subject}'.`,
      401,
    ),
  unsupportedGrant: () => new AuthorityFault(70003, 'unsupported_grant_type', 'The app requested an unsupported grant type.', 400),
  badScope: (scope: string) =>
    new AuthorityFault(70011, 'invalid_scope', `The provided value for the input parameter 'scope' is not valid: ${scope}.`, 400),
} as const;
