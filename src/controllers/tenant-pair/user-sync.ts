import type { TenantPair } from '../../api/kinds.ts';
import { timestamp } from '../../core/duration.ts';
import { hasSeenUserSync, type AccessWrite, type Enforcement } from '../../core/preflight/enforce.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';
import { noteText } from '../shared/noted.ts';
import { recordFacts } from '../shared/skeleton.ts';

const noteKey = (pair: TenantPair): string => `${tenantsKey(pair).replace('/', '.')}.userSync`;

/**
 * Keeps that the target has an identity synchronization policy beyond the life of the pair, from when it is seen first: its absence is the target's word
 * from then on, also to a pair that is made anew (B8). Rejects with KubeError.
 */
export async function keepSeen(deps: Dependencies, pair: TenantPair, found: Enforcement | undefined, signal: AbortSignal): Promise<void> {
  if (found?.userSyncPolicySince === undefined || hasSeenUserSync(pair.status.enforcement)) return;
  await noteText(deps, noteKey(pair), found.userSyncPolicySince, signal);
}

/**
 * Whether a policy that is about to be made was there in the time of a former pair, and is gone: then the pair has it on record, and makes none. Rejects
 * with KubeError.
 */
export async function wasSeenBefore(
  deps: Dependencies,
  pair: TenantPair,
  due: readonly AccessWrite[],
  signal: AbortSignal,
): Promise<boolean> {
  if (!due.some(({ type }) => type === 'UserSync')) return false;
  const { text = '' } = await deps.notes.read(noteKey(pair), signal);
  if (text === '') return false;
  const since = Date.parse(text);
  const userSyncPolicySince = Number.isNaN(since) ? timestamp(deps.clock.now()) : text;
  await recordFacts(deps.pairs, pair.metadata, { enforcement: { userSyncPolicySince } }, { signal });
  return true;
}
