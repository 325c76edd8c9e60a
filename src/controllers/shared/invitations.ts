import type { TenantPair } from '../../api/kinds.ts';
import type { DirectoryFailure } from '../../core/errors/directory-error.ts';
import {
  blockMet,
  blockNoted,
  blockOf,
  blockProbed,
  blockWarnings,
  gateUnder,
  noteOf,
  type InvitationBlock,
  type InvitationGate,
} from '../../core/preflight/blocked-invitations.ts';
import { groupOf } from '../../core/projection/groups.ts';
import { visitAll } from '../../ports/clock.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { configurationIndexes, pairIndexes, type Dependencies } from './dependencies.ts';
import { noteText } from './noted.ts';
import { objectReference, recordFacts } from './skeleton.ts';

const pairsOf = (deps: Dependencies, targetTenantId: string): readonly TenantPair[] =>
  deps.pairs.lister.byIndex(pairIndexes.target, targetTenantId.toLowerCase());

/** The block of a target, if it refuses all invitations. */
export function invitationBlock(deps: Dependencies, targetTenantId: string): InvitationBlock | undefined {
  return blockOf(pairsOf(deps, targetTenantId).map(({ status }) => status));
}

/** Whether invitations may be sent to a target now. While a block is being recorded, or an invitation asks, none other may. */
export function invitationGate(deps: Dependencies, targetTenantId: string): InvitationGate {
  if (deps.invitationsInDoubt.has(targetTenantId.toLowerCase())) return 'Blocked';
  return gateUnder(invitationBlock(deps, targetTenantId), deps.clock.now());
}

/** Runs `work` while no other pass sends an invitation to the target. */
async function aside<T>({ invitationsInDoubt }: Dependencies, targetTenantId: string, work: () => Promise<T>): Promise<T> {
  const target = targetTenantId.toLowerCase();
  invitationsInDoubt.add(target);
  try {
    return await work();
  } finally {
    invitationsInDoubt.delete(target);
  }
}

const noteKey = (targetTenantId: string): string => `${targetTenantId.toLowerCase()}.invitations`;

/** Keeps what is known of a target beyond the life of its pairs. */
function note(deps: Dependencies, targetTenantId: string, block: InvitationBlock | undefined, signal: AbortSignal): Promise<void> {
  return noteText(deps, noteKey(targetTenantId), noteOf(block), signal);
}

const recordAt = (
  deps: Dependencies,
  { metadata }: TenantPair,
  block: InvitationBlock | undefined,
  signal: AbortSignal,
): Promise<unknown> => recordFacts(deps.pairs, metadata, { invitationsBlocked: block === undefined ? null : { ...block } }, { signal });

/** Records a block at the pair that has met it, and where it outlives that. */
async function record(deps: Dependencies, pair: TenantPair, block: InvitationBlock, signal: AbortSignal): Promise<void> {
  await recordAt(deps, pair, block, signal);
  await note(deps, pair.spec.target.tenantId, block, signal);
}

/** The block of a target as it was kept for a pair that is made anew, or comes to the target later. Rejects with KubeError. */
export async function blockKept(deps: Dependencies, targetTenantId: string, signal: AbortSignal): Promise<InvitationBlock | undefined> {
  const { text } = await deps.notes.read(noteKey(targetTenantId), signal);
  return blockNoted(text, deps.clock.now());
}

/** Records that the target refuses all invitations, and tells of it: once, however many were under way. Rejects with KubeError. */
export async function noteBlock(
  deps: Dependencies,
  pair: TenantPair,
  { requestId }: Pick<DirectoryFailure, 'requestId'>,
  signal: AbortSignal,
): Promise<void> {
  const { tenantId } = pair.spec.target;
  if (invitationGate(deps, tenantId) !== 'Open') return;
  const block = blockMet(deps.clock.now(), requestId);
  const others = pairsOf(deps, tenantId).filter(({ metadata }) => metadata.uid !== pair.metadata.uid);
  await aside(deps, tenantId, async () => {
    await record(deps, pair, block, signal);
    // Each pair of the target knows it, whichever of them goes.
    for (const other of others) await recordAt(deps, other, block, signal);
  });
  const message = blockWarnings(block)[0]?.message ?? '';
  deps.events.emit(objectReference(pair), { type: 'Warning', reason: 'InvitationsBlocked', action: 'Invite', note: message });
  for (const { metadata } of [pair, ...others]) deps.enqueue.pair(keyString(metadata));
}

/** What became of an invitation that asks: accepted, sent without that, or not sent at all. */
export type ProbeResult = 'Accepted' | 'Sent' | 'NotSent';

/** A piece of work with one invitation, and what became of that, by the error with which the work ended, if with one. */
export interface Probe<T> {
  readonly ask: () => Promise<T>;
  readonly resultOf: (error: unknown) => ProbeResult;
}

/**
 * Sends the one invitation that asks whether the target accepts them again. The time of the next one is on record before it leaves, so that a crash
 * makes no second one; accepted, the block is over for all pairs of the target, and not sent, the next may ask at once. Rejects as `ask` does,
 * and with KubeError.
 */
export async function probe<T>(deps: Dependencies, pair: TenantPair, { ask, resultOf }: Probe<T>, signal: AbortSignal): Promise<T> {
  const { tenantId } = pair.spec.target;
  const block = invitationBlock(deps, tenantId);
  const { ended, result } = await aside(deps, tenantId, async () => {
    if (block !== undefined) await record(deps, pair, blockProbed(block, deps.clock.now()), signal);
    const [asked] = await Promise.allSettled([ask()]);
    const became = resultOf(asked.status === 'rejected' ? asked.reason : undefined);
    if (became === 'Accepted') await liftBlock(deps, tenantId, signal);
    else if (became === 'NotSent' && block !== undefined) await record(deps, pair, block, signal);
    return { ended: asked, result: became };
  });
  // Whoever is woken finds no invitation under way any more.
  if (result === 'Accepted') wakeUninvited(deps, tenantId);
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}

async function liftBlock(deps: Dependencies, tenantId: string, signal: AbortSignal): Promise<void> {
  for (const pair of pairsOf(deps, tenantId)) {
    if (pair.status.invitationsBlocked === undefined) continue;
    await recordAt(deps, pair, undefined, signal);
    const message = 'The target accepts invitations again: creations go on.';
    deps.events.emit(objectReference(pair), { type: 'Normal', reason: 'Succeeded', action: 'Invite', note: message });
  }
  await note(deps, tenantId, undefined, signal);
}

/** Those who waited for the end of a block are looked at, and the pairs say that it is over. */
function wakeUninvited(deps: Dependencies, tenantId: string): void {
  for (const pair of pairsOf(deps, tenantId)) {
    deps.enqueue.pair(keyString(pair.metadata));
    for (const { metadata } of deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)))
      void visitAll(deps.clock, deps.projections.lister.each(groupOf(keyString(metadata), 'Uninvited')), (waiting) =>
        deps.enqueue.projection(keyString(waiting.metadata), { priority: priorities.create }),
      );
  }
}

/** Puts one of those who wait into the queue, when it is time to ask: of a configuration that may invite now. */
export function wakeProbe(deps: Dependencies, pair: TenantPair): void {
  if (invitationGate(deps, pair.spec.target.tenantId) !== 'Probe') return;
  for (const { metadata, spec } of deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata))) {
    if (spec.suspend || spec.mode !== 'Apply') continue;
    for (const waiting of deps.projections.lister.each(groupOf(keyString(metadata), 'Uninvited'))) {
      const key = keyString(waiting.metadata);
      deps.tracker.requestRecheck(key);
      deps.enqueue.projection(key, { priority: priorities.create });
      return;
    }
  }
}
