import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { gatherFacts } from '../../controllers/tenant-pair/gather.ts';
import { evaluatePreflight, type PreflightResult } from '../../core/preflight/evaluate.ts';
import { priorities } from '../../ports/reconcile.ts';
import { withSession, type CheckSite } from './session.ts';
import { plain } from './table.ts';

/**
 * The preflight of a pair, made from this machine with the pair's own credentials: nothing is written. Rejects with ClientError where there
 * are no credentials to be had, or a tenant asks to wait.
 */
export function checkFromHere(site: CheckSite, pair: TenantPair, configurations: readonly SyncConfiguration[]): Promise<PreflightResult> {
  return withSession(site, pair, async (session, directories) => {
    const cloudEndpoint = (cloud: string): string | undefined => directories.cloudEndpoint(cloud);
    const options = { signal: site.signal, priority: priorities.onDemand };
    const now = site.graph.clock.now();
    return evaluatePreflight(await gatherFacts({ pair, session, configurations, now, cloudEndpoint, options }));
  });
}

const noteOnEntraJobs =
  "note: whether a job of Entra itself works on the pair is not known; the source's application needs Synchronization.Read.All and Application.Read.All to find one";

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
    ...(access.entraJob?.state === 'Unknown' ? [noteOnEntraJobs] : []),
    ...(access.warnings ?? []).map(({ reason, message }) => `warning ${reason}: ${plain(message)}`),
  ];
}
