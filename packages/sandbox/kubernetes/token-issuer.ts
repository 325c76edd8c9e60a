import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Clock, Random } from '../../../src/ports/clock.ts';
import { invalid } from './api-error.ts';
import { invalidValue } from './field-error.ts';
import { listOf, objectOf } from './json.ts';
import type { JsonObject, KubeObject } from './types.ts';

const subject = { group: 'authentication.k8s.io', plural: 'tokenrequests', kind: 'TokenRequest' };

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Issues tokens for service accounts, signed with RS256. */
export class TokenIssuer {
  readonly url: string;
  readonly #clock: Clock;
  readonly #random: Random;
  #keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | undefined;

  constructor(url: string, clock: Clock, random: Random) {
    this.url = url;
    this.#clock = clock;
    this.#random = random;
  }

  /** The key that signatures answer to, as PEM. */
  get publicKey(): string {
    return this.#pair().publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /** Answers a TokenRequest for a service account. */
  answer(account: KubeObject, request: JsonObject): JsonObject {
    const spec = objectOf(request.spec);
    const audiences = listOf(spec.audiences).filter((one) => typeof one === 'string');
    const wanted = spec.expirationSeconds ?? 3600;
    const seconds = typeof wanted === 'number' ? wanted : 0;
    if (seconds < 600)
      throw invalid(subject, '', [invalidValue('spec.expirationSeconds', wanted, 'may not specify a duration less than 10 minutes')]);
    const now = Math.floor(this.#clock.now() / 1000);
    const { namespace = '', name = '', uid = '' } = account.metadata;
    const aud = audiences.length > 0 ? audiences : [this.url];
    const token = this.#sign({
      aud,
      exp: now + seconds,
      iat: now,
      nbf: now,
      iss: this.url,
      jti: this.#random.uuid(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    const expirationTimestamp = `${new Date((now + seconds) * 1000).toISOString().slice(0, 19)}Z`;
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace },
      spec: { ...spec, audiences: aud, expirationSeconds: seconds },
      status: { token, expirationTimestamp },
    };
  }

  #sign(claims: object): string {
    const input = `${encode({ alg: 'RS256', kid: 'sandbox' })}.${encode(claims)}`;
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), this.#pair().privateKey).toString('base64url')}`;
  }

  #pair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
    this.#keys ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
    return this.#keys;
  }
}
