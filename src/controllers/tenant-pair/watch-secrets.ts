import type { TenantPair } from '../../api/kinds.ts';
import { entriesOf } from '../../core/pool/applications.ts';
import { jitter } from '../../ports/clock.ts';
import { priorities, type Reconcile } from '../../ports/reconcile.ts';
import { KubeError, keyString, parseKey } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { looksAfterPair } from '../shared/looked-after.ts';
import { readCredentials } from './open-session.ts';

/** Whether a pair signs in with anything that stands in a Secret. */
const usesSecrets = ({ spec }: TenantPair): boolean =>
  [spec.source.credentials, ...entriesOf(spec.target).map(({ credentials }) => credentials)].some(
    ({ clientSecret, clientCertificate }) => clientSecret !== undefined || clientCertificate !== undefined,
  );

/** Has the Secrets of a pair looked at from now on, which its check has just read. */
export function watchSecrets({ enqueue, random, settings }: Dependencies, pair: TenantPair): void {
  if (usesSecrets(pair)) enqueue.credentials(keyString(pair.metadata), { delayMs: jitter(random, settings.secretPollMs, 0.2) });
}

/**
 * Looks whether the Secrets of a pair are still what its check has read, and has the pair checked where they are not: a new secret is used within
 * seconds, without the right to list or watch Secrets. Nothing else is asked of Kubernetes, and nothing of the tenants.
 */
export function secretsReconciler(deps: Dependencies): Reconcile {
  return async (key, { signal }) => {
    const pair = deps.pairs.lister.get(parseKey(key));
    const known = deps.sessions.credentialsOf(key);
    // Its next check has it looked at again.
    if (!pair || known === undefined || pair.spec.suspend || !looksAfterPair(deps, pair)) return {};
    try {
      const { fingerprint } = await readCredentials(deps, pair, signal);
      if (fingerprint !== known) deps.enqueue.pair(key, { priority: priorities.onDemand });
    } catch (error) {
      // A cluster that does not answer says nothing of Secrets.
      if (!(error instanceof KubeError)) throw error;
    }
    return { requeueAfterMs: jitter(deps.random, deps.settings.secretPollMs, 0.2) };
  };
}
