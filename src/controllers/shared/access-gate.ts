import type { TenantPair } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { permitsUserSync } from '../../core/preflight/sync-permission.ts';
import type { CallOptions } from '../../ports/directory.ts';
import { keyString } from '../../ports/resources.ts';
import type { Dependencies } from './dependencies.ts';
import type { Permission } from './pair-sessions.ts';

/** No write starts on a reading of the target's policy that is older than this; the promise to the target is 60 s (I5). */
const writeFreshnessMs = 45_000;

/**
 * Makes sure that the target still allowed inbound synchronization when it was last asked, not too long ago. One read
 * serves all who ask at the same time. What changed is recorded in the session's verdict; rejects when the policy cannot be read.
 */
async function ensureFresh(deps: Dependencies, pair: TenantPair, session: Permission, options: CallOptions): Promise<void> {
  if (deps.clock.monotonic() - session.accessCheckedAt <= writeFreshnessMs) return;
  session.accessCheck ??= readAccess(deps, pair, session, options).finally(() => {
    session.accessCheck = undefined;
  });
  await session.accessCheck;
}

async function readAccess(deps: Dependencies, pair: TenantPair, session: Permission, options: CallOptions): Promise<void> {
  const asked = deps.clock.monotonic();
  const access = await session.target.syncAccess(pair.spec.source.tenantId, options);
  session.accessCheckedAt = asked;
  if (permitsUserSync(access.userSyncInboundAllowed, pair.spec.crossTenantAccess.withoutSyncPolicy) || !session.verdict.ready) return;
  endPermission(deps, pair, session, { reason: 'UserSyncNotAllowed', message: userSyncCleared });
}

/** The message when the target's administrator has stopped the synchronization. */
export const userSyncCleared =
  'The target does not allow inbound user synchronization any more. Nothing is written and nothing is deleted.';

/** The work of a pair may not go on: nothing is written from here on, and the pair is checked and told of. */
export function endPermission(
  deps: Dependencies,
  pair: TenantPair,
  session: Pick<Permission, 'verdict'>,
  why: { readonly reason: Reason; readonly message: string },
): void {
  session.verdict = { ready: false, reason: why.reason, message: why.message };
  deps.enqueue.pair(keyString(pair.metadata));
}

const isReady = ({ verdict, entraJob }: Permission): boolean => verdict.ready && entraJob === undefined;

/** Whether a write to the target may start now, by the target's policy and the pair's last check. */
export async function mayWrite(deps: Dependencies, pair: TenantPair, session: Permission, options: CallOptions): Promise<boolean> {
  if (!isReady(session) || pair.spec.suspend) return false;
  await ensureFresh(deps, pair, session, options);
  // The check may have ended it, and so may a change that arrived meanwhile.
  return isReady(session) && deps.pairs.lister.get(pair.metadata)?.spec.suspend === false;
}
