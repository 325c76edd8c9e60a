import { createHash } from 'node:crypto';
import { DirectoryError } from '../../core/errors/directory-error.ts';
import { boundedWait, directoryWait, waitUntil } from '../../core/wire/times.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CredentialSpec, TenantConnection } from '../../ports/directory.ts';
import type { Cloud } from '../clouds.ts';
import { cancelled } from '../errors/failures.ts';
import type { Tokens } from '../http/steps.ts';
import { credentialFor, type CredentialContext } from './credentials.ts';
import type { Observation } from './identity-transport.ts';
import { tokenFailure, unusableCredentials } from './token-errors.ts';

/** A token is renewed in the background when this share of its life has passed ... */
const renewShare = 0.75;
/** ... and not handed out any more this long before its end. */
const marginMs = 120_000;
/** After a failure the authority is left alone this long; callers get the same failure meanwhile. */
const failureMs = 5_000;
/** A life shorter or longer than these, or none at all, is not believed: one would ask the authority for each request, the other never again. */
const shortestLifeMs = 300_000;
const longestLifeMs = 86_400_000;
/** Entries not used for this long are forgotten, rotated secrets with them. */
const idleMs = 7_200_000;

interface Entry {
  token?: { readonly value: string; readonly renewAt: number; readonly endsAt: number };
  inFlight?: Promise<string>;
  failure?: { readonly error: DirectoryError; readonly until: number };
  usedAt: number;
}

/** All tokens of this process, in memory only: one for each authority, tenant, application and content of the credentials. */
export class TokenCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The tokens of one connection. Connections with the same credentials share them. */
  tokens(connection: TenantConnection, context: CredentialContext): Tokens {
    const key = entryKey(connection, context.cloud);
    return {
      get: (signal) => this.#get(key, signal, () => this.#obtain(connection, context)),
      invalidate: (token) => {
        const entry = this.#entries.get(key);
        if (entry?.token?.value === token) delete entry.token;
      },
    };
  }

  async #get(key: string, signal: AbortSignal, obtain: () => Promise<{ value: string; lifeMs: number }>): Promise<string> {
    const now = this.#clock.monotonic();
    const entry = this.#entry(key, now);
    const token = entry.token;
    if (token !== undefined && token.endsAt > now) {
      if (token.renewAt <= now && entry.failure === undefined) this.#renew(entry, obtain).catch(() => undefined);
      return token.value;
    }
    if (entry.failure !== undefined) throw this.#again(entry.failure, now);
    return abandonable(this.#renew(entry, obtain), signal);
  }

  #renew(entry: Entry, obtain: () => Promise<{ value: string; lifeMs: number }>): Promise<string> {
    entry.inFlight ??= (async () => {
      const start = this.#clock.monotonic();
      try {
        const { value, lifeMs: said } = await obtain();
        const lifeMs = boundedWait(said, { floorMs: shortestLifeMs, ceilingMs: longestLifeMs });
        const usable = Math.max(lifeMs / 2, lifeMs - marginMs);
        entry.token = { value, renewAt: start + Math.min(usable, lifeMs * renewShare), endsAt: start + usable };
        return value;
      } catch (error) {
        const failure = error instanceof DirectoryError ? error : tokenFailure({}, error, this.#clock);
        const { retryAt } = failure.failure;
        const wait = retryAt === undefined ? failureMs : waitUntil(retryAt, this.#clock.now(), directoryWait);
        entry.failure = { error: failure, until: this.#clock.monotonic() + wait };
        throw failure;
      } finally {
        delete entry.inFlight;
      }
    })();
    return entry.inFlight;
  }

  /** A failure that is still good, with its time by the wall clock as it is now: that may have been set back since. */
  #again({ error, until }: NonNullable<Entry['failure']>, now: number): DirectoryError {
    if (error.failure.retryAt === undefined) return error;
    return new DirectoryError({ ...error.failure, retryAt: this.#clock.now() + (until - now) }, { cause: error });
  }

  async #obtain(connection: TenantConnection, context: CredentialContext): Promise<{ value: string; lifeMs: number }> {
    const seen: Observation = {};
    let error: unknown;
    try {
      const credential = credentialFor(connection, context, seen);
      const token = await credential.getToken(`${context.cloud.audience}/.default`);
      // The library counts with this machine's clock; only the length of the token's life is taken from it.
      if (token !== null) return { value: token.token, lifeMs: token.expiresOnTimestamp - Date.now() };
    } catch (thrown) {
      error = thrown;
    }
    if (seen.failure !== undefined) throw seen.failure;
    if (error instanceof DirectoryError) throw error;
    if (seen.status === undefined && seen.network === undefined) throw withoutRequest(connection.credentials);
    throw tokenFailure(seen, error, this.#clock);
  }

  #entry(key: string, now: number): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      for (const [other, { usedAt }] of this.#entries) if (usedAt < now - idleMs) this.#entries.delete(other);
      entry = { usedAt: now };
      this.#entries.set(key, entry);
    }
    entry.usedAt = now;
    if (entry.failure !== undefined && entry.failure.until <= now) delete entry.failure;
    return entry;
  }
}

/** The library failed before anything was sent: the credentials themselves are at fault. */
function withoutRequest(spec: CredentialSpec): DirectoryError {
  switch (spec.type) {
    case 'ClientCertificate':
      return unusableCredentials('SecretInvalid', 'The certificate or its key cannot be read, or they do not belong together.', false);
    case 'WorkloadIdentity':
      return unusableCredentials('ServiceAccountTokenFailed', 'The projected ServiceAccount token of the operator cannot be read.', false);
    case 'ClientSecret':
    case 'ManagedIdentity':
      return unusableCredentials('SecretInvalid', 'The credentials cannot be used as they are.', false);
  }
}

/** Waits for a shared promise without holding up a caller who gives up; the work goes on for the others. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled(false));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function entryKey(connection: TenantConnection, cloud: Cloud): string {
  const content = createHash('sha256').update(JSON.stringify(connection.credentials)).digest('base64url');
  return [cloud.authorityHost, cloud.audience, connection.tenantId.toLowerCase(), content].join(' ');
}
