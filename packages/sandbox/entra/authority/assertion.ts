import { constants, createPublicKey, verify, type KeyObject, type X509Certificate } from 'node:crypto';
import type { FederatedCredential, JsonObject } from '../types.ts';
import type { RegisteredApp } from './apps.ts';
import { authorityFaults } from './authority-fault.ts';

interface Jwt {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** What a client assertion is checked against. Times in epoch milliseconds. */
export interface AssertionContext {
  readonly app: RegisteredApp;
  /** Audiences that name this token endpoint. */
  readonly endpoints: readonly string[];
  readonly federationAudience: string;
  readonly now: number;
  readonly checkTimes: boolean;
}

/**
 * Accepts an assertion signed with a registered certificate, or a token of a registered federated issuer; throws AuthorityFault otherwise.
 * Which of the two it is shows in its issuer: the application itself signs with its certificate.
 */
export function checkAssertion(assertion: string, context: AssertionContext): void {
  const jwt = parse(assertion);
  if (context.checkTimes) checkTimes(jwt, context.now);
  if (jwt.payload.iss === context.app.appId) checkCertificate(jwt, context);
  else checkFederated(jwt, context);
}

function parse(assertion: string): Jwt {
  const [header, payload, signature] = assertion.split('.');
  if (header === undefined || payload === undefined || signature === undefined) throw authorityFaults.malformedAssertion();
  try {
    return {
      header: JSON.parse(Buffer.from(header, 'base64url').toString()) as JsonObject,
      payload: JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject,
      signed: Buffer.from(`${header}.${payload}`),
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    throw authorityFaults.malformedAssertion();
  }
}

function checkTimes({ payload }: Jwt, now: number): void {
  const { nbf, exp } = payload;
  const skew = 300;
  const seconds = now / 1000;
  if (typeof exp !== 'number' || exp + skew < seconds || (typeof nbf === 'number' && nbf - skew > seconds))
    throw authorityFaults.assertionTime();
}

function checkCertificate(jwt: Jwt, { app, endpoints }: AssertionContext): void {
  const certificate = app.certificates.find((each) => isNamed(jwt.header, each));
  if (certificate === undefined) throw authorityFaults.unknownCertificate();
  if (!signedWith(certificate.publicKey, jwt)) throw authorityFaults.wrongSignature();
  if (jwt.payload.sub !== app.appId) throw authorityFaults.wrongAssertion('has another subject than the application');
  const audience = jwt.payload.aud;
  if (typeof audience !== 'string' || !endpoints.includes(audience))
    throw authorityFaults.wrongAssertion('audience is not this token endpoint');
}

function isNamed(header: JsonObject, certificate: X509Certificate): boolean {
  const thumbprint = (hex: string): string => Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url');
  if (typeof header['x5t#S256'] === 'string') return unpadded(header['x5t#S256']) === thumbprint(certificate.fingerprint256);
  return typeof header.x5t === 'string' && unpadded(header.x5t) === thumbprint(certificate.fingerprint);
}

function unpadded(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function checkFederated(jwt: Jwt, { app, federationAudience }: AssertionContext): void {
  const { iss, sub, aud } = jwt.payload;
  const audiences = Array.isArray(aud) ? aud : [aud];
  const ofIssuer = app.federatedCredentials.filter((each) => each.issuer === iss);
  if (ofIssuer.length === 0) throw authorityFaults.noFederatedCredential(`Assertion issuer: '${text(iss)}'.`);
  const ofSubject = ofIssuer.filter((each) => each.subject === sub);
  if (ofSubject.length === 0) throw authorityFaults.wrongFederatedSubject(text(sub));
  const found = ofSubject.find((each) => audiences.includes(each.audience ?? federationAudience));
  if (found === undefined) throw authorityFaults.noFederatedCredential(`Assertion audience: '${text(audiences[0])}'.`);
  if (found.publicKey !== undefined && !signedWith(keyOf(found.publicKey), jwt)) throw authorityFaults.wrongSignature();
}

function keyOf(key: NonNullable<FederatedCredential['publicKey']>): KeyObject {
  return typeof key === 'string' ? createPublicKey(key) : createPublicKey({ key: key, format: 'jwk' });
}

function signedWith(key: KeyObject, { header, signed, signature }: Jwt): boolean {
  switch (header.alg) {
    case 'RS256':
      return verify('sha256', signed, key, signature);
    case 'PS256':
      return verify(
        'sha256',
        signed,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      );
    case 'ES256':
      return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
    default:
      return false;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
