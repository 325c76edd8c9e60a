import type { TenantPair } from '../../api/kinds.ts';
import { openSession } from '../../controllers/tenant-pair/open-session.ts';
import { PairSessions, type PairSession } from '../../controllers/shared/pair-sessions.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { directoryWait, waitUntil } from '../../core/wire/times.ts';
import { createDirectoryFactory, type GraphDirectories } from '../../graph/factory.ts';
import type { KubeHttp } from '../../kube/http.ts';
import { KubeSecretReader, KubeServiceAccountTokens } from '../../kube/secrets.ts';
import { sleep } from '../../ports/clock.ts';
import { KubeError } from '../../ports/resources.ts';
import { commandQuotaShare, type WayToTenants } from '../way-to-tenants.ts';
import { ClientError } from './cluster.ts';
import { plain } from './table.ts';

/** The way to the tenants from this machine, and to the Secrets with the rights of whoever asks. */
export interface CheckSite {
  readonly http: KubeHttp;
  readonly graph: WayToTenants;
  readonly signal: AbortSignal;
}

const tokenSeconds = 3600;

/**
 * Works with both tenants of a pair from this machine, with the pair's own credentials. Rejects with ClientError where there are no credentials to
 * be had, or a tenant does not answer.
 */
export async function withSession<T>(
  { http, graph, signal }: CheckSite,
  pair: TenantPair,
  work: (session: PairSession, directories: GraphDirectories) => Promise<T>,
): Promise<T> {
  const serviceAccountTokens = new KubeServiceAccountTokens(http, { expirationSeconds: tokenSeconds });
  const directories = createDirectoryFactory({ ...graph, serviceAccountTokens, quotaShare: commandQuotaShare });
  const unknown = [pair.spec.source.cloud, pair.spec.target.cloud].find((cloud) => !directories.clouds.includes(cloud));
  if (unknown !== undefined)
    throw new ClientError(`The cloud ${plain(unknown)} is not known here: give the operator's file with --clouds-file.`, 2);
  try {
    const settings = { identityNamespaces: [pair.metadata.namespace] };
    const opening = { secrets: new KubeSecretReader(http), directories, sessions: new PairSessions(), settings };
    const session = await openSession(opening, pair, signal);
    if ('reason' in session) throw new ClientError(`${session.reason}: ${plain(session.message)}`);
    return await work(session, directories);
  } catch (error) {
    if (error instanceof KubeError) throw new ClientError(`Cannot read the credentials of the pair: ${error.message}`);
    const failure = directoryFailure(error);
    if (failure === undefined) throw error;
    throw new ClientError(`${failure.reason}: ${plain(failure.message)}`);
  }
}

const mostWaits = 10;
/** Nobody sits before a terminal for longer. */
const longestWaitMs = 120_000;

/** A read of a long list goes on where it was when a tenant asks to wait, a few times and not for long. */
export async function patiently<T>({ graph: { clock }, signal }: CheckSite, read: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await read();
    } catch (error) {
      const failure = directoryFailure(error, 'Throttled');
      const waitMs = waitUntil(failure?.retryAt ?? clock.now() + 5_000, clock.now(), directoryWait);
      if (failure === undefined || waits >= mostWaits || waitMs > longestWaitMs || signal.aborted) throw error;
      await sleep(clock, waitMs, signal);
    }
  }
}
