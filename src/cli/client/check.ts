import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { gatherFacts } from '../../controllers/tenant-pair/gather.ts';
import { openSession } from '../../controllers/tenant-pair/open-session.ts';
import { PairSessions } from '../../controllers/shared/pair-sessions.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { evaluatePreflight, type PreflightResult } from '../../core/preflight/evaluate.ts';
import { createDirectoryFactory } from '../../graph/factory.ts';
import type { KubeHttp } from '../../kube/http.ts';
import { KubeSecretReader, KubeServiceAccountTokens } from '../../kube/secrets.ts';
import { priorities } from '../../ports/reconcile.ts';
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
 * The preflight of a pair, made from this machine with the pair's own credentials: nothing is written. Rejects with ClientError where there
 * are no credentials to be had, or a tenant asks to wait.
 */
export async function checkFromHere(
  { http, graph, signal }: CheckSite,
  pair: TenantPair,
  configurations: readonly SyncConfiguration[],
): Promise<PreflightResult> {
  const serviceAccountTokens = new KubeServiceAccountTokens(http, { expirationSeconds: tokenSeconds });
  const directories = createDirectoryFactory({ ...graph, serviceAccountTokens, quotaShare: commandQuotaShare });
  const unknown = [pair.spec.source.cloud, pair.spec.target.cloud].find((cloud) => !directories.clouds.includes(cloud));
  if (unknown !== undefined)
    throw new ClientError(`The cloud ${plain(unknown)} is not known here: give the operator's file with --clouds-file.`, 2);
  try {
    const settings = { identityNamespaces: [pair.metadata.namespace] };
    const session = await openSession(
      { secrets: new KubeSecretReader(http), directories, sessions: new PairSessions(), settings },
      pair,
      signal,
    );
    if ('reason' in session) throw new ClientError(`${session.reason}: ${plain(session.message)}`);
    const cloudEndpoint = (cloud: string): string | undefined => directories.cloudEndpoint(cloud);
    const options = { signal, priority: priorities.onDemand };
    return evaluatePreflight(
      await gatherFacts({ pair, session, configurations, directories, now: graph.clock.now(), cloudEndpoint, options }),
    );
  } catch (error) {
    if (error instanceof KubeError) throw new ClientError(`Cannot read the credentials of the pair: ${error.message}`);
    const failure = directoryFailure(error);
    if (failure === undefined) throw error;
    throw new ClientError(`${failure.reason}: ${plain(failure.message)}`);
  }
}

/** What a check has found, in words. */
export function checkLines({ conditions, source, target, access }: PreflightResult): readonly string[] {
  const sides = [
    ['source', source],
    ['target', target],
  ] as const;
  return [
    ...conditions.map(({ type, status, reason, message }) => `${type.padEnd(20)} ${status.padEnd(8)} ${reason}: ${plain(message)}`),
    ...sides.flatMap(([side, found]) =>
      found === undefined ? [] : [`${side.padEnd(20)} ${plain(found.displayName ?? '')} (${plain(found.defaultDomain ?? '')})`],
    ),
    ...sides.flatMap(([side, found]) => (found?.missingPermissions ?? []).map((name) => `missing in the ${side}: ${plain(name)}`)),
    ...(access.warnings ?? []).map(({ reason, message }) => `warning ${reason}: ${plain(message)}`),
  ];
}
