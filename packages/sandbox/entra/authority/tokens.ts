import { createHmac } from 'node:crypto';
import type { TenantState } from '../state/tenant-state.ts';
import type { RegisteredApp } from './apps.ts';

/** An access token as issued: the roles are those of that moment. */
export interface IssuedToken {
  readonly tenant: TenantState;
  readonly app: RegisteredApp;
  readonly roles: ReadonlySet<string>;
  /** Graph base the token is for, such as https://graph.microsoft.com. */
  readonly audience: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly generation: number;
}

/** The access tokens in circulation. They look like Entra's JWTs; whether one is valid is looked up, not computed. */
export class TokenStore {
  #tokens = new Map<string, IssuedToken>();
  #issued = 0;

  issue(token: Omit<IssuedToken, 'generation'>, issuer: string, now: number): string {
    this.#issued += 1;
    if (this.#issued % 1000 === 0) this.#dropExpired(now);
    const issuedAt = Math.floor(now / 1000);
    const payload = {
      aud: token.audience,
      iss: issuer,
      iat: issuedAt,
      nbf: issuedAt,
      exp: Math.floor(token.expiresAt / 1000),
      appid: token.app.appId,
      appidacr: '1',
      idtyp: 'app',
      oid: token.app.servicePrincipalId,
      roles: [...token.roles],
      sub: token.app.servicePrincipalId,
      tid: token.tenant.id,
      uti: `simulated-${this.#issued}`,
      ver: '1.0',
    };
    const signed = `${part({ typ: 'JWT', alg: 'HS256', kid: 'simulated' })}.${part(payload)}`;
    const value = `${signed}.${createHmac('sha256', 'simulated').update(signed).digest('base64url')}`;
    this.#tokens.set(value, { ...token, generation: token.app.generation });
    return value;
  }

  get(value: string): IssuedToken | undefined {
    return this.#tokens.get(value);
  }

  #dropExpired(now: number): void {
    for (const [value, token] of this.#tokens) if (token.expiresAt + 86_400_000 < now) this.#tokens.delete(value);
  }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
